"""Tails of the sum of n answers worth −1, 0 or 1, in closed form and deep into the tail.

A network of thousands asks of a store whether its score has a chance of one in a hundred thousand:
draws cannot tell, and the normal law is wrong there by factors. The saddlepoint is not.

References
----------
Daniels (1987). Tail probability approximations. International Statistical Review 55, 37–48
(section 6: sums on a lattice; the second continuity correction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["at_least"]

_LEAST = 1e-9  # share of promoters and of detractors that is never undercut
_NEAR = 1e-3  # the sd from the mean within which the formula is 0/0


def at_least(total: Grid, n: Grid, net: Grid, polar: Grid) -> Grid:
    """Return P(promoters − detractors ≥ total) among n answers.

    Parameters
    ----------
    total
        Whole numbers, any shape that broadcasts with the others.
    n
        Answers, at least 1.
    net
        Promoter minus detractor share, −1…1.
    polar
        Promoter plus detractor share, raised to |net| where it is less.

    Examples
    --------
    >>> import numpy as np
    >>> at_least(np.array([-2.0, 3, 6]), 6.0, 0.3, 0.7).round(4)
    array([0.9848, 0.3731, 0.0156])
    """
    both = np.maximum(polar, np.abs(net))
    many = np.maximum((both + net) / 2, _LEAST)
    few = np.maximum((both - net) / 2, _LEAST)
    middle = np.maximum(1 - many - few, 0.0)
    total, n, many, few, middle = np.broadcast_arrays(total, n, many, few, middle)
    inner = (total > -n) & (total < n)
    # half a step below, as for a continuous sum; the ends are exact
    mean = np.where(inner, total - 0.5, 0.0) / n
    x = _saddle(mean, many, few, middle)
    t = np.log(x)
    weight = few / x + middle + many * x
    slope = (many * x - few / x) / weight
    variance = n * ((few / x + many * x) / weight - slope**2)
    depth = np.sqrt(2 * np.maximum(n * (t * mean - np.log(weight)), 0.0))
    w = np.sign(t) * depth
    u = 2 * np.sinh(t / 2) * np.sqrt(variance)
    near = np.abs(w) < _NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = special.ndtr(-w) + np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * (1 / u - 1 / w)
    spread = np.sqrt(np.maximum(n * (many + few - (many - few) ** 2), 1e-12))
    plain = special.ndtr((n * (many - few) - n * mean) / spread)
    tail = np.clip(np.where(near, plain, tail), 0.0, 1.0)
    return np.where(total <= -n, 1.0, np.where(total > n, 0.0, np.where(inner, tail, many**n)))


def _saddle(mean: Grid, many: Grid, few: Grid, middle: Grid) -> Grid:
    """Return the exponential tilt at which one answer is worth `mean` on average."""
    b = middle * mean
    root = np.sqrt(b**2 + 4 * many * few * (1 - mean**2))
    # of the two forms of the root, the one that cancels nothing
    return np.where(b > 0, (b + root) / (2 * many * (1 - mean)), 2 * few * (1 + mean) / (root - b))
