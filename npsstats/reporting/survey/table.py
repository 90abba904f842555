"""The table of a survey experiment's memo: a row an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.experiment.names import outcome_name
from npsstats.reporting.survey.names import arms_as_planned, asking

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["arm_table", "concordances", "head_widths"]

_PUBLISHED, _WEIGHTED = "NPS of those who answer", "NPS weighted to all asked"
_MARGIN = "margin of NPS per 1,000 asked"


def arm_table(words: Language, result: ExperimentResult) -> tuple[list[str], list[list[str]]]:
    """Return head and rows: what each arm brings, as far as it was read."""
    survey: Any = result.parts["survey"]
    there = set(survey.frame["quantity"])
    concordance = concordances(result)
    head = [
        words.say("Of all who were asked"),
        words.say("asked"),
        words.say("answer"),
        *([words.say("fill it in")] if "completion" in there else []),
        words.say(
            "NPS of those who answer ({level} interval)", level=words.percent(result.plan.level)
        ),
        words.say("NPS weighted to all asked"),
        words.say("margin of {n} asked", n=words.whole(1000)),
    ]
    if concordance is not None and result.plan.survey is not None:
        name = result.plan.survey.validity[0]
        label = outcome_name(words, name, result.plan.outcomes[name])
        head.append(words.say("concordance with “{outcome}”", outcome=label))
    rows = []
    for arm in arms_as_planned(result):
        read: Any = survey.frame[survey.frame["arm"] == arm].set_index("quantity")
        cells = [asking(words, result, arm), words.whole(float(read.loc["response", "n"]))]
        cells.append(words.percent(float(read.loc["response", "estimate"]), 1))
        if "completion" in there:
            cells.append(words.percent(float(read.loc["completion", "estimate"]), 1))
        score: Any = read.loc[_PUBLISHED]
        bounds = words.interval(score["lower"], score["upper"])
        cells += [
            words.say("{nps} ({bounds})", nps=words.number(score["estimate"]), bounds=bounds),
            words.number(float(read.loc[_WEIGHTED, "estimate"])),
            "±" + words.number(float(read.loc[_MARGIN, "estimate"])),
        ]
        if concordance is not None:
            cells.append(words.number(concordance.get(arm, float("nan")), 3))
        rows.append(cells)
    return head, rows


def head_widths(result: ExperimentResult) -> list[float]:
    """Return the widths of the heads in millimetres, 0 for as wide as they are."""
    survey: Any = result.parts["survey"]
    plain = 4 if "completion" in set(survey.frame["quantity"]) else 3
    last = [] if concordances(result) is None else [26.0]
    return [0.0] * plain + [33.0, 20.0, 17.0, *last]


def concordances(result: ExperimentResult) -> dict[str, float] | None:
    """Return arm → concordance of its score with the plan's first outcome after the answer."""
    plan = result.plan.survey
    if plan is None or not plan.validity:
        return None
    part = result.parts.get(f"validity of {plan.validity[0]}")
    if part is None:
        return None
    rows = part.frame[(part.frame["quantity"] == "concordance") & (part.frame["against"] == "")]
    first = rows.drop_duplicates("arm")  # the frequentist reading comes first
    return dict(zip(first["arm"].astype(str), first["estimate"].astype(float), strict=True))
