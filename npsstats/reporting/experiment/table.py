"""The table of an experiment's memo: a row an outcome, and of several treatments one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.experiment.names import (
    arm_name,
    counted,
    ends,
    margin_of,
    outcome_name,
    several,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.spec_outcomes import Outcome
    from npsstats.reporting.language import Language

__all__ = ["effect", "numbers", "shown"]

_REACHED = "complier average causal effect"
_SHOWN = {
    "score": ("NPS difference",),
    "duration": ("restricted mean difference", "risk difference"),
}
"""Estimands that a reader understands, best first; of other kinds it is the headline."""


def numbers(words: Language, result: ExperimentResult) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table: each outcome, control, treatment, effect, interval."""
    plan = result.plan
    arms = plan.arms.treatments
    head = [
        words.say("Of all who were assigned"),
        arm_name(words, result, plan.arms.control),
        words.say("treatment") if several(result) else arm_name(words, result, arms[0]),
        words.say("difference"),
        words.say("{level} interval", level=words.percent(plan.level)),
    ]
    rows = [
        cells
        for name, arm, label, row in shown(words, result)
        for cells in _rows(words, result, (name, arm), label, row)
    ]
    return head, rows


def shown(words: Language, result: ExperimentResult) -> Iterator[tuple[str, str, str, pd.Series]]:
    """Yield outcome, arm, label and effect of each row that is shown, the primary first."""
    plan, frame = result.plan, result.frame
    for name in sorted(plan.outcomes, key=lambda name: name != plan.primary):
        for arm in plan.arms.treatments:
            part = frame[(frame["outcome"] == name) & (frame["arm"] == arm)]
            row = _shown(part, plan.outcomes[name]) if len(part) else None
            if row is not None:
                beside = f" · {arm_name(words, result, arm)}" if several(result) else ""
                yield name, arm, _label(words, result, name, row) + beside, row


def _rows(
    words: Language, result: ExperimentResult, of: tuple[str, str], label: str, row: pd.Series
) -> list[list[str]]:
    name, arm = of
    frame = result.frame
    part = frame[(frame["outcome"] == name) & (frame["arm"] == arm)]
    beside = f" · {arm_name(words, result, arm)}" if several(result) else ""
    rows = [[label, *_levels(words, result, name, arm), *effect(words, row)]]
    reached = part[part["estimand"] == _REACHED]
    if result.plan.clustered:  # an error that takes customers for the lot's units is too small
        reached = reached[reached["method"].str.contains("cluster", case=False)]
    if len(reached) and name == result.plan.primary:
        whom = words.say("… of those whom the treatment reached")
        rows.append([whom + beside, "", "", *effect(words, reached.iloc[0])])
    return rows


def _shown(part: pd.DataFrame, outcome: Outcome) -> pd.Series | None:
    """Return the row of an outcome and arm to show, None if nothing can be told."""
    if outcome.kind not in _SHOWN:
        return part.iloc[0]
    wanted = _SHOWN[outcome.kind]
    found = [part[part["estimand"] == estimand] for estimand in wanted]
    known = [rows.iloc[0] for rows in found if len(rows)]
    told = [row for row in known if np.isfinite(row["estimate"])]
    return next(iter(told or known), None)


def _label(words: Language, result: ExperimentResult, name: str, row: pd.Series) -> str:
    outcome = result.plan.outcomes[name]
    label = outcome_name(words, name, outcome)
    if outcome.kind == "score" and outcome.table is not None:
        label = words.say("{outcome} (NPS, of those who answer)", outcome=label)
    elif outcome.kind == "score":
        label = words.say("{outcome} (NPS)", outcome=label)
    elif outcome.kind == "duration" and row["unit"] == "share":
        label = words.say(
            "{outcome} (share by day {day})", outcome=label, day=words.whole(outcome.window or 0)
        )
    elif outcome.kind == "duration":
        label = words.say(
            "{outcome} (mean time, up to {day} days)",
            outcome=label,
            day=words.whole(outcome.window or 0),
        )
    elif outcome.unit:
        label += f" ({outcome.unit})"
    if outcome.role != "guardrail":
        return label
    margin = margin_of(words, outcome)
    return words.say("{outcome} – guardrail, margin {margin}", outcome=label, margin=margin)


def _levels(words: Language, result: ExperimentResult, name: str, arm: str) -> list[str]:
    """Return the means of control and treatment, where an arm has one that the effect is of."""
    outcome = result.plan.outcomes[name]
    if outcome.kind not in ("binary", "amount") or outcome.per is not None:
        return ["", ""]
    known = result.parts["arms"].frame.set_index(["outcome", "arm"])["mean"]
    means = [float(known.get((name, each), np.nan)) for each in (result.plan.arms.control, arm)]
    if outcome.kind == "binary":
        return [words.percent(mean, 1) for mean in means]
    return [words.number(mean, 2) for mean in means]


def effect(words: Language, row: pd.Series) -> list[str]:
    """Return an effect and its interval as the table prints them."""
    scale, decimals = (100, 1) if row["unit"] == "share" else (1, 2)
    if row["unit"] == "points":
        decimals = 1
    value = words.number(scale * row["estimate"], decimals, signed=True)
    if np.isnan(row["estimate"]):
        pass
    elif row["unit"] in ("share", "points", "days"):
        unit = "days" if row["unit"] == "days" else "points"
        value = counted(words, unit, scale * row["estimate"], value)
    return [value, ends(words, scale * row["lower"], scale * row["upper"], decimals)]
