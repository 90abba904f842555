"""The difference of two scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import by_chance, others, tally
from npsstats.reporting.kinds.estimation.sides import sides_of
from npsstats.reporting.kinds.making import (
    MOST_ROWS,
    brief_of,
    cannot_tell,
    estimated,
    interval_head,
)
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.estimation.comparison.differences import NpsDifference
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: NpsDifference, look: Look) -> Brief:
    """Return the memo of a difference, or of several."""
    words, frame = look.language, result.frame
    level = float(frame["level"].iloc[0])
    answer, reason = _said(words, frame)
    return brief_of(
        result,
        look,
        heading=words.say("Difference of two scores"),
        subtitle=words.say(
            "{first} answers against {second}",
            first=words.whole(frame["n_first"].sum()),
            second=words.whole(frame["n_second"].sum()),
        ),
        question=words.say("Does the first Net Promoter Score differ from the second?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("First minus second, in points"),
                words.say("Answers, first"),
                words.say("Answers, second"),
                words.say("Difference"),
                interval_head(words, level),
                words.say("P(first > second)"),
            ],
            _rows(words, frame),
        ),
        steps=[_step(words, frame)],
        grade=Evidence.DESCRIPTION,
        name="difference",
        picture=drawing(result, look),
        alt=words.say("Each difference with its interval, and the line of no difference."),
        doubts=[
            *(
                [
                    words.say(
                        "The table shows the first {shown} of {all}; the file of results has all.",
                        shown=words.whole(MOST_ROWS - 1),
                        all=words.whole(len(frame)),
                    )
                ]
                if len(frame) >= MOST_ROWS
                else []
            ),
            *by_chance(words, len(frame), level),
        ],
    )


def _rows(words: Language, frame: pd.DataFrame) -> list[list[str]]:
    rows = [
        [
            label,
            words.whole(row.n_first),
            words.whole(row.n_second),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            words.probability(row.p_first_greater),
        ]
        for label, row in zip(_labels(words, frame), records(frame), strict=True)
    ]
    if len(frame) > 1:
        counts = (words.whole(frame[name].sum()) for name in ("n_first", "n_second"))
        pairs = words.say_many("{n} pair", "{n} pairs", len(frame))
        rows.insert(0, [pairs, *counts, tally(words, sides_of(frame)), "", ""])
    return rows[:MOST_ROWS]


def drawing(result: NpsDifference, look: Look) -> Picture:
    """Draw every difference with its interval."""
    words, frame = look.language, result.frame.iloc[:MOST]
    lines = [
        Line(label, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
        for label, row in zip(_labels(words, frame), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say("First minus second, in points"), level=0.0)


def _labels(words: Language, frame: pd.DataFrame) -> list[str]:
    if len(frame) == 1:
        return [words.say("Difference")]
    return [words.say("Pair {n}", n=words.whole(number)) for number in range(1, len(frame) + 1)]


def _said(words: Language, frame: pd.DataFrame) -> tuple[str, str]:
    """Return the answer and what it rests on, from the numbers as they are printed."""
    sides = sides_of(frame)
    if len(frame) > 1:
        told = sum(side is not Standing.UNKNOWN for side in sides)
        return (
            words.say_many("{n} pair surely differs", "{n} pairs surely differ", told)
            if told
            else cannot_tell(words),
            words.say(
                "The first is surely higher in {above} of {n} pairs, surely lower in {below}.",
                above=words.whole(sides.count(Standing.ABOVE)),
                below=words.whole(sides.count(Standing.BELOW)),
                n=words.whole(len(frame)),
            )
            + others(words, sides),
        )
    row, side = records(frame)[0], sides[0]
    answer = {
        Standing.ABOVE: words.say("The first score is higher"),
        Standing.BELOW: words.say("The first score is lower"),
        Standing.UNKNOWN: cannot_tell(words),
    }[side]
    reason = words.say(
        "The first score minus the second is {estimate} points ({level} interval {interval}).",
        estimate=words.number(row.estimate, signed=True),
        level=words.percent(row.level),
        interval=words.interval(row.lower, row.upper, signed=True),
    )
    if side is Standing.UNKNOWN:
        reason += " " + words.say("Both directions are compatible with the answers.")
    return answer, reason


def _step(words: Language, frame: pd.DataFrame) -> str:
    if all(standing(row.lower, row.upper) is Standing.UNKNOWN for row in records(frame)):
        return words.say(
            "Gather more answers before acting on the difference: npsstats plan says how many."
        )
    return words.say("Look for what differs between the two groups; this number does not say why.")
