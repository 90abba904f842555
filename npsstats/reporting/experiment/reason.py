"""The decision of an experiment's memo, and the reason it was really taken for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.experiment.names import (
    arm_name,
    decided,
    ends,
    margin_of,
    outcome_name,
    ratio_failed,
    several,
)
from npsstats.reporting.experiment.planned_size import ended
from npsstats.reporting.language import mark

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["BROKEN", "NO_EVIDENCE", "VERDICTS", "kind", "kind_of", "reason", "verdict"]

VERDICTS = {
    "adopt": mark("Adopt it"),
    "keep": mark("Leave it: go on as before"),
    "continue": mark("Cannot tell yet: go on with the experiment"),
    "no decision": mark("No decision"),
}
"""Verdict → the answer of a memo."""
BROKEN = mark(
    "The arms are not of the sizes that were planned: something other than chance decided "
    "who is in which, so no difference between them can be trusted."
)
NO_EVIDENCE = mark("Evidence: none. The arms are not those that chance was to make.")
_KINDS = (
    ("sample ratio", r"sample.ratio"),
    ("no error", r"no standard error"),
    ("minimum n", r"the plan asks for [\d,]+ before a decision"),
    ("harmed", r"guardrail '.*' gets worse by more"),
    ("not safe", r"guardrail '.*' is not shown to be safe"),
    ("missing", r"missing"),
    ("looks", r"\blooks?\b|boundary"),
    ("non-inferiority", r"not worse, or by less|worse by more than the margin"),
    ("too small", r"inside the ROPE"),
    ("loss", r"expected loss of acting"),
    ("value", r"^Treating a unit|^The probability that treating"),
)
"""What a decision's sentence is known by, in English; the first that fits."""
_NO_VALUE = ("sample ratio", "missing")
_UNSURE = ("value", "loss", "non-inferiority", "not safe", "other")


def kind(result: ExperimentResult) -> str:
    """Return what the decision rests on: one of the kinds above, or "other"."""
    return kind_of(_prose(result))


def kind_of(prose: str) -> str:
    """Return the kind of a decision's own sentence in English, or "other"."""
    return next((name for name, sign in _KINDS if re.search(sign, prose)), "other")


def _prose(result: ExperimentResult) -> str:
    """Return the decision's own sentence, without the arm that it begins with."""
    return str(result.decision.reason).removeprefix(f"{decided(result)}: ")


def verdict(words: Language, result: ExperimentResult) -> str:
    """Return the decision in a few words; of several arms, which one it is of."""
    if result.decision is None:
        return words.say("No rule of decision was planned")
    if result.decision.verdict == "continue" and kind(result) in _UNSURE and ended(result):
        said = words.say("Cannot tell: the planned size does not suffice")
    else:
        said = words.say(VERDICTS[result.decision.verdict])
    if several(result) and kind(result) != "sample ratio":
        return f"{arm_name(words, result, decided(result))} – {said}"
    return said


def reason(words: Language, result: ExperimentResult) -> str:
    """Return what the decision rests on, what it is worth, and what becomes of other arms."""
    if ratio_failed(result):
        return words.say(BROKEN)
    if result.decision is None:
        return words.say("The plan names no margin and no cost, so effects stand without a price.")
    why = kind(result)
    if why == "sample ratio":
        return words.say(BROKEN)
    said = [_why(words, result, why)] if why != "value" else []
    if why not in _NO_VALUE:
        said += _worth(words, result, asked=why != "non-inferiority")
    others = [
        f"{arm_name(words, result, arm)} ({words.say(VERDICTS[part.verdict])})"  # type: ignore[attr-defined]
        for arm in result.plan.arms.treatments
        if (part := result.parts.get(f"decision on {arm}")) is not None
    ]
    if others:
        said.append(words.say("The other arms: {others}.", others=", ".join(others)))
    return " ".join(said)


def _why(words: Language, result: ExperimentResult, why: str) -> str:
    decision = result.decision
    options: dict[str, Any] = dict(decision.provenance.options)
    if why == "minimum n":
        return words.say(
            "The smaller arm has {n} customers, and the plan asks for {least} before a decision.",
            n=words.whole(options["n"]),
            least=words.whole(options["minimum_n"]),
        )
    if why == "looks":
        return words.say("The planned looks have not come to their end: nothing is decided before.")
    if why == "missing":
        return words.say(
            "Outcomes are missing more in one arm than in the other: those that are left are no "
            "longer alike, so nothing is decided."
        )
    if why == "non-inferiority":
        return words.say(
            "The probability that the treatment is not worse by {margin} or more is {probability} "
            "({asked} was asked).",
            margin=margin_of(words, result.plan.outcomes[result.plan.primary]),
            probability=words.probability(_quantity(result, "not inferior")["probability"]),
            asked=_asked(words, result),
        )
    if why in ("too small", "loss"):
        return _of_size(words, result, why)
    return _of_guardrail(words, result, why) or _prose(result)


