"""From a plan and its data to the table of units: who was assigned what, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.enrolment import last_day
from npsstats.aggregates.experiment import HOLDOUT, UnitAggregates
from npsstats.aggregates.units import unit_table
from npsstats.checks import InputError
from npsstats.data.intake import Intake, read
from npsstats.data.network import NetworkConfig, load_network
from npsstats.data.simulate import SimulatedNetwork
from npsstats.data.tables import TABLES
from npsstats.experiments.enrolled import check_arms, check_units, eligible, in_time, with_arms
from npsstats.experiments.measures import measures
from npsstats.experiments.unit_columns import declared, keys_of, surveyed

if TYPE_CHECKING:
    from datetime import date

    from npsstats.experiments.spec import Plan

__all__ = ["Gathered", "gather"]


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
    check_units(plan, units)
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
    keys = keys_of(plan, units)
    tiers = {
        name: (group.column or name, group.cuts)
        for name, group in plan.subgroups.items()
        if group.cuts
    }
    assigned, left_out = eligible(plan, with_arms(plan, units.accepted))
    table = unit_table(
        assigned,
        events,
        measures(plan, events),
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
    table, late = in_time(plan, table, assigned, until)
    windowed = {name for name, item in plan.outcomes.items() if item.table and item.window}
    aggregates = UnitAggregates(table, tuple(plan.covariates), frozenset(windowed))
    check_arms(plan, aggregates.arms())
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
    fixed |= {str(column) for column, _, _ in surveyed(plan)} - set(plan.subgroups)
    groups = tuple(dict.fromkeys(name for name in (*keys, *tiers) if name not in fixed))
    return Gathered(aggregates, until, events, groups, units.source, tuple(notes))


def _moments_of(plan: Plan, units: Intake) -> tuple[str, str | None] | None:
    """Return the columns of sending and of the delay, where the plan and the units have them."""
    survey = plan.survey
    if survey is None or survey.sent is None or survey.sent not in units.accepted.columns:
        return None
    return survey.sent, survey.delay


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
    table = declared(plan, asked if asked in TABLES else None)
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
