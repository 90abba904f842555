"""The periods of a panel, and on how many of their days each store was open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import (
    period_end,
    period_label,
    period_range,
    period_said,
    period_start,
)
from npsstats.checks import InputError
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Calendar", "calendar_of", "circumstances", "what_said", "without_far"]

_MOST_PERIODS = 600
_CLOSED_DAYS = 2  # a Sunday and a bank holiday are no gap in the data
_CHANCE = 5  # days in which five rows are expected are empty once in 150 times
_YEAR = 365.25
_FEWEST = 4  # periods from which one of them can be typical
_STRAY = 0.01  # of a typical period's rows: no period of a network that trades
_APART = 0.05  # the same where nothing joins it to the next
_LONGEST = {"week": 7, "month": 31, "quarter": 92, "year": 366}  # days


@dataclass(frozen=True)
class Calendar:
    """Consecutive periods.

    Attributes
    ----------
    labels
        '2025-03', …
    starts, ends
        First and last day of each, as ordinals, shape (T,).
    """

    labels: tuple[str, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def days(self) -> NDArray[np.int64]:
        """Days of each period."""
        return self.ends - self.starts + 1

    def share(self, first: Grid, last: Grid) -> Grid:
        """Return the share of each period's days from `first` to `last` of each store: (S, T)."""
        begin = np.maximum(first[:, None], self.starts)
        end = np.minimum(last[:, None], self.ends)
        return np.asarray(np.maximum(end - begin + 1, 0.0) / self.days)


def what_said(what: str) -> Said:
    """Return the name of a table's rows in words that can be said in another language."""
    return {"answers": said("answers"), "purchases": said("purchases")}[what]


def without_far(rows: pd.DataFrame, period: str, what: str, notes: list[Said]) -> pd.DataFrame:
    """Leave out rows at either end whose dates are hardly those of this trade; say which.

    A first or last period goes when it holds under 1 % of a typical period's rows (the median of
    those with any), or under 5 % and an empty period lies between it and the next: one purchase
    dated 1990 must not make 400 months.

    Parameters
    ----------
    rows
        With `start`, `rows`, `first` and `last`, the latter two ordinals.
    period, what
        The kind of period, and what the rows are, for the note.
    notes
        Where to say it.
    """
    by = rows.groupby("start")["rows"].sum().sort_index()
    by = by[by > 0]
    if len(by) < _FEWEST:
        return rows
    starts, size = by.index.to_numpy(), by.to_numpy() / float(by.median())
    apart = np.diff(starts) > _LONGEST[period]
    low, high = 0, len(size)
    while low < high - 1 and size[low] < (_APART if apart[low] else _STRAY):
        low += 1
    while high > low + 1 and size[high - 1] < (_APART if apart[high - 2] else _STRAY):
        high -= 1
    near = (rows["start"] >= starts[low]) & (rows["start"] <= starts[high - 1])
    far = rows[~near & (rows["rows"] > 0)]
    if not len(far):
        return rows
    told = [
        said(
            "{n:,} from {first} to {last}",
            n=int(part["rows"].sum()),
            first=_day(int(part["first"].min())),
            last=_day(int(part["last"].max())),
        )
        for part in (far[far["start"] < starts[low]], far[far["start"] > starts[high - 1]])
        if len(part)
    ]
    notes.append(
        said(
            "{what} far from all others, in {period}s that hold next to nothing, are left out: "
            "{spans}",
            what=what_said(what),
            period=period_said(period),
            spans=told,
        )
    )
    kept: pd.DataFrame = rows[near].reset_index(drop=True)
    return kept


def calendar_of(rows: pd.DataFrame, period: str, notes: list[Said]) -> Calendar:
    """Return the periods that the rows cover throughout.

    A first or last period is covered in part when more of its days are empty, at the edge of the
    data, than closed days and chance leave empty.
    """
    if not len(rows):
        raise InputError("No row names a store and a day: map `store_id` and `date` when reading.")
    first, last = int(rows["first"].min()), int(rows["last"].max())
    labels = _range(first, last, period)
    gap = _tolerated(float(rows["rows"].sum()), last - first + 1)
    late, early = first - _start(labels[0]), _end(labels[-1]) - last
    dropped = []
    oldest, newest = PeriodLabel(labels[0]), PeriodLabel(labels[-1])
    if late > gap:
        dropped.append(said("{period} (from its day {day} only)", period=oldest, day=late + 1))
    if early > gap and (len(labels) > 1 or not dropped):
        dropped.append(said("{period} (without its last {n:.0f} days)", period=newest, n=early))
    kept = labels[int(late > gap) : len(labels) - int(early > gap)]
    if not kept:
        raise InputError(
            f"No {period} is covered throughout: the data run from {_day(first)} to {_day(last)}. "
            "Hand over a longer span, or take a shorter period."
        )
    if dropped:
        notes.append(said("covered in part, left out: {periods}", periods=dropped))
    starts, ends = (np.array([of(label) for label in kept]) for of in (_start, _end))
    return Calendar(tuple(kept), starts, ends)


