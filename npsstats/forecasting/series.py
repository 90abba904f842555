"""What a forecast is made from: series on consecutive periods with their sampling error known.

A score is a mean of few answers, and the variance of that mean is known from the answers' shares:
no model needs to guess how much of a month's move is chance. A measure that is counted in full,
such as sales, has no such error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.aggregates.steady import steady
from npsstats.checks import count, number, one_of
from npsstats.forecasting.series_grids import counted, measured, numbers
from npsstats.forecasting.series_labels import (
    chosen_places,
    consecutive,
    following,
    levels_of,
    named,
    parted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Series"]

_POINTS = 10.0
_LOGS = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Series:
    """S series on T consecutive periods.

    Attributes
    ----------
    names, periods
        Labels of the series and of the periods, none left out between the first and the last.
    period
        "week", "month", "quarter" or "year".
    values
        (S, T) in `unit`, NaN where nothing was observed.
    noise
        (S, T) sampling variance of `values`, unit²; 0 where a value is exact, NaN where there is
        none.
    n
        (S, T) answers behind a value; 0 where there are none, and for a measure.
    spread
        (S,) variance of one answer to come, unit²; 0 for a measure.
    polar
        (S,) share of answers that are no passives, in [0, 1]; NaN for a measure.
    unit
        "points" of NPS, or "log" of a measure.
    scale
        By how much such a series typically moves within a year, in its unit: what the weakly
        informative priors are scaled by.
    categories
        (S, T, 3) detractors, passives, promoters, or None for a measure. Not necessarily whole:
        polls come as shares.
    keys
        Names of the labels' parts; `parts` holds them, a tuple a series. Several groupings of the
        same answers have the keys `LEVELS`: "level" and "cell"; see `by_level`.
    notes
        What was found and decided on the way.
    opens, closes
        (S,) place of the first period in which a series exists, and of the first in which it does
        no longer: inf where no end is known, beyond T where one is announced.
    bridged, shift_sd
        (T,) periods led over a change of questionnaire, and (S,) the standard deviation, in the
        series' unit, of what that may have got wrong: one error for all bridged periods and all
        series, which `noise` leaves out. True in such a period is `values` + `shift_sd` · z +
        sampling, with one z ~ N(0, 1).

    Examples
    --------
    >>> series = Series.of_counts([[[2, 3, 5], [0, 0, 0], [1, 4, 5]]], ["2025-01", "2025-03"])
    >>> series.values, series.n
    (array([[30., nan, 40.]]), array([[10.,  0., 10.]]))
    >>> series.noise.round(0)
    array([[547.,  nan, 539.]])
    >>> series.future(2)
    ('2025-04', '2025-05')
    """

    names: tuple[str, ...]
    periods: tuple[str, ...]
    period: str
    values: Grid
    noise: Grid
    n: Grid
    spread: Grid
    polar: Grid
    unit: str = "points"
    scale: float = _POINTS
    categories: Grid | None = None
    keys: tuple[str, ...] = ("series",)
    parts: tuple[tuple[Any, ...], ...] = ()
    notes: tuple[Said, ...] = ()
    opens: Grid = field(default_factory=lambda: np.zeros(0))
    closes: Grid = field(default_factory=lambda: np.zeros(0))
    bridged: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    shift_sd: Grid = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Fill in what is not told: open throughout, never bridged."""
        series, periods = self.shape
        plain = {
            "opens": np.zeros(series),
            "closes": np.full(series, np.inf),
            "shift_sd": np.zeros(series),
            "bridged": np.zeros(periods, dtype=bool),
        }
        for name, values in plain.items():
            if not len(getattr(self, name)):
                object.__setattr__(self, name, values)

    @classmethod
    def of_counts(
        cls,
        categories: ArrayLike,
        periods: Sequence[str],
        names: Sequence[str] = (),
        *,
        period: str = "month",
        keys: Sequence[str] = ("series",),
        parts: Sequence[tuple[Any, ...]] = (),
        notes: Sequence[Said] = (),
    ) -> Series:
        """Return the series of the scores of counted answers.

        Parameters
        ----------
        categories
            (S, T, 3) detractors, passives and promoters; shares times answers will do.
        periods
            The T labels, or the first and the last of them.
        names
            (S,) labels; numbered from 1 where there are several and none is given.
        period, keys, parts, notes
            As the attributes.

        Raises
        ------
        InputError
            If a count is negative or unknown, or the shape is another.
        """
        table = numbers("categories", categories)
        labels = consecutive(periods, period)
        called = named(names, len(table) if table.ndim else 0)
        parts = parted(keys, parts, len(called))
        grids = counted(table, len(labels), keys, parts)
        return cls(
            called,
            labels,
            period,
            *grids,
            categories=table,
            keys=tuple(keys),
            parts=parts,
            notes=tuple(notes),
        )

    @classmethod
    def of_measure(
        cls,
        values: ArrayLike,
        periods: Sequence[str],
        names: Sequence[str] = (),
        *,
        period: str = "month",
        unit: str = "log",
        scale: float = _LOGS,
        noise: ArrayLike | None = None,
        keys: Sequence[str] = ("series",),
        parts: Sequence[tuple[Any, ...]] = (),
        notes: Sequence[Said] = (),
    ) -> Series:
        """Return series of a measure: its logarithm as a rule, NaN where it is not known.

        Parameters
        ----------
        values
            (S, T) in `unit`.
        periods, names, period, unit, scale, keys, parts, notes
            As for `of_counts` and as the attributes.
        noise
            (S, T) known sampling variance, unit²; none by default.

        Raises
        ------
        InputError
            If a value is infinite, a shape is another, `noise` negative or not known where a value
            is, or `scale` not positive.
        """
        one_of("unit", unit, ("points", "log"))
        number("scale", scale, low=float(np.finfo(float).tiny))
        grid = numbers("values", values)
        labels = consecutive(periods, period)
        called = named(names, len(grid) if grid.ndim else 0)
        parts = parted(keys, parts, len(called))
        grids = measured(grid, len(labels), noise)
        return cls(
            called,
            labels,
            period,
            *grids,
            unit=unit,
            scale=scale,
            keys=tuple(keys),
            parts=parts,
            notes=tuple(notes),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Series and periods, (S, T)."""
        return len(self.names), len(self.periods)

    @property
    def season(self) -> int:
        """Periods a year: after so many a season comes back."""
        return PERIODS_A_YEAR[self.period]

    @property
    def bounds(self) -> tuple[float, float]:
        """What no value can leave."""
        return (-100.0, 100.0) if self.unit == "points" else (-np.inf, np.inf)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Where something was observed, (S, T)."""
        return np.isfinite(self.values)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Which series have ended by the last period, (S,): there is nothing to forecast."""
        return self.closes <= self.shape[1]

    def alive(self, horizon: int) -> NDArray[np.bool_]:
        """Where series exist in the periods to come, as far as is known; (S, horizon)."""
        places = self.shape[1] + np.arange(count("horizon", horizon, least=1))
        return (self.opens[:, None] <= places) & (places < self.closes[:, None])

    def by_level(self) -> dict[str, Series]:
        """Return the series of each grouping on their own: answers are in every one of them.

        A model that lends strength between series is fitted to one at a time.
        """
        masks = levels_of(self.keys, self.parts, len(self.names))
        return {level: self.take(mask) for level, mask in masks.items()}

    def until(self, periods: int) -> Series:
        """Return what was known after so many periods, sampling errors included.

        What has ended by then counts as ended only where it had by then.
        """
        count("periods", periods, least=1)
        if periods >= self.shape[1]:
            return self
        cut = replace(
            self,
            periods=self.periods[:periods],
            values=self.values[:, :periods],
            noise=self.noise[:, :periods],
            n=self.n[:, :periods],
            bridged=self.bridged[:periods],
            closes=np.where(self.closes <= periods, self.closes, np.inf),
        )
        if self.categories is None:
            return cut
        table = self.categories[:, :periods]
        found = counted(table, periods, self.keys, self.parts)
        return replace(
            cut, categories=table, noise=found.noise, spread=found.spread, polar=found.polar
        )

    def take(self, chosen: ArrayLike) -> Series:
        """Return some of the series, by a boolean mask or by position from 0.

        The variance of an answer of each stays what it was learned to be among all of them.
        """
        places = chosen_places(chosen, len(self.names))
        grids = {name: getattr(self, name)[places] for name in _GRIDS}
        return replace(
            self,
            names=tuple(self.names[place] for place in places),
            parts=tuple(self.parts[place] for place in places) if self.parts else (),
            categories=None if self.categories is None else self.categories[places],
            **grids,
        )

    def future(self, horizon: int) -> tuple[str, ...]:
        """Return the labels of the periods that follow the last."""
        return following(self.periods[-1], self.period, count("horizon", horizon, least=1))

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels, values and answers."""
        digest = sha256(json.dumps([self.names, self.periods, self.unit]).encode())
        for grid in (self.values, self.noise, self.n, self.shift_sd):
            digest.update(steady(grid))
        return digest.hexdigest()[:16]

    def __repr__(self) -> str:
        series, periods = self.shape
        text = (
            f"Series: {series:,} in {self.unit} × {periods} {self.period}s "
            f"({self.periods[0]} to {self.periods[-1]})"
        )
        if self.categories is not None:
            # further groupings hold the same answers
            first = next(iter(levels_of(self.keys, self.parts, series).values()))
            text += f"; {self.n[first].sum():,.0f} answers, "
            text += f"median {np.median(self.n):g} a {self.period}"
        return "\n".join([text, *(f"• {note}" for note in self.notes)])


_GRIDS = ("values", "noise", "n", "spread", "polar", "opens", "closes", "shift_sd")
