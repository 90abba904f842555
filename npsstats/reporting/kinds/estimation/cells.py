"""Scores of the cells of a network: what a memo says of `estimate`, `comparable` and `enps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.comparison.standardize import Comparable
from npsstats.estimation.neighbours.employees import EmployeeEstimate
from npsstats.reporting.charts.forest import caterpillar, forest, span
from npsstats.reporting.charts.intervals import MOST
from npsstats.reporting.kinds.estimation.named import (
    counted,
    names,
    row_head,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.estimated import Estimate
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["against_whole", "brief", "drawing", "side_words", "tally"]


class _Level(NamedTuple):
    """What cells are held against, in points."""

    value: float
    target: bool


def brief(result: Estimate, look: Look) -> Brief:
    """Return the memo of the cells' scores."""
    words, level = look.language, _level(result)
    frame, kept_back = _told(words, result)
    sides = _sides(frame, level)
    shown = telling(frame, MOST_ROWS - 1)
    answer, reason = _said(words, result, frame, sides, level)
    return brief_of(
        result,
        look,
        heading=_heading(words, result),
        subtitle=_subtitle(words, result),
        question=_question(words, result, level),
        answer=answer,
        reason=reason,
        numbers=_numbers(words, result, shown, sides, level),
        steps=_steps(words, result, sides),
        grade=Evidence.DESCRIPTION,
        name="scores",
        picture=_drawn(result, shown, look),
        alt=words.say("Each score with its interval, the raw score as an open mark."),
        doubts=[*kept_back, *spoken(words, len(shown), len(frame))],
    )


