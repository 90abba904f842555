"""How far apart two independent posteriors lie, pair by pair, by quadrature and without draws.

P(A − B > s) = E[P(A > B + s | B)]: nodes are laid on the better known of the two, on whose scale
the distribution of the other is smooth. All in shares (−2…2 for the difference).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Apart", "Law", "NormalLaw", "Spread"]

_WIDEST = 2 - 1e-9  # a difference in shares
_NODES = 128
_CLOSE = 1e-7  # of a limit, in shares
_END = 1e-9  # probability left out at either end of the better known law


class Law(Protocol):
    """A continuous law a cell: `NetShare`, or `NormalLaw`; every array is (cells,)."""

    def moments(self) -> tuple[Floats, Floats]:
        """Return means and standard deviations."""

    def sf(self, t: Floats) -> Floats:
        """Return the probability of more than t."""

    def pdf(self, t: Floats) -> Floats:
        """Return the density at t."""

    def ppf(self, q: float) -> Floats:
        """Return the q-quantiles."""

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the laws of some cells."""


@dataclass(frozen=True)
class NormalLaw:
    """Normal laws, a mean and a positive sd a cell, in shares."""

    mean: Floats
    sd: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Return means and standard deviations."""
        return self.mean, self.sd

    def sf(self, t: Floats) -> Floats:
        """Return the probability of more than t."""
        return np.asarray(special.ndtr((self.mean - t) / self.sd))

    def pdf(self, t: Floats) -> Floats:
        """Return the density at t."""
        u = (t - self.mean) / self.sd
        return np.asarray(np.exp(-(u**2) / 2) / (self.sd * np.sqrt(2 * np.pi)))

    def ppf(self, q: float) -> Floats:
        """Return the q-quantiles."""
        return np.asarray(self.mean + self.sd * special.ndtri(q))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> NormalLaw:
        """Return the laws of some cells."""
        return replace(self, mean=self.mean[rows], sd=self.sd[rows])


class Spread(NamedTuple):
    """Mean, standard deviation and equal-tailed limits, each (pairs,)."""

    mean: Floats
    sd: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Apart:
    """The law of A − B for pairs of independent A and B.

    `nodes` and `weights`, (pairs, nodes), are of the better known of the two; where that is A,
    `swap` is true.
    """

    a: Law
    b: Law
    swap: NDArray[np.bool_]
    nodes: Floats
    weights: Floats

    @classmethod
    def of(cls, a: Law, b: Law) -> Apart:
        """Lay the nodes for as many pairs as there are cells in `a`, and in `b`."""
        swap = a.moments()[1] < b.moments()[1]
        nodes = np.empty((len(swap), _NODES))
        weights = np.empty((len(swap), _NODES))
        for known, rows in ((a, swap), (b, ~swap)):
            if rows.any():
                nodes[rows], weights[rows] = _nodes(known.take(np.flatnonzero(rows)))
        return cls(a, b, swap, nodes, weights)

    def greater(self, shift: float | Floats = 0.0, rows: NDArray[np.intp] | None = None) -> Floats:
        """Return P(A − B > shift) for the pairs at `rows`, by default for all."""
        rows = np.arange(len(self.swap)) if rows is None else rows
        shift = np.broadcast_to(np.asarray(shift, dtype=float), (len(rows),))
        greater = np.empty(len(rows))
        for other, known_first in ((self.b, True), (self.a, False)):
            here = self.swap[rows] == known_first
            if not here.any():
                continue
            pairs = rows[here]
            sign = -1.0 if known_first else 1.0
            t = self.nodes[pairs] + (sign * shift[here])[:, None]
            above = other.take(np.repeat(pairs, _NODES)).sf(t.ravel()).reshape(t.shape)
            found = (above * self.weights[pairs]).sum(axis=1)
            greater[here] = 1 - found if known_first else found
        return np.clip(greater, 0.0, 1.0)

    def spread(self, level: float) -> Spread:
        """Return the mean, the sd and the equal-tailed limits of A − B."""
        (mean_a, sd_a), (mean_b, sd_b) = self.a.moments(), self.b.moments()
        mean, sd = mean_a - mean_b, np.hypot(sd_a, sd_b)
        ends = np.maximum(mean - 9 * sd, -_WIDEST), np.minimum(mean + 9 * sd, _WIDEST)
        rows = np.arange(len(mean))

        def limit(q: float) -> Floats:
            def excess(shift: Floats, row: NDArray[np.intp]) -> Floats:
                return 1 - q - self.greater(shift, row)

            close: Any = {"xatol": _CLOSE, "fatol": _CLOSE / 100}
            found = find_root(excess, ends, args=(rows,), tolerances=close)
            # all the mass lies within rounding of an end of the scale
            return np.asarray(np.where(found.success, found.x, ends[0] if q < 0.5 else ends[1]))

        return Spread(mean, sd, limit((1 - level) / 2), limit((1 + level) / 2))


def _nodes(known: Law) -> tuple[Floats, Floats]:
    """Return nodes and weights of the expectation over each of these laws."""
    low, high = known.ppf(_END), known.ppf(1 - _END)
    # the density of a cell with few answers has a corner at 0: a panel on either side
    middle = np.where((low < 0) & (high > 0), 0.0, (low + high) / 2)
    x, w = np.polynomial.legendre.leggauss(_NODES // 2)
    # smooth ends, 3u² − 2u³, still densities that are steep where a panel ends
    u = (1 + x) / 2
    place, speed = 3 * u**2 - 2 * u**3, w * u * (1 - u)
    panels = [(low, middle - low), (middle, high - middle)]
    nodes = np.concatenate([at[:, None] + size[:, None] * place for at, size in panels], axis=1)
    step = np.concatenate([size[:, None] * speed for _, size in panels], axis=1)
    cell = np.repeat(np.arange(len(low)), _NODES)
    density = known.take(cell).pdf(nodes.ravel()).reshape(nodes.shape) * step
    return nodes, density / density.sum(axis=1, keepdims=True)
