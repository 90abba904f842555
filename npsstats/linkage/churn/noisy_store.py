"""A store's NPS in the hazard of its customers, corrected for the noise of few answers.

The NPS of a store and some months is a mean of n answers with a known sampling variance v. Put
into a hazard as it is, it pulls the slope towards 0. For a log-linear hazard the bias has a closed
form, E exp(βW) = exp(βx + β²v/2), and the corrected score is unbiased (Nakamura 1990).

References
----------
Nakamura, T. (1990). Corrected score function for errors-in-variables models. Biometrika 77(1),
127–137. Carroll, R. J., Ruppert, D., Stefanski, L. A. & Crainiceanu, C. M. (2006). Measurement
Error in Nonlinear Models, 2nd ed., ch. 7. Chapman & Hall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.corrected_score import Solution, corrected_score
from npsstats.linkage.churn.store_scores import (
    noise_left,
    score_reliability,
    store_grid,
    words_of_unmatched,
)
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["StoreScoreHazard", "store_score_hazard"]

_LEAST = 0.2  # reliability below which a slope is not identified
_LOW = 0.5
_ENOUGH = 10  # stores


@dataclass(frozen=True, repr=False)
class StoreScoreHazard(Result):
    """Log hazard ratio of 10 points more of the store's NPS, corrected and naive, a row each.

    `estimate` is missing where the scores are too noisy for it.

    Attributes
    ----------
    reliability
        Share of the variance of the stores' scores (after the effects) that is no sampling noise.
    store_effects
        Whether each store has a hazard of its own, so that only moves within stores count.
    answers
        Median answers behind a score.
    """

    title: ClassVar[str] = "Hazard of leaving by the store's NPS (10 points)"
    reliability: float
    store_effects: bool
    answers: float

    @override
    def headline(self) -> str:
        row = self.frame.set_index("method").loc["corrected"]
        naive = self.frame.set_index("method").loc["naive"]
        if np.isnan(row["estimate"]):
            return (
                f"The slope is not identified: only {100 * self.reliability:.0f} % of the variance "
                "of the stores' scores is no noise of few answers."
            )
        where = (
            "Within stores, when their own NPS is"
            if self.store_effects
            else "Between stores (and months), where the NPS is"
        )
        return (
            f"{where} 10 points higher the hazard is {row['ratio']:.3f} times as "
            f"high ({100 * row['level']:g}% interval {row['ratio_lower']:.3f} to "
            f"{row['ratio_upper']:.3f}); uncorrected {naive['ratio']:.3f}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["estimate", "std_error", "lower", "upper", "ratio", "ratio_lower", "ratio_upper"]
        return self.frame.assign(**{name: self.frame[name].map("{:.4f}".format) for name in names})


def store_score_hazard(
    cells: HazardCells,
    scores: ScoreCounts,
    *,
    lag: int = 1,
    pool: int = 3,
    store_effects: bool | None = None,
    least: float = _LEAST,
    level: float = 0.95,
) -> StoreScoreHazard:
    """Return what ten points more of a store's recent NPS go with in its customers' hazard.

    Parameters
    ----------
    cells
        With `store_id` and `period`; other keys are added up.
    scores
        Answers by `store_id` and the same periods: `npsstats.count(responses, ["store_id",
        "month"])`.
    lag
        The last period of the scores lies so many before that of the hazard; at least 1, so that
        it is known.
    pool
        Periods of answers that make a score.
    store_effects
        Whether each store has a hazard of its own. None takes them where the reliability of the
        moves within stores bears it, and says so.
    least
        Reliability below which nothing is estimated.
    level
        Confidence level; errors over stores.

    Raises
    ------
    InputError
        If a key is not there, no store of the cells has scores, periods do not match,
            or fewer than ten stores have scores.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.aggregates.scores import ScoreCounts
    >>> rng = np.random.default_rng(3)
    >>> stores = [f"S{i:02d}" for i in range(60)]
    >>> p = rng.uniform(0.3, 0.6, 60)  # promoters; three in ten are passives
    >>> answers = np.zeros((60, 11), dtype=int)
    >>> answers[:, [3, 8, 10]] = [rng.multinomial(40, (0.7 - a, 0.3, a)) for a in p]
    >>> scores = ScoreCounts(answers, pd.DataFrame({"store_id": stores, "month": "2025-01"}))
    >>> left = rng.binomial(2000, 0.04 * np.exp(-0.1 * 10 * (2 * p - 0.7)))
    >>> rows = pd.DataFrame({"store_id": stores, "at_risk": 2000, "events": left})
    >>> rows["period"] = "2025-02"
    >>> cells = HazardCells.from_frame(rows, ["store_id", "period"])
    >>> result = store_score_hazard(cells, scores, pool=1, store_effects=False)
    >>> result.frame[["method", "ratio", "ratio_lower", "ratio_upper"]].round(2)
          method  ratio  ratio_lower  ratio_upper
    0  corrected   0.90         0.86         0.94
    1      naive   0.94         0.92         0.96
    """
    checks.count("lag", lag, least=1)
    checks.count("pool", pool, least=1)
    checks.fraction("level", level)
    checks.fraction("least", least)
    data = store_grid(cells, scores, lag, pool)
    unmatched = words_of_unmatched(cells, scores)
    stores = int((data["n"].sum(axis=1) > 0).sum())
    if stores < _ENOUGH:
        raise InputError(
            f"Only {stores} stores have both customers at risk and scores of the {pool} periods "
            f"before; errors over stores need at least {_ENOUGH}. Take fewer periods, or more "
            "stores."
        )
    within = score_reliability(data, pool, within=True)
    effects = within >= max(least, _LOW) if store_effects is None else store_effects
    reliability = within if effects else score_reliability(data, pool, within=False)
    arrays = (data["n"], data["y"], data["score"])
    naive = corrected_score(*arrays, np.zeros_like(data["v"]), store_effects=effects)
    doubts = []
    corrected = None
    if reliability < least:
        doubts.append(
            said(
                "The slope is not identified: {reliability:.0f}% of the variance of the "
                "scores{within} is no noise (at least {least:.0f}% are needed). Pool more "
                "periods, or collect more answers.",
                reliability=100 * reliability,
                within=said(" within stores") if effects else "",
                least=100 * least,
            )
        )
    else:
        noise = data["v"] * noise_left(data["n"] > 0, pool) if effects else data["v"]
        corrected = corrected_score(*arrays, noise, store_effects=effects)
        if corrected is None:
            doubts.append(
                said(
                    "The corrected score has no root: the noise of the scores outweighs what "
                    "they tell. Pool more periods."
                )
            )
    if store_effects is None:
        doubts.append(
            said(
                "Within stores {within:.0f}% of the variance is no noise, so stores have hazards "
                "of their own.",
                within=100 * within,
            )
            if effects
            else said(
                "Within stores {within:.0f}% of the variance is no noise, so stores are compared "
                "with one another too.",
                within=100 * within,
            )
        )
    if not effects:
        doubts.append(
            said(
                "Between stores the slope is confounded: they differ in more than their NPS "
                "(place, customers, competitors), so it does not say what a rise of a store's "
                "NPS would do. That is another question, of what happens in a store when its own "
                "score changes."
            )
        )
    if corrected is not None and reliability < _LOW:
        doubts.append(
            said(
                "Reliability is {reliability:.2f}: the correction multiplies the naive slope, "
                "and its doubt, by two or more.",
                reliability=reliability,
            )
        )
    doubts += unmatched
    frame = _frame({"corrected": corrected, "naive": naive}, data, level)
    options = {"lag": lag, "pool": pool, "store_effects": effects, "least": least, "level": level}
    provenance = Provenance("corrected score (Nakamura 1990)", options, cells.fingerprint)
    answers = float(np.median(data["answers"][data["n"] > 0]))
    return StoreScoreHazard(frame, tuple(doubts), provenance, reliability, effects, answers)


def _frame(
    found: dict[str, Solution | None], data: dict[str, NDArray[np.float64]], level: float
) -> pd.DataFrame:
    stores = int((data["n"].sum(axis=1) > 0).sum())
    half = float(stats.t.ppf(0.5 + level / 2, stores - 1))
    rows = []
    for name, one in found.items():
        estimate, error = (one.slope, one.error) if one is not None else (np.nan, np.nan)
        low, high = estimate - half * error, estimate + half * error
        rows.append(
            {
                "method": name,
                "estimate": estimate,
                "std_error": error,
                "lower": low,
                "upper": high,
                "level": level,
                "p_value": float(2 * stats.t.sf(abs(estimate / error), stores - 1)),
                "ratio": np.exp(estimate),
                "ratio_lower": np.exp(low),
                "ratio_upper": np.exp(high),
                "n": int(data["n"].sum()),
                "events": int(data["y"].sum()),
                "stores": stores,
            }
        )
    return pd.DataFrame(rows)
