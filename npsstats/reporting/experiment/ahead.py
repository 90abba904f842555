"""How to go on where an experiment does not tell yet: to the planned end, and not until sure."""

from __future__ import annotations

from math import ceil, isfinite, log10
from typing import TYPE_CHECKING

from scipy import special

from npsstats.reporting.experiment.planned_size import planned_arm, smaller_arm
from npsstats.reporting.experiment.reason import kind

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["go_on"]

_POWER = 0.9
"""How often the effect that pays is to be found by the units that are named."""


def go_on(words: Language, result: ExperimentResult) -> list[str]:
    """Return how far to go on, and how many customers would tell the effect that pays."""
    plan, why = result.plan, kind(result)
    if why == "looks" or (plan.looks is not None and plan.looks.dates):
        return [words.say("Go on assigning by lot to the planned end, or to a look that crosses.")]
    if plan.looks is not None and plan.looks.anytime:
        said = words.say(
            "Go on assigning by lot, and stop by the interval that holds at any time: the table's "
            "is for one look."
        )
        return [said, *_more(words, result)]
    return [_to_the_end(words, result, why), *_more(words, result)]


def _to_the_end(words: Language, result: ExperimentResult, why: str) -> str:
    """Return how the size stands to the planned one, where no looks were planned."""
    n, planned = smaller_arm(result), planned_arm(result)
    least = result.decision.provenance.options.get("minimum_n") if why == "minimum n" else None
    if least is not None:
        planned = max(planned or 0, int(least))
    if n is None or planned is None:
        return words.say(
            "Plan how far to go on ([design]) before more data come in: looks that were not "
            "planned ([looks]) make false findings more frequent."
        )
    values = {"n": words.whole(n), "planned": words.whole(planned)}
    if n < planned:
        return words.say(
            "Go on assigning by lot to the planned {planned} customers an arm ({n} so far), and "
            "decide there: looks that were not planned ([looks]) make false findings more "
            "frequent.",
            **values,
        )
    return words.say(
        "The planned size was reached ({n} customers in the smaller arm, {planned} planned): do "
        "not go on looking until it is sure. Looks that were not planned ([looks]) make false "
        "findings more frequent.",
        **values,
    )


def _more(words: Language, result: ExperimentResult) -> list[str]:
    """Return how many customers find the effect that just pays, at the error of these data."""
    rule, frame = result.plan.decision, result.decision.frame
    if rule is None or not rule.cost or "quantity" not in frame:
        return []
    pays = rule.cost / rule.contribution
    error = float(frame.loc[frame["quantity"] == "effect", "std_error"].iloc[0])
    there = float(result.parts["sample ratio"].frame.query("stratum == 'all'")["n"].sum())
    wanted = float(special.ndtri(1 - (1 - result.plan.level) / 2) + special.ndtri(_POWER))
    needed = there * (wanted * error / pays) ** 2
    if not isfinite(needed) or needed <= there:
        return []
    step = 10 ** max(int(log10(needed)) - 1, 0)
    return [
        words.say(
            "To find, {power} of the time, an effect that just pays takes some {needed} customers "
            "in all, and there are {there}: plan that experiment (npsstats design), or leave it.",
            power=words.percent(_POWER),
            needed=words.whole(ceil(needed / step) * step),
            there=words.whole(there),
        )
    ]
