"""Multilevel cumulative logit: its marginal likelihood, exact to rounding, with its gradient.

Model, for an answer of store s in region r whose covariates are x::

    P(score ≤ k) = expit((θ_k − x'β − a_s)·exp(−λ_s))
    a_s ~ Normal(v_r, τ²),  v_r ~ Normal(0, ω²),  λ_s ~ Normal(0, σ²)

a is a store's location on the latent scale of satisfaction and λ the log of its spread: of two
stores with one NPS, the one with the larger λ has more tens and more zeros.

The store integrals run over nodes a_m common to a block of like stores, so that a whole block's
log-likelihood at all nodes is one matrix product, counts × log-probabilities, and the integral
over a region's stores another. The trapezoid rule converges geometrically on such densities
(Trefethen & Weideman 2014): with a node every posterior standard deviation its relative
error is about 1e-8, where nine-point adaptive Gauss–Hermite leaves 1e-4 for a store whose answers
are all tens. The nodes follow each block's posterior, so that a store of ten answers and one of a
hundred thousand are both integrated where their mass lies.

References
----------
Agresti (2010). Analysis of Ordinal Categorical Data, 2nd ed., chapter 10.
Hedeker, Demirtas & Mermelstein (2009). A mixed ordinal location scale model. Statistics and Its
Interface 2(4), 391–401.
Bock & Aitkin (1981). Marginal maximum likelihood estimation of item parameters. Psychometrika 46.
Trefethen & Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56(3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.estimation.ordinal.cells import Block, log_probabilities
from npsstats.estimation.ordinal.windows import Window, edges_hold, wider

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.ordinal.cells import Cells, Parameters

    Floats = NDArray[np.float64]

__all__ = ["Marginal", "Nodes"]

_BLOCK, _LEAST = 1024, 64  # most and fewest stores whose integrals share their nodes
_INFORMATION = (1 / 3, 1.5)  # of one answer on a and on λ, from above

_NARROWEST = -0.7  # log spread
_MOST, _MOST_CROSSED = 3000, 150  # nodes, alone and for each of two
_TINY = 1e-300
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


class Nodes(NamedTuple):
    """Where a block is integrated, and what stands there."""

    a: Floats  # (M,)
    spread: Floats  # (L,), 0 without store-specific spread
    step: float
    mixing: Floats  # (L,) prior mass of λ
    weight: Floats  # (stores, M, L) likelihood, each store's largest 1
    top: Floats  # (stores,) log of what was divided out


def _normal(x: Floats, sd: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (x / sd) ** 2 - _LOG_ROOT) / sd)


class Marginal:
    """Marginal log-likelihood of a parameter vector, and its gradient.

    Parameters
    ----------
    cells
        The counts.
    step
        Distance of two nodes in the smallest posterior sd of a block.
    """

    def __init__(self, cells: Cells, step: float = 1.0) -> None:
        self.cells = cells
        self.step = step
        stores = len(cells.region)
        n = np.bincount(cells.store, cells.counts.sum(axis=1), minlength=stores)
        bins = np.arange(cells.counts.shape[1])
        points = np.bincount(cells.store, cells.counts @ bins, minlength=stores)
        mean = np.divide(points, n, out=np.full(stores, bins.mean()), where=n > 0)
        size = np.ceil(np.log2(n + 1))
        order = np.lexsort((mean, size))
        groups = []
        first = 0
        for last in [*(np.flatnonzero(np.diff(size[order])) + 1), stores]:
            if last - first >= (1 if cells.spread else _LEAST) or last == stores:
                parts = -(-(last - first) // _BLOCK)
                groups += np.array_split(order[first:last], parts)
                first = last
        self.blocks = [Block(cells, group) for group in groups]
        self._a, self._spread = Window.unseen(stores), Window.unseen(stores)
        self._v = Window.unseen(int(cells.region.max(initial=0)) + 1)
        self._coarse = False
        # at this sd the most asked store's answers move the log-likelihood by some 0.005
        self._least_sd = 0.1 / np.sqrt(1 + _INFORMATION[0] * n.max(initial=0))

    def value(self, p: Floats) -> float:
        """Return the log-likelihood."""
        return self._integrate(self.cells.unpack(p))[0]

    def __call__(self, p: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""
        total, scores = self._scores(p)
        return total, np.asarray(scores.sum(axis=0))

    def information(self, p: Floats) -> Floats:
        """Return the sum of the stores' squared scores, which is near minus the Hessian."""
        scores = self._scores(p)[1]
        return np.asarray(scores.T @ scores)

    def _scores(self, p: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and every store's contribution to its gradient.

        With regions, a store's is the mean over its region's posterior, and what concerns ω
        stands with a region's first store.
        """
        par = self.cells.unpack(p)
        total, v, regional, inner = self._integrate(par)
        cuts, covariates = len(par.thresholds), len(par.beta)
        scores = np.zeros((len(self.cells.region), self.cells.size))
        for block, (nodes, reach, integral) in zip(self.blocks, inner, strict=True):
            pull = regional[self.cells.region[block.stores]] / integral
            mixed = nodes.weight @ nodes.mixing
            z = (nodes.a[:, None] - v) / max(par.store_sd, nodes.step)
            weight = nodes.weight * (pull @ reach.T)[:, :, None] * nodes.mixing
            design = self.cells.design[block.patterns]
            scores[block.stores, : cuts + covariates] = _slopes(block, nodes, par, design, weight)
            scores[block.stores, cuts + covariates] = (mixed * (pull @ (reach * (z**2 - 1)).T)).sum(
                axis=1
            )
            if self.cells.spread:
                square = (nodes.spread / par.spread_sd) ** 2 - 1
                scores[block.stores, -1] = weight.sum(axis=1) @ square
        if self.cells.regions:
            first = np.unique(self.cells.region, return_index=True)[1]
            scores[first, cuts + covariates + 1] = regional @ ((v / par.region_sd) ** 2 - 1)
        # from θ to θ₁ and log steps
        tails = scores[:, :cuts][:, ::-1].cumsum(axis=1)[:, ::-1]
        scores[:, :cuts] = tails * np.concatenate([[1.0], np.exp(p[1:cuts])])
        return total, scores

    def nodes(self, par: Parameters) -> tuple[Floats, Floats, list[Nodes]]:
        """Return the nodes v, each region's posterior mass on them, and every block's nodes."""
        _, v, regional, inner = self._integrate(par)
        return v, regional, [nodes for nodes, _, _ in inner]

    def _integrate(
        self, par: Parameters
    ) -> tuple[float, Floats, Floats, list[tuple[Nodes, Floats, Floats]]]:
        """Return the log-likelihood, the nodes v, regions' masses on them, and the blocks'."""
        if self.cells.regions:
            # stores this much alike are alike: nodes closer than that would be in vain
            par = par._replace(store_sd=max(par.store_sd, self._least_sd))
        self._coarse = False
        found = self._integrate_once(par)
        if self._coarse:
            # a window too wide for its nodes: now it is known where in it the mass lies
            found = self._integrate_once(par)
        return found

    def _integrate_once(
        self, par: Parameters
    ) -> tuple[float, Floats, Floats, list[tuple[Nodes, Floats, Floats]]]:
        v = self._region_nodes(par)
        while True:
            logs = np.zeros((len(self._v.pull), len(v)))
            inner = []
            for block in self.blocks:
                nodes, reach, integral = self._block(block, par, v)
                inner.append((nodes, reach, integral))
                regions = self.cells.region[block.stores]
                np.add.at(logs, regions, np.log(integral) + nodes.top[:, None])
            if not self.cells.regions:
                return float(logs.sum()), v, np.ones_like(logs), inner
            gap = v[1] - v[0]
            logs += np.log(gap / par.region_sd) - 0.5 * (v / par.region_sd) ** 2 - _LOG_ROOT
            each = special.logsumexp(logs, axis=1)
            regional = np.exp(logs - each[:, None])
            if edges_hold(regional):
                break
            v = wider(v)
        self._v.remember(slice(None), regional, v, par.region_sd)
        return float(each.sum()), v, regional, inner

    def _region_nodes(self, par: Parameters) -> Floats:
        if not self.cells.regions:
            return np.zeros(1)
        stores = np.bincount(self.cells.region).max()
        gap = self.step / np.sqrt(1 / par.region_sd**2 + stores / par.store_sd**2)
        return self._v.nodes(slice(None), par.region_sd, gap)

    def _block(self, block: Block, par: Parameters, v: Floats) -> tuple[Nodes, Floats, Floats]:
        """Return a block's nodes, the prior mass on them given v, and the stores' integrals."""
        most = block.n.max(initial=0)
        spread = np.zeros(1)
        if self.cells.spread:
            h = self.step / np.sqrt(1 / par.spread_sd**2 + _INFORMATION[1] * most)
            spread = self._spread.nodes(block.stores, par.spread_sd, h, _MOST_CROSSED)
        wide = np.hypot(par.store_sd, par.region_sd)
        tight = _INFORMATION[0] * most
        if self.cells.spread:
            # narrow laws know a better, up to where all answers are in one bin and know no more
            low = self._spread.ends(block.stores, par.spread_sd, 3.0)[0]
            tight *= np.exp(-2 * max(low, _NARROWEST))
        h = self.step / np.sqrt(1 / par.store_sd**2 + tight)
        most_nodes = _MOST_CROSSED if self.cells.spread else _MOST
        a = self._a.nodes(block.stores, wide, h, most_nodes)
        self._coarse |= bool(a[1] - a[0] > 1.01 * h)
        shift = self.cells.design[block.patterns] @ par.beta
        while True:
            table = log_probabilities(par.thresholds, shift[:, None] + a, spread)[0]
            logs = block.gather(table.reshape(*table.shape[:2], len(a) * len(spread)))
            top = logs.max(axis=1)
            weight = np.exp(logs - top[:, None]).reshape(-1, len(a), len(spread))
            mixing = np.ones(1)
            if self.cells.spread:
                mixing = (spread[1] - spread[0]) * _normal(spread, par.spread_sd)
            mixed = weight @ mixing
            # a store's mass on the nodes with its region's effect free: the window must hold it
            free = _masses(mixed, -0.5 * (a / wide) ** 2)
            narrow, flat = not edges_hold(free), False
            if self.cells.spread:
                each = (free / np.maximum(mixed, _TINY))[:, :, None]
                beside = (weight * mixing * each).sum(axis=1)
                flat = not edges_hold(beside)
            if not (narrow or flat):
                break
            a = wider(a) if narrow else a
            spread = wider(spread) if flat else spread
        self._a.remember(block.stores, free, a, wide)
        if self.cells.spread:
            self._spread.remember(block.stores, beside, spread, par.spread_sd)
        h = a[1] - a[0]
        # stores of a region that are all but alike: a law narrower than the nodes are apart
        reach = h * _normal(a[:, None] - v, max(par.store_sd, h))
        integral = np.maximum(mixed @ reach, _TINY)
        return Nodes(a, spread, h, mixing, weight, top), reach, integral


def _masses(likelihood: Floats, log_prior: Floats) -> Floats:
    """Return likelihood × prior, each row summing to 1."""
    mass = likelihood * np.exp(log_prior)
    total = mass.sum(axis=1, keepdims=True)
    if total.min() > _TINY:
        return np.asarray(mass / total)
    # a window still far from the mass: only the logs say on which side it lies
    return np.asarray(special.softmax(np.log(np.maximum(likelihood, _TINY)) + log_prior, axis=1))


def _slopes(block: Block, nodes: Nodes, par: Parameters, design: Floats, weight: Floats) -> Floats:
    """Return the stores' derivatives by θ and β, (stores, bins − 1 + covariates)."""
    shift = design @ par.beta
    _, below, gaps = log_probabilities(par.thresholds, shift[:, None] + nodes.a, nodes.spread)
    scale = np.exp(-nodes.spread)
    flat = (*below.shape[:2], weight[0].size)
    mean = block.expect((below * scale).reshape(flat), weight.reshape(len(weight), -1))
    beside = weight.sum(axis=1)
    lower, upper = block.counts[:, :-1], block.counts[:, 1:]
    cut = lower * (beside @ scale)[block.row, None] - (lower + upper) * mean
    eta = -cut.sum(axis=1)
    inner = block.counts[:, 1:-1] * (beside @ (gaps * scale).T)[block.row]
    cut[:, 1:] += inner
    cut[:, :-1] -= inner
    each = np.concatenate([cut, eta[:, None] * design[block.pattern]], axis=1)
    total = np.zeros((len(block.stores), each.shape[1]))
    np.add.at(total, block.row, each)
    return total
