"""Every way to cut a series into segments, summed exactly.

Within a segment the true level starts anywhere the network's levels lie, drifts as a random walk,
and a period's value flickers around it beside its known sampling error::

    y_t = x_t + e_t,          e_t ~ N(0, noise_t + flicker)
    x_t = x_{t−1} + d_t,      d_t ~ N(0, drift),       x_i ~ N(μ, τ²) where a segment starts

A change is a level begun afresh, and comes with probability h in every period. Segments are
independent of each other, so the sum over all 2^(T−1) ways to cut takes O(T²) steps.

References
----------
Fearnhead (2006). Exact and efficient Bayesian inference for multiple changepoint problems.
Statistics and Computing 16, 203–213 (section 2: the recursions).
Barry & Hartigan (1993). A Bayesian analysis for change point problems. JASA 88, 309–319 (product
partitions).
Anderson & Moore (1979). Optimal filtering, section 7.2 (the fixed-point smoother).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Cuts", "Law", "Levels", "cuts", "evidence", "prior_mass", "segments"]


class Law(NamedTuple):
    """What holds within segments: variances, unit², of the drift a period and of the flicker.

    Numbers, or (S,) one a series.
    """

    drift: Grid | float
    flicker: Grid | float


class Levels(NamedTuple):
    """Mean and variance of the true level at both ends of every segment i…j, (S, T, T) each."""

    start: Grid
    start_variance: Grid
    end: Grid
    end_variance: Grid


class Cuts(NamedTuple):
    """The posterior over all ways to cut.

    `evidence` is (S,) the log marginal likelihood, `change` (S, T) the probability that a segment
    starts in a period (0 for the first), `segment` (S, T, T) the probability of i…j being one.
    """

    evidence: Grid
    change: Grid
    segment: Grid


def segments(
    values: Grid, noise: Grid, centre: Grid, spread: Grid, law: Law, *, levels: bool = False
) -> tuple[Grid, Levels]:
    """Return the log marginal likelihood of every segment i…j, (S, T, T); −inf where j < i.

    Parameters
    ----------
    values, noise
        (S, T), NaN where nothing was observed; unit and unit².
    centre, spread
        (S,) mean and variance of the level that a segment starts from.
    law
        Drift and flicker.
    levels
        Whether to return the levels at the ends too; otherwise tables without a row.
    """
    series, length = values.shape
    log = np.full((series, length, length), -np.inf)
    drift, flicker = (np.broadcast_to(part, (series,))[:, None] for part in law)
    shape = (series, length, length) if levels else (0, length, length)
    kept = Levels(*np.zeros((4, *shape)))
    # the level now and where its segment began, for every start that is already behind
    now, var, began, var_began, between, score = np.zeros((6, series, length))
    for t in range(length):
        var[:, :t] += drift
        for state, first in ((now, centre), (began, centre)):
            state[:, t] = first
        for state in (var, var_began, between):
            state[:, t] = spread
        seen = np.isfinite(values[:, t])
        open_ = np.s_[:, : t + 1]
        error = np.where(seen, noise[:, t], 0.0)[:, None] + flicker
        total = var[open_] + np.maximum(error, 1e-9)
        surprise = np.where(seen, values[:, t], 0.0)[:, None] - now[open_]
        weight = np.where(seen, 1.0, 0.0)[:, None] / total
        score[open_] -= np.where(
            seen[:, None], 0.5 * (np.log(2 * np.pi * total) + surprise**2 / total), 0.0
        )
        began[open_] += between[open_] * weight * surprise
        var_began[open_] -= between[open_] ** 2 * weight
        between[open_] *= 1 - var[open_] * weight
        now[open_] += var[open_] * weight * surprise
        var[open_] *= 1 - var[open_] * weight
        log[:, : t + 1, t] = score[open_]
        if levels:
            for table, state in zip(kept, (began, var_began, now, var), strict=True):
                table[:, : t + 1, t] = state[open_]
    return log, kept


def cuts(log: Grid, rate: Grid | float, shortest: int = 1) -> Cuts:
    """Return the posterior over all ways to cut.

    Parameters
    ----------
    log
        (S, T, T) as `segments` returns it.
    rate
        Probability of a change in a period: a number, or (S,).
    shortest
        Periods that a segment has at least, unless it is the only one.
    """
    series, length, _ = log.shape
    each = np.broadcast_to(np.asarray(rate, dtype=float), (series,))
    chance = np.log(each)
    weighed = log + _stays(length, each, shortest)
    before, after = np.full((2, series, length), -np.inf)
    before[:, 0] = 0.0
    for t in range(1, length):
        before[:, t] = _log_sum(before[:, :t] + weighed[:, :t, t - 1]) + chance
    after[:, -1] = weighed[:, -1, -1]
    for t in range(length - 2, -1, -1):
        out = weighed[:, t, t:].copy()
        out[:, :-1] += after[:, t + 1 :] + chance[:, None]
        after[:, t] = _log_sum(out)
    total = after[:, 0]
    change = np.exp(before + after - total[:, None])
    change[:, 0] = 0.0
    beyond = np.zeros((series, length))
    beyond[:, :-1] = after[:, 1:] + chance[:, None]
    segment = np.exp(before[:, :, None] + weighed + beyond[:, None, :] - total[:, None, None])
    return Cuts(total, change, segment)


def evidence(log: Grid, rates: Grid, shortest: int = 1) -> Grid:
    """Return the log marginal likelihood for every rate, (rates, S); as `cuts` has it for one.

    Parameters
    ----------
    log, shortest
        As for `cuts`.
    rates
        (rates,) probabilities of a change in a period.
    """
    length = log.shape[1]
    stays = _stays(length, rates, shortest)
    chance = np.log(rates)[:, None]
    before = np.full((len(rates), len(log), length + 1), -np.inf)
    before[..., 0] = 0.0
    for t in range(1, length + 1):
        weighed = log[None, :, :t, t - 1] + stays[:, None, :t, t - 1]
        before[..., t] = _log_sum(before[..., :t] + weighed) + chance * (t < length)
    return before[..., -1]


def prior_mass(length: int, rates: Grid, shortest: int) -> Grid:
    """Return the log prior probability of the ways to cut that `shortest` admits, (rates,)."""
    nothing = np.where(np.tri(length, dtype=bool).T, 0.0, -np.inf)
    return evidence(nothing[None], rates, shortest)[:, 0]


def _log_sum(logs: Grid) -> Grid:
    """Sum over the last axis; −inf where all are."""
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0])


def _stays(length: int, rate: Grid, shortest: int) -> Grid:
    """Return the log probability that nothing changes within i…j, (rates, T, T)."""
    lag = np.arange(length)[None, :] - np.arange(length)[:, None]
    stays = np.where(lag + 1 >= shortest, lag * np.log1p(-rate)[:, None, None], -np.inf)
    stays[:, 0, -1] = (length - 1) * np.log1p(-rate)
    return stays
