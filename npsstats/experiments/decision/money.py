"""What an effect is worth: money per treated unit, with what it costs to treat one.

The value of treating a unit is v = contribution × θ − cost, where θ is the effect in the
direction that is better. An uncertain contribution is lognormal (a margin is positive), an
uncertain cost normal; both are laid on a grid of standard normal quantiles, on which the
trapezoid rule converges exponentially.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from npsstats import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.decision.posteriors import EffectPosterior

    Floats = NDArray[np.float64]

__all__ = ["CallCost", "Value"]

_REACH = 6.0  # standard deviations of the uncertain money
_ALONE, _TOGETHER = 193, 33  # nodes, of one uncertain sum and of each of two
_SPANS = 12.0  # standard deviations from the mean within which a quantile is looked for


@dataclass(frozen=True)
class CallCost:
    """What it costs to assign a customer to be called: every attempt, and every conversation.

    Attempts are made for all who are treated, whether they answer or not, so that the cost goes
    with the intention-to-treat effect.

    Attributes
    ----------
    attempt
        Money per call attempt.
    attempts
        Mean attempts per treated customer.
    conversation
        Money per customer who is reached: the agent's time, a gesture.
    reached
        Share of treated customers who are reached, in [0, 1].

    Examples
    --------
    >>> CallCost(attempt=0.8, attempts=2.5, conversation=4.0, reached=0.55).per_unit
    4.2
    """

    attempt: float
    attempts: float = 1.0
    conversation: float = 0.0
    reached: float = 0.0

    def __post_init__(self) -> None:
        """Refuse negative costs and shares beyond 0 to 1."""
        for name in ("attempt", "attempts", "conversation"):
            checks.number(name, getattr(self, name), low=0)
        checks.number("reached", self.reached, low=0, high=1)
        if self.conversation > 0 and self.reached == 0:
            raise checks.InputError(
                f"`conversation` costs {self.conversation:g} and `reached` is 0: give the share of "
                "treated customers who are reached."
            )

    @property
    def per_unit(self) -> float:
        """Money per treated customer."""
        return self.attempt * self.attempts + self.conversation * self.reached


@dataclass(frozen=True)
class Value:
    """The posterior of contribution × effect − cost, per treated unit.

    Attributes
    ----------
    effect
        The effect in the direction that is better.
    contribution, contribution_sd
        Money per unit of the effect, and how uncertain it is.
    cost, cost_sd
        Money per treated unit, and how uncertain it is.
    """

    effect: EffectPosterior
    contribution: float
    cost: float
    contribution_sd: float = 0.0
    cost_sd: float = 0.0

    @cached_property
    def _cases(self) -> tuple[Floats, Floats, Floats]:
        """Contributions, costs and weights, (cases,) each."""
        both = self.contribution_sd > 0 and self.cost_sd > 0
        z = np.linspace(-_REACH, _REACH, _TOGETHER if both else _ALONE)
        weight = np.exp(-(z**2) / 2)
        weight /= weight.sum()
        contribution, at = np.array([self.contribution]), np.ones(1)
        if self.contribution_sd > 0:
            spread = np.sqrt(np.log1p((self.contribution_sd / self.contribution) ** 2))
            contribution = self.contribution * np.exp(spread * z - spread**2 / 2)
            at = weight
        cost, beside = np.array([self.cost]), np.ones(1)
        if self.cost_sd > 0:
            cost, beside = self.cost + self.cost_sd * z, weight
        grid = np.meshgrid(contribution, cost, indexing="ij")
        return grid[0].ravel(), grid[1].ravel(), np.outer(at, beside).ravel()

    @property
    def mean(self) -> float:
        """The expected value."""
        return self.contribution * self.effect.mean - self.cost

    @property
    def sd(self) -> float:
        """The standard deviation of the value."""
        square = self.effect.mean**2 + self.effect.sd**2
        variance = (self.contribution * self.effect.sd) ** 2 + self.contribution_sd**2 * square
        return float(np.sqrt(variance + self.cost_sd**2))

    def above(self, amount: float = 0.0) -> float:
        """Return P(v > amount)."""
        contribution, cost, weight = self._cases
        return float(self.effect.above((amount + cost) / contribution) @ weight)

    @property
    def gain(self) -> float:
        """E[max(0, v)]: what keeping things as they are is expected to forgo."""
        contribution, cost, weight = self._cases
        return float((contribution * self.effect.excess(cost / contribution)) @ weight)

    @property
    def loss(self) -> float:
        """E[max(0, −v)]: what adopting is expected to lose."""
        contribution, cost, weight = self._cases
        return float((contribution * self.effect.turned().excess(-cost / contribution)) @ weight)

    def quantile(self, q: float) -> float:
        """Return the q-quantile of the value."""
        if self.contribution_sd == self.cost_sd == 0:
            return self.contribution * self.effect.quantile(q) - self.cost
        ends = self.mean - _SPANS * self.sd, self.mean + _SPANS * self.sd
        return float(brentq(lambda amount: 1 - q - self.above(amount), *ends, xtol=1e-9 * self.sd))
