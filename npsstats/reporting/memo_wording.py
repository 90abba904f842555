"""The sentences of an experiment's memo: every one is derived from the numbers beside it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark, shown

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.spec_parts import Outcome
    from npsstats.reporting.language import Language

__all__ = [
    "arm_name",
    "doubts",
    "heading",
    "hypothesis",
    "next_steps",
    "numbers",
    "outcome_name",
    "reason",
    "status",
    "subgroup_names",
    "verdict",
]

_VERDICTS = {
    "adopt": mark("Adopt it"),
    "keep": mark("Leave it: go on as before"),
    "continue": mark("Cannot tell yet: go on with the experiment"),
    "no decision": mark("No decision"),
}
_SURE, _WEAK = 0.975, 0.8


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


def arm_name(words: Language, result: ExperimentResult, arm: str) -> str:
    """Return what an arm is called in this language."""
    return str(result.plan.arms.labels.get(arm, {}).get(words.code, arm))  # type: ignore[call-overload]


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
    return said, list(state.changes)


def verdict(words: Language, result: ExperimentResult) -> str:
    """Return the decision in a few words."""
    if result.decision is None:
        return words.say("No rule of decision was planned")
    return words.say(_VERDICTS[result.decision.verdict])


def reason(words: Language, result: ExperimentResult) -> str:
    """Return what the decision rests on."""
    decision = result.decision
    if decision is None:
        return words.say("The plan names no margin and no cost, so effects stand without a price.")
    if result.parts["sample ratio"].failed:  # type: ignore[attr-defined]
        return words.say(
            "The arms are not of the sizes that were planned: something other than chance decided "
            "who is in which, so no difference between them can be trusted."
        )
    value = _quantity(result, "value per unit")
    said = words.say(
        "Treating a customer is worth {value} ({level} interval {interval}), the cost taken off; "
        "the probability that it pays is {probability}.",
        value=_money(words, result, value["estimate"], 2),
        level=words.percent(value["level"]),
        interval=_ends(words, value["lower"], value["upper"], 2),
        probability=words.probability(value["probability"]),
    )
    if "value per year" in set(result.decision.frame["quantity"]):
        year = _quantity(result, "value per year")
        said += " " + words.say(
            "Over a year: {value} ({interval}).",
            value=_money(words, result, year["estimate"], 0),
            interval=_ends(words, year["lower"], year["upper"], 0),
        )
    return said


def _quantity(result: ExperimentResult, name: str) -> pd.Series:
    frame: pd.DataFrame = result.decision.frame
    return frame[frame["quantity"] == name].iloc[0]


def _money(words: Language, result: ExperimentResult, value: float, decimals: int) -> str:
    rule = result.plan.decision
    unit = f"\N{NO-BREAK SPACE}{rule.currency}" if rule is not None and rule.currency else ""
    return words.number(value, decimals, signed=True) + unit


def _ends(words: Language, lower: float, upper: float, decimals: int) -> str:
    return words.say(
        "{lower} to {upper}",
        lower=words.number(lower, decimals, signed=True),
        upper=words.number(upper, decimals, signed=True),
    )


def numbers(words: Language, result: ExperimentResult) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table: each outcome, control, treatment, effect, interval."""
    plan, rows = result.plan, []
    arm = str(result.primary()["arm"])
    head = [
        words.say("Of all who were assigned"),
        arm_name(words, result, plan.arms.control),
        arm_name(words, result, arm),
        words.say("difference"),
        words.say("{level} interval", level=words.percent(plan.level)),
    ]
    for name in sorted(plan.outcomes, key=lambda name: name != plan.primary):
        outcome = plan.outcomes[name]
        if outcome.kind not in ("binary", "amount"):
            continue
        part = result.frame[(result.frame["outcome"] == name) & (result.frame["arm"] == arm)]
        rows.append(_row(words, result, name, outcome, part.iloc[0]))
        reached = part[part["estimand"] == "complier average causal effect"]
        if len(reached) and name == plan.primary:
            label = words.say("… of those whom the treatment reached")
            rows.append([label, "", "", *_effect(words, reached.iloc[0])])
    return head, rows


