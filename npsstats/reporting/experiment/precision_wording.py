"""Sentences on a plan: what so many responses are worth, and how many something takes."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats.estimation.precision.planning import least

if TYPE_CHECKING:
    from npsstats.estimation.precision.plans import Precision
    from npsstats.reporting.language import Language

__all__ = ["TOLD", "sentences"]

_USUAL = (0.10, 0.05)  # the margins that people ask for, in shares
TOLD = 4
"""Rows of a plan that are told one by one."""


def sentences(plan: Precision, language: Language) -> list[str]:
    """Return what a plan says, most important first; every number is one of its frame.

    Parameters
    ----------
    plan
        What `npsstats.margin` or `npsstats.sample_size` returned.
    language
        Its words.
    """
    rows = list(plan.frame.drop_duplicates(["n", "margin"]).head(TOLD).itertuples(index=False))
    said = [_row(plan, row, language) for row in rows]
    if plan.asked == "n":
        last = rows[-1]
        said.append(_found(plan, last, language))
        if plan.question == "score":
            said += _usual(plan, language)
    said += [text for row in rows if (text := _pooled(row, language))]
    said += [text for row in rows if (text := _months(plan, row, language))]
    worst = max(plan.design.variance)
    if worst < 1:
        said.append(
            language.say(
                "Variance of a response: {variance}; at worst it is 1, and margins are {more} "
                "longer.",
                variance=language.number(worst, 2),
                more=language.percent(worst**-0.5 - 1),
            )
        )
    return said


def _row(plan: Precision, row: Any, language: Language) -> str:
    points = language.number(row.margin)
    if plan.asked == "gap":
        values = {
            "gap": _goal(row.wanted, language),
            "power": language.percent(row.power),
            "second": language.whole(getattr(row, "n_second", 0)),
        }
        if plan.question == "difference":
            return language.say_many(
                "A difference of {gap} points is found {power} of the time with {n} and {second} "
                "response.",
                "A difference of {gap} points is found {power} of the time with {n} and {second} "
                "responses.",
                row.n,
                **values,
            )
        return language.say_many(
            "A gap of {gap} points is found {power} of the time with {n} response.",
            "A gap of {gap} points is found {power} of the time with {n} responses.",
            row.n,
            **values,
        )
    if plan.question == "difference":
        return language.say(
            "The difference of {n} and {second} responses has a margin of ±{margin} points.",
            n=language.whole(row.n),
            second=language.whole(row.n_second),
            margin=points,
        )
    if plan.asked == "margin":
        return language.say_many(
            "A margin of ±{wanted} points takes {n} response.",
            "A margin of ±{wanted} points takes {n} responses.",
            row.n,
            wanted=_goal(row.wanted, language),
        )
    return language.say_many(
        "{n} response gives a margin of ±{margin} points.",
        "{n} responses give a margin of ±{margin} points.",
        row.n,
        margin=points,
    )


def _goal(points: float, language: Language) -> str:
    """Write what was wanted as it was asked: 5 is not 5.0."""
    return language.number(points, 0 if float(points).is_integer() else 1)


def _found(plan: Precision, row: Any, language: Language) -> str:
    values = {
        "gap": language.number(row.detectable),
        "power": language.percent(row.power),
    }
    if plan.question == "difference":
        return language.say(
            "With as many, a difference is found {power} of the time once it reaches {gap} points.",
            **values,
        )
    return language.say_many(
        "With {n} response, a gap to the target is found {power} of the time once it reaches "
        "{gap} points.",
        "With {n} responses, a gap to the target is found {power} of the time once it reaches "
        "{gap} points.",
        row.n,
        **values,
    )


def _usual(plan: Precision, language: Language) -> list[str]:
    design = plan.design
    sizes = [least(lambda n: design.margin((n,)), goal, 1, design.population[0]) for goal in _USUAL]
    ten, five = sizes
    if ten is None or five is None:
        return []
    return [
        language.say(
            "It takes {ten} for ±10 points, and {five} for ±5.",
            ten=language.whole(ten),
            five=language.whole(five),
        )
    ]


def _pooled(row: Any, language: Language) -> str | None:
    alone = language.number(row.margin)
    if hasattr(row, "n_pooled") and isfinite(row.n_pooled):
        return language.say_many(
            "For ±{wanted} points, a store that borrows from its network takes {n} response.",
            "For ±{wanted} points, a store that borrows from its network takes {n} responses.",
            int(row.n_pooled),
            wanted=_goal(row.wanted, language),
        )
    if hasattr(row, "margin_pooled") and not hasattr(row, "n_pooled"):
        return language.say(
            "Borrowing from its network, a store has ±{pooled} in place of ±{alone}.",
            pooled=language.number(row.margin_pooled),
            alone=alone,
        )
    return None


def _months(plan: Precision, row: Any, language: Language) -> str | None:
    if not hasattr(row, "months") or "store" in plan.frame:
        return None
    if not isfinite(row.months):
        return language.say("At this pace no store ever gets there.")
    values = {"responses": language.whole(row.n), "months": language.number(row.months)}
    if hasattr(row, "months_pooled") and isfinite(row.months_pooled):
        return language.say(
            "{responses} responses are {months} months at this pace; borrowing, {pooled}.",
            pooled=language.number(row.months_pooled),
            **values,
        )
    return language.say("{responses} responses are {months} months at this pace.", **values)
