"""Draws of the true scores, past and to come, given the hyperparameters' posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.forecasting.hierarchical.covariances import own_covariance
from npsstats.forecasting.hierarchical.likelihood import Observed, common_path, pieces_of
from npsstats.forecasting.resampling import stratified

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from npsstats.forecasting.hierarchical.posterior import Posterior

    type Grid = NDArray[np.float64]
    type Draws = NDArray[np.float32]

__all__ = ["true_paths"]

_STRATA = 128
_CHUNK = 4e6  # numbers that the precisions of the series treated together may hold


def true_paths(
    seen: Observed, posterior: Posterior, rows: slice, ahead: int, draws: int, seed: int
) -> Draws:
    """Draw the true values of all series together.

    Parameters
    ----------
    seen
        S series of T periods.
    posterior
        Of the hyperparameters.
    rows
        Which of the T + `ahead` periods are wanted.
    ahead
        Periods after the last.
    draws, seed
        How many, and from where.

    Returns
    -------
    Draws
        (S, draws, rows), in the series' unit; one number is one joint draw of everything.
    """
    rng = np.random.default_rng(seed)
    places, many = _points(posterior.weights, draws, rng)
    length = seen.length + ahead
    wanted = np.arange(length)[rows]
    out = np.empty((len(seen.values), draws, len(wanted)), dtype=np.float32)
    start = 0
    # points with one law of the stores share their factorizations
    for group in np.unique(posterior.group[places]):
        inside = posterior.group[places] == group
        points = [posterior.at(place) for place in places[inside]]
        told = _told(seen, points[0])
        path = np.concatenate(
            [
                _common(told, seen, at, length, int(number), rng)
                for at, number in zip(points, many[inside], strict=True)
            ]
        )
        stop = start + len(path)
        _add_own(seen, points[0], path, wanted, out[:, start:stop], rng)
        start = stop
    # drawn point by point; any stretch of the draws must stand for all of them
    return out[:, rng.permutation(draws)]


def _points(weights: Grid, draws: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return which points are drawn from and how often, as often as their weights say.

    Stratified, in strata of several draws: every point that is used costs a factorization.
    """
    strata = min(draws, _STRATA)
    chosen = stratified(weights, strata, rng)
    edge = np.linspace(0, draws, strata + 1).astype(np.int64)
    places, back = np.unique(chosen, return_inverse=True)
    return places, np.bincount(back, weights=edge[1:] - edge[:-1]).astype(np.int64)


def _told(seen: Observed, at: Mapping[str, float]) -> tuple[Grid, Grid]:
    """Return what all series say of the common path: precision (T, T) and score (T,)."""
    own = own_covariance(at, seen.length, seen.season)
    precision, score = np.zeros((seen.length, seen.length)), np.zeros(seen.length)
    for places in _chunks(seen):
        pieces = pieces_of(seen.take(places), own, at["own flicker"])
        precision += pieces.precision
        score += pieces.score
    return precision, score


def _common(
    told: tuple[Grid, Grid],
    seen: Observed,
    at: Mapping[str, float],
    length: int,
    number: int,
    rng: np.random.Generator,
) -> Grid:
    """Draw what all series share: (number, length)."""
    precision, score = np.zeros((length, length)), np.zeros(length)
    precision[: seen.length, : seen.length], score[: seen.length] = told
    mean, covariance, _ = common_path(precision, score, seen.common(at, length - seen.length))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return mean + rng.standard_normal((number, length)) @ root.T


def _add_own(
    seen: Observed,
    at: Mapping[str, float],
    path: Grid,
    wanted: NDArray[np.int64],
    out: Draws,
    rng: np.random.Generator,
) -> None:
    """Write the common path with what is each series' own: (S, draws, wanted) into `out`."""
    length = max(int(wanted.max()) + 1, seen.length)
    flicker = at["own flicker"]
    own = own_covariance(at, length, seen.season)
    past, whole = own[: seen.length, : seen.length], own + flicker**2 * np.eye(length)
    cross = whole[wanted][:, : seen.length]
    for places in _chunks(seen):
        part = seen.take(places)
        pieces = pieces_of(part, past, flicker)
        gain = cross @ pieces.inverse  # (patterns, wanted, T)
        left = whole[np.ix_(wanted, wanted)] - gain @ cross.T
        values, vectors = np.linalg.eigh(left)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]).astype(np.float32)
        told = pieces.weighted @ cross.T  # (chunk, wanted)
        taken = path[:, : seen.length] @ gain.transpose(0, 2, 1)  # (patterns, draws, wanted)
        base = (seen.centre + path[:, wanted] - taken).astype(np.float32)
        z = rng.standard_normal((len(part.values), len(path), len(wanted)), dtype=np.float32)
        spread = z @ root[pieces.pattern].transpose(0, 2, 1)
        out[places] = base[pieces.pattern] + told[:, None, :].astype(np.float32) + spread


def _chunks(seen: Observed) -> Iterator[slice]:
    size = max(1, int(_CHUNK / seen.length**2))
    for start in range(0, len(seen.values), size):
        yield slice(start, start + size)
