"""What each model says at each origin, knowing nothing later, and how far that was from what came.

A score that n answers showed is compared with what the model says that n answers will show: the
sampling error of the target is nobody's fault. All models face the same draws of that error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.scoring import PROBABILITIES, Rank, crps, pit, weighted_interval_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.protocols import Fitted, Model
    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]

__all__ = ["Folds", "Plan", "Scores", "named", "scored"]

_AT_ONCE = 10_000_000  # draws that are scored together
_SHARP = (0.1, 0.9)  # whose distance is called sharpness


@dataclass(frozen=True)
class Plan:
    """Where a back-test stands, and what it asks there.

    Attributes
    ----------
    origins
        Numbers of periods known, rising.
    horizon
        Periods ahead, at most.
    refit
        Origins from one estimation to the next.
    draws, seed
        Of every forecast.
    """

    origins: tuple[int, ...]
    horizon: int
    refit: int
    draws: int
    seed: int


@dataclass(frozen=True, eq=False)
class Scores:
    """Grids (origins, series, horizon) of one target, NaN where nothing came or was forecast.

    Attributes
    ----------
    crps, wis
        In the series' unit.
    rank
        Where what came stands among the draws.
    """

    crps: Grid
    wis: Grid
    rank: Rank


@dataclass(frozen=True, eq=False)
class Folds:
    """All that one model said.

    Attributes
    ----------
    shown
        Scores against what was observed.
    latent
        Scores against the truth, where it is known.
    log_score
        Minus the log density of what was observed; (origins, series, horizon).
    width
        Of the central 80 % interval of what was to be observed.
    error
        Mean forecast minus what was observed.
    """

    shown: Scores
    latent: Scores | None
    log_score: Grid
    width: Grid
    error: Grid


def scored(series: Series, model: Model, plan: Plan, truth: Grid | None = None) -> Folds:
    """Return what a model said at all origins.

    Parameters
    ----------
    series
        All that came.
    model
        Fitted to what was known at an origin, and to those series only that had begun.
    plan
        Origins and horizon.
    truth
        (S, T) score before sampling, if it is known.

    Raises
    ------
    InputError
        If the model cannot be fitted at an origin.
    """
    fitted: Fitted | None = None
    begun = np.zeros(series.shape[0], dtype=bool)
    folds = []
    for place, origin in enumerate(plan.origins):
        known = series.until(origin)
        if place % plan.refit == 0:
            begun, fitted = known.seen.any(axis=1), None
        if not begun.any():
            folds.append(_empty(series, plan, truth))
            continue
        past = known if begun.all() else known.take(begun)
        try:
            fitted = model.fit(past) if fitted is None else fitted.update(past)
        except InputError as error:
            raise InputError(f"at {series.periods[origin - 1]}: {error}") from error
        ahead = min(plan.horizon, series.shape[1] - origin)
        said = fitted.predict(ahead, draws=plan.draws, seed=plan.seed + origin)
        came = series if begun.all() else series.take(begun)
        grids = _fold(said, came, origin, plan, None if truth is None else truth[begun])
        folds.append([_placed(grid, begun, plan.horizon) for grid in grids])
    stacked = [np.stack(grids) for grids in zip(*folds, strict=True)]
    shown = Scores(stacked[0], stacked[1], Rank(stacked[2], stacked[3]))
    latent = None
    if truth is not None:
        latent = Scores(stacked[7], stacked[8], Rank(stacked[9], stacked[10]))
    return Folds(shown, latent, *stacked[4:7])


def _fold(
    said: Predictive, came: Series, origin: int, plan: Plan, truth: Grid | None
) -> list[Grid]:
    """Return grids (series, ahead): scores of the observed, the other three, scores of truth."""
    ahead = said.draws.shape[2]
    window = slice(origin, origin + ahead)
    values, noise, n = (grid[:, window] for grid in (came.values, came.noise, came.n))
    rng = np.random.default_rng([plan.seed, origin])
    step = max(1, _AT_ONCE // (said.draws.shape[1] * ahead))
    parts = []
    for first in range(0, len(values), step):
        some = slice(first, first + step)
        part = Predictive(said.draws[some], said.polar[some])
        target, chance = values[some], noise[some]
        shown = _shown(part, chance, n[some], rng)
        ordered = np.sort(shown.astype(float), axis=1)
        low, high = (_quantile(ordered, edge) for edge in _SHARP)
        grids = [
            *_scores(ordered, target),
            -part.log_density(target, chance),
            np.where(np.isfinite(target), high - low, np.nan),
            part.mean - target,
        ]
        if truth is not None:
            true = truth[some, window]
            grids += _scores(np.sort(part.draws.astype(float), axis=1), true)
        parts.append(grids)
    return [np.concatenate(grids) for grids in zip(*parts, strict=True)]


def _shown(part: Predictive, noise: Grid, n: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return draws of what will be observed: a measure's own sampling error, or that of n."""
    if np.isnan(part.polar).all():
        sd = np.sqrt(np.nan_to_num(noise))[:, None, :]
        if not sd.any():
            return part.draws
        return part.draws + (sd * rng.standard_normal(part.draws.shape)).astype(np.float32)
    return part.observed(n, rng).draws


def _scores(ordered: Grid, target: Grid) -> list[Grid]:
    quantiles = np.stack([_quantile(ordered, probability) for probability in PROBABILITIES])
    # draws are kept in single precision, in which a third must still equal a third
    rank = pit(ordered, target.astype(np.float32))
    return [crps(ordered, target), weighted_interval_score(quantiles, target), *rank]


def _quantile(ordered: Grid, probability: float) -> Grid:
    """Return a quantile of draws in order, (S, H)."""
    place = probability * (ordered.shape[1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[1] - 1)
    part = place - below
    return np.asarray((1 - part) * ordered[:, below] + part * ordered[:, above])


def _placed(grid: Grid, begun: NDArray[np.bool_], horizon: int) -> Grid:
    """Return a grid of all series and horizons, NaN where there was no forecast."""
    whole = np.full((len(begun), horizon), np.nan)
    whole[begun, : grid.shape[1]] = grid
    return whole


def _empty(series: Series, plan: Plan, truth: Grid | None) -> list[Grid]:
    nothing = np.full((series.shape[0], plan.horizon), np.nan)
    return [nothing] * (7 if truth is None else 11)


def named(models: Sequence[Model]) -> tuple[str, ...]:
    """Return the models' names, which must differ."""
    names = tuple(model.name for model in models)
    if len(set(names)) < len(names):
        raise InputError(
            f"`models` must have different names, got {', '.join(map(repr, names))}. Give one of "
            "two variants a name of its own."
        )
    return names
