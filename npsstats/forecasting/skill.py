"""How much better than a reference, and how surely: origins overlap, so errors do too.

Skill is 1 − score/score of the reference on the same forecasts. Its error comes from how the
difference of the two moves from origin to origin, all series of an origin together, since a month
that surprises one store surprises its neighbours. Forecasts from neighbouring origins share the
periods that they are about: the long-run variance is estimated from the difference's slowest
cosines, and the t distribution has as many degrees of freedom as there are cosines. So few
origins give wide limits instead of wrong ones.

References
----------
Diebold & Mariano (1995). Comparing predictive accuracy. JBES 13, 253–263.
Lazarus, Lewis, Stock & Watson (2018). HAR inference: recommendations for practice. JBES 36,
541–559 (equally weighted cosines; their number).
Coroneo & Iacone (2020). Comparing predictive accuracy in small samples using fixed-smoothing
asymptotics. Journal of Applied Econometrics 35, 391–409 (why not the usual normal law).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    type Grid = NDArray[np.float64]

__all__ = ["LEAST_ORIGINS", "Skill", "ratio", "skill"]

LEAST_ORIGINS = 3


@dataclass(frozen=True)
class Skill:
    """A share of the reference's score that was saved.

    Attributes
    ----------
    estimate
        1 − score/reference: 1 is perfect, 0 as good as the reference, below 0 worse.
    std_error, lower, upper, level
        Its error and limits, the upper one not above 1; NaN with fewer than three origins.
    df
        Degrees of freedom of the t distribution.
    n
        Forecasts compared.
    origins
        Origins they were made at.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    level: float
    df: int
    n: int
    origins: int


def skill(
    scores: ArrayLike, reference: ArrayLike, *, overlap: float = 1.0, level: float = 0.95
) -> Skill:
    """Return the skill of a forecast against a reference with the error that overlap allows.

    Parameters
    ----------
    scores, reference
        (origins, …) scores of the same forecasts, origins in order, NaN where there is none.
    overlap
        Origins over which forecasts share periods: the horizon divided by the step between
        origins.
    level
        Of the limits, in (0, 1).

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> found = skill([2.0, 1.0, 2.0, 1.0, 2.0], [4.0, 2.0, 3.0, 2.0, 5.0])
    >>> round(found.estimate, 2), found.df, found.n
    (0.5, 1, 5)
    """
    level = checks.fraction("level", level)
    own, other = (np.asarray(part, dtype=float) for part in (scores, reference))
    if own.shape != other.shape or own.ndim == 0:
        raise InputError(f"`reference` must have the shape {own.shape}, got {other.shape}.")
    both = np.isfinite(own) & np.isfinite(other)
    rest = tuple(range(1, own.ndim))
    used = both.any(axis=rest)
    totals = np.stack([np.where(both, part, 0.0).sum(axis=rest)[used] for part in (own, other)])
    if not used.any() or totals[1].sum() <= 0:
        return Skill(nan, nan, nan, nan, level, 0, int(both.sum()), int(used.sum()))
    estimate, error, df = ratio(totals[0], totals[1], max(overlap, 1.0))
    reach = stats.t.ppf((1 + level) / 2, df) * error if df else nan
    return Skill(
        1 - estimate,
        error,
        1 - estimate - reach,
        min(1 - estimate + reach, 1.0) if df else nan,
        level,
        df,
        int(both.sum()),
        int(used.sum()),
    )


def ratio(own: Grid, other: Grid, overlap: float) -> tuple[float, float, int]:
    """Return a ratio of totals over origins, its standard error and degrees of freedom.

    With counts for `other` it is a mean, such as a coverage.
    """
    size = len(own)
    found = float(own.sum() / other.sum())
    if size < LEAST_ORIGINS:
        return found, nan, 0
    moves = (own - found * other) / other.mean()
    df = max(int(min(0.4 * size ** (2 / 3), size / (1.5 * overlap))), 1)
    place = (np.arange(size) + 0.5) / size
    waves = np.sqrt(2 / size) * np.cos(np.pi * np.outer(np.arange(1, df + 1), place))
    longrun = float(((waves @ moves) ** 2).mean())
    return found, float(np.sqrt(longrun / size)), df
