"""The E-value: how strongly an unrecorded cause would have to go with both sides of a ratio.

For ratios (of risks, odds or hazards) and standardized differences of means. The E-value is the
smallest risk ratio by which an unrecorded cause would have to go both with the exposure (being a
detractor) and with the outcome (leaving), beyond what is recorded, to explain the estimate away.

References
----------
VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing
the E-value. Annals of Internal Medicine, 167(4), 268–274.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, sqrt
from typing import TYPE_CHECKING, ClassVar, override

import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.grades import CROSS_SECTION, GRADES
from npsstats.linkage.fingerprints import fingerprint
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MEASURES", "EValueResult", "e_value", "of_risk_ratio"]

_ONE_SD = 0.91  # log risk ratio of one sd of the outcome: VanderWeele & Ding (2017), table 2
_ITS_ERROR = 1.78


def _same(ratio: float) -> float:
    return ratio


def _common_hazard(ratio: float) -> float:
    up, down = sqrt(ratio), sqrt(1 / ratio)
    return float((1 - 0.5**up) / (1 - 0.5**down))


MEASURES = ("risk ratio", "odds ratio", "hazard ratio", "mean difference")
_MEASURES_SAID = {
    "odds ratio": said("odds ratio"),
    "hazard ratio": said("hazard ratio"),
}
_AS_RISK: dict[tuple[str, bool], Callable[[float], float]] = {
    ("risk ratio", True): _same,
    ("risk ratio", False): _same,
    ("odds ratio", True): _same,
    ("odds ratio", False): sqrt,
    ("hazard ratio", True): _same,
    ("hazard ratio", False): _common_hazard,
}


def of_risk_ratio(ratio: float) -> float:
    """Return the E-value of a risk ratio; below 1 it is turned round.

    Examples
    --------
    >>> round(of_risk_ratio(3.9), 2), of_risk_ratio(1.0)  # smoking and cancer, from the paper
    (7.26, 1.0)
    """
    larger = max(ratio, 1 / ratio)
    return larger + sqrt(larger * (larger - 1))


@dataclass(frozen=True, repr=False)
class EValueResult(Result):
    """The E-value of an estimate and of the end of its interval that is nearer to no difference.

    Attributes
    ----------
    frame
        One row: `measure, estimate, lower, upper, level, risk_ratio, e_value, e_value_limit`.
    grade
        Name of the grade of evidence.
    exposure, outcome
        What they are called in sentences.
    """

    grade: str
    exposure: str
    outcome: str

    title: ClassVar[str] = "E-value"

    @property
    def e_value(self) -> float:
        """Of the estimate: a risk ratio of at least 1."""
        return float(self.frame["e_value"].iloc[0])

    @property
    def e_value_limit(self) -> float:
        """Of the nearer end of the interval: 1 where the interval holds no difference."""
        return float(self.frame["e_value_limit"].iloc[0])

    @override
    def headline(self) -> str:
        noun = GRADES[self.grade].noun
        if self.e_value_limit == 1:
            return (
                f"The interval already holds no difference: no unrecorded cause is needed to "
                f"explain the {noun} of {self.exposure} with {self.outcome}."
            )
        return (
            f"To explain the {noun} of {self.exposure} with {self.outcome} away, an unrecorded "
            f"cause would have to go with both of them by a risk ratio of {self.e_value:.1f} each, "
            f"beyond what is recorded; {self.e_value_limit:.1f} would do for the interval to reach "
            "no difference."
        )

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame.drop(columns="level").copy()
        for name in frame.columns[1:]:
            frame[name] = [f"{value:.2f}" for value in frame[name]]
        return frame


def e_value(
    estimate: float,
    lower: float,
    upper: float,
    *,
    measure: str = "risk ratio",
    rare: bool = True,
    grade: str = CROSS_SECTION.name,
    exposure: str = "being a detractor",
    outcome: str = "leaving",
    level: float = 0.95,
) -> EValueResult:
    """Tell how strong an unrecorded cause would have to be to explain a ratio away.

    Parameters
    ----------
    estimate, lower, upper
        The ratio and its limits, above 0; or the difference of means in standard deviations of
        the outcome.
    measure
        "risk ratio", "odds ratio", "hazard ratio" or "mean difference".
    rare
        Of odds and hazard ratios: whether fewer than 15 % have the outcome by the end of
        follow-up. They are risk ratios then; otherwise they are turned into them.
    grade
        Grade of evidence.
    exposure, outcome
        What they are called in sentences.
    level
        Level of the interval given.

    Raises
    ------
    InputError
        If the numbers cannot be an estimate with its interval, or the evidence is randomized.

    References
    ----------
    VanderWeele & Ding (2017), tables 1 and 2.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.e_value, 2), round(found.e_value_limit, 2)
    (7.26, 3.0)
    >>> print(e_value(1.2, 0.9, 1.6).headline())
    The interval already holds no difference: no unrecorded cause is needed to explain the \
