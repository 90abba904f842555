"""Effects of cells as a sum over keys and something of their own, drawn towards each other.

With y_c the observed effect of cell c and v_c its variance,

    y_c ~ N(θ_c, v_c)
    θ_c = μ + Σ_k u_k[g_k(c)] + e_c
    u_kg ~ N(0, τ_k²),  e_c ~ N(0, τ₀²),  μ flat,  τ ~ half-t₄(scale)

Given the τ all is normal and in closed form; the few τ are integrated over. Without keys it is
the normal hierarchical model of one set of subgroups (Gelman et al. 2013, section 5.4).

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 5.4.
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1(3), 515–534 (the half-t prior).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.heterogeneity.mixture import NormalMixture
from npsstats.experiments.heterogeneity.spreads import Spreads, explore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["AdditiveFit", "fit_additive"]

_ONE_SPREAD = 256  # nodes; the integrand is smooth
_NODES = 2048  # where there are several spreads
_LEAST_NODES = 128
_NUMBERS = 3_000_000  # that the nodes' matrices may hold


@dataclass(frozen=True)
class AdditiveFit:
    """The posterior, a normal law a node of the τ.

    Attributes
    ----------
    effect, variance
        (cells,) what was observed; variance is infinite where nothing was.
    sizes
        How many levels each key has.
    spreads
        Nodes of τ: first τ₀ of the cells, then a column a key.
    centre
        (nodes, 1 + Σ sizes) mean of μ and the u.
    covariance
        Of the same, (nodes, …, …).
    """

    effect: Floats
    variance: Floats
    sizes: tuple[int, ...]
    spreads: Spreads
    centre: Floats
    covariance: Floats
    _design: Any

    def cells(self) -> NormalMixture:
        """Return θ of every cell."""
        own, rest = self._own()
        fitted = (self._design @ self.centre.T).T
        places = self._places()
        shared = np.zeros_like(own)
        for first in places.T:
            for second in places.T:
                shared += self.covariance[:, first, second]
        means = own * self._observed() + rest * fitted
        variances = self.spreads.tau[:, :1] ** 2 * rest + rest**2 * shared
        return NormalMixture(means, np.sqrt(variances), self.spreads.weights)

    def of_cells(self, contrasts: Floats) -> NormalMixture:
        """Return the (quantities, cells) linear combinations of the θ of cells."""
        own, rest = self._own()
        fitted = (self._design @ self.centre.T).T
        means = (own * self._observed() + rest * fitted) @ contrasts.T
        alone = (self.spreads.tau[:, :1] ** 2 * rest) @ (contrasts.T**2)
        loads = np.empty((*means.shape, self._design.shape[1]))
        for column, rows in enumerate(self._design.T.toarray() > 0):
            loads[:, :, column] = rest[:, rows] @ contrasts[:, rows].T
        shared = np.einsum("nij,nij->ni", loads @ self.covariance, loads)
        return NormalMixture(means, np.sqrt(alone + shared), self.spreads.weights)

    def of_levels(self, contrasts: Floats) -> NormalMixture:
        """Return the (quantities, 1 + Σ sizes) linear combinations of μ and the u."""
        means = self.centre @ contrasts.T
        loads = contrasts @ self.covariance  # nodes, quantities, coefficients
        variances = np.einsum("nij,ij->ni", loads, contrasts)
        return NormalMixture(means, np.sqrt(np.maximum(variances, 0)), self.spreads.weights)

    def shrinkage(self) -> Floats:
        """Return the weight, in each cell's θ, of what the others say; (cells,)."""
        return np.asarray(self.spreads.weights @ self._own()[1])

    def _own(self) -> tuple[Floats, Floats]:
        """Return each cell's weight of its own observation, and the rest; (nodes, cells)."""
        square = self.spreads.tau[:, :1] ** 2
        seen = np.isfinite(self.variance)
        rest = np.ones((len(square), len(seen)))
        rest[:, seen] = self.variance[seen] / (self.variance[seen] + square)
        return 1 - rest, rest

    def _observed(self) -> Floats:
        return np.where(np.isfinite(self.variance), self.effect, 0.0)

    def _places(self) -> Codes:
        return np.asarray(self._design.indices.reshape(len(self.effect), -1))


