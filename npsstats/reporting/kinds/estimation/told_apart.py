"""Whether two cells answer alike, whatever their NPS."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import side_words
from npsstats.reporting.kinds.estimation.shapes import AS_THEY_ARE, MEASURES
from npsstats.reporting.kinds.making import brief_of, cannot_tell, interval_head, p_text, rare
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from npsstats.estimation.shapes.tell_apart import TellApart
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: TellApart, look: Look) -> Brief:
    """Return the memo of two cells told apart."""
    words, lines = look.language, _apart(look.language, result)
    p_value = float(result.tests["p_value"].iloc[0])
    p = p_text(words, p_value)
    level = float(result.frame["level"].iloc[0])
    differ = rare(p_value, level)
    sides = [standing(line.lower, line.upper) for line in lines]
    nps = result.frame.iloc[0]
    same = sides[0] is Standing.UNKNOWN
    if not differ:
        answer = cannot_tell(words)
    elif same:
        answer = words.say("Not told apart by the NPS, but they answer differently")
    else:
        answer = words.say("They answer differently")
    reason = words.say(
        "If both answered alike, chance would part them this much with {p}. Their raw NPS are "
        "{first} and {second}; the difference is estimated at {estimate} ({level} interval "
        "{interval}).",
        p=p,
        first=words.number(nps["first"], signed=True),
        second=words.number(nps["second"], signed=True),
        estimate=words.number(nps["estimate"], signed=True),
        level=words.percent(level),
        interval=words.interval(nps["lower"], nps["upper"], signed=True),
    )
    rows = [
        [
            line.label,
            _own(words, row.measure, row.first),
            _own(words, row.measure, row.second),
            words.number(line.estimate, signed=True),
            words.interval(line.lower, line.upper, signed=True),
            side_words(words, side),
        ]
        for line, row, side in zip(lines, records(result.frame), sides, strict=True)
    ]
    rows.append([words.say("All scores together"), "", "", p, "", ""])
    return brief_of(
        result,
        look,
        heading=words.say("Do the two answer alike?"),
        subtitle=words.say("first against second"),
        question=words.say("Have both the same answers, whatever their NPS?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Measure"),
                words.say("First, raw"),
                words.say("Second, raw"),
                words.say("Difference, estimated"),
                interval_head(words, level),
                words.say("Standing"),
            ],
            rows,
        ),
        steps=[
            words.say("Read the verbatims of the more divided of the two before acting on its NPS.")
            if differ
            else words.say("Do not treat the two differently on this evidence.")
        ],
        grade=Evidence.DESCRIPTION,
        name="told-apart",
        picture=drawing(result, look),
        alt=words.say("Each measure, first minus second, with its interval."),
        doubts=[
            words.say(
                "Differences are estimated and drawn towards none, the more so the fewer the "
                "answers: they are not those of the raw values beside them."
            )
        ],
    )


def drawing(result: TellApart, look: Look) -> Picture:
    """Draw every measure, first minus second."""
    words = look.language
    return intervals(
        _apart(words, result),
        look,
        axis=words.say("First minus second, in points or hundredths"),
        level=0.0,
    )


def _apart(words: Language, result: TellApart) -> list[Line]:
    lines = []
    for row in records(result.frame):
        scale = 1.0 if row.measure in AS_THEY_ARE else 100.0
        middle, low, high = (scale * value for value in (row.estimate, row.lower, row.upper))
        said = words.say(
            "{estimate} ({interval})",
            estimate=words.number(middle, signed=True),
            interval=words.interval(low, high, signed=True),
        )
        lines.append(Line(words.say(MEASURES[row.measure]), middle, low, high, said))
    return lines


def _own(words: Language, measure: str, value: float) -> str:
    if measure == "cliffs_delta" or isnan(value):
        return ""
    return words.number(value if measure in AS_THEY_ARE else 100 * value)
