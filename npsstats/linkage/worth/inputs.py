"""What the value of NPS is computed from: a slope and retention, whoever estimated them.

Each knows its estimate with its interval, its grade of evidence, and how to draw from itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.grades import ASSUMED, CROSS_SECTION, GRADES, WITHIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["PERIODS_A_YEAR", "Known", "Retention", "Slope", "slope_of"]

_CURVES = (("super-detractor", "detractor"), ("passive",), ("promoter",))
_UNKNOWN = "is not identified"
PERIODS_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Known:
    """A number with its interval.

    Attributes
    ----------
    estimate, std_error, lower, upper, level
        In any unit; NaN where nothing is known.
    n
        Rows it rests on.
    grade
        Name of its grade of evidence.
    """

    estimate: float
    std_error: float = nan
    lower: float = nan
    upper: float = nan
    level: float = 0.95
    n: int = 0
    grade: str = ASSUMED.name

    def __post_init__(self) -> None:
        """Refuse a grade that there is not, and limits that do not hold the estimate."""
        checks.one_of("grade", self.grade, GRADES)
        checks.fraction("level", self.level)
        if isfinite(self.estimate) and not (
            (self.lower <= self.estimate or not isfinite(self.lower))
            and (self.estimate <= self.upper or not isfinite(self.upper))
        ):
            raise InputError(
                f"`estimate` must lie between `lower` and `upper`, got {self.estimate:g} outside "
                f"{self.lower:g} to {self.upper:g}."
            )

    @property
    def limits(self) -> tuple[float, float]:
        """The limits, which may be infinite; of the normal law where only the error is known."""
        if not (isnan(self.lower) or isnan(self.upper)):
            return self.lower, self.upper
        reach = self._reach * (self.std_error if isfinite(self.std_error) else 0.0)
        return self.estimate - reach, self.estimate + reach

    @property
    def _reach(self) -> float:
        return float(special.ndtri((1 + self.level) / 2))

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw from two halves of normal laws that meet at the estimate and keep the limits."""
        lower, upper = self.limits
        z = rng.standard_normal(size)
        side = np.where(z < 0, self.estimate - lower, upper - self.estimate) / self._reach
        return np.asarray(self.estimate + z * side)


@dataclass(frozen=True)
class Slope(Known):
    """Percent of growth a period that goes with one point of NPS.

    Attributes
    ----------
    period
        "week", "month", "quarter" or "year": what the growth is of.
    lag
        Periods from the score to the end of the growth that it goes with.
    identified
        False where the data cannot bear a slope: then nothing is computed from it.
    why
        A sentence on why not.
    grade
        Within stores unless told.

    Examples
    --------
    >>> slope = Slope(0.10, 0.02, period="month", n=6_000)
    >>> [round(limit, 3) for limit in slope.limits]
    [0.061, 0.139]
    """

    period: str = "month"
    lag: int = 1
    identified: bool = True
    why: str = ""
    grade: str = WITHIN.name

    def __post_init__(self) -> None:
        """Refuse a period that there is not; a slope without limits is not identified."""
        super().__post_init__()
        checks.one_of("period", self.period, PERIODS_A_YEAR)
        lower, upper = self.limits
        if not (isfinite(self.estimate) and isfinite(lower) and isfinite(upper)):
            object.__setattr__(self, "identified", False)

    @classmethod
    def of(cls, growth: Any) -> Slope:
        """Return the slope of a result of growth: within stores, corrected for noise.

        Parameters
        ----------
        growth
            A `Slope`; or a result of growth, with a `frame` of `estimator`, `reading`, `errors`
            and the attributes `errors`, `period` and `lag`.

        Raises
        ------
        InputError
            If it is neither, or of another question than NPS.
        """
        if isinstance(growth, Slope):
            return growth
        return slope_of(growth, "within")


