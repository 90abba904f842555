"""What customers kept are worth is computed from: the share kept a year, whoever estimated it."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.grades import ASSUMED, CROSS_SECTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["Retention"]

_CURVES = (("super-detractor", "detractor"), ("passive",), ("promoter",))


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
