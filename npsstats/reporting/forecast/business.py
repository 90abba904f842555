"""What would go with another score: the target, the scenario, revenue and customers to come."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.estimation.known import Slope
from npsstats.reporting.linkage.counted import Counted

if TYPE_CHECKING:
    from npsstats.aggregates.panels import StorePanel
    from npsstats.forecasting.business.growth_forecast import GrowthForecast
    from npsstats.forecasting.forecast import Forecast
    from npsstats.reporting.forecast.request import ForecastRequest
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.linkage.tried import Tried

__all__ = ["business"]

_SILENT = 2  # periods without sales after which a store counts as closed, as in growth_forecast


def business(
    data: Any,
    coming: Forecast,
    asked: ForecastRequest,
    tried: Tried,
    doubts: dict[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Return the parts of the facts on target, scenario, revenue and customers."""
    from npsstats.forecasting.business.targets import reach

    found: dict[str, Any] = {"gain": asked.gain}
    if asked.target is not None:
        target, last = asked.target, coming.periods[-1]
        reached = tried(
            "reach", lambda: reach(coming, target, last, level=asked.level, seed=asked.seed)
        )
        found["reach"] = None if reached is None else reached.frame
    growth = churn = panel = None
    if asked.purchases is not None:
        made = tried("revenue to come", lambda: _growth(data, coming, asked))
        growth, panel = made or (None, None)
        churn = tried("customers to come", lambda: _churn(data, asked))
    if growth is not None and panel is not None:
        rows = growth.frame[growth.frame["store_id"] == "(network)"]
        whole = growth.comparison.iloc[0]
        size = float(whole["without"])
        found["revenue"] = rows.reset_index(drop=True)
        found["helps"] = growth.helps
        found["revenue_past"] = _past(panel)
        if size > 0:
            found["saved"] = {
                **{name: float(whole[name]) / size for name in ("estimate", "lower", "upper")},
                "level": float(whole["level"]),
            }
        doubts["revenue to come"] = growth.diagnostics
    if churn is not None:
        found["churn"] = churn.frame[churn.frame["label"] == "all"].reset_index(drop=True)
        doubts["customers to come"] = churn.diagnostics
    if asked.gain:
        found |= _scenario(coming, growth, churn, asked, tried, doubts)
    return found


def _scenario(
    coming: Forecast,
    growth: Any,
    churn: Any,
    asked: ForecastRequest,
    tried: Tried,
    doubts: dict[str, tuple[str, ...]],
) -> dict[str, Any]:
    from npsstats.forecasting.scenarios import scenario

    slope = None if asked.linkage is None else _measured(asked.linkage, asked.period)
    revenue, basis = None, ""
    if slope is not None:
        basis = "measured"
        revenue = growth if growth is not None and _same(growth, coming) else None
        if revenue is None and asked.linkage is not None:
            revenue = asked.linkage.revenue
    elif asked.linkage is not None:
        basis = "unidentified"
    elif asked.purchases is not None:
        basis = "unmeasured"
    turned = tried(
        "scenario",
        lambda: scenario(
            coming,
            change=asked.gain,
            slope=slope,
            revenue=revenue,
            churn=churn if churn is not None and _same(churn, coming) else None,
            level=asked.level,
            seed=asked.seed,
        ),
    )
    if turned is None:
        return {}
    doubts["scenario"] = turned.diagnostics
    return {"scenario": turned.frame, "slope_basis": basis}


def _same(given: Any, coming: Forecast) -> bool:
    return tuple(given.periods[: len(coming.periods)]) == tuple(coming.periods)


def _measured(linkage: LinkageFacts, period: str) -> Slope | None:
    """Return the linkage's slope, or None where it is not identified or of other periods."""
    row = linkage.slope
    if row is None or linkage.period != period:
        return None
    ends = ("estimate", "lower", "upper")
    if not all(isfinite(row.get(name, float("nan"))) for name in ends):
        return None
    return Slope(
        row["estimate"],
        lower=row["lower"],
        upper=row["upper"],
        level=linkage.level,
        n=int(row.get("n", 0)),
        period=period,
        lag=linkage.lag,
    )


def _growth(
    data: Any, coming: Forecast, asked: ForecastRequest
) -> tuple[GrowthForecast, StorePanel]:
    from npsstats.forecasting.business.growth_forecast import growth_forecast

    panel = _counted(data, asked).panel()
    if asked.period != panel.period:
        panel = panel.coarser(asked.period)
    growth = growth_forecast(panel, len(coming.periods), level=asked.level, seed=asked.seed)
    return growth, panel


def _past(panel: StorePanel) -> pd.DataFrame:
    """Return the revenue until now of the stores that are open still, as those to come are."""
    level = panel.measures["sales"]
    whole = panel.whole & (np.nan_to_num(level) > 0)
    open_still = whole[:, -_SILENT:].any(axis=1)
    total = np.where(whole, level, 0.0)[open_still].sum(axis=0)
    known = whole[open_still].any(axis=0)
    return pd.DataFrame({"period": panel.periods, "estimate": np.where(known, total, np.nan)})


def _churn(data: Any, asked: ForecastRequest) -> Any:
    from npsstats.forecasting.business.churn_projection import project_churn

    counted = _counted(data, asked)
    fit, states = counted.hazard(asked.period, asked.level), counted.states(asked.period)
    return project_churn(fit, states, asked.horizon, level=asked.level, seed=asked.seed)


def _counted(data: Any, asked: ForecastRequest) -> Counted:
    return asked.counted or Counted(data, asked.purchases, asked.stores)
