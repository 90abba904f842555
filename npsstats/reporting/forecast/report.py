"""What comes next, for the leadership PDF: from the data that a report was handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.forecast.facts import LEAST_PERIODS
from npsstats.reporting.forecast.gathering import forecast_facts
from npsstats.reporting.forecast.request import ForecastRequest

if TYPE_CHECKING:
    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.leadership.gathering import Request
    from npsstats.reporting.leadership.opening import Opened
    from npsstats.reporting.linkage.counted import Counted

__all__ = ["coming"]


def coming(
    given: Opened, facts: Facts, request: Request, counted: Counted | None, horizon: int
) -> ForecastFacts | None:
    """Return what comes next, or None where fewer than six periods have answers.

    Parameters
    ----------
    given
        What the report is made from.
    facts
        What was gathered so far, the linkage included.
    request
        What the report shows.
    counted
        What was counted beside the purchases, or None without them.
    horizon
        Periods ahead.
    """
    if facts.periods is None or int((facts.periods["n"] > 0).sum()) < LEAST_PERIODS:
        return None
    answers, tables = given.answers, given.tables
    asked = ForecastRequest(
        horizon=horizon,
        period=request.period,
        by=_store_key(answers) if facts.stores is not None else None,
        target=request.target,
        purchases=None if tables is None else tables.purchases,
        stores=None if tables is None else tables.stores,
        linkage=facts.linkage,
        names=given.source.names,
        level=request.level,
        # weighing models with 52 seasons against each other takes a minute
        model="hierarchical" if request.period == "week" else "combined",
        seed=request.seed,
        counted=counted,
    )
    return forecast_facts(answers, asked)


def _store_key(answers: Any) -> str | None:
    from npsstats.aggregates.scores import ScoreCounts

    keys = answers.keys if isinstance(answers, ScoreCounts) else answers.accepted.columns
    return "store_id" if "store_id" in keys else None
