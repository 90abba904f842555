"""What could be wrong with an experiment, most serious first: sentences of its memo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.arm_sizes import planned_size
from npsstats.reporting.experiment.luck import chance, larger, once
from npsstats.reporting.experiment.names import (
    arm_name,
    decided,
    outcome_name,
    ratio_failed,
    several,
)
from npsstats.reporting.survey.names import asking

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["doubts", "sizes"]

_ENOUGH = 3
"""Doubts beside which what every experiment leaves open need not be said."""
_MILD = 0.01
"""A sample ratio rarer than this by chance is worth a sentence, though it is no failure."""


def doubts(words: Language, result: ExperimentResult) -> list[str]:
    """Return what could be wrong, most serious first; of arms not as planned, not of effects."""
    if ratio_failed(result):
        return [*sizes(words, result), *_missing(words, result), *_recent(words, result)]
    found = [
        *sizes(words, result),
        *_missing(words, result),
        *_looks(words, result),
        *_recent(words, result),
        *chance(words, result),
        *_tails(words, result),
        *larger(words, result),
        *_better(words, result),
        *_picked(words, result),
        *_order(words, result),
    ]
    return found if len(found) >= _ENOUGH else [*found, once(words, result)]


def sizes(words: Language, result: ExperimentResult) -> list[str]:
    """Say where the arms are not of the sizes that were planned."""
    ratio = result.parts.get("sample ratio")
    if ratio is None:
        return []
    p_value, limit = float(ratio.p_value), float(ratio.threshold)  # type: ignore[attr-defined]
    frame = ratio.frame
    if ratio_failed(result) and p_value >= limit:
        bad = frame.loc[frame["p_adjusted"] < limit, "stratum"].astype(str).unique()
        return [
            words.say(
                "The arms are out of proportion in {strata}: find out why before anything else.",
                strata=", ".join([*bad[:3], *(["…"] if len(bad) > 3 else [])]),
            )
        ]
    if p_value >= _MILD:
        return []
    whole = frame[frame["stratum"] == "all"]
    sizes = ", ".join(
        words.say(
            "{arm} {n} ({expected} planned)",
            arm=asking(words, result, str(row.arm)),
            n=words.whole(float(row.n)),  # type: ignore[arg-type]
            expected=planned_size(words, float(row.expected)),  # type: ignore[arg-type]
        )
        for row in whole.itertuples()
    )
    if ratio_failed(result):
        return [words.say("Sizes of the arms: {sizes}. Chance does not do that.", sizes=sizes)]
    return [
        words.say(
            "Sizes of the arms: {sizes}. Chance does that in {share} of experiments: look how they "
            "were filled.",
            sizes=sizes,
            share=words.percent(max(p_value, 0.001), 1),
        )
    ]


def _missing(words: Language, result: ExperimentResult) -> list[str]:
    found = []
    for name, outcome in result.plan.outcomes.items():
        part = result.parts.get(f"missing {name}")
        if part is None or not any("missing differently" in said for said in part.diagnostics):
            continue
        shares = ", ".join(
            f"{arm_name(words, result, str(arm))} {words.percent(float(share), 1)}"
            for arm, share in zip(part.frame["arm"], part.frame["share"], strict=True)
        )
        found.append(
            words.say(
                "“{outcome}” is missing more in one arm than in the other ({shares}): those that "
                "are left may not be alike.",
                outcome=outcome_name(words, name, outcome),
                shares=shares,
            )
        )
    return found


def _looks(words: Language, result: ExperimentResult) -> list[str]:
    plan = result.plan
    if plan.looks is None or not plan.looks.dates:
        return []
    looks = result.parts.get("looks")
    if looks is None and plan.clustered:
        return [words.say("Whole clusters were assigned: nothing here takes account of the looks.")]
    if looks is None:
        return [words.say("None of the planned looks has taken place: this is no end.")]
    found = []
    for arm, part in looks.frame.groupby("arm", sort=False):
        beside = f"{arm_name(words, result, str(arm))} – " if several(result) else ""
        number, total = int(part["look"].iloc[-1]), len(plan.looks.dates)
        crossed = part.loc[part["decision"] == "stop", "look"]
        if len(crossed):
            said = words.say(
                "The boundary was crossed at look {look} of {total}: stopping was right, and the "
                "table, which takes no account of the looks, makes the effect look larger.",
                look=words.whole(int(crossed.iloc[0])),
                total=words.whole(total),
            )
        elif part["p_value"].notna().any():
            said = words.say(
                "The planned looks have ended, and the boundary was not crossed: the effect is "
                "not established."
            )
        else:
            said = words.say(
                "After look {look} of {total} the boundary is not crossed: the experiment goes "
                "on, and the table's intervals are too narrow for a look.",
                look=words.whole(number),
                total=words.whole(total),
            )
        found.append(beside + said)
    return found


def _recent(words: Language, result: ExperimentResult) -> list[str]:
    ripe = result.parts.get("maturity")
    if ripe is None:
        return []
    n, complete = int(ripe.frame["n"].sum()), int(ripe.frame["complete"].sum())
    if complete >= n:
        return []
    return [
        words.say(
            "{rest} of {n} customers were assigned too recently: they are not counted as having "
            "done nothing.",
            rest=words.whole(n - complete),
            n=words.whole(n),
        )
    ]


def _tails(words: Language, result: ExperimentResult) -> list[str]:
    heavy = [said for said in result.diagnostics if "heavy-tailed" in said]
    names = [
        outcome_name(words, name, outcome)
        for name, outcome in result.plan.outcomes.items()
        if any(repr(name) in said for said in heavy)
    ]
    return [
        words.say(
            "A few very large amounts weigh on “{outcome}”: with so few customers its interval is "
            "rough. The analysis also gives it with amounts capped.",
            outcome=name,
        )
        for name in names
    ]


def _better(words: Language, result: ExperimentResult) -> list[str]:
    null = result.parts.get("regression to the mean")
    if null is None:
        return []
    frame: pd.DataFrame = null.frame
    control = frame[
        (frame["measure"] == "better") & frame["whole"] & (frame["null"] == "control arm")
    ]
    if not len(control):
        return []
    row = control.iloc[0]
    values = {"seen": words.percent(row["observed"]), "null": words.percent(row["estimate"])}
    if row["excess_lower"] > 0 or row["excess_upper"] < 0:
        return [
            words.say(
                "{seen} of those treated scored better next time, against {null} of the others: "
                "only the gap between the two can be the treatment's.",
                **values,
            )
        ]
    return [
        words.say(
            "{seen} of those treated scored better next time, and so did {null} of the others: a "
            "low score rises by itself, and the share proves nothing.",
            **values,
        )
    ]


def _picked(words: Language, result: ExperimentResult) -> list[str]:
    """Say that a best one is overstated, where the decision picked it."""
    if not several(result) or result.decision is None:
        return []
    return [
        words.say(
            "“{arm}” is the best of {n} treatments in these data: luck helped to pick it, and its "
            "value is overstated.",
            arm=arm_name(words, result, decided(result)),
            n=words.whole(len(result.plan.arms.treatments)),
        )
    ]


def _order(words: Language, result: ExperimentResult) -> list[str]:
    policy = result.parts.get("policy")
    if policy is None or result.decision is None or result.decision.verdict != "adopt":
        return []
    gain = policy.frame[policy.frame["estimand"].str.contains("against as many")].iloc[0]
    if gain["lower"] > 0:
        return []
    return [
        words.say(
            "No order of calling was shown to beat chance: choose whom to call first by what is "
            "fair or handy."
        )
    ]
