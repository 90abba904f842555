"""Back-test: what models would have said at past origins, and how far from what came it was.

At every origin a model sees what was known by then and nothing later, sampling errors and the
series that had begun included. It is judged by what was observed afterwards, beside the two naive
forecasts; a model that does not beat them is said not to.

References
----------
Tashman (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting
16, 437–450 (rolling origins).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.forecasting.backtest_folds import Plan, named, scored
from npsstats.forecasting.backtest_tables import (
    NAIVE,
    by_horizon,
    by_origin,
    calibration,
    doubts,
    summary,
)
from npsstats.forecasting.models import DEFAULT, model
from npsstats.forecasting.spoken import model_said
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from npsstats.forecasting.protocols import Model
    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]

__all__ = ["Backtest", "backtest"]

_METHOD = "rolling-origin back-test, fair CRPS of what was observed (Ferro 2014)"
_DRAWN = 200_000  # of all series together for one period
_PERCENT = ("crps", "sharpness", "bias")


@dataclass(frozen=True, repr=False)
class Backtest(Result):
    """Scores of forecasts that were made without knowing what they are scored by.

    Attributes
    ----------
    frame
        A row a model: `n` forecasts scored, `crps`, `wis` (in the series' unit: points, or log),
        `log_score` (minus log density), `coverage_50`, `coverage_80`, `coverage_95` (shares in
        [0, 1] of what was observed that lay in such intervals), `sharpness` (mean width of 80 %
        intervals), `bias` (mean forecast minus observed). `estimate`, `std_error`, `lower`,
        `upper`: skill in CRPS against `reference`, the harder of the naive forecasts; and against
        each of them, `skill_seasonal`, `skill_last` with their limits. `verdict` in words. Where
        a truth was given: `latent_crps` and `latent_coverage_50` … against it.
    by_horizon
        The same, a row a model and number of periods ahead.
    by_origin
        A row a model and origin (the last period known): `crps`, `n`.
    calibration
        A row a model and level: `coverage` of what was observed.
    unit
        "points" or "log".
    """

    title: ClassVar[str] = "Back-test of forecasts"
    decimals: ClassVar[int] = 2
    by_horizon: pd.DataFrame
    by_origin: pd.DataFrame
    calibration: pd.DataFrame
    unit: str

    @override
    def headline(self) -> str:
        row = self.frame.iloc[0]
        size, unit = (100 * row.crps, "%") if self.unit == "log" else (row.crps, "points")
        text = f"{row.model}: CRPS {size:.1f} {unit} over {row.n:,} forecasts"
        if np.isfinite(row.estimate):
            text += f"; {_saved(row.estimate)} than the {row.reference}"
        if np.isfinite(row.lower):
            limits = f"{_saved(row.upper)} to {_saved(row.lower)}"
            text += f" ({100 * row.level:g}% interval {limits})"
        return text if row.verdict == "a reference" else f"{text}; {row.verdict}"

    @override
    def shown(self) -> pd.DataFrame:
        # a line of a terminal: the rest, and verdicts as words, are in the frame
        columns = ["model", "n", "crps", "coverage_50", "coverage_80", "coverage_95", "sharpness"]
        columns += ["bias", "skill_seasonal", "skill_last"]
        table = self.frame[columns].copy()
        if self.unit == "log":
            table[list(_PERCENT)] *= 100
        return table


def backtest(
    series: Series,
    models: Sequence[Model | str] | None = None,
    *,
    horizon: int = 12,
    origins: int | Sequence[int] | None = None,
    every: int = 1,
    refit: int = 1,
    truth: ArrayLike | None = None,
    draws: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Backtest:
    """Return how well models would have forecast at past origins.

    Parameters
    ----------
    series
        Scores or a measure with all that came.
    models
        Models or their names; the default one unless told. The two naive ones take part always.
    horizon
        Periods ahead, at most; near the end as many as there are.
    origins
        Numbers of periods known at each origin, or at the first; two years, or half of the
        series, unless told.
    every
        Periods from one origin to the next, unless `origins` lists them.
    refit
        Origins from one estimation to the next; in between the same hyperparameters are
        conditioned on what is known by then. A series that begins takes part from then on.
    truth
        (S, T) score before sampling, in the series' unit, where it is known as in a simulation.
    draws
        Of every forecast, 2 at least; unless told 1,000, and fewer with more than 200 series, down
        to 200: the fair CRPS and coverage are as right with few.
    level
        Of the intervals of skill, in (0, 1).
    seed
        Of the draws.

    Returns
    -------
    Backtest
        The models given first, in their order.

    Raises
    ------
    InputError
        If there are not two periods with values, an origin has nothing before or after it, or no
        model can be fitted.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> answers = [[[30 - t % 3, 30, 40 + t % 3] for t in range(30)]]
    >>> found = backtest(
    ...     Series.of_counts(answers, ["2023-01", "2025-06"]), ["local level"], horizon=3
    ... )
    >>> found.frame[["model", "n"]].values.tolist()
    [['local level', 27], ['seasonal naive', 27], ['last value', 27]]
    """
    checks.count("horizon", horizon, least=1)
    level = checks.fraction("level", level)
    plan = Plan(
        _origins(series, origins, checks.count("every", every, least=1)),
        min(horizon, series.shape[1] - 1),
        checks.count("refit", refit, least=1),
        _draws(series) if draws is None else checks.count("draws", draws, least=2),
        checks.count("seed", seed),
    )
    known = None if truth is None else _truth(truth, series)
    folds, dropped = {}, []
    for each in _with_naive(models):
        try:
            folds[each.name] = scored(series, each, plan, known)
        except InputError as error:
            dropped.append(
                said("{model} was left out: {why}", model=model_said(each.name), why=str(error))
            )
    frame = summary(folds, plan, level)
    if not frame["n"].any():
        raise InputError(
            "Nothing was observed after any origin: there is nothing to judge a forecast by. Give "
            "earlier `origins`."
        )
    options = {"models": list(folds), "horizon": plan.horizon, "origins": list(plan.origins)}
    options |= {"refit": refit, "draws": plan.draws, "level": level}
    return Backtest(
        frame,
        (*dropped, *doubts(frame, folds, plan)),
        Provenance(_METHOD, options, series.fingerprint, seed),
        by_horizon(folds, plan, level),
        by_origin(folds, plan, series),
        calibration(folds),
        series.unit,
    )


def _with_naive(models: Sequence[Model | str] | None) -> list[Model]:
    """Return the models, and the naive ones at the end unless they are among them."""
    if isinstance(models, str):
        raise InputError(f"`models` must be a list of models or names, got {models!r}.")
    given = [DEFAULT] if models is None else list(models)
    chosen = [model(each) if isinstance(each, str) else each for each in given]
    names = named(chosen)
    return [*chosen, *(model(name) for name in NAIVE.values() if name not in names)]


def _origins(series: Series, origins: int | Sequence[int] | None, every: int) -> tuple[int, ...]:
    length = series.shape[1]
    if length < 2:
        raise InputError("A back-test needs 2 periods at least: one known, and one to foresee.")
    if origins is None:
        origins = max(length // 2, min(2 * series.season, 2 * length // 3))
    if isinstance(origins, int):
        origins = range(origins, length, every)
    chosen = tuple(int(origin) for origin in origins)
    if not chosen or min(chosen) < 1 or max(chosen) >= length or (np.diff(chosen) < 1).any():
        raise InputError(
            f"`origins` must rise and lie between 1 and {length - 1}, so that something is known "
            f"before and something came after each; got {', '.join(map(str, chosen)) or 'none'}."
        )
    return chosen


def _draws(series: Series) -> int:
    return max(200, min(1000, _DRAWN // series.shape[0]))


def _truth(truth: ArrayLike, series: Series) -> Grid:
    grid = np.asarray(truth, dtype=float)
    if grid.shape != series.shape:
        raise InputError(f"`truth` must have the shape {series.shape}, got {grid.shape}.")
    return grid


def _saved(skill: float) -> str:
    """Say a skill as what it takes off the CRPS, in words of one sign."""
    return f"{abs(100 * skill):.0f} % {'less' if skill > 0 else 'more'}"
