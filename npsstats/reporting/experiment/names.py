"""What an experiment's memo calls things, in the reader's language."""

from __future__ import annotations

import re
from math import isinf
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark_many

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.spec_outcomes import Outcome
    from npsstats.reporting.language import Language

__all__ = [
    "COUNTED",
    "arm_name",
    "counted",
    "decided",
    "ends",
    "heading",
    "hypothesis",
    "margin_of",
    "outcome_name",
    "ratio_failed",
    "several",
    "subgroup_names",
]


def heading(words: Language, result: ExperimentResult) -> str:
    """Return the experiment's title in this language, else its name."""
    titles = result.plan.title
    return titles.get(words.code) or next(iter(titles.values()), result.plan.name)  # type: ignore[call-overload]


def outcome_name(words: Language, name: str, outcome: Outcome) -> str:
    """Return what an outcome is called in this language."""
    label = outcome.label.get(words.code) or outcome.label.get("en")  # type: ignore[call-overload]
    return str(label or name.replace("_", " "))


def hypothesis(words: Language, result: ExperimentResult) -> str:
    """Return the hypothesis in this language, or as the plan has it."""
    said = result.plan.hypothesis
    if isinstance(said, str):
        return said
    return said.get(words.code) or next(iter(said.values()), "")  # type: ignore[call-overload]


def arm_name(words: Language, result: ExperimentResult, arm: str) -> str:
    """Return what an arm is called in this language."""
    return str(result.plan.arms.labels.get(arm, {}).get(words.code, arm))  # type: ignore[call-overload]


def several(result: ExperimentResult) -> bool:
    """Return whether there is more than one treatment."""
    return len(result.plan.arms.treatments) > 1


def decided(result: ExperimentResult) -> str:
    """Return the treatment that the decision is of: the only one, unless there are several."""
    arms = result.plan.arms.treatments
    left = [arm for arm in arms if f"decision on {arm}" not in result.parts]
    if result.decision is None or len(left) != 1:
        return str(result.primary()["arm"])
    return left[0]


def ratio_failed(result: ExperimentResult) -> bool:
    """Return whether the arms are not of the sizes that were planned."""
    return bool(getattr(result.parts.get("sample ratio"), "failed", False))


COUNTED = {
    "points": mark_many("{size} points", "{size} points"),
    "days": mark_many("{size} days", "{size} days"),
}
"""Units that are said after a number: English says “1.5 points”, French « 1,5 point »."""


def counted(words: Language, unit: str, value: float, text: str) -> str:
    """Return a number as it is written, with its unit: the whole part chooses the form."""
    many = int(min(abs(round(value, 1)), 2.0))
    return words.say_many(*COUNTED[unit], many, size=text)


def margin_of(words: Language, outcome: Outcome) -> str:
    """Return an outcome's margin with its unit."""
    margin = outcome.margin or 0.0
    if outcome.kind == "binary":
        return counted(words, "points", 100 * margin, words.number(100 * margin, 1))
    if outcome.kind == "score":
        return counted(words, "points", margin, words.number(margin, 1))
    if outcome.kind == "duration":
        return counted(words, "days", margin, words.number(margin, 1))
    unit = f"\N{NO-BREAK SPACE}{outcome.unit}" if outcome.unit else ""
    return words.number(margin, 2) + unit


def ends(words: Language, lower: float, upper: float, decimals: int, *, signed: bool = True) -> str:
    """Return two limits, which may be infinite."""
    low, high = (
        ("+∞" if end > 0 else "\N{MINUS SIGN}∞")
        if isinf(end)
        else words.number(end, decimals, signed=signed)
        for end in (lower, upper)
    )
    return words.say("{lower} to {upper}", lower=low, upper=high)


def subgroup_names(words: Language, result: ExperimentResult, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of subgroups with what reports call keys and values in this language."""
    groups, code = result.plan.subgroups, words.code
    keys, values = [], []
    for key, value in zip(frame["key"].astype(str), frame["subgroup"].astype(str), strict=True):
        group = groups.get(key)
        if group is None:
            keys.append(key)
            values.append(value)
            continue
        tier = _tier(words, value) if group.cuts else value
        keys.append(group.label.get(code, key))  # type: ignore[call-overload]
        values.append(group.labels.get(value, {}).get(code, tier))  # type: ignore[call-overload]
    return frame.assign(key=keys, subgroup=values)


def _tier(words: Language, label: str) -> str:
    """Say a tier of a number, "2 to under 4", in this language."""
    if found := re.fullmatch(r"under (\S+)", label):
        return words.say("under {n}", n=found[1])
    if found := re.fullmatch(r"(\S+) to under (\S+)", label):
        return words.say("{n} to under {m}", n=found[1], m=found[2])
    if found := re.fullmatch(r"(\S+) and more", label):
        return words.say("{n} and more", n=found[1])
    return label
