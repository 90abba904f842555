"""Time to an event within a window: hazard ratios, and means restricted to the window.

Units are followed for the whole window from their own first day; some drop out before. Hazards are
taken as constant, which for the hazard ratio is no loss: with the same share of events, and losses
spread like events, any proportional hazards give the same numbers of events.

References
----------
Schoenfeld, D. A. (1983). Sample-size formula for the proportional-hazards regression model.
Biometrics 39(2), 499–503 (the formula on its first page).
Royston, P. & Parmar, M. K. B. (2013). Restricted mean survival time: an alternative to the hazard
ratio for the design and analysis of randomized trials. BMC Med Res Methodol 13:152.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log1p, sqrt
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import special

from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Duration", "RestrictedMean"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_NEAR = 1 - 1e-4  # of a restricted mean over its window


@dataclass(frozen=True)
class Duration:
    """The logarithm of a hazard ratio, as the log-rank test sees it.

    Attributes
    ----------
    baseline
        Share of the controls with the event within the window, were nobody lost.
    reach
        How much more often the treatment comes about in its arm than among the controls, a share.
    censoring
        Share of units that would be lost within the window.
    """

    baseline: float
    reach: float = 1.0
    censoring: float = 0.0

    kind: ClassVar[str] = "duration"
    null: ClassVar[float] = 1.0
    student: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, inf)

    def check(self, effect: float) -> None:
        """Refuse what is no hazard ratio."""
        if not 0 < effect < inf:
            raise InputError(
                f"`effect` of a duration is a hazard ratio above 0, got {effect:g}. For an event "
                "that comes a fifth faster, write effect=1.2."
            )

    def signal(self, effect: Floats) -> Floats:
        """Return the log ratio of the cumulative hazards, at the window, of all assigned."""
        survival = log1p(-self.baseline)  # log S₀; the arm mixes (1 − r) S₀ + r S₀^HR
        if self.reach == 1:
            return np.log(effect)
        mixed = survival + np.log1p(self.reach * np.expm1(survival * (effect - 1)))
        return np.log(mixed / survival)

    def effect_at(self, signal: float) -> float:
        """Return the ratio among those reached behind the log ratio of all assigned."""
        survival = log1p(-self.baseline)
        inner = np.expm1(survival * np.expm1(signal)) / self.reach
        return float(1 + np.log1p(inner) / survival) if inner > -1 else inf

    def variance(self, effect: Floats, control: float, treatment: float) -> Floats:
        """Return (n₀ + n₁)²/(n₀ n₁ d), with d events expected in all."""
        d = sum(self._events(effect, control, treatment))
        return np.asarray((control + treatment) ** 2 / (control * treatment * d))

    def events(self, effect: float, control: float, treatment: float) -> tuple[float, float]:
        """Return how many events are expected in each arm."""
        first, second = self._events(np.asarray(effect), control, treatment)
        return float(first), float(second)

    def _events(self, effect: Floats, control: float, treatment: float) -> tuple[Floats, Floats]:
        hazard = -log1p(-self.baseline)
        one = np.asarray(_seen(np.asarray(hazard), self.censoring))
        return control * one, treatment * _seen(
            hazard * np.exp(self.signal(effect)), self.censoring
        )

    def spread(self) -> float:
        """Return 1: a log hazard ratio is on its own scale."""
        return 1.0


def _seen(hazard: Floats, censoring: float) -> Floats:
    """Return the share with an event seen in a window, from the cumulative hazard over it."""
    both = hazard - log1p(-censoring)
    return np.asarray(hazard / both * -np.expm1(-both))


@dataclass(frozen=True)
class RestrictedMean:
    """The difference of mean times to the event, the window at most; days.

    Attributes
    ----------
    baseline
        Share of the controls with the event within the window, were nobody lost.
    window
        Days.
    reach, censoring
        As of `Duration`.
    """

    baseline: float
    window: float
    reach: float = 1.0
    censoring: float = 0.0

    kind: ClassVar[str] = "restricted_mean"
    null: ClassVar[float] = 0.0
    student: ClassVar[bool] = False

    @property
    def mean(self) -> float:
        """Mean days of the controls."""
        return float(self._mean(np.asarray(self._hazard)))

    @property
    def bounds(self) -> tuple[float, float]:
        """The effects that make everybody immediate, and nobody ever."""
        return -self.mean / self.reach, (self.window - self.mean) / self.reach

    def check(self, effect: float) -> None:
        """Refuse days that leave the window."""
        low, high = self.bounds
        if not low < effect < high:
            raise InputError(
                f"`effect` {effect:+g} days: within a window of {self.window:g} days the controls "
                f"take {self.mean:.1f} on average, so it must be between {low:.1f} and {high:.1f}."
            )

    def signal(self, effect: Floats) -> Floats:
        """Return the difference of the means of all who were assigned, in days."""
        return self.reach * effect

    def effect_at(self, signal: float) -> float:
        """Return the effect on those reached behind that of all who were assigned."""
        return signal / self.reach

    def variance(self, effect: Floats, control: float, treatment: float) -> Floats:
        """Return the asymptotic variance of the difference of two areas under Kaplan–Meier."""
        treated = self._hazard_of(self.mean + self.signal(np.asarray(effect, dtype=float)))
        own = self._variance(np.asarray(self._hazard))
        return np.asarray(own / control + self._variance(treated) / treatment)

    def events(self, effect: float, control: float, treatment: float) -> tuple[float, float]:
        """Return how many events are expected in each arm."""
        treated = self._hazard_of(np.asarray(self.mean + self.reach * effect)) * self.window
        own = _seen(np.asarray(self._hazard * self.window), self.censoring)
        return control * float(own), treatment * float(_seen(treated, self.censoring))

    def spread(self) -> float:
        """Return the standard deviation of a control's days."""
        return sqrt(float(self._variance(np.asarray(self._hazard))))

    @property
    def _hazard(self) -> float:
        return -log1p(-self.baseline) / self.window

    def _mean(self, hazard: Floats) -> Floats:
        return np.asarray(-np.expm1(-hazard * self.window) / hazard)

    def _hazard_of(self, mean: Floats) -> Floats:
        """Return the hazard with that restricted mean.

        With r the mean over the window and x the cumulative hazard, r x = 1 − exp(−x), so that
        x = 1/r + W(−exp(−1/r)/r), W being Lambert's function; near r = 1 by its series.
        """
        r = mean / self.window
        at: Any = -np.exp(-1 / r) / r
        x = 1 / r + np.real(special.lambertw(at))
        return np.asarray(np.where(r > _NEAR, 2 * (1 - r) + 4 * (1 - r) ** 2 / 3, x) / self.window)

    def _variance(self, hazard: Floats) -> Floats:
        """Return ∫ A(t)² λ / (S(t) G(t)) dt, A the area under S from t to the window."""
        t = self.window * (1 + _NODES) / 2
        rate = hazard[..., None]
        lost = np.exp(-log1p(-self.censoring) / self.window * t)  # 1/G
        area = -np.expm1(-rate * (self.window - t)) / rate  # A(t)/S(t)
        inside = area**2 * rate * np.exp(-rate * t) * lost
        return np.asarray(self.window / 2 * (inside @ _WEIGHTS))
