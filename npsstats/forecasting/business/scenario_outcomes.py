"""The quantities that each lever reaches: score, revenue, customers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.forecasting.business.consequences import (
    MOVES_GROWTH,
    MOVES_LEVEL,
    Outcome,
    factor,
    lagged,
    lost_customers,
    moved_customers,
)
from npsstats.forecasting.business.quantities import matched
from npsstats.grades import ASSUMED, CROSS_SECTION, weakest
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.known import Known, Slope
    from npsstats.forecasting.business.levers import Effects
    from npsstats.forecasting.business.network_score import ScoreAhead

    type Floats = NDArray[np.float64]

__all__ = [
    "CALLS",
    "CHANGE",
    "PATHS",
    "QUESTION",
    "Baseline",
    "of_calls",
    "of_change",
    "of_question",
]

CHANGE, CALLS, QUESTION = "change of the score", "call-backs", "question"
SCORE, PUBLISHED, REVENUE, LOST = "NPS", "NPS as published", "revenue", "customers lost"
_LOW = ("super-detractor", "detractor")
PATHS: dict[str, tuple[tuple[str, ...], tuple[str, ...], float]] = {
    "detractors to passives": (_LOW, ("passive",), 1.0),
    "passives to promoters": (("passive",), ("promoter",), 1.0),
    "detractors to promoters": (_LOW, ("promoter",), 2.0),
}
"""Who becomes what as the score rises, and by how many points one of 100 customers moves it."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """What comes if nothing is turned.

    Attributes
    ----------
    score
        To come.
    revenue
        (D, H) draws, or None.
    churn
        A projection by category, or None.
    path
        Of `PATHS`.
    """

    score: ScoreAhead
    revenue: Floats | None
    churn: Any
    path: str

    @property
    def shape(self) -> tuple[int, int]:
        """Draws and periods, (D, H)."""
        return self.score.draws.shape[0], self.score.draws.shape[1]


def of_change(
    base: Baseline, change: Floats, grade: str, slope: Slope | None, rng: np.random.Generator
) -> list[Outcome]:
    """Return what goes with a change of the score (D, H), before it is held within ±100."""
    start = base.score.draws
    after = np.clip(start + change, -100, 100)
    real = after - start
    out = [Outcome(CHANGE, SCORE, "", "points", start, after, grade, grade)]
    if slope is not None:
        out += _revenue(base, real, grade, slope, rng)
    if base.churn is not None:
        out.append(_churn(base, real, grade))
    return out


def _revenue(
    base: Baseline, real: Floats, grade: str, slope: Slope, rng: np.random.Generator
) -> list[Outcome]:
    whole = weakest(grade, slope.grade).name
    out = []
    drawn = slope.draw(rng, len(real)) if slope.identified else np.full(len(real), nan)
    why = "" if slope.identified else slope.why or said("The slope is not identified.")
    for basis in (MOVES_GROWTH, MOVES_LEVEL):
        more = factor(real, drawn, slope.lag, basis) if slope.identified else real * nan
        flat = np.zeros_like(more)
        out.append(
            Outcome(CHANGE, REVENUE, basis, "% of the baseline", flat, 100 * more, whole,
                    slope.grade, why=why)
        )  # fmt: skip
        if base.revenue is not None:
            out.append(
                Outcome(CHANGE, REVENUE, basis, "money", base.revenue, base.revenue * (1 + more),
                        whole, slope.grade, adds=True, why=why)
            )  # fmt: skip
    return out


def _churn(base: Baseline, real: Floats, grade: str) -> Outcome:
    low, high, points = PATHS[base.path]
    churn, (draws, horizon) = base.churn, base.shape
    customers = matched(churn.customers, draws)[:, :horizon]
    rates = matched(churn.rates, draws)[:, :horizon]
    names = list(churn.labels)
    categories = (*_LOW, "passive", "promoter")
    places = {name: names.index(name) for name in categories if name in names}

    def together(wanted: tuple[str, ...]) -> tuple[Floats, Floats]:
        at = [places[name] for name in wanted if name in places]
        n, rate = customers[:, :, at], rates[:, :, at]
        total = n.sum(axis=2)
        lost = np.where(n > 0, n * np.nan_to_num(rate), 0.0).sum(axis=2)
        return total, np.divide(lost, total, out=np.full(total.shape, nan), where=total > 0)

    (n_low, rate_low), (n_high, rate_high) = together(low), together(high)
    answered = together(categories)[0]
    lost = (customers * np.nan_to_num(rates))[:, :, names.index("all")]
    whole = weakest(grade, CROSS_SECTION).name
    basis = f"{base.path}, who then leave as those do"
    empty = not (np.isfinite(rate_low).all() and np.isfinite(rate_high).all())
    why: str = ""
    if empty:
        why = said("A category that customers would move between holds no customer in some draws.")
        gone = lost * nan
    else:
        moved = moved_customers(lagged(real, 1), answered, (n_low, n_high), points)
        down = lost_customers(moved, (rate_low, rate_high))
        gone = lost + down
    return Outcome(
        CHANGE, LOST, basis, "customers", lost, gone, whole, CROSS_SECTION.name, adds=True, why=why
    )


def of_calls(
    base: Baseline, effects: Effects, called: Floats, coverage: float, again: int,
    rng: np.random.Generator,
) -> list[Outcome]:  # fmt: skip
    """Return what calling so many detractors (D, H) changes, by its experiment alone."""
    out = []
    none = np.zeros(base.shape)

    def drawn(known: Known) -> Floats:
        values = known.draw(rng, len(none)) if not effects.why else np.full(len(none), nan)
        return np.asarray(values)[:, None]

    if effects.score is not None:
        grade = effects.score.grade
        later = lagged(np.ones(base.shape), again)
        more = drawn(effects.score) * coverage * base.score.detractors * later
        start = base.score.draws
        after = np.clip(start + more, -100, 100)
        basis = f"those called answer again {again} {base.score.period}s later, as others do"
        out.append(
            Outcome(CALLS, SCORE, basis, "points", start, after, grade, grade, why=effects.why)
        )
    if effects.bought is not None:
        grade = effects.bought.grade
        more = called * drawn(effects.bought)
        basis = "customers called × effect on re-purchase, in the period of the call"
        out.append(
            Outcome(CALLS, "customers who buy again", basis, "customers", none, more, grade, grade,
                    adds=True, why=effects.why)
        )  # fmt: skip
        if isfinite(effects.worth):
            out.append(
                Outcome(CALLS, "contribution", f"{basis}, × contribution of one", "money", none,
                        more * effects.worth, weakest(grade, ASSUMED).name, grade, adds=True,
                        why=effects.why)
            )  # fmt: skip
    if effects.money is not None:
        grade = effects.money.grade
        more = called * drawn(effects.money)
        basis = "customers called × effect on revenue, in the period of the call"
        start = none if base.revenue is None else base.revenue
        out.append(
            Outcome(CALLS, REVENUE, basis, "money", start, start + more, grade, grade, adds=True,
                    why=effects.why)
        )  # fmt: skip
    return out


def of_question(
    base: Baseline, shift: Known, since: int, rng: np.random.Generator
) -> list[Outcome]:
    """Return what another question changes: the published score, and nothing else."""
    draws, horizon = base.shape
    start = base.score.draws
    moved = shift.draw(rng, draws)[:, None] * (np.arange(horizon) >= since)
    after = np.clip(start + moved, -100, 100)
    same = "the question changes, not the customers"
    grade = shift.grade
    out = [
        Outcome(QUESTION, PUBLISHED, "", "points", start, after, grade, grade),
        Outcome(QUESTION, SCORE, same, "points", start, start, grade, grade),
    ]
    if base.revenue is not None:
        out.append(
            Outcome(QUESTION, REVENUE, same, "money", base.revenue, base.revenue, grade, grade,
                    adds=True)
        )  # fmt: skip
    if base.churn is not None:
        n = matched(base.churn.customers, draws)[:, :horizon]
        rate = matched(base.churn.rates, draws)[:, :horizon]
        lost = (n * np.nan_to_num(rate))[:, :, list(base.churn.labels).index("all")]
        out.append(Outcome(QUESTION, LOST, same, "customers", lost, lost, grade, grade, adds=True))
    return out
