"""Slopes on a noisy score at several lags and leads at once, corrected together.

The lead is the placebo: next month's score cannot move this month's growth. But where scores are
noisy and true scores last, a lead stands in for what noise hides of the lag, and the naive placebo
cries wolf. The noise of one store-month enters the regressors of different rows, a row as lag and
another as lead; the residual maker links the two, so both expectations are taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.within import Within, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.corrected import NoisyScore

    type Grid = NDArray[np.float64]

__all__ = ["LagSlopes", "lag_slopes"]


@dataclass(frozen=True, eq=False)
class LagSlopes:
    """Slopes on the true score at each lag.

    Attributes
    ----------
    lags
        As asked; negative ones are leads.
    estimate
        Shape (K,): outcome for one point.
    covariance
        Shape (K, K), stores being independent.
    df
        Stores less one.
    strength
        Smallest t with which the movement of any combination of the true scores is told from
        none: below 5 the slopes are not identified.
    effects
        What was absorbed.
    """

    lags: tuple[int, ...]
    estimate: Grid
    covariance: Grid
    df: int
    strength: float
    effects: Within


def lag_slopes(
    outcome: Grid,
    score: NoisyScore,
    lags: Sequence[int],
    controls: Sequence[Grid] = (),
    weights: Grid | None = None,
    *,
    corrected: bool = True,
) -> LagSlopes:
    """Regress `outcome` on the true score at several lags together.

    Parameters
    ----------
    outcome
        Shape (S, T), NaN where there is none.
    score
        Unshifted.
    lags
        In periods before the outcome; negative: after. Rows where any is missing are left out.
    controls, weights
        As for `corrected_moments`.
    corrected
        False gives what scores taken for truth would.

    References
    ----------
    Fuller (1987), Measurement Error Models, ch. 3; Griliches & Hausman (1986), J. Econometrics 31.
    """
    shifted = [score.shifted(lag) for lag in lags]
    usable = np.isfinite(outcome)
    for one in shifted:
        usable = usable & (one.n > 0)
    for control in controls:
        usable = usable & np.isfinite(control)
    effects = within(usable, controls, weights)
    by = effects.weights
    x = np.stack([effects.residual(one.mean) for one in shifted])
    y = effects.residual(outcome)
    cross = np.einsum("s,kst,st->sk", by, x, y)
    square = np.einsum("s,jst,kst->sjk", by, x, x)
    if corrected:
        for j, first in enumerate(lags):
            noise = np.where(effects.used, shifted[j].noise(), 0.0)
            for k, second in enumerate(lags):
                shared = effects.entries(second - first) * noise
                square[:, j, k] -= by * shared.sum(axis=1)
        square = (square + square.transpose(0, 2, 1)) / 2
    total = square.sum(axis=0)
    inverse = np.linalg.pinv(total, hermitian=True)
    estimate = inverse @ cross.sum(axis=0)
    scores = cross - square @ estimate
    stores = int(effects.used.any(axis=1).sum())
    small = stores / max(stores - 1, 1)
    covariance = small * inverse @ (scores.T @ scores) @ inverse
    return LagSlopes(
        tuple(lags), estimate, covariance, stores - 1, _strength(square, total, small), effects
    )


def _strength(square: Grid, total: Grid, small: float) -> float:
    """Return t of the direction in which the true scores move least."""
    values, directions = np.linalg.eigh(total)
    least = directions[:, 0]
    parts = np.einsum("sjk,j,k->s", square, least, least)
    spread = np.sqrt(small * ((parts - parts.mean()) ** 2).sum())
    return float(values[0] / spread) if spread > 0 else float("inf")
