"""The exact likelihood of many series that share a path, and its slope in every hyperparameter.

A series is `y = c + u + f + e` over its periods: common path c with covariance C, own deviation u
with covariance U, flicker f, and sampling error e whose variance is known. Given c the series are
independent, so that what they say of c is the sum of their precisions: one T × T problem whatever
their number (Woodbury). Nothing is approximated but the normality of e.

References
----------
Rasmussen & Williams (2006). Gaussian processes for machine learning. MIT Press (equations 2.30,
5.9 and A.9: the likelihood, its gradient, the inversion lemma).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats.forecasting.hierarchical.covariances import common_covariance, own_covariance
from npsstats.forecasting.hierarchical.hyper import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.hierarchical.hyper import Hyper

    type Grid = NDArray[np.float64]
    type Stack = NDArray[np.float64]

__all__ = ["Observed", "Pieces", "common_path", "negative_log_posterior", "pieces_of"]

_STEP = 1e-4  # in logs, of the derivatives of the covariances


@dataclass(frozen=True, eq=False)
class Observed:
    """Values around their mean with the variance of their errors.

    Attributes
    ----------
    values
        (S, T), 0 where nothing was observed.
    noise
        (S, T) sampling variance, infinite where nothing was observed.
    centre
        What was taken off.
    season, scale
        Of the series.
    shift
        (T,) standard deviation of the one error that periods led over a change of questionnaire
        have in common; 0 elsewhere.
    """

    values: Grid
    noise: Grid
    centre: float
    season: int
    scale: float
    shift: Grid

    @property
    def length(self) -> int:
        """Periods."""
        return int(self.values.shape[1])

    def take(self, places: NDArray[np.int64] | slice) -> Observed:
        """Return some of the series."""
        return replace(self, values=self.values[places], noise=self.noise[places])

    def common(self, at: Mapping[str, float], ahead: int = 0) -> Grid:
        """Return the covariance of what all series share, over `ahead` more periods too.

        Shocks and the error of a bridge included: the latter is not of the score, but as common to
        all as the score's own moves.
        """
        covariance = common_covariance(at, self.length + ahead, self.season, self.scale)
        past = slice(0, self.length)
        covariance[past, past] += np.outer(self.shift, self.shift)
        return covariance


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the series say, given hyperparameters.

    Attributes
    ----------
    inverse
        (P, T, T) precision of the values of each different pattern of errors.
    pattern
        (S,) which of them is a series'.
    weighted
        (S, T) precision times values.
    precision, score
        (T, T) and (T,): sums over the series, what they say of the common path together.
    log_likelihood
        Were the common path zero.
    """

    inverse: Stack
    pattern: NDArray[np.int64]
    weighted: Grid
    precision: Grid
    score: Grid
    log_likelihood: float


def pieces_of(seen: Observed, own: Grid, flicker: float) -> Pieces:
    """Reduce the series to what the common path and the forecasts need.

    Parameters
    ----------
    seen
        S series of T periods.
    own
        (T, T) covariance of the own deviations.
    flicker
        Standard deviation of what a single period adds.
    """
    root = 1 / np.sqrt(seen.noise + flicker**2)  # 0 where nothing was observed
    # series with the same errors share a factorization: all do where values are exact and whole
    patterns, pattern = root, np.arange(len(root))
    if len(root) > 1 and (root == root[0]).all():
        patterns, pattern = root[:1], np.zeros_like(pattern)
    log_det, inverse = _inverse(patterns, own)
    if len(patterns) < len(pattern):
        weighted = np.empty_like(seen.values)
        for place in range(len(patterns)):
            rows = pattern == place
            weighted[rows] = seen.values[rows] @ inverse[place]
    else:
        weighted = np.einsum("sij,sj->si", inverse[pattern], seen.values)
    many = np.bincount(pattern, minlength=len(patterns)).astype(float)
    held = root > 0
    return Pieces(
        inverse,
        pattern,
        weighted,
        np.einsum("p,pij->ij", many, inverse),
        weighted.sum(axis=0),
        float(
            -0.5 * (seen.values * weighted).sum()
            - 0.5 * many @ log_det
            + np.log(root[held]).sum()
            - 0.5 * held.sum() * np.log(2 * np.pi)
        ),
    )


