"""Correlation of two true store means, from noisy means with known sampling covariances.

Observed scatter between stores is true scatter plus chance; the mean of the stores' sampling
(co)variances is taken off, moment by moment. Two questions answered by the same customers share
chance, so their covariance is corrected too: otherwise noise itself would correlate.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things. Am. J. Psychology.
DerSimonian, R. & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clin. Trials 7(3).
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
    "bootstrapped",
    "correlation_weights",
    "disattenuated",
    "true_moments",
]

_BLOCK = 250  # bootstrap samples at a time
_UNSURE = 0.025  # share of samples without true variance at which nothing is identified


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
    """Return moments from weights and (where stores repeat) sums of squared weights, (B, G)."""
    onto = (pair.group[:, None] == np.arange(pair.group.max() + 1)).astype(float)
    total = weight @ onto
    safe = np.where(total > 0, total, 1.0)
    spread = total - square @ onto / safe  # of each group
    size = spread.sum(axis=1)

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
        signal = max(float(true[0]), 0.05 * float(np.mean(v)))
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
    """A correlation of true means with its interval, beside the observed one."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    level: float
    identified: bool
    observed: float
    reliability_first: float
    reliability_second: float


def disattenuated(
    pair: Pair,
    size_x: Floats,
    size_y: Floats,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Disattenuated:
    """Return the correlation of the true means of a pair, with a bootstrap interval."""
    weight = correlation_weights(pair, size_x, size_y)
    found = true_moments(pair, weight[None, :])
    drawn = bootstrapped(pair, weight, draws, rng).correlation
    tails = [(1 - level) / 2, (1 + level) / 2]
    known = drawn[np.isfinite(drawn)]
    identified = bool(np.isfinite(found.correlation[0])) and len(known) >= (1 - _UNSURE) * draws
    low, high = np.clip(np.quantile(known, tails), -1, 1) if identified else (-1.0, 1.0)
    return Disattenuated(
        float(found.correlation[0]) if identified else float("nan"),
        float(known.std(ddof=1)) if identified else float("nan"),
        float(low),
        float(high),
        level,
        identified,
        float(found.observed[0]),
        max(float(found.xx[0] / found.seen_xx[0]), 0.0),
        max(float(found.yy[0] / found.seen_yy[0]), 0.0),
    )
