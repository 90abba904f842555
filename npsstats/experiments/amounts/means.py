"""Two means with what is unsure about them: difference, ratio, and the Bayesian reading.

References
----------
Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
variances are involved. Biometrika 34, 28–35.
Fieller, E. C. (1954). Some problems in interval estimation. JRSS B 16(2), 175–185.
Box, G. E. P. & Tiao, G. C. (1973). Bayesian Inference in Statistical Analysis, section 2.5.2
(Behrens–Fisher: the difference of two independent, shifted and scaled t).
Trefethen & Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56(3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

__all__ = ["Interval", "Mean", "Pair", "behrens_fisher", "difference", "fieller", "log_ratio"]

_NODES = 401
_TURNS = 60  # of the fixed point of a ratio's degrees of freedom


class Mean(NamedTuple):
    """An estimated mean, the variance of that estimate, and its degrees of freedom."""

    estimate: float
    variance: float
    df: float


class Pair(NamedTuple):
    """Two means; what they share is a further covariance, known without degrees of freedom."""

    treated: Mean
    control: Mean
    shared: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of treated, of control, of both

    @property
    def variance(self) -> float:
        """Variance of the difference."""
        one, two, both = self.shared
        return self.treated.variance + self.control.variance + _never_negative(one + two - 2 * both)

    def degrees(self, ratio: float = 1.0) -> float:
        """Return Satterthwaite's degrees of freedom of treated − ratio · control."""
        one, two, both = self.shared
        a, b = self.treated.variance, ratio**2 * self.control.variance
        total = a + b + one + ratio**2 * two - 2 * ratio * both
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.float64(a) ** 2 / self.treated.df + np.float64(b) ** 2 / self.control.df
            return float(np.float64(total) ** 2 / below)


class Interval(NamedTuple):
    """Estimate, standard error, limits, and the p-value or the probability of more than none."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    p: float


def difference(pair: Pair, level: float) -> Interval:
    """Return treated − control with Welch's interval and p-value; NaN where nothing varies."""
    delta = pair.treated.estimate - pair.control.estimate
    se, df = float(np.sqrt(pair.variance)), pair.degrees()
    if not se > 0:
        return Interval(delta, se, np.nan, np.nan, np.nan)
    t = float(special.stdtrit(df, (1 + level) / 2))
    p = 2 * float(special.stdtr(df, -abs(delta) / se))
    return Interval(delta, se, delta - t * se, delta + t * se, p)


def log_ratio(pair: Pair, level: float) -> Interval:
    """Return treated / control, its logarithm normal by the delta method (means above 0)."""
    up, down = pair.treated.estimate, pair.control.estimate
    if not (up > 0 and down > 0):
        return Interval(*_ratio(up, down), np.nan, np.nan, np.nan, np.nan)
    one, two, both = pair.shared
    alone = pair.treated.variance / up**2 + pair.control.variance / down**2
    shared = one / up**2 + two / down**2 - 2 * both / (up * down)
    se = float(np.sqrt(alone + _never_negative(shared)))
    if not se > 0:
        return Interval(up / down, se, np.nan, np.nan, np.nan)
    z, log = float(special.ndtri((1 + level) / 2)), float(np.log(up / down))
    lower, upper = np.exp([log - z * se, log + z * se])
    p = 2 * float(special.ndtr(-abs(log) / se))
    return Interval(up / down, se, float(lower), float(upper), p)


def _never_negative(variance: float) -> float:
    """Return a variance without what rounding took off below 0; NaN stays."""
    return 0.0 if variance < 0 else variance


def _ratio(up: float, down: float) -> tuple[float]:
    return (up / down if down > 0 else np.nan,)


def fieller(pair: Pair, level: float) -> Interval:
    """Return treated / control with the ratios that Welch's test keeps (treated = ratio · control).

    Where the control's own mean cannot be told from 0, every large ratio is kept: the limits are
    infinite. The p-value is that of the difference, as a ratio of 1 is a difference of 0.
    """
    up, down = pair.treated.estimate, pair.control.estimate
    base = difference(pair, level)
    log = log_ratio(pair, level)
    if not down > 0 or not base.std_error > 0:
        return Interval(log.estimate, log.std_error, np.nan, np.nan, np.nan)
    ends = [_kept(pair, level, upper=upper) for upper in (False, True)]
    if not np.isfinite(ends).all():
        ends = [-np.inf, np.inf]
    return Interval(up / down, log.std_error, ends[0], ends[1], base.p)


def _kept(pair: Pair, level: float, *, upper: bool) -> float:
    """Return the ratio at the end of those kept; its degrees of freedom are those at itself."""
    up, down = pair.treated.estimate, pair.control.estimate
    one, two, both = pair.shared
    ratio = up / down
    for _ in range(_TURNS):
        df = pair.degrees(ratio)
        t = float(special.stdtrit(df, (1 + level) / 2)) ** 2
        a = down**2 - t * (pair.control.variance + two)
        b = up * down - t * both
        c = up**2 - t * (pair.treated.variance + one)
        inside = b**2 - a * c
        if a <= 0 or inside < 0:
            return np.inf if upper else -np.inf
        before, ratio = ratio, (b + (1 if upper else -1) * np.sqrt(inside)) / a
        if abs(ratio - before) <= 1e-12 * abs(ratio):
            break
    return float(ratio)


def behrens_fisher(pair: Pair, level: float) -> Interval:
    """Return the posterior of the difference of two normal means under flat priors.

    Each mean is a scaled t about its estimate (priors uniform in mean and log sd); the law of
    their difference is integrated by the trapezoid rule over the better known of the two. What
    the two share widens both in proportion. `p` is P(difference > 0).
    """
    delta = pair.treated.estimate - pair.control.estimate
    own = pair.treated.variance + pair.control.variance
    if not own > 0 or not min(pair.treated.df, pair.control.df) > 0:
        return Interval(delta, np.nan, np.nan, np.nan, np.nan)
    wider = pair.variance / own
    parts = sorted((mean.variance * wider, mean.df) for mean in (pair.treated, pair.control))
    (small, small_df), (large, large_df) = parts
    place, weight = _t_nodes(small_df)
    step, scale = np.sqrt(small) * place, float(np.sqrt(large))

    def above(shift: float) -> float:
        return float(weight @ special.stdtr(large_df, (delta - shift + step) / scale))

    tail = (1 - level) / 2
    reach = scale * float(special.stdtrit(large_df, 1 - tail / 2))
    reach += float(np.sqrt(small) * special.stdtrit(small_df, 1 - tail / 2))
    # by symmetry one limit gives the other; both terms within their reach leave less than the tail
    upper = brentq(lambda shift: above(shift) - tail, delta, delta + reach, xtol=1e-12 * reach)
    sd = np.sqrt(sum(v * f / (f - 2) for v, f in parts)) if small_df > 2 < large_df else np.nan
    return Interval(delta, float(sd), 2 * delta - upper, upper, above(0.0))


def _t_nodes(df: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for the mean of a function over Student's t.

    With t = √df · sinh w the density is cosh^(−df) w: the trapezoid rule converges geometrically.
    """
    df = min(df, 1e12)
    end = float(np.arccosh(10 ** (17 / df))) if df < 1e6 else np.sqrt(2 * 17 * np.log(10) / df)
    w = np.linspace(-end, end, _NODES)
    weight = np.exp(-df * np.log(np.cosh(w))) if df < 1e6 else np.exp(-df * w**2 / 2)
    return np.sqrt(df) * np.sinh(w), weight / weight.sum()
