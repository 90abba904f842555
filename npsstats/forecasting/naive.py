"""The forecasts that every other must beat: the last value, and the same period a year before.

Both are given the benefit of honest errors. The error made so many periods ahead is learned from
the series' own past, all series together, with the sampling error of the two scores taken out:
what is left is how far the true score strays.

References
----------
Hyndman & Athanasopoulos (2021). Forecasting: principles and practice, 3rd ed., section 5.2 (the
two methods) and 5.5 (their errors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from npsstats.forecasting.predictive import Predictive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]

__all__ = ["FittedNaive", "LastValue", "SeasonalNaive"]

_PRIOR = 4.0  # changes that the prior variance weighs


@dataclass(frozen=True)
class LastValue:
    """The last value observed, for ever: a random walk."""

    name: ClassVar[str] = "last value"

    def fit(self, series: Series) -> FittedNaive:
        """Learn how far scores stray in one period."""
        return FittedNaive(series, 1, _strayed(series, 1))


@dataclass(frozen=True)
class SeasonalNaive:
    """The value of the same period a year before; the last value where none is known."""

    name: ClassVar[str] = "seasonal naive"

    def fit(self, series: Series) -> FittedNaive:
        """Learn how far scores stray in a year."""
        return FittedNaive(series, series.season, _strayed(series, series.season))


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
    """

    series: Series
    lag: int
    variance: float

    def update(self, series: Series) -> FittedNaive:
        """Return the same errors around the end of a longer series."""
        return replace(self, series=series)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods."""
        rng = np.random.default_rng(seed)
        centre, noise, steps = _standing_for(self.series, self.lag, horizon)
        if self.lag > 1 and not steps.all():
            last = _standing_for(self.series, 1, horizon)
            centre, noise, steps = (
                np.where(steps == 0, other, own)
                for own, other in zip((centre, noise, steps), last, strict=True)
            )
        sd = np.sqrt(noise + self.variance * steps)
        z = rng.standard_normal((len(centre), draws, horizon))
        return Predictive.of(centre[:, None, :] + sd[:, None, :] * z, self.series)


def _standing_for(series: Series, lag: int, horizon: int) -> tuple[Grid, Grid, Grid]:
    """Return value, its sampling variance and the multiples of `lag` since, (S, H) each.

    Steps are 0 where no period so many lags before holds a value: then it is the mean of all.
    """
    stores, length = series.shape
    usual = float(np.nanmean(series.values)) if series.seen.any() else 0.0
    centre = np.full((stores, horizon), usual)
    noise = np.full((stores, horizon), (3 * series.scale) ** 2)
    steps = np.zeros((stores, horizon))
    for ahead in range(horizon):
        back = range(1, (length + ahead) // lag + 1)
        places = [(step, length + ahead - step * lag) for step in back]
        # the nearest last, so that it stays
        for step, place in [pair for pair in places if pair[1] < length][::-1]:
            seen = series.seen[:, place]
            centre[seen, ahead] = series.values[seen, place]
            noise[seen, ahead] = series.noise[seen, place]
            steps[seen, ahead] = step
    return centre, noise, steps


def _strayed(series: Series, lag: int) -> float:
    """Return the variance of the true score's change over `lag` periods, sampling taken out."""
    values, noise = series.values, series.noise
    prior = (0.3 * series.scale) ** 2
    if values.shape[1] <= lag:
        return prior
    squares = (values[:, lag:] - values[:, :-lag]) ** 2
    expected = noise[:, lag:] + noise[:, :-lag]
    both = np.isfinite(squares)
    # few changes lean on the prior; much sampling error weighs a change down
    weight = np.where(both, 1 / (1 + np.nan_to_num(expected) / prior) ** 2, 0.0)
    excess = (weight * np.nan_to_num(squares - expected)).sum()
    return float(max((excess + _PRIOR * prior) / (weight.sum() + _PRIOR), 0.01 * prior))
