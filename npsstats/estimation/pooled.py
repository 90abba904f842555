"""Many small cells: the hierarchical Dirichlet-multinomial, exact without MCMC.

Model::

    shares_i ~ Dirichlet(κ·μ)            detractor, passive and promoter shares of cell i
    counts_i ~ Multinomial(n_i, shares_i)
    μ ~ Dirichlet(1, 1, 1),  log κ ~ Logistic(log κ₀, 1)

κ is in answers: what the network says about a cell weighs as much as κ answers of its own. The
prior is the uniform shrinkage prior: κ/(κ + κ₀) is uniform on (0, 1), so that a cell with κ₀
answers is shrunk by anything from nothing to everything with equal prior probability.

Given (κ, μ) every cell is again Dirichlet, so only three numbers need integrating, however many
cells there are: log κ on a line, and μ given κ on a lattice along its principal axes (the grid
strategy of INLA), refined until no cell's mean or standard deviation moves. A cell's posterior
mean and variance are then exact. Its quantiles and tail probabilities come from one Dirichlet a
slice of κ, with the slice's exact mean and variance; that is the exact law both where the
network is well known and where κ → ∞. From one to fifty cells it is off by less than 0.007 in
probability (0.05 sd) at the 2.5, 50 and 97.5 % points, and 0.012 where a lone cell is all
promoters (held in the tests against importance sampling). Where many cells are promoters to the
last answer, the law is nearly a point: the limits are still within 0.1 sd, but probabilities
closer to 100 points than that are not.

References
----------
Everson & Bradlow (2002). Bayesian inference for the beta-binomial distribution via polynomial
expansions. JCGS 11(1).
Daniels (1999). A prior for the variance in hierarchical models. Canadian J. Stat. 27(3).
Rue, Martino & Chopin (2009). Approximate Bayesian inference for latent Gaussian models by using
integrated nested Laplace approximations. JRSS B 71(2), section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.hyper_lattice import Target, explore
from npsstats.estimation.net_share import NetShare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.hyper_lattice import Line

    Floats = NDArray[np.float64]

__all__ = ["PRIOR_CONCENTRATION", "HyperDraws", "Hyperposterior", "hyperposterior"]

PRIOR_CONCENTRATION = 50.0
"""Default κ₀: a network whose stores truly differ by ±11 points (one sd) has κ of about 50."""

_STEPS = (1.75, 1.0, 0.6, 0.4)  # lattice steps tried in turn, in posterior sd
_CLOSE = 1e-3  # two lattices agree when no cell's mean or sd moves by more of an sd
_SLICE = 0.5  # width in log κ of what one Dirichlet a cell stands for …
_LEAST_MASS = 0.03  # … unless its posterior probability is less than this
_LEAST_SIZE = 0.1  # total concentration below which a law is all at −1, 0 and 1 anyway


class HyperDraws(NamedTuple):
    """Joint posterior draws of the network and its cells.

    `concentration` (draws,), `mean_shares` (draws, 3), `nps` (draws, cells) as a share.
    """

    concentration: Floats
    mean_shares: Floats
    nps: Floats


@dataclass(frozen=True)
class Hyperposterior:
    """The posterior of the network's concentration κ and mean shares μ.

    Attributes
    ----------
    line
        Nodes of log κ with the moments of μ given κ.
    error
        Largest change of any cell's mean or sd, in sd, that a finer lattice made.
    """

    line: Line
    error: float

    def cells(self, counts: Floats) -> NetShare:
        """Return the posterior NPS of cells with these (cells, 3) counts."""
        line = self.line
        label = _slices(line)
        slices = int(label[-1]) + 1
        mass = np.bincount(label, line.weights)
        mean = np.zeros((len(counts), slices, 3))
        square = np.zeros((len(counts), slices))
        n = counts.sum(axis=1)
        for j, which in enumerate(label):
            kappa = np.exp(line.tau[j])
            share = line.weights[j] / mass[which]
            a = counts + kappa * line.mean_shares[j]
            total = n + kappa
            net = a[:, 2] - a[:, 0]
            mean[:, which] += share * a / total[:, None]
            second = net**2 + kappa**2 * line.net_variance[j] + a[:, 2] + a[:, 0]
            square[:, which] += share * second / (total * (total + 1))
        net = mean[:, :, 2] - mean[:, :, 0]
        variance = np.maximum(square - net**2, 1e-300)
        size = (mean[:, :, 2] + mean[:, :, 0] - net**2) / variance - 1
        return NetShare(np.maximum(size, _LEAST_SIZE)[:, :, None] * mean, mass)

    def shrinkage(self, n: Floats) -> Floats:
        """Return the weight of the network in a cell with n answers: E[κ/(κ + n)]."""
        kappa = np.exp(self.line.tau)
        return np.asarray((kappa / (kappa + n[:, None])) @ self.line.weights)

    def draws(self, counts: Floats, size: int, rng: np.random.Generator) -> HyperDraws:
        """Draw jointly from the posterior of κ, μ and every cell's NPS."""
        line = self.line
        node = rng.choice(len(line.tau), size=size, p=line.weights)
        kappa = np.exp(line.tau[node] + line.spacing * rng.uniform(-0.5, 0.5, size))
        mean = line.mean_shares[node]
        net = mean[:, 2] - mean[:, 0]
        spread = (mean[:, 2] + mean[:, 0] - net**2) / line.net_variance[node] - 1
        shares = rng.standard_gamma(np.maximum(spread, _LEAST_SIZE)[:, None] * mean)
        shares /= shares.sum(axis=1, keepdims=True)
        nps = np.empty((size, len(counts)))
        for draw in range(size):
            gamma = rng.standard_gamma(counts + kappa[draw] * shares[draw])
            total = gamma.sum(axis=1)
            if (lost := total == 0).any():
                # κ so small that all three underflow: a cell without answers is all of one kind
                gamma[lost] = rng.multinomial(1, shares[draw], int(lost.sum()))
                total[lost] = 1
            nps[draw] = (gamma[:, 2] - gamma[:, 0]) / total
        return HyperDraws(kappa, shares, nps)


