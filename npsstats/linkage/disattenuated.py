"""Correlation of two true store means, from noisy means with known sampling covariances.

Observed scatter between stores is true scatter plus chance; the mean of the stores' sampling
(co)variances is taken off, moment by moment. Two questions answered by the same customers share
chance, so their covariance is corrected too: otherwise noise itself would correlate.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things. Am. J. Psychology.
DerSimonian, R. & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clin. Trials 7(3).
Efron, B. (1987). Better bootstrap confidence intervals. J. Am. Stat. Assoc. 82, 171–185.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Disattenuated",
    "Moments",
    "Pair",
    "accelerated",
    "bootstrapped",
    "correlation_weights",
    "disattenuated",
    "true_moments",
]

_BLOCK = 250  # bootstrap samples at a time
_UNSURE = 0.025  # share of samples without true variance at which nothing is identified
_PARTS = 300  # of the stores for the jackknife
_SINGLE = 1e-12  # of the weight: less than that within groups is rounding


class Pair(NamedTuple):
    """G stores: two observed means, their sampling variances and covariance, and their group.

    Stores are compared within groups (0 … K−1), such as countries.
    """

    x: Floats
    y: Floats
    vx: Floats
    vy: Floats
    cxy: Floats
    group: NDArray[np.intp]


class Moments(NamedTuple):
    """Between stores: true variances and covariance, and those observed; each (B,) or a number."""

    xx: Floats
    yy: Floats
    xy: Floats
    seen_xx: Floats
    seen_yy: Floats
    seen_xy: Floats

    @property
    def correlation(self) -> Floats:
        """Of the true means; NaN where a true variance is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            r = self.xy / np.sqrt(self.xx * self.yy)
            return np.where((self.xx > 0) & (self.yy > 0), r, np.nan)

    @property
    def observed(self) -> Floats:
        """Of the observed means."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.seen_xy / np.sqrt(self.seen_xx * self.seen_yy))


def true_moments(pair: Pair, weight: Floats) -> Moments:
    """Return moments between stores, for each row of weights.

    Parameters
    ----------
    pair
        The stores.
    weight
        (B, G) weights that do not depend on the means; multiples stand for repeated stores, so
        that `weight` is a store's weight times how often it is drawn.
    """
    return _moments(pair, weight, weight**2)


def _moments(pair: Pair, weight: Floats, square: Floats) -> Moments:
    """Return moments from weights and (where stores repeat) sums of squared weights, (B, G).

    NaN where no group has two different stores to compare.
    """
    onto = (pair.group[:, None] == np.arange(pair.group.max() + 1)).astype(float)
    total = weight @ onto
    safe = np.where(total > 0, total, 1.0)
    spread = total - square @ onto / safe  # of each group
    size = spread.sum(axis=1)
    size = np.where(size > _SINGLE * total.sum(axis=1), size, np.nan)

    def scatter(a: Floats, b: Floats) -> Floats:
        mean = (weight @ (a[:, None] * onto)) * (weight @ (b[:, None] * onto)) / safe
        return np.asarray((weight @ (a * b) - mean.sum(axis=1)) / size)

    def chance(v: Floats) -> Floats:
        off = (square @ (v[:, None] * onto) / safe).sum(axis=1)
        return np.asarray((weight @ v - off) / size)

    center_x, center_y = pair.x - pair.x.mean(), pair.y - pair.y.mean()
    seen = scatter(center_x, center_x), scatter(center_y, center_y), scatter(center_x, center_y)
    noise = chance(pair.vx), chance(pair.vy), chance(pair.cxy)
    xx, yy, xy = (s - c for s, c in zip(seen, noise, strict=True))
    return Moments(xx, yy, xy, *seen)


def correlation_weights(pair: Pair, size_x: Floats, size_y: Floats) -> Floats:
    """Return weights of the stores, (G,): more for those whose means are known better.

    Parameters
    ----------
    pair
        The stores.
    size_x, size_y
        (G,) answers behind each mean: weights must follow from these alone, since a store's own
        sampling variance goes with its mean.
    """
    even = np.ones((1, len(pair.x)))
    found = true_moments(pair, even)
    weight = np.ones(len(pair.x))
    for true, v, size in ((found.xx, pair.vx, size_x), (found.yy, pair.vy, size_y)):
        noise = float(np.average(v * size)) / size
        signal = max(float(np.nan_to_num(true[0])), 0.05 * float(np.mean(v)))
        if signal > 0:  # else nothing moves, and no store is known better than another
            weight = weight / np.sqrt(signal + noise)
    return weight / weight.mean()


def bootstrapped(pair: Pair, weight: Floats, draws: int, rng: np.random.Generator) -> Moments:
    """Return moments of samples of stores drawn with replacement within groups, (draws,)."""
    g = len(pair.x)
    places = [np.flatnonzero(pair.group == k) for k in range(int(pair.group.max()) + 1)]
    parts = []
    for first in range(0, draws, _BLOCK):
        rows = min(_BLOCK, draws - first)
        times = np.zeros((rows, g))
        for place in places:
            even = np.full(len(place), 1 / len(place))
            times[:, place] = rng.multinomial(len(place), even, rows)
        parts.append(_moments(pair, times * weight, times * weight**2))
    return Moments(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class Disattenuated(NamedTuple):
    """A correlation of true means with its interval, beside the observed one.

    `beyond` tells that the moments gave more than 1, or less than −1.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    level: float
    identified: bool
    observed: float
    reliability_first: float
    reliability_second: float
    beyond: bool


