"""The placebo of growth: a score given after it, with the score before it held constant.

What follows cannot have caused what went before. Scores last, though: next period's score
resembles last period's, which may well go with growth. So both are in the regression, and both are
noisy, with noises that meet: the answers of one period are the score before one growth and the
score after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.corrected import Moments, NoisyScore
from npsstats.linkage.within import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["placebo_moments"]


def placebo_moments(
    outcome: Grid,
    score: NoisyScore,
    controls: Sequence[Grid] = (),
    weights: Grid | None = None,
    *,
    lag: int = 1,
    lead: int = 1,
    corrected: bool = True,
) -> Moments:
    """Return the sums of the slope of growth on a later score, an earlier one held constant.

    Parameters
    ----------
    outcome
        Shape (S, T): growth, NaN where there is none.
    score
        As it was given, not shifted.
    controls, weights
        As for `corrected_moments`.
    lag, lead
        Periods from the earlier score to the growth, and from the growth to the later one.
    corrected
        Take the expected noise out of the sums of squares, the common noise included.

    Notes
    -----
    With A the sums of scores times growth and B those of scores times scores (noise taken out),
    both additive over stores, the slope on the later score solves a − βb = 0 for

        a = A₂ − B₂₁α − g(A₁ − B₁₁α),   b = B₂₂ − 2g B₁₂ + g² B₁₁,   α = A₁/B₁₁, g = B₁₂/B₁₁.

    α and g may be taken as known: to first order errors in them cancel (the sums are orthogonal
    to both), so that the limits of one regressor serve.
    """
    before, after = score.shifted(lag), score.shifted(-lead)
    used = np.isfinite(outcome) & (before.n > 0) & (after.n > 0)
    for control in controls:
        used = used & np.isfinite(control)
    effects = within(used, controls, weights)
    used = effects.used
    by = effects.weights[:, None]
    first, second = effects.residual(before.mean), effects.residual(after.mean)
    grown = effects.residual(outcome)
    noise = np.zeros((3, *used.shape))
    if corrected:
        one, two = (np.where(used, side.noise(), 0.0) for side in (before, after))
        # answers that are "before" of this row are "after" of the row lag + lead earlier
        shared = effects.entries(-(lag + lead)) * one
        noise = by * np.stack([effects.entries() * one, shared, effects.entries() * two])
    products = by * np.stack([first * first, first * second, second * second])
    to_growth = by * np.stack([first * grown, second * grown])
    inner = products - noise
    own = inner.sum(axis=(1, 2))
    if own[0] == 0:
        return Moments(effects, *np.zeros((3, *used.shape)))
    alpha, g = to_growth[0].sum() / own[0], own[1] / own[0]
    cross = to_growth[1] - inner[1] * alpha - g * (to_growth[0] - inner[0] * alpha)
    mix = np.array([g * g, -2 * g, 1.0])
    square, taken = (np.einsum("k,kst->st", mix, parts) for parts in (products, noise))
    return Moments(effects, cross, square, taken)
