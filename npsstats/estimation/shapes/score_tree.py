"""The posterior of all eleven shares of many cells: a Dirichlet tree, each fork pooled by itself.

Model::

    detractors, passives, promoters      the hierarchical Dirichlet-multinomial of `pooled`
    below them, every fork of the tree   share_i ~ Beta(κm, κ(1 − m)) for cell i
                                         m ~ Beta(2l/(l + r), 2r/(l + r)), with l scores on its
                                         left and r on its right
                                         log κ ~ Logistic(log κ₀, 1)

Promoters fork into 9 | 10, passives into 7 | 8, detractors into super-detractors | the others,
and each of these in halves down to single scores. Multinomial counts factorize over a tree, so
that every fork is a beta-binomial of its own, independent of the others a posteriori; the NPS is
exactly that of `estimate`. Unlike one Dirichlet over eleven scores, neighbours may rise and fall
together, and each fork is shrunk by what the cells show of that fork.

(log κ, logit m) of a fork are integrated on a lattice. Means of shares are then exact, and their
standard deviations but for the categories' mean shares given κ, taken to be Dirichlet as in
`pooled`. What is not linear in the shares is drawn.

References
----------
Dennis (1991). On the hyper-Dirichlet type 1 and hyper-Liouville distributions. Comm. Statist.
Theory Methods 20, 4069-4081.
Minka (1999). The Dirichlet-tree distribution. Justsystem Pittsburgh Research Center.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.pooled import hyperposterior

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from npsstats.estimation.pooled import Hyperposterior

    Floats = NDArray[np.float64]

__all__ = ["Fork", "ScoreTree", "score_tree"]

_GROUPS = ((0, 7), (7, 9), (9, 11))
_Z = np.arange(-8.0, 8.5)  # nodes of logit m, in its sd given κ: trapezoids are exact to e⁻¹⁹ there
_WIDE = np.arange(-12.0, 12.5, 0.75)  # of log κ, about the prior's centre
_NODES = 33  # of log κ on the final line
_DROP = 14.0  # how far below the mode (log density) it goes
_CELLS_AT_ONCE = 200
_SCORES = 11


@dataclass(frozen=True)
class Fork:
    """One fork: scores first … middle − 1 go left, middle … last − 1 right.

    `left`, `right`, `weights` (nodes,) are the prior's two beta parameters κm and κ(1 − m) at the
    nodes of the lattice, and the nodes' posterior probabilities.
    """

    first: int
    middle: int
    last: int
    left: Floats
    right: Floats
    weights: Floats

    def split(self, counts: Floats) -> Floats:
        """Return (cells, 2) answers left and right."""
        sides = (slice(self.first, self.middle), slice(self.middle, self.last))
        return np.stack([counts[:, side].sum(axis=1) for side in sides], axis=1)

    def moments(self, counts: Floats) -> Floats:
        """Return (4, cells): mean of the left share, of the right, and of their squares."""
        mine = self.split(counts)
        total = np.zeros((4, len(counts)))
        for left, right, weight in zip(self.left, self.right, self.weights, strict=True):
            a, b = mine[:, 0] + left, mine[:, 1] + right
            n = a + b
            total += weight * np.stack(
                [a / n, b / n, a * (a + 1) / (n * (n + 1)), b * (b + 1) / (n * (n + 1))]
            )
        return total


@dataclass(frozen=True)
class ScoreTree:
    """The posterior of the eleven shares of cells; `hyper` is None where cells stand alone."""

    hyper: Hyperposterior | None
    forks: tuple[Fork, ...]
    cut: int

    def categories(self, counts: Floats) -> tuple[Floats, Floats]:
        """Return E[P] (cells, 3) and E[P Pᵀ] (cells, 3, 3) of the three categories' shares."""
        mine = _categories(counts)
        mean, second = np.zeros((len(mine), 3)), np.zeros((len(mine), 3, 3))
        for prior, product, weight in self._roots():
            a = mine + prior
            n = a.sum(axis=1)
            mean += weight * a / n[:, None]
            # E[(y + κμ)(y + κμ)ᵀ] = (y + κE[μ])(y + κE[μ])ᵀ + κ² Var[μ]
            outer = a[:, :, None] * a[:, None, :] + product + a[:, :, None] * np.eye(3)
            second += weight * outer / (n * (n + 1))[:, None, None]
        return mean, second

    def _roots(self) -> Iterator[tuple[Floats, Floats, float]]:
        """Yield κE[μ] (3,), κ² Var[μ] (3, 3) and probability of every node of log κ."""
        if self.hyper is None:
            yield np.ones(3), np.zeros((3, 3)), 1.0
            return
        line = self.hyper.line
        for j, weight in enumerate(line.weights):
            kappa, mu = float(np.exp(line.tau[j])), line.mean_shares[j]
            covariance = np.diag(mu) - np.outer(mu, mu)
            net = np.array([-1.0, 0.0, 1.0])
            # μ given κ is as good as Dirichlet (see `pooled`): its net's variance gives its size
            scale = line.net_variance[j] / max(float(net @ covariance @ net), 1e-300)
            yield kappa * mu, kappa**2 * scale * covariance, float(weight)

    def shares(self, counts: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of every share, without draws; each (cells, 11)."""
        mean, second = self._below(counts, [(score, score + 1) for score in range(_SCORES)])
        return mean, np.sqrt(np.maximum(second - mean**2, 0))

    def lowest(self, counts: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of the share of scores 0 … cut, without draws; each (cells,)."""
        mean, second = self._below(counts, [(0, self.cut + 1)])
        return mean[:, 0], np.sqrt(np.maximum(second - mean**2, 0))[:, 0]

    def _below(self, counts: Floats, ranges: list[tuple[int, int]]) -> tuple[Floats, Floats]:
        """Return E and E² of the shares of ranges of scores that the tree knows."""
        root, product = self.categories(counts)
        mean = np.empty((len(counts), len(ranges)))
        second = np.empty_like(mean)
        moments = [fork.moments(counts) for fork in self.forks]
        for place, (first, last) in enumerate(ranges):
            group = next(g for g, (_, end) in enumerate(_GROUPS) if first < end)
            e, square = root[:, group].copy(), product[:, group, group].copy()
            for fork, found in zip(self.forks, moments, strict=True):
                wider = fork.first <= first and last <= fork.last
                if wider and last - first < fork.last - fork.first:
                    right = int(first >= fork.middle)
                    e *= found[right]
                    square *= found[2 + right]
            mean[:, place], second[:, place] = e, square
        return mean, second

    def draws(self, counts: Floats, size: int, seed: int) -> Iterator[tuple[slice, Floats]]:
        """Yield cells, a part at a time, and joint draws of their shares (size, cells, 11).

        The network's parameters are drawn once, so that draws of different cells belong together.
        """
        rng = np.random.default_rng(seed)
        if self.hyper is None:
            alpha = np.ones((size, 3))
        else:
            drawn = self.hyper.draws(_categories(counts[:1]), size, rng)
            alpha = drawn.concentration[:, None] * drawn.mean_shares
        nodes = [rng.choice(len(fork.weights), size=size, p=fork.weights) for fork in self.forks]
        for start in range(0, len(counts), _CELLS_AT_ONCE):
            part = slice(start, min(start + _CELLS_AT_ONCE, len(counts)))
            mine = counts[part]
            gamma = rng.standard_gamma(_categories(mine) + alpha[:, None, :])
            gamma = np.maximum(gamma, 1e-300)
            gamma /= gamma.sum(axis=-1, keepdims=True)
            shares = np.repeat(gamma, [last - first for first, last in _GROUPS], axis=-1)
            for fork, node in zip(self.forks, nodes, strict=True):
                split = fork.split(mine)
                a = split[:, 0] + fork.left[node][:, None]
                b = split[:, 1] + fork.right[node][:, None]
                left = rng.beta(a, b)[..., None]
                shares[..., fork.first : fork.middle] *= left
                shares[..., fork.middle : fork.last] *= 1 - left
            yield part, shares


def score_tree(
    counts: Floats, cut: int, prior_concentration: float | None, root_concentration: float
) -> ScoreTree:
    """Return the posterior given (cells, 11) counts.

    Parameters
    ----------
    counts
        Answers by score.
    cut
        Super-detractors score this or less, 0 to 5.
    prior_concentration
        κ₀ of the forks; None leaves every cell alone, with a Dirichlet of one answer a category.
    root_concentration
        κ₀ of the three categories.
    """
    forks = []
    for first, middle, last in _places(cut):
        sizes = np.array([middle - first, last - middle], dtype=float)
        if prior_concentration is None:
            group = next(g for g in _GROUPS if g[0] <= first and last <= g[1])
            alone = sizes / (group[1] - group[0])
            forks.append(Fork(first, middle, last, alone[:1], alone[1:], np.ones(1)))
            continue
        split = np.stack([counts[:, first:middle].sum(axis=1), counts[:, middle:last].sum(axis=1)])
        forks.append(
            Fork(first, middle, last, *_lattice(split, sizes / sizes.sum(), prior_concentration))
        )
    hyper = None
    if prior_concentration is not None:
        hyper = hyperposterior(_categories(counts), root_concentration)
    return ScoreTree(hyper, tuple(forks), cut)


def _categories(counts: Floats) -> Floats:
    return np.asarray(np.add.reduceat(counts, [0, 7, 9], axis=1))


def _places(cut: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first, middle, last) of every fork, from the top."""
    yield 9, 10, 11
    yield 7, 8, 9
    yield 0, cut + 1, 7
    yield from _halves(0, cut + 1)
    yield from _halves(cut + 1, 7)


def _halves(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    if last - first < 2:
        return
    middle = (first + last) // 2
    yield first, middle, last
    yield from _halves(first, middle)
    yield from _halves(middle, last)


class _BetaBinomial:
    """Log posterior density of (log κ, logit m) given (2, cells) counts of a fork."""

    def __init__(self, counts: Floats, prior: Floats, centre: float) -> None:
        self.seen = [np.unique(row[row > 0], return_counts=True) for row in counts]
        self.total = np.unique(counts.sum(axis=0), return_counts=True)
        self.prior, self.centre = 2 * prior, centre
        pooled = (counts.sum(axis=1) + self.prior) / (counts.sum() + 2)
        self.start = float(np.log(pooled[0] / pooled[1]))

    def value(self, tau: Floats, lam: Floats) -> Floats:
        from scipy import special

        kappa = np.exp(tau)
        left, right = kappa * special.expit(lam), kappa * special.expit(-lam)
        offset = tau - self.centre
        value = special.log_expit(offset) + special.log_expit(-offset)
        value += self.prior[0] * special.log_expit(lam) + self.prior[1] * special.log_expit(-lam)
        for a, (seen, times) in zip((left, right), self.seen, strict=True):
            value += _rising(a, seen) @ times
        return np.asarray(value - _rising(kappa, self.total[0]) @ self.total[1])

    def ridge(self, tau: Floats) -> tuple[Floats, Floats]:
        """Return mode and sd of logit m given every log κ, by Newton's method."""
        lam, h = np.full(len(tau), self.start), 1e-3
        second = np.full(len(tau), 1.0)
        for _ in range(30):
            low, middle, high = (self.value(tau, lam + step) for step in (-h, 0.0, h))
            second = np.maximum((2 * middle - low - high) / h**2, 0.02)
            step = np.clip((high - low) / (2 * h) / second, -1.0, 1.0)
            lam = lam + step
            if np.abs(step).max() < 1e-4:
                break
        return lam, np.minimum(1 / np.sqrt(second), 1.5)


def _rising(a: Floats, n: Floats) -> Floats:
    """Return log a(a + 1)…(a + n − 1), shape (*a.shape, *n.shape)."""
    from scipy import special

    part = np.maximum(a[..., None], 1e-300)
    # the difference of two log-gammas loses its digits where a is large
    with np.errstate(invalid="ignore"):
        far = special.gammaln(np.maximum(n, 1)) - special.betaln(part, np.maximum(n, 1))
    near = special.gammaln(part + n) - special.gammaln(part)
    return np.asarray(np.where(n == 0, 0.0, np.where(part > 1e5, far, near)))


def _lattice(counts: Floats, prior: Floats, concentration: float) -> tuple[Floats, Floats, Floats]:
    """Return κm, κ(1 − m) and probability at the nodes that matter."""
    from scipy import special

    target = _BetaBinomial(counts, prior, float(np.log(concentration)))
    tau = target.centre + _WIDE
    while True:
        mode, sd = target.ridge(tau)
        lam = mode[:, None] + sd[:, None] * _Z
        where = np.repeat(tau[:, None], len(_Z), axis=1)
        log_mass = target.value(where, lam) + np.log(sd)[:, None]
        line = special.logsumexp(log_mass, axis=1)
        held = np.flatnonzero(line > line.max() - _DROP)
        # as long as few nodes hold everything, look closer
        if len(held) >= _NODES // 3:
            break
        low, high = tau[max(held[0] - 1, 0)], tau[min(held[-1] + 1, len(tau) - 1)]
        tau = np.linspace(low, high, _NODES)
    mass = np.exp(log_mass - log_mass.max())
    kept = mass > 1e-7
    weights = mass[kept] / mass[kept].sum()
    kappa, m = np.exp(where[kept]), special.expit(lam[kept])
    least = 1e-12
    return np.maximum(kappa * m, least), np.maximum(kappa * (1 - m), least), weights