def slope_of(growth: Any, estimator: str) -> Slope:
    """Return the slope of a result of growth, corrected, by an estimator: within or between."""
    frame = getattr(growth, "frame", None)
    if frame is None or not {"estimator", "reading", "errors", "estimate"} <= set(frame.columns):
        raise InputError(
            f"`growth` must be a Slope or a result of growth, got {type(growth).__name__}. Write "
            "Slope(estimate, std_error, period='month')."
        )
    if getattr(growth, "scale", "nps") != "nps":
        raise InputError(
            f"`growth` is set against {growth.scale!r}: a point of NPS needs growth(panel, "
            "scale='nps')."
        )
    rows = frame[(frame["estimator"] == estimator) & (frame["reading"] == "corrected")]
    asked = rows[rows["errors"] == getattr(growth, "errors", "cluster")]
    within = estimator == "within"
    grade = WITHIN.name if within else CROSS_SECTION.name
    if not len(rows):
        return Slope(nan, grade=grade, why="The panel has no slope on the true score.")
    row = (asked if len(asked) else rows).iloc[0]
    estimate, lower, upper = (float(row[name]) for name in ("estimate", "lower", "upper"))
    known = all(isfinite(number) for number in (estimate, lower, upper))
    said = [text for text in growth.diagnostics if _UNKNOWN in text] if within and not known else []
    return Slope(
        estimate,
        float(row["std_error"]),
        lower,
        upper,
        float(row["level"]),
        n=int(row["n"]),
        grade=grade,
        period=growth.period,
        lag=int(growth.lag),
        why=said[0].replace(_UNKNOWN, "cannot be told") if said else "",
    )


@dataclass(frozen=True, eq=False)
class Retention:
    """Share of customers kept a year, detractors, passives, promoters.

    Attributes
    ----------
    estimate
        Shape (3,), in [0, 1].
    covariance
        Shape (3, 3).
    grade
        Name of the grade.
    words
        Where it comes from, in a few words.
    """

    estimate: Floats
    covariance: Floats
    grade: str = CROSS_SECTION.name
    words: str = "churn by the last score"

    @classmethod
    def stated(cls, shares: float | Sequence[float]) -> Retention:
        """Return shares that were given: one for all, or one a category.

        Examples
        --------
        >>> Retention.stated(0.8).estimate
        array([0.8, 0.8, 0.8])
        """
        given = np.broadcast_to(np.asarray(shares, dtype=float), (3,)).copy()
        for share in given:
            checks.number("retention", float(share), low=0, high=1)
        return cls(given, np.zeros((3, 3)), ASSUMED.name, "retention as stated")

    @classmethod
    def of_hazards(
        cls, hazards: Sequence[float], covariance: Any, *, periods: int = 12
    ) -> Retention:
        """Return what is kept after `periods` of a hazard each, by the delta method.

        Parameters
        ----------
        hazards
            Shape (3,): share lost a period by those still there.
        covariance
            Shape (3, 3), of the hazards.
        periods
            Periods a year.

        Examples
        --------
        >>> Retention.of_hazards([0.03, 0.02, 0.01], [[0.0] * 3] * 3).estimate.round(3)
        array([0.694, 0.785, 0.886])
        """
        lost = np.asarray(hazards, dtype=float)
        slope = -periods * (1 - lost) ** (periods - 1)
        kept = np.asarray(covariance, dtype=float) * np.outer(slope, slope)
        return cls((1 - lost) ** periods, kept)

    @classmethod
    def of_curves(cls, curves: Any, *, time: int = 12) -> Retention:
        """Return what survival curves by category of the last score say is kept after `time`.

        Parameters
        ----------
        curves
            A result with a `frame` of `curve, time, at_risk, estimate, std_error`: super-detractors
            and other detractors count together, by who is at risk. Errors of the categories are
            taken to be independent of each other.
        time
            Periods in a year.

        Raises
        ------
        InputError
            If a category or that time is not there.
        """
        rows = curves.frame[curves.frame["time"] == time].set_index("curve")
        kept, errors = np.full(3, nan), np.full(3, nan)
        for place, names in enumerate(_CURVES):
            there = rows[rows.index.isin(names)]
            if not len(there):
                raise InputError(
                    f"The curves say nothing of a {names[-1]} after {time} periods. Draw them by "
                    f"category, over {time} periods."
                )
            share = (there["at_risk"] / there["at_risk"].sum()).to_numpy(float)
            kept[place] = share @ there["estimate"].to_numpy(float)
            errors[place] = np.sqrt(share**2 @ there["std_error"].to_numpy(float) ** 2)
        return cls(kept, np.diag(errors**2))

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw shares, shape (size, 3), kept within 0 and 1."""
        drawn = rng.multivariate_normal(self.estimate, self.covariance, size, method="eigh")
        return np.asarray(np.clip(drawn, 0.0, 1.0))
