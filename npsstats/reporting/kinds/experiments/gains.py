"""Who gains, whom to call first, and what that is worth on other customers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats.experiments.heterogeneity.reading import ALONE
from npsstats.experiments.targeting.valued import (
    AUTOC,
    CHANCE,
    EVERYBODY,
    QINI,
    RULE,
    RULE_BY_CHANCE,
)
from npsstats.reporting.charts.experiment_curves import value_curve
from npsstats.reporting.charts.experiment_figures import subgroup_forest
from npsstats.reporting.kinds.experiments.readings import Reading, forest, money, scale_of, table
from npsstats.reporting.kinds.making import FEWEST, MOST_ROWS, brief_of, hidden
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.heterogeneity import Subgroups
    from npsstats.experiments.targeting import Policy
    from npsstats.experiments.targeting.applied import PolicyValue
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "applied_brief",
    "applied_drawing",
    "policy_brief",
    "policy_drawing",
    "subgroups_brief",
    "subgroups_drawing",
]

_ESTIMANDS = {
    RULE: mark("The rule, against calling nobody"),
    EVERYBODY: mark("Calling everybody, against nobody"),
    CHANCE: mark("As many at random, against nobody"),
    RULE_BY_CHANCE: mark("The rule, against as many at random"),
    QINI: mark("Ranking, all capacities (Qini)"),
    AUTOC: mark("Ranking, first ones first (AUTOC)"),
}
_SURE = 0.975
_CELLS = 3


def subgroups_brief(result: Subgroups, look: Look) -> Brief:
    """Return the memo of who gains."""
    words = look.language
    alone = result.frame[result.frame["reading"] == ALONE]
    few = _few(alone)
    alone = alone[~few]
    rows = sorted(records(alone), key=lambda row: (-abs(row.p_more - 0.5), -row.estimate))
    apart = [row for row in rows if row.p_more >= _SURE or row.p_more <= 1 - _SURE]
    scale = scale_of(result.overall.unit)
    everyone = Reading.of(
        result.overall,
        words.say("Everyone"),
        scale,
        more=(words.whole(result.overall.n_control + result.overall.n_treatment),),
        after=("",),
    )
    told = [everyone] + [
        Reading.of(
            row,
            _group(row),
            scale,
            more=(words.whole(row.n_control + row.n_treatment),),
            after=(words.probability(row.p_more),),
        )
        for row in rows[: MOST_ROWS - 1]
    ]
    exploratory = not result.provenance.options.get("declared")
    if not apart:
        answer = words.say("Cannot tell the subgroups apart: read the average")
        steps = [
            words.say("Decide for everyone at once: no subgroup surely gains more than the others.")
        ]
    else:
        first = apart[0]
        answer = (
            words.say(
                "A lead, not declared before: {group}", group=shorten_middle(_group(first), 40)
            )
            if exploratory
            else words.say(
                "Gains more than the average: {group}", group=shorten_middle(_group(first), 40)
            )
            if first.p_more > 0.5
            else words.say(
                "Gains less than the average: {group}", group=shorten_middle(_group(first), 40)
            )
        )
        steps = [
            words.say("Test it: name the subgroup in the next plan, and repeat the experiment.")
            if exploratory
            else words.say("Begin with those who gain more, if not everyone can be treated."),
        ]
    one = told[1] if len(told) > 1 else everyone
    return brief_of(
        result,
        look,
        heading=words.say("Who gains"),
        subtitle=words.say_many("{n} subgroup", "{n} subgroups", len(alone)),
        question=words.say("Does the treatment do more for some customers than for others?"),
        answer=answer,
        reason=words.say(
            "Everyone: {everyone}. Furthest from it, {group}: {estimate}, which is more than the "
            "average with probability {probability}.",
            everyone=everyone.text(words),
            group=shorten_middle(one.label, 60),
            estimate=one.text(words),
            probability=one.after[0] or "–",
        ),
        numbers=table(
            words,
            told,
            [words.say("Subgroup"), words.say("Customers"), words.say("Effect, shrunken")],
            float(result.overall.level),
            [words.say("P(more than average)")],
        ),
        steps=steps,
        grade=Evidence.RANDOMIZED,
        name="subgroups",
        picture=subgroups_drawing(result, look),
        alt=words.say("The effect in every subgroup, as seen and drawn to the average"),
        doubts=[hidden(words, int(few.sum()))] if few.any() else [],
    )


def subgroups_drawing(result: Subgroups, look: Look) -> Picture:
    """Draw the effect in every subgroup."""
    return subgroup_forest(replace(result, frame=result.frame[~_few(result.frame)]), look)


def _few(frame: pd.DataFrame) -> pd.Series:
    """Return which subgroups are too few people to be named on a page."""
    return frame["n_control"] + frame["n_treatment"] < FEWEST


def _group(row: Any) -> str:
    return f"{row.key} {row.subgroup}"


def policy_brief(result: Policy, look: Look) -> Brief:
    """Return the memo of whom to call first."""
    words = look.language
    called = result.cells[result.cells["called"] > 0]
    gain = result.row(RULE_BY_CHANCE)
    scale = money()
    if not len(called):
        answer = words.say("Call nobody: no call is expected to pay")
        steps = [words.say("Do not call; a cheaper call, or a better one, changes this.")]
    elif scale.side(float(gain["lower"]), float(gain["upper"])) is not Standing.ABOVE:
        answer = words.say("Cannot tell whom to call first")
        steps = [_by_lot(words)]
    else:
        answer = words.say("Begin with: {who}", who=shorten_middle(_cells(result, called), 60))
        steps = [
            words.say("Call in the order of the cells, and keep some customers aside, by lot.")
        ]
    return brief_of(
        result,
        look,
        heading=words.say("Whom to call first"),
        subtitle=words.say_many(
            "{n} cell of customers", "{n} cells of customers", len(result.cells)
        ),
        question=words.say("If not everyone can be called, whom first, and what is that worth?"),
        answer=answer,
        reason=_worth(words, records(result.frame))
        if len(called)
        else words.say(
            "Calling everybody is worth {value} a customer against calling nobody.",
            value=_valued(words, result.row(EVERYBODY)).text(words),
        ),
        numbers=_table(words, records(result.frame)),
        steps=steps,
        grade=Evidence.RANDOMIZED,
        name="policy",
        picture=policy_drawing(result, look),
        alt=words.say("What calling is worth against how many are called, best first."),
    )


def policy_drawing(result: Policy, look: Look) -> Picture:
    """Draw what calling is worth against how many are called."""
    return value_curve(result, look)


def applied_brief(result: PolicyValue, look: Look) -> Brief:
    """Return the memo of a rule on customers who did not teach it."""
    words, rows = look.language, records(result.frame)
    gain = next(row for row in rows if row.estimand == RULE_BY_CHANCE)
    side = money().side(gain.lower, gain.upper)
    answer = {
        Standing.ABOVE: words.say("The rule beats calling at random"),
        Standing.BELOW: words.say("The rule is worse than calling at random"),
        Standing.UNKNOWN: words.say("Cannot tell whether the rule beats calling at random"),
    }[side]
    return brief_of(
        result,
        look,
        heading=words.say("The rule on other customers"),
        subtitle=words.say("Whom it calls was fixed before"),
        question=words.say("Is the rule worth its calls among customers that did not teach it?"),
        answer=answer,
        reason=_worth(words, rows),
        numbers=_table(words, rows),
        steps=[words.say("Keep the rule, and value it again on the next wave.")]
        if side is Standing.ABOVE
        else [_by_lot(words)],
        grade=Evidence.RANDOMIZED,
        name="policy-value",
        picture=applied_drawing(result, look),
        alt=words.say("What the rule is worth against nobody, everybody and chance."),
    )


def applied_drawing(result: PolicyValue, look: Look) -> Picture:
    """Draw what the rule is worth against nobody, everybody and chance."""
    words = look.language
    rows = [row for row in records(result.frame) if row.estimand not in (QINI, AUTOC)]
    return forest([_valued(words, row) for row in rows], look)


def _by_lot(words: Language) -> str:
    """Return what to do where no order of calls is shown to be better than another."""
    return words.say("Do not rely on this order: whoever is called, choose by lot, and go on.")


def _cells(result: Policy, called: Any) -> str:
    first = [
        " ".join(str(row[key]) for key in result.keys) for _, row in called.head(_CELLS).iterrows()
    ]
    return " · ".join([*first, *(["…"] if len(called) > _CELLS else [])])


def _valued(words: Language, row: Any) -> Reading:
    return Reading.of(
        row,
        words.say(_ESTIMANDS[row.estimand]),
        money(),
        more=("–" if row.calls != row.calls else words.percent(row.calls),),
        after=(words.probability(row.probability),),
    )


def _table(words: Language, rows: list[Any]) -> Any:
    return table(
        words,
        [_valued(words, row) for row in rows],
        [words.say("Money a customer"), words.say("Called"), words.say("Estimate")],
        float(rows[0].level),
        [words.say("P(above 0)")],
    )


def _worth(words: Language, rows: list[Any]) -> str:
    """Say what the rule is worth against nobody and against chance."""
    found = {row.estimand: _valued(words, row) for row in rows}
    return words.say(
        "The rule is worth {value} a customer against calling nobody, and {gain} against as many "
        "calls at random.",
        value=found[RULE].text(words),
        gain=found[RULE_BY_CHANCE].text(words),
    )
