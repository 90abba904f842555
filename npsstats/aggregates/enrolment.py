"""Which units count, and until when: selections of the table of units inside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.aggregates.event_windows import unit_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

__all__ = [
    "among",
    "days_of_sending",
    "in_two_arms",
    "last_day",
    "sent_in_every_arm",
    "with_combined",
    "with_month",
    "with_value",
    "within",
]


def in_two_arms(accepted: ir.Table, rejected: ir.Table, unit: str) -> int:
    """Return how many units that were rejected as repeats are in another arm than the one kept."""
    repeats = rejected.filter(rejected["reason"].startswith("duplicate"))
    repeats = repeats.select(whose=repeats[unit], other=repeats["arm"])
    kept = accepted.select(unit_=accepted[unit].cast("string"), arm_=accepted["arm"])
    both = repeats.inner_join(kept, [repeats["whose"] == kept["unit_"]])
    return int(both.filter(both["other"] != both["arm_"])["whose"].nunique().to_pyarrow().as_py())


def within(table: ir.Table, column: str, low: float, high: float) -> tuple[ir.Table, int]:
    """Return the units whose column is from low to high, and how many are not."""
    value: Any = unit_column(table, column)
    inside = value.between(low, high).fill_null(False)
    left = (~inside).sum().to_pyarrow().as_py()
    return table.filter(inside), int(left or 0)


def among(table: ir.Table, column: str, values: Sequence[str]) -> tuple[ir.Table, int]:
    """Return the units whose label is one of `values`, and how many have another."""
    inside: Any = unit_column(table, column).cast("string").isin(list(values)).fill_null(False)
    left = (~inside).sum().to_pyarrow().as_py()
    return table.filter(inside), int(left or 0)


def with_value(table: ir.Table, column: str) -> tuple[ir.Table, int]:
    """Return the units that have a value in a column, and how many have none."""
    known = unit_column(table, column).notnull()
    left = (~known).sum().to_pyarrow().as_py()
    return table.filter(known), int(left or 0)


def with_combined(table: ir.Table, name: str, columns: Sequence[str], separator: str) -> ir.Table:
    """Return the units with a label that joins those of several columns."""
    first, *others = (unit_column(table, column).cast("string") for column in columns)
    joined: Any = first
    for other in others:
        joined = joined + separator + other
    return table.mutate(**{name: joined})


def with_month(table: ir.Table) -> ir.Table:
    """Return the units with the month of their assignment, 2025-03."""
    day: Any = table["assigned"]
    return table.mutate(month=day.strftime("%Y-%m"))


def days_of_sending(table: ir.Table, column: str) -> tuple[date, date]:
    """Return the first and the last day on which a unit of the table was sent."""
    day: Any = unit_column(table, column).cast("date")
    ends = table.aggregate(first=day.min(), last=day.max()).to_pyarrow().to_pylist()[0]
    return ends["first"], ends["last"]


def sent_in_every_arm(
    table: ir.Table, lag: str, first: date, last: date
) -> tuple[ir.Table, tuple[int, int]]:
    """Return the units that would be in the table whatever their lag, and how many would not.

    The table holds what was sent from one day to another. Where the lag is drawn, its late arms
    hold experiences of before the first day, and lack those of the last days.

    Parameters
    ----------
    table
        With `assigned` and the lag, hours.
    lag
        The column.
    first, last
        Days of sending that the table holds.

    Returns
    -------
    tuple
        The units, and how many are too early and too late.
    """
    import ibis

    ends = table.aggregate(low=table[lag].min(), high=table[lag].max()).to_pyarrow().to_pylist()[0]
    shortest, longest = float(ends["low"] or 0) // 24, -(-float(ends["high"] or 0) // 24)
    day: Any = table["assigned"]
    early = day < ibis.literal(first, "date") - ibis.interval(days=int(shortest))
    late = day > ibis.literal(last, "date") - ibis.interval(days=int(longest))
    counted = table.aggregate(early=early.sum(), late=late.sum()).to_pyarrow().to_pylist()[0]
    left = (int(counted["early"] or 0), int(counted["late"] or 0))
    return table.filter(~early & ~late), left


def last_day(events: Mapping[str, ir.Table]) -> date:
    """Return the last day with an event in every table: until then they are complete.

    Of several tables the earliest last day counts, since beyond it one of them is silent.
    """
    days: list[date | None] = [
        table["date"].max().cast("date").to_pyarrow().as_py() for table in events.values()
    ]
    return min(day for day in days if day is not None)
