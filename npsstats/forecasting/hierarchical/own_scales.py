"""What is not known of the series' own scales, where they are many.

A flicker of two points under a sampling error of ten shows only in what sixty stores say together,
and even then hardly: held at its mode, every interval of a true score would be too short. A few
points of the own scales are drawn around the mode, at each the series are factorized once, and the
points of the common scales, which cost little, are weighed under each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

from npsstats.forecasting.hierarchical.covariances import own_covariance
from npsstats.forecasting.hierarchical.hyper import named
from npsstats.forecasting.hierarchical.likelihood import (
    Observed,
    common_path,
    negative_log_posterior,
    pieces_of,
)
from npsstats.forecasting.resampling import stratified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.hierarchical.hyper import Hyper

    type Grid = NDArray[np.float64]

__all__ = ["own_points"]

_OWN = (24, 12)  # points of the own scales: of some series, and of many
_MANY = 200
_COMMON = (48, 16)  # points of the common scales under each, of few periods and of many
_SHORT = 60
_DEGREES = 5.0
_WIDER = 1.3  # standard deviations of the proposal, for the law is skewed
_FLATTEST = 0.5
_STEP = 0.05


def own_points(
    mode: Grid, unknown: Sequence[Hyper], part: Observed, common: Grid, weights: Grid, seed: int
) -> tuple[Grid, Grid, NDArray[np.int64]]:
    """Return weighted points of all scales, and which of them share the own ones.

    Parameters
    ----------
    mode
        (K,) logs.
    unknown, part
        The hyperparameters and the series that speak for them.
    common, weights
        (P, c) points of the common hyperparameters' logs with the own ones at the mode, and their
        weights.
    seed
        Of the points.

    Returns
    -------
    tuple
        (Q, K) logs, (Q,) weights that sum to one, (Q,) group.
    """
    is_common = np.array([hyper.common for hyper in unknown])
    own = np.flatnonzero(~is_common)
    rng = np.random.default_rng(seed + 1)
    number = _OWN[len(part.values) > _MANY]
    taken = stratified(weights, _COMMON[part.length > _SHORT], rng)
    shared = common[taken]
    root = _WIDER * _spread(mode, unknown, part, own)
    uniform = np.clip(stats.qmc.Sobol(len(own) + 1, rng=rng).random(32)[:number], 1e-6, 1 - 1e-6)
    heavy = np.sqrt(stats.chi2.ppf(uniform[:, -1], _DEGREES) / _DEGREES)
    steps = stats.norm.ppf(uniform[:, :-1]) / heavy[:, None]
    drawn = mode[own] + steps @ root.T
    proposed = -(_DEGREES + len(own)) / 2 * np.log1p((steps**2).sum(axis=1) / _DEGREES)
    at_mode = _evidence(mode[own], mode, own, shared, unknown, part)
    logs = np.empty((number, len(shared)))
    for place, point in enumerate(drawn):
        prior = sum(
            float(unknown[which].log_prior(value)[0])
            for which, value in zip(own.tolist(), point, strict=True)
        )
        logs[place] = _evidence(point, mode, own, shared, unknown, part) - at_mode
        logs[place] += prior - proposed[place]
    points = np.empty((number, len(shared), len(mode)))
    points[..., own] = drawn[:, None, :]
    points[..., is_common] = shared
    found = np.exp(logs - special.logsumexp(logs)).ravel()
    group = np.repeat(np.arange(number), len(shared))
    return points.reshape(-1, len(mode)), found, group


def _evidence(
    point: Grid,
    mode: Grid,
    own: NDArray[np.int64],
    shared: Grid,
    unknown: Sequence[Hyper],
    part: Observed,
) -> Grid:
    """Return the log likelihood at one point of the own scales and each of the common, (M,)."""
    full = mode.copy()
    full[own] = point
    at = named(unknown, full)
    pieces = pieces_of(part, own_covariance(at, part.length, part.season), at["own flicker"])
    common = [hyper for hyper in unknown if hyper.common]
    found = []
    for other in shared:
        there = at | named(common, other)
        found.append(common_path(pieces.precision, pieces.score, part.common(there))[2])
    return pieces.log_likelihood + np.array(found)


def _spread(mode: Grid, unknown: Sequence[Hyper], part: Observed, own: NDArray[np.int64]) -> Grid:
    """Return a root of the own scales' covariance around the mode, the common ones free too."""
    size = len(mode)
    curvature = np.empty((size, size))
    for place in range(size):
        step = np.eye(size)[place] * _STEP
        ends = [negative_log_posterior(mode + sign * step, unknown, part)[1] for sign in (1, -1)]
        curvature[place] = (ends[0] - ends[1]) / (2 * _STEP)
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    covariance = (vectors / np.maximum(values, _FLATTEST)) @ vectors.T
    return np.asarray(np.linalg.cholesky(covariance[np.ix_(own, own)]))
