"""The law of a share under a mixture of Betas: moments, probabilities, quantiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ShareMixture"]

_CLOSE = 1e-10
_CELLS_AT_ONCE = 4096


@dataclass(frozen=True)
class ShareMixture:
    """Shares of many cells, each a mixture of Betas.

    Attributes
    ----------
    yes, no
        (cells, components) positive parameters.
    weights
        (components,) non-negative, summing to one.

    Examples
    --------
    >>> import numpy as np
    >>> law = ShareMixture(np.array([[9.0, 18.0]]), np.array([[1.0, 2.0]]), np.array([0.5, 0.5]))
    >>> law.moments()[0].round(3), law.ppf(0.5).round(3)
    (array([0.9]), array([0.919]))
    """

    yes: Floats
    no: Floats
    weights: Floats

    @classmethod
    def matching(cls, mean: Floats, square: Floats, weights: Floats) -> ShareMixture:
        """Return the Betas with these (cells, components) first and second moments."""
        variance = np.maximum(square - mean**2, 1e-300)
        size = np.maximum(mean * (1 - mean) / variance - 1, 1e-6)
        return cls(size * mean, size * (1 - mean), weights)

    def moments(self) -> tuple[Floats, Floats]:
        """Return (cells,) means and standard deviations."""
        total = self.yes + self.no
        mean = self.yes / total
        square = mean * (self.yes + 1) / (total + 1)
        first = mean @ self.weights
        apart = (mean - first[:, None]) ** 2 @ self.weights
        within = (square - mean**2) @ self.weights
        return first, np.sqrt(np.maximum(within + apart, 0.0))

    def cdf(self, t: float | Floats) -> Floats:
        """Return P(share ≤ t) for every cell."""
        at = np.broadcast_to(np.asarray(t, dtype=float), (len(self.yes),))
        return np.asarray(special.betainc(self.yes, self.no, at[:, None]) @ self.weights)

    def ppf(self, q: float) -> Floats:
        """Return the q-quantile of every cell: it lies between those of its components."""
        out = np.empty(len(self.yes))
        for start in range(0, len(out), _CELLS_AT_ONCE):
            part = self.take(slice(start, start + _CELLS_AT_ONCE))
            out[start : start + _CELLS_AT_ONCE] = _quantile(part, q)
        return out

    def take(self, rows: NDArray[np.intp] | slice) -> ShareMixture:
        """Return some of the cells."""
        return replace(self, yes=self.yes[rows], no=self.no[rows])


def _quantile(law: ShareMixture, q: float) -> Floats:
    ends = np.clip(special.betaincinv(law.yes, law.no, q), 0.0, 1.0)
    low, high = ends.min(axis=1), ends.max(axis=1)
    alone = high - low < _CLOSE

    def excess(t: Floats, row: NDArray[np.intp]) -> Floats:
        return law.take(row).cdf(t) - q

    low, high = np.maximum(low - _CLOSE, 0.0), np.minimum(high + _CLOSE, 1.0)
    rows = np.arange(len(low))
    found = find_root(excess, (low, high), args=(rows,), tolerances={"xatol": _CLOSE})
    return np.where(alone | ~found.success, (low + high) / 2, found.x)
