"""From a plan and its data to the table of units: who was assigned what, and what came of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.event_windows import unit_column
from npsstats.aggregates.experiment import HOLDOUT, UnitAggregates
from npsstats.aggregates.units import (
    How,
    Measured,
    all_sent,
    among,
    in_two_arms,
    last_day,
    unit_table,
    with_value,
    within,
)
from npsstats.checks import InputError
from npsstats.data.intake import Intake, read
from npsstats.data.network import NetworkConfig, load_network
from npsstats.data.simulate import SimulatedNetwork
from npsstats.data.tables import TABLES, Column, Kind, Table, table_named
from npsstats.experiments.spec_survey import JOINED

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_parts import Measure, Outcome, Subgroup

__all__ = ["HOURS", "Gathered", "gather"]

HOURS = "hours to answer"
"""Column of the units: hours from sending to the answer."""

HOURS_TO_ANSWER = "hours_to_answer"

_KINDS: dict[str, Kind] = {
    "binary": "flag",
    "amount": "number",
    "score": "score",
    "duration": "whole",
}
_HOW: dict[str, How] = {"binary": "any", "score": "first", "duration": "days"}


@dataclass(frozen=True)
class Gathered:
    """The units of an experiment, measured, still in the database.

    Attributes
    ----------
    units
        The aggregates of the table of units, each a query away.
    until
        Last day on which events are complete, or None where outcomes are columns.
    events
        Table name → its events.
    keys
        The baseline keys of the units: subgroups and strata.
    source
        Where the units came from.
    notes
        What reading the tables told: rejected rows with their reasons, and doubts.
    """

    units: UnitAggregates
    until: date | None
    events: Mapping[str, Any]
    keys: tuple[str, ...]
    source: str
    notes: tuple[str, ...]


def gather(plan: Plan, data: Any = None) -> Gathered:
    """Read what a plan needs and measure every unit.

    Parameters
    ----------
    plan
        The plan.
    data
        The table of units (frame, path, URL, Ibis table, intake); or table name → such a thing,
        where outcomes are events; or a network: a `NetworkConfig`, the path of a `network.toml`,
        a `SimulatedNetwork`. None takes what the plan's [data] names.

    Raises
    ------
    InputError
        If something is not there, arms occur that the plan does not have, or a unit occurs twice.
    """
    if plan.data is None and data is None:
        raise InputError(
            f"The plan {plan.name!r} has no [data], so hand over the data: analyze(plan, data), or "
            "--data on the command line."
        )
    sources = _sources(plan, data)
    units = _read_units(plan, sources)
    _check_units(plan, units)
    tables: list[str] = [
        item.table for item in (*plan.outcomes.values(), *plan.covariates.values()) if item.table
    ]
    if any(item.after == "answer" for item in plan.outcomes.values()):
        tables.append("responses")  # they say when the window opens
    intakes = {name: _read(name, sources, units) for name in dict.fromkeys(tables)}
    events = {name: intake.accepted for name, intake in intakes.items()}
    until = plan.data.until if plan.data is not None else None
    if events and until is None:
        timed = {item.table for item in plan.outcomes.values() if item.window is not None}
        until = last_day({name: table for name, table in events.items() if name in timed} or events)
    keys = _keys(plan, units)
    tiers = {
        name: (group.column or name, group.cuts)
        for name, group in plan.subgroups.items()
        if group.cuts
    }
    assigned, left_out = _eligible(plan, _with_arms(plan, units.accepted))
    table = unit_table(
        assigned,
        events,
        [
            *(_measured(name, outcome) for name, outcome in plan.outcomes.items()),
            *(_baseline(name, measure) for name, measure in plan.covariates.items()),
            *_told(plan, events),
        ],
        keys=keys,
        key=plan.unit or "",
        until=until,
        tiers=tiers,
        looks=plan.looks.dates if plan.looks is not None else (),
        primary=plan.primary,
        folds=f"{plan.name} fold" if plan.unit is not None else None,
        customer=plan.customer,
        lag=plan.data.lag if plan.data is not None else None,
        moments=_moments_of(plan, units),
    )
    table, late = _in_time(plan, table, until)
    windowed = {name for name, item in plan.outcomes.items() if item.table and item.window}
    aggregates = UnitAggregates(table, tuple(plan.covariates), frozenset(windowed))
    _check_arms(plan, aggregates.arms())
    notes = [str(intake) for intake in (units, *intakes.values()) if intake.n_rejected]
    notes += [*left_out, *late]
    held = plan.assignment.holdout if plan.assignment is not None else 0.0
    if held and not aggregates.arms().get(HOLDOUT):
        notes.append(
            f"The plan holds out {100 * held:g} % of the units, and none here has the arm "
            f"{HOLDOUT!r}."
        )
    notes += [note for intake in (units, *intakes.values()) for note in intake.notes]
    fixed = {"arm", "assigned", "cluster", "received", "eligible", *plan.factors}
    fixed |= {str(column) for column, _, _ in _surveyed(plan)} - set(plan.subgroups)
    groups = tuple(dict.fromkeys(name for name in (*keys, *tiers) if name not in fixed))
    return Gathered(aggregates, until, events, groups, units.source, tuple(notes))


def _with_arms(plan: Plan, units: ir.Table) -> ir.Table:
    """Return the units with the arm that their factors' levels make."""
    if not plan.factors:
        return units
    levels = [unit_column(units, name).cast("string") for name in plan.factors]
    joined = functools.reduce(lambda one, two: one + JOINED + two, levels)
    return units.mutate(arm=joined)


