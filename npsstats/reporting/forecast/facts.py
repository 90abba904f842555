"""What forecasts have to say to leaders: plain numbers and flat tables, gathered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["LEAST_PERIODS", "ForecastFacts"]

LEAST_PERIODS = 6
"""Periods with answers below which the leadership report says nothing of those to come."""


@dataclass(frozen=True)
class ForecastFacts:
    """The score to come, its last move, and what would go with another score.

    Scores are in points (−100…100), probabilities and shares in [0, 1]. A table that could not be
    made is None, and `missing` says why.

    Attributes
    ----------
    period
        "week", "month", "quarter" or "year".
    target
        In points, or None.
    history
        A row a period: `period, n, nps, lower, upper`, the limits of the sampling error alone; NaN
        where nothing was answered.
    ahead
        A row a period to come: `period, n` (answers expected), `estimate, lower, upper` (of the
        true score at `level`), `lower_50, upper_50, lower_80, upper_80, lower_95, upper_95`,
        `shown_lower, shown_upper` (of what n answers will show), `p_target` (true score there; NaN
        without a target).
    recent
        `estimate` of the last year (or all there is), `periods` it holds, and `p_below`, the
        probability that the last period to come lies under it.
    model
        Name of the model.
    skill
        Of the back-test: `crps, level, verdict, n, origins`, and `against`, a naive forecast → the
        share of its CRPS that is saved, with limits.
    changes
        Changes of the network's level: `period, first, last, probability, estimate, lower, upper`.
    move
        The network's last move, a row of `last_move`.
    moves
        The same of each store: `store` beside those columns.
    alerts
        A row a store that was judged: `store, n, observed, expected, lower, upper, p_value, side,
        alert, beyond, naive_fall`.
    false_share
        Expected share of false ones among the alerts, at most.
    stores
        A row a store that goes on: `store, n` (answers expected), `estimate, lower, upper` (mean of
        the periods to come), `change, change_lower, change_upper, p_fall` (against the same
        periods of the year before, or as many last ones), `p_under` (the target).
    ended
        What stores are called that closed or fell silent, and are not forecast.
    against_year
        Whether that change is against the year before.
    reach
        The frame of `reach`, or None.
    scenario
        The frame of `scenario` for a change of `gain` points, or None.
    gain
        Points.
    slope_basis
        Whether the step from score to revenue is "measured"; if not, whether it is "unidentified"
        in the data, "unmeasured" though there are purchases, or there are none (""). Then no amount
        goes with the scenario.
    revenue
        The network's rows of `growth_forecast`: `period, estimate, lower, upper, growth, …`.
    revenue_past
        `period, estimate`: revenue of the stores that these are about, NaN where not whole.
    helps
        Whether the score helps to forecast revenue: "yes", "no", "cannot be told", or "".
    saved
        Share of the CRPS of revenue that the score saves: `estimate, lower, upper, level`.
    churn
        The rows of `project_churn` for all customers.
    doubts
        Subject → diagnostics.
    missing
        Subject → why it could not be computed, in English.
    level, fingerprint
        Of the intervals; of what went in.
    """

    period: str = "month"
    target: float | None = None
    history: pd.DataFrame | None = None
    ahead: pd.DataFrame | None = None
    recent: Mapping[str, float] | None = None
    model: str = ""
    skill: Mapping[str, Any] | None = None
    changes: pd.DataFrame | None = None
    move: Mapping[str, Any] | None = None
    moves: pd.DataFrame | None = None
    alerts: pd.DataFrame | None = None
    false_share: float = 0.1
    stores: pd.DataFrame | None = None
    ended: tuple[str, ...] = ()
    against_year: bool = True
    reach: pd.DataFrame | None = None
    scenario: pd.DataFrame | None = None
    gain: float = 5.0
    slope_basis: str = ""
    revenue: pd.DataFrame | None = None
    revenue_past: pd.DataFrame | None = None
    helps: str = ""
    saved: Mapping[str, float] | None = None
    churn: pd.DataFrame | None = None
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95
    fingerprint: str = ""
