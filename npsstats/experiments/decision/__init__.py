"""From what is known of an effect to what to do: adopt, keep, or continue, in money."""

from npsstats.experiments.decision.deciding import Decision, decide
from npsstats.experiments.decision.guardrails import Guardrail
from npsstats.experiments.decision.money import CallCost
from npsstats.experiments.decision.posteriors import BetaEffect, DrawnEffect, NormalEffect

__all__ = [
    "BetaEffect",
    "CallCost",
    "Decision",
    "DrawnEffect",
    "Guardrail",
    "NormalEffect",
    "decide",
]
