"""Sentences on the design of an experiment: how many customers, what they find, how long."""

from __future__ import annotations

from math import isfinite, isnan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.experiment.names import counted

if TYPE_CHECKING:
    from npsstats.experiments.power.result import Design, Question
    from npsstats.reporting.language import Language

__all__ = ["TOLD", "effect_mark", "sentences"]

TOLD = 4
"""Rows of a design that are told one by one."""


def sentences(plan: Design, language: Language) -> list[str]:
    """Return what a design says, most important first; every number is one of its frame.

    Parameters
    ----------
    plan
        What `npsstats.experiments.power.design.design` returned.
    language
        Its words.
    """
    rows = list(zip(plan.frame.head(TOLD).itertuples(index=False), plan.questions, strict=False))
    said = [_row(row, question, language) for row, question in rows]
    row, question = rows[0]
    common = [_reach(question, language), _arms(row, language)]
    own = []
    if len(plan.frame) == 1:
        own = [
            _weeks(row, language),
            _half(row, question, language),
            _exact(row, language),
            _assurance(row, language),
            _stores(row, language),
            _looks(row, language),
        ]
    said += [text for text in (*own, *common) if text is not None]
    return said


def _row(row: Any, question: Question, language: Language) -> str:
    values = {
        "who": _who(row, question, language),
        "power": language.percent(row.power),
        "effect": _found(row, question, language),
    }
    if not isnan(row.margin):
        return language.say(
            "{who}: the treatment is shown, {power} of the time, to be no worse than the margin "
            "({margin}).",
            margin=_margin(row, language),
            who=values["who"],
            power=values["power"],
        )
    if question.asked == "effect":
        return language.say(
            "{who}: the least that is found {power} of the time is {effect}.", **values
        )
    return language.say("{who}: {effect} is found {power} of the time.", **values)


def _who(row: Any, question: Question, language: Language) -> str:
    n, total = language.whole(row.n_per_arm), language.whole(row.n_total)
    if row.n_treatment == row.n_per_arm:
        return language.say("{n} customers an arm ({total} in all)", n=n, total=total)
    second = language.whole(row.n_treatment)
    if question.treatments == 1:
        return language.say("{n} controls and {second} treated", n=n, second=second)
    return language.say(
        "{n} controls and {second} in each other arm ({total} in all)",
        n=n,
        second=second,
        total=total,
    )


def _found(row: Any, question: Question, language: Language) -> str:
    """Say the effect, and where not all are reached also what is compared: it is smaller."""
    said = _effect(row, language)
    if question.trial.outcome.reach == 1 or isnan(row.effect_assigned):
        return said
    assigned = row.effect_assigned
    if row.kind == "proportion":
        compared = _share(row.baseline + assigned, language)
    elif row.kind == "duration":
        compared = language.number(assigned, 2)
    else:
        compared = language.number(assigned, _decimals(assigned), signed=True)
    return language.say(
        "{effect} among those reached ({compared} among all who are compared)",
        effect=said,
        compared=compared,
    )


def _effect(row: Any, language: Language) -> str:
    """Say the effect on those who are reached, with what it is compared with."""
    effect = row.effect
    if row.kind == "proportion":
        return language.say(
            "a share of {to} in place of {base}",
            to=_share(row.baseline + effect, language),
            base=_share(row.baseline, language),
        )
    if row.kind == "duration":
        return language.say("a hazard ratio of {ratio}", ratio=language.number(effect, 2))
    if row.kind == "amount":
        size = language.number(effect, _decimals(effect), signed=True)
        return language.say("a difference of {size}", size=size)
    size = language.number(effect, _decimals(effect), signed=True)
    if row.kind == "nps":
        return language.say("a difference of {size} points", size=size)
    return language.say("a difference of {size} days", size=size)


def effect_mark(row: Any, language: Language) -> str:
    """Write the effect on those who are reached as briefly as a legend needs it."""
    if row.kind == "proportion":
        base, to = (_share(share, language) for share in (row.baseline, row.baseline + row.effect))
        return f"{base} → {to}"
    if row.kind == "duration":
        return language.number(row.effect, 2)
    return language.number(row.effect, _decimals(row.effect), signed=True)


def _margin(row: Any, language: Language) -> str:
    margin = row.margin
    if row.kind == "proportion":
        return language.say(
            "{size} percentage points", size=language.number(100 * margin, _decimals(100 * margin))
        )
    if row.kind == "duration":
        return language.say("a hazard ratio of {ratio}", ratio=language.number(margin, 2))
    size = language.number(margin, _decimals(margin))
    if row.kind == "nps":
        return counted(language, "points", margin, size)
    return counted(language, "days", margin, size) if row.kind == "restricted_mean" else size


def _share(share: float, language: Language) -> str:
    return language.percent(share, _decimals(100 * share))


def _decimals(value: float) -> int:
    """Return the fewest decimals that say a number to three digits, at most one above 1."""
    shown = float(f"{value:.3g}")
    if abs(shown) >= 1 or round(shown, 1) == shown:
        return 0 if round(shown, 0) == shown else 1
    return 2


def _weeks(row: Any, language: Language) -> str | None:
    if isnan(row.weeks):
        return None
    if not isfinite(row.weeks):
        return language.say("At this pace the experiment never ends.")
    return language.say(
        "At this pace the last outcome is known after {weeks} weeks.",
        weeks=language.number(row.weeks, 0),
    )


def _half(row: Any, question: Question, language: Language) -> str | None:
    if not isnan(row.margin) or question.asked == "effect":
        return None
    half = sqrt(row.effect) if row.kind == "duration" else row.effect / 2
    power = float(question.trial.power(np.asarray(half), row.n_per_arm))
    return language.say(
        "Were it half as large, it would be found {power} of the time.",
        power=language.percent(power),
    )


def _exact(row: Any, language: Language) -> str | None:
    if isnan(row.power_exact) or abs(row.power_exact - row.power) < 0.005:
        return None
    return language.say(
        "Added up over all numbers of events, the score test has a power of {power}.",
        power=language.percent(row.power_exact, 1),
    )


def _assurance(row: Any, language: Language) -> str | None:
    if isnan(row.assurance):
        return None
    return language.say(
        "Over what is believed of the effect, the test succeeds with a probability of "
        "{assurance}, and the rule adopts with one of {adopt}.",
        assurance=language.probability(row.assurance),
        adopt=language.probability(row.probability_adopt),
    )


def _reach(question: Question, language: Language) -> str | None:
    reach = question.trial.outcome.reach
    if reach == 1:
        return None
    return language.say(
        "Only {reach} are reached, and all who were assigned are compared.",
        reach=language.percent(reach),
    )


def _stores(row: Any, language: Language) -> str | None:
    if isnan(row.clusters_per_arm):
        return None
    return language.say(
        "Whole stores are assigned, {stores} an arm: this takes {times} times as many customers "
        "as if those of a store did not resemble each other.",
        stores=language.number(row.clusters_per_arm, 0),
        times=language.number(row.design_effect),
    )


def _looks(row: Any, language: Language) -> str | None:
    if row.looks == 1:
        return None
    return language.say(
        "Looking {looks} times takes {more} more at most; {expected} in all are expected.",
        looks=language.whole(row.looks),
        more=language.percent(row.inflation - 1, 1),
        expected=language.whole(row.n_expected),
    )


def _arms(row: Any, language: Language) -> str | None:
    if row.comparisons == 1:
        return None
    return language.say(
        "Each of {arms} treatments is compared with the control at a level of {alpha}.",
        arms=language.whole(row.comparisons),
        alpha=language.percent(row.alpha_each, 1),
    )
