"""Draws of a few hyperparameters: about the mode of their posterior, weighed by importance.

References
----------
Durbin & Koopman (2012). Time Series Analysis by State Space Methods, 2nd ed., section 13.4
(posterior of the hyperparameters by importance sampling).
Ionides (2008). Truncated importance sampling. JCGS 17, 295–311, equation 2 (weights cut at √M times
their mean).
Gelman (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1, 515–534, section 2.2 (half-t laws of standard deviations).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]
    type Prior = dict[str, tuple[float, float | None]]
    # by name: scale of a half-t law, or median and standard deviation of the logarithm

__all__ = ["curvature", "log_prior", "resampled", "stratified"]

_TAIL = 4.0  # degrees of freedom of the half-t laws
_REACH = 7.0  # of a hyperparameter from its prior's centre, on the log scale
_FLAT = 1.5  # standard deviation of a direction that the series says nothing of, on the log scale
_STEP = 0.05  # of second differences, on the log scale
_PROPOSED, _PROPOSAL_TAIL, _KEPT = 150, 5.0, 24


def log_prior(theta: Grid, laws: Prior) -> float:
    """Return the log density on the log scale, up to a constant."""
    total = 0.0
    for value, (centre, sd) in zip(theta.tolist(), laws.values(), strict=True):
        far = value - np.log(centre)
        if sd is None:
            total += far - 0.5 * (_TAIL + 1) * np.log1p(np.exp(2 * far) / _TAIL)
        else:
            total -= 0.5 * (far / sd) ** 2
    return float(total)


def resampled(log_posterior: Callable[[Grid], float], centre: Grid, starts: Sequence[Grid]) -> Grid:
    """Return (K, P) equally weighted draws, from a t law about the highest mode.

    Parameters
    ----------
    log_posterior
        Of the P hyperparameters on the log scale.
    centre
        (P,) centres of their priors, from which none may lie farther than a factor of a thousand.
    starts
        Where modes are looked for from.
    """
    bounds = [(place - _REACH, place + _REACH) for place in centre.tolist()]

    def fall(theta: Grid, /) -> float:
        return -log_posterior(theta)

    modes = [optimize.minimize(fall, near, method="L-BFGS-B", bounds=bounds) for near in starts]
    found = min(modes, key=lambda mode: float(mode.fun))
    spread, axes = np.linalg.eigh(curvature(log_posterior, found.x, _STEP))
    # a flat direction is no wider than its prior, about
    root = axes / np.sqrt(np.maximum(spread, 1 / _FLAT**2))
    rng = np.random.default_rng(0)
    stretch = np.sqrt(_PROPOSAL_TAIL / rng.chisquare(_PROPOSAL_TAIL, size=_PROPOSED))
    z = rng.standard_normal((_PROPOSED, len(centre))) * stretch[:, None]
    proposed = found.x + z @ root.T
    tail = -0.5 * (_PROPOSAL_TAIL + len(centre)) * np.log1p((z**2).sum(axis=1) / _PROPOSAL_TAIL)
    inside = (np.abs(proposed - centre) <= _REACH).all(axis=1)
    proposed, tail = proposed[inside], tail[inside]
    weight = special.softmax(np.array([log_posterior(theta) for theta in proposed]) - tail)
    # a draw from the tail, where the proposal is thin, must not stand for the whole
    weight = np.minimum(weight, len(weight) ** -0.5)
    steps = (np.arange(_KEPT) + 0.5) / _KEPT
    places = np.searchsorted(weight.cumsum() / weight.sum(), steps)
    return np.asarray(proposed[places.clip(max=len(proposed) - 1)])


def stratified(weights: Grid, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return places that stand for weighted points with equal weights, in order.

    Parameters
    ----------
    weights
        (P,) that sum to one.
    number
        Strata, each drawn from once.
    rng
        Of where in the strata.
    """
    edges = (np.arange(number) + rng.random()) / number
    return np.minimum(np.searchsorted(np.cumsum(weights), edges), len(weights) - 1)


def curvature(log_posterior: Callable[[Grid], float], mode: Grid, step: float) -> Grid:
    """Return the negative Hessian by central differences of a step, (P, P)."""
    p = len(mode)
    moves = np.eye(p) * step

    def at(move: Grid) -> float:
        return log_posterior(mode + move)

    result = np.empty((p, p))
    for i in range(p):
        for j in range(i, p):
            both, across = moves[i] + moves[j], moves[i] - moves[j]
            second = (at(both) - at(across) - at(-across) + at(-both)) / (4 * step**2)
            result[i, j] = result[j, i] = -second
    return result
