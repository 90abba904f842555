"""Joint posterior draws of every store's location, spread and NPS, given draws of the parameters.

Given the parameters, stores are independent (within a region, given its effect) and each one's law
stands on the nodes of its integral. Draws are stratified within a store: for one draw of the
parameters, m draws of a store lie one in every m-th part of its law, in random order, which
leaves them independent between stores and makes their quantiles steadier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.estimation.ordinal.likelihood import Marginal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.ordinal.cells import Block, Cells, Parameters
    from npsstats.estimation.ordinal.likelihood import Nodes

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]

__all__ = ["Mixture", "draw_nps"]

_STEP = 0.5  # finer than an integral needs: between two nodes the law is taken as flat
_STEP_WITH_SPREAD = 0.7
_CURVE = 600  # points on which the NPS of a shared mixture is tabulated


class Mixture(NamedTuple):
    """What covariates a cell's NPS is taken over.

    `store` (rows,), `cell` (rows,), `design` (rows, covariates) and `weight` (rows,), whose sum is
    1 in every cell; or, with `shared`, rows that hold for every cell alike, where `cell` is empty
    and `store` has a store a cell. `detractor_cut` and `promoter_cut` are the thresholds, from 0,
    above the last detracting bin and below the first promoting one.
    """

    store: Whole
    cell: Whole
    design: Floats
    weight: Floats
    cells: int
    detractor_cut: int
    promoter_cut: int
    shared: bool = False


class Drawn(NamedTuple):
    """Joint draws, a row a draw."""

    nps: Floats  # (draws, cells), a share
    location: Floats  # (draws, stores), logits
    spread: Floats  # (draws, stores), or (0, 0)
    region: Floats  # (draws, regions), or (0, 0)
    parameters: Floats  # (draws, size)


def draw_nps(
    cells: Cells, mixture: Mixture, parameters: Floats, each: int, rng: np.random.Generator
) -> Drawn:
    """Return `each` draws of all stores for each of the parameters' equally weighted draws.

    Parameters
    ----------
    cells
        The counts.
    mixture
        What the NPS is taken over.
    parameters
        (draws, size).
    """
    marginal = Marginal(cells, _STEP_WITH_SPREAD if cells.spread else _STEP)
    size, stores = len(parameters) * each, len(cells.region)
    nps = np.empty((size, mixture.cells))
    location = np.empty((size, stores))
    spread = np.empty((size, stores) if cells.spread else (0, 0))
    regions = np.empty((size, int(cells.region.max()) + 1) if cells.regions else (0, 0))
    for i, p in enumerate(parameters):
        rows = slice(i * each, (i + 1) * each)
        par = cells.unpack(p)
        v_nodes, regional, nodes = marginal.nodes(par)
        if cells.regions:
            v = _draw_regions(v_nodes, regional, each, rng)
            regions[rows] = v.T
        else:
            v = np.zeros((1, each))
        a = np.empty((stores, each))
        s = np.zeros((stores, each))
        for block, at in zip(marginal.blocks, nodes, strict=True):
            own = v[cells.region[block.stores]]
            a[block.stores], s[block.stores] = _draw_block(block, at, own, par, cells, rng)
        location[rows] = a.T
        if cells.spread:
            spread[rows] = s.T
        nps[rows] = _net(mixture, par, a, s, cells.spread).T
    return Drawn(nps, location, spread, regions, np.repeat(parameters, each, axis=0))


def _strata(rows: int, each: int, rng: np.random.Generator) -> Floats:
    """Return (rows, each) uniforms, one in every each-th part of (0, 1), in random order."""
    parts = np.tile(np.arange(each, dtype=float), (rows, 1))
    return np.asarray((rng.permuted(parts, axis=1) + rng.uniform(size=(rows, each))) / each)


def _pick(mass: Floats, uniform: Floats) -> Whole:
    """Return for (rows, each) uniforms the place in (rows, each or 1, nodes) masses."""
    reached = np.cumsum(mass, axis=-1)
    reached /= reached[..., -1:]
    place = (uniform[..., None] > reached).sum(axis=-1)
    return np.asarray(np.minimum(place, mass.shape[-1] - 1), dtype=np.intp)


def _smooth(
    nodes: Floats, mass: Floats, place: Whole, h: float, rng: np.random.Generator
) -> Floats:
    """Return draws from masses on nodes h apart, spread flat about them, with their variance."""
    mass = mass / mass.sum(axis=-1, keepdims=True)
    mean = mass @ nodes
    variance = np.maximum(mass @ nodes**2 - mean**2, 1e-12 * h**2)
    flat = nodes[place] + h * rng.uniform(-0.5, 0.5, place.shape)
    return np.asarray(mean + (flat - mean) * np.sqrt(variance / (variance + h**2 / 12)))


def _draw_regions(v: Floats, regional: Floats, each: int, rng: np.random.Generator) -> Floats:
    mass = regional[:, None, :]
    place = _pick(mass, _strata(len(regional), each, rng))
    return _smooth(v, mass, place, v[1] - v[0], rng)


def _draw_block(
    block: Block,
    nodes: Nodes,
    v: Floats,
    par: Parameters,
    cells: Cells,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return (stores, each) locations and log spreads of a block, given its regions' v."""
    each = v.shape[1]
    mixed = nodes.weight @ nodes.mixing
    centre = v if cells.regions else v[:, :1]
    strata = _strata(len(block.stores), each, rng)
    if par.store_sd < nodes.step:
        # nodes farther apart than its law is wide: the answers add nothing to it
        a = np.asarray(centre + par.store_sd * special.ndtri(strata))
        nearest = np.rint((a - nodes.a[0]) / nodes.step)
        place = np.clip(nearest, 0, len(nodes.a) - 1).astype(np.intp)
    else:
        near = np.exp(-0.5 * ((nodes.a - centre[..., None]) / par.store_sd) ** 2)
        mass = mixed[:, None, :] * near
        place = _pick(mass, strata)
        a = _smooth(nodes.a, mass, place, nodes.step, rng)
    if not cells.spread:
        return a, np.zeros_like(a)
    beside = nodes.weight[np.arange(len(a))[:, None], place] * nodes.mixing
    spread = nodes.spread
    chosen = _pick(beside, rng.uniform(size=a.shape))
    return a, _smooth(spread, beside, chosen, spread[1] - spread[0], rng)


