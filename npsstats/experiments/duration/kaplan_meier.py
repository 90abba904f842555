"""Survival curves from counts a day: estimate, variance, limits, influence.

References
----------
Kaplan, E. L. & Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA
53(282), 457–481.
Kalbfleisch, J. D. & Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd
ed., equations 1.12 (Greenwood) and 1.14 (log-log limits).
Nair, V. N. (1984). Confidence bands for survival functions with censored data: a comparative
study. Technometrics 26(3), 265–275 (equal-precision bands, equation 2.8 for their level).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Curve", "band_quantile", "curve_influence", "kaplan_meier", "survival_limits"]

_WIDEST = 500.0  # on the log-log scale, where limits are 0 and 1 to all digits


class Curve(NamedTuple):
    """A survival curve on a grid of days, each (…, days).

    Attributes
    ----------
    survival
        Share without an event after each day.
    growth
        Greenwood's sum Σ d / (Y (Y − d)): the variance of log survival; 0 once nobody is left.
    known
        Whether the curve is known there: somebody was still followed, or nobody was left.
    """

    survival: Floats
    growth: Floats
    known: NDArray[np.bool_]

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error."""
        return self.survival * np.sqrt(self.growth)


def kaplan_meier(events: Floats, at_risk: Floats) -> Curve:
    """Return the curves of events and units at risk a day, (…, days)."""
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    survival = np.cumprod(1 - hazard, axis=-1)
    left = at_risk - events
    terms = np.divide(hazard, left, out=np.zeros_like(hazard), where=left > 0)
    return Curve(survival, np.cumsum(terms, axis=-1), (at_risk > 0) | (survival == 0))


def survival_limits(
    survival: Floats, std_error: Floats, at_risk: Floats, z: Floats | float
) -> tuple[Floats, Floats]:
    """Return limits on the log(−log) scale.

    Where the estimate is 1 or 0 that scale has no limits, and those of a share of `at_risk` units
    are given: (1 − level)/2 is the chance of seeing nothing at the farther one.
    """
    none, every = survival >= 1, survival <= 0
    inner = np.where(none | every, 0.5, survival)
    spread = std_error / (inner * np.log(inner))
    wide = np.minimum(z * np.abs(spread), _WIDEST)
    lower, upper = inner ** np.exp(wide), inner ** np.exp(-wide)
    far = np.exp(special.log_ndtr(-np.asarray(z, dtype=float)) / np.maximum(at_risk, 1))
    lower = np.where(none, far, np.where(every, 0.0, lower))
    upper = np.where(none, 1.0, np.where(every, 1 - far, upper))
    return lower, upper


def band_quantile(curve: Curve, n: float, level: float) -> float:
    """Return the z whose limits hold for the whole of one curve at once (equal precision).

    It holds from the first event to the last day at which the curve has a finite variance.

    Parameters
    ----------
    curve
        Of one arm, (days,).
    n
        Units of the arm.
    level
        Of the band.

    Returns
    -------
    float
        NaN where fewer than two days have an event.
    """
    inner = (curve.survival < 1) & (curve.survival > 0) & (curve.growth > 0)
    if not inner.any():
        return float("nan")
    part = n * curve.growth[inner] / (1 + n * curve.growth[inner])
    first, last = float(part.min()), float(part.max())
    if last <= first:
        return float("nan")
    reach = np.log(last * (1 - first) / (first * (1 - last)))

    def beyond(z: float) -> float:
        density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
        return float(4 * density / z + density * (z - 1 / z) * reach - (1 - level))

    return (
        float(brentq(beyond, 1.0, 40.0))
        if beyond(1.0) > 0
        else float(special.ndtri((1 + level) / 2))
    )


def curve_influence(
    events: Floats, at_risk: Floats, arm_events: Floats, arm_at_risk: Floats
) -> Floats:
    """Return what each group of units adds to log survival, day by day.

    The infinitesimal jackknife: the derivative of log S by the weight of the group's units. Its
    squares, summed over single units, are Greenwood's sum.

    Parameters
    ----------
    events, at_risk
        Of groups of units of one arm, (groups, days).
    arm_events, arm_at_risk
        Of the arm, (days,).

    Returns
    -------
    array
        Shape (groups, days): increments; their running sum is the influence on log S.
    """
    left = arm_at_risk - arm_events
    stay = np.divide(at_risk - events, left, out=np.zeros_like(events), where=left > 0)
    there = np.divide(at_risk, arm_at_risk, out=np.zeros_like(events), where=left > 0)
    return stay - there
