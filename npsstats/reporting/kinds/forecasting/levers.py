"""Scenarios: what goes with a turned lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.forecasting.business.consequences import MOVES_GROWTH, MOVES_LEVEL, TOTAL
from npsstats.grades import weakest
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.forecast.scenario_lines import is_sum, line, side
from npsstats.reporting.kinds.forecasting.labels import picked
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from npsstats.forecasting.scenarios import Scenario
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_QUESTIONS = {
    "change of the score": mark("What goes with another score?"),
    "call-backs": mark("What goes with calling more detractors back?"),
    "question": mark("What goes with asking another question?"),
}
_LEVERS = {
    "change of the score": mark("Score"),
    "call-backs": mark("Calls"),
    "question": mark("Question"),
}
_STEPS = {
    "change of the score": mark(
        "What goes with a score need not come with a change of it: try what is to change it in an "
        "experiment before you spend on it."
    ),
    "call-backs": mark(
        "Set the cost of the calls against it, and measure again once more are called."
    ),
    "question": mark(
        "Ask both questions side by side for a while, and never compare across the change without "
        "the bridge."
    ),
}
_LINE = 90  # letters of an answer
# what a lever is judged by: the first of these that it has
_JUDGED = (
    "contribution", "revenue", "customers lost", "customers who buy again", "NPS as published",
    "NPS",
)  # fmt: skip
_ANSWERS = {
    ("contribution", Standing.ABOVE): mark(
        "More contribution goes with it, before the calls' cost"
    ),
    ("contribution", Standing.BELOW): mark("Less contribution goes with it"),
    ("revenue", Standing.ABOVE): mark("More revenue goes with it"),
    ("revenue", Standing.BELOW): mark("Less revenue goes with it"),
    ("customers lost", Standing.ABOVE): mark("More customers lost go with it"),
    ("customers lost", Standing.BELOW): mark("Fewer customers lost go with it"),
    ("customers who buy again", Standing.ABOVE): mark("More customers who buy again go with it"),
    ("customers who buy again", Standing.BELOW): mark("Fewer customers who buy again go with it"),
    ("NPS as published", Standing.ABOVE): mark("A higher published NPS, of the same customers"),
    ("NPS as published", Standing.BELOW): mark("A lower published NPS, of the same customers"),
}
_NAMES = {
    "NPS": mark("NPS, {period}"),
    "NPS as published": mark("Published NPS, {period}"),
    "customers lost": mark("Customers lost, {first} to {last}"),
    "customers who buy again": mark("Customers who buy again, {first} to {last}"),
    "contribution": mark("Contribution, {first} to {last}"),
    "revenue": mark("Revenue, {first} to {last}"),
}
_REVENUE = {
    (MOVES_LEVEL, True): mark("Revenue, {first} to {last}, if a point moves the level"),
    (MOVES_GROWTH, True): mark("Revenue, {first} to {last}, if a point moves growth"),
    (MOVES_LEVEL, False): mark("Revenue in {period}, %, if a point moves the level"),
    (MOVES_GROWTH, False): mark("Revenue in {period}, %, if a point moves growth"),
}
_DRAWN = {
    ("NPS", ""): mark("NPS"),
    ("NPS as published", ""): mark("Published NPS"),
    ("customers lost", ""): mark("Customers lost"),
    ("customers who buy again", ""): mark("Customers who buy again"),
    ("contribution", ""): mark("Contribution"),
    ("revenue", ""): mark("Revenue"),
    ("revenue", MOVES_LEVEL): mark("Revenue, if a point moves the level"),
    ("revenue", MOVES_GROWTH): mark("Revenue, if a point moves growth"),
}


def brief(result: Scenario, look: Look) -> Brief:
    """Return the memo of a scenario: what goes with its first lever, and what with the others."""
    words, frame = look.language, result.frame
    levers = list(dict.fromkeys(frame["lever"]))
    rows = _rows(result)
    first, last = (words.period(label) for label in (result.periods[0], result.periods[-1]))
    judged = {lever: _judged([row for row in rows if row.lever == lever]) for lever in levers}
    level = float(rows[0].level)
    return brief_of(
        result,
        look,
        heading=words.say("Scenario"),
        subtitle=words.say(
            "{levers}, {first} to {last}",
            levers=words.listing(words.say(_LEVERS[lever]) for lever in levers),
            first=first,
            last=last,
        ),
        question=words.say(_QUESTIONS[levers[0]])
        if len(levers) == 1
        else words.say("What goes with each of these levers?"),
        answer=_answers(words, judged),
        reason=" ".join(
            _sentence(words, result, row, several=len(levers) > 1)
            for lever in levers
            for row in judged[lever]
        ),
        numbers=Numbers(
            [
                words.say("What"),
                words.say("As things go"),
                words.say("In the scenario"),
                words.say("Difference"),
                interval_head(words, level),
                words.say("Evidence"),
            ],
            [
                line(words, _name(words, result, row, several=len(levers) > 1), row,
                     sums=is_sum(row))
                for row in rows
            ][:MOST_ROWS],
        ),
        steps=[words.say(_STEPS[lever]) for lever in levers],
        grade=Evidence(weakest(*frame["grade"]).name),
        name="scenario",
        # what is not identified has no number, and an empty axis would look like one
        picture=drawing(result, look) if judged[levers[0]][0].identified else None,
        alt=words.say("The difference in each period, scenario minus as things go."),
    )  # fmt: skip


def drawing(result: Scenario, look: Look) -> Picture:
    """Draw the differences by period of what the first lever is judged by."""
    words, frame = look.language, result.frame
    row = _judged([row for row in _rows(result) if row.lever == frame["lever"].iloc[0]])[0]
    same = frame[
        (frame["lever"] == row.lever)
        & (frame["quantity"] == row.quantity)
        & (frame["basis"] == row.basis)
        & (frame["unit"] == row.unit)
    ]
    told = records(same)
    lines = [
        Line(
            words.say("In all") if each.period == TOTAL else words.period(each.period),
            each.estimate,
            each.lower,
            each.upper,
            _written(words, each),
            strong=each.period == row.period,
        )
        for each in (told[place] for place in picked(len(told), MOST))
    ]
    name = words.say("{what}: scenario minus as things go", what=_quantity(words, row))
    return intervals(lines, look, axis=name, level=0.0)


def _rows(result: Scenario) -> list[Any]:
    """Return a row a lever, quantity and reading: the total, or the last period."""
    frame = result.frame
    cells = ["lever", "quantity"]
    money = (frame["unit"] == "money").groupby([frame[name] for name in cells]).transform("any")
    frame = frame[~(money & (frame["unit"] != "money"))]
    frame = frame[(frame["lever"] != "question") | (frame["quantity"] == "NPS as published")]
    kept: list[Any] = []
    for _, rows in frame.groupby([*cells, "basis", "unit"], sort=False):
        kept += records(_last(rows, result.periods[-1]))
    return kept


def _last(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    total = rows[rows["period"] == TOTAL]
    return total if len(total) else rows[rows["period"] == period]


def _judged(rows: list[Any]) -> list[Any]:
    """Return the rows that a lever is judged by: one, or both readings of a slope."""
    quantities = {row.quantity for row in rows}
    chosen = next(quantity for quantity in _JUDGED if quantity in quantities)
    return [row for row in rows if row.quantity == chosen]


def _answers(words: Language, judged: Mapping[str, list[Any]]) -> str:
    """Return the answer on the only lever; or on each of several, or the first for want of room."""
    told = [_answer(words, rows) for rows in judged.values()]
    if len(told) == 1:
        return told[0]
    each = [
        words.say("{lever}: {what}", lever=words.say(_LEVERS[lever]), what=_within(answer))
        for lever, answer in zip(judged, told, strict=True)
    ]
    joined = words.say("{first}; {second}", first=each[0], second=each[1])
    return joined if len(each) == 2 and len(joined) <= _LINE else each[0]


def _within(sentence: str) -> str:
    """Return a sentence as it stands after a colon: without its capital, unless it is a name."""
    return sentence if sentence[:2].isupper() else sentence[:1].lower() + sentence[1:]


def _answer(words: Language, rows: list[Any]) -> str:
    if not all(row.identified for row in rows):
        return words.say("Cannot tell: the link is not identified")
    quantity = rows[0].quantity
    if quantity == "NPS":
        return words.say(
            "NPS of {scenario} instead of {baseline}, and no more is known",
            scenario=line(words, "", rows[0], sums=False)[2],
            baseline=line(words, "", rows[0], sums=False)[1],
        )
    sides = {side(row) for row in rows}
    found = sides.pop() if len(sides) == 1 else Standing.UNKNOWN
    return (
        words.say(_ANSWERS[quantity, found])
        if (quantity, found) in _ANSWERS
        else cannot_tell(words)
    )


def _sentence(words: Language, result: Scenario, row: Any, *, several: bool) -> str:
    name, start, _, moved, held, _ = line(
        words, _name(words, result, row, several=several), row, sums=is_sum(row)
    )
    if not row.identified:
        return words.say("{what}: not identified.", what=name)
    beside = words.say("{moved} on {start}", moved=moved, start=start) if row.baseline else moved
    if held == "–":
        return words.say("{what}: {moved}.", what=name, moved=beside)
    return words.say(
        "{what}: {moved} ({level} interval {interval}).",
        what=name,
        moved=beside,
        level=words.percent(row.level),
        interval=held,
    )


def _name(words: Language, result: Scenario, row: Any, *, several: bool) -> str:
    first, last = (
        words.period(label, short=True) for label in (result.periods[0], result.periods[-1])
    )
    message = _REVENUE.get((row.basis, row.unit == "money"), _NAMES[row.quantity])
    name = words.say(message, first=first, last=last, period=last)
    if not several:
        return name
    return words.say("{lever}: {what}", lever=words.say(_LEVERS[row.lever]), what=name)


def _quantity(words: Language, row: Any) -> str:
    """Name what is drawn, without its period."""
    return words.say(_DRAWN.get((row.quantity, row.basis), _DRAWN[row.quantity, ""]))


def _written(words: Language, row: Any) -> str:
    if not row.identified:
        return words.say("cannot be told")
    _, _, _, moved, held, _ = line(words, "", row, sums=is_sum(row))
    if held == "–":
        return moved
    return words.say("{estimate} ({interval})", estimate=moved, interval=held)
