"""The map over a change of questionnaire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
    quoted,
    read,
    row_of,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.survey.crossing.bridge_result import Bridge
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["bridge_brief", "bridge_drawing", "shifted"]


_PARTS = {
    "NPS shift": mark("NPS, new less old"),
    "worth of a score": mark("what a score of {at} is worth"),
    "shift at a cut": mark("{at} or less (log-odds)"),
    "sd between strata": mark("spread between strata"),
}


def bridge_brief(result: Bridge, look: Look) -> Brief:
    """Return the memo of a bridge over a change of questionnaire."""
    words = look.language
    shift, *parts = _map(words, result)
    if result.strata is not None:  # the spread between strata comes last, a page has no room there
        parts = [*parts[-1:], *parts[:-1]]
    rows = [shift, *parts]
    old, new = quoted(words, result.old), quoted(words, result.new)
    return brief_of(
        result,
        look,
        heading=words.say("Bridge over a change of questionnaire"),
        subtitle=words.say("From {old} to {new}", old=old, new=new),
        question=words.say("By how much does the published score move when it is asked otherwise?"),
        answer=shifted(words, shift.side),
        reason=words.say(
            "Asked {new} instead of {old}, the published NPS moves by {estimate} points.",
            new=new,
            old=old,
            estimate=read(words, shift),
        ),
        numbers=table(
            words,
            rows,
            [words.say("Part of the map"), words.say("Points")],
            float(result.frame["level"].iloc[0]),
        ),
        steps=[
            words.say("Lead the series over the bridge before it is compared across the change."),
            words.say("Keep a tenth on the old way for some months: it renews the bridge."),
        ],
        grade=Evidence.RANDOMIZED,
        name="bridge",
        picture=bridge_drawing(result, look),
        alt=words.say("What each score asked the old way is worth asked the new way.")
        if _worth(result)
        else words.say("How much less likely low scores are asked the new way, at each cut."),
    )


def bridge_drawing(result: Bridge, look: Look) -> Picture:
    """Draw the parts of the map that have one unit."""
    words = look.language
    worth = _worth(result)
    rows = [row for row, of in zip(_map(words, result), records(result.frame), strict=True)
            if of.part == ("worth of a score" if worth else "shift at a cut")]  # fmt: skip
    axis = (
        words.say("Points that an answer asked the old way counts for")
        if worth
        else words.say("Log-odds of that score or less, new against old")
    )
    return forest(rows, look, axis=axis)


def _worth(result: Bridge) -> bool:
    """Return whether the map says what each score is worth, and not log-odds."""
    return bool((result.frame["part"] == "worth of a score").any())


def shifted(words: Language, side: Standing) -> str:
    """Return what the way of asking makes of the score."""
    return {
        Standing.ABOVE: words.say("The new way of asking makes a higher score"),
        Standing.BELOW: words.say("The new way of asking makes a lower score"),
        Standing.UNKNOWN: cannot_tell(words),
    }[side]


def _map(words: Language, result: Bridge) -> list[Row]:
    return [row_of(words.say(_PARTS[row.part], at=row.at), row) for row in records(result.frame)]
