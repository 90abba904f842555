"""The forecasts that every other must beat: the last value, and the same period a year before.

Both are given the benefit of honest errors. The error made so many periods ahead is learned from
the series' own past, all series together, with the sampling error of the two scores taken out:
what is left is how far the true score strays. The error of a bridge is added to values that it led
over, and taken out of changes across the change of questionnaire.

References
----------
Hyndman & Athanasopoulos (2021). Forecasting: principles and practice, 3rd ed., section 5.2 (the
two methods) and 5.5 (their errors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from npsstats.checks import count
from npsstats.forecasting.predictive import Predictive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]
    type Draws = NDArray[np.float32]

__all__ = ["FittedNaive", "LastValue", "SeasonalNaive"]

_PRIOR = 4.0  # changes that the prior variance weighs


@dataclass(frozen=True)
class LastValue:
    """The last value observed, for ever: a random walk."""

    name: ClassVar[str] = "last value"

    def fit(self, series: Series) -> FittedNaive:
        """Learn how far scores stray in one period."""
        variance = _strayed(series, 1)
        return FittedNaive(series, 1, variance, variance)


@dataclass(frozen=True)
class SeasonalNaive:
    """The value of the same period a year before; the last value where none is known."""

    name: ClassVar[str] = "seasonal naive"

    def fit(self, series: Series) -> FittedNaive:
        """Learn how far scores stray in a year, and in a period for want of a year."""
        year = series.season
        return FittedNaive(series, year, _strayed(series, year), _strayed(series, 1))


@dataclass(frozen=True, eq=False)
class FittedNaive:
    """A naive forecast whose error is known.

    Attributes
    ----------
    series
        What it was fitted to.
    lag
        Periods between a value and the one that stands for it.
    variance
        Of the true score's change over `lag` periods, unit².
    step_variance
        Of its change from one period to the next, unit²: for the last value where none is known so
        many periods before.
    """

    series: Series
    lag: int
    variance: float
    step_variance: float

    def update(self, series: Series) -> FittedNaive:
        """Return the same errors around the end of a longer series."""
        return replace(self, series=series)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods.

        A draw is a path: the errors of periods less than a lag apart hang together as a random
        walk's do. Series stray independently of each other, but for the error of a bridge.
        """
        count("horizon", horizon, least=1)
        rng = np.random.default_rng(seed)
        bridge = rng.standard_normal(count("draws", draws, least=1), dtype=np.float32)
        own = _standing_for(self.series, self.lag, horizon)
        paths = _paths(own, self.lag, self.variance, bridge, rng)
        lacking = (own.steps == 0).any(axis=1)
        if self.lag > 1 and lacking.any():
            last = _standing_for(self.series.take(lacking), 1, horizon)
            instead = _paths(last, 1, self.step_variance, bridge, rng)
            paths[lacking] = np.where(own.steps[lacking, None] == 0, instead, paths[lacking])
        return Predictive.of(paths, self.series)


class _Standing(NamedTuple):
    """What stands for the periods to come, (S, H) each.

    Steps are 0 where no period so many lags before holds a value: then it is the mean of all.
    """

    value: Grid
    noise: Grid
    shift_sd: Grid
    steps: Grid


def _standing_for(series: Series, lag: int, horizon: int) -> _Standing:
    """Return value, errors and the multiples of `lag` since."""
    stores, length = series.shape
    shift = series.shift_sd[:, None] * series.bridged
    usual = float(np.nanmean(series.values)) if series.seen.any() else 0.0
    found = _Standing(
        np.full((stores, horizon), usual),
        np.full((stores, horizon), (3 * series.scale) ** 2),
        np.zeros((stores, horizon)),
        np.zeros((stores, horizon)),
    )
    for ahead in range(horizon):
        back = range(1, (length + ahead) // lag + 1)
        places = [(step, length + ahead - step * lag) for step in back]
        # the nearest last, so that it stays
        for step, place in [pair for pair in places if pair[1] < length][::-1]:
            seen = series.seen[:, place]
            found.value[seen, ahead] = series.values[seen, place]
            found.noise[seen, ahead] = series.noise[seen, place]
            found.shift_sd[seen, ahead] = shift[seen, place]
            found.steps[seen, ahead] = step
    return found


def _paths(
    found: _Standing, lag: int, variance: float, bridge: Draws, rng: np.random.Generator
) -> Draws:
    """Return paths that start from what stands for them, (S, D, H).

    Parameters
    ----------
    found
        What stands for the periods.
    lag, variance
        Periods between the two, and the variance of the change over them.
    bridge
        (D,) standard normal, the error of a bridge.
    rng
        Source of the draws.
    """
    stores, horizon = found.value.shape
    apart = np.arange(horizon)
    # changes over `lag` periods of a random walk share those periods that they overlap in
    overlap = np.maximum(1 - np.abs(apart[:, None] - apart) / lag, 0.0)
    root = np.linalg.cholesky(overlap).astype(np.float32)
    paths = rng.standard_normal((stores, len(bridge), horizon), dtype=np.float32) @ root.T
    # a value that stands for several periods errs in all of them alike
    start = rng.standard_normal((stores, len(bridge), min(lag, horizon)), dtype=np.float32)
    sampling, step = np.sqrt(found.noise), np.sqrt(variance * found.steps)
    for ahead in range(horizon):
        if ahead < lag:
            paths[..., ahead] *= step[:, None, ahead]
            paths[..., ahead] += sampling[:, None, ahead] * start[..., ahead]
            paths[..., ahead] += found.shift_sd[:, None, ahead] * bridge
        else:
            seen = found.steps[:, None, ahead] > 0
            paths[..., ahead] *= np.where(seen, np.sqrt(variance), 0.0)
            paths[..., ahead] += paths[..., ahead - lag]
    return paths + found.value[:, None].astype(np.float32)


def _strayed(series: Series, lag: int) -> float:
    """Return the variance of the true score's change over `lag` periods, sampling taken out."""
    values, noise = series.values, series.noise
    prior = (0.3 * series.scale) ** 2
    if values.shape[1] <= lag:
        return prior
    squares = (values[:, lag:] - values[:, :-lag]) ** 2
    # a change from bridged periods to others holds the bridge's error too, between bridged none
    across = series.bridged[lag:] != series.bridged[:-lag]
    shift = series.shift_sd[:, None] ** 2 * across
    expected = noise[:, lag:] + noise[:, :-lag] + shift
    both = np.isfinite(squares)
    # few changes lean on the prior; much sampling error weighs a change down
    weight = np.where(both, 1 / (1 + np.nan_to_num(expected) / prior) ** 2, 0.0)
    excess = (weight * np.nan_to_num(squares - expected)).sum()
    return float(max((excess + _PRIOR * prior) / (weight.sum() + _PRIOR), 0.01 * prior))
