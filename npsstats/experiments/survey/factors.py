"""Several things varied at once: the effect of each, and whether they add up.

Every combination of levels is an arm. A main effect compares a factor's level with its control,
averaged over the levels of the others as they were planned; an interaction says how much the effect
of one factor changes between two levels of another.

References
----------
Box, G. E. P., Hunter, J. S. & Hunter, W. G. (2005). Statistics for Experimenters, 2nd ed.,
sections 5.6–5.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.experiments.spec_survey import JOINED
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from npsstats.experiments.spec_survey import Factor
    from npsstats.experiments.survey.arms import SurveyArms

    Floats = NDArray[np.float64]

__all__ = ["FactorEffects", "factor_effects"]

_QUANTITIES = (
    ("response", "share", "response"),
    ("NPS of those who answer", "points", "answered"),
    ("NPS weighted to all asked", "points", "weighted"),
)
_NAMED = {
    "response": said("response"),
    "NPS of those who answer": said("NPS of those who answer"),
    "NPS weighted to all asked": said("NPS weighted to all asked"),
}


@dataclass(frozen=True, repr=False)
class FactorEffects(Result):
    """A row an effect: of a factor's level, or of two together beyond their sum.

    `frame`: effect ("main", "interaction"), factor, level_of (the level; of interactions both,
    joined), quantity, unit ("share", "points"), estimate, std_error, lower, upper, level,
    probability (that it is above 0).
    """

    title: ClassVar[str] = "Each factor by itself, and together"

    @override
    def shown(self) -> pd.DataFrame:
        scale = np.where(self.frame["unit"] == "share", 100, 1)
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: scale * self.frame[name] for name in names})


def factor_effects(
    arms: SurveyArms, factors: Mapping[str, Factor], *, level: float = 0.95
) -> FactorEffects:
    """Return main effects and two-way interactions on response and NPS.

    Parameters
    ----------
    arms
        What `survey_arms` returned for arms that are combinations of the factors' levels.
    factors
        Name → factor, in the order in which an arm's name has their levels.
    level
        Of the equal-tailed intervals.
    """
    rows: list[dict[str, Any]] = []
    for effect, factor, levels, weights in _contrasts(arms.arms, factors):
        for quantity, unit, name in _QUANTITIES:
            values = getattr(arms.drawn, name) @ weights
            low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
            rows.append(
                {
                    "effect": effect,
                    "factor": factor,
                    "level_of": levels,
                    "quantity": quantity,
                    "unit": unit,
                    "estimate": float(values.mean()),
                    "std_error": float(values.std()),
                    "lower": float(low),
                    "upper": float(high),
                    "level": level,
                    "probability": float(((values > 0).sum() + 0.5) / (len(values) + 1)),
                }
            )
    frame = pd.DataFrame(rows)
    made = Provenance(
        "contrasts of arms, by draws",
        {"factors": list(factors), "level": level},
        arms.provenance.fingerprint,
        arms.provenance.seed,
    )
    return FactorEffects(frame, _doubts(frame), made)


def _contrasts(
    arms: tuple[str, ...], factors: Mapping[str, Factor]
) -> Iterator[tuple[str, str, str, Floats]]:
    """Return each effect's name, factor, levels, and its weights of the arms."""
    levels = pd.DataFrame([arm.split(JOINED) for arm in arms], columns=list(factors))
    plain = {name: levels[name].map(factor.shares).to_numpy() for name, factor in factors.items()}

    def weights(**fixed: str) -> Floats:
        """Return the mean over the other factors, as planned, of arms with these levels."""
        there = np.ones(len(arms))
        for name in factors:
            there *= (levels[name] == fixed[name]) if name in fixed else plain[name]
        return there / there.sum()

    for name, factor in factors.items():
        for other in factor.shares:
            if other != factor.control:
                gap = weights(**{name: other}) - weights(**{name: factor.control})
                yield "main", name, other, gap
    for (one, first), (two, second) in combinations(factors.items(), 2):
        for a in first.shares:
            for b in second.shares:
                if a == first.control or b == second.control:
                    continue
                gap = (
                    weights(**{one: a, two: b})
                    - weights(**{one: first.control, two: b})
                    - weights(**{one: a, two: second.control})
                    + weights(**{one: first.control, two: second.control})
                )
                yield "interaction", f"{one} × {two}", f"{a}{JOINED}{b}", gap


def _doubts(frame: pd.DataFrame) -> tuple[Said, ...]:
    crossed = frame[frame["effect"] == "interaction"]
    sure = crossed[(crossed["lower"] > 0) | (crossed["upper"] < 0)]
    if not len(sure):
        return ()
    row = sure.iloc[0]
    doubt = said(
        "Factors do not add up: {levels} ({factors}) differs from the sum of its parts in "
        "{quantity}. Read the arms one by one, not the main effects. With {n} interactions looked "
        "at, some differ by chance.",
        levels=row.level_of,
        factors=row.factor,
        quantity=_NAMED[row.quantity],
        n=len(crossed),
    )
    return (doubt,)
