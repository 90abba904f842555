"""The slope on a score that is itself a noisy mean: naive, corrected by moments, by halves.

A store-month's NPS is the truth plus the noise of who happened to answer. Within a store the noise
is mostly all there is, so that the plain slope is a small part of the true one. The noise's
variance is known, answer by answer: taking its expected share out of the sum of squares gives back
the slope (Fuller 1987), whatever the distribution of the truth. Two random halves of the answers
do the same without any variance, each the other's instrument; the correction is what their slope
is on average over all splits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from npsstats.linkage.ratio import Ratio, between_clusters, over_time, ratio
from npsstats.linkage.within import Within, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scale_moments import ScaleMoments

    type Grid = NDArray[np.float64]
    type Errors = Literal["cluster", "driscoll-kraay"]

__all__ = [
    "STRENGTH",
    "Moments",
    "NoisyScore",
    "corrected_moments",
    "dependent",
    "halves_moments",
    "signal_weights",
]

_LEAN = 30
_APART = 2.58  # in t: 1 % of panels of independent answers

STRENGTH = 5.0
"""A slope is not identified where the reliability is less than so many of its own errors."""


@dataclass(frozen=True, eq=False)
class NoisyScore:
    """Means of answers on the grid of a panel, with their noise.

    Attributes
    ----------
    n
        Shape (S, T): answers.
    mean
        Shape (S, T), points; anything where n = 0.
    variance
        Shape (S, T): unbiased variance of one answer, points², NaN where n < 2.
    half_n, half_mean
        Shape (2, S, T): the same of two random halves, or None.
    """

    n: NDArray[np.int64]
    mean: Grid
    variance: Grid
    half_n: NDArray[np.int64] | None = None
    half_mean: Grid | None = None

    @classmethod
    def of(cls, moments: ScaleMoments) -> NoisyScore:
        """Return the score of a panel's question: `panel.score`, or `panel.scale("csat")`."""
        return cls(moments.n, moments.mean, moments.variance, moments.half_n, moments.half_mean)

    def shifted(self, lag: int) -> NoisyScore:
        """Return the score of `lag` periods before (after, where negative) at each place."""
        return NoisyScore(
            _shift(self.n, lag, 0),
            _shift(self.mean, lag, np.nan),
            _shift(self.variance, lag, np.nan),
            None if self.half_n is None else _shift(self.half_n, lag, 0),
            None if self.half_mean is None else _shift(self.half_mean, lag, np.nan),
        )

    def noise(self) -> Grid:
        """Return the sampling variance of each mean, shape (S, T), points².

        A cell of one answer has no variance of its own: it takes its store's, or the network's;
        NaN where no cell has two answers, and nothing tells noise from movement.
        """
        answers = np.maximum(self.n, 1)
        known = np.isfinite(self.variance) & (self.n > 1)
        freedom = np.where(known, self.n - 1, 0)
        total = np.where(known, self.variance, 0) * freedom
        whole = total.sum() / freedom.sum() if freedom.any() else nan
        of_store = freedom.sum(axis=1)
        pooled = np.where(of_store > 0, total.sum(axis=1) / np.maximum(of_store, 1), whole)
        return np.where(known, self.variance, pooled[:, None]) / answers

    def pooled_noise(self) -> Grid:
        """Return the sampling variance of each mean from its store's pooled variance, (S, T).

        For a likelihood: a cell whose few answers agree is not thereby exact. Stores with few
        answers lean on the network's variance.
        """
        known = np.isfinite(self.variance) & (self.n > 1)
        freedom = np.where(known, self.n - 1, 0)
        total = np.where(known, self.variance, 0) * freedom
        whole = total.sum() / freedom.sum() if freedom.any() else nan
        of_store = (total.sum(axis=1) + _LEAN * whole) / (freedom.sum(axis=1) + _LEAN)
        return np.asarray(of_store[:, None] / np.maximum(self.n, 1))


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of a slope, row by row, so that they add up by store or by period.

    Attributes
    ----------
    effects
        What was absorbed.
    cross, square, noise
        Shape (S, T): score times outcome, score squared, and the noise expected in the latter,
        all of residuals and weighted.
    """

    effects: Within
    cross: Grid
    square: Grid
    noise: Grid

    @property
    def reliability(self) -> float:
        """Share of the score's variance within stores that is not noise."""
        return 1 - float(self.noise.sum() / self.square.sum())

    def slope(self, level: float, *, errors: Errors = "cluster", lags: int | None = None) -> Ratio:
        """Return the slope of the outcome on the true score.

        Parameters
        ----------
        level
            Of the limits.
        errors
            `cluster`: stores are independent of each other; `driscoll-kraay`: they may move
            together, within the memory of the kernel.
        lags
            Of the kernel.
        """
        parts = np.stack([self.cross, self.square - self.noise])
        if errors == "cluster":
            return ratio(*between_clusters(parts.sum(axis=2)), level)
        seen = self.effects.used.any(axis=0)
        return ratio(*over_time(parts.sum(axis=1)[:, seen], lags), level)

    def share(self, level: float) -> Ratio:
        """Return the reliability with its limits."""
        parts = np.stack([self.square - self.noise, self.square]).sum(axis=2)
        return ratio(*between_clusters(parts), level)

    def sureness(self) -> float:
        """Return the reliability over its own error, clustered by store: see `Ratio.sureness`."""
        return self.share(0.95).sureness

    def naive(self) -> Moments:
        """Return the sums of one who takes scores for truth."""
        return Moments(self.effects, self.cross, self.square, np.zeros_like(self.noise))


