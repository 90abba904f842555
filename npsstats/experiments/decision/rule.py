"""Adopt, keep or continue, from probabilities and expected losses; many cases at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.experiments.decision.posteriors import normal_excess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ADOPT", "CONTINUE", "KEEP", "NO_DECISION", "Rule", "normal_verdicts", "verdicts"]

ADOPT, KEEP, CONTINUE, NO_DECISION = "adopt", "keep", "continue", "no decision"


class Rule(NamedTuple):
    """How sure one must be.

    Attributes
    ----------
    probability
        Of a positive value to adopt, of a negative one to keep, of an effect inside the ROPE.
    loss_threshold
        Expected loss, money per treated unit, that the verdict may have at most; None: any.
    """

    probability: float = 0.95
    loss_threshold: float | None = None


def verdicts(
    positive: float | Floats,
    loss_adopt: float | Floats,
    loss_keep: float | Floats,
    within: float | Floats,
    rule: Rule,
) -> NDArray[np.str_]:
    """Return "adopt", "keep" or "continue".

    Parameters
    ----------
    positive
        P(value > 0).
    loss_adopt, loss_keep
        Expected losses in money per treated unit.
    within
        P(effect inside the ROPE); NaN without one.
    rule
        How sure one must be.
    """
    limit = np.inf if rule.loss_threshold is None else rule.loss_threshold
    nil = np.asarray(within) >= rule.probability
    adopt = (np.asarray(positive) >= rule.probability) & (np.asarray(loss_adopt) <= limit)
    keep = (np.asarray(positive) <= 1 - rule.probability) & (np.asarray(loss_keep) <= limit)
    return np.select([nil | keep, adopt], [KEEP, ADOPT], CONTINUE)


def normal_verdicts(
    mean: Floats,
    sd: float | Floats,
    *,
    contribution: float,
    cost: float,
    rule: Rule,
    rope: tuple[float, float] | None = None,
) -> NDArray[np.str_]:
    """Return the verdicts on many normal posteriors: the rule's operating characteristics.

    Parameters
    ----------
    mean, sd
        Of the effect, in the direction that is better, (cases,).
    contribution, cost
        Money per unit of the effect, and per treated unit.
    rule
        How sure one must be.
    rope
        Effects too small to matter, or None.
    """
    even = cost / contribution
    within = np.full(np.shape(mean), np.nan)
    if rope is not None:
        within = special.ndtr((rope[1] - mean) / sd) - special.ndtr((rope[0] - mean) / sd)
    return verdicts(
        special.ndtr((mean - even) / sd),
        contribution * normal_excess(-mean, sd, -even),
        contribution * normal_excess(mean, sd, even),
        within,
        rule,
    )
