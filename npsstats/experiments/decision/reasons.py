"""The verdict with its reason in one sentence, and what to doubt about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.experiments.decision.rule import ADOPT, CONTINUE, KEEP, NO_DECISION, verdicts

if TYPE_CHECKING:
    from npsstats.experiments.decision.guardrails import Guardrail
    from npsstats.experiments.decision.money import Value
    from npsstats.experiments.decision.rule import Rule

__all__ = ["Evidence", "doubts", "judge"]


class Evidence(NamedTuple):
    """All that a verdict rests on; `within` and `not_inferior` are NaN where not asked for."""

    value: Value
    rule: Rule
    within: float
    margin: float | None
    not_inferior: float
    n: int | None
    minimum_n: int | None
    guardrails: tuple[Guardrail, ...]
    srm_failed: bool
    exploratory: bool
    more: float
    more_worth: float
    cost_of_more: float | None
    units_per_year: float | None
    approximated: bool


def judge(evidence: Evidence) -> tuple[str, str]:
    """Return the verdict and its reason."""
    if evidence.srm_failed:
        return NO_DECISION, (
            "The arms' sizes are not those that were assigned (the sample-ratio check failed), so "
            "that no number here can be trusted: find the cause first."
        )
    n, least = evidence.n, evidence.minimum_n
    if n is not None and least is not None and n < least:
        return CONTINUE, (
            f"The smaller arm has {n:,} units and the plan asks for {least:,} before a decision."
        )
    verdict, reason = (
        _superiority(evidence) if evidence.margin is None else _non_inferiority(evidence)
    )
    return _guarded(evidence, verdict, reason)


def _superiority(evidence: Evidence) -> tuple[str, str]:
    value, rule = evidence.value, evidence.rule
    positive, loss, gain = value.above(), value.loss, value.gain
    verdict = str(verdicts(positive, loss, gain, evidence.within, rule))
    sure = f"{chance(positive)} (asked: {rule.probability:g})"
    if verdict == ADOPT:
        return verdict, f"Treating a unit is worth more than it costs with probability {sure}."
    if verdict == KEEP:
        if evidence.within >= rule.probability:
            return verdict, (
                "The effect is too small to matter: it lies inside the ROPE with probability "
                f"{chance(evidence.within)} (asked: {rule.probability:g})."
            )
        return verdict, (
            "Treating a unit costs more than it is worth with probability "
            f"{chance(1 - positive)} (asked: {rule.probability:g})."
        )
    if positive >= rule.probability or positive <= 1 - rule.probability:
        at_stake = loss if positive >= rule.probability else gain
        return verdict, (
            f"The direction is clear ({chance(positive)} for a positive value), but the expected "
            f"loss of acting on it, {at_stake:.3g} a unit, is above the {rule.loss_threshold:g} "
            "that was asked."
        )
    return verdict, (
        f"The probability that treating is worth more than it costs is {chance(positive)}: neither "
        f"{rule.probability:g} nor {1 - rule.probability:.3g} is reached."
    )


def _non_inferiority(evidence: Evidence) -> tuple[str, str]:
    asked, found = evidence.rule.probability, evidence.not_inferior
    margin = f"by less than the margin of {evidence.margin:g}"
    if found >= asked:
        return ADOPT, (
            f"The treatment is not worse, or {margin}, with probability {chance(found)} "
            f"(asked: {asked:g})."
        )
    if found <= 1 - asked:
        return KEEP, (
            f"The treatment is worse by more than the margin of {evidence.margin:g} with "
            f"probability {chance(1 - found)} (asked: {asked:g})."
        )
    return CONTINUE, (
        f"The probability that the treatment is not worse, or {margin}, is {chance(found)}: "
        f"neither {asked:g} nor {1 - asked:.3g} is reached."
    )


def _guarded(evidence: Evidence, verdict: str, reason: str) -> tuple[str, str]:
    """Let the guardrails veto adoption, and stop what surely does harm."""
    for each in evidence.guardrails:
        if each.state == "harmed" and verdict != KEEP:
            return KEEP, (
                f"The guardrail {each.name!r} gets worse by more than its margin of "
                f"{each.margin:g} with probability {chance(1 - each.safe)}."
            )
    for each in evidence.guardrails:
        if each.state == "open" and verdict == ADOPT:
            return CONTINUE, (
                f"The value would do, but the guardrail {each.name!r} is not shown to be safe: it "
                f"worsens by less than its margin of {each.margin:g} with probability "
                f"{chance(each.safe)} (asked: {each.probability:g})."
            )
    return verdict, reason


def doubts(evidence: Evidence, verdict: str) -> list[str]:
    """Return what to doubt, most serious first."""
    said = []
    value = evidence.value
    if evidence.exploratory:
        said.append(
            "Exploratory: no plan was locked before the data were seen, so the outcome and the "
            "rule may have been chosen by the answer."
        )
    if verdict == ADOPT and evidence.margin is not None and value.mean < 0:
        said.append(
            f"Not inferior, but expected to lose {-value.mean:.3g} a unit: the money asks for a "
            "reason beyond it."
        )
    if evidence.minimum_n is not None and verdict in (CONTINUE, NO_DECISION):
        said += [
            f"The guardrail {each.name!r} already looks worse by more than its margin: consider "
            "stopping for safety."
            for each in evidence.guardrails
            if each.state == "harmed"
        ]
    if verdict == CONTINUE and evidence.cost_of_more is not None and evidence.units_per_year:
        worth = evidence.more_worth * evidence.units_per_year
        if worth < evidence.cost_of_more:
            way = "adopting" if value.mean > 0 else "keeping"
            said.append(
                f"{_times(evidence.more)} more data would be worth about {worth:,.0f} in a year "
                f"and cost {evidence.cost_of_more:,.0f}: better to decide now, by expected value "
                f"for {way}."
            )
    if evidence.approximated:
        said.append(
            "The posterior is the normal approximation of an estimate and its standard error, "
            "under a flat prior: large effects are believed as they stand."
        )
    return said


def chance(probability: float) -> str:
    """Return a probability in words that never claim certainty."""
    if probability < 0.001:
        return "below .001"
    return "above .999" if probability > 0.999 else f"{probability:.3f}"


def _times(more: float) -> str:
    return "As much" if more == 1 else f"{more:g} times as much"
