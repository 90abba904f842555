"""Stores against each other: slopes between store means, and over all store-periods at once.

Here too the noise of the scores is known: a store's mean over many periods is less noisy than a
store-month, so that the correction is small, and what it leaves is an association between stores
that differ in more than their scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.ratio import between_clusters, over_time, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from npsstats.linkage.corrected import Moments, NoisyScore
    from npsstats.linkage.ratio import Ratio

    type Grid = NDArray[np.float64]
    type Errors = Literal["cluster", "driscoll-kraay"]

__all__ = ["Sums", "between_sums", "pooled_sums", "within_sums"]


@dataclass(frozen=True, eq=False)
class Sums:
    """What each row adds to a slope; `Moments` without effects to remember.

    Attributes
    ----------
    used
        Shape (S, T) or (S, 1): the rows that count.
    cross, square, noise, total
        Same shape: score times outcome, score squared, noise expected in it, outcome squared.
    """

    used: NDArray[np.bool_]
    cross: Grid
    square: Grid
    noise: Grid
    total: Grid

    @property
    def reliability(self) -> float:
        """Share of the score's variance that is not noise, NaN where it has none."""
        square = float(self.square.sum())
        return 1 - float(self.noise.sum()) / square if square > 0 else nan

    def sureness(self) -> float:
        """Return the reliability over its own error, clustered by store: see `Ratio.sureness`."""
        parts = np.stack([self.square - self.noise, self.square]).sum(axis=2)
        return ratio(*between_clusters(parts), 0.95).sureness

    def naive(self) -> Sums:
        """Return the sums of one who takes scores for truth."""
        zero = np.zeros_like(self.noise)
        return Sums(self.used, self.cross, self.square, zero, self.total)

    def slope(self, level: float, *, errors: Errors = "cluster", lags: int | None = None) -> Ratio:
        """Return the slope with its limits, as `Moments.slope` does."""
        parts = np.stack([self.cross, self.square - self.noise])
        if errors == "cluster":
            return ratio(*between_clusters(parts.sum(axis=2)), level)
        return ratio(*over_time(parts.sum(axis=1)[:, self.used.any(axis=0)], lags), level)


def within_sums(moments: Moments, outcome: Grid, seasons: int = 1) -> Sums:
    """Return the sums of a fit within stores, a row a store again where seasons had their own.

    Parameters
    ----------
    moments
        Of a grid with `seasons` rows a store.
    outcome
        The same grid's outcome.
    """
    effects = moments.effects
    total = effects.weights[:, None] * effects.residual(outcome) ** 2

    def added(grid: Grid) -> Grid:
        return np.asarray(grid.reshape(-1, seasons, grid.shape[1]).sum(axis=1))

    used = effects.used.reshape(-1, seasons, effects.used.shape[1]).any(axis=1)

    parts = (moments.cross, moments.square, moments.noise, total)
    return Sums(used, *(added(part) for part in parts))


def pooled_sums(outcome: Grid, score: NoisyScore, controls: Sequence[Grid] = ()) -> Sums:
    """Return the sums of the slope over all store-periods, period effects and controls taken out.

    Parameters
    ----------
    outcome
        Shape (S, T), NaN where there is none.
    score
        At the same places.
    controls
        Each of shape (S, T).
    """
    used = np.isfinite(outcome) & (score.n > 0)
    for control in controls:
        used = used & np.isfinite(control)
    alike = used.sum(axis=0)
    left = np.where(used, 1 - 1 / np.maximum(alike, 1), 0.0)  # diagonal of the residual maker
    x, y = _without_periods(score.mean, used), _without_periods(outcome, used)
    if controls:
        held = np.stack([_without_periods(control, used)[used] for control in controls], axis=1)
        basis, size, _ = np.linalg.svd(held, full_matrices=False)
        basis = basis[:, size > 1e-10 * max(float(size.max(initial=0.0)), 1e-300)]
        for grid in (x, y):
            grid[used] -= basis @ (basis.T @ grid[used])
        left[used] -= (basis**2).sum(axis=1)
    noise = np.where(used, score.noise() * left, 0.0)
    return Sums(used, x * y, x * x, noise, y * y)


def between_sums(outcome: Grid, score: NoisyScore) -> Sums:
    """Return the sums of the slope between store means, each store once, period effects out.

    Arguments as for `pooled_sums`. The mean of a store's true scores over its T periods is seen
    with the noise Σ v_t / T².
    """
    used = np.isfinite(outcome) & (score.n > 0)
    rows = used.sum(axis=1, keepdims=True)
    some = rows > 0
    x, y = (
        _without_periods(grid, used).sum(axis=1, keepdims=True) / np.maximum(rows, 1)
        for grid in (score.mean, outcome)
    )
    x, y = (np.where(some, grid - grid[some].mean(), 0.0) for grid in (x, y))
    each = np.where(used, score.noise(), 0.0).sum(axis=1, keepdims=True) / np.maximum(rows, 1) ** 2
    noise = np.where(some, each * (1 - 1 / max(int(some.sum()), 1)), 0.0)
    return Sums(some, x * y, x * x, noise, y * y)


def _without_periods(values: Grid, used: NDArray[np.bool_]) -> Grid:
    inside = np.where(used, values, 0.0)
    return np.where(used, inside - inside.sum(axis=0) / np.maximum(used.sum(axis=0), 1), 0.0)
