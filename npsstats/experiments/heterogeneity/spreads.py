"""Integration over the spreads τ of a hierarchical model: a few numbers, any likelihood.

Every τ has a half-t prior with 4 degrees of freedom. In its prior's probability u ∈ (0, 1) the
prior is flat, and the posterior nearly a product: points of low discrepancy are laid out anew, a
few times, by the marginal laws that the last ones found (the adaptive grid of Lepage 1978).

References
----------
Lepage, G. P. (1978). A new algorithm for adaptive multidimensional integration. Journal of
Computational Physics 27(2), 192–203.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["DEGREES", "Spreads", "explore"]

DEGREES = 4.0
"""Of the half-t prior: its tail lets the data overrule the scale."""

_BINS = 40
_ROUNDS = 4
_FLAT = 0.15  # share of the points that stay spread over the whole prior
_NEGLIGIBLE = 1e-5  # weight, all together, of the points that are dropped


@dataclass(frozen=True)
class Spreads:
    """Nodes of the posterior of τ.

    Attributes
    ----------
    tau
        (nodes, spreads).
    weights
        (nodes,) sum to one.
    effective
        Kish's number of points that the weights are worth, before any was dropped.
    """

    tau: Floats
    weights: Floats
    effective: float


def explore(
    log_likelihood: Callable[[Floats], Floats], scales: Floats, size: int, seed: int
) -> Spreads:
    """Return weighted nodes of the posterior of (spreads,) τ.

    Parameters
    ----------
    log_likelihood
        From (nodes, spreads) τ to (nodes,).
    scales
        (spreads,) of the half-t priors.
    size
        Nodes of each round, a power of two.
    seed
        Of the points, where there are several spreads; one spread has the midpoints of a grid.
    """
    count = len(scales)
    points = _points(count, size, seed)
    edges = np.tile(np.linspace(0, 1, _BINS + 1), (count, 1))
    for turn in range(_ROUNDS):
        u, log_density = _laid_out(points, edges)
        tau = scales * special.stdtrit(DEGREES, (1 + u) / 2)
        log_weight = log_likelihood(tau) - log_density
        weights = np.exp(log_weight - log_weight.max())
        weights /= weights.sum()
        if turn < _ROUNDS - 1:
            edges = np.stack([_edges(u[:, k], weights) for k in range(count)])
    effective = float(1 / (weights**2).sum())
    order = np.argsort(weights)
    kept = np.sort(order[np.cumsum(weights[order]) > _NEGLIGIBLE])
    return Spreads(tau[kept], weights[kept] / weights[kept].sum(), effective)


def _points(count: int, size: int, seed: int) -> Floats:
    if count == 1:
        return ((np.arange(size) + 0.5) / size)[:, None]
    from scipy.stats import qmc

    drawn = qmc.Sobol(count, rng=np.random.default_rng(seed)).random(size)
    return np.asarray(np.clip(drawn, 1e-9, 1 - 1e-9))


def _laid_out(points: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Return points pushed through the grids, with the logarithm of their density."""
    place = points * _BINS
    bin_ = np.minimum(place.astype(np.intp), _BINS - 1)
    rows = np.arange(edges.shape[0])
    low, high = edges[rows, bin_], edges[rows, bin_ + 1]
    u = low + (place - bin_) * (high - low)
    return np.clip(u, 1e-12, 1 - 1e-12), -np.log(_BINS * (high - low)).sum(axis=1)


def _edges(u: Floats, weights: Floats) -> Floats:
    """Return edges of bins of equal probability under the weighted points, smoothed."""
    order = np.argsort(u)
    sorted_u = np.concatenate([[0.0], u[order], [1.0]])
    mass = np.concatenate([[0.0], np.cumsum(weights[order]) - weights[order] / 2, [1.0]])
    mixed = (1 - _FLAT) * mass + _FLAT * sorted_u
    return np.asarray(np.interp(np.linspace(0, 1, _BINS + 1), mixed, sorted_u))