def hyperposterior(
    counts: Floats, prior_concentration: float = PRIOR_CONCENTRATION
) -> Hyperposterior:
    """Return the posterior of (κ, μ) given (cells, 3) counts.

    The likelihood reads the distinct counts only, so its cost does not grow with the cells.
    """
    target = Target(counts, prior_concentration)
    probes = _probes(counts)
    best = Hyperposterior(explore(target, _STEPS[0]), np.inf)
    for step in _STEPS[1:]:
        finer = Hyperposterior(explore(target, step), np.inf)
        best = Hyperposterior(finer.line, _change(best, finer, probes))
        if best.error < _CLOSE:
            break
    return best


def _slices(line: Line) -> NDArray[np.intp]:
    """Label the nodes of κ by slice: a slice is narrow, unless next to nothing lies in it."""
    label = np.zeros(len(line.tau), dtype=np.intp)
    start, mass = line.tau[0], 0.0
    for j in range(1, len(label)):
        mass += line.weights[j - 1]
        new = line.tau[j] - start > _SLICE and mass > _LEAST_MASS
        label[j] = label[j - 1] + new
        if new:
            start, mass = line.tau[j], 0.0
    if label[-1] and mass + line.weights[-1] < _LEAST_MASS:
        label[label == label[-1]] -= 1
    return label


def _probes(counts: Floats) -> Floats:
    """Return some 300 distinct cells, from the smallest to the largest."""
    cells = np.unique(counts, axis=0)
    cells = cells[np.argsort(cells.sum(axis=1), kind="stable")]
    return np.asarray(cells[np.unique(np.linspace(0, len(cells) - 1, 300).astype(int))])


def _change(a: Hyperposterior, b: Hyperposterior, counts: Floats) -> float:
    """Return the largest change of any cell's mean or sd between two lattices, in sd."""
    (mean_a, sd_a), (mean_b, sd_b) = a.cells(counts).moments(), b.cells(counts).moments()
    return float(max(np.max(np.abs(mean_a - mean_b) / sd_b), np.max(np.abs(sd_a / sd_b - 1))))
