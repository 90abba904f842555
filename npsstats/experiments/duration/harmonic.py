"""Sums over l = 0 … d − 1 of 1/(x − l), of its square, and of log(x − l), at any x ≥ d.

Differences of digamma, trigamma and log-gamma lose all their digits once x is much larger than d;
there the asymptotic series of the same functions about half-integers takes over.

References
----------
NIST Digital Library of Mathematical Functions, §5.11 and §5.15, with shifted argument:
ψ(z + ½) ~ ln z + 1/(24 z²) − 7/(960 z⁴), and its integral and derivative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["inverse_squares", "inverses", "logs"]

_FAR = 100.0  # from here on the first term left out is below 1e-14


def inverses(x: Floats, d: Floats) -> Floats:
    """Return Σ 1/(x − l)."""
    u, v = x + 0.5, x - d + 0.5
    near = special.digamma(np.minimum(x, d + _FAR) + 1) - special.digamma(
        np.minimum(x - d, _FAR) + 1
    )
    tail = (u**-2 - v**-2) / 24 - 7 / 960 * (u**-4 - v**-4)
    return np.where(v > _FAR, -np.log1p(-d / u) + tail, near)


def inverse_squares(x: Floats, d: Floats) -> Floats:
    """Return Σ 1/(x − l)²."""
    u, v = x + 0.5, x - d + 0.5
    near = special.polygamma(1, np.minimum(x - d, _FAR) + 1) - special.polygamma(
        1, np.minimum(x, d + _FAR) + 1
    )
    tail = -(v**-3 - u**-3) / 12 + 7 / 240 * (v**-5 - u**-5)
    return np.where(v > _FAR, d / (u * v) + tail, near)


def logs(x: Floats, d: Floats) -> Floats:
    """Return Σ log(x − l)."""
    u, v = x + 0.5, x - d + 0.5
    near = special.gammaln(np.minimum(x, d + _FAR) + 1) - special.gammaln(
        np.minimum(x - d, _FAR) + 1
    )
    tail = -(1 / u - 1 / v) / 24 + 7 / 2880 * (u**-3 - v**-3)
    return np.where(v > _FAR, d * np.log(u) - v * np.log1p(-d / u) - d + tail, near)
