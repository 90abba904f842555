"""A level with its slope and its seasons as a linear Gaussian state space, one series at a time.

What is observed is y_t = level_t + season_t + ε_t, with Var ε_t = (known sampling variance of the
period) + (what else strays): the filter is statsmodels', the matrices are written here.

References
----------
Durbin & Koopman (2012). Time Series Analysis by State Space Methods, 2nd ed., section 3.2 (local
level, local linear trend, seasonals: equations 3.2 to 3.8) and 4.3 (the filter).
Harvey (1989). Forecasting, structural time series models and the Kalman filter, section 2.3.4
(damped slopes) and 2.3.4 (trigonometric seasons).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = [
    "Filter",
    "Space",
    "dummies",
    "level_space",
    "simulated",
    "trend_space",
    "trigonometric",
]


@dataclass(frozen=True, eq=False)
class Space:
    """Matrices that do not change with time, and where the state starts from.

    Attributes
    ----------
    design
        (p,) weights of the state in what is observed.
    transition
        (p, p).
    shock
        (p,) variances of what is added to the state each period, unit².
    start, start_cov
        (p,) and (p, p) law of the state in the first period.
    extra
        Variance of an observation beyond its sampling error, unit².
    """

    design: Grid
    transition: Grid
    shock: Grid
    start: Grid
    start_cov: Grid
    extra: float

    def beside(self, other: Space) -> Space:
        """Return the sum of two independent components."""
        return Space(
            np.concatenate([self.design, other.design]),
            _blocks(self.transition, other.transition),
            np.concatenate([self.shock, other.shock]),
            np.concatenate([self.start, other.start]),
            _blocks(self.start_cov, other.start_cov),
            self.extra + other.extra,
        )


def level_space(
    centre: float, wide: float, move: float, extra: float, persistence: float | None
) -> Space:
    """Return a random walk, or a walk that returns to a mean.

    Parameters
    ----------
    centre, wide
        Mean and standard deviation of where the level starts, or of its mean; unit.
    move, extra
        Standard deviations of a period's move and of what else strays; unit.
    persistence
        Periods after which a departure from the mean has shrunk to 1/e; None never returns.
    """
    if persistence is None:
        one = np.ones(1)
        start = np.array([centre])
        return Space(one, np.eye(1), one * move**2, start, np.eye(1) * wide**2, extra**2)
    phi = np.exp(-1 / persistence)
    return Space(
        np.ones(2),
        np.diag([1.0, phi]),
        np.array([0.0, move**2]),
        np.array([centre, 0.0]),
        np.diag([wide**2, _stationary(move, phi)]),
        extra**2,
    )


def trend_space(
    centre: float, wide: float, move: float, extra: float, turn: float, persistence: float
) -> Space:
    """Return a level that moves by a slope that fades.

    Parameters
    ----------
    centre, wide, move, extra
        As for `level_space`.
    turn
        Standard deviation of a period's change of the slope; unit.
    persistence
        Periods after which a slope has shrunk to 1/e.
    """
    phi = np.exp(-1 / persistence)
    return Space(
        np.array([1.0, 0.0]),
        np.array([[1.0, 1.0], [0.0, phi]]),
        np.array([move**2, turn**2]),
        np.array([centre, 0.0]),
        np.diag([wide**2, _stationary(turn, phi)]),
        extra**2,
    )


def trigonometric(season: int, harmonics: int, size: float, drift: float) -> Space:
    """Return waves that come back after `season` periods.

    Parameters
    ----------
    season, harmonics
        Periods a year, and how many waves of it: the last of an even season is a zigzag.
    size, drift
        Standard deviations of the whole season, and of what its coefficients change a period by
        as a whole; unit. The j-th wave is 1/j as large as the first.
    """
    design, transition, share = _waves(season, harmonics)
    p = len(design)
    return Space(design, transition, share * drift**2, np.zeros(p), np.diag(share) * size**2, 0.0)


@lru_cache
def _waves(season: int, harmonics: int) -> tuple[Grid, Grid, Grid]:
    """Return design, transition and each coefficient's share of the season's variance."""
    waves, design, share = [], [], []
    numbers = range(1, min(harmonics, season // 2) + 1)
    whole = sum(wave**-2 for wave in numbers)
    for wave in numbers:
        angle = 2 * np.pi * wave / season
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        zigzag = 2 * wave == season
        waves.append(np.array([[-1.0]]) if zigzag else turn)
        design += [1.0] if zigzag else [1.0, 0.0]
        share += [wave**-2 / whole] * (1 if zigzag else 2)
    return np.array(design), reduce(_blocks, waves), np.array(share)


def dummies(season: int, size: float, drift: float) -> Space:
    """Return an effect for each period of the year, all of them summing to zero."""
    p = season - 1
    transition = np.eye(p, k=-1)
    transition[0] = -1.0
    return Space(
        np.eye(p)[0],
        transition,
        np.eye(p)[0] * drift**2,
        np.zeros(p),
        # independent effects given that they sum to zero
        size**2 * (np.eye(p) - 1 / season),
        0.0,
    )


class Filter:
    """The filter of one series under any state space: set up once, run for each.

    Parameters
    ----------
    values, noise
        (T,) observed values and their sampling variances; NaN is skipped.
    """

    def __init__(self, values: Grid, noise: Grid) -> None:
        self._values = np.ascontiguousarray(values, dtype=float)[:, None]
        self._noise = np.nan_to_num(noise)
        self._engines: dict[int, Any] = {}

    def log_likelihood(self, space: Space) -> float:
        """Return the log density of all values."""
        return float(self._loaded(space).loglike())

    def state(self, space: Space) -> tuple[Grid, Grid]:
        """Return mean (p,) and covariance (p, p) of the state one period after the last."""
        last = self._loaded(space).filter()
        return last.mean, last.covariance

    def _loaded(self, space: Space) -> Any:
        p = len(space.design)
        if p not in self._engines:
            self._engines[p] = self._engine(p)
        engine = self._engines[p]
        engine["design"] = space.design[None, :]
        engine["transition"] = space.transition
        engine["state_cov"] = np.diag(space.shock)
        engine["obs_cov"] = (self._noise + space.extra)[None, None, :]
        engine.initialize_known(space.start, space.start_cov)
        return engine

    def _engine(self, p: int) -> Any:
        from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

        # the filter must not stop at a steady state: sampling errors never settle
        engine = KalmanFilter(k_endog=1, k_states=p, tolerance=0, results_class=_LastState)
        engine.bind(self._values)
        engine["selection"] = np.eye(p)
        return engine


class _LastState:
    """What statsmodels' filter hands over: the last state alone, in a fraction of the time."""

    mean: Grid
    covariance: Grid

    def __init__(self, model: Any) -> None:
        """Keep nothing of the model."""

    def update_representation(self, model: Any) -> None:
        """Keep nothing of the matrices."""

    def update_filter(self, run: Any) -> None:
        """Keep the prediction of the state one period after the last."""
        self.mean = np.array(run.predicted_state[:, -1])
        self.covariance = np.array(run.predicted_state_cov[:, :, -1])


def simulated(
    space: Space, state: tuple[Grid, Grid], horizon: int, draws: int, rng: np.random.Generator
) -> Grid:
    """Return what comes from a state on, without sampling error, (draws, horizon)."""
    mean, covariance = state
    spread, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(spread, 0.0))
    now = mean + rng.standard_normal((draws, len(mean))) @ root.T
    path = np.empty((draws, horizon))
    for ahead in range(horizon):
        if ahead:
            now = now @ space.transition.T
            now += np.sqrt(space.shock) * rng.standard_normal(now.shape)
        path[:, ahead] = now @ space.design
    return np.asarray(path + np.sqrt(space.extra) * rng.standard_normal(path.shape))


def _blocks(first: Grid, second: Grid) -> Grid:
    p, q = len(first), len(second)
    both = np.zeros((p + q, p + q))
    both[:p, :p], both[p:, p:] = first, second
    return both


def _stationary(sd: float, phi: float) -> float:
    return float(sd**2 / -np.expm1(2 * np.log(phi)))
