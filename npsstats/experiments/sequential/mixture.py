"""Bounds that hold at every moment at once, by mixing over effects of either sign.

With g = c m / m*, where m grows like the units and m* is its value at the planned end, the mixture
of likelihood ratios over normal effects is

    E = exp(z² g / (2 (1 + g))) / √(1 + g),

an e-value: without an effect, the chance that it ever reaches 1/α is at most α. Held against the
bound at every moment, it gives a sequence of intervals. c makes the interval narrowest at m*.

References
----------
Robbins, H. (1970). Statistical methods related to the law of the iterated logarithm. Annals of
Mathematical Statistics 41(5), 1397–1409.
Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. & Ramdas, A. (2024). Time-uniform central
limit theory and asymptotic confidence sequences. Annals of Statistics 52(6), 2613–2640 (theorem
2.2: the sequence with an estimated variance; appendix B.2: the choice of ρ, with ρ² t = g here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["log_e_value", "radius", "tuning"]


def tuning(alpha: float) -> float:
    """Return c: the g at which the bound on |z| is lowest.

    Examples
    --------
    >>> round(tuning(0.05), 3), round(float(radius(tuning(0.05), 0.05)), 3)
    (8.212, 3.035)
    """
    return float(-special.lambertw(-(alpha**2) / np.e, -1).real - 1)


def radius(g: ArrayLike, alpha: float) -> Floats:
    """Return the bound on |z| at g, whatever its shape; infinite at g = 0."""
    grown = np.asarray(g, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt((1 + 1 / grown) * (np.log1p(grown) - 2 * np.log(alpha))))


def log_e_value(z: ArrayLike, g: ArrayLike) -> Floats:
    """Return the logarithm of the e-value against no effect."""
    grown = np.asarray(g, dtype=float)
    return np.asarray(np.asarray(z) ** 2 * grown / (1 + grown) - np.log1p(grown)) / 2
