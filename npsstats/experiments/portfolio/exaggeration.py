"""How much a significant estimate exaggerates, and how often its sign is wrong.

References
----------
Gelman, A. & Carlin, J. (2014). Beyond power calculations: assessing type S (sign) and type M
(magnitude) errors. Perspectives on Psychological Science 9(6), 641–651.
Lu, J., Qiu, Y. & Deng, A. (2019). A note on type S/M errors in hypothesis testing. British Journal
of Mathematical and Statistical Psychology 72(1), 1–17 (closed forms).
van Zwet, E. W. & Cator, E. A. (2021). The significance filter, the winner's curse and the need to
shrink. Statistica Neerlandica 75(4), 437–452.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Exaggeration", "exaggeration", "expected_exaggeration"]

_NODES = 400
_REACH = 9.0


class Exaggeration(NamedTuple):
    """Of estimates that are significant.

    Attributes
    ----------
    power
        How often an estimate is significant.
    sign
        Share of the significant ones that have the wrong sign (type S).
    magnitude
        How many times too large they are on average (type M).
    """

    power: float
    sign: float
    magnitude: float


def exaggeration(effect: float, std_error: float, alpha: float = 0.05) -> Exaggeration:
    """Return the errors of significant estimates of one true effect.

    Parameters
    ----------
    effect
        The true effect, not 0.
    std_error
        Of its estimate.
    alpha
        Two-sided.

    Examples
    --------
    >>> [round(part, 3) for part in exaggeration(2.0, 8.1)]
    [0.057, 0.24, 9.537]
    """
    checks.number("std_error", std_error, low=1e-300)
    z = -float(special.ndtri(checks.fraction("alpha", alpha) / 2))
    ratio = abs(checks.number("effect", effect)) / std_error
    if not ratio:
        return Exaggeration(alpha, 0.5, np.inf)
    right, wrong = float(special.ndtr(ratio - z)), float(special.ndtr(-ratio - z))
    power = right + wrong
    size = float(_density(z - ratio) + _density(z + ratio)) + ratio * (right - wrong)
    return Exaggeration(power, wrong / power, size / power / ratio)


def expected_exaggeration(
    weights: ArrayLike, means: ArrayLike, sds: ArrayLike, std_error: float, alpha: float = 0.05
) -> Exaggeration:
    """Return the errors of significant estimates when effects come from a mixture of normals.

    Magnitude is what significant estimates claim over what is true in the direction claimed, both
    summed over experiments: the factor by which a portfolio of winners disappoints.

    Parameters
    ----------
    weights, means, sds
        Of the mixture's parts, shape (parts,).
    std_error
        Of the estimate.
    alpha
        Two-sided.
    """
    z = -float(special.ndtri(checks.fraction("alpha", alpha) / 2)) * std_error
    w, m, sd = (np.asarray(part, dtype=float) for part in (weights, means, sds))
    spread = np.sqrt(sd**2 + std_error**2)
    x, step = np.polynomial.legendre.leggauss(_NODES)
    power = wrong = claimed = true = 0.0
    for side in (1.0, -1.0):
        centre = side * m[:, None]
        end = np.maximum(centre + _REACH * spread[:, None], z)
        y = z + (end - z) * (1 + x) / 2  # the estimate, in the direction claimed
        density = _density((y - centre) / spread[:, None]) / spread[:, None]
        mass = w[:, None] * density * step * (end - z) / 2
        keep = (sd**2 / spread**2)[:, None]
        effect = centre + keep * (y - centre)
        left = np.sqrt(keep) * std_error
        power += float(mass.sum())
        claimed += float((mass * y).sum())
        true += float((mass * effect).sum())
        with np.errstate(divide="ignore"):
            wrong += float((mass * special.ndtr(-effect / np.maximum(left, 1e-300))).sum())
    return Exaggeration(power, wrong / power, claimed / true if true > 0 else np.inf)


def _density(x: ArrayLike) -> Floats:
    return np.asarray(np.exp(-(np.asarray(x) ** 2) / 2) / np.sqrt(2 * np.pi))
