"""A back-test in tables, and its verdicts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.forecasting.naive import LastValue, SeasonalNaive
from npsstats.forecasting.scoring import covered
from npsstats.forecasting.skill import LEAST_ORIGINS, Skill, ratio, skill
from npsstats.forecasting.spoken import model_said
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from npsstats.forecasting.backtest_folds import Folds, Plan
    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["NAIVE", "by_horizon", "by_origin", "calibration", "doubts", "summary"]

NAIVE = {"seasonal": SeasonalNaive.name, "last": LastValue.name}
"""The references: how columns call them, and the models' names."""

_LEVELS = {"coverage_50": 0.5, "coverage_80": 0.8, "coverage_95": 0.95}
_FEW_ORIGINS = 10
_TOLERATED = 0.02  # of a coverage, beside what chance allows


def summary(folds: Mapping[str, Folds], plan: Plan, level: float) -> pd.DataFrame:
    """Return a row a model: scores, coverage, skill and verdict."""
    rows = [_row(name, folds, plan, level, slice(None)) for name in folds]
    return pd.DataFrame(rows)


def by_horizon(folds: Mapping[str, Folds], plan: Plan, level: float) -> pd.DataFrame:
    """Return a row a model and number of periods ahead."""
    rows = []
    for name in folds:
        for ahead in range(plan.horizon):
            row = _row(name, folds, plan, level, slice(ahead, ahead + 1))
            rows.append({"model": name, "horizon": ahead + 1} | row)
    found = pd.DataFrame(rows)
    return found[found["n"] > 0].reset_index(drop=True)


def by_origin(folds: Mapping[str, Folds], plan: Plan, series: Series) -> pd.DataFrame:
    """Return a row a model and origin: mean CRPS over series and horizons."""
    rows = []
    for name, fold in folds.items():
        for place, origin in enumerate(plan.origins):
            grid = fold.shown.crps[place]
            count = int(np.isfinite(grid).sum())
            rows.append(
                {
                    "model": name,
                    "origin": series.periods[origin - 1],
                    "crps": _mean(grid),
                    "n": count,
                }
            )
    return pd.DataFrame(rows)


def calibration(folds: Mapping[str, Folds]) -> pd.DataFrame:
    """Return a row a model and level: how often its central intervals held what was observed."""
    rows = []
    for name, fold in folds.items():
        for percent in range(5, 100, 5):
            share = _mean(covered(fold.shown.rank, percent / 100))
            rows.append({"model": name, "level": percent / 100, "coverage": share})
    return pd.DataFrame(rows)


def doubts(frame: pd.DataFrame, folds: Mapping[str, Folds], plan: Plan) -> tuple[Said, ...]:
    """Say which models do not beat the naive ones, whose intervals do not hold, what is thin."""
    found = []
    for row in frame.itertuples():
        if row.model in NAIVE.values() or row.n == 0:
            continue
        beaten = [
            name
            for short, name in NAIVE.items()
            if not getattr(row, f"skill_{short}") > 0  # NaN counts as not beaten
        ]
        if beaten:
            found.append(_unbeaten(str(row.model), beaten))
        found += _miscovered(str(row.model), folds[str(row.model)], plan)
    origins = len(plan.origins)
    if origins < LEAST_ORIGINS:
        found.append(
            said_many(
                "There is {n} origin: how sure a skill is cannot be told. Give more periods or "
                "earlier origins.",
                "There are {n} origins: how sure a skill is cannot be told. Give more periods or "
                "earlier origins.",
                origins,
            )
        )
    elif origins < _FEW_ORIGINS:
        found.append(
            said("There are {n} origins only: intervals of the skill are wide.", n=origins)
        )
    return tuple(found)


def _unbeaten(name: str, beaten: list[str]) -> Said:
    """Say that a model does not beat one or both of the naive forecasts."""
    if len(beaten) == 1:
        return said(
            "{model} does not beat the {naive}: take the simpler forecast unless there is another "
            "reason.",
            model=model_said(name),
            naive=model_said(beaten[0]),
        )
    return said(
        "{model} does not beat the {naive} nor the {other}: take the simpler forecast unless there "
        "is another reason.",
        model=model_said(name),
        naive=model_said(beaten[0]),
        other=model_said(beaten[1]),
    )


