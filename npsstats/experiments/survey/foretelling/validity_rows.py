"""The rows of a table of predictive validity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import special

from npsstats.estimation.neighbours.proportions import wilson
from npsstats.experiments.contrasts import LEAST_P
from npsstats.experiments.survey.foretelling import prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.foretelling.prediction import Concordance, Slope

    Floats = NDArray[np.float64]

__all__ = ["VALIDITY_COLUMNS", "Arm", "differences", "levels"]

_GROUPS = {"detractors": (0, 7), "passives": (7, 9), "promoters": (9, 11), "all": (0, 11)}
VALIDITY_COLUMNS = (
    "arm",
    "against",
    "quantity",
    "method",
    "unit",
    "estimate",
    "std_error",
    "lower",
    "upper",
    "level",
    "p_value",
    "probability",
    "n",
    "events",
)


class Arm(NamedTuple):
    """What an arm's counts say: answers, events, concordance and slope."""

    name: str
    n: int
    events: int
    by_score: Floats  # (2, 11): without the outcome, with it
    found: Concordance
    line: Slope


def levels(arm: Arm, drawn: Floats, level: float) -> list[dict[str, Any]]:
    """Return the rows of one arm; `drawn` are draws of its concordance."""
    shared = {"arm": arm.name, "against": "", "level": level, "n": arm.n, "events": arm.events}
    found = arm.found
    lower, upper = found.interval(level)
    p_value = max(found.p_value, LEAST_P)
    area = {
        "quantity": "concordance",
        "method": "DeLong, logit interval",
        "unit": "share",
        "estimate": found.estimate,
        "std_error": found.std_error,
        "lower": lower,
        "upper": upper,
        "p_value": p_value,
    }
    somers = area | {
        "quantity": "Somers' D",
        "unit": "difference of shares",
        "estimate": 2 * found.estimate - 1,
        "std_error": 2 * found.std_error,
        "lower": 2 * lower - 1,
        "upper": 2 * upper - 1,
    }
    posterior = _posterior("concordance", drawn, 0.5, level)
    odds = _ratio("odds ratio per point", arm.line.estimate, arm.line.std_error, level)
    rates = []
    for group, (first, end) in _GROUPS.items():
        having, n = arm.by_score[1, first:end].sum(), arm.by_score[:, first:end].sum()
        row = {"quantity": f"rate, {group}", "method": "Wilson", "unit": "share", "n": int(n)}
        row["events"] = int(having)
        if n:
            line = wilson(int(having), int(n), level=level).frame.iloc[0]
            row |= {name: line[name] for name in ("estimate", "std_error", "lower", "upper")}
        rates.append(row)
    return [shared | row for row in (area, posterior, somers, odds, *rates)]


def differences(one: Arm, two: Arm, drawn: Floats, level: float) -> list[dict[str, Any]]:
    """Return the rows of an arm against the control; `drawn` are draws of the difference."""
    shared = {"arm": one.name, "against": two.name, "level": level}
    shared |= {"n": one.n + two.n, "events": one.events + two.events}
    se, lower, upper, p_value = prediction.compare(one.found, two.found, level)
    area = {
        "quantity": "concordance difference",
        "method": "DeLong, independent arms",
        "unit": "share",
        "estimate": one.found.estimate - two.found.estimate,
        "std_error": se,
        "lower": lower,
        "upper": upper,
        "p_value": max(p_value, LEAST_P),
    }
    gap = one.line.estimate - two.line.estimate
    spread = float(np.hypot(one.line.std_error, two.line.std_error))
    return [
        shared | area,
        shared | _posterior("concordance difference", drawn, 0.0, level),
        shared | _ratio("ratio of odds ratios per point", gap, spread, level),
    ]


def _posterior(quantity: str, drawn: Floats, none: float, level: float) -> dict[str, Any]:
    """Return the posterior of draws; its probability is that of more than `none`."""
    tail = (1 - level) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    return {
        "quantity": quantity,
        "method": "Dirichlet posterior, by draws",
        "unit": "share",
        "estimate": float(drawn.mean()),
        "std_error": float(drawn.std()),
        "lower": float(lower),
        "upper": float(upper),
        "probability": float(((drawn > none).sum() + 0.5) / (len(drawn) + 1)),
    }


def _ratio(quantity: str, log: float, se: float, level: float) -> dict[str, Any]:
    half = float(special.ndtri((1 + level) / 2)) * se
    p_value = 2 * float(special.ndtr(-abs(log) / se)) if se > 0 else np.nan
    return {
        "quantity": quantity,
        "method": "logistic, Wald",
        "unit": "ratio",
        "estimate": float(np.exp(log)),
        "std_error": se,
        "lower": float(np.exp(log - half)),
        "upper": float(np.exp(log + half)),
        "p_value": max(p_value, LEAST_P),
    }
