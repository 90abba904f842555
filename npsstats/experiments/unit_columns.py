"""Which columns of the table of units a plan reads, and what it takes them for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.data.tables import Column, Kind, Table, table_named

if TYPE_CHECKING:
    from npsstats.data.intake import Intake
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_outcomes import Subgroup

__all__ = ["declared", "keys_of", "surveyed"]

_KINDS: dict[str, Kind] = {
    "binary": "flag",
    "amount": "number",
    "score": "score",
    "duration": "whole",
}


def declared(plan: Plan, name: str | None) -> Table:
    """Return the table of units as the plan needs it, with the kinds that its columns have."""
    known = {column.name: column for column in table_named(name).columns} if name else {}
    wanted: dict[str, Column] = {}
    for column, kind, filled in _wanted(plan):
        if column is None or column in wanted:
            continue
        here = known.get(column)
        read_as = here.kind if here is not None else kind
        low = here.low if here is not None else 0 if kind == "whole" else None
        if column in plan.factors:
            read_as, low = "text", None  # a level is a label, whatever it counts
        wanted[column] = Column(
            column, read_as, column, column, required=True, filled=filled, low=low
        )
    return Table(name or "units", "unit", plan.unit or "", tuple(wanted.values()))


def _wanted(plan: Plan) -> list[tuple[str | None, Kind, bool]]:
    """Return the columns that the plan names, what they hold, and whether all must have a value."""
    strata = plan.assignment.strata if plan.assignment is not None else ()
    own = {name: item for name, item in plan.outcomes.items() if item.table is None}
    return [
        (plan.unit, "id", True),
        *(() if plan.factors else (("arm", "text", plan.eligible is None),)),
        *((name, "text", plan.eligible is None) for name in plan.factors),
        (plan.customer, "id", True),
        *surveyed(plan),
        (plan.data.date if plan.data is not None else None, "date", True),
        (plan.cluster, "id", False),
        (plan.received, "flag", False),
        (plan.data.lag if plan.data is not None else None, "number", False),
        *_judged_by(plan),
        *((key, "text", False) for key in strata),
        *((item.column or key, "text", False) for key, item in _uncut(plan)),
        *((item.column or key, _KINDS[item.kind], False) for key, item in own.items()),
        *((item.event, "flag", False) for item in own.values()),
        *(
            (item.column or key, "number", False)
            for key, item in plan.covariates.items()
            if item.table is None
        ),
    ]


def _judged_by(plan: Plan) -> list[tuple[str | None, Kind, bool]]:
    rule = plan.eligible
    if rule is None:
        return []
    return [(rule.column, "text", False) if rule.values else (rule.column, "number", True)]


def surveyed(plan: Plan) -> list[tuple[str | None, Kind, bool]]:
    """Return the columns that a survey experiment names."""
    survey = plan.survey
    if survey is None:
        return []
    wanted: list[tuple[str | None, Kind, bool]] = [
        (survey.delay, "number", False),
        (survey.sent, "moment", False),
        (survey.reminder, "flag", False),
        (plan.data.lag if plan.data is not None else None, "number", False),
    ]
    if survey.fatigue is not None:
        wanted += [(survey.fatigue.past, "whole", False), (survey.fatigue.since, "whole", False)]
    return wanted


def _uncut(plan: Plan) -> list[tuple[str, Subgroup]]:
    return [(name, group) for name, group in plan.subgroups.items() if not group.cuts]


def keys_of(plan: Plan, units: Intake) -> dict[str, str]:
    """Return the keys of the table of units and the columns that they are."""
    keys = {"arm": "arm"}
    if plan.data is not None and plan.data.date is not None:
        keys["assigned"] = plan.data.date
    if plan.cluster is not None:
        keys["cluster"] = plan.cluster
    if plan.eligible is not None and not plan.eligible.values:
        keys["eligible"] = plan.eligible.column
    if plan.received is not None:
        keys["received"] = plan.received
    strata = plan.assignment.strata if plan.assignment is not None else ()
    keys |= {key: key for key in strata}
    keys |= {name: group.column or name for name, group in _uncut(plan)}
    keys |= {name: name for name in plan.factors}
    keys |= {column: column for column, _, _ in surveyed(plan) if column is not None}
    there = units.accepted.columns
    made = {"arm"} if plan.factors else set()
    return {key: column for key, column in keys.items() if column in made or column in there}
