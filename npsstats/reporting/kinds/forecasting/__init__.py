"""What comes next: what memos say of it."""

from typing import Any

from npsstats.forecasting.backtest import Backtest
from npsstats.forecasting.business.churn_projection import ChurnProjection
from npsstats.forecasting.business.growth_forecast import GrowthForecast
from npsstats.forecasting.business.targets import TargetReach
from npsstats.forecasting.forecast import Forecast
from npsstats.forecasting.scenarios import Scenario
from npsstats.forecasting.signal.alerts import Alerts
from npsstats.forecasting.signal.change_points import ChangePoints
from npsstats.forecasting.signal.last_move import LastMove
from npsstats.reporting.charts.backtest_picture import backtest_curves
from npsstats.reporting.kinds.forecasting import (
    changed,
    coming,
    customers,
    levers,
    moved,
    news,
    revenue,
    target,
    tried,
)

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {
    Alerts: news.brief,
    Backtest: tried.brief,
    ChangePoints: changed.brief,
    ChurnProjection: customers.brief,
    Forecast: coming.brief,
    GrowthForecast: revenue.brief,
    LastMove: moved.brief,
    Scenario: levers.brief,
    TargetReach: target.brief,
}

DRAWINGS: dict[type, Any] = {
    Alerts: news.drawing,
    Backtest: backtest_curves,
    ChangePoints: changed.drawing,
    ChurnProjection: customers.drawing,
    Forecast: coming.drawing,
    GrowthForecast: revenue.drawing,
    LastMove: moved.drawing,
    Scenario: levers.drawing,
    TargetReach: target.drawing,
}
