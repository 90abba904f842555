"""The readings of one slope: within, between and over all; naive, corrected and by halves."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.linkage.corrected import (
    STRENGTH,
    corrected_moments,
    dependent,
    halves_moments,
    signal_weights,
)
from npsstats.linkage.growth_between import Sums, between_sums, pooled_sums, within_sums
from npsstats.linkage.growth_controls import seasonal, seasonal_score
from npsstats.linkage.growth_placebo import placebo_moments
from npsstats.linkage.growth_terms import least_squares
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from numpy.typing import NDArray

    from npsstats.linkage.corrected import NoisyScore

    type Grid = NDArray[np.float64]
    type Errors = Literal["cluster", "driscoll-kraay"]

__all__ = ["LEAST_PERIODS_DK", "LEAST_STORES", "Setting", "control_rows", "row", "slopes"]

LEAST_STORES = 10
"""Fewer stores than this give no error that is clustered by store."""

LEAST_PERIODS_DK = 20
"""Fewer periods than this give no error of Driscoll and Kraay."""

_DEPENDENT = said(
    "Answers are not independent of each other: customers answer several times, "
    "within a period or in several. What is corrected by variances is withheld; "
    "the halves keep a customer's answers together, and hold."
)

_ERRORS: tuple[Errors, ...] = ("cluster", "driscoll-kraay")


@dataclass(frozen=True, eq=False)
class Setting:
    """One regression's grids, before scores are shifted.

    Attributes
    ----------
    outcome
        Shape (S, T): log growth in %, NaN where there is none.
    score
        As given.
    controls
        Name → grid.
    lag
        Periods from the score to the growth's end.
    level
        Of the intervals.
    season
        Place in the year of each period where stores have seasons of their own, or None.
    """

    outcome: Grid
    score: NoisyScore
    controls: Mapping[str, Grid]
    lag: int
    level: float
    season: NDArray[np.int64] | None = None
    kinds: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the seasons."""
        kinds = 1 if self.season is None else int(self.season.max()) + 1
        object.__setattr__(self, "kinds", kinds)

    def spread(self, score: NoisyScore) -> tuple[Grid, NoisyScore, list[Grid]]:
        """Return outcome, score and controls with a row a store and season."""
        held = [seasonal(grid, self.season) for grid in self.controls.values()]
        return seasonal(self.outcome, self.season), seasonal_score(score, self.season), held


def slopes(setting: Setting) -> tuple[list[dict[str, Any]], dict[str, Sums], list[Said]]:
    """Return a row a reading and kind of errors, the sums that `explained` needs, and doubts."""
    before = setting.score.shifted(setting.lag)
    grown, score, held = setting.spread(before)
    plain = corrected_moments(grown, score, held)
    weights = signal_weights(grown, score, held)
    mended = corrected_moments(grown, score, held, weights)
    sums = {
        "within": within_sums(plain, grown, setting.kinds),
        "pooled": pooled_sums(setting.outcome, before, list(setting.controls.values())),
        "between": between_sums(setting.outcome, before),
    }
    weighted = within_sums(mended, grown, setting.kinds)
    found = [
        ("within", "naive", sums["within"].naive()),
        ("within", "corrected", weighted),
    ]
    alone = not dependent(grown, score, held, weights)
    if _split(score):
        halves = halves_moments(grown, score, held, weights)
        found.append(("within", "split-half", within_sums(halves, grown, setting.kinds)))
    for name in ("between", "pooled"):
        found += [(name, "naive", sums[name].naive()), (name, "corrected", sums[name])]
    found += _placebo(setting, weights)
    rows = [
        row("score", name, reading, errors, part, setting.level, before.n)
        for name, reading, part in found
        for errors in (_ERRORS if name != "between" else _ERRORS[:1])
    ]
    for one in rows:
        if one["reading"] == "naive" and one["estimator"] in sums:
            one["reliability"] = sums[one["estimator"]].reliability  # what attenuates it
        if one["reading"] == "corrected" and not alone:
            one.update(dict.fromkeys(("estimate", "std_error", "lower", "upper", "p_value"), nan))
    return rows, sums, ([] if alone else [_DEPENDENT])


