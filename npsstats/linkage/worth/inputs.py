"""What the value of NPS is computed from: small records, whoever made them.

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
from npsstats.linkage.grades import ASSUMED, CROSS_SECTION, GRADES, RANDOMIZED, WITHIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["PERIODS_A_YEAR", "CallEffect", "Known", "Retention", "Slope"]

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
        """Return the slope of a result of growth, corrected for measurement error.

        Parameters
        ----------
        growth
            A `Slope`, or a result whose `slope` is one.

        Raises
        ------
        InputError
            If there is none.
        """
        if isinstance(growth, Slope):
            return growth
        found = getattr(growth, "slope", None)
        found = found() if callable(found) else found
        if isinstance(found, Slope):
            return found
        raise InputError(
            f"`growth` must be a Slope or a result of growth, got {type(growth).__name__}. Write "
            "Slope(estimate, std_error, period='month')."
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

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw shares, shape (size, 3), kept within 0 and 1."""
        drawn = rng.multivariate_normal(self.estimate, self.covariance, size, method="eigh")
        return np.asarray(np.clip(drawn, 0.0, 1.0))


@dataclass(frozen=True)
class CallEffect(Known):
    """What calling one detractor back changes, from a randomized comparison.

    Attributes
    ----------
    unit
        "share": of those called who buy again; "money": revenue a customer called.
    worth_of_one
        Contribution of one re-purchase, where the unit is a share; NaN where it is not known.
    cost
        Money a customer to be called; NaN where it is not known.
    what
        The outcome's name.
    """

    grade: str = RANDOMIZED.name
    unit: str = "share"
    worth_of_one: float = nan
    cost: float = nan
    what: str = "re-purchase"

    def __post_init__(self) -> None:
        """Refuse an effect without an end."""
        super().__post_init__()
        if not all(isfinite(value) for value in (self.estimate, *self.limits)):
            raise InputError(
                "The experiment's effect has no finite interval: it has no value yet. Leave "
                "`callback` out until it has."
            )

    @classmethod
    def of(cls, experiment: Any, *, arm: str | None = None) -> CallEffect:
        """Return the effect of an experiment: its primary outcome, or what its decision is about.

        Parameters
        ----------
        experiment
            A `CallEffect`, or anything with a `frame` of effects (`estimate, std_error, lower,
            upper, level, unit, n_treatment, n_control`), such as an `ExperimentResult`.
        arm
            The treatment arm; the first unless told.

        Raises
        ------
        InputError
            If there is no effect in shares or in money.
        """
        if isinstance(experiment, CallEffect):
            return experiment
        frame = getattr(experiment, "frame", None)
        if frame is None or not {"estimate", "lower", "upper", "unit"} <= set(frame.columns):
            raise InputError(
                f"`callback` must be an experiment's result, got {type(experiment).__name__}. "
                "Write callback=npsstats.analyze(plan)."
            )
        rule = getattr(getattr(experiment, "plan", None), "decision", None)
        name = getattr(rule, "outcome", None) or getattr(
            getattr(experiment, "plan", None), "primary", None
        )
        rows = frame[frame["unit"].isin(["share", "money"])]
        rows = rows[rows["outcome"] == name] if name and "outcome" in rows else rows
        rows = rows[rows["arm"] == arm] if arm is not None and "arm" in rows else rows
        if not len(rows):
            units = ", ".join(sorted(set(frame["unit"].astype(str))))
            raise InputError(
                f"The experiment has no effect in shares or money to value (units: {units}). Name "
                "an outcome that is a re-purchase or an amount."
            )
        row = rows.iloc[0]
        return cls(
            float(row["estimate"]),
            float(row.get("std_error", nan)),
            float(row["lower"]),
            float(row["upper"]),
            float(row.get("level", 0.95)),
            n=int(row.get("n_treatment", 0)) + int(row.get("n_control", 0)),
            unit=str(row["unit"]),
            worth_of_one=float(getattr(rule, "contribution", nan)),
            cost=float(getattr(rule, "cost", nan)),
            what=str(row.get("outcome", "re-purchase")),
        )
