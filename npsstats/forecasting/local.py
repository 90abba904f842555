"""Local level and local trend: each series alone, with the sampling error of each period known.

What is left to learn is by how much the level, its slope and its seasons move, and what strays
beyond sampling. Priors in the scale of the series keep that sane where there is little to learn
from; what remains uncertain of it enters the forecast by importance resampling.

References
----------
Durbin & Koopman (2012). Time Series Analysis by State Space Methods, 2nd ed., section 3.2.
Gardner & McKenzie (1985). Forecasting trends in time series. Management Science 31, 1237–1246
(trends that fade).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from npsstats.checks import InputError, count, one_of
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.resampling import log_prior, resampled
from npsstats.forecasting.state_space import (
    Filter,
    dummies,
    level_space,
    simulated,
    trend_space,
    trigonometric,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series
    from npsstats.forecasting.state_space import Space

    type Grid = NDArray[np.float64]
    type Values = dict[str, float]  # hyperparameters by name
    type Prior = dict[str, tuple[float, float | None]]
    # by name: scale of a half-t law, or median and standard deviation of the logarithm

__all__ = ["FittedLocal", "LocalLevel", "LocalTrend"]

_MOVE, _SEASON, _TURN, _EXTRA = 0.15, 0.15, 0.03, 0.15  # of the scale: priors' half-t scales
_WIDE = 5.0  # scales that the start may lie from the mean of what was seen
_STRONG = 6.0  # times its prior's scale that a season may well be
_DRIFT = 0.1  # of its size that a season changes in a year
_YEARS_BACK, _BACK_SD = 2.0, 1.0  # until a departure is back at 1/e; standard deviation of its log
_YEARS_STEADY, _STEADY_SD = 0.5, 0.5  # the same of a slope


@dataclass(frozen=True)
class LocalLevel:
    """A level that wanders, and as a rule returns to a mean, with seasons.

    Attributes
    ----------
    season
        "trigonometric", "dummy" (an effect for each period of the year) or "none".
    harmonics
        Waves a year of the trigonometric season.
    reverting
        Whether departures from a mean fade: after about two years, of which the series tells
        more. If not, the level is a random walk.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> answers = [[[20, 30, 50], [22, 30, 48], [0, 0, 0], [17, 33, 50]]]
    >>> series = Series.of_counts(answers, ["2025-01", "2025-04"])
    >>> LocalLevel().fit(series).predict(3).mean.shape
    (1, 3)
    """

    season: str = "trigonometric"
    harmonics: int = 1
    reverting: bool = True
    name: ClassVar[str] = "local level"

    def __post_init__(self) -> None:
        """Refuse a season of another kind."""
        _check(self.season, self.harmonics)

    def fit(self, series: Series) -> FittedLocal:
        """Learn the hyperparameters of each series alone: a fraction of a second each."""
        return _fit(self, series)

    def prior(self, scale: float, season: int) -> Prior:
        """Return the laws of the hyperparameters for series of a scale and periods a year."""
        laws = _common_prior(self.season, scale, season)
        if self.reverting:
            laws["persistence"] = (_YEARS_BACK * season, _BACK_SD)
        return laws

    def space(self, values: Values, start: tuple[float, float], season: int) -> Space:
        """Return the state space of some hyperparameters, starting about (mean, sd)."""
        level = level_space(*start, values["move"], values["extra"], values.get("persistence"))
        return _with_seasons(level, self.season, self.harmonics, values, season)


@dataclass(frozen=True)
class LocalTrend:
    """A level that moves by a slope that fades, with seasons.

    Attributes
    ----------
    season, harmonics
        As for `LocalLevel`.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> answers = [[[400 - 20 * t, 200, 400 + 20 * t] for t in range(10)]]
    >>> series = Series.of_counts(answers, ["2025-01", "2025-10"])
    >>> ahead = LocalTrend(season="none").fit(series).predict(2).mean[0]
    >>> bool(ahead[1] > ahead[0] > 36)
    True
    """

    season: str = "trigonometric"
    harmonics: int = 1
    name: ClassVar[str] = "local trend"

    def __post_init__(self) -> None:
        """Refuse a season of another kind."""
        _check(self.season, self.harmonics)

    def fit(self, series: Series) -> FittedLocal:
        """Learn the hyperparameters of each series alone: a fraction of a second each."""
        return _fit(self, series)

    def prior(self, scale: float, season: int) -> Prior:
        """Return the laws of the hyperparameters for series of a scale and periods a year."""
        laws = _common_prior(self.season, scale, season)
        laws["turn"] = (_TURN * scale * np.sqrt(12 / season), None)
        laws["persistence"] = (max(_YEARS_STEADY * season, 1.0), _STEADY_SD)
        return laws

    def space(self, values: Values, start: tuple[float, float], season: int) -> Space:
        """Return the state space of some hyperparameters, starting about (mean, sd)."""
        trend = trend_space(
            *start, values["move"], values["extra"], values["turn"], values["persistence"]
        )
        return _with_seasons(trend, self.season, self.harmonics, values, season)


@dataclass(frozen=True, eq=False)
class FittedLocal:
    """Each series with a few equally likely sets of hyperparameters.

    Attributes
    ----------
    model
        The options.
    series
        What it stands at the end of.
    starts
        (S, 2) mean and standard deviation of where a level starts, unit.
    names
        Of the P hyperparameters: move, extra, size, turn in the unit, persistence in periods.
    hyper
        (S, K, P) their posterior draws.
    """

    model: LocalLevel | LocalTrend
    series: Series
    starts: Grid
    names: tuple[str, ...]
    hyper: Grid

    def update(self, series: Series) -> FittedLocal:
        """Return the same hyperparameters at the end of a longer series."""
        if len(series.names) != len(self.hyper):
            raise InputError(
                f"`series` must hold the {len(self.hyper)} series of the fit, got "
                f"{len(series.names)}. Fit the model to the new ones."
            )
        return replace(self, series=series)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods."""
        rng = np.random.default_rng(seed)
        stores, kept, _ = self.hyper.shape
        which = rng.permutation(np.arange(draws) % kept)
        paths = np.empty((stores, draws, horizon), dtype=np.float32)
        for row in range(stores):
            own = Filter(self.series.values[row], self.series.noise[row])
            # resampling repeats what is likely: each set needs its filter once
            distinct, inverse = np.unique(self.hyper[row], axis=0, return_inverse=True)
            for place, theta in enumerate(distinct):
                mine = inverse[which] == place
                if mine.any():
                    space = self.space(row, theta)
                    state = own.state(space)
                    paths[row, mine] = simulated(space, state, horizon, int(mine.sum()), rng)
        return Predictive.of(paths, self.series)

    def space(self, row: int, theta: Grid) -> Space:
        """Return the state space of a series under some hyperparameters (P,)."""
        mean, sd = self.starts[row].tolist()
        values = dict(zip(self.names, theta.tolist(), strict=True))
        return self.model.space(values, (mean, sd), self.series.season)


