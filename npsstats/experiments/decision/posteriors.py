"""What is known of one effect, in the three shapes that a decision takes it.

Each offers the mean and standard deviation, P(θ > t), E[max(0, θ − t)], quantiles, and the same
of −θ. Thresholds are arrays of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.binary.betas import PRIOR, BetaPair
from npsstats.experiments.binary.pairs import Pairs, arm_labels, paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["BetaEffect", "DrawnEffect", "EffectPosterior", "NormalEffect", "normal_excess"]

_LEAST_DRAWS = 400


class EffectPosterior(Protocol):
    """The posterior of one effect, treatment − control."""

    @property
    def mean(self) -> float:
        """The posterior mean."""

    @property
    def sd(self) -> float:
        """The posterior standard deviation."""

    def above(self, t: Floats) -> Floats:
        """Return P(θ > t)."""

    def excess(self, t: Floats) -> Floats:
        """Return E[max(0, θ − t)]."""

    def quantile(self, q: float) -> float:
        """Return the q-quantile."""

    def turned(self) -> Self:
        """Return the posterior of −θ."""

    def numbers(self) -> list[float]:
        """Return what the posterior is made of, for its fingerprint."""


def normal_excess(mean: float | Floats, sd: float | Floats, t: float | Floats) -> Floats:
    """Return E[max(0, θ − t)] of a normal law: sd × (φ(u) + u Φ(u)) with u = (mean − t)/sd."""
    u = (np.asarray(mean) - t) / sd
    return np.asarray(sd * (np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi) + u * special.ndtr(u)))


@dataclass(frozen=True)
class NormalEffect:
    """A normal posterior; an estimate with its standard error under a flat prior.

    Examples
    --------
    >>> NormalEffect(0.03, 0.01).with_prior(0.0, 0.01)
    NormalEffect(mean=0.015, sd=0.00707...)
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        """Refuse what is no normal law."""
        checks.number("mean", self.mean)
        if not np.isfinite(self.sd) or self.sd <= 0:
            raise InputError(
                f"`sd` must be a positive number, got {self.sd!r}: without a standard error there "
                "is no posterior. Arms without events have one as a BetaEffect."
            )

    @classmethod
    def of(cls, effect: Any) -> NormalEffect:
        """Return the normal approximation of an `Effect`, or of a row of `Effects.frame`.

        Raises
        ------
        InputError
            If it is a ratio: money is made of differences.
        """
        if effect.unit == "ratio":
            raise InputError(
                f"The effect is a {effect.estimand}, and money is made of differences. Hand the "
                "row of the difference."
            )
        return cls(float(effect.estimate), float(effect.std_error))

    def with_prior(self, mean: float, sd: float) -> NormalEffect:
        """Return the posterior under a normal prior in place of the flat one."""
        weight = sd**2 / (sd**2 + self.sd**2)
        return NormalEffect(
            weight * self.mean + (1 - weight) * mean, self.sd * float(np.sqrt(weight))
        )

    def above(self, t: Floats) -> Floats:
        """Return P(θ > t)."""
        return np.asarray(special.ndtr((self.mean - t) / self.sd))

    def excess(self, t: Floats) -> Floats:
        """Return E[max(0, θ − t)]."""
        return normal_excess(self.mean, self.sd, t)

    def quantile(self, q: float) -> float:
        """Return the q-quantile."""
        return float(self.mean + self.sd * special.ndtri(q))

    def turned(self) -> NormalEffect:
        """Return the posterior of −θ."""
        return NormalEffect(-self.mean, self.sd)

    def numbers(self) -> list[float]:
        """Return mean and sd."""
        return [self.mean, self.sd]