def _inverse(roots: Grid, own: Grid) -> tuple[Grid, Stack]:
    """Return log determinants (P,) and precisions (P, T, T) of I + R U R, R apart."""
    if not own.any():  # a single series has no deviation from itself
        return np.zeros(len(roots)), (roots**2)[:, :, None] * np.eye(len(own))
    scaled = np.eye(len(own)) + roots[:, :, None] * own * roots[:, None, :]
    factor = np.linalg.cholesky(scaled)
    log_det = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return log_det, roots[:, :, None] * np.linalg.inv(scaled) * roots[:, None, :]


def common_path(precision: Grid, score: Grid, covariance: Grid) -> tuple[Grid, Grid, float]:
    """Return mean and covariance of the common path given the series, and its log evidence.

    Parameters
    ----------
    precision, score
        (T, T) and (T,): what the series say.
    covariance
        (T, T) of the path before.
    """
    system = np.eye(len(score)) + covariance @ precision
    after = np.linalg.solve(system, covariance)
    after = (after + after.T) / 2
    mean = after @ score
    return mean, after, float(0.5 * score @ mean - 0.5 * np.linalg.slogdet(system)[1])


def negative_log_posterior(
    logs: Grid, unknown: Sequence[Hyper], seen: Observed
) -> tuple[float, Grid]:
    """Return minus the log posterior of the logged hyperparameters, and its slope in each."""
    at = named(unknown, logs)
    own = own_covariance(at, seen.length, seen.season)
    pieces = pieces_of(seen, own, at["own flicker"])
    mean, after, evidence = common_path(pieces.precision, pieces.score, seen.common(at))
    by_common, by_own, by_flicker = _slopes(pieces, mean, after)
    value, slope = pieces.log_likelihood + evidence, np.zeros(len(unknown))
    for place, hyper in enumerate(unknown):
        prior, prior_slope = hyper.log_prior(logs[place])
        value += float(prior)
        slope[place] = float(prior_slope)
        if hyper.name == "own flicker":
            slope[place] += 2 * at[hyper.name] ** 2 * by_flicker
            continue
        nudged = [{**at, hyper.name: at[hyper.name] * np.exp(step)} for step in (_STEP, -_STEP)]
        if hyper.common:
            up, down = (seen.common(other) for other in nudged)
            slope[place] += float((by_common * (up - down)).sum()) / (2 * _STEP)
        else:
            up, down = (own_covariance(other, seen.length, seen.season) for other in nudged)
            slope[place] += float((by_own * (up - down)).sum()) / (2 * _STEP)
    return -value, -slope


def _slopes(pieces: Pieces, mean: Grid, after: Grid) -> tuple[Grid, Grid, float]:
    """Return the log likelihood's slope in C and in U, (T, T) each, and in the flicker's variance.

    In U and the flicker the path is integrated over: E[K⁻¹(y − c)(y − c)'K⁻¹] − K⁻¹, halved.
    """
    left = pieces.score - pieces.precision @ mean
    by_common = 0.5 * (
        np.outer(left, left) - pieces.precision + pieces.precision @ after @ pieces.precision
    )
    many = np.bincount(pieces.pattern, minlength=len(pieces.inverse)).astype(float)
    residual = pieces.weighted - (pieces.inverse @ mean)[pieces.pattern]
    spread = np.einsum("p,pij->ij", many, pieces.inverse @ after @ pieces.inverse)
    by_own = 0.5 * (residual.T @ residual + spread - pieces.precision)
    return by_common, by_own, float(np.trace(by_own))
