"""Outcomes that must not get worse: each vetoes adoption by a margin of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks

if TYPE_CHECKING:
    from npsstats.experiments.decision.posteriors import EffectPosterior

__all__ = ["Guardrail", "better_way"]

_BETTER = ("higher", "lower")


@dataclass(frozen=True)
class Guardrail:
    """An outcome that the treatment must not worsen by more than a margin.

    Attributes
    ----------
    name
        The outcome's name.
    effect
        Posterior of treatment − control.
    margin
        The largest worsening that is accepted, on the effect's scale; 0 or more.
    better
        "higher" or "lower".
    probability
        How sure one must be that the worsening is less than the margin.

    Examples
    --------
    >>> from npsstats.experiments.decision import NormalEffect
    >>> Guardrail("complaints", NormalEffect(0.001, 0.002), margin=0.005, better="lower").state
    'safe'
    """

    name: str
    effect: EffectPosterior
    margin: float
    better: str = "higher"
    probability: float = 0.95

    def __post_init__(self) -> None:
        """Refuse a negative margin and unknown directions."""
        checks.number("margin", self.margin, low=0)
        checks.one_of("better", self.better, _BETTER)
        checks.fraction("probability", self.probability)

    @property
    def safe(self) -> float:
        """P(worsening < margin)."""
        return float(better_way(self.effect, self.better).above(np.asarray(-self.margin)))

    @property
    def state(self) -> str:
        """Return "safe", "harmed", or "open" where the data do not tell yet."""
        if self.safe >= self.probability:
            return "safe"
        return "harmed" if self.safe <= 1 - self.probability else "open"


def better_way(effect: EffectPosterior, better: str) -> EffectPosterior:
    """Return the effect counted in the direction that is better."""
    checks.one_of("better", better, _BETTER)
    return effect if better == "higher" else effect.turned()
