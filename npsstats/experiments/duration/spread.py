"""The law of a standardized difference: normal, or t where clusters are few."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

__all__ = ["LEAST", "Spread"]

LEAST = float(np.finfo(float).tiny)
"""The least p-value that is told apart from 0."""


class Spread(NamedTuple):
    """A normal law, or a t law of `freedom` degrees of freedom where that is finite."""

    freedom: float = np.inf

    def quantile(self, level: float) -> float:
        """Return the quantile with `level` between minus and plus it."""
        if np.isinf(self.freedom):
            return float(special.ndtri((1 + level) / 2))
        return float(stats.t.ppf((1 + level) / 2, self.freedom))

    def two_sided(self, z: float) -> float:
        """Return the chance of a value beyond ±z."""
        if np.isinf(self.freedom):
            return max(float(2 * special.ndtr(-abs(z))), LEAST)
        return max(float(2 * stats.t.sf(abs(z), self.freedom)), LEAST)
