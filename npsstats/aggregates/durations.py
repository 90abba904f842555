"""Times to an event reduced to counts a day: how many had it, how many were last seen without.

That is all a survival curve, a log-rank test or a Cox ratio of arms needs, however many units
there are. Counts add: `a + b` is what the rows of both would give.

Convention: a unit whose event is on day d, and one that was last seen without it on day d, were
both at risk on day d; events come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.labels import cells_with
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError, count, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]

__all__ = ["REASONS", "DurationCounts", "last_day_of_bin"]

REASONS = ("no duration", "negative duration", "not a whole number of days", "event not 0 or 1")
"""Why a unit is rejected, in the order in which it is looked at."""


@dataclass(frozen=True, eq=False, repr=False)
class DurationCounts:
    """How many units of every cell had their event, or were last seen without, on each day.

    Attributes
    ----------
    cells
        pandas frame, a row a cell and a column a key; `arm` wherever arms are compared.
    time
        int64, shape (T,): whole days since assignment, rising; with bins, the last day of each.
    events
        int64, shape (cells, T): units whose event was on that day.
    censored
        int64, shape (cells, T): units last seen on that day, without an event.
    rejected
        int64, shape (cells, 4): units left out, by the `REASONS`.
    bin
        Days a bin; 1 for none.
    """

    cells: pd.DataFrame
    time: Ints
    events: Ints
    censored: Ints
    rejected: Ints
    bin: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be counts of durations."""
        rows, days = len(self.cells), len(self.time)
        wanted = {
            "events": (rows, days),
            "censored": (rows, days),
            "rejected": (rows, len(REASONS)),
        }
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind not in "iu" or (array < 0).any():
                raise InputError(
                    f"`{name}` must be whole numbers of shape {shape}, none negative, got "
                    f"{array.dtype} of shape {array.shape}."
                )
        if self.time.dtype.kind not in "iu" or (np.diff(self.time, prepend=-1) <= 0).any():
            raise InputError(f"`time` must be whole days that rise from 0 or more: {self.time}.")

    @classmethod
    def from_values(
        cls,
        days: ArrayLike,
        event: ArrayLike,
        by: Mapping[str, ArrayLike] | pd.DataFrame,
        *,
        bin: int = 1,  # noqa: A002 - the word for it
    ) -> DurationCounts:
        """Return the counts of arrays in memory.

        Parameters
        ----------
        days
            Shape (units,): whole days from assignment to the event, or to the last day seen.
        event
            Shape (units,): 1 if the unit had its event on that day, 0 if it was last seen then.
        by
            Key → labels, shape (units,): `arm`, and cluster, stratum … where wanted.
        bin
            Days a bin: day d is counted as the last day of its bin.

        Examples
        --------
        >>> counts = DurationCounts.from_values(
        ...     [3, 5, 5, 2], [1, 0, 1, 1], {"arm": ["a", "a", "b", "b"]}
        ... )
        >>> counts.time, counts.events.tolist(), counts.at_risk.tolist()
        (array([2, 3, 5]), [[0, 1, 0], [1, 0, 1]], [[2, 2, 1], [2, 1, 1]])
        """
        keys = pd.DataFrame(by)
        when, had = np.asarray(days, dtype=float), np.asarray(event, dtype=float)
        why = np.select(
            [np.isnan(when), when < 0, when % 1 != 0, ~np.isin(had, (0.0, 1.0))],
            range(len(REASONS)),
            default=-1,
        )
        day = np.where(why < 0, when, 0).astype(np.int64)
        rows = keys.assign(**{" why": why, " day": last_day_of_bin(day, bin), " event": had})
        grouped = rows.groupby([*keys.columns, " why", " day"], dropna=False)[" event"]
        counted = grouped.agg(["size", "sum"]).reset_index()
        return cls.of_groups(
            counted[list(keys.columns)],
            *(counted[name].to_numpy() for name in (" why", " day", "size", "sum")),
            bin=bin,
        )

    @classmethod
    def of_groups(
        cls,
        keys: pd.DataFrame,
        why: NDArray[np.int64],
        day: NDArray[np.int64],
        n: NDArray[np.int64],
        events: NDArray[np.float64],
        *,
        bin: int = 1,  # noqa: A002
    ) -> DurationCounts:
        """Return the counts of groups of equal keys, reason and day.

        Parameters
        ----------
        keys
            A row a group, a column a key.
        why
            The place of the reason in `REASONS`, or −1 for units that count.
        day, n, events
            The day, how many units, and how many of them had their event on it.
        """
        labels = keys.astype(object).where(keys.notna(), NONE)
        order = labels.map(_sortable)
        codes = order.groupby(list(labels.columns), sort=True).ngroup().to_numpy()
        firsts = np.unique(codes, return_index=True)[1]
        fine = why < 0
        time, place = np.unique(day[fine].astype(np.int64), return_inverse=True)
        had, seen = (np.zeros((len(firsts), len(time)), dtype=np.int64) for _ in range(2))
        yes = np.where(fine, events, 0).astype(np.int64)
        np.add.at(had, (codes[fine], place), yes[fine])
        np.add.at(seen, (codes[fine], place), (n - yes)[fine])
        rejected = np.zeros((len(firsts), len(REASONS)), dtype=np.int64)
        np.add.at(rejected, (codes[~fine], why[~fine].astype(np.int64)), n[~fine])
        cells = labels.iloc[firsts].reset_index(drop=True)
        return cls(cells, time, had, seen, rejected, bin)

    @property
    def keys(self) -> list[str]:
        """The names of the grouping keys."""
        return list(self.cells.columns)

    @property
    def arms(self) -> list[str]:
        """The arms, in the order in which they first occur; units without one are not an arm."""
        there = self.cells["arm"].drop_duplicates()
        return [str(arm) for arm in there if arm != NONE]

    @cached_property
    def n(self) -> Ints:
        """Units that count, shape (cells,)."""
        return (self.events + self.censored).sum(axis=1)

    @cached_property
    def at_risk(self) -> Ints:
        """Units still without their event when the day begins, shape (cells, T)."""
        left = (self.events + self.censored)[:, ::-1]
        return left.cumsum(axis=1)[:, ::-1]

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and counts."""
        text = self.cells.astype(str).to_csv(index=False) + f"|{self.bin}"
        parts = (self.time, self.events, self.censored, self.rejected)
        numbers = b"".join(np.ascontiguousarray(part).astype("<i8").tobytes() for part in parts)
        return sha256(text.encode() + numbers).hexdigest()[:16]

    def only(self, **labels: object) -> DurationCounts:
        """Return the cells with these labels: `only(arm="called")`.

        Raises
        ------
        InputError
            If no cell has them.
        """
        mask = cells_with(self.cells, labels)
        cells = self.cells[mask].reset_index(drop=True)
        parts = (self.events[mask], self.censored[mask], self.rejected[mask])
        return DurationCounts(cells, self.time, *parts, self.bin)

    def by(self, *keys: str) -> DurationCounts:
        """Return the counts by fewer keys, cells sorted by label; without a key, of all units."""
        for key in keys:
            one_of("by", key, self.keys)
        cells = self.cells[list(keys)] if keys else pd.DataFrame({"cell": ["all"] * len(self)})
        return _merged(cells, self)

    def until(self, day: int) -> DurationCounts:
        """Return the counts as they would be had nobody been looked at after that day."""
        count("day", day)
        keep = self.time <= day
        later = (self.events + self.censored)[:, ~keep].sum(axis=1)
        time = np.union1d(self.time[keep], [day]).astype(np.int64)
        places = np.searchsorted(time, self.time[keep])
        had, seen = (np.zeros((len(self), len(time)), dtype=np.int64) for _ in range(2))
        had[:, places], seen[:, places] = self.events[:, keep], self.censored[:, keep]
        seen[:, -1] += later
        return DurationCounts(self.cells, time, had, seen, self.rejected, self.bin)

    def __add__(self, other: object) -> DurationCounts:
        if not isinstance(other, DurationCounts):
            return NotImplemented
        if self.keys != other.keys or self.bin != other.bin:
            raise InputError(
                f"Durations by {', '.join(self.keys)} in bins of {self.bin} and by "
                f"{', '.join(other.keys)} in bins of {other.bin} cannot be added. Bring both to "
                "the same keys with .by(...), and count both with the same `bin`."
            )
        time = np.union1d(self.time, other.time).astype(np.int64)
        first, second = (part.spread_over(time) for part in (self, other))
        cells = pd.concat([self.cells, other.cells], ignore_index=True)
        both = DurationCounts(
            cells,
            time,
            np.concatenate([first.events, second.events]),
            np.concatenate([first.censored, second.censored]),
            np.concatenate([first.rejected, second.rejected]),
            self.bin,
        )
        return _merged(cells, both)

    def spread_over(self, time: Ints) -> DurationCounts:
        """Return the counts on these days, which hold all of `time`; new days have none."""
        places = np.searchsorted(time, self.time)
        had, seen = (np.zeros((len(self), len(time)), dtype=np.int64) for _ in range(2))
        had[:, places], seen[:, places] = self.events, self.censored
        return DurationCounts(self.cells, time, had, seen, self.rejected, self.bin)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def frame(self) -> pd.DataFrame:
        """The cells with units, events, unit-days at risk and units rejected."""
        days = ((self.events + self.censored) * self.time).sum(axis=1)
        return self.cells.assign(
            n=self.n,
            events=self.events.sum(axis=1),
            unit_days=days,
            rejected=self.rejected.sum(axis=1),
        )

    def __repr__(self) -> str:
        shown = self.frame.to_string(index=False, max_rows=10)
        last = int(self.time[-1]) if len(self.time) else 0
        head = f"DurationCounts: {int(self.n.sum()):,} units, {len(self)} cells, to day {last}"
        return f"{head}\n{shown}"


def last_day_of_bin(day: Ints, width: int) -> Ints:
    """Return the last day of the bin each day falls in: with 7, days 0–6 are 6, 7–13 are 13."""
    count("bin", width, least=1)
    return day if width == 1 else (day // width + 1) * width - 1


def _sortable(label: object) -> tuple[bool, bool, object]:
    """Order numbers by size, then other labels by name, then units without one."""
    number = isinstance(label, int | float | np.number)
    return (label == NONE, not number, label if number else str(label))


def _merged(cells: pd.DataFrame, counts: DurationCounts) -> DurationCounts:
    """Add the counts of equal labels, sorted by label."""
    order = cells.map(_sortable)
    codes = order.groupby(list(cells.columns), sort=True).ngroup().to_numpy()
    firsts = np.unique(codes, return_index=True)[1]
    kept = cells.iloc[firsts].reset_index(drop=True)

    def added(array: Ints) -> Ints:
        total = np.zeros((len(firsts), array.shape[1]), dtype=np.int64)
        np.add.at(total, codes, array)
        return total

    parts = (added(counts.events), added(counts.censored), added(counts.rejected))
    return DurationCounts(kept, counts.time, *parts, counts.bin)
