"""Limits of one NPS from its three counts: the arithmetic behind `intervals` and `differences`.

Everything here is in shares (−1…1). Counts are (cells, 3) detractors, passives, promoters; z is
the normal quantile of the level, one for all cells or one a cell. References as in `intervals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "ADDED",
    "Shares",
    "adjusted_wald_limits",
    "normal_quantile",
    "tango_limits",
    "wald_limits",
]

ADDED = np.array([0.75, 1.5, 0.75])
"""What the adjusted Wald interval adds to detractors, passives and promoters (Rocks 2016)."""

_STEP = 1e-10  # in shares


class Shares(NamedTuple):
    """Estimate, standard error and limits in shares, each (cells,)."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def normal_quantile(level: float) -> float:
    """Return the z with `level` of the normal law between −z and z."""
    return float(special.ndtri((1 + level) / 2))


def wald_limits(counts: Floats, z: float | Floats) -> Shares:
    """Return estimate ± z·se; se² = (p + d − (p − d)²)/n."""
    n = counts.sum(axis=1)
    net = (counts[:, 2] - counts[:, 0]) / n
    se = np.sqrt(np.maximum((counts[:, 2] + counts[:, 0]) / n - net**2, 0.0) / n)
    return Shares(net, se, net - z * se, net + z * se)


def adjusted_wald_limits(counts: Floats, z: float | Floats) -> Shares:
    """Return the Wald limits of the counts with `ADDED`."""
    return wald_limits(counts + ADDED, z)


def tango_limits(counts: Floats, z: float | Floats) -> Shares:
    """Return the Wald estimate with the limits that a score test just does not reject."""
    each = np.broadcast_to(np.asarray(z, dtype=float), (len(counts),))
    plain = wald_limits(counts, z)
    lower = np.full(len(counts), -1.0)
    upper = np.full(len(counts), 1.0)
    below, above = plain.estimate > -1, plain.estimate < 1
    # where all answers agree the statistic is 0 at the estimate itself, which is no limit: the
    # search stops a step short of it
    low = np.maximum(plain.estimate - _STEP, -1 + _STEP)
    high = np.minimum(plain.estimate + _STEP, 1 - _STEP)
    lower[below] = _score_limit(counts[below], -1 + _STEP / 2, low[below], each[below])
    upper[above] = _score_limit(counts[above], high[above], 1 - _STEP / 2, -each[above])
    return Shares(plain.estimate, plain.std_error, lower, upper)


def _score_limit(counts: Floats, low: Floats | float, high: Floats | float, z: Floats) -> Floats:
    """Return the Δ in [low, high] at which the score statistic equals z, (cells,)."""
    first, last = (np.broadcast_to(end, (len(counts),)).astype(float) for end in (low, high))

    def excess(delta: Floats, row: NDArray[np.intp]) -> Floats:
        return _score_excess(delta, counts[row], z[row])

    found = find_root(excess, (first, last), args=(np.arange(len(counts)),))
    # no sign change: the limit is the end of the scale itself
    return np.where(found.success, found.x, np.where(z > 0, first, last))


def _score_excess(delta: Floats, counts: Floats, z: Floats) -> Floats:
    """n(Δ̂ − Δ) − z·sqrt(n·variance at Δ), with the detractor share that is likeliest at Δ."""
    detractors, promoters = counts[..., 0], counts[..., 2]
    n = counts.sum(axis=-1)
    b = -(promoters + detractors) + (2 * n - promoters + detractors) * delta
    root = np.sqrt(np.maximum(b**2 + 8 * n * detractors * delta * (1 - delta), 0.0))
    share = (root - b) / (4 * n)
    variance = np.maximum(2 * share + delta - delta**2, 0.0)
    return promoters - detractors - n * delta - z * np.sqrt(n * variance)
