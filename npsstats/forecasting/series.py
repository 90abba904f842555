"""What a forecast is made from: series on consecutive periods with their sampling error known.

A score is a mean of few answers, and the variance of that mean is known from the answers' shares:
no model needs to guess how much of a month's move is chance. A measure that is counted in full,
such as sales, has no such error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR, period_end, period_label
from npsstats.checks import InputError, count, one_of
from npsstats.forecasting.answer_variance import answer_shares, answer_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

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
        Names of the labels' parts; `parts` holds them, a tuple a series.
    notes
        What was found and decided on the way.

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
    notes: tuple[str, ...] = ()

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
        notes: Sequence[str] = (),
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
        table = np.asarray(categories, dtype=float)
        labels = _consecutive(periods, period)
        if table.ndim != 3 or table.shape[1:] != (len(labels), 3):
            raise InputError(
                f"`categories` must have the shape (series, {len(labels)}, 3), got {table.shape}."
            )
        if not (np.isfinite(table) & (table >= 0)).all():
            raise InputError("`categories` must hold numbers of answers, none of them negative.")
        n = table.sum(axis=2)
        shares, cells = answer_shares(table)
        seen = n > 0
        divisor = np.where(seen, n, 1.0)
        values = 100 * (table[..., 2] - table[..., 0]) / divisor
        return cls(
            _named(names, len(table)),
            labels,
            period,
            np.where(seen, values, np.nan),
            np.where(seen, answer_variance(cells) / divisor, np.nan),
            n,
            answer_variance(shares),
            1 - shares[:, 1],
            categories=table,
            keys=tuple(keys),
            parts=tuple(parts),
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
        notes: Sequence[str] = (),
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
            If a value is infinite, or the shape is another.
        """
        grid = np.asarray(values, dtype=float)
        labels = _consecutive(periods, period)
        if grid.ndim != 2 or grid.shape[1] != len(labels):
            raise InputError(
                f"`values` must have the shape (series, {len(labels)}), got {grid.shape}."
            )
        if np.isinf(grid).any():
            raise InputError("`values` must be finite; write NaN where nothing is known.")
        known = np.zeros_like(grid) if noise is None else np.asarray(noise, dtype=float)
        none = np.zeros(len(grid))
        return cls(
            _named(names, len(grid)),
            labels,
            period,
            grid,
            np.where(np.isnan(grid), np.nan, known),
            np.zeros_like(grid),
            none,
            none * np.nan,
            unit=unit,
            scale=scale,
            keys=tuple(keys),
            parts=tuple(parts),
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

    def until(self, periods: int) -> Series:
        """Return what was known after so many periods, sampling errors included."""
        count("periods", periods, least=1)
        if periods >= self.shape[1]:
            return self
        labels = self.periods[:periods]
        if self.categories is None:
            return replace(
                self,
                periods=labels,
                values=self.values[:, :periods],
                noise=self.noise[:, :periods],
                n=self.n[:, :periods],
            )
        return self._counted(self.categories[:, :periods], labels, self.names, self.parts)

    def take(self, chosen: ArrayLike) -> Series:
        """Return some of the series, by a boolean mask or by position from 0.

        The variance of an answer of each stays what it was learned to be among all of them.
        """
        mask = np.asarray(chosen)
        places = np.flatnonzero(mask) if mask.dtype == bool else mask.astype(np.int64)
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
        labels, last = [], self.periods[-1]
        for _ in range(count("horizon", horizon, least=1)):
            end = period_end(last)
            if end is None:
                raise InputError(f"`periods`: {last!r} is no period's label, such as '2025-03'.")
            last = period_label(end + timedelta(days=1), self.period)
            labels.append(last)
        return tuple(labels)

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels, values and answers."""
        digest = sha256(json.dumps([self.names, self.periods, self.unit]).encode())
        for grid in (self.values, self.noise, self.n):
            digest.update(np.nan_to_num(grid, nan=-1e9).astype("<f8").tobytes())
        return digest.hexdigest()[:16]

    def __repr__(self) -> str:
        series, periods = self.shape
        text = (
            f"Series: {series:,} in {self.unit} × {periods} {self.period}s "
            f"({self.periods[0]} to {self.periods[-1]})"
        )
        if self.categories is not None:
            text += f"; {self.n.sum():,.0f} answers, median {np.median(self.n):g} a {self.period}"
        return "\n".join([text, *(f"• {note}" for note in self.notes)])

    def _counted(self, table: Grid, labels: Any, names: Any, parts: Any) -> Series:
        return Series.of_counts(
            table,
            labels,
            names,
            period=self.period,
            keys=self.keys,
            parts=parts,
            notes=self.notes,
        )


_GRIDS = ("values", "noise", "n", "spread", "polar")


def _named(names: Sequence[str], length: int) -> tuple[str, ...]:
    given = tuple(names) or (("all",) if length == 1 else tuple(map(str, range(1, length + 1))))
    if len(given) != length or len(set(given)) != length:
        raise InputError(f"`names` must be {length} different labels, got {len(set(given))}.")
    return given


def _consecutive(periods: Sequence[str], period: str) -> tuple[str, ...]:
    """Return all labels from the first to the last."""
    one_of("period", period, PERIODS_A_YEAR)
    if not len(periods):
        raise InputError("`periods` is empty: there is nothing to forecast from.")
    given = tuple(periods)
    labels, last = [given[0]], given[0]
    while last != given[-1]:
        end = period_end(last)
        if end is None or last > given[-1]:
            raise InputError(
                f"`periods` must be consecutive labels of the kind {period!r}, such as '2025-03', "
                f"got {', '.join(map(repr, given[:3]))}…"
            )
        last = period_label(end + timedelta(days=1), period)
        labels.append(last)
    if len(given) > 2 and given != tuple(labels):
        raise InputError(
            f"`periods` must hold every {period} from {given[0]} to {given[-1]} once and in "
            f"order: {len(labels)} of them, got {len(given)}."
        )
    return tuple(labels)
