"""What comes next, for the leadership PDF: from the data that a report was handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.forecast.facts import LEAST_PERIODS
from npsstats.reporting.forecast.gathering import forecast_facts
from npsstats.reporting.forecast.request import ForecastRequest
from npsstats.reporting.leadership.source import store_names

if TYPE_CHECKING:
    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.leadership.gathering import Request
    from npsstats.reporting.linkage.tables import Tables

__all__ = ["coming"]


def coming(
    data: Any, facts: Facts, request: Request, tables: Tables | None, horizon: int
) -> ForecastFacts | None:
    """Return what comes next, or None where fewer than six periods have answers.

    Parameters
    ----------
    data
        As handed to the report, its configuration read.
    facts
        What was gathered so far, the linkage included.
    request
        What the report shows.
    tables
        The answers, purchases and stores that the linkage read, or None.
    horizon
        Periods ahead.
    """
    if facts.periods is None or int((facts.periods["n"] > 0).sum()) < LEAST_PERIODS:
        return None
    answers = _answers(data) if tables is None else tables.responses
    asked = ForecastRequest(
        horizon=horizon,
        period=request.period,
        by=_store_key(answers) if facts.stores is not None else None,
        target=request.target,
        purchases=None if tables is None else tables.purchases,
        stores=None if tables is None else tables.stores,
        linkage=facts.linkage,
        names=_names(data),
        level=request.level,
        # weighing models with 52 seasons against each other takes a minute
        model="hierarchical" if request.period == "week" else "combined",
        seed=request.seed,
    )
    return forecast_facts(answers, asked)


def _answers(data: Any) -> Any:
    """Return the answers, read once."""
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import NetworkConfig

    if isinstance(data, ScoreCounts | Intake):
        return data
    return data.read(quiet=True) if isinstance(data, NetworkConfig) else read(data, quiet=True)


def _store_key(answers: Any) -> str | None:
    from npsstats.aggregates.scores import ScoreCounts

    keys = answers.keys if isinstance(answers, ScoreCounts) else answers.accepted.columns
    return "store_id" if "store_id" in keys else None


def _names(data: Any) -> dict[str, str]:
    from npsstats.data.network import NetworkConfig

    return store_names(data) if isinstance(data, NetworkConfig) else {}
