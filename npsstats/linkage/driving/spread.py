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
        (U,) of each pattern.
    level
        Of the interval: jackknife over clusters.
    """
    if layout.cells is None:
        return float("nan"), float("nan"), float("nan")
    cell = np.repeat(value, layout.counts.shape[1])
    n = np.asarray(layout.cells.sum(axis=1)).ravel()
    total, squares = layout.cells @ cell, layout.cells @ cell**2
    whole = between(n, total, squares)
    keep = ~np.eye(len(n), dtype=bool)
    without = np.array([between(n[k], total[k], squares[k]) for k in keep])
    g = len(n)
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
    size, groups = n.sum(), len(n)
    inside = float((squares - total**2 / n).sum()) / (size - groups)
    mean = total.sum() / size
    outside = float((n * (total / n - mean) ** 2).sum()) / (groups - 1)
    each = (size - float((n**2).sum()) / size) / (groups - 1)
    return float((outside - inside) / each)
