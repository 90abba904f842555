"""The complier effect as a ratio of two normal differences, the first stage above 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.effects import Effect

__all__ = ["normal_ratio"]

_DRAWS = 20_000
_LEAST = 0.01  # of the draws, with a first stage above 0, for them to say anything
_METHOD = "Bayes: normal means, flat priors, first stage above 0"


def normal_ratio(cells: Sequence[ArmMoments], base: Effect, seed: int) -> Effect:
    """Return the posterior of ITT / first stage as a row.

    Each arm's two means are bivariate t about what was seen, scaled as variances over n are; the
    draws whose first stage is not above 0 are left out (monotonicity). The estimate is the median:
    the mean of a ratio need not exist, so there is no standard error either.

    Parameters
    ----------
    cells
        Treatment and control, each one cell of (outcome, received) with at least two units.
    base
        What the row shares with the others.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for cell in cells:
        n = int(cell.n[0])
        values, vectors = np.linalg.eigh(cell.scatter[0] / n / (n - 1))
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        scale = np.sqrt((n - 1) / rng.chisquare(n - 1, (_DRAWS, 1)))
        drawn.append(cell.mean[0] + scale * (rng.standard_normal((_DRAWS, 2)) @ root.T))
    delta = drawn[0] - drawn[1]
    delta = delta[delta[:, 1] > 0]
    row = replace(base, method=_METHOD)
    if len(delta) < _LEAST * _DRAWS or not np.ptp(delta[:, 0]) > 0:
        return row
    ratio = delta[:, 0] / delta[:, 1]
    tail = (1 - base.level) / 2
    lower, middle, upper = (float(value) for value in np.quantile(ratio, [tail, 0.5, 1 - tail]))
    # draws cannot tell 0 or 1 from a little less
    above = float(np.clip((ratio > 0).mean(), 0.5 / len(ratio), 1 - 0.5 / len(ratio)))
    return replace(row, estimate=middle, lower=lower, upper=upper, probability=above)
