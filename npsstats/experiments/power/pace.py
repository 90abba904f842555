"""How long: units come in at a pace, and the last of them needs its whole window."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf

from npsstats import checks

__all__ = ["WEEKS", "Pace", "pace_of"]

WEEKS = 365.25 / 12 / 7
"""Weeks a month."""


@dataclass(frozen=True)
class Pace:
    """Eligible units a month, all arms together, and the window in which an outcome ripens.

    Attributes
    ----------
    per_month
        Units a month; None where it is not stated.
    window
        Days from a unit's first day to when its outcome is known.
    """

    per_month: float | None
    window: float

    def weeks(self, total: float) -> float:
        """Return the weeks until the last of so many units is known; NaN without a pace."""
        if self.per_month is None:
            return float("nan")
        coming = total / self.per_month * WEEKS if self.per_month else inf
        return coming + self.window / 7

    def months(self, total: float) -> float:
        """Return the months until the last of so many units is known; NaN without a pace."""
        return self.weeks(total) / WEEKS

    def units(self, weeks: float) -> int:
        """Return how many units, all arms together, are known after so many weeks."""
        if self.per_month is None:
            raise checks.InputError(
                "`weeks` needs `per_month`: eligible units a month, all arms together."
            )
        left = weeks - self.window / 7
        if left <= 0:
            raise checks.InputError(
                f"`weeks` {weeks:g} are over before the first outcome is known: its window is "
                f"{self.window:g} days. Take more weeks, or a shorter window."
            )
        return floor(left / WEEKS * self.per_month + 1e-9)


def pace_of(per_month: float | None, window_days: float) -> Pace:
    """Return the pace that the arguments of `design` describe, checked."""
    if per_month is not None:
        checks.number("per_month", per_month, low=0)
    return Pace(per_month, checks.number("window_days", window_days, low=0, high=3650))
