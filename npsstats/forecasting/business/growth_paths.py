"""Draws of what stores sell besides the network's common level, with the score and without.

The common level and what each store has besides are forecast apart: so the draws of stores belong
together, and their sum strays as the network does. The score enters as a path that is known: what
growth it foretold so far is taken out of a store's level before the model is fitted, and what it
foretells is put on top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats.forecasting.business.growth_slope import (
    LaggedSlope,
    centred,
    drifts,
    lagged_slope,
    levels,
)
from npsstats.forecasting.business.score_paths import ScorePath, score_path
from npsstats.forecasting.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.protocols import Fitted, Model

    type Grid = NDArray[np.float64]

__all__ = ["Past", "Standing", "as_series"]


@dataclass(frozen=True, eq=False)
class Past:
    """What was known at the end of a period.

    Attributes
    ----------
    logs
        (S, T) log of the measure, NaN where unknown.
    score
        Score in points with its noise.
    lag
        Periods from the score to the end of the growth that it goes with.
    common, own
        (T,) and (S, T): log levels, see `growth_slope.levels`.
    """

    logs: Grid
    score: Series
    lag: int
    common: Grid
    own: Grid

    @classmethod
    def of(cls, logs: Grid, score: Series, lag: int) -> Past:
        """Return what was known of levels and scores."""
        return cls(logs, score, lag, *levels(logs))

    def until(self, periods: int) -> Past:
        """Return what was known after so many periods: nothing of it looks ahead."""
        return replace(
            self,
            logs=self.logs[:, :periods],
            score=self.score.until(periods),
            common=self.common[:periods],
            own=self.own[:, :periods],
        )

    @property
    def growth(self) -> Grid:
        """Log growth of what each store has besides, NaN where a period before is unknown."""
        grown = np.full(self.own.shape, np.nan)
        grown[:, 1:] = self.own[:, 1:] - self.own[:, :-1]
        return grown

    def slope(self) -> tuple[LaggedSlope | None, ScorePath]:
        """Return the slope of growth on what was known of the score, and that path."""
        path = score_path(self.score.values, self.score.noise)
        if path.variance <= 0:
            return None, path
        answered = np.cumsum(self.score.seen, axis=1) > 0
        known = np.zeros_like(answered)
        known[:, self.lag :] = answered[:, : answered.shape[1] - self.lag]
        return lagged_slope(self.growth, path.before(self.lag), known), path


@dataclass(frozen=True, eq=False)
class Standing:
    """What stores have besides the network, with its fitted model, at the end of what was known.

    Attributes
    ----------
    own
        Fitted to what stores have besides, drift and the score's part taken out.
    weights
        (S,) shares of the network in the last known period.
    drift
        Mean and variance of each store's steady growth, see `growth_slope.drifts`.
    slope, path
        Of growth on the score, and what was known of it; None where the score is left out.
    lag
        As of the past.
    """

    own: Fitted
    weights: Grid
    drift: tuple[Grid, Grid]
    slope: LaggedSlope | None
    path: ScorePath | None
    lag: int

    @classmethod
    def fit(cls, past: Past, model: Model, *, score: bool) -> Standing:
        """Fit a model."""
        slope, path, own = _without_score(past, score=score)
        own, drift = _without_drift(own)
        series = as_series(own, past.score, past.score.names)
        return cls(model.fit(series), _weights(past.logs), drift, slope, path, past.lag)

    def update(self, past: Past) -> Standing:
        """Return the model's hyperparameters at the end of a longer past; the rest is told anew."""
        slope, path, own = _without_score(past, score=self.path is not None)
        own, drift = _without_drift(own)
        series = as_series(own, past.score, past.score.names)
        return Standing(self.own.update(series), _weights(past.logs), drift, slope, path, past.lag)

    def draw(self, horizon: int, draws: int, seed: int) -> Grid:
        """Return draws of the log level besides the network's, (S, D, H)."""
        own = self.own.predict(horizon, draws=draws, seed=seed).draws.astype(float)
        rng = np.random.default_rng(seed + 1)
        mean, variance = self.drift
        steady = np.sqrt(variance)[:, None] * rng.standard_normal((len(mean), draws))
        steady = mean[:, None] + steady
        own = centred(own + steady[:, :, None] * np.arange(1, horizon + 1), self.weights)
        if self.slope is None or self.path is None:
            return own
        so_far = self.path.before(self.lag).sum(axis=1)
        more = np.cumsum(self.path.ahead(horizon, self.lag), axis=1)
        own += self.slope.estimate * so_far[:, None, None]
        own += self.slope.draw(rng, draws)[None, :, None] * more[:, None, :]
        return own


def _without_score(past: Past, *, score: bool) -> tuple[LaggedSlope | None, ScorePath | None, Grid]:
    """Return slope, path, and what stores have besides once the score's part is taken out."""
    if not score:
        return None, None, past.own
    slope, path = past.slope()
    if slope is None:
        return None, path, past.own
    so_far = np.cumsum(path.before(past.lag), axis=1)
    return slope, path, past.own - slope.estimate * so_far


def _without_drift(own: Grid) -> tuple[Grid, tuple[Grid, Grid]]:
    """Return what stores have besides from where they stand today, and their steady growth.

    Drawn back from the last period, so that the level there stays what it is.
    """
    grown = np.full(own.shape, np.nan)
    grown[:, 1:] = own[:, 1:] - own[:, :-1]
    drift = drifts(grown)
    back = np.arange(own.shape[1]) - (own.shape[1] - 1.0)
    return own - drift[0][:, None] * back, drift


def as_series(values: Grid, like: Series, names: Sequence[str]) -> Series:
    """Return log levels as series on the periods of another."""
    return Series.of_measure(values, like.periods, names, period=like.period)


def _weights(logs: Grid) -> Grid:
    """Return each store's share of the network when it was last seen; alike where none ever was."""
    seen = np.isfinite(logs)
    last = logs.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    level = np.where(seen.any(axis=1), np.nan_to_num(logs)[np.arange(len(logs)), last], -np.inf)
    if not seen.any():
        return np.full(len(logs), 1 / len(logs))
    share = np.exp(level - level.max())
    return np.asarray(share / share.sum())
