"""A share of units: bought again, answered, left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Proportion", "share_between"]


def share_between(name: str, value: float | None) -> float:
    """Return a share of units that lies strictly between 0 and 1, or say what to give."""
    if value is None:
        raise InputError(
            f"`{name}` is needed: the share of the controls with the outcome, such as {name}=0.30."
        )
    if not isinstance(value, int | float) or not 0 < value < 1:
        raise InputError(
            f"`{name}` must be a share between 0 and 1 (exclusive), got {value!r}. "
            f"For 30 %, write {name}=0.30."
        )
    return float(value)


@dataclass(frozen=True)
class Proportion:
    """The difference of two shares, its variance unpooled.

    Attributes
    ----------
    baseline
        Share of the controls with the outcome.
    reach
        How much more often the treatment comes about in its arm than among the controls, a share.
    r_squared
        Share of the variance that covariates known before explain.
    """

    baseline: float
    reach: float = 1.0
    r_squared: float = 0.0

    kind: ClassVar[str] = "proportion"
    null: ClassVar[float] = 0.0
    student: ClassVar[bool] = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The effects at which the treated share would be 0 and 1."""
        return -self.baseline / self.reach, (1 - self.baseline) / self.reach

    def check(self, effect: float) -> None:
        """Refuse an effect that no share can have."""
        low, high = self.bounds
        if not low < effect < high:
            goal = self.baseline + self.reach * effect
            hint = f" For {effect:g} percentage points, write {effect / 100:g}."
            raise InputError(
                f"`effect` {effect:+g} on a baseline of {self.baseline:g} gives a share of "
                f"{goal:g}, which must lie between 0 and 1.{hint if abs(effect) >= 1 else ''}"
            )

    def signal(self, effect: Floats) -> Floats:
        """Return the difference of the shares of all who were assigned."""
        return self.reach * effect

    def effect_at(self, signal: float) -> float:
        """Return the effect on those reached behind a difference of all who were assigned."""
        return signal / self.reach

    def variance(self, effect: Floats, control: float, treatment: float) -> Floats:
        """Return the variance of the estimated difference with so many units an arm."""
        treated = np.clip(self.baseline + self.signal(effect), 0.0, 1.0)
        parts = self.baseline * (1 - self.baseline) / control + treated * (1 - treated) / treatment
        return np.asarray((1 - self.r_squared) * parts)

    def events(self, effect: float, control: float, treatment: float) -> tuple[float, float]:
        """Return how many units of each arm are expected to have the outcome."""
        return self.baseline * control, (self.baseline + self.reach * effect) * treatment

    def spread(self) -> float:
        """Return the standard deviation of a control."""
        return float(np.sqrt(self.baseline * (1 - self.baseline)))
