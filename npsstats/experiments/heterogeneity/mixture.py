"""Mixtures of normal laws: what a posterior is once its spreads have been integrated over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NormalMixture"]

_HALVINGS = 60
_REACH = 12.0  # standard deviations beyond which no quantile lies


@dataclass(frozen=True)
class NormalMixture:
    """Quantities with one mixture of normals each, their weights in common.

    Attributes
    ----------
    means, sds
        (nodes, quantities).
    weights
        (nodes,) sum to one.
    """

    means: Floats
    sds: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        """(quantities,)."""
        return np.asarray(self.weights @ self.means)

    @property
    def sd(self) -> Floats:
        """(quantities,)."""
        apart = self.means - self.mean
        return np.sqrt(self.weights @ (self.sds**2 + apart**2))

    def above(self, level: float = 0.0) -> Floats:
        """Return P(quantity > level), one half where the quantity is known to be the level."""
        apart = self.means - level
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(self.sds > 0, apart / self.sds, np.sign(apart) * np.inf)
        return np.asarray(self.weights @ special.ndtr(np.where(apart == 0, 0.0, z)))

    def quantile(self, probability: float) -> Floats:
        """Return that quantile of every quantity, by bisection; (quantities,)."""
        low = (self.means - _REACH * self.sds).min(axis=0)
        high = (self.means + _REACH * self.sds).max(axis=0)
        sds = np.maximum(self.sds, 1e-300)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = self.weights @ special.ndtr((middle - self.means) / sds) < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)
