"""Limits of a difference of two shares, treatment − control, many pairs at once.

statsmodels has the same intervals for one pair (`confint_proportions_2indep`); calibration needs
thousands, and arms without events.

References
----------
Miettinen, O. & Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine
4(2), 213–226 (section 2 and appendix I: the likeliest shares at a given difference).
Mee, R. W. (1984). Confidence bounds for the difference between two probabilities. Biometrics
40(4), 1175–1176 (without the factor N/(N − 1)).
Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
comparison of eleven methods. Statistics in Medicine 17(8), 873–890 (method 10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats.estimation.limits import normal_quantile
from npsstats.estimation.neighbours.proportions import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.binary.pairs import Pairs

    Floats = NDArray[np.float64]

__all__ = [
    "Limits",
    "miettinen_nurminen",
    "newcombe",
    "score_p_value",
    "std_error",
    "two_sided",
    "wald",
    "wald_p_value",
    "wilson_limits",
]

_STEP = 1e-10  # in shares


class Limits(NamedTuple):
    """Lower and upper limits, each (pairs,)."""

    lower: Floats
    upper: Floats


def two_sided(z: Floats | float) -> Floats:
    """Return the two-sided p of normal statistics, never 0: it is not, only too small to hold."""
    return np.asarray(np.maximum(2 * special.ndtr(-np.abs(z)), np.finfo(float).tiny))


def wilson_limits(events: Floats, n: Floats, level: float) -> Limits:
    """Return Wilson's limits of one share a row."""
    frame = wilson(events, n, level=level).frame
    return Limits(frame["lower"].to_numpy(), frame["upper"].to_numpy())


def std_error(pairs: Pairs) -> Floats:
    """Return the unpooled standard error of the difference."""
    p, q = pairs.treatment, pairs.control
    return np.sqrt(p * (1 - p) / pairs.n_treatment + q * (1 - q) / pairs.n_control)


def wald(pairs: Pairs, level: float) -> Limits:
    """Return difference ± z × the unpooled standard error."""
    apart, half = pairs.treatment - pairs.control, normal_quantile(level) * std_error(pairs)
    return Limits(apart - half, apart + half)


def wald_p_value(pairs: Pairs) -> Floats:
    """Return the two-sided p of Wald's statistic, NaN where its standard error is 0."""
    se = std_error(pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = two_sided((pairs.treatment - pairs.control) / se)
    return np.where(se > 0, p_value, np.nan)


def newcombe(pairs: Pairs, level: float) -> Limits:
    """Return Newcombe's hybrid score limits, from Wilson's limits of each share."""
    p, q = pairs.treatment, pairs.control
    one = wilson_limits(pairs.events_treatment, pairs.n_treatment, level)
    two = wilson_limits(pairs.events_control, pairs.n_control, level)
    return Limits(
        p - q - np.hypot(p - one.lower, two.upper - q),
        p - q + np.hypot(one.upper - p, q - two.lower),
    )


def miettinen_nurminen(pairs: Pairs, level: float, *, corrected: bool = True) -> Limits:
    """Return the differences that the score test does not reject.

    With the variance × N/(N − 1) when `corrected`; without it they are those of Mee (1984).
    """
    z = normal_quantile(level)
    apart = pairs.treatment - pairs.control
    ends = np.full(len(apart), -1.0), np.full(len(apart), 1.0)
    factor = np.ones(len(apart))
    if corrected:
        total = pairs.n_treatment + pairs.n_control
        factor = np.sqrt(total / (total - 1))

    def limit(low: Floats, high: Floats, z: float) -> Floats:
        def excess(delta: Floats, row: NDArray[np.intp]) -> Floats:
            rows = type(pairs)(*(part[row] for part in pairs))
            return _excess(delta, rows, z * factor[row])

        found = find_root(excess, (low, high), args=(np.arange(len(low)),))
        return np.where(found.success, found.x, ends[0] if z > 0 else ends[1])

    # where each arm is all of one kind the statistic is 0 at the estimate itself, which is no
    # limit: the search stops a step short of it
    lower = limit(ends[0], np.maximum(apart - _STEP, -1.0), z)
    upper = limit(np.minimum(apart + _STEP, 1.0), ends[1], -z)
    return Limits(np.where(apart <= -1, -1.0, lower), np.where(apart >= 1, 1.0, upper))


def score_p_value(pairs: Pairs, *, corrected: bool = True) -> Floats:
    """Return the two-sided p of the score test of no difference, (pairs,).

    Pearson's chi-square, times (N − 1)/N when `corrected`: then it is below 1 − level exactly
    where the Miettinen–Nurminen interval leaves out 0. Two arms without events, or without
    anything else, have p = 1.
    """
    total = pairs.n_treatment + pairs.n_control
    pooled = (pairs.events_treatment + pairs.events_control) / total
    variance = pooled * (1 - pooled) * (1 / pairs.n_treatment + 1 / pairs.n_control)
    if corrected:
        variance = variance * total / (total - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (pairs.treatment - pairs.control) / np.sqrt(variance)
    return np.where(variance > 0, two_sided(z), 1.0)


def _excess(delta: Floats, pairs: Pairs, z: Floats) -> Floats:
    """Return d̂ − δ − z × its standard error at δ, which falls as δ grows."""
    control = _likeliest_control(delta, pairs)
    treatment = np.clip(control + delta, 0.0, 1.0)
    variance = treatment * (1 - treatment) / pairs.n_treatment
    variance += control * (1 - control) / pairs.n_control
    return pairs.treatment - pairs.control - delta - z * np.sqrt(variance)


def _likeliest_control(delta: Floats, pairs: Pairs) -> Floats:
    """Return the control share that is likeliest at a difference: the middle root of a cubic."""
    x1, n1, x0, n0 = pairs
    total, events = n1 + n0, x1 + x0
    # the coefficients of the appendix, divided by those of the cube
    second = ((n1 + 2 * n0) * delta - total - events) / (3 * total)
    first = ((n0 * delta - total - 2 * x0) * delta + events) / (3 * total)
    none = x0 * delta * (1 - delta) / total
    q = second**3 - 1.5 * first * second + none / 2
    p = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum(second**2 - first, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(p != 0, q / p**3, 0.0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    share = 2 * p * np.cos(angle) - second
    return np.clip(share, np.maximum(0.0, -delta), np.minimum(1.0, 1 - delta))
