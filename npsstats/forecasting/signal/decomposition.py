"""A network's common course, its season, and what is left of each series.

Stores differ in level, open and close: the common course is what periods have in common once
every store's own level is taken out, so that a store that opens moves nothing.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Course", "common_course", "season_of"]

_FLICKER = 0.3  # of the scale: what a store's value strays by beside its sampling error
_HARMONICS = 6
_YEARLY = (0.1, 0.3, 1.0, 2.0)  # sd of a year's drift, of the scale
_FLICKERS = (0.0, 0.1, 0.3)
_JUMPS = 0.3  # a year
_SEASONS = (0.0, 0.1, 0.3, 0.8)  # sd of the season, of the scale


class Course(NamedTuple):
    """The common course, (T,) with its sampling variance, and what is left, (S, T) with its own."""

    common: Grid
    common_noise: Grid
    left: Grid
    left_noise: Grid


def common_course(values: Grid, noise: Grid, scale: float) -> Course:
    """Take apart y_st = a_s + c_t by weighted least squares; a_s stays in what is left.

    Parameters
    ----------
    values, noise
        (S, T), NaN where nothing was observed.
    scale
        Of the series.
    """
    seen = np.isfinite(values)
    y, error = np.where(seen, values, 0.0), np.where(seen, noise, 0.0)
    # no store weighs more than its own flicker allows, however many its answers
    weight = np.where(seen, 1 / (error + (_FLICKER * scale) ** 2), 0.0)
    store, period = weight.sum(axis=1), weight.sum(axis=0)
    share = weight / np.where(store > 0, store, 1.0)[:, None]
    system = np.diag(period) - weight.T @ share
    right = (weight * y).sum(axis=0) - share.T @ (weight * y).sum(axis=1)
    course = np.linalg.lstsq(system, right, rcond=1e-10)[0]
    # the levels cancel over the network
    level = ((weight * (y - course)).sum()) / max(weight.sum(), 1e-300)
    covered = period > 0
    common = np.where(covered, course + level, np.nan)
    part = weight / np.where(covered, period, 1.0)
    common_noise = np.where(covered, (part**2 * error).sum(axis=0), np.nan)
    left_noise = np.maximum(error * (1 - 2 * part) + common_noise, 0.0)
    return Course(
        common,
        common_noise,
        np.where(seen, values - common, np.nan),
        np.where(seen, left_noise, np.nan),
    )


def season_of(
    values: Grid, noise: Grid, scale: float, season: int, jumps: Grid | None = None
) -> tuple[Grid, Grid]:
    """Return the season of one series and its posterior variance, (T,) each.

    A random walk and, in some period or none, a jump take up the level, harmonics the season.
    Variances and dates are averaged over by how well they explain the series (a Gaussian process,
    solved densely): a level that changed in a May is no season of Mays.

    Parameters
    ----------
    values, noise
        (T,) NaN where nothing was observed.
    scale
        Of the series.
    season
        Periods a year.
    jumps
        (T,) probability of a change in each period: there the level may jump.
    """
    length = len(values)
    seen = np.flatnonzero(np.isfinite(values))
    if season < 2 or len(seen) < 2 * season:
        return np.zeros(length), np.zeros(length)
    y = values[seen] - values[seen].mean()
    time = np.arange(length)
    walk = np.minimum(time[:, None], time).astype(float) / season
    leaps = np.cumsum(np.zeros(length) if jumps is None else jumps)
    loose = 100.0 + np.minimum(leaps[:, None], leaps)
    basis = _harmonics(time, season)
    harmonic, waves = basis @ basis.T, basis.shape[1]
    here = np.ix_(seen, seen)
    # one column a date: the level after it, of which one at most jumped
    steps = (time[seen, None] >= time[1:]).astype(float)
    chance = 1 - np.exp(-_JUMPS * length / season)
    prior = np.log(np.append(np.full(length - 1, chance / (length - 1)), 1 - chance))
    jump = np.append(np.full(length - 1, scale**2), 0.0)
    total, weights, mean, square = -np.inf, 0.0, np.zeros(length), np.zeros(length)
    for drift, flicker, seasonal in product(_YEARLY, _FLICKERS, _SEASONS):
        periodic = (seasonal * scale) ** 2 * harmonic
        cover = scale**2 * (loose + drift**2 * walk)[here] + periodic[here]
        cover += np.diag(noise[seen] + (flicker * scale) ** 2 + 1e-9 * scale**2)
        root = np.linalg.cholesky(cover)
        half = solve_triangular(
            root, np.column_stack([y, basis[seen], steps]), lower=True, check_finite=False
        )
        own = half[:, 0]
        wave = half[:, 1 : waves + 1] @ ((seasonal * scale) ** 2 * basis.T)
        step = np.column_stack([half[:, waves + 1 :], np.zeros(len(seen))])
        # a jump adds a rank of one to the covariance
        grown = 1 + jump * (step**2).sum(axis=0)
        part = jump * (step.T @ own) / grown
        log = prior - np.log(np.diag(root)).sum() - 0.5 * (own @ own)
        log = log + 0.5 * (part * (step.T @ own) - np.log(grown))
        across = step.T @ wave
        means = wave.T @ own - across * part[:, None]
        spread = np.diag(periodic) - (wave**2).sum(axis=0)
        spread = spread + across**2 * (jump / grown)[:, None]
        top = max(total, float(log.max()))
        keep, weight = np.exp(total - top), np.exp(log - top)
        weights = keep * weights + weight.sum()
        mean = keep * mean + weight @ means
        square = keep * square + weight @ (spread + means**2)
        total = top
    mean, square = mean / weights, square / weights
    return mean, np.maximum(square - mean**2, 0.0)


def _harmonics(time: NDArray[np.int64], season: int) -> Grid:
    """Return sines and cosines whose sum has variance 1, the finer the less, (T, harmonics)."""
    orders = np.arange(1, min(_HARMONICS, season // 2) + 1)
    turns = 2 * np.pi * time[:, None] * orders / season
    weight = np.sqrt(1 / orders / (1 / orders).sum())
    return np.hstack([weight * np.cos(turns), weight * np.sin(turns)])
