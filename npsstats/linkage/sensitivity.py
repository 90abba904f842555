"""How strong an unrecorded cause would have to be to overturn a regression.

A regression that is not randomized may owe its coefficient to something that nobody recorded. Its
strength is told by two shares of variance: how much it explains of what is left of the covariate,
and of what is left of the outcome. The *robustness value* is the share, the same for both, at
which nothing remains of the coefficient; what a recorded covariate explains gives its measure.

References
----------
Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias.
Journal of the Royal Statistical Society B, 82(1), 39–67.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, ClassVar, override

import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.grades import ASSUMED, CROSS_SECTION, GRADES
from npsstats.linkage.fingerprints import fingerprint
from npsstats.linkage.robustness import (
    adjusted,
    partial_r2,
    robustness_value,
    share_needed,
)
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.linkage.robustness import Benchmark

__all__ = ["SensitivityResult", "sensitivity"]


@dataclass(frozen=True, repr=False)
class SensitivityResult(Result):
    """How strong an unrecorded cause would have to be.

    Attributes
    ----------
    frame
        `quantity, times, estimate, std_error, lower, upper, level, of_treatment, of_outcome`.
        First "partial R²", "robustness value" and "robustness value of the interval": shares of
        variance. Then a row a benchmark and times: the coefficient, in its own unit, had an
        unrecorded cause so strong been in the regression.
    grade
        Name of the grade of evidence of the coefficient.
    outcome, treatment
        What they are called in sentences.
    """

    grade: str
    outcome: str
    treatment: str

    title: ClassVar[str] = "Sensitivity to what is not recorded"

    @property
    def robustness(self) -> float:
        """RV_q of the estimate, a share of variance."""
        return float(self.frame["estimate"].iloc[1])

    @property
    def robustness_of_limit(self) -> float:
        """RV_{q,α}, a share of variance; 0 where the interval holds 0 already."""
        return float(self.frame["estimate"].iloc[2])

    @override
    def headline(self) -> str:
        if self.robustness_of_limit == 0:
            return (
                f"The interval already holds 0: no unrecorded cause is needed to explain the "
                f"{GRADES[self.grade].noun} of {self.treatment} with {self.outcome}."
            )
        return (
            f"To explain the {GRADES[self.grade].noun} away, an unrecorded cause would have to "
            f"explain {100 * self.robustness:.1f} % of what is left both of {self.treatment} and "
            f"of {self.outcome}; {100 * self.robustness_of_limit:.1f} % would do for the interval "
            "to reach 0."
        )

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame[["quantity", "estimate", "lower", "upper"]].copy()
        for name in ("estimate", "lower", "upper"):
            frame[name] = [f"{value:.4g}" if isfinite(value) else "–" for value in frame[name]]
        return frame


def sensitivity(
    estimate: float,
    std_error: float,
    df: float,
    *,
    classical_error: float | None = None,
    q: float = 1.0,
    benchmarks: Mapping[str, Benchmark] | None = None,
    times: Sequence[float] = (1, 2, 3),
    grade: str = CROSS_SECTION.name,
    treatment: str = "NPS",
    outcome: str = "growth",
    level: float = 0.95,
) -> SensitivityResult:
    """Tell how strong an unrecorded cause would have to be to overturn a coefficient.

    Parameters
    ----------
    estimate, std_error
        The coefficient and the error its interval is made of, in any unit.
    df
        Residual degrees of freedom of the regression: rows less all parameters, store and period
        effects among them.
    classical_error
        Where `std_error` is clustered: that of ordinary least squares. Shares of variance are
        facts of the fit and are made of it; the interval's is then that at which the clustered
        limit reaches 0, as though the cause left the clustering as it is.
    q
        Share of the estimate that has to go.
    benchmarks
        Name → a recorded covariate as a yardstick.
    times
        How many times as strong as a benchmark the unrecorded cause is taken to be.
    grade
        Grade of evidence: its noun is used in sentences.
    treatment, outcome
        What they are called in sentences.
    level
        Level of the interval.

    Raises
    ------
    InputError
        If a number cannot be one, or the evidence is randomized: chance has already dealt with
        unrecorded causes.

    References
    ----------
    Cinelli, C. & Hazlett, C. (2020). Journal of the Royal Statistical Society B, 82(1), 39–67.

    Examples
    --------
    >>> from npsstats.linkage.robustness import Benchmark
    >>> female = Benchmark(with_treatment=0.0090811, with_outcome=0.1090416)
    >>> found = sensitivity(0.0973, 0.0233, 783, benchmarks={"female": female}, times=[1])
    >>> round(found.robustness, 3), round(found.robustness_of_limit, 3)
    (0.139, 0.076)
    >>> row = found.frame.iloc[3]
    >>> print(row["quantity"], round(row["of_outcome"], 4), round(row["estimate"], 4))
    a cause 1 × as strong as female 0.1247 0.0752
    """
    checks.number("estimate", estimate)
    checks.fraction("level", level)
    checks.number("df", df, low=2)
    if grade not in GRADES or GRADES[grade].causal:
        allowed = ", ".join(repr(name) for name, each in GRADES.items() if not each.causal)
        raise InputError(
            f"`grade` must be one of {allowed}, got {grade!r}: in a randomized comparison chance "
            "has dealt with unrecorded causes, known or not."
        )
    for name, value in (("std_error", std_error), ("classical_error", classical_error)):
        if value is not None and not (isfinite(value) and value > 0):
            raise InputError(
                f"`{name}` must be a finite number above 0, got {value!r}. A coefficient without "
                "an error has no robustness value."
            )
    if not 0 < q <= 1:
        raise InputError(f"`q` must be above 0 and at most 1, got {q!r}. For all of it, write q=1.")
    plain = classical_error or std_error
    t = estimate / plain
    critical = float(special.stdtrit(df - 1, (1 + level) / 2)) / sqrt(df - 1)
    of_limit = share_needed(q * abs(t) / sqrt(df), critical * std_error / plain)
    rows = [
        _row("partial R²", partial_r2(t, df), level),
        _row("robustness value", robustness_value(t, df, q=q), level),
        _row("robustness value of the interval", of_limit, level),
    ]
    reach = float(special.stdtrit(df - 1, (1 + level) / 2))
    for name, benchmark in (benchmarks or {}).items():
        for number in times:
            of_treatment, of_outcome = benchmark.bound(number)
            value, error = adjusted(estimate, plain, df, of_treatment, of_outcome)
            error *= std_error / plain
            row = _row(f"a cause {number:g} × as strong as {name}", value, level)
            row |= {"times": float(number), "std_error": error, "of_treatment": of_treatment}
            row |= {"of_outcome": of_outcome, "lower": value - reach * error}
            rows.append(row | {"upper": value + reach * error})
    frame = pd.DataFrame(rows)
    options = {"q": q, "times": list(times), "level": level, "grade": grade}
    return SensitivityResult(
        frame,
        _doubts(frame, of_limit, grade, clustered=classical_error is not None),
        Provenance(
            "robustness value (Cinelli & Hazlett 2020)",
            options,
            fingerprint(estimate, std_error, df, plain),
        ),
        grade=grade,
        outcome=outcome,
        treatment=treatment,
    )


def _row(quantity: str, estimate: float, level: float) -> dict[str, object]:
    names = ("times", "std_error", "lower", "upper", "of_treatment", "of_outcome")
    first = {"quantity": quantity, "estimate": estimate, "level": level}
    return first | dict.fromkeys(names, float("nan"))


def _doubts(
    frame: pd.DataFrame, of_limit: float, grade: str, *, clustered: bool
) -> tuple[Said, ...]:
    notes = []
    bounds = frame[frame["times"].notna()]
    fallen = bounds[(bounds["lower"] <= 0) & (bounds["upper"] >= 0)]
    if of_limit > 0 and len(fallen):
        name = str(fallen["quantity"].iloc[0])
        notes.append(said("With {name} in the regression, the interval would hold 0.", name=name))
    if of_limit > 0 and not len(bounds):
        notes.append(
            said(
                "No recorded covariate was given as a yardstick: whether so strong a cause "
                "exists is for those who know the stores to say."
            )
        )
    if clustered:
        notes.append(
            said(
                "The interval's value takes the clustering to stay as it is with the "
                "unrecorded cause in the regression: an approximation."
            )
        )
    if grade == ASSUMED.name:
        notes.append(ASSUMED.caveat)
    return tuple(notes)