def _numbers(
    words: Language,
    result: Estimate,
    shown: pd.DataFrame,
    sides: list[Standing],
    level: _Level,
) -> Numbers:
    """Return the table: all answers together, then cells and their standing."""
    whole = records(result.overall)[0]
    head = [
        _row_head(words, result),
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
    if len(rows) > MOST:
        return caterpillar(rows, levels, look)
    low, high = span(rows)
    low, high = min(low, level.value), max(high, level.value)
    room = 0.06 * (high - low) or 1.0
    reach = (low - room, high + room)
    return forest(rows, reach, levels, look, heading=_row_head(words, result))


def tally(words: Language, sides: list[Standing]) -> str:
    """Return how many rows are surely on each side, as a cell of a table."""
    return words.say(
        "{above} above, {below} below",
        above=words.whole(sides.count(Standing.ABOVE)),
        below=words.whole(sides.count(Standing.BELOW)),
    )


def side_words(words: Language, side: Standing) -> str:
    """Return on which side a row is, as a cell of a table."""
    return {
        Standing.ABOVE: words.say("surely above"),
        Standing.BELOW: words.say("surely below"),
        Standing.UNKNOWN: words.say("cannot tell"),
    }[side]


def against_whole(words: Language, sides: list[Standing]) -> str:
    """Return the answer on rows that are held against a level."""
    if all(side is Standing.UNKNOWN for side in sides):
        return cannot_tell(words)
    return words.say(
        "{above} surely above, {below} surely below",
        above=words.whole(sides.count(Standing.ABOVE)),
        below=words.whole(sides.count(Standing.BELOW)),
    )


def _level(result: Estimate) -> _Level:
    target = float(result.frame["target"].iloc[0])
    if np.isnan(target):
        return _Level(float(result.overall["estimate"].iloc[0]), target=False)
    return _Level(target, target=True)


def _told(words: Language, result: Estimate) -> tuple[pd.DataFrame, list[str]]:
    people = True if isinstance(result, EmployeeEstimate) and len(result.frame) > 1 else None
    return without_few(words, result.frame, result.keys, people=people)


def _raw(frame: pd.DataFrame) -> str:
    return "nps_weighted" if "nps_weighted" in frame else "nps"


def _sides(frame: pd.DataFrame, level: _Level) -> list[Standing]:
    return [standing(row.lower, row.upper, level.value) for row in records(frame)]


def _row_head(words: Language, result: Estimate) -> str:
    if isinstance(result, EmployeeEstimate):
        return words.say("Team")
    return row_head(words, result.keys)


def _heading(words: Language, result: Estimate) -> str:
    if isinstance(result, EmployeeEstimate):
        return words.say("Employee Net Promoter Score")
    if isinstance(result, Comparable):
        return words.say("Net Promoter Score at one mix")
    return words.say("Net Promoter Score")


def _question(words: Language, result: Estimate, level: _Level) -> str:
    if isinstance(result, EmployeeEstimate):
        return words.say("In which teams would employees recommend working here, and how sure?")
    if isinstance(result, Comparable):
        return words.say("How do scores compare once all were asked in the same mix?")
    if len(result.frame) == 1:
        return words.say("What is the Net Promoter Score, and how sure is it?")
    if level.target:
        return words.say("Which surely reach the target, and which surely miss it?")
    return words.say("Which are surely better than the whole, and which surely worse?")


def _subtitle(words: Language, result: Estimate) -> str:
    frame = result.frame
    parts = [words.say_many("{n} answer", "{n} answers", int(result.overall["n"].iloc[0]))]
    if len(frame) > 1:
        many = (
            words.say_many("{n} team", "{n} teams", len(frame))
            if isinstance(result, EmployeeEstimate)
            else counted(words, result.keys, len(frame))
        )
        parts.insert(0, many)
    if len(frame) > 1 and "between_sd" in result.network.index:
        spread = result.network.loc["between_sd"]
        parts.append(
            words.say(
                "true differences ±{sd} points ({interval})",
                sd=words.number(spread["estimate"]),
                interval=words.interval(spread["lower"], spread["upper"]),
            )
        )
    return " · ".join(parts)


def _said(
    words: Language,
    result: Estimate,
    frame: pd.DataFrame,
    sides: list[Standing],
    level: _Level,
) -> tuple[str, str]:
    whole = result.overall.iloc[0]
    score = words.say(
        "All answers together give {estimate} ({level} interval {interval}).",
        estimate=words.number(whole.estimate, signed=True),
        level=words.percent(whole.level),
        interval=words.interval(whole.lower, whole.upper, signed=True),
    )
    if len(frame) < 2:
        side = standing(whole.lower, whole.upper, level.value)
        if level.target:
            score += " " + _of_target(words, side, level)
        return words.say(
            "NPS {estimate}", estimate=words.number(whole.estimate, signed=True)
        ), score
    value = words.number(level.value, signed=True)
    against = (
        words.say("Held against the target of {level}:", level=value)
        if level.target
        else words.say("Held against all answers, {level}:", level=value)
    )
    told = (
        words.say("none is surely on either side.")
        if all(side is Standing.UNKNOWN for side in sides)
        else words.say(
            "{above} surely above and {below} surely below; of all others it cannot be told.",
            above=words.whole(sides.count(Standing.ABOVE)),
            below=words.whole(sides.count(Standing.BELOW)),
        )
    )
    return against_whole(words, sides), f"{score} {against} {told}"


def _of_target(words: Language, side: Standing, level: _Level) -> str:
    value = words.number(level.value, signed=True)
    return {
        Standing.ABOVE: words.say("This is surely above the target of {level}.", level=value),
        Standing.BELOW: words.say("This is surely below the target of {level}.", level=value),
        Standing.UNKNOWN: words.say(
            "Whether the target of {level} is reached cannot be told.", level=value
        ),
    }[side]


def _steps(words: Language, result: Estimate, sides: list[Standing]) -> list[str]:
    if len(sides) < 2:
        return [words.say("Report the interval with the score.")]
    steps = []
    if Standing.BELOW in sides:
        steps.append(words.say("Begin with those surely below: ask there what goes wrong."))
    if Standing.ABOVE in sides:
        steps.append(words.say("Visit those surely above: see what they do that others do not."))
    if Standing.UNKNOWN in sides:
        steps.append(
            words.say("Do not rank the others, nor pay by their rank: their order is chance.")
        )
    if isinstance(result, EmployeeEstimate):
        steps.append(words.say("Talk with teams, never about who answered what."))
    return steps[:3]
