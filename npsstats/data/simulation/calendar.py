"""Days and months of the simulation, and the clock on which visits are spread.

Day 0 is the first day of the first month. The clock runs from 0 to the number of months and
advances faster on busy days: a Poisson process with one rate a month is uniform on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["SALES_SEASON", "Calendar"]

_WEEKDAYS = np.array([0.9, 0.9, 1.0, 1.0, 1.2, 1.5, 0.5])  # Monday … Sunday
SALES_SEASON = np.array(
    [0.93, 0.90, 0.97, 0.99, 1.00, 1.02, 1.00, 0.95, 0.98, 1.00, 1.02, 1.24]
)  # factor on the visits, January … December


@dataclass(frozen=True)
class Calendar:
    """The period simulated.

    Attributes
    ----------
    origin
        Day 0.
    starts
        (months + 1,) first day of each month, and the day after the last.
    clock
        (days + 1,) the clock at the beginning of each day, months.
    season
        (months,) month of the year, 0 for January.
    """

    origin: np.datetime64
    starts: Array
    clock: Array
    season: Array

    @classmethod
    def of(cls, truth: NetworkTruth, months: int) -> Calendar:
        """Return the calendar of `months` months that end with `truth.last_month`."""
        last = np.datetime64(truth.last_month, "M")
        firsts = last + np.arange(1 - months, 2).astype("timedelta64[M]")
        starts = firsts.astype("datetime64[D]")
        days = np.arange(starts[0], starts[-1])
        weight = _WEEKDAYS[(days.astype(np.int64) + 3) % 7]  # 1970-01-01 was a Thursday
        month = days.astype("datetime64[M]") - firsts[0]
        total = np.bincount(month.astype(int), weights=weight)
        clock = np.concatenate([[0.0], np.cumsum(weight / total[month.astype(int)])])
        offsets = (starts - starts[0]).astype(np.int32)
        clock[offsets] = np.arange(months + 1)
        return cls(starts[0], offsets, clock, firsts[:-1].astype(int) % 12)

    @property
    def months(self) -> int:
        """Number of months."""
        return len(self.season)

    @property
    def end(self) -> int:
        """The day after the last."""
        return int(self.starts[-1])

    def draw_days(self, month: int, n: int, rng: np.random.Generator) -> Array:
        """Draw n days (int32) of a month, busy days more often."""
        first, after = self.starts[month : month + 2]
        edges = self.clock[first + 1 : after] - month
        day = first + np.searchsorted(edges, rng.random(n), side="right")
        return np.asarray(day, dtype=np.int32)

    def day(self, clock: Array) -> Array:
        """Return the day (int32) in which each reading of the clock falls."""
        day = np.searchsorted(self.clock, clock, side="right") - 1
        return np.clip(day, 0, self.end - 1).astype(np.int32)

    def month(self, day: Array) -> Array:
        """Return the month's number of each day; past the end, the number of months."""
        return np.asarray(np.searchsorted(self.starts, day, side="right") - 1)

    def date(self, day: Array) -> Array:
        """Return days as datetime64[s], NaT where below −100,000."""
        if len(day) and day.min() >= 0:  # millions of rows, hundreds of days: look them up
            return np.asarray(self.date(np.arange(-1, day.max() + 1))[1:][day])
        dates = np.asarray(self.origin + day.astype("timedelta64[D]")).astype("datetime64[s]")
        dates[day < -100_000] = np.datetime64("NaT", "s")
        return dates

    @property
    def labels(self) -> list[str]:
        """The months as `YYYY-MM`."""
        firsts = self.origin + self.starts[:-1].astype("timedelta64[D]")
        return [str(month) for month in firsts.astype("datetime64[M]")]