def fit_additive(
    effect: Floats,
    variance: Floats,
    codes: Sequence[Codes] = (),
    sizes: Sequence[int] = (),
    *,
    scale: float,
    seed: int = 0,
    nodes: int = _NODES,
) -> AdditiveFit:
    """Return the posterior of (cells,) effects with (cells,) sampling variances.

    Parameters
    ----------
    effect, variance
        An infinite variance says that nothing was observed; at least one must be finite.
    codes, sizes
        A (cells,) array of levels a key, and how many levels it has.
    scale
        Of the half-t priors, in the unit of the effects.
    seed, nodes
        Of the points at which several τ are evaluated, and at most how many they are.
    """
    from scipy import sparse

    cells, keys = len(effect), len(codes)
    starts = [1 + int(sum(sizes[:k])) for k in range(keys)]
    places = np.column_stack(
        [np.zeros(cells), *(c + s for c, s in zip(codes, starts, strict=True))]
    )
    columns = places.astype(np.int64)
    width = 1 + int(sum(sizes))
    rows = np.repeat(np.arange(cells), keys + 1)
    design = sparse.csr_array((np.ones(columns.size), (rows, columns.ravel())), (cells, width))
    design.indices = columns.ravel().astype(np.int32)  # in the order of the keys
    pairs = columns[:, :, None] * width + columns[:, None, :]
    cross = sparse.csr_array(
        (np.ones(pairs.size), (pairs.ravel(), np.repeat(np.arange(cells), (keys + 1) ** 2))),
        (width**2, cells),
    )
    seen = np.isfinite(variance)
    near = float(np.average(effect[seen], weights=1 / variance[seen]))
    y = np.where(seen, effect - near, 0.0)
    model = _Given(y, variance, design, cross, np.repeat(np.arange(1, keys + 1), list(sizes)))
    size = _ONE_SPREAD
    if keys:
        most = int(np.clip(_NUMBERS / width**2, _LEAST_NODES, nodes))
        size = 2 ** int(np.log2(most))
    spreads = explore(model.log_likelihood, np.full(keys + 1, scale), size, seed)
    centre, covariance, _ = model.solve(spreads.tau)
    centre[:, 0] += near
    return AdditiveFit(
        effect, variance, tuple(int(s) for s in sizes), spreads, centre, covariance, design
    )


@dataclass(frozen=True)
class _Given:
    """The normal model given the τ; `of` says which τ a coefficient after μ has."""

    y: Floats
    variance: Floats
    design: Any
    cross: Any
    of: Codes

    def log_likelihood(self, tau: Floats) -> Floats:
        return self.solve(tau)[2]

    def solve(self, tau: Floats) -> tuple[Floats, Floats, Floats]:
        """Return mean and covariance of μ and the u, and the log-likelihood, at each node."""
        seen = np.isfinite(self.variance)
        total = self.variance[seen] + tau[:, :1] ** 2
        weight = np.zeros((len(tau), len(self.y)))
        weight[:, seen] = 1 / total
        width = self.design.shape[1]
        # u = τz keeps τ = 0 regular
        factor = np.concatenate([np.ones((len(tau), 1)), tau[:, self.of]], axis=1)
        gram = np.asarray((self.cross @ weight.T).T).reshape(-1, width, width)
        precision = factor[:, :, None] * gram * factor[:, None, :]
        inside = np.arange(1, width)
        precision[:, inside, inside] += 1
        right = factor * np.asarray((self.design.T @ (weight * self.y).T).T)
        lower = np.linalg.cholesky(precision)
        inverse = np.linalg.inv(precision)
        centre = np.einsum("nij,nj->ni", inverse, right)
        log_det = 2 * np.log(np.einsum("nii->ni", lower)).sum(axis=1)
        square = (weight * self.y**2).sum(axis=1) - (centre * right).sum(axis=1)
        log_likelihood = -0.5 * (np.log(total).sum(axis=1) + log_det + square)
        covariance = factor[:, :, None] * inverse * factor[:, None, :]
        return factor * centre, covariance, log_likelihood