def _of_size(words: Language, result: ExperimentResult, why: str) -> str:
    """Return a reason that speaks of the effect's size."""
    options = result.decision.provenance.options
    if why == "too small":
        return words.say(
            "The effect is too small to matter, with probability {probability} ({asked} was "
            "asked).",
            probability=words.probability(_quantity(result, "inside ROPE")["probability"]),
            asked=_asked(words, result),
        )
    return words.say(
        "The direction is clear, but acting on it could still lose more a customer than the "
        "{limit} that the plan allows.",
        limit=_money(words, result, options["loss_threshold"], 2, signed=False),
    )


def _of_guardrail(words: Language, result: ExperimentResult, why: str) -> str:
    """Return a reason that names an outcome, or says that an error is lacking; "" of others."""
    plan, found = result.plan, re.search(r"guardrail '(.*?)'", _prose(result))
    if found is None or found[1] not in plan.outcomes:
        if why != "no error":
            return ""
        return words.say(
            "The effect has no standard error: there are too few customers in an arm to say how "
            "sure it is."
        )
    name, outcome = found[1], plan.outcomes[found[1]]
    label, margin = outcome_name(words, name, outcome), margin_of(words, outcome)
    if why == "no error":
        return words.say(
            "The guardrail “{outcome}” has no standard error: there are too few customers in an "
            "arm to say whether it holds.",
            outcome=label,
        )
    safe = float(_quantity(result, f"guardrail {name}")["probability"])
    if why == "harmed":
        return words.say(
            "The guardrail “{outcome}” gets worse by more than its margin of {margin}, with "
            "probability {probability}.",
            outcome=label,
            margin=margin,
            probability=words.probability(1 - safe),
        )
    return words.say(
        "The guardrail “{outcome}” is not shown to hold: the probability that it worsens by less "
        "than its margin of {margin} is {probability}, too little to adopt.",
        outcome=label,
        margin=margin,
        probability=words.probability(safe),
    )


def _worth(words: Language, result: ExperimentResult, *, asked: bool) -> list[str]:
    """Return what treating is worth, where that is known."""
    frame: pd.DataFrame = result.decision.frame
    there = set(frame["quantity"]) if "quantity" in frame else set()
    if "value per unit" not in there:
        return []
    value = _quantity(result, "value per unit")
    if not np.isfinite(value[["estimate", "lower", "upper"]].to_numpy(float)).all():
        return []
    values = {
        "value": _money(words, result, value["estimate"], 2),
        "level": words.percent(value["level"]),
        "interval": ends(words, value["lower"], value["upper"], 2),
        "probability": words.probability(value["probability"]),
    }
    if asked:
        said = words.say(
            "Treating a customer is worth {value} ({level} interval {interval}), the cost taken "
            "off; the probability that it pays is {probability} ({asked} was asked to adopt).",
            **values,
            asked=_asked(words, result),
        )
    else:
        said = words.say(
            "Treating a customer is worth {value} ({level} interval {interval}), the cost taken "
            "off; the probability that it pays is {probability}.",
            **values,
        )
    if "value per year" not in there:
        return [said]
    year = _quantity(result, "value per year")
    yearly = words.say(
        "Over a year: {value} ({interval}).",
        value=_money(words, result, year["estimate"], 0),
        interval=ends(words, year["lower"], year["upper"], 0),
    )
    return [said, yearly]


def _asked(words: Language, result: ExperimentResult) -> str:
    """Return how sure the rule asks to be: of one arm of several surer than the plan says."""
    share = float(result.decision.provenance.options["adopt_probability"])
    return words.percent(share, 0 if round(100 * share, 6) % 1 == 0 else 1)


def _quantity(result: ExperimentResult, name: str) -> pd.Series:
    frame: pd.DataFrame = result.decision.frame
    return frame[frame["quantity"] == name].iloc[0]


def _money(
    words: Language, result: ExperimentResult, value: float, decimals: int, *, signed: bool = True
) -> str:
    rule = result.plan.decision
    unit = f"\N{NO-BREAK SPACE}{rule.currency}" if rule is not None and rule.currency else ""
    return words.number(value, decimals, signed=signed) + unit
