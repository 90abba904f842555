"""Numbers that are known from elsewhere: an estimate with its interval and grade of evidence.

What a growth regression, an experiment or the user says of a number, in the one form that the
value of NPS and the scenarios draw from.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats import checks
from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.checks import InputError
from npsstats.grades import ASSUMED, CROSS_SECTION, GRADES, WITHIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["Known", "Slope", "slope_of"]

_UNKNOWN = "is not identified"


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

    def draw(self, rng: np.random.Generator, size: int, *, evenly: bool = False) -> Floats:
        """Draw from two halves of normal laws that meet at the estimate and keep the limits.

        Drawn `evenly`, at equally spaced quantiles in an order by lot, they keep them exactly.
        """
        lower, upper = self.limits
        if evenly:
            z = special.ndtri((rng.permutation(size) + 0.5) / size)
        else:
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
        why=said[0] if said else "",
    )
