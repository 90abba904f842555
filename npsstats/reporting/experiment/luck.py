"""What luck may have done to an experiment's effect, and what one experiment leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.experiment.names import decided, outcome_name
from npsstats.reporting.experiment.table import effect, shown
from npsstats.reporting.language import shown as as_shown

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["chance", "larger", "once"]


def chance(words: Language, result: ExperimentResult) -> list[str]:
    """Say that the primary outcome's interval holds no effect, and what is decided all the same."""
    row = result.primary(decided(result))
    none = 1.0 if row["unit"] == "ratio" else 0.0
    lower, upper = (
        float(row[end]) if np.isinf(row[end]) else as_shown(row[end], 3)
        for end in ("lower", "upper")
    )
    if not lower <= none <= upper:
        return []
    plan, verdict = result.plan, getattr(result.decision, "verdict", "")
    label = outcome_name(words, plan.primary, plan.outcomes[plan.primary])
    if verdict == "keep":
        return [
            words.say(
                "Whether there is any effect on “{outcome}” is open: its interval holds no "
                "difference. The decision does not rest on that, but on what an effect would have "
                "to earn.",
                outcome=label,
            )
        ]
    if verdict == "adopt":
        return [
            words.say(
                "Chance alone would give as much on “{outcome}”: the decision rests on its price "
                "and on how much is risked, not on an effect that is established.",
                outcome=label,
            )
        ]
    return [words.say("On the first outcome, chance alone would give as much: it settles nothing.")]


def larger(words: Language, result: ExperimentResult) -> list[str]:
    """Say that an adopted effect beyond the planned one is likely to be partly luck."""
    stated = result.plan.design
    if getattr(result.decision, "verdict", "") != "adopt" or stated is None:
        return []
    row = _printed(words, result)
    if stated.effect is None or row is None or row["unit"] not in ("share", "points", "money"):
        return []
    planned = stated.effect * stated.reach
    if abs(float(row["estimate"])) <= abs(planned) or planned * float(row["estimate"]) <= 0:
        return []
    as_planned = row.copy()
    as_planned["estimate"] = planned
    return [
        words.say(
            "The effect, {seen}, is larger than the {planned} that were planned for: what is "
            "adopted because it looks large is partly luck, and less will be seen once everyone "
            "has it.",
            seen=effect(words, row)[0],
            planned=effect(words, as_planned)[0],
        )
    ]


def _printed(words: Language, result: ExperimentResult) -> pd.Series | None:
    """Return the primary effect of the arm that is decided on, as the table has it."""
    for name, arm, _, row in shown(words, result):
        if name == result.plan.primary and arm == decided(result):
            return row
    return None


def once(words: Language, result: ExperimentResult) -> str:
    """Say of whom, and for how long, one experiment speaks."""
    window = result.plan.outcomes[result.plan.primary].window
    if window:
        return words.say(
            "This is one experiment, on those who were eligible then, followed for {days} days: "
            "other customers, another season or what comes later may differ.",
            days=words.whole(window),
        )
    return words.say(
        "This is one experiment, on those who were eligible then: other customers or another "
        "season may differ."
    )
