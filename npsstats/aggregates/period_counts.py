"""Answers by period and further keys, on the periods that the data cover throughout.

Two queries: one by day and kind of survey, all cells together, from which the periods are judged;
one by period and keys. Days by store would be a thousand times as many cells.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import PERIODS, as_counts, count
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.panel_calendar import calendar_of, without_far
from npsstats.aggregates.periods import (
    is_label,
    period_label,
    period_range,
    period_said,
    period_start,
)
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.checks import InputError
from npsstats.data.intake import Intake
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

__all__ = ["PeriodCounts", "covered", "known_keys", "period_counts"]


class PeriodCounts(NamedTuple):
    """Counts by period.

    `cells` has a row a cell and a column of text a key; `label` is its period, `table` its
    detractors, passives and promoters, (cells, 3); `counts` the same by score, or None where only
    categories are known. `periods` are those covered throughout, none left out between. `mixed`
    counts by period and those of the ways of asking that are known, or is None.
    """

    cells: pd.DataFrame
    label: NDArray[np.str_]
    table: NDArray[np.float64]
    counts: ScoreCounts | None
    periods: tuple[str, ...]
    mixed: ScoreCounts | None
    notes: tuple[Said, ...]


def known_keys(data: Any) -> tuple[str, ...]:
    """Return the keys that data surely have; none of what has still to be read."""
    if isinstance(data, ScoreCounts):
        return tuple(data.keys)
    found = data.accepted if isinstance(data, Intake) else data
    return tuple(map(str, getattr(found, "columns", ())))


def period_counts(
    data: Any, period: str, keys: Sequence[str], ways: Sequence[str] = ()
) -> PeriodCounts:
    """Count answers by period and keys.

    Parameters
    ----------
    data
        Anything `count` takes that has dates, or `ScoreCounts` by "date" or by `period`.
    period
        "week", "month", "quarter" or "year".
    keys
        Further keys.
    ways
        Keys that say how answers were asked for, counted beside by period where they are known.

    Raises
    ------
    InputError
        If a key is not there, there are neither dates nor periods, there is no answer with a
        date, or no period is covered throughout.
    """
    if not isinstance(data, ScoreCounts):
        return _of_rows(data, period, keys, ways)
    time = "date" if "date" in data.keys else period
    if time not in data.keys:
        raise InputError(
            f"The counts are by {', '.join(data.keys)}: a series needs the key {period!r} or "
            f"'date'. Count with by=[{period!r}, …]."
        )
    beside = [key for key in ways if key in data.keys]
    mixed = data.by(time, *beside) if beside else None
    counts = as_counts(data, [time, *keys])
    notes: list[Said] = []
    if time == "date":
        periods = _covered_days(counts.by("date"), period, notes)
        counts = _by_period(counts, period)
        mixed = None if mixed is None else _by_period(mixed, period)
    else:
        periods = covered(counts.cells[period].astype(str).to_numpy(), counts.n, period, notes)
    return _counted(counts, period, periods, mixed, notes)


def _of_rows(data: Any, period: str, keys: Sequence[str], ways: Sequence[str]) -> PeriodCounts:
    if not isinstance(data, Intake):
        table, read = read_table(
            data, "responses", [key for key in keys if key not in PERIODS], None
        )
        data = table if read is None else read
    if "date" not in (there := known_keys(data)):
        raise InputError("A series needs the days of the answers: map `date` when reading.")
    beside = [key for key in ways if key in there]
    daily = count(data, ["date", *beside])
    notes: list[Said] = []
    periods = _covered_days(daily.by("date"), period, notes)
    counts = count(data, [period, *keys])
    mixed = _by_period(daily, period) if beside else None
    return _counted(counts, period, periods, mixed, notes)


def _counted(
    counts: ScoreCounts,
    period: str,
    periods: tuple[str, ...],
    mixed: ScoreCounts | None,
    notes: list[Said],
) -> PeriodCounts:
    dated = (counts.cells[period].astype(str) != NONE).to_numpy()
    if lost := int(counts.n[~dated].sum()):
        notes.append(said("{n:,} answers have no date and are left out", n=lost))
    counts = counts.take(dated)
    cells = counts.cells.astype(str)
    return PeriodCounts(
        cells.drop(columns=period),
        cells[period].to_numpy(dtype=str),
        counts.categories.astype(float),
        counts,
        periods,
        mixed,
        tuple(notes),
    )


def covered(
    labels: Sequence[str] | NDArray[Any], n: NDArray[Any], period: str, notes: list[Said]
) -> tuple[str, ...]:
    """Return all periods from the first with answers to the last, where only labels are known.

    Raises
    ------
    InputError
        If a label is none of such a period, or there is no answer.
    """
    told = [label for label in dict.fromkeys(map(str, labels)) if label != NONE]
    for label in told:
        if not is_label(label, period):
            raise InputError(
                f"{label!r} is no label of a {period}. Let npsstats.count make the labels from "
                "dates."
            )
    sizes = pd.Series(np.asarray(n, dtype=float)).groupby(np.asarray(labels, dtype=str)).sum()
    sizes = sizes[(sizes > 0) & (sizes.index != NONE)]
    if not len(sizes):
        raise InputError("There is no answer with a date: a series needs at least one.")
    notes.append(
        said(
            "counts by {period} do not say whether the last one, {last}, is complete: hand over "
            "the answers or counts by date, or say through which period it runs",
            period=period_said(period),
            last=PeriodLabel(max(sizes.index)),
        )
    )
    starts = [_start(label) for label in sizes.index]
    rows = pd.DataFrame(
        {"start": starts, "rows": sizes.to_numpy(), "first": starts, "last": starts}
    )
    near = without_far(rows, period, "answers", notes)["start"]
    first, last = (period_label(date.fromordinal(int(d)), period) for d in (near.min(), near.max()))
    return tuple(period_range(first, last, period))


def _covered_days(daily: ScoreCounts, period: str, notes: list[Said]) -> tuple[str, ...]:
    """Return the periods that the days cover throughout, stray dates at the ends left out."""
    text = daily.cells["date"].astype(str)
    there = (text != NONE).to_numpy() & (daily.n > 0)
    days = [_day(label) for label in text[there]]
    if not days:
        raise InputError("There is no answer with a date: a series needs at least one.")
    ordinal = np.array([day.toordinal() for day in days])
    starts = {day: _start(period_label(day, period)) for day in dict.fromkeys(days)}
    rows = pd.DataFrame(
        {
            "start": [starts[day] for day in days],
            "rows": daily.n[there].astype(float),
            "first": ordinal,
            "last": ordinal,
        }
    )
    near = without_far(rows, period, "answers", notes)
    return calendar_of(near, period, notes).labels


def _by_period(counts: ScoreCounts, period: str) -> ScoreCounts:
    """Return counts by day as counts by period."""
    days = counts.cells["date"].astype(str)
    labels = {
        day: NONE if day == NONE else period_label(_day(day), period) for day in days.unique()
    }
    keys = [key for key in counts.keys if key != "date"]
    cells = counts.cells.drop(columns="date").assign(**{period: days.map(labels)})
    order = [period, *keys]
    by = cells[order].astype(str).groupby(order, sort=False).ngroup().to_numpy()
    firsts = np.unique(by, return_index=True)[1]
    table = np.zeros((len(firsts), counts.counts.shape[1]), dtype=np.int64)
    np.add.at(table, by, counts.counts)
    kept = cells[order].iloc[list(firsts)].reset_index(drop=True)
    return ScoreCounts(table, kept, scale=counts.scale)


def _day(label: str) -> date:
    try:
        return date.fromisoformat(label[:10])
    except ValueError:
        raise InputError(f"`date`: {label!r} is no day such as '2025-03-14'.") from None


def _start(label: str) -> int:
    day = period_start(label)
    assert day is not None  # noqa: S101 - labels that were checked
    return day.toordinal()
