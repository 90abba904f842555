"""What events in windows come to, a row a unit, inside the database."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.spells import duration_expression
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

    from npsstats.aggregates.units import Measured

__all__ = [
    "ANSWERED",
    "CUSTOMER",
    "UNIT",
    "days_of",
    "event_of",
    "followed_of",
    "matured",
    "unit_column",
    "with_events",
]

UNIT, CUSTOMER, ANSWERED = "npsstats_unit", "npsstats_customer", "npsstats_answered"
"""Columns on the way: whose row it is, the unit's customer, the day the unit answered."""


def days_of(name: str) -> str:
    """Return the column of the days of a duration."""
    return f"{name} days"


def event_of(name: str) -> str:
    """Return the column of whether the event of a duration came."""
    return f"{name} event"


def followed_of(name: str) -> str:
    """Return the column of whether the window of an outcome is over."""
    return f"{name} followed"


def unit_column(table: ir.Table, name: str) -> Any:
    """Return a column of the units.

    Raises
    ------
    InputError
        If it is not there.
    """
    if name not in table.columns:
        there = ", ".join(column for column in table.columns if " " not in column)
        raise InputError(
            f"There is no column {name!r} among the units' {there}. Name it, or map it in "
            f'[data] columns = {{ {name} = "…" }}.'
        )
    return table[name]


def with_events(
    units: ir.Table, events: ir.Table, measured: Sequence[Measured], key: str, until: date
) -> ir.Table:
    """Join what the events of one table come to, a row a unit.

    Events that name the unit (the answer to an invitation) cannot have come before it was
    assigned, so those of its day count; events of its customer count from the day after.

    Parameters
    ----------
    units
        With `UNIT`, `assigned`, and `CUSTOMER` and `ANSWERED` where they are known.
    events
        With `date`, the column `key` or the customer's, and the columns that are measured.
    measured
        What to measure of this table.
    key
        The column that says whose row it is, in the words of the units.
    until
        Last day on which events are complete.
    """
    import ibis

    if units.get_backend() is not events.get_backend():
        raise InputError(
            "The units and their events are in different databases. Read the events with "
            "beside= the units, or hand over both as frames or paths."
        )
    # events of the declared tables are told by customer, whatever the units call theirs
    named = key in events.columns
    linked = named and CUSTOMER in units.columns
    whose = unit_column(events, key if named else "customer_id")
    mine = UNIT if named or CUSTOMER not in units.columns else CUSTOMER
    if whose.type() != units[mine].type():
        whose = whose.cast("string")
        units = units.mutate(**{mine: units[mine].cast("string")})
    wanted = dict.fromkeys(item.column for item in measured if item.column is not None)
    for name in wanted:
        if name not in events.columns:
            raise InputError(f"The events have no column {name!r}: map it when reading them.")
    columns = {name: events[name] for name in wanted}
    rows = events.select(npsstats_whose=whose, npsstats_on=events["date"].cast("date"), **columns)
    kept = dict.fromkeys((UNIT, mine, "assigned"))
    if ANSWERED in units.columns:
        kept[ANSWERED] = None
    pairs = units.select(*kept).inner_join(rows, [(mine, "npsstats_whose")])
    last = ibis.literal(until, "date")
    pairs = pairs.filter(ibis.or_(*(_inside(item, pairs, last, linked) for item in measured)))
    found = {
        f"npsstats {item.name}": _measure(item, pairs, _inside(item, pairs, last, linked))
        for item in measured
    }
    sums = pairs.group_by(UNIT).aggregate(**found).rename(npsstats_whom=UNIT)
    joined = units.left_join(sums, [(UNIT, "npsstats_whom")]).drop("npsstats_whom")
    return joined.mutate(
        **{item.name: _filled(item, joined[f"npsstats {item.name}"]) for item in measured}
    ).drop(*found)


def _filled(item: Measured, value: Any) -> Any:
    """Return what no event means: nothing known, or none."""
    if item.how in {"first", "days", "day"}:
        return value
    known = value.fill_null(0).cast("float64")
    return 1 - known if item.absent else known


def _inside(item: Measured, pairs: ir.Table, last: Any, linked: bool) -> Any:
    """Return whether an event counts for a measure."""
    import ibis

    on: Any = pairs["npsstats_on"]
    start: Any = pairs[ANSWERED] if item.after == "answer" else pairs["assigned"]
    if item.before:
        return (on < start) & (on >= start - ibis.interval(days=item.window))
    inside = ((on >= start) if linked else (on > start)) & (on <= last)
    if item.window is None or item.how == "days":
        return inside
    return inside & (on <= start + ibis.interval(days=item.window))


def _measure(item: Measured, pairs: ir.Table, inside: Any) -> Any:
    """Return the aggregate of the events that are inside the window."""
    on = pairs["npsstats_on"]
    if item.how == "any":
        if item.column is not None:
            inside = inside & pairs[item.column].cast("boolean").fill_null(False)
        return inside.any().cast("int64")
    if item.how == "count":
        return inside.sum()
    if item.how == "sum":
        return pairs[item.column].cast("float64").sum(where=inside)
    if item.how == "first":
        known = inside & pairs[item.column].notnull()
        return pairs[item.column].cast("float64").argmin(on, where=known)
    return on.min(where=inside)


def matured(
    table: ir.Table,
    measured: Sequence[Measured],
    until: date,
    primary: str | None,
    looks: Sequence[date],
    *,
    linked: frozenset[str] = frozenset(),
) -> ir.Table:
    """Empty what is not known yet, and turn first days into durations.

    Parameters
    ----------
    table
        With what every measure came to.
    measured, until, primary, looks
        As of `npsstats.aggregates.units.unit_table`.
    linked
        Tables whose events name the unit.
    """
    import ibis

    last = ibis.literal(until, "date")
    assigned: Any = table["assigned"]
    over: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    dropped: list[str] = [name for name in (CUSTOMER, ANSWERED) if name in table.columns]
    for item in measured:
        if item.table is None or item.how == "day":
            continue
        value = table[item.name]
        start: Any = table[ANSWERED] if item.after == "answer" else assigned
        if item.how == "days":
            over[item.name] = assigned + ibis.interval(days=item.window or 0)
            days, event = duration_expression(value, assigned, last, same_day=item.table in linked)
            columns[days_of(item.name)] = days
            columns[event_of(item.name)] = event
            dropped.append(item.name)
        elif item.window is not None and not item.before:
            over[item.name] = start + ibis.interval(days=item.window)
            known = (over[item.name] <= last).fill_null(False)
            columns[followed_of(item.name)] = known.cast("int64")
            columns[item.name] = ibis.cases((known, value), else_=ibis.null("float64"))
    known_on = over.get(primary or "", assigned)
    columns["mature"] = (known_on <= last).cast("int64")
    if looks:
        late = [(known_on > ibis.literal(day, "date")).cast("int64") for day in looks]
        columns["look"] = functools.reduce(operator.add, late)
    return table.mutate(**columns).drop(UNIT, *dropped)
