"""The levels of a network and its stores, and the slope of growth on what was known of the score.

References
----------
Cameron & Miller (2015). A practitioner's guide to cluster-robust inference. J. Human Resources 50,
317–372 (equation 11: errors by store).
Törnqvist (1936). The Bank of Finland's consumption price index. Bank of Finland Monthly Bulletin
10, 1–8 (a chain of mean growths, weighed by the mean of the shares before and after).
"""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special, stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["LEAST_STORES", "LaggedSlope", "centred", "drifts", "lagged_slope", "levels"]

LEAST_STORES = 5
_SWEEPS, _CLOSE = 200, 1e-10


class LaggedSlope(NamedTuple):
    """Log growth a period for one point, its error by store, the growths it rests on, and df."""

    estimate: float
    std_error: float
    n: int
    df: int

    def draw(self, rng: np.random.Generator, size: int) -> Grid:
        """Draw from Student's law."""
        return np.asarray(self.estimate + self.std_error * rng.standard_t(self.df, size))

    @property
    def reach(self) -> float:
        """Quantile of Student's law at 95 %."""
        return float(stats.t.ppf(0.975, self.df))


def levels(logs: Grid) -> tuple[Grid, Grid]:
    """Return the log level common to all stores (T,), and what each has besides, (S, T).

    The common level moves by the mean growth of the stores there, so that stores which open or
    close do not move it; weighed by their shares before and now alike. By either alone what passes
    would add up: a store that sells more for once weighs more as it rises than as it falls.

    Examples
    --------
    >>> common, own = levels(np.array([[1.0, 2.0, 3.0], [np.nan, 5.0, 6.0]]))
    >>> common, own[1]
    (array([0., 1., 2.]), array([nan,  4.,  4.]))
    """
    stores, length = logs.shape
    common, own = np.full(length, nan), np.full(stores, nan)
    found = np.full(logs.shape, nan)
    for at in range(length):
        seen = np.isfinite(logs[:, at])
        both = seen & np.isfinite(own)
        if both.any():
            last = logs[both, at]
            weights = special.softmax(last) + special.softmax(own[both])
            common[at] = np.average(last - own[both], weights=weights)
        elif seen.any():
            # the first period, or none of the stores before is left: a level to start from
            common[at] = 0.0 if not np.isfinite(common).any() else float(np.nanmax(common))
        own = np.where(seen, logs[:, at] - common[at], own)
        found[:, at] = np.where(seen, own, nan)
    return common, found


def centred(draws: Grid, weights: Grid) -> Grid:
    """Take the weighted mean of what stores have besides out of what their draws stray.

    It is in the common level already. What is left is stretched, so that a store strays as far.

    Parameters
    ----------
    draws
        (S, D, H) of what each store has besides.
    weights
        (S,) shares of the network.
    """
    share = weights / weights.sum()
    alike = float(share @ share)
    middle = draws.mean(axis=1, keepdims=True)
    strayed = draws - middle
    strayed = strayed - np.einsum("s,sdh->dh", share, strayed)
    return np.asarray(middle + strayed / sqrt(max(1 - alike, 0.5)))


def drifts(growth: Grid) -> tuple[Grid, Grid]:
    """Return each store's steady growth a period and its variance, (S,) each, shrunken to none.

    By moments: of the variance between stores' mean growths, what their own errors do not explain
    is that of drifts. With no drift anywhere the result is nought, and sure.

    Parameters
    ----------
    growth
        (S, T) log growth of what each store has besides, NaN where unknown.
    """
    seen = np.isfinite(growth)
    size = seen.sum(axis=1)
    mean = np.where(seen, growth, 0.0).sum(axis=1) / np.maximum(size, 1)
    left = np.where(seen, growth - mean[:, None], 0.0)
    freedom = np.maximum(size - 1, 0).sum()
    if freedom == 0 or (size > 1).sum() < LEAST_STORES:
        return np.zeros(len(growth)), np.zeros(len(growth))
    noise = float((left**2).sum() / freedom) / np.maximum(size, 1)
    used = size > 1
    between = max(float((mean[used] ** 2 - noise[used]).mean()), 0.0)
    share = np.where(size > 0, between / (between + noise), 0.0) if between else np.zeros(len(mean))
    return np.asarray(share * mean), np.asarray(between * (1 - share))


def lagged_slope(growth: Grid, score: Grid, known: NDArray[np.bool_]) -> LaggedSlope | None:
    """Return the slope within stores and periods; None where the score does not move.

    Parameters
    ----------
    growth
        (S, T) log growth of what a store has besides, NaN where unknown.
    score
        (S, T) what was known of its deviation before, points.
    known
        (S, T) where the score rests on any answer.
    """
    used = np.isfinite(growth) & known
    used &= used.sum(axis=1, keepdims=True) > 1
    stores = int(used.any(axis=1).sum())
    if stores < LEAST_STORES or used.any(axis=0).sum() < 3:
        return None
    x, y = (_demeaned(np.where(used, grid, 0.0), used) for grid in (score, growth))
    square = float((x * x).sum())
    if square <= _CLOSE * max(int(used.sum()), 1):
        return None
    slope = float((x * y).sum() / square)
    by_store = (x * (y - slope * x)).sum(axis=1)
    error = sqrt(float(by_store @ by_store) * stores / (stores - 1)) / square
    return LaggedSlope(slope, error, int(used.sum()), stores - 1)


def _demeaned(values: Grid, used: NDArray[np.bool_]) -> Grid:
    """Take the means of rows and columns out, in turn until nothing is left of them."""
    rows = np.maximum(used.sum(axis=1, keepdims=True), 1)
    columns = np.maximum(used.sum(axis=0, keepdims=True), 1)
    left = values
    for _ in range(_SWEEPS):
        before = left
        left = left - used * (left.sum(axis=1, keepdims=True) / rows)
        left = left - used * (left.sum(axis=0, keepdims=True) / columns)
        if np.abs(left - before).max() <= _CLOSE * max(np.abs(values).max(), 1e-300):
            break
    return left
