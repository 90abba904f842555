"""The decision: what an effect is worth in money, and whether to act on it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.decision.arguments import check_numbers, read_band, read_posterior
from npsstats.experiments.decision.guardrails import better_way
from npsstats.experiments.decision.money import CallCost, Value
from npsstats.experiments.decision.reasons import Evidence, doubts, judge
from npsstats.experiments.decision.rule import Rule
from npsstats.experiments.decision.table import between, more_worth, quantities
from npsstats.experiments.effects import readable
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.decision.guardrails import Guardrail
    from npsstats.experiments.decision.posteriors import EffectPosterior

__all__ = ["Decision", "decide"]


@dataclass(frozen=True, repr=False)
class Decision(Result):
    """A verdict, its reason, and the numbers that it rests on.

    Attributes
    ----------
    verdict
        "adopt", "keep" (do not adopt; keep what we do), "continue" or "no decision".
    reason
        One sentence.
    probability
        P(value > 0).
    value
        Expected money per treated unit.
    loss_adopt, loss_keep
        Expected loss of adopting, and of keeping, in money per treated unit.
    perfect_information
        What knowing the value exactly would be worth at most, in money per treated unit: the
        lesser of both losses.
    """

    title: ClassVar[str] = "Decision"
    verdict: str
    reason: str
    probability: float
    value: float
    loss_adopt: float
    loss_keep: float
    perfect_information: float

    @override
    def headline(self) -> str:
        return f"{self.verdict.capitalize()}. {self.reason}"

    @override
    def shown(self) -> pd.DataFrame:
        return readable(self.frame)

    def row(self, quantity: str) -> pd.Series:
        """Return the row of one quantity."""
        checks.one_of("quantity", quantity, list(self.frame["quantity"]))
        return self.frame[self.frame["quantity"] == quantity].iloc[0]


def decide(
    effect: EffectPosterior | Any,
    *,
    contribution: float,
    cost: float | CallCost = 0.0,
    units_per_year: float | None = None,
    contribution_sd: float = 0.0,
    cost_sd: float = 0.0,
    better: str = "higher",
    rope: float | tuple[float, float] | None = None,
    adopt_probability: float = 0.95,
    loss_threshold: float | None = None,
    n: int | None = None,
    minimum_n: int | None = None,
    margin: float | None = None,
    guardrails: Sequence[Guardrail] = (),
    more: float = 1.0,
    cost_of_more: float | None = None,
    srm_failed: bool = False,
    exploratory: bool = False,
    level: float = 0.95,
) -> Decision:
    """Return whether to adopt the treatment, from the posterior of its effect and from money.

    Parameters
    ----------
    effect
        Posterior of the intention-to-treat effect, treatment − control: `NormalEffect`,
        `BetaEffect` or `DrawnEffect`; or an `Effect` (a row of `Effects.frame`) of a difference,
        whose normal approximation is taken.
    contribution
        Money per unit of the effect: the margin of a re-purchase where the effect is a share, 1
        where it is money already, the worth of a point where it is an NPS. Positive; where less
        is better, say so with `better`.
    cost
        Money per treated unit, reached or not; `CallCost` adds it up from attempts and
        conversations. Negative where the treatment saves.
    units_per_year
        Units that would be treated a year; None leaves out the yearly rows.
    contribution_sd, cost_sd
        How uncertain contribution (lognormal) and cost (normal) are.
    better
        "higher" or "lower" (churn, delay): which way of the effect is good.
    rope
        Effects too small to matter, on the effect's own scale: (low, high), or one number r for
        (−r, r).
    adopt_probability
        How sure one must be, of a positive value to adopt and of a negative one to keep.
    loss_threshold
        Expected loss, money per treated unit, that a verdict may have at most. None: any.
    n, minimum_n
        Units of the smaller arm, and how many the plan asks for; below, the verdict is
        "continue". `n` is read from an `Effect`.
    margin
        Ask for non-inferiority: adopt where the effect is surely not worse than by this much, on
        the effect's scale. None: superiority in money.
    guardrails
        Outcomes that must not get worse: one that is not surely safe vetoes adoption.
    more, cost_of_more
        Value of continuing: what `more` times the present sample again would be worth, less what
        that costs (money; None: not known).
    srm_failed
        The sample-ratio check failed: no decision.
    exploratory
        No plan was locked before data: said first.
    level
        Of the intervals.

    Returns
    -------
    Decision
        `frame`: a row a quantity with unit, estimate, std_error, lower, upper, level and
        probability. "effect" (probability: of the better direction), "value per unit" and "value
        per year" (of more than 0), "below ROPE", "inside ROPE", "above ROPE" (in the effect's own
        direction), "not inferior", "expected loss of adopting" and "of keeping", "perfect
        information" and "more data" (money; a year's, or a unit's where `units_per_year` is
        None), and a row a guardrail (of not being worse by its margin).

    Raises
    ------
    InputError
        If a number is out of range, or `minimum_n` is given without `n`.

    Notes
    -----
    With v = contribution × effect − cost, adopting loses max(0, −v) and keeping max(0, v).
    "More data" takes the effect's variance to shrink from σ² to σ²/(1 + more), as it does under a
    flat prior, and the value to be normal; its mean is then normal with the variance that
    disappears.

    References
    ----------
    Kruschke, J. K. (2018). Rejecting or accepting parameter values in Bayesian estimation. Advances
    in Methods and Practices in Psychological Science 1(2), 270–280 (ROPE).
    Raiffa, H. & Schlaifer, R. (1961). Applied Statistical Decision Theory. Harvard (expected value
    of perfect and of sample information, chapters 4 and 5).

    Examples
    --------
    >>> from npsstats.experiments.decision import NormalEffect, decide
    >>> decision = decide(
    ...     NormalEffect(0.03, 0.012), contribution=40.0, cost=0.5, units_per_year=20_000
    ... )
    >>> decision.verdict, round(decision.probability, 3)
    ('continue', 0.928)
    >>> decision.row("value per year").estimate.round()
    np.float64(14000.0)
    """
    posterior, n, approximated = read_posterior(effect, n)
    level = checks.fraction("level", level)
    rule = Rule(checks.fraction("adopt_probability", adopt_probability), loss_threshold)
    if rule.probability <= 0.5:
        raise InputError(
            f"`adopt_probability` must be more than .5, got {adopt_probability:g}: below, one "
            "could be sure of both verdicts at once."
        )
    check_numbers(
        contribution,
        contribution_sd,
        cost_sd,
        loss_threshold,
        margin,
        more,
        units_per_year,
        minimum_n,
    )
    if minimum_n is not None and n is None:
        raise InputError("`minimum_n` needs `n`, the units of the smaller arm.")
    per_unit = cost.per_unit if isinstance(cost, CallCost) else checks.number("cost", cost)
    way = better_way(posterior, better)
    value = Value(way, contribution, per_unit, contribution_sd, cost_sd)
    band = read_band(rope)
    evidence = Evidence(
        value=value,
        rule=rule,
        within=np.nan if band is None else between(posterior, band)[1],
        margin=margin,
        not_inferior=np.nan if margin is None else float(way.above(np.asarray(-margin))),
        n=n,
        minimum_n=minimum_n,
        guardrails=tuple(guardrails),
        srm_failed=srm_failed,
        exploratory=exploratory,
        more=more,
        more_worth=more_worth(value, more),
        cost_of_more=cost_of_more,
        units_per_year=units_per_year,
        approximated=approximated,
    )
    verdict, reason = judge(evidence)
    rows = quantities(evidence, posterior, band, level)
    options = {
        "contribution": contribution,
        "contribution_sd": contribution_sd,
        "cost": per_unit,
        "cost_sd": cost_sd,
        "units_per_year": units_per_year,
        "better": better,
        "rope": band,
        "adopt_probability": adopt_probability,
        "loss_threshold": loss_threshold,
        "n": n,
        "minimum_n": minimum_n,
        "margin": margin,
        "guardrails": tuple((each.name, each.margin, each.better) for each in guardrails),
        "srm_failed": srm_failed,
        "exploratory": exploratory,
        "level": level,
    }
    name = f"value of {type(posterior).__name__} in money, expected loss"
    return Decision(
        pd.DataFrame(rows),
        tuple(doubts(evidence, verdict)),
        Provenance(name, options, _fingerprint(posterior, guardrails)),
        verdict,
        reason,
        value.above(),
        value.mean,
        value.loss,
        value.gain,
        min(value.loss, value.gain),
    )


def _fingerprint(effect: EffectPosterior, guardrails: Sequence[Guardrail]) -> str:
    numbers = [effect.numbers(), *(each.effect.numbers() for each in guardrails)]
    return sha256(np.concatenate(numbers).astype("<f8").tobytes()).hexdigest()[:16]