def disattenuated(
    pair: Pair,
    size_x: Floats,
    size_y: Floats,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Disattenuated:
    """Return the correlation of the true means of a pair, with a BCa bootstrap interval.

    The estimate is that of the moments held within −1 and 1; so are the limits.
    """
    weight = correlation_weights(pair, size_x, size_y)
    found = true_moments(pair, weight[None, :])
    drawn = bootstrapped(pair, weight, draws, rng).correlation
    known = drawn[np.isfinite(drawn)]
    raw = float(found.correlation[0])
    identified = bool(np.isfinite(raw)) and len(known) >= (1 - _UNSURE) * draws
    low, high = -1.0, 1.0
    if identified:
        # stores left out one by one, or, where they are many, in so many parts
        parts = min(len(pair.x), _PARTS)
        left = np.arange(len(pair.x)) % parts != np.arange(parts)[:, None]
        without = true_moments(pair, weight * left).correlation
        low, high = np.clip(accelerated(raw, known, without, level), -1, 1)
    return Disattenuated(
        min(max(raw, -1.0), 1.0) if identified else float("nan"),
        float(known.std(ddof=1)) if identified else float("nan"),
        float(low),
        float(high),
        level,
        identified,
        float(found.observed[0]),
        _share(found.xx, found.seen_xx),
        _share(found.yy, found.seen_yy),
        abs(raw) > 1,
    )


def accelerated(estimate: float, drawn: Floats, without: Floats, level: float) -> Floats:
    """Return the two limits of the BCa interval: percentiles shifted for bias and skewness.

    Parameters
    ----------
    estimate
        Of all stores.
    drawn
        Of bootstrap samples.
    without
        Of all stores but one (or a part of them), each left out in turn; NaN where not defined.
    level
        Of the interval.

    References
    ----------
    Efron (1987); Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 14.3.
    """
    from scipy import stats

    below = (np.sum(drawn < estimate) + 0.5 * np.sum(drawn == estimate)) / len(drawn)
    least = 1 / (len(drawn) + 1)
    bias = stats.norm.ppf(np.clip(below, least, 1 - least))
    apart = np.nanmean(without) - without[np.isfinite(without)]
    spread = float((apart**2).sum())
    skewness = float((apart**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    tails = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    bent = 1 - skewness * tails
    # beyond the pole of the transformation only the extreme sample is left
    moved = np.where(bent > 0, bias + tails / np.where(bent > 0, bent, 1.0), np.sign(tails) * 9)
    return np.asarray(np.quantile(drawn, stats.norm.cdf(moved)))


def _share(true: Floats, seen: Floats) -> float:
    """Return the share of the observed variance that is true, 0 where nothing varies."""
    return max(float(true[0] / seen[0]), 0.0) if seen[0] > 0 else 0.0
