"""What the memo of a survey experiment calls purposes, costs, delays and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.reporting.experiment.names import arm_name, outcome_name, subgroup_names
from npsstats.reporting.language import mark, mark_many, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = [
    "PURPOSES",
    "PURPOSE_LINES",
    "arms_as_planned",
    "asking",
    "cost",
    "delay_name",
    "delay_tick",
    "group_name",
    "hours_name",
    "key_name",
    "percentage_points",
    "purpose_line",
    "purposes",
    "quoted",
]

PURPOSES = {
    "communication": mark("communication"),
    "representativeness": mark("representativeness"),
    "prediction": mark("prediction"),
    "response": mark("response"),
    "completion": mark("completion"),
    "precision": mark("precision"),
}
PURPOSE_LINES = {
    "communication": mark("Communication: the best-looking score"),
    "representativeness": mark("Representativeness: true to all who were asked"),
    "prediction": mark("Prediction: what customers do next"),
    "response": mark("Response: the most answers"),
    "completion": mark("Completion: the most filled in"),
    "precision": mark("Precision: the narrowest margin"),
}
_COSTS = {
    "points": mark_many("{cost} points", "{cost} points"),
    "share": mark_many("{cost} percentage points", "{cost} percentage points"),
    "concordance": mark_many("{cost} of concordance", "{cost} of concordance"),
}
"""French says « 0,5 point », « 2,1 points »: the whole part chooses."""
_LEAST = {"points": 0.01, "share": 0.01, "concordance": 0.0001}
_HOURS = 48.0  # from here on delays are said in days


def purposes(words: Language, result: ExperimentResult, names: Iterable[str]) -> str:
    """Return purposes as a sentence names them: an outcome to predict by itself, or all in one."""
    named, plan = list(names), result.plan.survey
    foretold = [name for name in named if name.startswith("prediction of ")]
    if plan is not None and len(foretold) == len(plan.validity) > 1:
        named = [name for name in named if name not in foretold[1:]]
        named[named.index(foretold[0])] = "prediction"
    return words.listing([_purpose(words, result, name) for name in named])


def _purpose(words: Language, result: ExperimentResult, name: str) -> str:
    outcome = name.removeprefix("prediction of ")
    if outcome == name:
        return words.say(PURPOSES[name])
    label = outcome_name(words, outcome, result.plan.outcomes[outcome])
    return words.say("prediction ({outcome})", outcome=label)


def purpose_line(words: Language, result: ExperimentResult, purpose: str) -> str:
    """Return a purpose with what it asks for; of several outcomes to predict, which."""
    name = purpose.removeprefix("prediction of ")
    if name == purpose:
        return words.say(PURPOSE_LINES[purpose])
    label = outcome_name(words, name, result.plan.outcomes[name])
    return words.say("Prediction: {outcome}", outcome=label)


def cost(words: Language, loss: float, unit: str) -> str:
    """Return an expected loss with its unit, two digits of it, never as nothing.

    Parameters
    ----------
    loss
        In `unit`: "points" of NPS, "share" (said in percentage points), "concordance".
    """
    size = 100 * loss if unit == "share" else loss
    least = _LEAST[unit]
    if size < least:
        text = words.say("less than {limit}", limit=words.number(least, 4 if least < 0.01 else 2))
        return words.say_many(*_COSTS[unit], 0, cost=text)
    digits = 4 if unit == "concordance" else 2 if size < 1 else 1
    return words.say_many(*_COSTS[unit], int(shown(size, digits)), cost=words.number(size, digits))


def percentage_points(words: Language, change: float) -> str:
    """Return a signed change in percentage points."""
    size = words.number(change, signed=True)
    return words.say_many(*_COSTS["share"], int(abs(shown(change))), cost=size)


def asking(words: Language, result: ExperimentResult, arm: str) -> str:
    """Return an arm's name; of a delay that has none, how long it is."""
    plan, hours = result.plan, _hours(arm)
    timed = plan.survey is not None and plan.survey.delay is not None
    if timed and hours is not None and arm not in plan.arms.labels:
        return delay_name(words, result, hours)
    return arm_name(words, result, arm)


def quoted(words: Language, result: ExperimentResult, arm: str) -> str:
    """Return an arm's name in quotes."""
    return words.say("“{arm}”", arm=asking(words, result, arm))


def arms_as_planned(result: ExperimentResult) -> list[str]:
    """Return the arms in the plan's own order."""
    there: Any = result.parts["survey"]
    return [arm for arm in result.plan.arms.shares if arm in there.arms]


def delay_name(words: Language, result: ExperimentResult, hours: float) -> str:
    """Return a delay as its arm is called, else in hours or days."""
    for arm in result.plan.arms.shares:
        if _hours(arm) == hours and arm in result.plan.arms.labels:
            return arm_name(words, result, arm)
    return hours_name(words, hours)


def hours_name(words: Language, hours: float) -> str:
    """Return a time in hours, or in days where it is long."""
    if hours < _HOURS:
        return words.say_many("{n} hour", "{n} hours", int(hours), n=_plain(words, hours))
    return words.say_many("{n} day", "{n} days", int(hours / 24), n=_plain(words, hours / 24))


def delay_tick(words: Language, hours: float) -> str:
    """Return a delay as an axis has room for."""
    if hours < _HOURS and hours != 24:
        return words.say("{n} h", n=_plain(words, hours))
    return words.say("{n} d", n=_plain(words, hours / 24))


def _plain(words: Language, value: float) -> str:
    """Return a number without decimals where it has none."""
    return words.number(value, 0 if float(value).is_integer() else 1)


def group_name(words: Language, result: ExperimentResult, key: str, value: str) -> str:
    """Return a value of a subgroup as reports call it."""
    named = subgroup_names(words, result, pd.DataFrame({"key": [key], "subgroup": [value]}))
    return str(named["subgroup"].iloc[0])


def key_name(words: Language, result: ExperimentResult, key: str) -> str:
    """Return what a subgroup's key is called."""
    named = subgroup_names(words, result, pd.DataFrame({"key": [key], "subgroup": [""]}))
    return str(named["key"].iloc[0])


def _hours(arm: str) -> float | None:
    try:
        return float(arm)
    except ValueError:
        return None