def _row(
    name: str, folds: Mapping[str, Folds], plan: Plan, level: float, ahead: slice
) -> dict[str, Any]:
    fold = folds[name]
    crps = fold.shown.crps[..., ahead]
    row: dict[str, Any] = {"model": name, "n": int(np.isfinite(crps).sum())}
    row |= {"crps": _mean(crps), "wis": _mean(fold.shown.wis[..., ahead])}
    row["log_score"] = _mean(fold.log_score[..., ahead])
    row |= {
        column: _mean(covered(fold.shown.rank, part)[..., ahead])
        for column, part in _LEVELS.items()
    }
    row |= {"sharpness": _mean(fold.width[..., ahead]), "bias": _mean(fold.error[..., ahead])}
    reach = plan.horizon if ahead.stop is None else ahead.stop
    overlap = reach / _step(plan)
    skills = {
        short: skill(crps, folds[other].shown.crps[..., ahead], overlap=overlap, level=level)
        for short, other in NAIVE.items()
        if other != name
    }
    row |= _against(skills, level)
    for short in NAIVE:
        found = skills.get(short)
        row[f"skill_{short}"] = np.nan if found is None else found.estimate
        row[f"skill_{short}_lower"] = np.nan if found is None else found.lower
        row[f"skill_{short}_upper"] = np.nan if found is None else found.upper
    if fold.latent is not None:
        row["latent_crps"] = _mean(fold.latent.crps[..., ahead])
        for column, part in _LEVELS.items():
            row[f"latent_{column}"] = _mean(covered(fold.latent.rank, part)[..., ahead])
    row["verdict"] = "a reference" if name in NAIVE.values() else _verdict(skills)
    return row


def _against(skills: Mapping[str, Skill], level: float) -> dict[str, Any]:
    """Return the skill against the harder reference: the one against which it is least."""
    short = min(skills, key=lambda key: np.nan_to_num(skills[key].estimate, nan=np.inf))
    found = skills[short]
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "lower": found.lower,
        "upper": found.upper,
        "level": level,
        "reference": NAIVE[short],
    }


def _verdict(skills: Mapping[str, Skill]) -> str:
    worse = [f"the {NAIVE[short]}" for short, found in skills.items() if found.upper < 0]
    if worse:
        return f"worse than {' and '.join(worse)}"
    behind = [f"the {NAIVE[short]}" for short, found in skills.items() if found.estimate <= 0]
    if behind:
        return f"does not beat {' nor '.join(behind)}"
    if any(np.isnan(found.estimate) for found in skills.values()):
        return "nothing to compare"
    unsure = [f"the {NAIVE[short]}" for short, found in skills.items() if not found.lower > 0]
    if unsure:
        return f"ahead of both naive forecasts, not surely of {' and '.join(unsure)}"
    return "beats both naive forecasts"


def _miscovered(name: str, folds: Folds, plan: Plan) -> list[Said]:
    """Say which intervals hold too much or too little, and by more than chance."""
    texts = []
    for part in _LEVELS.values():
        held = covered(folds.shown.rank, part)
        known = np.isfinite(held)
        count = known.sum(axis=(1, 2)).astype(float)
        used = count > 0
        share = np.where(known, held, 0.0).sum(axis=(1, 2))[used]
        found, error, df = ratio(share, count[used], max(plan.horizon / _step(plan), 1.0))
        # few origins that happen to agree look surer than so many targets can make them
        chance = np.sqrt(part * (1 - part) / max(_targets(known, plan), 1))
        reach = (
            max(stats.t.ppf(0.975, df) * error, stats.norm.ppf(0.975) * chance) if df else np.inf
        )
        if abs(found - part) > _TOLERATED + reach:
            given = {"part": 100 * part, "model": model_said(name), "held": 100 * found}
            texts.append(
                said("{part:g}% intervals of {model} hold {held:.0f}%: too narrow.", **given)
                if found < part
                else said("{part:g}% intervals of {model} hold {held:.0f}%: too wide.", **given)
            )
    return texts


def _targets(known: NDArray[np.bool_], plan: Plan) -> int:
    """Return how many observed scores were foreseen, each once however many origins foresaw it."""
    _, series, _ = known.shape
    origin, place, ahead = np.nonzero(known)
    period = np.asarray(plan.origins)[origin] + ahead
    return len(np.unique(period * series + place))


def _step(plan: Plan) -> float:
    return float(np.median(np.diff(plan.origins))) if len(plan.origins) > 1 else 1.0


def _mean(grid: Grid) -> float:
    known = np.isfinite(grid)
    return float(grid[known].mean()) if known.any() else float("nan")
