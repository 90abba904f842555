"""Proper scores of forecasts: how far, how sure and how rightly sure; smaller is better.

What is scored is the distribution that draws come from, not the draws: so the default estimator
of the CRPS is the fair one, which does not punish a forecast for being told in few draws, and can
be set beside the closed form of a normal forecast. The plug-in estimator scores the draws
themselves, as if they were the forecast; it exceeds the fair one by E|X − X'|/(2D).

References
----------
Gneiting & Raftery (2007). Strictly proper scoring rules, prediction, and estimation. JASA 102,
359–378: CRPS, eqs. 20–21; interval score, eq. 43.
Ferro (2014). Fair scores for ensemble forecasts. QJRMS 140, 1917–1923.
Bracher, Ray, Gneiting & Reich (2021). Evaluating epidemic forecasts in an interval format. PLoS
Computational Biology 17, e1008618: eqs. 1–2.
Czado, Gneiting & Held (2009). Predictive model assessment for count data. Biometrics 65,
1254–1261: the PIT where values come in steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats import checks
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    type Grid = NDArray[np.float64]

__all__ = [
    "PROBABILITIES",
    "Rank",
    "covered",
    "crps",
    "crps_normal",
    "interval_score",
    "log_score_normal",
    "pit",
    "weighted_interval_score",
]

PROBABILITIES = (
    *(0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    *(0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99),
)
"""Quantiles that the weighted interval score is made of: the median and eleven intervals."""


class Rank(NamedTuple):
    """Where a value stands among the draws, as the share of a uniform law it may take.

    Attributes
    ----------
    lower, upper
        In [0, 1]; further apart where draws equal the value, as with the scores of few answers.
    """

    lower: Grid
    upper: Grid


def crps(draws: ArrayLike, values: ArrayLike, *, axis: int = 1, fair: bool = True) -> Grid:
    """Return the continuous ranked probability score of draws, in the values' unit.

    Parameters
    ----------
    draws
        (S, D, H), or any shape that has the draws on `axis`.
    values
        (S, H), the shape of the draws without `axis`; NaN where nothing came.
    axis
        Of the draws.
    fair
        Estimate the score of the distribution behind the draws (2 draws at least) instead of
        that of the draws themselves.

    Returns
    -------
    array
        (S, H); NaN where a value or a draw is.

    Examples
    --------
    >>> draws = [[[0.0], [10.0], [20.0]]]
    >>> crps(draws, [[10.0]]), crps(draws, [[10.0]], fair=False).round(2)
    (array([[0.]]), array([[2.22]]))
    """
    each, came = _aligned(draws, values, axis)
    if fair and each.shape[-1] < 2:
        raise InputError("`draws` must be 2 or more for the fair CRPS. Write fair=False for one.")
    return _crps_sorted(np.sort(each, axis=-1), came, fair=fair)


def crps_normal(mean: ArrayLike, sd: ArrayLike, values: ArrayLike) -> Grid:
    """Return the CRPS of normal forecasts, in the values' unit; shapes broadcast.

    Parameters
    ----------
    mean, sd
        Of the forecasts; an sd of 0 is a forecast that is sure.
    values
        What came, NaN where nothing did.

    References
    ----------
    Gneiting, Raftery, Westveld & Goldman (2005). Calibrated probabilistic forecasting. Monthly
    Weather Review 133, 1098–1118: eq. 5.

    Examples
    --------
    >>> crps_normal(0.0, 1.0, [0.0, 1.0]).round(4)
    array([0.2337, 0.6024])
    """
    far = np.asarray(values, dtype=float) - np.asarray(mean, dtype=float)
    width = _positive("sd", sd)
    z = far / np.where(width > 0, width, 1.0)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    score = width * (z * (2 * special.ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return np.asarray(np.where(width > 0, score, np.abs(far)))


def log_score_normal(mean: ArrayLike, sd: ArrayLike, values: ArrayLike) -> Grid:
    """Return minus the log density of normal forecasts; shapes broadcast.

    Parameters
    ----------
    mean, sd, values
        As for `crps_normal`, an sd above 0. Of draws: −`Predictive.log_density`.

    Examples
    --------
    >>> log_score_normal(0.0, 1.0, [0.0, 1.0]).round(3)
    array([0.919, 1.419])
    """
    width = _positive("sd", sd)
    if (width == 0).any():
        raise InputError("`sd` must be above 0 for a log score: a density of 0 has no logarithm.")
    z = (np.asarray(values, dtype=float) - np.asarray(mean, dtype=float)) / width
    return np.asarray(0.5 * z**2 + np.log(width) + 0.5 * np.log(2 * np.pi))


def interval_score(lower: ArrayLike, upper: ArrayLike, values: ArrayLike, level: float) -> Grid:
    """Return the width of an interval and 2/(1 − level) times what the value misses it by.

    Parameters
    ----------
    lower, upper
        Limits of the central interval.
    values
        What came, NaN where nothing did.
    level
        Probability that the interval claims, in (0, 1).

    Raises
    ------
    InputError
        If a lower limit exceeds its upper one.

    Examples
    --------
    >>> interval_score(-10.0, 10.0, [0.0, 15.0], level=0.8)
    array([20., 70.])
    """
    alpha = 1 - checks.fraction("level", level)
    low, high, came = (np.asarray(part, dtype=float) for part in (lower, upper, values))
    if (low > high).any():
        raise InputError("`lower` must not exceed `upper`: the limits are exchanged somewhere.")
    missed = np.maximum(low - came, 0) + np.maximum(came - high, 0)
    return np.asarray(high - low + 2 / alpha * missed)


def weighted_interval_score(
    quantiles: ArrayLike, values: ArrayLike, probabilities: Sequence[float] = PROBABILITIES
) -> Grid:
    """Return the weighted interval score of quantiles, in the values' unit.

    With the paper's weights it is the mean pinball loss times 2, and nears the CRPS as quantiles
    become more.

    Parameters
    ----------
    quantiles
        (probabilities, …), as `Predictive.quantile` returns them.
    values
        What came, NaN where nothing did.
    probabilities
        Of the quantiles: .5 and pairs around it that add up to 1.

    Raises
    ------
    InputError
        If the probabilities do not mirror each other around the median.

    Examples
    --------
    >>> weighted_interval_score([[-10.0], [1.0], [10.0]], [4.0], (0.1, 0.5, 0.9)).round(3)
    array([2.333])
    """
    grid, came = np.asarray(quantiles, dtype=float), np.asarray(values, dtype=float)
    at = np.asarray(probabilities, dtype=float)
    order = np.argsort(at)
    if grid.shape[:1] != at.shape or len(at) % 2 == 0 or not _mirrored(at[order]):
        raise InputError(
            f"`probabilities` must be those of the {len(grid)} quantiles: 0.5 and pairs around it "
            f"that add up to 1, such as (0.1, 0.5, 0.9); got {tuple(probabilities)}."
        )
    share = at.reshape(-1, *(1,) * (grid.ndim - 1))
    far = came - grid
    return np.asarray(2 * np.maximum(share * far, (share - 1) * far).mean(axis=0))


def pit(draws: ArrayLike, values: ArrayLike, *, axis: int = 1) -> Rank:
    """Return the probability integral transform: where each value stands among its draws.

    Under a right forecast a value is one more draw, so that a point drawn evenly between `lower`
    and `upper` is uniform on (0, 1), however many draws there are and however many are equal.

    Parameters
    ----------
    draws, values, axis
        As for `crps`.

    Examples
    --------
    >>> pit([[[0.0], [10.0], [10.0], [20.0]]], [[10.0]])
    Rank(lower=array([[0.2]]), upper=array([[0.8]]))
    """
    each, came = _aligned(draws, values, axis)
    return _rank(each, came)


def covered(rank: Rank, level: float) -> Grid:
    """Return by how much a central interval holds the value: 0, 1, or a part where limits tie.

    The mean is `level` under a right forecast, also where values come in steps so wide that no
    interval of that level exists.

    Parameters
    ----------
    rank
        What `pit` returns.
    level
        Probability that the interval claims, in (0, 1).

    Examples
    --------
    >>> covered(pit([[[0.0], [10.0], [10.0], [20.0]]], [[10.0]]), 0.5).round(2)
    array([[0.83]])
    """
    edge = (1 - checks.fraction("level", level)) / 2
    low, high = (np.clip(side, edge, 1 - edge) for side in rank)
    return np.asarray((high - low) / (rank.upper - rank.lower))


def _crps_sorted(each: Grid, came: Grid, *, fair: bool) -> Grid:
    """Score draws sorted along the last axis."""
    size = each.shape[-1]
    far = np.abs(each - came[..., None]).mean(axis=-1)
    # half the mean distance of two draws, from their order: Σ (2i − D − 1) x₍ᵢ₎
    weight = 2 * np.arange(1, size + 1) - size - 1.0
    apart = each @ weight / (size * (size - 1 if fair else size))
    return np.asarray(far - apart)


def _rank(each: Grid, came: Grid) -> Rank:
    value = came[..., None]
    size = each.shape[-1] + 1
    known = np.isfinite(came) & np.isfinite(each).all(axis=-1)
    below = np.where(known, (each < value).sum(axis=-1), np.nan)
    upto = np.where(known, (each <= value).sum(axis=-1), np.nan)
    return Rank(np.asarray(below / size), np.asarray((upto + 1) / size))


def _aligned(draws: ArrayLike, values: ArrayLike, axis: int) -> tuple[Grid, Grid]:
    """Return draws with their axis last, and the values."""
    given, came = np.asarray(draws, dtype=float), np.asarray(values, dtype=float)
    rest = given.shape[:axis] + given.shape[axis:][1:]
    if not -given.ndim <= axis < given.ndim or given.size == 0 or rest != came.shape:
        raise InputError(
            f"`values` must have the shape of `draws` without its axis {axis}, got {came.shape} "
            f"beside {given.shape}."
        )
    return np.moveaxis(given, axis, -1), came


def _positive(name: str, given: ArrayLike) -> Grid:
    values = np.asarray(given, dtype=float)
    if (values < 0).any():
        raise InputError(f"`{name}` must not be negative, got {values[values < 0][0]:g}.")
    return values


def _mirrored(ordered: Grid) -> bool:
    inside = bool(((ordered > 0) & (ordered < 1)).all() and (np.diff(ordered) > 0).all())
    return inside and bool(np.allclose(ordered + ordered[::-1], 1))
