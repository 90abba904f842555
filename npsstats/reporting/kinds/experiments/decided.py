"""A decision and its money, and what ignoring costs."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, isnan, log10
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.experiment.reason import BROKEN, NO_EVIDENCE, VERDICTS, kind_of
from npsstats.reporting.kinds.experiments.readings import (
    Reading,
    Scale,
    forest,
    money,
    scale_of,
    table,
)
from npsstats.reporting.kinds.making import brief_of
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.callback import CostOfIgnoring
    from npsstats.experiments.decision.deciding import Decision
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["decision_brief", "decision_drawing", "ignoring_brief", "ignoring_drawing"]

_QUANTITIES = {
    "effect": mark("Effect"),
    "value per unit": mark("Value a customer"),
    "value per year": mark("Value a year"),
    "expected loss of adopting": mark("Expected loss if adopted"),
    "expected loss of keeping": mark("Expected loss if left as it is"),
    "perfect information": mark("Worth of knowing for sure"),
    "more data": mark("Worth of more data"),
    "inside ROPE": mark("Too small to matter"),
    "not inferior": mark("Not worse than the margin"),
}
_STEPS = {
    "adopt": mark("Treat everyone, and keep a tenth aside, by lot, to go on checking."),
    "keep": mark("Do not roll it out; spend the money on another idea, and test it."),
    "continue": mark(
        "Go on assigning by lot to the planned size: looks that were not planned ([looks]) make "
        "false findings more frequent."
    ),
    "no decision": mark("Mend the cause, and read anew."),
}
_WHY = {
    "sample ratio": BROKEN,
    "no error": mark("The effect has no standard error: there are too few customers to decide on."),
    "minimum n": mark("There are fewer customers than the plan asks for before a decision."),
    "harmed": mark("A guardrail gets worse by more than its margin."),
    "not safe": mark("A guardrail is not shown to be safe."),
    "missing": mark(
        "Outcomes are missing more in one arm than in the other: those that are left are no "
        "longer alike, so nothing is decided."
    ),
    "looks": mark("The planned looks have not come to their end: nothing is decided before."),
    "non-inferiority": mark("The plan asks whether it is no worse than its margin."),
    "too small": mark("The effect is too small to matter."),
    "loss": mark("The direction is clear, but acting on it could still lose too much."),
}
"""What a verdict rests on beside its value."""
_CASH = Scale(1.0, 0, "", mark("Money lost by ignoring"))
_YEARLY = Scale(1.0, 0, "", mark("Money a year"))
_OF = {"1,000 ignored": mark("1,000 ignored"), "a year's": mark("a year's")}
_LOST = {
    "re-purchases lost": mark("Re-purchases lost"),
    "margin lost, calls saved": mark("Margin lost, calls saved"),
}


def decision_brief(result: Decision, look: Look) -> Brief:
    """Return the memo of a decision."""
    words, rows = look.language, records(result.frame)
    told = _quantities(words, rows)
    value = next(
        one for one, row in zip(told, rows, strict=True) if row.quantity == "value per unit"
    )
    why = kind_of(str(result.reason))
    reasons = [words.say(_WHY[why])] if why in _WHY else []
    if result.verdict != "no decision" and not isnan(result.probability):
        reasons.append(
            words.say(
                "Treating a customer is worth {value}; the probability that it pays is "
                "{probability}.",
                value=value.text(words),
                probability=words.probability(result.probability),
            )
        )
    reason = " ".join(reasons) or words.retell(result.reason)
    said = brief_of(
        result,
        look,
        heading=words.say("Adopt it, leave it, or go on?"),
        subtitle=words.say("In money, cost taken off"),
        question=words.say("Is treating worth more than it costs, surely enough to act on?"),
        answer=words.say(VERDICTS[result.verdict]),
        reason=reason,
        numbers=table(
            words,
            told,
            [
                words.say("Quantity")
                if why != "sample ratio"
                else words.say("Not to be trusted: the arms are not as planned"),
                words.say("Estimate"),
            ],
            float(rows[0].level),
            [words.say("Probability")],
        ),
        steps=[words.say(_STEPS[result.verdict])],
        grade=Evidence.RANDOMIZED,
        name="decision",
        picture=decision_drawing(result, look),
        alt=words.say("The value of treating a customer with its interval, and no value."),
    )
    return replace(said, grade=words.say(NO_EVIDENCE)) if why == "sample ratio" else said


def decision_drawing(result: Decision, look: Look) -> Picture:
    """Draw the value of treating a customer, with its interval and no value."""
    words, rows = look.language, records(result.frame)
    lines = [
        one
        for one, row in zip(_quantities(words, rows), rows, strict=True)
        if row.quantity == "value per unit"
    ]
    return forest(lines, look, strong=0)


def _quantities(words: Language, rows: list[Any]) -> list[Reading]:
    """Return the table: money a customer with one number of decimals, that its value needs."""
    value = next(row for row in rows if row.quantity == "value per unit")
    return [_reading(words, row, _decimals(value)) for row in rows]


def _decimals(row: Any) -> int:
    """Return how many decimals show the first digit of an error, two at least."""
    if not 0 < row.std_error < inf:
        return 2
    return min(max(ceil(-log10(row.std_error)), 2), 6)


def _reading(words: Language, row: Any, decimals: int) -> Reading:
    name = str(row.quantity)
    if name.startswith("guardrail "):
        label = words.say("Guardrail “{outcome}”", outcome=name.removeprefix("guardrail "))
    else:
        label = words.say(_QUANTITIES[name]) if name in _QUANTITIES else name
    if "year" in str(row.unit):
        label = label if name == "value per year" else words.say("{what}, a year", what=label)
    scale = replace(scale_of("effect"), decimals=_decimals(row))
    if "money" in str(row.unit):
        yearly = "year" in f"{row.unit} {name}"
        scale = _YEARLY if yearly else replace(money(), decimals=decimals)
    return Reading.of(row, label, scale, after=(words.probability(row.probability),))


def ignoring_brief(result: CostOfIgnoring, look: Look) -> Brief:
    """Return the memo of what ignoring costs."""
    words, rows = look.language, records(result.frame)
    told = [_lost(words, row) for row in rows]
    cash = next(reading for reading, row in zip(told, rows, strict=True) if row.unit == "money")
    answer = {
        Standing.ABOVE: words.say("Ignoring costs more than calling"),
        Standing.BELOW: words.say("Calling costs more than ignoring"),
        Standing.UNKNOWN: words.say("Cannot tell whether ignoring costs more than calling"),
    }[cash.side]
    return brief_of(
        result,
        look,
        heading=words.say("What ignoring costs"),
        subtitle=words.say("Effect times margin, less the calls"),
        question=words.say("What is lost by leaving detractors alone?"),
        answer=answer,
        reason=words.say(
            "{what}: {estimate} ({level} interval {interval}).",
            what=cash.label,
            estimate=cash.number(words),
            level=words.percent(rows[0].level),
            interval=cash.interval(words),
        ),
        numbers=table(
            words, told, [words.say("Quantity"), words.say("Estimate")], float(rows[0].level)
        ),
        steps=[words.say("Call detractors back, beginning with those who gain most.")]
        if cash.side is Standing.ABOVE
        else [words.say("Do not count on a gain from calls before it is shown.")],
        grade=Evidence.RANDOMIZED,
        name="cost-of-ignoring",
        picture=ignoring_drawing(result, look),
        alt=words.say("What is lost by ignoring, each quantity with its interval."),
    )


def ignoring_drawing(result: CostOfIgnoring, look: Look) -> Picture:
    """Draw what ignoring costs in money."""
    words = look.language
    rows = [row for row in records(result.frame) if row.unit == "money"]
    readings = [_lost(words, row) for row in rows]
    lines = [
        Line(one.label, one.estimate, one.lower, one.upper, one.text(words)) for one in readings
    ]
    return intervals(lines, look, axis=words.say("Money lost by ignoring"), level=0.0, decimals=0)


def _lost(words: Language, row: Any) -> Reading:
    what = str(row.quantity)
    label = words.say(
        "{what}, {whom}",
        what=words.say(_LOST[what]) if what in _LOST else what,
        whom=words.say(_OF[row.of]) if row.of in _OF else row.of,
    )
    return Reading.of(row, label, _CASH)
