"""What an unrecorded cause would have to be: robustness values and E-values."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.kinds.linkage.rows import Row, Scale, number, span
from npsstats.reporting.kinds.making import brief_of
from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.linkage.e_values import EValueResult
    from npsstats.linkage.sensitivity import SensitivityResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["e_value_brief", "e_value_drawing", "robustness_brief", "robustness_drawing"]

_RATIO = Scale(null=1.0, decimals=2, ratio=True, signed=False)
_QUANTITIES = {
    "partial R²": mark("Share of what is left that goes with it"),
    "robustness value": mark("An unrecorded cause that explains all of it"),
    "robustness value of the interval": mark("An unrecorded cause that makes it uncertain"),
}
_MEASURES = {
    "risk ratio": mark("Ratio of risks"),
    "odds ratio": mark("Ratio of odds"),
    "hazard ratio": mark("Ratio of hazards"),
    "mean difference": mark("Difference of means"),
}
_ALREADY = mark("Cannot tell: its interval holds no difference already")
_ASK = mark(
    "Ask those who know the stores whether such a cause exists; if it may, do not count on the "
    "link."
)
_FIRST = mark("Settle first whether there is a link at all: gather more data.")


def robustness_brief(result: SensitivityResult, look: Look) -> Brief:
    """Return the memo on how strong an unrecorded cause would have to be."""
    words = look.language
    whole, limit = 100 * result.robustness, 100 * result.robustness_of_limit
    lost = shown(limit) <= 0
    reason = words.say(
        "A cause that explains {whole}% of what is left of both would explain it away.",
        whole=words.number(whole),
    )
    if not lost:
        reason += " " + words.say(
            "With {limit}% its interval would reach no difference.", limit=words.number(limit)
        )
    return brief_of(
        result,
        look,
        heading=words.say("What an unrecorded cause would have to be"),
        subtitle=words.say("Of the link of score and outcome, as it was estimated"),
        question=words.say("Could something that was not recorded explain the link away?"),
        answer=words.say(_ALREADY)
        if lost
        else words.say(
            "Only a cause of {limit}% of what is left, or more", limit=words.number(limit)
        ),
        reason=reason,
        numbers=Numbers(
            [words.say("Quantity"), words.say("Value")],
            [[line.label, line.said] for line in _lines(result, words)][:12],
        ),
        steps=[words.say(_FIRST if lost else _ASK)],
        grade=Evidence(result.grade),
        name="unrecorded-cause",
        picture=robustness_drawing(result, look),
        alt=words.say("How strong an unrecorded cause would have to be, in percent."),
    )


def robustness_drawing(result: SensitivityResult, look: Look) -> Picture:
    """Draw the shares of variance that a cause would have to explain."""
    words = look.language
    lines = _lines(result, words)[: len(_QUANTITIES)]
    return intervals(lines, look, axis=words.say("Share of what is left of both, %"), target=0.0)


def _lines(result: SensitivityResult, words: Language) -> list[Line]:
    lines = []
    for row in records(result.frame):
        if row.quantity in _QUANTITIES:
            value = 100 * row.estimate
            label, text = words.say(_QUANTITIES[row.quantity]), words.number(value)
            said = words.say("{number}%", number=text)
            lines.append(Line(label, value, nan, nan, said))
        else:
            label = words.say(
                "Left, with a cause {times} times as strong as {name}",
                times=words.number(row.times, 0 if float(row.times).is_integer() else 1),
                name=row.quantity.split(" × as strong as ")[-1],
            )
            lines.append(Line(label, nan, nan, nan, words.number(row.estimate, 3, signed=True)))
    return lines


def e_value_brief(result: EValueResult, look: Look) -> Brief:
    """Return the memo on an E-value."""
    words = look.language
    row = records(result.frame)[0]
    lost = shown(result.e_value_limit, 2) <= 1
    reason = words.say(
        "An unrecorded cause would have to go with both by a risk ratio of {value} each to explain "
        "it away.",
        value=words.number(result.e_value, 2),
    )
    if not lost:
        reason += " " + words.say(
            "With {limit} its interval would reach no difference.",
            limit=words.number(result.e_value_limit, 2),
        )
    measured = Row("", row.estimate, row.lower, row.upper)
    scale = Scale(null=0.0, decimals=2) if row.measure == "mean difference" else _RATIO
    said = words.say(
        "{estimate} ({interval})",
        estimate=number(words, row.estimate, scale),
        interval=span(words, measured, scale),
    )
    return brief_of(
        result,
        look,
        heading=words.say("What an unrecorded cause would have to be"),
        subtitle=words.say("Of the link as it was estimated, read as a ratio of risks"),
        question=words.say("Could something that was not recorded explain the link away?"),
        answer=words.say(_ALREADY)
        if lost
        else words.say(
            "Only a cause that goes with both by {limit} or more",
            limit=words.number(result.e_value_limit, 2),
        ),
        reason=reason,
        numbers=Numbers(
            [words.say("Quantity"), words.say("Value")],
            [
                [words.say(_MEASURES[row.measure]), said],
                *([line.label, line.said] for line in _values(result, words)),
            ],
        ),
        steps=[words.say(_FIRST if lost else _ASK)],
        grade=Evidence(result.grade),
        name="e-value",
        picture=e_value_drawing(result, look),
        alt=words.say("How strong an unrecorded cause would have to be, as risk ratios."),
    )


def e_value_drawing(result: EValueResult, look: Look) -> Picture:
    """Draw the ratios of risks that a cause would have to go with."""
    words = look.language
    axis = words.say("Ratio of risks that goes with both (1: none)")
    return intervals(_values(result, words), look, axis=axis, log=True, target=1.0, decimals=2)


def _values(result: EValueResult, words: Language) -> list[Line]:
    named = {
        "partial": mark("An unrecorded cause that explains all of it"),
        "limit": mark("An unrecorded cause that makes it uncertain"),
    }
    values = {"partial": result.e_value, "limit": result.e_value_limit}
    return [
        Line(words.say(named[name]), value, nan, nan, words.number(value, 2))
        for name, value in values.items()
    ]
