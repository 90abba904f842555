"""Estimates with errors drawn towards their common mean, as far as they seem to share it.

The model is θ_k ~ N(μ, τ²), estimate_k ~ N(θ_k, s_k²), μ flat and τ half-normal; τ is integrated
on a grid, so that few estimates do not pretend to know it.

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 5.4 (equations 5.17–5.21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Shrunk", "shrink"]

_NODES = 200
_WIDEST = 5.0  # scales of τ that the grid spans


class Shrunk(NamedTuple):
    """Posterior of each, (k,)."""

    mean: Floats
    lower: Floats
    upper: Floats
    above: Floats


def shrink(estimate: Floats, std_error: Floats, *, scale: float, level: float) -> Shrunk:
    """Return the posterior of each θ_k, and the probability that it is above 0.

    Parameters
    ----------
    estimate, std_error
        Shape (k,). An infinite error is no information: that θ is drawn from the others'.
    scale
        Of the half-normal law of τ.
    level
        Of the equal-tailed limits.
    """
    known = np.isfinite(std_error) & np.isfinite(estimate)
    if not known.any():
        none = np.full(len(estimate), np.nan)
        return Shrunk(none, none, none, none)
    y = np.where(known, estimate, 0.0)
    tau = (np.arange(_NODES) + 0.5) / _NODES * _WIDEST * scale
    square = np.where(known, std_error, 0.0)[None, :] ** 2
    spread = square + tau[:, None] ** 2
    weight = np.where(known, 1 / spread, 0.0)
    variance = 1 / weight.sum(axis=1)
    centre = variance * (weight * y).sum(axis=1)
    apart = np.where(known, (y - centre[:, None]) ** 2 / spread + np.log(spread), 0.0).sum(axis=1)
    log = -0.5 * apart + 0.5 * np.log(variance) - 0.5 * (tau / scale) ** 2
    share = np.exp(log - special.logsumexp(log))
    pull = np.where(known, square / spread, 1.0)
    mean = pull * centre[:, None] + (1 - pull) * y
    own = np.where(known, (1 - pull) * square, tau[:, None] ** 2)
    error = np.sqrt(own + pull**2 * variance[:, None])

    def below(at: float, k: int) -> float:
        return float(share @ special.ndtr((at - mean[:, k]) / error[:, k]))

    ends = np.empty((2, len(y)))
    for k in range(len(y)):
        far = (float((mean - 9 * error)[:, k].min()), float((mean + 9 * error)[:, k].max()))
        for side, tail in enumerate(((1 - level) / 2, (1 + level) / 2)):
            ends[side, k] = brentq(lambda at, k=k, tail=tail: below(at, k) - tail, *far)
    above = np.array([1 - below(0.0, k) for k in range(len(y))])
    return Shrunk(share @ mean, ends[0], ends[1], above)
