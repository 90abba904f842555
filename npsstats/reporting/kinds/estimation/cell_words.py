"""Sentences on the scores of cells: what was asked, what was found, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.estimation.comparison.standardize import Comparable
from npsstats.estimation.neighbours.employees import EmployeeEstimate
from npsstats.reporting.kinds.estimation.named import counted, row_head
from npsstats.reporting.kinds.making import cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.estimation.estimated import Estimate
    from npsstats.reporting.language import Language
    from npsstats.results import Result

__all__ = [
    "Level",
    "against_whole",
    "alone",
    "by_chance",
    "head_of",
    "heading_of",
    "others",
    "praise",
    "question_of",
    "said_of",
    "side_words",
    "steps_of",
    "subtitle_of",
    "tally",
    "told_of",
]

_WORTH_SAYING = 0.2  # rows on the wrong side of an interval of theirs, where nothing differs


class Level(NamedTuple):
    """What cells are held against, in points."""

    value: float
    target: bool


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


def told_of(words: Language, sides: list[Standing]) -> str:
    """Return, as the end of a sentence, how many rows are surely on each side of a level."""
    return words.say(
        "{above} surely above and {below} surely below.",
        above=words.whole(sides.count(Standing.ABOVE)),
        below=words.whole(sides.count(Standing.BELOW)),
    ) + others(words, sides)


def others(words: Language, sides: list[Standing]) -> str:
    """Return what is said of the rows that are on neither side, where there are some."""
    return " " + words.say("Of the others it cannot be told.") if Standing.UNKNOWN in sides else ""


def alone(result: Result) -> bool:
    """Return whether cells were estimated without a look at each other."""
    return bool(result.provenance.options.get("pooling") == "none")


def by_chance(words: Language, rows: int, level: float) -> list[str]:
    """Return the doubt on rows whose intervals do not know of each other.

    Where nothing differs, an interval of 95 % misses the truth one time in twenty: of many rows
    some are then surely above or below by chance alone.
    """
    wrong = rows * (1 - level)
    if wrong < _WORTH_SAYING:
        return []
    return [
        words.say(
            "Each interval stands alone: were all {n} alike, about {wrong} of them would still be "
            "called surely above or below, by chance.",
            n=words.whole(rows),
            wrong=words.number(wrong),
        )
    ]


def praise(words: Language, keys: Sequence[str]) -> str:
    """Return what to do with those surely above: stores can be visited, groups cannot."""
    if list(keys) == ["store_id"]:
        return words.say("Visit those surely above: see what they do that others do not.")
    return words.say("See what goes better with those surely above than with the others.")


def head_of(words: Language, result: Estimate) -> str:
    """Return the head of the column of names."""
    if isinstance(result, EmployeeEstimate):
        return words.say("Team")
    return row_head(words, result.keys)


def heading_of(words: Language, result: Estimate) -> str:
    """Return what the memo is on."""
    if isinstance(result, EmployeeEstimate):
        return words.say("Employee Net Promoter Score")
    if isinstance(result, Comparable):
        return words.say("Net Promoter Score at one mix")
    return words.say("Net Promoter Score")


def question_of(words: Language, result: Estimate, level: Level) -> str:
    """Return what was to be found out."""
    if isinstance(result, EmployeeEstimate):
        return words.say("In which teams would employees recommend working here, and how sure?")
    if isinstance(result, Comparable):
        return words.say("How do scores compare once all were asked in the same mix?")
    if len(result.frame) == 1:
        return words.say("What is the Net Promoter Score, and how sure is it?")
    if level.target:
        return words.say("Which surely reach the target, and which surely miss it?")
    return words.say("Which are surely better than the whole, and which surely worse?")


def subtitle_of(words: Language, result: Estimate) -> str:
    """Return on which data: rows, answers, how much rows truly differ."""
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
        spread = records(result.network.loc[["between_sd"]])[0]
        parts.append(
            words.say(
                "true differences ±{sd} points ({interval})",
                sd=words.number(spread.estimate),
                interval=words.interval(spread.lower, spread.upper),
            )
        )
    return " · ".join(parts)


def said_of(
    words: Language,
    result: Estimate,
    frame: pd.DataFrame,
    sides: list[Standing],
    level: Level,
) -> tuple[str, str]:
    """Return the answer and what it rests on, from the numbers as they are printed."""
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
        else told_of(words, sides)
    )
    return against_whole(words, sides), f"{score} {against} {told}"


def _of_target(words: Language, side: Standing, level: Level) -> str:
    value = words.number(level.value, signed=True)
    return {
        Standing.ABOVE: words.say("This is surely above the target of {level}.", level=value),
        Standing.BELOW: words.say("This is surely below the target of {level}.", level=value),
        Standing.UNKNOWN: words.say(
            "Whether the target of {level} is reached cannot be told.", level=value
        ),
    }[side]


def steps_of(words: Language, result: Estimate, sides: list[Standing]) -> list[str]:
    """Return what to do next."""
    if len(sides) < 2:
        return [words.say("Report the interval with the score.")]
    steps = []
    if Standing.BELOW in sides:
        steps.append(words.say("Begin with those surely below: ask there what goes wrong."))
    if Standing.ABOVE in sides:
        steps.append(praise(words, result.keys))
    if Standing.UNKNOWN in sides:
        steps.append(
            words.say("Do not rank the others, nor pay by their rank: their order is chance.")
        )
    if isinstance(result, EmployeeEstimate):
        steps.append(words.say("Talk with teams, never about who answered what."))
    return steps[:3]