@dataclass(frozen=True)
class BetaEffect:
    """A difference of two shares with independent Beta posteriors, by quadrature."""

    pair: BetaPair

    @classmethod
    def of_counts(
        cls,
        events_treatment: int,
        n_treatment: int,
        events_control: int,
        n_control: int,
        prior: Sequence[float] = PRIOR,
    ) -> BetaEffect:
        """Return the posterior after so many events among so many units in either arm."""
        parts = (events_treatment, n_treatment, events_control, n_control)
        names = ("events_treatment", "n_treatment", "events_control", "n_control")
        for name, part in zip(names, parts, strict=True):
            checks.count(name, part)
        for events, n in (parts[:2], parts[2:]):
            if events > n:
                raise InputError(f"{events} events among {n} units: there cannot be more.")
        pairs = Pairs(*(np.array([float(part)]) for part in parts))
        return cls(BetaPair.of(pairs, prior))

    @classmethod
    def of_moments(
        cls,
        moments: ArmMoments,
        outcome: str,
        *,
        control: str,
        treatment: str,
        prior: Sequence[float] = PRIOR,
    ) -> BetaEffect:
        """Return the posterior of a treatment arm's effect on an outcome of zeros and ones."""
        treatments = arm_labels(moments, control, treatment)
        return cls(BetaPair.of(paired(moments, outcome, control, treatments), prior))

    @property
    def mean(self) -> float:
        """The posterior mean."""
        return float(self.pair.moments()[0][0])

    @property
    def sd(self) -> float:
        """The posterior standard deviation."""
        return float(self.pair.moments()[1][0])

    def above(self, t: Floats) -> Floats:
        """Return P(θ > t)."""
        t = np.asarray(t, dtype=float)
        rows = np.zeros(t.size, dtype=np.intp)
        return self.pair.apart.greater(t.ravel(), rows).reshape(t.shape)

    def excess(self, t: Floats) -> Floats:
        """Return E[max(0, θ − t)]."""
        t = np.asarray(t, dtype=float)
        return self.pair.excess(t.ravel(), np.zeros(t.size, dtype=np.intp)).reshape(t.shape)

    def quantile(self, q: float) -> float:
        """Return the q-quantile."""
        return float(self.pair.difference_quantile(q)[0])

    def turned(self) -> BetaEffect:
        """Return the posterior of −θ."""
        return BetaEffect(self.pair.swapped())

    def numbers(self) -> list[float]:
        """Return the four numbers of the two Betas."""
        laws = (self.pair.treatment, self.pair.control)
        return [float(part[0]) for law in laws for part in (law.a, law.b)]


@dataclass(frozen=True, eq=False)
class DrawnEffect:
    """Posterior draws of an effect, of any shape: PyMC's chains and draws as they are."""

    draws: ArrayLike

    def __post_init__(self) -> None:
        """Refuse draws that are too few, or not numbers."""
        if len(self._sorted) < _LEAST_DRAWS or not np.isfinite(self._sorted).all():
            raise InputError(
                f"`draws` must be at least {_LEAST_DRAWS} finite numbers, got {len(self._sorted)}"
                f"{'' if np.isfinite(self._sorted).all() else ', some of them not finite'}."
            )

    @cached_property
    def _sorted(self) -> Floats:
        return np.sort(np.asarray(self.draws, dtype=float).ravel())

    @cached_property
    def _sums(self) -> Floats:
        """Sums of the largest 0, 1, 2 … draws, from all to none."""
        return np.append(np.cumsum(self._sorted[::-1])[::-1], 0.0)

    @property
    def mean(self) -> float:
        """The posterior mean."""
        return float(self._sorted.mean())

    @property
    def sd(self) -> float:
        """The posterior standard deviation."""
        return float(self._sorted.std())

    def above(self, t: Floats) -> Floats:
        """Return P(θ > t)."""
        below = np.searchsorted(self._sorted, t, side="right")
        return np.asarray(1 - below / len(self._sorted))

    def excess(self, t: Floats) -> Floats:
        """Return E[max(0, θ − t)]."""
        below = np.searchsorted(self._sorted, t, side="right")
        count = len(self._sorted)
        return np.asarray((self._sums[below] - (count - below) * np.asarray(t)) / count)

    def quantile(self, q: float) -> float:
        """Return the q-quantile."""
        return float(np.quantile(self._sorted, q))

    def turned(self) -> DrawnEffect:
        """Return the posterior of −θ."""
        return DrawnEffect(-np.asarray(self.draws, dtype=float))

    def numbers(self) -> list[float]:
        """Return the sorted draws."""
        return [float(draw) for draw in self._sorted]
