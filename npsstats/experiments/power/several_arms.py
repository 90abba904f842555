"""Several treatments against one control: what each comparison may err.

References
----------
Dunnett, C. W. (1955). A multiple comparison procedure for comparing several treatments with a
control. JASA 50(272), 1096–1121.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

__all__ = ["alpha_each"]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(96)


def alpha_each(alpha: float, treatments: int, ratio: float, sides: int, adjust: str) -> float:
    """Return the error of one comparison that keeps that of all of them at `alpha`.

    Parameters
    ----------
    alpha
        Probability that any of the comparisons errs where no treatment does anything.
    treatments
        How many are compared with the control.
    ratio
        Units of each treatment for one of the control: estimates share the control's noise, and
        correlate by ratio/(1 + ratio).
    sides
        1 or 2.
    adjust
        "dunnett" (uses that correlation, large samples), "bonferroni" or "none".

    Examples
    --------
    >>> round(alpha_each(0.05, 2, 1.0, 2, "dunnett"), 4)
    0.027
    """
    if treatments == 1 or adjust == "none":
        return alpha
    if adjust == "bonferroni":
        return alpha / treatments
    root = np.sqrt(ratio / (1 + ratio))
    rest = np.sqrt(1 / (1 + ratio))
    shared = root * _NODES

    def missed(z: float) -> float:
        one = special.ndtr((z + shared) / rest)
        if sides == 2:
            one = one - special.ndtr((-z + shared) / rest)
        return float(one**treatments @ _WEIGHTS / np.sqrt(2 * np.pi)) - (1 - alpha)

    low, high = -special.ndtri(alpha / sides), -special.ndtri(alpha / sides / treatments)
    z = optimize.brentq(missed, low - 1e-6, high + 1e-6, xtol=1e-10)
    return float(sides * special.ndtr(-z))