def corrected_moments(
    outcome: Grid,
    score: NoisyScore,
    controls: Sequence[Grid] = (),
    weights: Grid | None = None,
) -> Moments:
    """Return the sums of the slope of `outcome` on the true value behind `score`.

    Parameters
    ----------
    outcome
        Shape (S, T), NaN where there is none.
    score
        At the same places: shift it first.
    controls
        Each of shape (S, T); rows where one is missing are left out.
    weights
        Shape (S,); see `signal_weights`.

    References
    ----------
    Fuller (1987), Measurement Error Models, ch. 3. Griliches & Hausman (1986), J. Econometrics 31,
    93–118, on noise within panels.

    Notes
    -----
    With M the residual maker of effects and controls, x'Mx of observed scores exceeds that of
    true ones by Σ M_rr v_r in expectation, v the unbiased variances of the means: exactly, in
    samples of any size, also where v depends on the truth.
    """
    usable = np.isfinite(outcome) & (score.n > 0)
    for control in controls:
        usable = usable & np.isfinite(control)
    effects = within(usable, controls, weights)
    x, y = effects.residual(score.mean), effects.residual(outcome)
    by = effects.weights[:, None]
    noise = np.where(effects.used, score.noise(), 0.0)
    return Moments(effects, by * x * y, by * x * x, by * effects.entries() * noise)


def halves_moments(
    outcome: Grid,
    score: NoisyScore,
    controls: Sequence[Grid] = (),
    weights: Grid | None = None,
) -> Moments:
    """Return the sums of the slope with each half of the answers the other's instrument.

    Arguments as for `corrected_moments`; cells where a half is empty are left out.

    Raises
    ------
    ValueError
        If the score has no halves.
    """
    if score.half_n is None or score.half_mean is None:
        raise ValueError("the score has no halves")
    usable = np.isfinite(outcome) & (score.half_n > 0).all(axis=0)
    for control in controls:
        usable = usable & np.isfinite(control)
    effects = within(usable, controls, weights)
    first, second = (effects.residual(half) for half in score.half_mean)
    y = effects.residual(outcome)
    by = effects.weights[:, None]
    return Moments(
        effects,
        by * (first + second) / 2 * y,
        by * ((first + second) / 2) ** 2,
        by * ((first - second) / 2) ** 2,
    )


def dependent(
    outcome: Grid,
    score: NoisyScore,
    controls: Sequence[Grid] = (),
    weights: Grid | None = None,
) -> bool:
    """Tell whether answers depend on each other, so that their variances mislead.

    Customers who answer several times, in one period or in several, are all in one half: what the
    halves have in common is free of their noise, and what the variances leave is not. Where both
    are right they differ by chance alone; this is a test of that, at 1 %, stores being independent.
    Arguments as for `corrected_moments`.
    """
    if score.half_n is None or score.half_mean is None:
        return False
    both = np.where((score.half_n > 0).all(axis=0), outcome, np.nan)
    halves = halves_moments(both, score, controls, weights)
    whole = corrected_moments(both, score, controls, weights)
    apart = (whole.square - whole.noise - halves.square + halves.noise).sum(axis=1)
    (total, _), covariance, df = between_clusters(np.stack([apart, apart]))
    spread = float(covariance[0, 0])
    return df > 0 and spread > 0 and abs(float(total)) > _APART * sqrt(spread)


def signal_weights(outcome: Grid, score: NoisyScore, controls: Sequence[Grid] = ()) -> Grid:
    """Return weights of stores: the expected reliability of a store's scores within itself.

    The efficient weights of a slope on a noisy regressor are proportional to its reliability.
    Here n/(n + κ), n the harmonic mean of the store's answers a period and κ the answers at which
    half of the movement is signal. They read numbers of answers only: weights that read a store's
    own variances would favour the stores whose noise is underestimated, and bias the slope.

    Returns
    -------
    Grid
        Shape (S,), of mean 1.
    """
    plain = corrected_moments(outcome, score, controls)
    used = plain.effects.used
    answers = np.where(used, score.n, 1)
    rows = used.sum(axis=1)
    harmonic = rows / np.maximum(np.where(used, 1 / answers, 0.0).sum(axis=1), 1e-12)
    one = float((np.where(used, score.noise(), 0.0) * answers).sum() / max(rows.sum(), 1))
    signal = float((plain.square - plain.noise).sum() / max(plain.effects.entries().sum(), 1e-12))
    if not np.isfinite(one):
        return np.ones(len(rows))
    # beyond 500 answers for one half the weights are as good as proportional to n
    half = one / max(signal, one / 500) if one > 0 else 0.0
    weights = np.where(rows > 0, harmonic / np.maximum(harmonic + half, 1e-12), 1.0)
    return np.asarray(weights / weights[rows > 0].mean()) if (rows > 0).any() else weights


def _shift[T: np.generic](values: NDArray[T], lag: int, empty: float) -> NDArray[T]:
    """Return `values` moved `lag` places along the last axis."""
    moved = np.full_like(values, empty)
    if lag > 0:
        moved[..., lag:] = values[..., :-lag]
    elif lag < 0:
        moved[..., :lag] = values[..., -lag:]
    else:
        moved[...] = values
    return moved
