"""Scores of the cells of a network: what a memo says of `estimate`, `comparable` and `enps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.neighbours.employees import EmployeeEstimate
from npsstats.reporting.charts.forest import caterpillar, forest, span
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import (
    Level,
    alone,
    by_chance,
    head_of,
    heading_of,
    question_of,
    said_of,
    side_words,
    steps_of,
    subtitle_of,
    tally,
)
from npsstats.reporting.kinds.estimation.named import (
    decided,
    names,
    spoken_of_sides,
    without_few,
)
from npsstats.reporting.kinds.making import (
    MOST_ROWS,
    brief_of,
    estimated,
    interval_head,
)
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.estimated import Estimate
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_LONGEST = 46  # letters of a name in a chart


def brief(result: Estimate, look: Look) -> Brief:
    """Return the memo of the cells' scores."""
    words, level = look.language, _level(result)
    frame, kept_back = _told(words, result)
    sides = _sides(frame, level)
    shown = decided(frame, sides, MOST_ROWS)
    answer, reason = said_of(words, result, frame, sides, level)
    return brief_of(
        result,
        look,
        heading=heading_of(words, result),
        subtitle=subtitle_of(words, result),
        question=question_of(words, result, level),
        answer=answer,
        reason=reason,
        numbers=_numbers(words, result, shown, sides, level),
        steps=steps_of(words, result, sides),
        grade=Evidence.DESCRIPTION,
        name="scores",
        picture=_drawn(result, shown, look),
        alt=words.say("Each score with its interval, the raw score as an open mark."),
        caption=words.say(
            "The NPS is an estimate: the fewer the answers, the more it is drawn from the raw "
            "score towards the middle."
        ),
        doubts=[
            *kept_back,
            *spoken_of_sides(words, _sides(shown, level), sides),
            *(by_chance(words, len(frame), _credible(result)) if alone(result) else []),
        ],
    )


def _numbers(
    words: Language,
    result: Estimate,
    shown: pd.DataFrame,
    sides: list[Standing],
    level: Level,
) -> Numbers:
    """Return the table: all answers together, then cells and their standing."""
    whole = records(result.overall)[0]
    head = [
        head_of(words, result),
        words.say("Answers"),
        words.say("Raw score"),
        words.say("NPS"),
        interval_head(words, float(whole.level)),
        words.say("Against {level}", level=words.number(level.value, signed=True)),
    ]
    if len(sides) < 2:
        told = side_words(words, standing(whole.lower, whole.upper, level.value))
        row = _row(words, words.say("All answers"), whole, told)
        return Numbers(head, [row]) if level.target else Numbers(head[:-1], [row[:-1]])
    rows = [
        _row(words, label, row, side_words(words, side))
        for label, row, side in zip(
            names(words, shown, result.keys), records(shown), _sides(shown, level), strict=True
        )
    ]
    return Numbers(head, [_row(words, words.say("All answers"), whole, tally(words, sides)), *rows])


def _row(words: Language, label: str, row: Any, told: str) -> list[str]:
    return [
        label,
        words.whole(row.n),
        words.number(getattr(row, "nps_weighted", row.nps), signed=True),
        words.number(row.estimate, signed=True),
        words.interval(row.lower, row.upper, signed=True),
        told,
    ]


def drawing(result: Estimate, look: Look) -> Picture:
    """Draw every cell: a row each, or a line each where they are too many to name."""
    frame, _ = _told(look.language, result)
    return _drawn(result, frame.sort_values("estimate", ascending=False, kind="stable"), look)


def _drawn(result: Estimate, frame: pd.DataFrame, look: Look) -> Picture:
    words, level = look.language, _level(result)
    rows = frame.assign(
        store=names(words, frame, result.keys),
        nps=frame[_raw(frame)],
        standing=[side.value for side in _sides(frame, level)],
    )
    name = words.say("target") if level.target else words.say("all answers")
    levels = {name: (level.value, level.target)}
    if len(rows) == 1 and not level.target:
        return intervals(
            [
                Line(name, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
                for name, row in zip(rows["store"], records(frame), strict=True)
            ],
            look,
            axis=words.say("NPS, in points"),
        )
    if len(rows) > MOST:
        return caterpillar(rows, levels, look)
    rows = rows.assign(store=[shorten_middle(name, _LONGEST) for name in rows["store"]])
    low, high = span(rows)
    low, high = min(low, level.value), max(high, level.value)
    room = 0.06 * (high - low) or 1.0
    reach = (low - room, high + room)
    return forest(rows, reach, levels, look, heading=head_of(words, result))


def _level(result: Estimate) -> Level:
    target = float(result.frame["target"].iloc[0])
    if np.isnan(target):
        return Level(float(result.overall["estimate"].iloc[0]), target=False)
    return Level(target, target=True)


def _told(words: Language, result: Estimate) -> tuple[pd.DataFrame, list[str]]:
    people = True if isinstance(result, EmployeeEstimate) and len(result.frame) > 1 else None
    return without_few(words, result.frame, result.keys, people=people)


def _credible(result: Estimate) -> float:
    return float(result.frame["level"].iloc[0])


def _raw(frame: pd.DataFrame) -> str:
    return "nps_weighted" if "nps_weighted" in frame else "nps"


def _sides(frame: pd.DataFrame, level: Level) -> list[Standing]:
    return [standing(row.lower, row.upper, level.value) for row in records(frame)]
