"""A row a unit of an experiment: its arm, what was known before, and what came of it.

Made inside the database from the table of units and the tables of events; nothing is left out.
A unit whose window is not over yet has no value (null) for that outcome, not a zero.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from npsstats.aggregates.bins import binned
from npsstats.aggregates.keyed_hash import hash_expression, label_expression
from npsstats.aggregates.spells import duration_expression
from npsstats.checks import InputError
from npsstats.data.settling import stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

__all__ = [
    "FOLDS",
    "How",
    "Measured",
    "days_of",
    "event_of",
    "followed_of",
    "in_two_arms",
    "last_day",
    "unit_table",
    "within",
]


type How = Literal["column", "any", "count", "sum", "first", "days"]

FOLDS = 5
"""Parts that a policy is fitted on and valued on in turn."""


@dataclass(frozen=True)
class Measured:
    """One number of a unit.

    Attributes
    ----------
    name
        What its column is called.
    how
        column (of the units), any (1 if an event came, else 0), count, sum (of `column`), first
        (`column` of the first event), days (to the first event, with whether it came).
    table
        The table of events; None for a column.
    column
        Of the units, or of the events.
    window
        Days after assignment, the day of assignment not counted; None: until the last day.
    before
        The window lies before assignment instead: the days up to the day of assignment, which is
        not counted.
    event
        Of days that are a column of the units: the column that says whether the event came.
    """

    name: str
    how: How
    table: str | None = None
    column: str | None = None
    window: int | None = None
    before: bool = False
    event: str | None = None


def days_of(name: str) -> str:
    """Return the column of the days of a duration."""
    return f"{name} days"


def event_of(name: str) -> str:
    """Return the column of whether the event of a duration came."""
    return f"{name} event"


def followed_of(name: str) -> str:
    """Return the column of whether the window of an outcome is over."""
    return f"{name} followed"


def in_two_arms(accepted: ir.Table, rejected: ir.Table, unit: str) -> int:
    """Return how many units that were rejected as repeats are in another arm than the one kept."""
    repeats = rejected.filter(rejected["reason"].startswith("duplicate"))
    repeats = repeats.select(whose=repeats[unit], other=repeats["arm"])
    kept = accepted.select(unit_=accepted[unit].cast("string"), arm_=accepted["arm"])
    both = repeats.inner_join(kept, [repeats["whose"] == kept["unit_"]])
    return int(both.filter(both["other"] != both["arm_"])["whose"].nunique().to_pyarrow().as_py())


def within(table: ir.Table, column: str, low: float, high: float) -> tuple[ir.Table, int]:
    """Return the units whose column is from low to high, and how many are not."""
    value: Any = _column(table, column)
    inside = value.between(low, high).fill_null(False)
    left = (~inside).sum().to_pyarrow().as_py()
    return table.filter(inside), int(left or 0)


def last_day(events: Mapping[str, ir.Table]) -> date:
    """Return the last day with an event in every table: until then they are complete.

    Of several tables the earliest last day counts, since beyond it one of them is silent.
    """
    days: list[date | None] = [
        table["date"].max().cast("date").to_pyarrow().as_py() for table in events.values()
    ]
    return min(day for day in days if day is not None)


def unit_table(
    units: ir.Table,
    events: Mapping[str, ir.Table],
    measured: Sequence[Measured],
    *,
    keys: Mapping[str, str],
    key: str = "customer_id",
    until: date | None = None,
    tiers: Mapping[str, tuple[str, Sequence[float]]] | None = None,
    looks: Sequence[date] = (),
    primary: str | None = None,
    folds: str | None = None,
) -> ir.Table:
    """Return the table of units with every number measured.

    Parameters
    ----------
    units
        A row a unit, with the columns that `keys` and `measured` name.
    events
        Table name → events, with `date` and the column `key`; in the same database.
    measured
        What to measure.
    keys
        Column of the result → column of the units: `arm`, `assigned` (a date) where there are
        events, `cluster`, `received`, subgroups, `unit`.
    key
        The column that says in both whose row it is.
    until
        Last day on which events are complete; needed with events.
    tiers
        Column of the result → a measured number and the cuts that make tiers of it.
    looks
        Ascending days: the column `look` is the place of the first one on which the primary
        outcome of the unit is known, or their number where that is after all of them.
    primary
        The outcome whose window being over makes a unit mature.
    folds
        Key of the hash that puts units into `FOLDS` folds: the column `fold`.

    Returns
    -------
    ibis.Table
        The columns of `keys`; one a measured number (float64, null where not known or not
        mature), or two for days, `days_of` and `event_of`; `mature` (0 or 1); `tiers`, `look`
        and `fold` where asked for. Written once where it took a join.

    Raises
    ------
    InputError
        If a column is not there, or the tables are in different databases.
    """
    import ibis

    columns = {name: _keyed(name, _column(units, column)) for name, column in keys.items()}
    if folds is not None:
        text, _ = label_expression(_column(units, key))
        columns["fold"] = hash_expression(folds, text) % FOLDS
    flat = [item for item in measured if item.table is None]
    for item in flat:
        column = _column(units, item.column or item.name)
        if item.how == "days":
            columns[days_of(item.name)] = column.cast("int64")
            columns[event_of(item.name)] = _column(units, item.event or "").cast("int64")
        else:
            columns[item.name] = _number(column)
    if len(flat) == len(measured):
        table = units.select(**columns)
        return _tiered(table.mutate(mature=ibis.literal(1, "int64")), tiers or {})
    if until is None or "assigned" not in keys:
        raise InputError(
            "Events in windows need the day of assignment: name its column in [data] `date`."
        )
    joined = units.select(npsstats_unit=_column(units, key), **columns)
    for name, rows in events.items():
        wanted = [item for item in measured if item.table == name]
        if wanted:
            joined = _with_events(joined, rows, wanted, key, until)
    table = _tiered(_matured(joined, measured, until, primary, looks), tiers or {})
    return stored(table) if table.get_backend().name == "duckdb" else table


def _tiered(table: ir.Table, tiers: Mapping[str, tuple[str, Sequence[float]]]) -> ir.Table:
    return table.mutate(
        **{name: binned(table[column], column, cuts) for name, (column, cuts) in tiers.items()}
    )


def _column(table: ir.Table, name: str) -> Any:
    if name not in table.columns:
        there = ", ".join(column for column in table.columns if " " not in column)
        raise InputError(
            f"There is no column {name!r} among the units' {there}. Name it, or map it in "
            f'[data] columns = {{ {name} = "…" }}.'
        )
    return table[name]


def _keyed(name: str, column: Any) -> Any:
    if name == "assigned":
        return column.cast("date")
    if name == "received":
        return column.cast("int64").fill_null(0).cast("float64")  # nobody noted that it came about
    return column.cast("string") if name in {"arm", "cluster"} else column


def _number(column: Any) -> Any:
    kind = column.type()
    return (column.cast("int64") if kind.is_boolean() else column).cast("float64")


def _with_events(
    units: ir.Table, events: ir.Table, measured: Sequence[Measured], key: str, until: date
) -> ir.Table:
    """Join what the events of one table come to, a row a unit."""
    import ibis

    if units.get_backend() is not events.get_backend():
        raise InputError(
            "The units and their events are in different databases. Read the events with "
            "beside= the units, or hand over both as frames or paths."
        )
    # events of the declared tables are told by customer, whatever the units call theirs
    whose = _column(events, key if key in events.columns else "customer_id")
    mine = units["npsstats_unit"]
    if whose.type() != mine.type():
        whose, mine = whose.cast("string"), mine.cast("string")
        units = units.mutate(npsstats_unit=mine)
    wanted = dict.fromkeys(item.column for item in measured if item.column is not None)
    for name in wanted:
        if name not in events.columns:
            raise InputError(f"The events have no column {name!r}: map it when reading them.")
    columns = {name: events[name] for name in wanted}
    rows = events.select(npsstats_whose=whose, npsstats_on=events["date"].cast("date"), **columns)
    pairs = units.select("npsstats_unit", "assigned").inner_join(
        rows, [("npsstats_unit", "npsstats_whose")]
    )
    on, assigned = pairs["npsstats_on"], pairs["assigned"]
    last = ibis.literal(until, "date")
    windows = [_inside(item, on, assigned, last) for item in measured]
    pairs = pairs.filter(ibis.or_(*windows))
    on, assigned = pairs["npsstats_on"], pairs["assigned"]
    found = {}
    for item in measured:
        inside = _inside(item, on, assigned, last)
        found[f"npsstats {item.name}"] = _measure(item, pairs, inside)
    sums = pairs.group_by("npsstats_unit").aggregate(**found)
    sums = sums.rename(npsstats_whom="npsstats_unit")
    joined = units.left_join(sums, [("npsstats_unit", "npsstats_whom")]).drop("npsstats_whom")
    return joined.mutate(
        **{
            item.name: joined[f"npsstats {item.name}"]
            if item.how in {"first", "days"}
            else joined[f"npsstats {item.name}"].fill_null(0).cast("float64")
            for item in measured
        }
    ).drop(*found)


def _inside(item: Measured, on: Any, assigned: Any, last: Any) -> Any:
    import ibis

    if item.before:
        return (on < assigned) & (on >= assigned - ibis.interval(days=item.window))
    inside = (on > assigned) & (on <= last)
    if item.window is None or item.how == "days":
        return inside
    return inside & (on <= assigned + ibis.interval(days=item.window))


def _measure(item: Measured, pairs: ir.Table, inside: Any) -> Any:
    """Return the aggregate of the events that are inside the window."""
    on = pairs["npsstats_on"]
    if item.how == "any":
        return inside.any().cast("int64")
    if item.how == "count":
        return inside.sum()
    if item.how == "sum":
        return pairs[item.column].cast("float64").sum(where=inside)
    if item.how == "first":
        known = inside & pairs[item.column].notnull()
        return pairs[item.column].cast("float64").argmin(on, where=known)
    return on.min(where=inside)


def _matured(
    table: ir.Table,
    measured: Sequence[Measured],
    until: date,
    primary: str | None,
    looks: Sequence[date],
) -> ir.Table:
    """Empty what is not known yet, and turn first days into durations."""
    import ibis

    last = ibis.literal(until, "date")
    assigned: Any = table["assigned"]
    over: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    dropped: list[str] = []
    for item in measured:
        if item.table is None:
            continue
        value = table[item.name]
        if item.how == "days":
            over[item.name] = assigned + ibis.interval(days=item.window or 0)
            days, event = duration_expression(value, assigned, last)
            columns[days_of(item.name)] = days
            columns[event_of(item.name)] = event
            dropped.append(item.name)
        elif item.window is not None and not item.before:
            over[item.name] = assigned + ibis.interval(days=item.window)
            columns[followed_of(item.name)] = (over[item.name] <= last).cast("int64")
            columns[item.name] = ibis.cases(
                (over[item.name] <= last, value), else_=ibis.null("float64")
            )
    known_on = over.get(primary or "", assigned)
    columns["mature"] = (known_on <= last).cast("int64")
    if looks:
        late = [(known_on > ibis.literal(day, "date")).cast("int64") for day in looks]
        columns["look"] = functools.reduce(operator.add, late)
    return table.mutate(**columns).drop("npsstats_unit", *dropped)
