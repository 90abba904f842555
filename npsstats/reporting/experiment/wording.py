"""How an experiment's memo says where its plan stands, and what to do next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from npsstats.reporting.experiment.ahead import go_on
from npsstats.reporting.experiment.names import (
    arm_name,
    decided,
    ratio_failed,
    several,
    subgroup_names,
)
from npsstats.reporting.experiment.reason import kind

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["next_steps", "status"]

_CELLS = 3


def status(words: Language, result: ExperimentResult) -> tuple[str, list[str]]:
    """Return how the plan stands to its lock, and the changes since."""
    state = result.registration
    day = words.date(date.fromisoformat(state.time[:10])) if state.time else ""
    if state.status == "registered" and state.late is not None:
        said = words.say(
            "Registered on {day}, after the last day of these data: nothing changed since, but "
            "the plan need not have come first.",
            day=day,
        )
        return said, []
    if state.status == "registered":
        said = words.say("Registered on {day}, unchanged since.", day=day)
        return said, []
    if state.status == "exploratory":
        return words.say("Exploratory: the plan was not registered before the data were seen."), []
    said = words.say("Exploratory: the plan was changed after its registration on {day}.", day=day)
    return said, [words.retell(change) for change in state.changes]


def next_steps(words: Language, result: ExperimentResult) -> list[str]:
    """Return what to do next."""
    failed = ratio_failed(result)
    found = [_mend(words)] if failed else []
    if result.decision is None:
        found.append(
            words.say("Name the margin, the cost and the rule before the next experiment.")
        )
    elif not failed:
        return [*_act(words, result), *_registering(words, result)]
    if result.registration.status != "registered":
        found.append(
            words.say("Register the plan (npsstats register) before the next data, and repeat it.")
        )
    return found


def _registering(words: Language, result: ExperimentResult) -> list[str]:
    """Return what to register, where the plan was not: what is repeated says so itself."""
    if result.registration.status == "registered" or result.decision.verdict == "adopt":
        return []
    return [words.say("Register the next plan (npsstats register) before its data.")]


def _mend(words: Language) -> str:
    return words.say("Find out how customers got into the arms, mend it, and start anew.")


def _act(words: Language, result: ExperimentResult) -> list[str]:
    """Return what the verdict asks for."""
    verdict, why = result.decision.verdict, kind(result)
    if verdict == "adopt":
        return _adopt(words, result)
    if verdict == "keep":
        return [words.say("Do not roll it out; spend the money on another idea, and test it.")]
    if why == "missing":
        return [
            words.say("Find the missing outcomes, or what made them go missing; then read anew.")
        ]
    if verdict == "continue" or why in ("no error", "looks"):
        return go_on(words, result)
    return [_mend(words) if why == "sample ratio" else words.say("Mend the cause, and read anew.")]


def _adopt(words: Language, result: ExperimentResult) -> list[str]:
    """Return how to adopt: a finding that was not planned is found again first."""
    if result.registration.status != "registered":
        return [
            words.say(
                "Before everyone is treated, repeat it: register the plan (npsstats register) "
                "before the next data."
            )
        ]
    if several(result):
        said = words.say(
            "Treat everyone with “{arm}”, and keep a tenth aside, by lot, to go on checking.",
            arm=arm_name(words, result, decided(result)),
        )
    else:
        said = words.say("Treat everyone, and keep a tenth aside, by lot, to go on checking.")
    return [said, *_first(words, result)]


def _first(words: Language, result: ExperimentResult) -> list[str]:
    """Return whom to begin with under a capacity, where an order was shown to beat chance."""
    policy, rule = result.parts.get("policy"), result.plan.decision
    if policy is None or rule is None:
        return []
    gain = policy.frame[policy.frame["estimand"].str.contains("against as many")].iloc[0]
    cells: pd.DataFrame = policy.cells  # type: ignore[attr-defined]
    called = cells[cells["called"] > 0]
    if not gain["lower"] > 0 or not len(called):
        return []
    who = [_cell(words, result, row) for _, row in called.head(_CELLS).iterrows()]
    share = words.percent(rule.capacity or 0)
    if len(who) == 1:
        return [
            words.say("If only {share} can be treated, begin with: {who}.", share=share, who=who[0])
        ]
    if len(called) > _CELLS:
        return [
            words.say(
                "If only {share} can be treated, begin with these, in this order: {who}; the "
                "table of the policy has the others.",
                share=share,
                who=" · ".join(who),
            )
        ]
    return [
        words.say(
            "If only {share} can be treated, begin with these, in this order: {who}.",
            share=share,
            who=" · ".join(who),
        )
    ]


def _cell(words: Language, result: ExperimentResult, cell: pd.Series) -> str:
    """Return a cell of the policy as reports call it: "region North, age under 30"."""
    keys = list(result.parts["policy"].keys)  # type: ignore[attr-defined]
    frame = pd.DataFrame({"key": keys, "subgroup": [str(cell[key]) for key in keys]})
    named = subgroup_names(words, result, frame)
    return ", ".join(
        f"{key} {value}" for key, value in zip(named["key"], named["subgroup"], strict=True)
    )
