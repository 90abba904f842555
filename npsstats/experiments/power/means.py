"""Means of two arms: amounts and Net Promoter Scores."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Mean"]


@dataclass(frozen=True)
class Mean:
    """The difference of two means whose variances the effect does not change.

    Attributes
    ----------
    kind
        "amount" or "nps".
    baseline
        Mean of the controls; NaN where it is not stated.
    sd
        Standard deviation of a unit.
    reach
        How much more often the treatment comes about in its arm than among the controls, a share.
    r_squared
        Share of the variance that covariates known before explain.
    within
        The lowest and the highest mean that there can be.
    student
        The standard deviation is estimated: t, not normal.
    """

    kind: str
    baseline: float
    sd: float
    reach: float = 1.0
    r_squared: float = 0.0
    within: tuple[float, float] = (-inf, inf)
    student: bool = True
    null: float = 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """The effects at which the treated mean would leave its scale."""
        low, high = self.within
        if isnan(self.baseline):
            return (low - high) / self.reach, (high - low) / self.reach
        return (low - self.baseline) / self.reach, (high - self.baseline) / self.reach

    def check(self, effect: float) -> None:
        """Refuse an effect that leaves the scale."""
        low, high = self.bounds
        if not low < effect < high:
            raise InputError(
                f"`effect` {effect:+g} takes the treated mean out of {self.within[0]:g} to "
                f"{self.within[1]:g}. Effects on the NPS are in points, such as effect=5."
            )

    def signal(self, effect: Floats) -> Floats:
        """Return the difference of the means of all who were assigned."""
        return self.reach * effect

    def effect_at(self, signal: float) -> float:
        """Return the effect on those reached behind a difference of all who were assigned."""
        return signal / self.reach

    def variance(self, effect: Floats, control: float, treatment: float) -> Floats:
        """Return the variance of the estimated difference with so many units an arm."""
        one = self.sd**2 * (1 - self.r_squared) * (1 / control + 1 / treatment)
        return np.broadcast_to(one, np.shape(effect))

    def events(self, effect: float, control: float, treatment: float) -> tuple[float, float]:  # noqa: ARG002 one shape for all outcomes
        """Return NaN: nothing is counted."""
        return nan, nan

    def spread(self) -> float:
        """Return the standard deviation that is left beside covariates."""
        return self.sd * sqrt(1 - self.r_squared)
