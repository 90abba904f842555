"""Limits of a ratio of two shares, and of their odds, treatment over control, many pairs at once.

A ratio's interval carries the noise of its denominator: none of these divides the interval of a
difference by a constant.

References
----------
Donner, A. & Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean
and standard deviation. Statistical Methods in Medical Research 21(4), 347–359 (section 2: MOVER-R,
the limits of a ratio from those of its parts).
Katz, D. et al. (1978). Obtaining confidence intervals for the risk ratio in cohort studies.
Biometrics 34(3), 469–474 (log).
Miettinen & Nurminen (1985), as in `differences` (section 3.3: the score interval of odds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize.elementwise import find_root

from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.binary.differences import Limits, two_sided, wilson_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.binary.pairs import Pairs

    Floats = NDArray[np.float64]

__all__ = [
    "log_odds_std_error",
    "log_ratio",
    "log_ratio_std_error",
    "mover_ratio",
    "normal_p_value",
    "odds_ratio",
    "odds_score",
    "risk_ratio",
]

_LOG_END = 40.0  # of an odds ratio, where it is looked for
_FAR = 1e6  # a score statistic that is infinite


def risk_ratio(pairs: Pairs) -> Floats:
    """Return the ratio of shares, infinite over an empty control, NaN where both are 0."""
    return _over(pairs.treatment, pairs.control)


def odds_ratio(pairs: Pairs) -> Floats:
    """Return the ratio of odds, 0, infinite or NaN where an arm is all of one kind."""
    yes = pairs.events_treatment * (pairs.n_control - pairs.events_control)
    return _over(yes, pairs.events_control * (pairs.n_treatment - pairs.events_treatment))


def log_ratio_std_error(pairs: Pairs) -> Floats:
    """Return the standard error of the log risk ratio, NaN where an arm has no events."""
    with np.errstate(divide="ignore"):
        variance = 1 / pairs.events_treatment - 1 / pairs.n_treatment
        variance += 1 / pairs.events_control - 1 / pairs.n_control
    return np.sqrt(np.where(np.isfinite(variance), np.maximum(variance, 0.0), np.nan))


def log_ratio(pairs: Pairs, level: float) -> Limits:
    """Return exp(log ratio ± z·se), NaN where an arm has no events."""
    factor = np.exp(normal_quantile(level) * log_ratio_std_error(pairs))
    ratio = risk_ratio(pairs)
    return Limits(ratio / factor, ratio * factor)


def log_odds_std_error(pairs: Pairs) -> Floats:
    """Return the standard error of the log odds ratio, NaN where an arm is all of one kind."""
    with np.errstate(divide="ignore"):
        variance = 1 / pairs.events_treatment + 1 / (pairs.n_treatment - pairs.events_treatment)
        variance += 1 / pairs.events_control + 1 / (pairs.n_control - pairs.events_control)
    return np.sqrt(np.where(np.isfinite(variance), variance, np.nan))


def normal_p_value(estimate: float, se: float) -> float:
    """Return the two-sided p of estimate over standard error, NaN where there is none."""
    return float(two_sided(estimate / se)) if se > 0 else np.nan


def mover_ratio(pairs: Pairs, level: float) -> Limits:
    """Return MOVER-R limits of the risk ratio, from Wilson's limits of each share.

    With l, u of treatment (1) and control (0), P = l₁(2p₁ − l₁) and Q = u₀(2p₀ − u₀), the lower
    limit is (p₁p₀ − √(p₁²p₀² − PQ))/Q = P/(p₁p₀ + √(…)), which also holds where Q is 0.
    """
    p, q = pairs.treatment, pairs.control
    one = wilson_limits(pairs.events_treatment, pairs.n_treatment, level)
    two = wilson_limits(pairs.events_control, pairs.n_control, level)
    low = one.lower * (2 * p - one.lower)
    high = two.upper * (2 * q - two.upper)
    bottom = p * q + np.sqrt(np.maximum((p * q) ** 2 - low * high, 0.0))
    lower = np.where(pairs.events_treatment == 0, 0.0, low / np.where(bottom > 0, bottom, 1.0))
    low = two.lower * (2 * q - two.lower)
    high = one.upper * (2 * p - one.upper)
    top = p * q + np.sqrt(np.maximum((p * q) ** 2 - low * high, 0.0))
    none = pairs.events_control == 0
    return Limits(lower, np.where(none, np.inf, top / np.where(none, 1.0, low)))


def odds_score(pairs: Pairs, level: float) -> Limits:
    """Return the odds ratios that the score test with variance × N/(N − 1) does not reject."""
    z = normal_quantile(level)
    x1, n1, x0, n0 = pairs
    lower, upper = _odds_limit(pairs, z), _odds_limit(pairs, -z)
    return Limits(
        np.where((x1 == 0) | (x0 == n0), 0.0, lower),
        np.where((x1 == n1) | (x0 == 0), np.inf, upper),
    )


def _odds_limit(pairs: Pairs, z: float) -> Floats:
    """Return the odds ratio at which the score statistic is z; 0 or ∞ where it never is."""
    rows = len(pairs.n_control)

    def excess(log_odds: Floats, row: NDArray[np.intp]) -> Floats:
        return _odds_statistic(log_odds, type(pairs)(*(part[row] for part in pairs))) - z

    ends = np.full(rows, -_LOG_END), np.full(rows, _LOG_END)
    found = find_root(excess, ends, args=(np.arange(rows),))
    return np.where(found.success, np.exp(found.x), 0.0 if z > 0 else np.inf)


def _odds_statistic(log_odds: Floats, pairs: Pairs) -> Floats:
    """Return the score statistic at an odds ratio; it falls as the ratio grows."""
    x1, n1, x0, n0 = pairs
    total, ratio = n1 + n0, np.exp(log_odds)
    # a share near 1 keeps its digits in the share of the others, whose odds ratio is the inverse
    yes = _likeliest_at_odds(ratio, n1, n0, x1 + x0)
    no = _likeliest_at_odds(1 / ratio, n1, n0, total - x1 - x0)
    treated_yes, treated_no = yes * ratio / (no + yes * ratio), no / (no + yes * ratio)
    apart = np.where(2 * x1 > n1, n1 * treated_no - (n1 - x1), x1 - n1 * treated_yes)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = 1 / (n1 * treated_yes * treated_no) + 1 / (n0 * yes * no)
        statistic = apart * np.sqrt(spread * (total - 1) / total)
    # NaN where neither arm has events, or neither has anything else: nothing is rejected
    return np.clip(np.where(np.isnan(statistic), 0.0, statistic), -_FAR, _FAR)


def _likeliest_at_odds(ratio: Floats, n1: Floats, n0: Floats, events: Floats) -> Floats:
    """Return the control share that is likeliest at an odds ratio, by the root that is stable."""
    b = n1 * ratio + n0 - events * (ratio - 1)
    root = np.sqrt(np.maximum(b**2 + 4 * n0 * (ratio - 1) * events, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b > 0, 2 * events / (b + root), (root - b) / (2 * n0 * (ratio - 1)))


def _over(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / bottom)