association of being a detractor with leaving.
    """
    checks.one_of("measure", measure, MEASURES)
    checks.fraction("level", level)
    if grade not in GRADES or GRADES[grade].causal:
        allowed = ", ".join(repr(name) for name, each in GRADES.items() if not each.causal)
        raise InputError(
            f"`grade` must be one of {allowed}, got {grade!r}: in a randomized comparison chance "
            "has dealt with unrecorded causes, known or not."
        )
    given = {"estimate": estimate, "lower": lower, "upper": upper}
    least = -float("inf") if measure == "mean difference" else 0.0
    for name, value in given.items():
        if not isinstance(value, int | float) or not isfinite(value) or value <= least:
            rule = "finite" if measure == "mean difference" else "finite and above 0"
            raise InputError(f"`{name}` of a {measure} must be {rule}, got {value!r}.")
    if not lower <= estimate <= upper:
        raise InputError(
            f"`estimate` must lie between `lower` and `upper`, got {estimate:g} outside {lower:g} "
            f"to {upper:g}. Give all three on one scale: ratios, not their logarithms."
        )
    ratio, low, high = _ratios(estimate, lower, upper, measure, level, rare=rare)
    near = low if ratio >= 1 else high
    limit = 1.0 if low <= 1 <= high else of_risk_ratio(near)
    row = {"measure": measure, **given, "level": level, "risk_ratio": ratio}
    row |= {"e_value": of_risk_ratio(ratio), "e_value_limit": limit}
    doubts = []
    if measure in ("odds ratio", "hazard ratio"):
        doubts.append(
            said(
                "The {measure} is read as a risk ratio, as it may be where the outcome is rare "
                "(fewer than 15%).",
                measure=_MEASURES_SAID[measure],
            )
            if rare
            else said(
                "The {measure} of a common outcome is turned into a risk ratio approximately.",
                measure=_MEASURES_SAID[measure],
            )
        )
    if measure == "mean difference":
        doubts.append(said("A difference of means is turned into a risk ratio approximately."))
    return EValueResult(
        pd.DataFrame([row]),
        tuple(doubts),
        Provenance(
            "E-value (VanderWeele & Ding 2017)",
            {"measure": measure, "rare": rare, "level": level, "grade": grade},
            fingerprint(estimate, lower, upper),
        ),
        grade=grade,
        exposure=exposure,
        outcome=outcome,
    )


def _ratios(
    estimate: float, lower: float, upper: float, measure: str, level: float, *, rare: bool
) -> tuple[float, float, float]:
    """Return estimate and limits as risk ratios."""
    if measure == "mean difference":
        from scipy import special

        error = (upper - lower) / 2 / float(special.ndtri((1 + level) / 2))
        spread = float(special.ndtri((1 + level) / 2)) / 1.96 * _ITS_ERROR * error
        middle = _ONE_SD * estimate
        return exp(middle), exp(middle - spread), exp(middle + spread)
    turn = _AS_RISK[measure, rare]
    return turn(estimate), turn(lower), turn(upper)
