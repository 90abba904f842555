"""What the multilevel cumulative logit reads: counts by store and pattern, laid out in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]

__all__ = ["Block", "Cells", "Parameters", "log_probabilities", "odds"]

_MOST_LOOPED = 16  # patterns a block: beyond, one batched product is faster than a loop


class Parameters(NamedTuple):
    """The model's parameters in their natural scale."""

    thresholds: Floats  # (bins − 1,), increasing
    beta: Floats  # (covariates,)
    store_sd: float  # τ
    region_sd: float  # ω, 0 without regions
    spread_sd: float  # σ, 0 without store-specific spread


@dataclass(frozen=True)
class Cells:
    """Counts by store and covariate pattern.

    Attributes
    ----------
    counts
        (cells, bins) answers; a store has each pattern at most once.
    store, pattern
        (cells,) from 0.
    design
        (patterns, covariates).
    region
        (stores,) from 0; all 0 without regions.
    regions, spread
        Whether there is a region level, and a store-specific spread.
    """

    counts: Floats
    store: Whole
    pattern: Whole
    design: Floats
    region: Whole
    regions: bool = False
    spread: bool = False

    @property
    def size(self) -> int:
        """Number of parameters."""
        scales = 1 + self.regions + self.spread
        return int(self.counts.shape[1] - 1 + self.design.shape[1] + scales)

    def unpack(self, p: Floats) -> Parameters:
        """Return the parameters of a vector: θ₁, log steps of θ, β, log τ, log ω, log σ."""
        cuts = self.counts.shape[1] - 1
        # a search may try anything: e^50 is as far as any limit
        scales = list(np.exp(np.minimum(p[cuts + self.design.shape[1] :], 50.0)))
        steps = np.exp(np.minimum(p[1:cuts], 50.0))
        return Parameters(
            p[0] + np.concatenate([[0.0], np.cumsum(steps)]),
            p[cuts : cuts + self.design.shape[1]],
            scales.pop(0),
            scales.pop(0) if self.regions else 0.0,
            scales.pop(0) if self.spread else 0.0,
        )


class Block:
    """Stores with about as many answers and about the same scores, integrated together."""

    def __init__(self, cells: Cells, stores: Whole) -> None:
        self.stores = stores
        place = np.full(len(cells.region), -1)
        place[stores] = np.arange(len(stores))
        mine = np.flatnonzero(place[cells.store] >= 0)
        found = np.unique(cells.pattern[mine])
        self.patterns = found
        self.looped = len(found) <= _MOST_LOOPED
        order = cells.pattern[mine] if self.looped else place[cells.store[mine]]
        mine = mine[np.argsort(order, kind="stable")]
        self.row = place[cells.store[mine]]
        self.pattern = np.searchsorted(found, cells.pattern[mine])
        self.counts = cells.counts[mine]
        self.n = np.bincount(self.row, self.counts.sum(axis=1), minlength=len(stores))
        self._ends = np.searchsorted(self.pattern, np.arange(len(found) + 1))

    def gather(self, table: Floats) -> Floats:
        """Return (stores, nodes) log-likelihood from (patterns, bins, nodes) log-probabilities."""
        total = np.zeros((len(self.stores), table.shape[2]))
        if self.looped:
            for p, (first, last) in enumerate(zip(self._ends, self._ends[1:], strict=False)):
                total[self.row[first:last]] += self.counts[first:last] @ table[p]
        elif len(self.row):
            each = np.matmul(self.counts[:, None, :], table[self.pattern])[:, 0]
            starts = np.flatnonzero(np.diff(self.row, prepend=-1))
            total[self.row[starts]] = np.add.reduceat(each, starts, axis=0)
        return total

    def expect(self, table: Floats, weight: Floats) -> Floats:
        """Return (cells, bins − 1) means of (patterns, bins − 1, nodes), by store weights."""
        if not self.looped:
            each = np.matmul(table[self.pattern], weight[self.row][:, :, None])
            return np.asarray(each[:, :, 0])
        mean = np.empty((len(self.row), table.shape[1]))
        for p, (first, last) in enumerate(zip(self._ends, self._ends[1:], strict=False)):
            mean[first:last] = weight[self.row[first:last]] @ table[p].T
        return mean


def log_probabilities(
    thresholds: Floats, location: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log P(bin), expit at the thresholds, and 1/(e^gap − 1).

    Parameters
    ----------
    thresholds
        (bins − 1,).
    location
        (…, M).
    spread
        (L,) logs of the spread.

    Returns
    -------
    tuple
        (…, bins, M, L), (…, bins − 1, M, L) and (bins − 2, L).
    """
    scale = np.exp(-spread)
    bound = (thresholds[:, None] - location[..., None, :])[..., None] * scale
    below = special.log_expit(bound)
    above = below - bound
    gap = np.diff(thresholds)[:, None] * scale
    table = np.empty((*below.shape[:-3], len(thresholds) + 1, *below.shape[-2:]))
    table[..., 0, :, :] = below[..., 0, :, :]
    table[..., -1, :, :] = above[..., -1, :, :]
    # F(x) − F(y) = F(x)·(1 − F(y))·(1 − exp(y − x)): no difference of two numbers close to 1
    inner = below[..., 1:, :, :] + above[..., :-1, :, :]
    table[..., 1:-1, :, :] = inner + np.log(-np.expm1(-gap))[:, None, :]
    return table, np.exp(below), odds(gap)


def odds(gap: Floats) -> Floats:
    """Return 1/(e^x − 1), for any x > 0."""
    return np.asarray(np.exp(-gap) / -np.expm1(-gap))
