"""What comes next: what memos say of it."""

from typing import Any

from npsstats.forecasting.backtest import Backtest
from npsstats.reporting.charts.backtest_picture import backtest_curves

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {}

DRAWINGS: dict[type, Any] = {Backtest: backtest_curves}