def _row(
    words: Language, result: ExperimentResult, name: str, outcome: Outcome, row: pd.Series
) -> list[str]:
    levels = result.parts["arms"].frame.set_index(["outcome", "arm"])["mean"]
    arms = (result.plan.arms.control, str(row["arm"]))
    means = [float(levels[(name, arm)]) for arm in arms]
    if outcome.kind == "binary":
        said = [words.percent(mean, 1) for mean in means]
    else:
        said = [words.number(mean, 2) for mean in means]
    label = outcome_name(words, name, outcome)
    unit = f" ({outcome.unit})" if outcome.unit else ""
    return [label + unit, *said, *_effect(words, row)]


def _effect(words: Language, row: pd.Series) -> list[str]:
    scale, decimals = (100, 1) if row["unit"] == "share" else (1, 2)
    points = words.say("{n} points", n=words.number(scale * row["estimate"], 1, signed=True))
    value = words.number(row["estimate"], 2, signed=True)
    return [
        points if row["unit"] == "share" else value,
        _ends(words, scale * row["lower"], scale * row["upper"], decimals),
    ]


def doubts(words: Language, result: ExperimentResult) -> list[str]:
    """Return what could be wrong, most serious first."""
    found = []
    ripe = result.parts.get("maturity")
    if ripe is not None:
        n, complete = int(ripe.frame["n"].sum()), int(ripe.frame["complete"].sum())
        if complete < n:
            found.append(
                words.say(
                    "{rest} of {n} customers were assigned too recently: they are not counted as "
                    "having done nothing.",
                    rest=words.whole(n - complete),
                    n=words.whole(n),
                )
            )
    row = result.primary()
    if shown(row["lower"], 3) <= 0 <= shown(row["upper"], 3):
        found.append(
            words.say("On the first outcome, chance alone would give as much: it settles nothing.")
        )
    null = result.parts.get("regression to the mean")
    if null is not None:
        found += _better(words, null.frame)
    policy = result.parts.get("policy")
    if policy is not None:
        gain = policy.frame[policy.frame["estimand"].str.contains("against as many")].iloc[0]
        if gain["lower"] <= 0:
            found.append(
                words.say(
                    "No order of calling was shown to beat chance: choose whom to call first by "
                    "what is fair or handy."
                )
            )
    return found


def _better(words: Language, frame: pd.DataFrame) -> list[str]:
    whole = frame[(frame["measure"] == "better") & frame["whole"]]
    control = whole[whole["null"] == "control arm"]
    if not len(control):
        return []
    row = control.iloc[0]
    return [
        words.say(
            "{seen} of those treated scored better next time, and so did {null} of the others: a "
            "low score rises by itself, and the share proves nothing.",
            seen=words.percent(row["observed"]),
            null=words.percent(row["estimate"]),
        )
    ]


def next_steps(words: Language, result: ExperimentResult) -> list[str]:
    """Return what to do next."""
    decision, found = result.decision, []
    if decision is None:
        return [words.say("Name the margin, the cost and the rule before the next experiment.")]
    if decision.verdict == "adopt":
        found.append(
            words.say("Treat everyone, and keep a tenth aside, by lot, to go on checking.")
        )
    elif decision.verdict == "keep":
        found.append(words.say("Do not roll it out; spend the money on another idea, and test it."))
    elif decision.verdict == "continue":
        found.append(words.say("Go on assigning by lot until the answer is sure enough to act on."))
    else:
        found.append(
            words.say("Find out how customers got into the arms, mend it, and start anew.")
        )
    policy = result.parts.get("policy")
    if policy is not None:
        gain = policy.frame[policy.frame["estimand"].str.contains("against as many")].iloc[0]
        if gain["lower"] > 0:
            first = policy.cells.iloc[0]  # type: ignore[attr-defined]
            who = ", ".join(f"{key} {first[key]}" for key in policy.keys)  # type: ignore[attr-defined]
            found.append(
                words.say(
                    "If only {share} can be treated, begin with: {who}.",
                    share=words.percent(result.plan.decision.capacity or 0),  # type: ignore[union-attr]
                    who=who,
                )
            )
    if result.registration.status != "registered":
        found.append(
            words.say("Register the plan (npsstats register) before the next data, and repeat it.")
        )
    return found