def _net(mixture: Mixture, par: Parameters, a: Floats, s: Floats, spread: bool) -> Floats:
    """Return (cells, each) NPS as shares at locations a and log spreads s, (stores, each)."""
    low, high = par.thresholds[mixture.detractor_cut], par.thresholds[mixture.promoter_cut]
    shift = mixture.design @ par.beta

    def net(location: Floats, scale: Floats | float) -> Floats:
        above = special.expit((location - high) * scale)
        return np.asarray(above - special.expit((low - location) * scale))

    if mixture.shared:
        own, lam = a[mixture.store], s[mixture.store]
        if not spread and own.size > _CURVE:
            grid = np.linspace(own.min() - 1e-9, own.max() + 1e-9, _CURVE)
            curve = mixture.weight @ net(grid + shift[:, None], 1.0)
            return np.interp(own, grid, curve)
        narrow = np.exp(-lam)
        return sum(
            (w * net(own + x, narrow) for w, x in zip(mixture.weight, shift, strict=True)),
            start=np.zeros_like(own),
        )
    scale: Floats | float = np.exp(-s[mixture.store]) if spread else 1.0
    rows = mixture.weight[:, None] * net(a[mixture.store] + shift[:, None], scale)
    total = np.zeros((mixture.cells, a.shape[1]))
    starts = np.flatnonzero(np.diff(mixture.cell, prepend=-1))
    total[mixture.cell[starts]] = np.add.reduceat(rows, starts, axis=0)
    return total
