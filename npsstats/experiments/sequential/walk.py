"""Where a test statistic stands at each look, among the experiments that have not stopped.

At information fraction t the statistic Z is normal with mean drift √t and variance 1, and its
increments √t Z are independent (Brownian motion). The density of Z among those that have not yet
crossed is carried from look to look by numerical integration. It is kept under no drift; a drift
multiplies it by exp(drift √t z − drift² t / 2), so that one pass serves every drift.

References
----------
Armitage, P., McPherson, C. K. & Rowe, B. C. (1969). Repeated significance tests on accumulating
data. Journal of the Royal Statistical Society A 132(2), 235–244.
Jennison, C. & Turnbull, B. W. (2000). Group sequential methods with applications to clinical
trials. Chapman & Hall/CRC, chapter 19 (19.2: the recursion).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf, isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["REACH", "Walk"]

REACH = 8.5  # standard deviations from the mean beyond which nothing happens
_WIDTH = 1.5  # of a panel of nodes, in units of the narrowest feature
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_ROOT = float(np.log(2 * np.pi) / 2)


@dataclass
class Walk:
    """A statistic on its way from look to look.

    Attributes
    ----------
    fractions
        Information fractions of all the looks, shape (K,), increasing.
    drifts
        The greatest absolute drift that will be asked for: the grid reaches that far.
    looks
        How many looks have been passed with `step`.
    """

    fractions: Floats
    drifts: float = 0.0
    looks: int = 0
    _nodes: Floats = field(default_factory=lambda: np.zeros(1))
    _log_mass: Floats = field(default_factory=lambda: np.zeros(1))

    def above(self, bound: float, drift: float = 0.0) -> float:
        """Return the probability of arriving at the next look and standing above `bound`."""
        return self._tail(bound, drift, 1.0)

    def below(self, bound: float, drift: float = 0.0) -> float:
        """Return the probability of arriving at the next look and standing below `bound`."""
        return self._tail(bound, drift, -1.0)

    def bound(self, probability: float, drift: float = 0.0, *, upper: bool = True) -> float:
        """Return the z above (or below) which the next look stands with that probability.

        Infinite where the probability is too small to be spent at all, and at the other end
        where fewer than that arrive.
        """
        sign = 1.0 if upper else -1.0
        if probability < special.ndtr(1.0 - REACH):
            return sign * inf
        if self._tail(-sign * inf, drift, sign) <= probability:
            return -sign * inf
        middle = drift * sqrt(self.fractions[self.looks])

        def over(z: float) -> float:
            return self._tail(z, drift, sign) - probability

        return float(brentq(over, middle - REACH, middle + REACH, xtol=1e-11))

    def step(self, lower: float, upper: float) -> None:
        """Pass the next look: those outside (lower, upper) leave, the others go on."""
        k = self.looks
        t = self.fractions
        reach = REACH + self.drifts * sqrt(t[k])
        nodes, weights = _grid(max(lower, -reach), min(upper, reach), self._narrowest())
        if k == 0:
            log_density = -(nodes**2) / 2 - _ROOT
        else:
            gap = t[k] - t[k - 1]
            apart = (sqrt(t[k]) * nodes[:, None] - sqrt(t[k - 1]) * self._nodes) / sqrt(gap)
            terms = self._log_mass - apart**2 / 2
            log_density = special.logsumexp(terms, axis=1) - _ROOT + np.log(t[k] / gap) / 2
        with np.errstate(divide="ignore"):  # an empty continuation region has no mass
            self._log_mass = log_density + np.log(weights)
        self._nodes = nodes
        self.looks += 1

    def _narrowest(self) -> float:
        """Return the smallest scale, in z, of the density here and of the step that follows."""
        k, t = self.looks, self.fractions
        scale = sqrt((t[k] - t[k - 1]) / t[k]) if k else 1.0
        return min(scale, sqrt((t[k + 1] - t[k]) / t[k])) if k + 1 < len(t) else scale

    def _tail(self, bound: float, drift: float, sign: float) -> float:
        k, t = self.looks, self.fractions
        before = t[k - 1] if k else 0.0
        tilt = drift * sqrt(before) * self._nodes - drift**2 * before / 2
        mass = np.exp(self._log_mass + tilt)
        if not isfinite(bound):
            return float(mass.sum()) if sign * bound < 0 else 0.0
        gap = t[k] - before
        apart = bound * sqrt(t[k]) - self._nodes * sqrt(before) - drift * gap
        return float(mass @ special.ndtr(-sign * apart / sqrt(gap)))


def _grid(lower: float, upper: float, scale: float) -> tuple[Floats, Floats]:
    """Return the nodes and weights of Gauss–Legendre panels that resolve features of `scale`."""
    if upper <= lower:
        return np.array([lower]), np.zeros(1)
    panels = max(2, ceil((upper - lower) / (_WIDTH * scale)))
    half = (upper - lower) / panels / 2
    middles = lower + half * (2 * np.arange(panels) + 1)
    return (middles[:, None] + half * _NODES).ravel(), np.tile(half * _WEIGHTS, panels)