def circumstances(
    sold: pd.DataFrame | None,
    labels: list[str],
    calendar: Calendar,
    facts: pd.DataFrame | None,
    notes: list[Said],
) -> dict[str, Grid]:
    """Return `open`, `works` (shares of the days) and `age` (years), each of shape (S, T).

    Parameters
    ----------
    sold
        A row a store and period with first and last day and rows, or None.
    labels
        The stores.
    facts
        `opened`, `closed`, `works_from`, `works_to` of the stores as ordinals, NaN where unknown.
    """
    unknown = np.full(len(labels), np.nan)
    told = {
        name: unknown if facts is None else facts[name].to_numpy(float)
        for name in ("opened", "closed", "works_from", "works_to")
    }
    opened, closed = told["opened"], told["closed"]
    if sold is not None:
        seen_first, seen_last = _edges(sold, labels, calendar)
        guessed = (
            np.isnan(opened) & ~np.isnan(seen_first),
            np.isnan(closed) & ~np.isnan(seen_last),
        )
        opened = np.where(guessed[0], seen_first, opened)
        closed = np.where(guessed[1], seen_last, closed)
        edges = int(guessed[0].sum()), int(guessed[1].sum())
        if any(edges):
            notes.append(
                said(
                    "opening of {opened} and closing of {closed} stores read off their first and "
                    "last purchase",
                    opened=edges[0],
                    closed=edges[1],
                )
            )
    share = calendar.share(np.nan_to_num(opened, nan=-np.inf), np.nan_to_num(closed, nan=np.inf))
    begun = ~np.isnan(told["works_from"])
    works = calendar.share(
        np.where(begun, told["works_from"], np.inf), np.nan_to_num(told["works_to"], nan=np.inf)
    )
    age = (calendar.starts - opened[:, None]) / _YEAR
    return {"open": share, "works": works, "age": np.where(age < 0, np.nan, age)}


def _edges(sold: pd.DataFrame, labels: list[str], calendar: Calendar) -> tuple[Grid, Grid]:
    """Return the days on which stores began and ceased to sell, NaN where the data begin or end.

    A first sale some days into a month is the opening only if the store sells often enough for
    the empty days before to mean something.
    """
    by = sold.groupby("store").agg(
        first=("first", "min"), last=("last", "max"), rows=("rows", "sum")
    )
    by = by.reindex(labels)
    first, last = by["first"].to_numpy(float), by["last"].to_numpy(float)
    rate = by["rows"].to_numpy(float) / (last - first + 1)
    gap = np.maximum(_CLOSED_DAYS, np.ceil(2 * _CHANCE / rate))
    begin, end = calendar.starts[0], calendar.ends[-1]
    began = np.where(first - begin > gap, first, np.nan)
    ceased = np.where(end - last > gap, last, np.nan)
    for place, start in enumerate(calendar.starts):
        near = (began >= start) & (began - start <= gap)
        began = np.where(near & (began <= calendar.ends[place]), start, began)
        stop = calendar.ends[place]
        near = (ceased <= stop) & (stop - ceased <= gap)
        ceased = np.where(near & (ceased >= start), stop, ceased)
    return began, ceased


def _tolerated(rows: float, span: int) -> float:
    """Return how many empty days at an edge closed days and chance explain."""
    return max(_CLOSED_DAYS, float(np.ceil(_CHANCE * span / rows)))


def _range(first: int, last: int, period: str) -> list[str]:
    if (last - first) / 7 > _MOST_PERIODS * (1 if period == "week" else 4.35):
        raise InputError(
            f"The dates run from {_day(first)} to {_day(last)}. Leave out the rows whose dates "
            "cannot be right first."
        )
    low, high = (period_label(_day(ordinal), period) for ordinal in (first, last))
    return period_range(low, high, period)


def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


def _start(label: str) -> int:
    day = period_start(label)
    assert day is not None  # noqa: S101 - labels of our own making
    return day.toordinal()


def _end(label: str) -> int:
    day = period_end(label)
    assert day is not None  # noqa: S101 - labels of our own making
    return day.toordinal()