def _fit(model: LocalLevel | LocalTrend, series: Series) -> FittedLocal:
    levels = _starts(series)
    laws = model.prior(series.scale, series.season)
    fitted = FittedLocal(model, series, levels, tuple(laws), np.empty((len(levels), 0, len(laws))))
    centre = np.log([centre for centre, _ in laws.values()])
    # a strong season and a restless level may both explain a series: look from both sides
    seasonal = centre + np.log(_STRONG) * np.array([name == "size" for name in laws])
    starts = [centre, seasonal] if "size" in laws else [centre]
    kept = []
    for row in range(len(levels)):
        own = Filter(series.values[row], series.noise[row])

        def log_posterior(theta: Grid, row: int = row, own: Filter = own) -> float:
            return own.log_likelihood(fitted.space(row, np.exp(theta))) + log_prior(theta, laws)

        kept.append(np.exp(resampled(log_posterior, centre, starts)))
    return replace(fitted, hyper=np.stack(kept))


def _common_prior(kind: str, scale: float, season: int) -> Prior:
    laws: Prior = {
        "move": (_MOVE * scale * np.sqrt(12 / season), None),
        "extra": (_EXTRA * scale, None),
    }
    if kind != "none" and season > 1:
        laws["size"] = (_SEASON * scale, None)
    return laws


def _with_seasons(level: Space, kind: str, harmonics: int, values: Values, season: int) -> Space:
    if "size" not in values:
        return level
    size = values["size"]
    drift = _DRIFT * size / np.sqrt(season)
    if kind == "dummy":
        return level.beside(dummies(season, size, drift))
    return level.beside(trigonometric(season, harmonics, size, drift))


def _starts(series: Series) -> Grid:
    """Return mean and standard deviation of where each level starts, (S, 2)."""
    seen = series.seen
    counted = seen.sum(axis=1)
    own = np.where(seen, series.values, 0.0).sum(axis=1) / np.maximum(counted, 1)
    known = counted > 0
    usual = float(own[known].mean()) if known.any() else 0.0
    return np.stack([np.where(known, own, usual), np.full(len(own), _WIDE * series.scale)], axis=1)


def _check(season: str, harmonics: int) -> None:
    one_of("season", season, ("trigonometric", "dummy", "none"))
    count("harmonics", harmonics, least=1)
