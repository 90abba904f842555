"""Many small shares: the hierarchical beta-binomial, exact without MCMC.

Model::

    share_i ~ Beta(κm, κ(1 − m))
    yes_i ~ Binomial(n_i, share_i)
    m ~ Uniform(0, 1),  log κ ~ Logistic(log κ₀, 1)

It is the model of `npsstats.estimation.pooled` with two categories in place of three, and its
prior is the same: κ/(κ + κ₀) is uniform. Given (κ, m) every cell is again Beta, so two numbers
need integrating, however many cells there are. A cell's posterior mean and variance are those of
the lattice; its quantiles come from one Beta a patch of the lattice with the patch's own moments.

Without pooling a cell has Jeffreys' prior, Beta(½, ½), whose equal-tailed interval holds its level
about as well as Wilson's (Brown, Cai & DasGupta 2001).

References
----------
Everson & Bradlow (2002). Bayesian inference for the beta-binomial distribution via polynomial
expansions. JCGS 11(1).
Brown, Cai & DasGupta (2001). Interval estimation for a binomial proportion. Statistical Science
16(2), 101–133.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.neighbours.share_lattice import explore_shares
from npsstats.estimation.neighbours.share_mixture import ShareMixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.neighbours.share_lattice import ShareLine

    Floats = NDArray[np.float64]

__all__ = ["JEFFREYS", "PooledShares", "SharePosterior", "share_posterior"]

JEFFREYS = 0.5
_SLICE = 0.25  # width in log κ of what one Beta a cell stands for …
_LEAST_MASS = 0.01  # … unless its posterior probability is less than this
_PARTS = np.array([0.03, 0.15, 0.35, 0.65, 0.85, 0.97])  # where a slice is cut in m, in probability
_KNOWN = 0.01  # variance of m, over that of a cell about it, at which m need not be cut


class _Patches(NamedTuple):
    """Pieces of the posterior of (κ, m), each (pieces,): patch, κ, probability, moments of m."""

    label: NDArray[np.intp]
    kappa: Floats
    weight: Floats
    m: Floats
    variance: Floats


@dataclass(frozen=True)
class PooledShares:
    """The posterior of the network's concentration κ and mean share m."""

    line: ShareLine

    def cells(self, yes: Floats, no: Floats) -> ShareMixture:
        """Return the posterior shares of cells with these (cells,) counts."""
        patches = self._patches()
        label = np.unique(patches.label, return_inverse=True)[1]
        mass = np.bincount(label, patches.weight)
        mean, square = np.zeros((2, len(yes), len(mass)))
        for which, kappa, weight, m, variance in zip(label, *patches[1:], strict=True):
            share = weight / mass[which]
            a, total = yes + kappa * m, yes + no + kappa
            mean[:, which] += share * a / total
            # E[a(a + 1)] over m
            second = a**2 + kappa**2 * variance + a
            square[:, which] += share * second / (total * (total + 1))
        return ShareMixture.matching(mean, square, mass)

    def _patches(self) -> _Patches:
        """Return pieces of the lattice's lines, and which of them make one patch together."""
        line = self.line
        kappa = np.exp(line.tau)
        about = line.mean * (1 - line.mean) / (kappa + 1)
        label = _slices(line.tau, line.weights)
        if line.weights @ (line.variance / about) < _KNOWN:
            return _Patches(label, kappa, line.weights, line.mean, line.variance)
        reached = (line.mass.cumsum(axis=1) - line.mass / 2) / line.weights[:, None]
        part = np.searchsorted(_PARTS, reached)
        pieces = len(_PARTS) + 1
        piece = np.arange(len(label))[:, None] * pieces + part
        size = len(label) * pieces

        def summed(values: Floats) -> Floats:
            return np.bincount(piece.ravel(), (line.mass * values).ravel(), minlength=size)

        weight = summed(np.ones_like(line.m))
        some = weight > 0
        m = summed(line.m)[some] / weight[some]
        centred = np.zeros(size)
        centred[some] = m
        variance = summed((line.m - centred[piece]) ** 2)[some] / weight[some]
        labels = (label[:, None] * pieces + np.arange(pieces)).ravel()
        return _Patches(labels[some], np.repeat(kappa, pieces)[some], weight[some], m, variance)

    def shrinkage(self, n: Floats) -> Floats:
        """Return the weight of the network in a cell with n answers: E[κ/(κ + n)]."""
        kappa = np.exp(self.line.tau)
        return np.asarray((kappa / (kappa + n[:, None])) @ self.line.weights)

    def draws(
        self, yes: Floats, no: Floats, size: int, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        """Draw jointly: κ (draws,), m (draws,) and shares (draws, cells)."""
        line = self.line
        node = rng.choice(len(line.tau), size=size, p=line.weights)
        kappa = np.exp(line.tau[node] + line.spacing * rng.uniform(-0.5, 0.5, size))
        mean = line.mean[node]
        spread = np.maximum(mean * (1 - mean) / line.variance[node] - 1, 1e-3)
        m = rng.beta(spread * mean, spread * (1 - mean))
        prior = np.maximum([kappa * m, kappa * (1 - m)], 1e-300)
        shares = np.stack([rng.beta(yes + a, no + b) for a, b in prior.T])
        return kappa, m, shares


@dataclass(frozen=True)
class SharePosterior:
    """Shares of cells with what it takes to draw them again.

    Attributes
    ----------
    law
        The posterior of every cell.
    shrinkage
        (cells,) weight of the network, 0 to 1.
    yes, no
        (cells,) counts.
    pooling
        "partial", "none" or "complete".
    network
        With partial pooling.
    """

    law: ShareMixture
    shrinkage: Floats
    yes: Floats
    no: Floats
    pooling: str
    network: PooledShares | None

    def draws(self, size: int, rng: np.random.Generator) -> dict[str, Floats]:
        """Draw jointly: `share` (draws, cells), with partial pooling also κ and m."""
        if self.network is not None:
            kappa, m, shares = self.network.draws(self.yes, self.no, size, rng)
            return {"share": shares, "concentration": kappa, "network": m}
        if self.pooling == "complete":
            one = rng.beta(self.law.yes[0, 0], self.law.no[0, 0], (size, 1))
            return {"share": np.repeat(one, len(self.yes), axis=1)}
        shares = rng.beta(self.law.yes[:, 0], self.law.no[:, 0], (size, len(self.yes)))
        return {"share": shares}


def share_posterior(
    yes: Floats, no: Floats, pooling: str, prior_concentration: float
) -> SharePosterior:
    """Return the shares of cells with (cells,) yes and no, pooled as asked."""
    n = yes + no
    one = np.ones(1)
    if pooling == "partial":
        network = PooledShares(explore_shares(yes, no, prior_concentration))
        law = network.cells(yes, no)
        return SharePosterior(law, network.shrinkage(n), yes, no, pooling, network)
    if pooling == "complete":
        cells = np.ones((len(yes), 1))
        law = ShareMixture(cells * (yes.sum() + JEFFREYS), cells * (no.sum() + JEFFREYS), one)
        return SharePosterior(law, np.ones(len(yes)), yes, no, pooling, None)
    law = ShareMixture((yes + JEFFREYS)[:, None], (no + JEFFREYS)[:, None], one)
    return SharePosterior(law, 1 / (1 + n), yes, no, pooling, None)


def _slices(tau: Floats, weights: Floats) -> NDArray[np.intp]:
    """Label the nodes of κ by slice: a slice is narrow, unless next to nothing lies in it."""
    label = np.zeros(len(tau), dtype=np.intp)
    start, mass = tau[0], 0.0
    for j in range(1, len(label)):
        mass += weights[j - 1]
        new = tau[j] - start > _SLICE and mass > _LEAST_MASS
        label[j] = label[j - 1] + new
        if new:
            start, mass = tau[j], 0.0
    if label[-1] and mass + weights[-1] < _LEAST_MASS:
        label[label == label[-1]] -= 1
    return label