def _eligible(plan: Plan, units: ir.Table) -> tuple[ir.Table, list[str]]:
    """Return the units that can be in the experiment, and what is said of the others."""
    rule = plan.eligible
    said: list[str] = []
    if rule is None:
        return units, said
    if rule.values:
        kept, others = among(units, rule.column, rule.values)
        wanted = f"other than {', '.join(rule.values)}"
    else:
        kept, others = within(units, rule.column, rule.low, rule.high)
        wanted = f"outside {rule.low:g} to {rule.high:g}"
    if others:
        said.append(f"{others:,} units are not eligible ({rule.column} {wanted}) and are left out.")
    kept, without = with_value(kept, "arm")
    if without:
        said.append(f"{without:,} eligible units have no arm and are left out: find out why.")
    return kept, said


def _in_time(plan: Plan, table: ir.Table, until: date | None) -> tuple[ir.Table, list[str]]:
    """Return the units that could have been sent in every arm, with their month, for a survey."""
    if plan.survey is None or "assigned" not in table.columns:
        return table, []
    said = []
    if plan.data is not None and plan.data.lag is not None and until is not None:
        table, late, days = all_sent(table, plan.data.lag, until)
        if late:
            said.append(
                f"{late:,} units of the last {days} days are left out: with the longest delay they "
                f"would be sent after {until.isoformat()}."
            )
    month: Any = table["assigned"].strftime("%Y-%m")
    return (table if "month" in table.columns else table.mutate(month=month)), said


def _moments_of(plan: Plan, units: Intake) -> tuple[str, str | None] | None:
    """Return the columns of sending and of the delay, where the plan and the units have them."""
    survey = plan.survey
    if survey is None or survey.sent is None or survey.sent not in units.accepted.columns:
        return None
    return survey.sent, survey.delay


def _check_units(plan: Plan, units: Intake) -> None:
    """Refuse units in two arms, and outcomes with values that mean nothing."""
    repeated = any(reason.startswith("duplicate") for reason in units.reasons)
    if plan.unit is not None and repeated:
        both = in_two_arms(units.accepted, units.rejected, plan.unit)
        if both:
            raise InputError(
                f"{both:,} units ({plan.unit}) are in two arms: nobody can say what they were "
                "given. Keep the arm that each was assigned first, and find out how it came about."
            )
    for name, outcome in plan.outcomes.items():
        column = outcome.column or name
        for note in units.notes:
            if outcome.table is None and note.startswith(f"{column}: "):
                raise InputError(
                    f"Outcome {name!r}: {note.removeprefix(f'{column}: ')}. Leaving them out would "
                    "pick units by their outcome. Mend the column; leave a cell blank only where "
                    "the outcome is not known."
                )


