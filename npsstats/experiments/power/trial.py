"""A trial: what n units find, how many find an effect, which effect n find.

Every kind of outcome brings a signal (the difference on the scale of its test) and the variance of
its estimate; what a trial adds is common to all of them. With d the signal's distance from the null
hypothesis over its standard error, and c the test's bound,

    power = P(Z > c − d), or P(T > c) for a noncentral t with noncentrality d,

in the direction of success: an estimate that is significant the wrong way round finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy import optimize, special

from npsstats.estimation.precision.planning import least

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.power.clusters import Clusters
    from npsstats.experiments.power.looks import Looks

    Floats = NDArray[np.float64]

__all__ = ["Outcome", "Trial"]

_NORMAL = 1e5  # degrees of freedom beyond which t is normal
_DOUBLINGS = 60


class Outcome(Protocol):
    """What a kind of outcome knows of itself; effects are in the unit of its `effect`."""

    @property
    def kind(self) -> str:
        """Its name."""

    @property
    def null(self) -> float:
        """The effect that is none: 0, or 1 for a ratio."""

    @property
    def student(self) -> bool:
        """Whether the test takes t."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which effects lie."""

    @property
    def baseline(self) -> float:
        """What the controls have."""

    @property
    def reach(self) -> float:
        """How much more often the treatment comes about in its arm."""

    def check(self, effect: float) -> None:
        """Refuse an effect that there cannot be."""

    def signal(self, effect: Floats) -> Floats:
        """Return the difference, on the test's scale, of all who were assigned."""

    def effect_at(self, signal: float) -> float:
        """Return the effect behind a signal."""

    def variance(self, effect: Floats, control: float, treatment: float) -> Floats:
        """Return the variance of the estimated signal."""

    def events(self, effect: float, control: float, treatment: float) -> tuple[float, float]:
        """Return the events expected in each arm; NaN where nothing is counted."""

    def spread(self) -> float:
        """Return the standard deviation of a unit, on the test's scale."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A treatment against the control.

    Attributes
    ----------
    outcome
        What is compared.
    alpha
        Error of this comparison, both sides together.
    sides
        1 or 2.
    sign
        1 where success is a greater signal, −1 where it is a smaller one.
    margin
        How much worse than the control is not yet worse, on the signal's scale; 0 for superiority.
    ratio
        Units of the treatment for one of the control.
    clusters
        What units belong to, or None.
    looks
        Looks before the end, or None.
    """

    outcome: Outcome
    alpha: float
    sides: int
    sign: int
    margin: float = 0.0
    ratio: float = 1.0
    clusters: Clusters | None = None
    looks: Looks | None = None

    def treated(self, n: float) -> int:
        """Return the units of the treatment when the control has n."""
        # 1.1 × 10 is 11.000000000000002 in floating point, which is not twelve units
        return max(1, ceil(round(self.ratio * n, 6)))

    def design_effect(self, n: float) -> float:
        """Return what clusters do to the variance."""
        return 1.0 if self.clusters is None else self.clusters.design_effect(n)

    def freedom(self, n: float) -> float:
        """Return the degrees of freedom of the test; infinite where it is normal."""
        if self.clusters is not None and self.clusters.whole:
            return self.clusters.freedom(n, self.treated(n))
        return n + self.treated(n) - 2 if self.outcome.student else inf

    def std_error(self, effect: Any, n: float) -> Floats:
        """Return the standard error of the estimated signal."""
        effects = np.asarray(effect, dtype=float)
        one = self.outcome.variance(effects, n, self.treated(n))
        return np.asarray(np.sqrt(one * self.design_effect(n)))

    def drift(self, effect: Any, n: float) -> Floats:
        """Return the expected z of the test, above 0 towards success."""
        with np.errstate(divide="ignore", invalid="ignore"):
            signal = self.outcome.signal(np.asarray(effect, dtype=float))
            found = (self.sign * signal + self.margin) / self.std_error(effect, n)
        return np.nan_to_num(found, nan=0.0, posinf=1e6, neginf=-1e6)

    def power(self, effect: Any, n: float) -> Floats:
        """Return the probability of success with n units of the control."""
        alone = self._alone(effect, n)
        if self.looks is None:
            return alone
        return self.looks.power(self._equivalent(alone))

    def _alone(self, effect: Any, n: float) -> Floats:
        """Return the power were there one look, at the end."""
        drift, freedom = self.drift(effect, n), self.freedom(n)
        if freedom <= 0:
            return np.zeros(np.shape(drift))
        each = self.alpha / self.sides
        if freedom > _NORMAL:
            return np.asarray(special.ndtr(drift + special.ndtri(each)))
        bound = -special.stdtrit(freedom, each)
        # far out the noncentral t underflows; its power is 0 or 1 there
        return np.asarray(1.0 - special.nctdtr(freedom, np.clip(drift, -30.0, 30.0), bound))

    def _equivalent(self, alone: Floats) -> Floats:
        """Return the drift of a normal test that has the power of this one."""
        return np.asarray(special.ndtri(alone) - special.ndtri(self.alpha / self.sides))

    def certain(self, effect: Any, n: float, worthwhile: float, level: float) -> Floats:
        """Return the probability that the data will say, at `level`, that an effect pays.

        The reading is that of a flat prior: the posterior is normal about the estimate.
        """
        signal = self.outcome.signal(np.asarray(effect, dtype=float))
        goal = float(self.outcome.signal(np.asarray(worthwhile)))
        above = self.sign * (signal - goal) / self.std_error(effect, n)
        return np.asarray(special.ndtr(above - special.ndtri(level)))

    def least(self, effect: float, power: float) -> int | None:
        """Return the fewest units of the control that give the power; None where none do."""
        step = 1.0
        if self.clusters is not None and self.clusters.whole and self.clusters.size is not None:
            step = self.clusters.size

        def missed(k: int) -> float:
            return 1 - float(self.power(effect, ceil(round(k * step, 6))))

        found = least(missed, 1 - power, 2)
        return None if found is None else ceil(round(found * step, 6))

    def detectable(self, n: float, power: float) -> float | None:
        """Return the smallest effect that n units of the control find; None where there is none."""
        if self.freedom(n) <= 0:
            return None
        start = -self.sign * self.margin
        low, high = self.outcome.bounds
        with np.errstate(divide="ignore"):
            limit = float(self.outcome.signal(np.asarray(high if self.sign > 0 else low)))

        def short(signal: float) -> float:
            return float(self.power(self.outcome.effect_at(signal), n)) - power

        step = 2 * float(self.std_error(self.outcome.null, n))
        for _ in range(_DOUBLINGS):
            far = start + self.sign * step
            capped = self.sign * far >= self.sign * limit
            if capped:
                far = start + (limit - start) * (1 - 1e-9)
            if short(far) >= 0:
                found = optimize.brentq(short, start, far, xtol=1e-12 * max(abs(far), 1e-3))
                return self.outcome.effect_at(float(found))
            if capped or not isfinite(far):
                break
            step *= 2
        return None

    def inflation(self, power: float) -> float:
        """Return how many times as many units looking early takes, at most."""
        if self.looks is None:
            return 1.0
        each = self.alpha / self.sides
        alone = special.ndtri(power) - special.ndtri(each)
        looks = self.looks
        needed = optimize.brentq(lambda d: float(looks.power(np.asarray(d))) - power, 0.0, 13.9)
        return float((needed / alone) ** 2)

    def expected_n(self, effect: float, n: int) -> float:
        """Return the units of the control that are expected by the stop, were the effect so."""
        if self.looks is None:
            return float(n)
        return n * self.looks.expected(float(self._equivalent(self._alone(effect, n))))
