"""Assurance: the probability of success when the effect itself is uncertain.

Power is the probability of success if the effect is just as planned. Averaged over what is
believed of the effect before, it is what a trial can be expected to do.

References
----------
O'Hagan, A., Stevens, J. W. & Campbell, M. J. (2005). Assurance in clinical trial design.
Pharmaceutical Statistics 4(3), 187–201 (section 2: the normal case in closed form).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats import checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Prior", "prior_of"]

_REACH = 8.0  # standard deviations of the prior that are added up
_PANELS = 400  # so narrow that even a test that never errs steps between two of them
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_NEAR = 1e-9  # how close to an impossible effect one may come


@dataclass(frozen=True)
class Prior:
    """What is believed of the effect: normal, or log-normal for a ratio.

    Attributes
    ----------
    mean
        Of the effect; for a ratio its median.
    sd
        In the effect's unit; for a ratio that of its logarithm.
    ratio
        The effect is a ratio.
    """

    mean: float
    sd: float
    ratio: bool = False

    def expect(self, chance: Callable[[Floats], Floats], bounds: tuple[float, float]) -> float:
        """Return the mean of a function of the effect; beyond its bounds it is as at them."""
        middles = _REACH * (2 * np.arange(_PANELS) + 1) / _PANELS - _REACH
        half = _REACH / _PANELS
        at = (middles[:, None] + half * _NODES).ravel()
        weight = np.tile(_WEIGHTS, _PANELS) * np.exp(-(at**2) / 2)
        effect = self.mean * np.exp(self.sd * at) if self.ratio else self.mean + self.sd * at
        low = bounds[0] + _NEAR * abs(bounds[0]) if isfinite(bounds[0]) else -np.inf
        high = bounds[1] - _NEAR * abs(bounds[1]) if isfinite(bounds[1]) else np.inf
        value = chance(np.clip(effect, low, high))
        return float(value @ weight / weight.sum())

    def above(self, effect: float) -> float:
        """Return the probability of an effect above `effect`."""
        if self.ratio:
            if effect <= 0:
                return 1.0
            return float(special.ndtr((log(self.mean) - log(effect)) / self.sd))
        return float(special.ndtr((self.mean - effect) / self.sd))

    def outside(self, bounds: tuple[float, float]) -> float:
        """Return the probability of effects that there cannot be."""
        return 1 - self.above(bounds[0]) + self.above(bounds[1])


def prior_of(
    mean: float | None, sd: float | None, effect: float | None, *, ratio: bool
) -> Prior | None:
    """Return the prior that the arguments of `design` describe; None without any."""
    if sd is None:
        if mean is not None:
            raise checks.InputError(
                "`prior_sd` is needed beside `prior_mean`: how unsure the effect is, such as half "
                "of it."
            )
        return None
    checks.number("prior_sd", sd, low=0)
    if not sd:
        raise checks.InputError("`prior_sd` must be above 0: for a sure effect, read the power.")
    centre = effect if mean is None else mean
    if centre is None:
        raise checks.InputError("`prior_mean` is needed where no `effect` is stated.")
    checks.number("prior_mean", centre)
    if ratio and centre <= 0:
        raise checks.InputError(f"`prior_mean` is a hazard ratio above 0, got {centre:g}.")
    return Prior(float(centre), float(sd), ratio)