def _placebo(setting: Setting, weights: Grid) -> list[tuple[str, str, Sums]]:
    grown, score, held = setting.spread(setting.score)
    found = []
    for reading, corrected in (("naive", False), ("corrected", True)):
        moments = placebo_moments(
            grown,
            score,
            held,
            weights if corrected else None,
            lag=setting.lag,
            corrected=corrected,
        )
        if moments.effects.n_periods > 1:
            found.append(("placebo lead", reading, within_sums(moments, grown, setting.kinds)))
    return found


def _split(score: NoisyScore) -> bool:
    return score.half_n is not None and bool((score.half_n > 0).all(axis=0).any())


def row(
    term: str,
    estimator: str,
    reading: str,
    errors: Errors,
    sums: Sums,
    level: float,
    answers: NDArray[np.int64],
) -> dict[str, Any]:
    """Return a row of the frame, NaN where the data cannot bear the number.

    A naive slope has the limits that least squares give, estimate ± t × error. A corrected one has
    those of Fieller; where what it divides by is not surely there (`strength` below
    `corrected.STRENGTH`, or a limit infinite) it is withheld, its limits and its p-value are kept,
    since they hold anyway.
    """
    used = sums.used
    between = used.shape[1] == 1
    found = sums.slope(level, errors=errors)
    known = _known(found.estimate, found.std_error, found.df, level)
    strength = inf
    if reading != "naive":
        known |= {"lower": found.lower, "upper": found.upper, "p_value": found.p_value}
        strength = sums.sureness()
        if not (strength >= STRENGTH and isfinite(found.lower) and isfinite(found.upper)):
            known |= {"estimate": nan, "std_error": nan}
    counts = _counts(used)
    if not _bears(counts, errors):
        known = dict.fromkeys(known, nan)
    return (
        {"term": term, "estimator": estimator, "reading": reading, "errors": errors}
        | known
        | {"level": level}
        | counts
        | {
            "periods": 0 if between else counts["periods"],
            "df": found.df,
            "answers": float(np.median(answers[used])) if not between and used.any() else nan,
            "reliability": sums.reliability if reading != "naive" and used.any() else nan,
            "strength": strength,
        }
    )


def _counts(used: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "n": int(used.sum()),
        "stores": int(used.any(axis=1).sum()),
        "periods": int(used.any(axis=0).sum()),
    }


def _bears(counts: Mapping[str, Any], errors: Errors) -> bool:
    """Tell whether there are stores, and periods, enough for that kind of errors."""
    if counts["stores"] < LEAST_STORES:
        return False
    return errors == "cluster" or counts["periods"] >= LEAST_PERIODS_DK


def _known(estimate: float, std_error: float, df: int, level: float) -> dict[str, float]:
    """Return an estimate with the limits and the p-value of Wald."""
    from scipy import stats

    t = float(stats.t.ppf(0.5 + level / 2, df)) if df > 0 else nan
    far = abs(estimate) / std_error if std_error > 0 else nan
    return {
        "estimate": estimate,
        "std_error": std_error,
        "lower": estimate - t * std_error,
        "upper": estimate + t * std_error,
        "p_value": float(2 * stats.t.sf(far, df)) if df > 0 else nan,
    }


def control_rows(setting: Setting) -> list[dict[str, Any]]:
    """Return the controls' slopes of the naive fit within stores."""
    if not setting.controls or setting.season is not None:
        return []
    before = setting.score.shifted(setting.lag)
    score = np.where(before.n > 0, before.mean, np.nan)
    fit = least_squares(setting.outcome, [score, *setting.controls.values()])
    counts = _counts(fit.used)
    rows = []
    for errors in _ERRORS:
        error = np.sqrt(np.diag(fit.covariance(errors)))
        df = counts["stores" if errors == "cluster" else "periods"] - 1
        for place, name in enumerate(setting.controls, start=1):
            known = _known(float(fit.estimate[place]), float(error[place]), df, setting.level)
            if not _bears(counts, errors):
                known = dict.fromkeys(known, nan)
            rows.append(
                {"term": name, "estimator": "within", "reading": "naive", "errors": errors}
                | known
                | {"level": setting.level}
                | counts
                | {
                    "df": df,
                    "answers": float(np.median(before.n[fit.used])),
                    "reliability": nan,
                    "strength": inf,
                }
            )
    return rows
