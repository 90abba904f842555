"""What NPS is worth: what a memo says of money."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.linkage.sayable import sayable
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.facts import LinkageFacts
from npsstats.reporting.linkage.names import GRADES, basis, money, quantity, unit
from npsstats.reporting.linkage.point import KEPT, point
from npsstats.reporting.linkage.wording import span
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from npsstats.linkage.value import WorthResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_ABOVE = mark("{quantity}: it goes with more money")
_BELOW = mark("{quantity}: it goes with less money")
_SHORT = {
    KEPT: mark("A point kept a year: {basis}"),
    "one point more, for one week": mark("A point for a week: {basis}"),
    "one point more, for one month": mark("A point for a month: {basis}"),
    "one point more, for one quarter": mark("A point for a quarter: {basis}"),
    "one point more, for one year": mark("A point for a year: {basis}"),
}


def brief(result: WorthResult, look: Look) -> Brief:
    """Return the memo on what NPS is worth."""
    words, frame = look.language, result.frame
    rows = _first(frame)
    row = rows[0]
    grades = [name for name in frame["grade"] if name in GRADES]
    weakest = max(grades, key=list(GRADES).index)
    where = standing(row.lower, row.upper, decimals=2) if row.identified else Standing.UNKNOWN
    told = _answer(words, row, where)
    return brief_of(
        sayable(result),
        look,
        heading=words.say("What NPS is worth here"),
        subtitle=words.say("In the money of the purchases: {unit}", unit=unit(words, row.unit)),
        question=words.say("What goes, in money, with a better score?"),
        answer=told,
        reason=_reason(words, result, row),
        numbers=Numbers(
            [
                words.say("Quantity"),
                words.say("Unit"),
                words.say("Value"),
                interval_head(words, float(row.level)),
                words.say("Evidence"),
            ],
            [_cells(words, one) for one in rows[:MOST_ROWS]],
        ),
        steps=[_step(words, row, where)],
        grade=Evidence(weakest),
        name="worth",
        picture=drawing(result, look),
        alt=words.say("Each value with its interval, and the line of nothing."),
    )


def drawing(result: WorthResult, look: Look) -> Picture:
    """Draw the values that share the unit of the first, with their intervals."""
    words = look.language
    rows = _first(result.frame)
    same = [row for row in rows if row.unit == rows[0].unit][:MOST]
    lines = [
        Line(
            _short(words, row),
            row.estimate if row.identified else nan,
            row.lower,
            row.upper,
            _said(words, row),
            place == 0,
        )
        for place, row in enumerate(same)
    ]
    return intervals(lines, look, axis=unit(words, rows[0].unit), level=0.0)


def _first(frame: Any) -> list[Any]:
    """Return rows of what is earned where that is known, else of revenue; ratios after."""
    earned = frame[frame["unit"].str.startswith("contribution")]
    kept = frame[~frame["unit"].str.startswith("revenue")] if len(earned) else frame
    ratio = kept["unit"] == "ratio"
    return [*records(kept[~ratio]), *records(kept[ratio])]


def _label(words: Language, row: Any) -> str:
    return f"{quantity(words, row.quantity)} – {_basis(words, row.basis)}"


def _short(words: Language, row: Any) -> str:
    """Name a value in the letters that a chart has room for."""
    if row.quantity not in _SHORT:
        return _label(words, row)
    return words.say(_SHORT[row.quantity], basis=_basis(words, row.basis))


def _basis(words: Language, name: str) -> str:
    try:
        return basis(words, name)
    except KeyError:
        return name


def _said(words: Language, row: Any) -> str:
    if not row.identified:
        return words.say("not identified")
    return words.say(
        "{estimate} ({interval})",
        estimate=money(words, row.estimate, row.unit),
        interval=span(words, row),
    )


def _cells(words: Language, row: Any) -> list[str]:
    known = row.identified and isfinite(row.estimate)
    return [
        _label(words, row),
        unit(words, row.unit),
        money(words, row.estimate, row.unit) if known else words.say("not identified"),
        span(words, row) if known and isfinite(row.lower + row.upper) else words.number(nan),
        words.say(GRADES[row.grade]),
    ]


def _answer(words: Language, row: Any, where: Standing) -> str:
    if not row.identified:
        return words.say("Cannot tell: no value of a point is identified")
    if where is Standing.UNKNOWN:
        return cannot_tell(words)
    message = _ABOVE if where is Standing.ABOVE else _BELOW
    return words.say(message, quantity=quantity(words, row.quantity))


def _reason(words: Language, result: WorthResult, row: Any) -> str:
    facts = LinkageFacts(worth=result.frame)
    if row.quantity == KEPT and (said := point(words, facts)):
        return said
    if not row.identified:
        return words.say("The data do not identify it: no number is given.")
    return words.say(
        "{label}: {estimate} ({level} interval {interval}).",
        label=_label(words, row),
        estimate=money(words, row.estimate, row.unit),
        level=words.percent(row.level),
        interval=span(words, row),
    )


def _step(words: Language, row: Any, where: Standing) -> str:
    if not row.identified:
        return words.say("Budget on no value of a point until its slope can be told from noise.")
    if where is Standing.UNKNOWN:
        return words.say("Budget on nothing yet: that it is worth nothing is not excluded.")
    return words.say(
        "Budget on the lower end; try in stores drawn by lot whether the score can be moved."
    )
