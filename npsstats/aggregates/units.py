"""A row a unit of an experiment: its arm, what was known before, and what came of it.

Made inside the database from the table of units and the tables of events; nothing is left out.
A unit whose window is not over yet has no value (null) for that outcome, not a zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from npsstats.aggregates.bins import binned
from npsstats.aggregates.event_windows import (
    ANSWERED,
    CUSTOMER,
    UNIT,
    days_of,
    event_of,
    matured,
    unit_column,
    with_events,
)
from npsstats.aggregates.keyed_hash import hash_expression, label_expression
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
    "unit_table",
]


type How = Literal["column", "any", "count", "sum", "first", "days", "day"]

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
        column (of the units), any (1 if an event came, else 0; with a column: one that says yes
        there), count, sum (of `column`), first (`column` of the first event), days (to the first
        event, with whether it came), day (of the first event).
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
    absent
        Of any: 1 if no event came, else 0.
    after
        "answer": the window opens on the day on which the unit answered; no value where it did not.
    """

    name: str
    how: How
    table: str | None = None
    column: str | None = None
    window: int | None = None
    before: bool = False
    event: str | None = None
    absent: bool = False
    after: str | None = None


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
    customer: str | None = None,
    lag: str | None = None,
    moments: tuple[str, str | None] | None = None,
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
    customer
        Column of the customer that a unit belongs to, by which events that do not name the unit
        are found; None: the unit is the customer.
    lag
        Column of the hours by which assignment came before the date in `keys`.
    moments
        Column of the moment of sending, and of the hours from the experience to it (or None): the
        columns `sent_weekday` and `sent_hour`, `weekday` and `hour` of the experience.

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

    columns = {name: _keyed(name, unit_column(units, column)) for name, column in keys.items()}
    if lag is not None and "assigned" in keys:
        columns["assigned"] = _earlier(units, keys["assigned"], lag).cast("date")
    if moments is not None:
        columns |= _times(units, *moments)
    if folds is not None:
        text, _ = label_expression(unit_column(units, key))
        columns["fold"] = hash_expression(folds, text) % FOLDS
    for item in measured:
        if item.table is None:
            columns |= _own(units, item)
    if all(item.table is None for item in measured):
        table = units.select(**columns)
        return _tiered(table.mutate(mature=ibis.literal(1, "int64")), tiers or {})
    if until is None or "assigned" not in keys:
        raise InputError(
            "Events in windows need the day of assignment: name its column in [data] `date`."
        )
    joined, measured = _lived(units, events, measured, (key, customer), columns, until)
    linked = [name for name, rows in events.items() if customer and key in rows.columns]
    done = matured(joined, measured, until, primary, looks, linked=frozenset(linked))
    table = _tiered(done, tiers or {})
    return stored(table) if table.get_backend().name == "duckdb" else table


def _lived(
    units: ir.Table,
    events: Mapping[str, ir.Table],
    measured: Sequence[Measured],
    whose: tuple[str, str | None],
    columns: Mapping[str, Any],
    until: date,
) -> tuple[ir.Table, Sequence[Measured]]:
    """Return the units with what events came to, and all that was measured."""
    key, customer = whose
    ids = {UNIT: unit_column(units, key)}
    if customer is not None:
        ids[CUSTOMER] = unit_column(units, customer)
    joined = units.select(**ids, **columns)
    told = events.get("responses")
    if customer is not None and told is not None and key not in told.columns:
        raise InputError(
            f"The answers do not say to which {key} they belong, and a customer has several. Map "
            f"{key!r} when reading the responses."
        )
    if any(item.after == "answer" for item in measured):
        measured = [Measured(ANSWERED, "day", "responses"), *measured]
    # answers first: what comes after them counts from their day
    for name in sorted(events, key=lambda name: name != "responses"):
        wanted = [item for item in measured if item.table == name]
        if wanted:
            joined = with_events(joined, events[name], wanted, key, until)
    return joined, measured


def _own(units: ir.Table, item: Measured) -> dict[str, Any]:
    """Return what a measure takes from the units' own columns."""
    column = unit_column(units, item.column or item.name)
    if item.how != "days":
        return {item.name: _number(column)}
    event = unit_column(units, item.event or "")
    return {days_of(item.name): column.cast("int64"), event_of(item.name): event.cast("int64")}


def _tiered(table: ir.Table, tiers: Mapping[str, tuple[str, Sequence[float]]]) -> ir.Table:
    return table.mutate(
        **{name: binned(table[column], column, cuts) for name, (column, cuts) in tiers.items()}
    )


def _keyed(name: str, column: Any) -> Any:
    """Return a key as it is told apart by: yes and no are written alike, whatever the file."""
    import ibis

    if name == "assigned":
        return column.cast("date")
    if name == "received":
        return column.cast("int64").fill_null(0).cast("float64")  # nobody noted that it came about
    if column.type().is_string():
        return ibis.cases((column == "True", "true"), (column == "False", "false"), else_=column)
    labelled = name in {"arm", "cluster"} or column.type().is_boolean()
    return column.cast("string") if labelled else column


def _number(column: Any) -> Any:
    kind = column.type()
    return (column.cast("int64") if kind.is_boolean() else column).cast("float64")


def _earlier(units: ir.Table, moment: str, lag: str | None) -> Any:
    """Return a moment less so many hours."""
    at: Any = unit_column(units, moment).cast("timestamp")
    if lag is None:
        return at
    hours: Any = unit_column(units, lag).cast("int64")
    return at - hours.as_interval("h")


def _times(units: ir.Table, sent: str, delay: str | None) -> dict[str, Any]:
    """Return day of the week (0 is Monday) and hour of sending and of the experience."""
    at, lived = (_earlier(units, sent, lag) for lag in (None, delay))
    return {
        "sent_weekday": at.day_of_week.index().cast("int64"),
        "sent_hour": at.hour().cast("int64"),
        "weekday": lived.day_of_week.index().cast("int64"),
        "hour": lived.hour().cast("int64"),
    }
