"""Dates → durations → counts a day, inside the database.

`duration_expression` says how long each unit was seen without its event; `count_durations` counts
units by that, in one group-by. Memory stays flat however many units there are: what comes up is a
row a cell and day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.durations import REASONS, DurationCounts
from npsstats.checks import InputError, count
from npsstats.data.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

__all__ = ["count_durations", "duration_expression", "first_day"]


def first_day(*, same_day: bool = False) -> int:
    """Return the first day since assignment on which an event counts: 1, or 0 with `same_day`.

    An event on the day of assignment may have come before it, so it does not count unless asked:
    take the first event whose date is at least `first_day()` days after assignment.
    """
    return 0 if same_day else 1


def duration_expression(
    first_event: ir.DateValue,
    assigned: ir.DateValue,
    end: ir.DateValue | date | str,
    window: int | None = None,
    *,
    same_day: bool = False,
) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """Return days and event of each unit, from dates.

    Parameters
    ----------
    first_event
        Date (or timestamp) of the unit's first event on a day that counts (see `first_day`); null
        if there is none.
    assigned
        Date on which the unit was assigned to its arm, whatever happened after.
    end
        Last date on which an event would have been seen: of the data, or of the unit.
    window
        Days after assignment beyond which nobody is looked at; None looks to the end.
    same_day
        Whether an event on the day of assignment counts.

    Returns
    -------
    days, event
        Whole days from assignment to the event, or to the end of what was seen; 1 or 0. A unit
        assigned `window` days before the end, or earlier, is complete; a later one that has had
        no event yet is censored on the end date, and is not counted as "did not". Events after
        the end, or after the window, have not been seen. Days are negative, which
        `count_durations` rejects, for a unit assigned after the end, and for an event before the
        first day that counts.

    Examples
    --------
    >>> import ibis
    >>> dates = [("2025-03-09", "2025-03-02"), (None, "2025-03-20")]
    >>> schema = {"bought": "date", "sent": "date"}
    >>> rows = ibis.memtable([dict(zip(schema, pair)) for pair in dates], schema=schema)
    >>> days, event = duration_expression(
    ...     rows.bought, rows.sent, "2025-03-31", window=60
    ... )
    >>> rows.select(days=days, event=event).to_pyarrow().to_pylist()
    [{'days': 7, 'event': 1}, {'days': 11, 'event': 0}]
    """
    import ibis

    start = assigned.cast("date")
    until = end if isinstance(end, ibis.Value) else ibis.literal(end)
    seen: Any = until.cast("date").delta(start, unit="day").cast("int64")
    if window is not None:
        seen = ibis.least(seen, count("window", window, least=1))
    gap = first_event.cast("date").delta(start, unit="day").cast("int64")
    first = first_day(same_day=same_day)
    early = (gap < first).fill_null(False)
    had = (gap <= seen).fill_null(False)
    # an event too early to count: another may follow that nobody looked for
    days = ibis.cases((early, ibis.least(gap - first, -1)), (had, gap), else_=seen)
    return days, had.cast("int8")


def count_durations(
    table: Any,
    by: str | Sequence[str] = "arm",
    *,
    days: str = "days",
    event: str = "event",
    bin: int = 1,  # noqa: A002 - the word for it
    window: int | None = None,
) -> DurationCounts:
    """Count units by the day of their event, or the last day they were seen, in every cell.

    Parameters
    ----------
    table
        Ibis table, or a data frame, with a row a unit.
    by
        Key or keys: `arm`, and cluster, stratum … where wanted. Units whose key is missing are
        counted in a cell labelled "(none)".
    days
        Column: whole days from assignment to the event, or to the last day seen.
    event
        Column of 0 and 1, or false and true.
    bin
        Days a bin: a day is counted as the last day of its bin, so that curves step at the end of
        each. For long follow-ups in many clusters.
    window
        Count as though nobody had been looked at after this day.

    Returns
    -------
    DurationCounts
        Its `rejected` says how many units of each cell were left out, and why.

    Raises
    ------
    InputError
        If a column is not there, `days` is not a number, or no unit is left.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["a", "a", "b"], "days": [4, -1, 9], "event": [1, 1, 0]})
    >>> counts = count_durations(rows)
    >>> counts.n, counts.rejected[:, REASONS.index("negative duration")]
    (array([1, 1]), array([1, 0]))
    """
    import ibis

    source = table if isinstance(table, ibis.Table) else ibis.memtable(to_arrow(table))
    keys = [by] if isinstance(by, str) else list(by)
    _check(source, keys, days, event)
    count("bin", bin, least=1)
    when, had = source[days], source[event]
    why = ibis.cases(
        (when.isnull() | _nan(when), 0),  # noqa: PD003 - Ibis, not pandas
        (when < 0, 1),
        (_fraction(when), 2),
        (~had.cast("float64").isin([0.0, 1.0]).fill_null(False), 3),
        else_=-1,
    )
    fine = why < 0
    day = when.cast("int64")
    yes = had.cast("float64")
    if window is not None:
        count("window", window, least=1)
        yes = ibis.ifelse(day > window, 0.0, yes)
        day = ibis.least(day, window)
    if bin > 1:
        day = (day // bin + 1) * bin - 1
    groups = {f"key {place}": source[key] for place, key in enumerate(keys)}
    marked = source.select(
        **groups, why=why, day=ibis.ifelse(fine, day, 0), yes=ibis.ifelse(fine, yes, 0.0)
    )
    counted = marked.group_by([*groups, "why", "day"]).aggregate(
        n=marked.count(), events=marked["yes"].sum()
    )
    frame: pd.DataFrame = counted.to_pyarrow().to_pandas(integer_object_nulls=True)
    numbers = [frame[name].to_numpy(dtype=np.int64) for name in ("why", "day", "n", "events")]
    if not (numbers[0] < 0).any():
        said = ", ".join(
            f"{int(numbers[2][numbers[0] == place].sum())} {reason}"
            for place, reason in enumerate(REASONS)
            if (numbers[0] == place).any()
        )
        raise InputError(
            f"No unit has a duration that can be used: {said or 'the table has no rows'}. "
            f"`{days}` must hold whole days from 0, `{event}` 0 or 1."
        )
    labels = pd.DataFrame({key: frame[f"key {place}"] for place, key in enumerate(keys)})
    return DurationCounts.of_groups(labels, *numbers, bin=bin)


def _check(source: ir.Table, keys: Sequence[str], days: str, event: str) -> None:
    for name in (*keys, days, event):
        if name not in source.columns:
            there = ", ".join(source.columns)
            raise InputError(f"There is no column {name!r} among {there}.")
    if len(set(keys)) != len(keys) or not keys:
        raise InputError(f"`by` must name one key or several different ones, got {keys!r}.")
    if not source[days].type().is_numeric():
        raise InputError(
            f"`{days}` must be a number of days, its type is {source[days].type()}. From dates, "
            "make it with npsstats.aggregates.spells.duration_expression(...)."
        )


def _nan(column: ir.NumericValue) -> Any:
    return column.isnan() if column.type().is_floating() else False


def _fraction(column: ir.NumericValue) -> Any:
    return column % 1 != 0 if not column.type().is_integer() else False
