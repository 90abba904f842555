"""What a store has besides the network: a level that wanders, and chance that does not last.

The sales of a small store stray far in a month and come back in the next; those of a large one
hardly do. Each store has its own scale, leaning on all; which part of a move lasts is common.

References
----------
Harvey (1989). Forecasting, structural time series models and the Kalman filter, section 2.4.1
(random walk plus noise; its changes have the first autocorrelation −r/(q + 2r)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from npsstats.checks import count
from npsstats.forecasting.predictive import Predictive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]

__all__ = ["FittedOwnLevel", "OwnLevel"]

_LEANING = 6.0  # changes that the scale of all stores weighs in a store's own
_LEAST = 0.02  # part of a move that lasts at least: nothing stays where it is for ever


@dataclass(frozen=True)
class OwnLevel:
    """A random walk plus noise for each series, its parts told by moments of all together.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> walks = np.random.default_rng(1).normal(0, 0.05, (20, 24)).cumsum(axis=1)
    >>> series = Series.of_measure(walks, ["2024-01", "2025-12"])
    >>> OwnLevel().fit(series).predict(3).draws.shape
    (20, 1000, 3)
    """

    name: ClassVar[str] = "random walk plus noise"

    def fit(self, series: Series) -> FittedOwnLevel:
        """Learn the scale of each series, and which part of a move lasts."""
        changes = np.diff(series.values, axis=1)
        seen = np.isfinite(changes)
        squares = np.where(seen, changes, 0.0) ** 2
        size = seen.sum(axis=1)
        usual = float(squares.sum() / max(size.sum(), 1)) or (0.01 * series.scale) ** 2
        # a few stores that close or move must not set the scale of all
        own = squares.sum(axis=1) / np.maximum(size, 1)
        middle = float(np.median(own[size > 1])) if (size > 1).any() else usual
        scale = (squares.sum(axis=1) + _LEANING * (middle or usual)) / (size + _LEANING)
        both = seen[:, 1:] & seen[:, :-1]
        z = np.where(seen, changes, 0.0) / np.sqrt(scale)[:, None]
        pairs = float((z[:, 1:] * z[:, :-1])[both].mean()) if both.any() else 0.0
        whole = float((z**2)[seen].mean()) if seen.any() else 1.0
        passing = float(np.clip(-pairs / max(whole, 1e-300), 0.0, (1 - _LEAST) / 2))
        return FittedOwnLevel(series, scale * (1 - 2 * passing), scale * passing)


@dataclass(frozen=True, eq=False)
class FittedOwnLevel:
    """Series with what lasts of their moves, and what passes.

    Attributes
    ----------
    series
        What it stands at the end of.
    lasting, passing
        (S,) variances a period, unit².
    """

    series: Series
    lasting: Grid
    passing: Grid

    def update(self, series: Series) -> FittedOwnLevel:
        """Return the same variances at the end of a longer series."""
        return replace(self, series=series)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods."""
        count("horizon", horizon, least=1)
        rng = np.random.default_rng(seed)
        level, variance = self._filtered()
        shape = (len(level), draws, horizon)
        start = np.sqrt(variance)[:, None, None] * rng.standard_normal((*shape[:2], 1))
        walk = np.sqrt(self.lasting)[:, None, None] * rng.standard_normal(shape).cumsum(axis=2)
        chance = np.sqrt(self.passing)[:, None, None] * rng.standard_normal(shape)
        return Predictive.of(level[:, None, None] + start + walk + chance, self.series)

    def _filtered(self) -> tuple[Grid, Grid]:
        """Return mean and variance of the level in the last period, (S,) each."""
        values, noise, seen = self.series.values, self.series.noise, self.series.seen
        some = bool(seen.any())
        spread = float(np.nanvar(values)) if some else 0.0
        level = np.full(len(values), float(np.nanmean(values)) if some else 0.0)
        variance = np.full(len(values), max(9 * spread, (3 * self.series.scale) ** 2))
        for at in range(values.shape[1]):
            if at:
                variance = variance + self.lasting
            told = seen[:, at]
            error = self.passing + np.nan_to_num(noise[:, at])
            gain = np.where(told, variance / np.maximum(variance + error, 1e-300), 0.0)
            level = level + gain * np.where(told, np.nan_to_num(values[:, at]) - level, 0.0)
            variance = variance * (1 - gain)
        return level, variance
