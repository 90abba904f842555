"""How far the best quarter of stores is from the mean, with chance left out.

The stores that look best are partly lucky: their observed mean overstates what can be reached. The
true spread between stores is estimated by the analysis of variance, and the mean of the best
quarter of a normal law with that spread is 1.271 standard deviations above the mean.

References
----------
Searle, Casella & McCulloch (1992). Variance Components, chapter 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from npsstats.aggregates.scores import NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = ["best_quarter", "between"]

_QUARTER = float(stats.norm.pdf(stats.norm.isf(0.25)) / 0.25)


def best_quarter(layout: Layout, value: Floats, level: float) -> tuple[float, float, float]:
    """Return the distance of the best quarter of clusters and its limits, in steps of the value.

    Parameters
    ----------
    layout
        With clusters; without, all three are NaN.
    value
        (U,) of each pattern, NaN where blank. Answers without a cluster do not count.
    level
        Of the interval: jackknife over clusters.
    """
    if layout.cells is None:
        return float("nan"), float("nan"), float("nan")
    there = np.isfinite(value).astype(float)
    centred = np.nan_to_num(value - np.nanmean(value))  # squares of large numbers lose digits
    powers = np.stack([there, centred, centred**2], axis=1)
    known = np.array([not label.startswith(NONE) for label in layout.clusters])
    sums = layout.cells[known] @ np.repeat(powers, layout.counts.shape[1], axis=0)
    n, total, squares = sums[sums[:, 0] > 0].T
    g = len(n)
    if g < 3 or n.max() < 2:
        return float("nan"), float("nan"), float("nan")
    parts = np.stack([np.ones(g), n, total, squares, total**2 / n, n**2])
    whole = float(_component(parts.sum(axis=1)))
    without = _component(parts.sum(axis=1, keepdims=True) - parts)
    error = float(np.sqrt((g - 1) / g * ((without - without.mean()) ** 2).sum()))
    t = float(stats.t.ppf((1 + level) / 2, g - 1))
    limits = np.sqrt(np.maximum([whole, whole - t * error, whole + t * error], 0.0))
    gap, low, high = _QUARTER * limits
    return float(gap), float(low), float(high)


def between(n: Floats, total: Floats, squares: Floats) -> float:
    """Return the variance between clusters beyond chance; it may be negative.

    Examples
    --------
    >>> between(np.array([2.0, 2.0]), np.array([2.0, 6.0]), np.array([2.0, 18.0]))
    2.0
    """
    parts = np.stack([np.ones(len(n)), n, total, squares, total**2 / n, n**2])
    return float(_component(parts.sum(axis=1)))


def _component(sums: Floats) -> Floats:
    """Return the variance component from sums over clusters, (6,) or (6, sets of clusters)."""
    groups, size, total, squares, explained, sizes = sums
    inside = (squares - explained) / (size - groups)
    outside = (explained - total**2 / size) / (groups - 1)
    each = (size - sizes / size) / (groups - 1)
    return np.asarray((outside - inside) / each)