def _sources(plan: Plan, data: Any) -> NetworkConfig | dict[str, Any]:
    """Return the network, or table name → its source."""
    name = plan.data.units if plan.data is not None else "units"
    if data is None and plan.data is not None:
        data = plan.data.network if plan.data.network is not None else plan.data.units
    if isinstance(data, str | Path) and str(data).lower().endswith(".toml"):
        return load_network(data)
    if isinstance(data, NetworkConfig):
        return data
    if isinstance(data, SimulatedNetwork):
        return {table: getattr(data, table) for table in TABLES}
    if isinstance(data, Mapping):
        return {str(table): source for table, source in data.items()}
    return {name if name in TABLES else "units": data}


def _read(name: str, sources: NetworkConfig | dict[str, Any], beside: Intake) -> Intake:
    """Read a table of events into the database of the units."""
    if isinstance(sources, NetworkConfig):
        return sources.read(name, beside=beside, quiet=True)
    if name not in sources:
        there = ", ".join(sources)
        raise InputError(
            f"The plan's outcomes need the table {name!r}, and there is only {there}. Hand over "
            f'all of them: {{"{name}": …}}, or a network.toml.'
        )
    source = sources[name]
    return (
        source
        if isinstance(source, Intake)
        else read(source, table=name, beside=beside, quiet=True)
    )


def _read_units(plan: Plan, sources: NetworkConfig | dict[str, Any]) -> Intake:
    """Read the table of units with every column that the plan names."""
    asked = plan.data.units if plan.data is not None else "units"
    table = _declared(plan, asked if asked in TABLES else None)
    mapped: dict[str, str | int] = dict(plan.data.columns) if plan.data is not None else {}
    for name, factor in plan.factors.items():
        mapped.setdefault(name, factor.column or name)
    columns = {column.name: mapped.get(column.name, column.name) for column in table.columns}
    arm = "arm" if plan.data is None else plan.data.arm
    if arm != "arm" and "arm" not in mapped and not plan.factors:
        columns["arm"] = arm
    if isinstance(sources, NetworkConfig):
        places = {str(name): source for name, source in sources.sources.items()}
        if asked not in places:
            raise InputError(
                f"network.toml has no [sources.{asked}], the table of units. There are: "
                f"{', '.join(places)}."
            )
        place = places[asked]
        options = place.model_dump(exclude={"path", "url", "columns"})
        named = dict(place.columns or {})
        columns = {name: named.get(str(source), source) for name, source in columns.items()}
        return read(place.place(), columns, table=table, quiet=True, **options)
    source = sources.get(asked, sources.get("units"))
    if source is None:
        raise InputError(f"There is no table {asked!r} of units among {', '.join(sources)}.")
    return source if isinstance(source, Intake) else read(source, columns, table=table, quiet=True)


def _declared(plan: Plan, name: str | None) -> Table:
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
        *_surveyed(plan),
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


def _surveyed(plan: Plan) -> list[tuple[str | None, Kind, bool]]:
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


def _keys(plan: Plan, units: Intake) -> dict[str, str]:
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
    keys |= {column: column for column, _, _ in _surveyed(plan) if column is not None}
    there = units.accepted.columns
    return {key: column for key, column in keys.items() if column in there}


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


def _told(plan: Plan, events: Mapping[str, ir.Table]) -> list[Measured]:
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


def _check_arms(plan: Plan, seen: dict[str, int]) -> None:
    """Refuse arms that the plan does not have, and an arm of it that nobody is in."""
    unknown = sorted(str(arm) for arm in seen if arm not in plan.arms.shares and arm != HOLDOUT)
    planned = ", ".join(map(repr, plan.arms.shares))
    if unknown:
        raise InputError(
            f"{sum(seen[arm] for arm in unknown):,} units are in {', '.join(map(repr, unknown))}, "
            f"which the plan {plan.name!r} does not have; its arms are {planned}. Name every arm "
            "in [arms] shares as the data write it."
        )
    empty = [arm for arm in plan.arms.shares if not seen.get(arm)]
    if empty:
        raise InputError(
            f"Nobody is in {', '.join(map(repr, empty))}. The arms seen are "
            f"{', '.join(map(repr, seen))}; the plan {plan.name!r} has {planned}."
        )
