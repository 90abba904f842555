"""What all who were asked would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
    read,
    row_of,
    sides,
    table,
    warned,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.survey.silent.resistance import Resistance
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["silent_brief", "silent_drawing"]

_NEAR = 5.0  # points from nothing that still say "about as all"


def silent_brief(result: Resistance, look: Look) -> Brief:
    """Return the memo of what all who were asked would say, by a randomized reminder."""
    words = look.language
    level = float(result.frame["level"].iloc[0])
    gaps = [_silent(words, result, arm, "selection gap") for arm in result.arms]
    found = sides(gaps)
    sure = [row for row in gaps if row.side is not Standing.UNKNOWN]
    one = max(sure or gaps, key=lambda row: abs(row.estimate))
    narrow = all(max(-row.lower, row.upper) <= _NEAR for row in gaps)
    broken = warned(result, "nothing here holds", "The model does not fit")
    if broken or result.unbounded or (found == {Standing.UNKNOWN} and not narrow):
        answer = cannot_tell(words)
    elif found == {Standing.UNKNOWN}:
        answer = words.say("Those who answered score about as all who were asked")
    elif found == {Standing.ABOVE, Standing.UNKNOWN}:
        answer = words.say("Those who answered flatter the score, in some arms at least")
    elif found == {Standing.ABOVE}:
        answer = words.say("Those who answered flatter the score")
    elif found <= {Standing.BELOW, Standing.UNKNOWN}:
        answer = words.say("Those who answered score lower than all who were asked")
    else:
        answer = words.say("Those who answered flatter the score in one arm, not in another")
    told = answer != cannot_tell(words)
    return brief_of(
        result,
        look,
        heading=words.say("What all who were asked would say"),
        subtitle=words.say("By a reminder that was drawn by lot"),
        question=words.say("Do those who answer score as all who were asked would?"),
        answer=answer,
        reason=words.say(
            "What the reminder takes for granted does not hold here: the gap is not to be read."
        )
        if broken
        else words.say("The reminder moved too few answers to tell what the silent would say.")
        if result.unbounded
        else words.say(
            "{label}: {estimate} points, if answering follows the score.",
            label=one.label,
            estimate=read(words, one),
        ),
        numbers=table(
            words,
            _silent_rows(words, result, seen=broken),
            [words.say("Of whom"), words.say("NPS, in points")],
            level,
            told=one.label,
        ),
        steps=[
            words.say("Publish the score with this gap beside it, and its interval.")
            if told
            else words.say(
                "Make sure that the reminder was drawn by lot, and note for whom it was."
            )
            if broken
            else words.say("Send more reminders, drawn by lot, or a stronger one."),
            words.say(
                "Ask some of the silent by another way, such as a telephone call: it tests "
                "what this takes for granted."
            ),
        ],
        grade=Evidence.DESCRIPTION if broken else Evidence.RANDOMIZED,
        name="silent",
        picture=None if broken else silent_drawing(result, look),
        alt=words.say("NPS of those who answered and of all who were asked, with intervals."),
    )


def silent_drawing(result: Resistance, look: Look) -> Picture:
    """Draw the NPS of those who answered, of all who were asked, and the gap, by arm."""
    words = look.language
    axis = words.say("NPS, in points")
    return forest(_silent_rows(words, result), look, axis=axis, level=0.0)


def _silent_rows(words: Language, result: Resistance, *, seen: bool = False) -> list[Row]:
    """Return the rows of every arm; only those of who answered if only they were `seen`."""
    found = []
    for arm in result.arms:
        found += [
            _silent(words, result, arm, quantity)
            for quantity in ("NPS of those who answered", "NPS of all asked", "selection gap")[
                : 1 if seen else None
            ]
        ]
    return found


def _silent(words: Language, result: Resistance, arm: str, quantity: str) -> Row:
    row = result.row(arm, quantity)
    label = {
        "NPS of those who answered": words.say("{arm} · those who answered", arm=arm),
        "NPS of all asked": words.say("{arm} · all who were asked", arm=arm),
        "selection gap": words.say("{arm} · the gap between them", arm=arm),
    }[quantity]
    return row_of(label, row)
