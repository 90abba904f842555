"""What is measured of every unit, as its plan says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.aggregates.units import How, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_outcomes import Measure, Outcome

__all__ = ["HOURS", "measures"]

HOURS = "hours to answer"
"""Column of the units: hours from sending to the answer."""

HOURS_TO_ANSWER = "hours_to_answer"
_HOW: dict[str, How] = {"binary": "any", "score": "first", "duration": "days"}


def measures(plan: Plan, events: Mapping[str, Any]) -> list[Measured]:
    """Return every number that a plan asks of a unit: outcomes, covariates, what answers tell."""
    return [
        *(_measured(name, outcome) for name, outcome in plan.outcomes.items()),
        *(_baseline(name, measure) for name, measure in plan.covariates.items()),
        *_told(plan, events),
    ]


def _measured(name: str, outcome: Outcome) -> Measured:
    if outcome.table is None:
        own: How = "days" if outcome.kind == "duration" else "column"
        return Measured(name, own, column=outcome.column, event=outcome.event)
    how: How = _HOW.get(outcome.kind) or ("count" if outcome.column is None else "sum")
    column = (outcome.column or "score") if outcome.kind == "score" else outcome.column
    return Measured(
        name,
        how,
        outcome.table,
        column,
        outcome.window,
        absent=outcome.absent,
        after=outcome.after,
    )


def _told(plan: Plan, events: Mapping[str, Any]) -> list[Measured]:
    """Return what the answers of a survey tell beside outcomes: closed questions, hours."""
    if plan.survey is None or "responses" not in events:
        return []
    told = [
        Measured(f"closed {name}", "first", "responses", item.column or name)
        for name, item in plan.survey.closed.items()
    ]
    if HOURS_TO_ANSWER in events["responses"].columns:
        told.append(Measured(HOURS, "first", "responses", HOURS_TO_ANSWER))
    return told


def _baseline(name: str, measure: Measure) -> Measured:
    if measure.table is None:
        return Measured(name, "column", column=measure.column)
    how: How = "count" if measure.column is None else "sum"
    return Measured(name, how, measure.table, measure.column, measure.window, before=True)
