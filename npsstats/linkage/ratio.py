"""A slope as the ratio of two sums, with limits that stay honest when the lower one is nearly 0.

Every slope of one regressor solves A − βB = 0, where A and B are sums over stores. The set of β
that the data do not reject, {β : (A − βB)² ≤ t² Var(A − βB)}, is an interval when B is surely not
zero, and otherwise has no end: then the slope is not identified, and a Wald interval would be a
fiction (Fieller 1954; Anderson & Rubin 1949).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Array = NDArray[np.float64]

__all__ = ["Ratio", "bartlett_lags", "between_clusters", "limits", "over_time", "ratio"]


@dataclass(frozen=True)
class Ratio:
    """A slope A / B with its set of values that are not rejected.

    Attributes
    ----------
    estimate, std_error
        A / B and its standard error by the delta method, in units of A over B.
    lower, upper
        Limits of the set; −inf and inf where it has no end.
    p_value
        Of β = 0, which rests on A alone.
    strength
        B over its own standard error: how surely the regressor moves at all. Its square is the F of
        a first stage; below some 16 (Stock & Yogo 2005, one instrument) the point estimate and a
        Wald interval mislead.
    df
        Degrees of freedom of t.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    p_value: float
    strength: float
    df: int

    @property
    def sureness(self) -> float:
        """The estimate over its own error: inf without error, NaN without estimate.

        Of a reliability this is as good as the sum of squares, noise taken out, over its own error
        where little is signal. Where much is, that one speaks of how differently stores move,
        which few of them tell badly although that they do move is plain; this one then says so.
        """
        if not np.isfinite(self.estimate):
            return nan
        return self.estimate / self.std_error if self.std_error > 0 else inf


def ratio(sums: Array, covariance: Array, df: int, level: float) -> Ratio:
    """Return A / B with the limits of Fieller.

    Parameters
    ----------
    sums
        A and B.
    covariance
        Of the two sums, shape (2, 2).
    df
        Degrees of freedom, clusters less one.
    level
        Of the limits.

    References
    ----------
    Fieller (1954), J. R. Stat. Soc. B 16, 175–185. Anderson & Rubin (1949), Ann. Math. Stat. 20,
    46–63. Stock & Yogo (2005), in Identification and Inference for Econometric Models, 80–108.

    Examples
    --------
    >>> import numpy as np
    >>> found = ratio(np.array([2.0, 4.0]), np.array([[0.01, 0.0], [0.0, 0.01]]), 99, 0.95)
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3)
    (0.5, 0.446, 0.557)
    """
    from scipy import stats

    a, b = (float(part) for part in sums)
    v_a, v_ab, v_b = float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
    if df < 1 or not np.isfinite(a) or not np.isfinite(b) or b == 0 or v_a <= 0:
        return Ratio(nan, nan, nan, nan, nan, nan, df)
    t = float(stats.t.ppf(0.5 + level / 2, df))
    slope = a / b
    std_error = sqrt(max(v_a - 2 * slope * v_ab + slope**2 * v_b, 0.0)) / abs(b)
    p_value = float(2 * stats.t.sf(abs(a) / sqrt(v_a), df))
    strength = b / sqrt(v_b) if v_b > 0 else inf
    low, high = limits(sums, covariance, t)
    return Ratio(slope, std_error, low, high, p_value, strength, df)


def limits(sums: Array, covariance: Array, t: float) -> tuple[float, float]:
    """Return Fieller's limits of A / B, −inf and inf where the set has no end.

    Parameters
    ----------
    sums, covariance
        As for `ratio`.
    t
        Quantile of the errors' law.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = limits(np.array([4.0, 2.0]), np.diag([0.04, 0.01]), 1.96)
    >>> round(low, 3), round(high, 3)
    (1.74, 2.299)
    """
    a, b = (float(part) for part in sums)
    (v_a, v_ab), (_, v_b) = (t * t * covariance).tolist()
    square, middle = b * b - v_b, a * b - v_ab
    if square <= 0 or b <= 0:  # the set has no end, or is what lies outside two points
        return -inf, inf
    # not below 0 where the set is an interval, but for rounding
    root = sqrt(max(middle * middle - square * (a * a - v_a), 0.0))
    return (middle - root) / square, (middle + root) / square


def between_clusters(parts: Array) -> tuple[Array, Array, int]:
    """Return the sums, their covariance between independent clusters, and degrees of freedom.

    Parameters
    ----------
    parts
        Shape (2, clusters): what each cluster adds to A and B. Clusters that add nothing to
        either do not count.
    """
    parts = parts[:, (parts != 0).any(axis=0)]
    clusters = parts.shape[1]
    sums = parts.sum(axis=1)
    if clusters < 2:
        return sums, np.full((2, 2), nan), clusters - 1
    centred = parts - sums[:, None] / clusters
    return sums, clusters / (clusters - 1) * centred @ centred.T, clusters - 1


def over_time(parts: Array, lags: int | None = None) -> tuple[Array, Array, int]:
    """Return the sums with Driscoll and Kraay's covariance, for stores that move together.

    Parameters
    ----------
    parts
        Shape (2, T): what each period adds to A and B, in order.
    lags
        Of the Bartlett kernel; None takes `bartlett_lags(T)`.

    References
    ----------
    Driscoll & Kraay (1998), Rev. Econ. Stat. 80, 549–560.
    """
    periods = parts.shape[1]
    sums = parts.sum(axis=1)
    lags = bartlett_lags(periods) if lags is None else lags
    if periods < 3:
        return sums, np.full((2, 2), nan), periods - 1
    centred = parts - sums[:, None] / periods
    covariance = centred @ centred.T
    for lag in range(1, lags + 1):
        shifted = centred[:, lag:] @ centred[:, :-lag].T
        covariance += (1 - lag / (lags + 1)) * (shifted + shifted.T)
    return sums, periods / (periods - 1) * covariance, periods - 1


def bartlett_lags(periods: int) -> int:
    """Return ⌊4 (T/100)^(2/9)⌋, the lags of Newey & West (1994)."""
    return int(4 * (periods / 100) ** (2 / 9))
