"""The verdict with its reason in one sentence, and what to doubt about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.experiments.decision.rule import ADOPT, CONTINUE, KEEP, NO_DECISION, verdicts
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.experiments.decision.guardrails import Guardrail
    from npsstats.experiments.decision.money import Value
    from npsstats.experiments.decision.rule import Rule
    from npsstats.said import Said

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
            said(
                "The arms' sizes are not those that were assigned (the sample-ratio "
                "check failed), so that no number here can be trusted: find the "
                "cause first."
            )
        )
    n, least = evidence.n, evidence.minimum_n
    if n is not None and least is not None and n < least:
        return CONTINUE, (
            said(
                "The smaller arm has {n:,} units and the plan asks for {least:,} "
                "before a decision.",
                n=n,
                least=least,
            )
        )
    verdict, reason = (
        _superiority(evidence) if evidence.margin is None else _non_inferiority(evidence)
    )
    return _guarded(evidence, verdict, reason)


def _superiority(evidence: Evidence) -> tuple[str, str]:
    value, rule = evidence.value, evidence.rule
    positive, loss, gain = value.above(), value.loss, value.gain
    verdict = str(verdicts(positive, loss, gain, evidence.within, rule))
    sure = said("{chance} (asked: {asked:g})", chance=chance(positive), asked=rule.probability)
    if verdict == ADOPT:
        return verdict, said(
            "Treating a unit is worth more than it costs with probability {sure}.", sure=sure
        )
    if verdict == KEEP:
        if evidence.within >= rule.probability:
            return verdict, (
                said(
                    "The effect is too small to matter: it lies inside the ROPE with "
                    "probability {chance} (asked: {probability:g}).",
                    chance=chance(evidence.within),
                    probability=rule.probability,
                )
            )
        return verdict, (
            said(
                "Treating a unit costs more than it is worth with probability "
                "{chance} (asked: {probability:g}).",
                chance=chance(1 - positive),
                probability=rule.probability,
            )
        )
    if positive >= rule.probability or positive <= 1 - rule.probability:
        at_stake = loss if positive >= rule.probability else gain
        return verdict, (
            said(
                "The direction is clear ({chance} for a positive value), but the "
                "expected loss of acting on it, {at_stake:.3g} a unit, is above the "
                "{loss_threshold:g} that was asked.",
                chance=chance(positive),
                at_stake=at_stake,
                loss_threshold=rule.loss_threshold,
            )
        )
    return verdict, (
        said(
            "The probability that treating is worth more than it costs is "
            "{chance}: neither {probability:g} nor {probability_2:.3g} is "
            "reached.",
            chance=chance(positive),
            probability=rule.probability,
            probability_2=1 - rule.probability,
        )
    )


def _non_inferiority(evidence: Evidence) -> tuple[str, str]:
    asked, found = evidence.rule.probability, evidence.not_inferior
    margin = said("by less than the margin of {margin:g}", margin=evidence.margin)
    if found >= asked:
        return ADOPT, (
            said(
                "The treatment is not worse, or {margin}, with probability {chance} "
                "(asked: {asked:g}).",
                margin=margin,
                chance=chance(found),
                asked=asked,
            )
        )
    if found <= 1 - asked:
        return KEEP, (
            said(
                "The treatment is worse by more than the margin of {margin:g} with "
                "probability {chance} (asked: {asked:g}).",
                margin=evidence.margin,
                chance=chance(1 - found),
                asked=asked,
            )
        )
    return CONTINUE, (
        said(
            "The probability that the treatment is not worse, or {margin}, is "
            "{chance}: neither {asked:g} nor {asked_2:.3g} is reached.",
            margin=margin,
            chance=chance(found),
            asked=asked,
            asked_2=1 - asked,
        )
    )


def _guarded(evidence: Evidence, verdict: str, reason: str) -> tuple[str, str]:
    """Let the guardrails veto adoption, and stop what surely does harm."""
    for each in evidence.guardrails:
        if each.state == "harmed" and verdict != KEEP:
            return KEEP, (
                said(
                    "The guardrail {name!r} gets worse by more than its margin of "
                    "{margin:g} with probability {chance}.",
                    name=each.name,
                    margin=each.margin,
                    chance=chance(1 - each.safe),
                )
            )
    for each in evidence.guardrails:
        if each.state == "open" and verdict == ADOPT:
            return CONTINUE, (
                said(
                    "The value would do, but the guardrail {name!r} is not shown to be "
                    "safe: it worsens by less than its margin of {margin:g} with "
                    "probability {chance} (asked: {probability:g}).",
                    name=each.name,
                    margin=each.margin,
                    chance=chance(each.safe),
                    probability=each.probability,
                )
            )
    return verdict, reason


def doubts(evidence: Evidence, verdict: str) -> list[Said]:
    """Return what to doubt, most serious first."""
    sentences = []
    value = evidence.value
    if evidence.exploratory:
        sentences.append(
            said(
                "Exploratory: no plan was locked before the data were seen, so the "
                "outcome and the rule may have been chosen by the answer."
            )
        )
    if verdict == ADOPT and evidence.margin is not None and value.mean < 0:
        sentences.append(
            said(
                "Not inferior, but expected to lose {mean:.3g} a unit: the money "
                "asks for a reason beyond it.",
                mean=-value.mean,
            )
        )
    if evidence.minimum_n is not None and verdict in (CONTINUE, NO_DECISION):
        sentences += [
            said(
                "The guardrail {name!r} already looks worse by more than its margin: "
                "consider stopping for safety.",
                name=each.name,
            )
            for each in evidence.guardrails
            if each.state == "harmed"
        ]
    if verdict == CONTINUE and evidence.cost_of_more is not None and evidence.units_per_year:
        worth = evidence.more_worth * evidence.units_per_year
        if worth < evidence.cost_of_more:
            way = said("adopting") if value.mean > 0 else said("keeping")
            sentences.append(
                said(
                    "{times} more data would be worth about {worth:,.0f} in a year and "
                    "cost {cost_of_more:,.0f}: better to decide now, by expected value "
                    "for {way}.",
                    times=_times(evidence.more),
                    worth=worth,
                    cost_of_more=evidence.cost_of_more,
                    way=way,
                )
            )
    if evidence.approximated:
        sentences.append(
            said(
                "The posterior is the normal approximation of an estimate and its "
                "standard error, under a flat prior: large effects are believed as "
                "they stand."
            )
        )
    return sentences


def chance(probability: float) -> Said:
    """Return a probability in words that never claim certainty."""
    if probability < 0.001:
        return said("below .001")
    if probability > 0.999:
        return said("above .999")
    return said("{p:.3f}", p=probability)


def _times(more: float) -> Said:
    return said("As much") if more == 1 else said("{more:g} times as much", more=more)
