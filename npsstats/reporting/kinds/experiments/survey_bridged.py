"""A series across a change of questionnaire, and its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.intervals import MOST
from npsstats.reporting.kinds.experiments.survey_bridges import shifted
from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    between,
    forest,
    quoted,
    read,
    row_of,
    table,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.survey.crossing.bridged import BridgedSeries
    from npsstats.experiments.survey.crossing.bridged_change import BridgedChange
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["change_brief", "change_drawing", "series_brief", "series_drawing"]


def series_brief(result: BridgedSeries, look: Look) -> Brief:
    """Return the memo of a series across a change of questionnaire."""
    words = look.language
    effect: Any = result.effect.iloc[0]
    moved = row_of("", effect)
    crossed = bool(result.frame["bridged"].any())
    rows = [
        [
            _cell(words, result, row),
            words.whole(row.n),
            words.say(_HOW[row.asked]),
            words.number(row.nps, signed=True),
            words.number(row.estimate, signed=True),
            between(words, row_of("", row)),
        ]
        for row in records(result.frame.iloc[-(MOST_ROWS - 1) :])
    ]
    if crossed:
        first = [
            words.say("the change of questionnaire alone"),
            words.whole(effect.n),
            words.say("the old way"),
            "–",
            words.number(effect.estimate, signed=True),
            between(words, moved),
        ]
        rows.insert(0, first)
    return brief_of(
        result,
        look,
        heading=words.say("Net Promoter Score across a change of questionnaire"),
        subtitle=words.say(
            "{n} answers, all as if asked {new}",
            n=words.whole(result.frame["n"].sum()),
            new=quoted(words, result.ways[1]),
        ),
        question=words.say("How does the score go on across the change of questionnaire?"),
        answer=shifted(words, moved.side)
        if crossed
        else words.say("Nothing was asked the old way"),
        reason=words.say(
            "The change of questionnaire alone makes {estimate} points in what was asked the old "
            "way; all of it shares that error.",
            estimate=read(words, moved),
        )
        if crossed
        else words.say("All of the series was asked the new way: no bridge is crossed."),
        numbers=Numbers(
            [
                words.say("Series"),
                words.say("Answers"),
                words.say("Way of asking"),
                words.say("NPS, raw"),
                words.say("NPS, as if asked the new way"),
                interval_head(words, float(effect.level)),
            ],
            rows,
        ),
        steps=[words.say("Publish the series as it was asked; it needs no bridge.")]
        if not crossed
        else [
            words.say(
                "Publish the bridged series, and say in a note when the way of asking changed."
            ),
            words.say(
                "For a change across it, ask the series itself (change): most of the shared "
                "error cancels within a side."
            ),
        ],
        grade=Evidence.DESCRIPTION,
        name="bridged-series",
        picture=series_drawing(result, look),
        alt=words.say("The series as if asked the new way, with its intervals."),
    )


_HOW = {
    "old": mark("the old way"),
    "new": mark("the new way"),
    "both": mark("both ways"),
    "nobody": mark("nobody"),
}


def series_drawing(result: BridgedSeries, look: Look) -> Picture:
    """Draw the last cells as if asked the new way."""
    words = look.language
    rows = [row_of(_cell(words, result, row), row) for row in records(result.frame.iloc[-MOST:])]
    axis = words.say("NPS, as if asked the new way, in points")
    return forest(rows, look, axis=axis, level=None)


def _cell(words: Language, result: BridgedSeries, row: Any) -> str:
    named = dict(zip(result.frame.columns, row, strict=True))
    return " · ".join(words.period(str(named[key])) for key in result.keys) or words.say(
        "All answers"
    )


def change_brief(result: BridgedChange, look: Look) -> Brief:
    """Return the memo of a change on one footing."""
    words = look.language
    row: Any = result.frame.iloc[0]
    rows = _changes(words, row)
    answer = {
        Standing.ABOVE: words.say("The score rose, the change of questionnaire aside"),
        Standing.BELOW: words.say("The score fell, the change of questionnaire aside"),
        Standing.UNKNOWN: cannot_tell(words),
    }[rows[0].side]
    return brief_of(
        result,
        look,
        heading=words.say("Change across a change of questionnaire"),
        subtitle=words.say(
            "{second} against {first}: {n_second} answers against {n_first}",
            first=quoted(words, _part(words, row["first"])),
            second=quoted(words, _part(words, row["second"])),
            n_first=words.whole(row.n_first),
            n_second=words.whole(row.n_second),
        ),
        question=words.say("Did the score change, on one way of asking?"),
        answer=answer,
        reason=words.say(
            "On one footing the score changed by {estimate} points; the raw scores differ by "
            "{naive}.",
            estimate=read(words, rows[0]),
            naive=words.number(row.naive, signed=True),
        ),
        numbers=table(
            words, rows, [words.say("Second less first"), words.say("Points")], float(row.level)
        ),
        steps=[
            words.say("Tell the change on one footing only; the raw one mixes two questionnaires.")
        ],
        grade=Evidence.DESCRIPTION,
        name="bridged-change",
        picture=change_drawing(result, look),
        alt=words.say("The change on one footing with its interval, and that of the raw scores."),
    )


def change_drawing(result: BridgedChange, look: Look) -> Picture:
    """Draw the change on one footing and the raw one."""
    words = look.language
    axis = words.say("Second less first, in points")
    return forest(_changes(words, result.frame.iloc[0]), look, axis=axis)


_SIDES = {
    "asked the old way": mark("asked the old way"),
    "asked the new way": mark("asked the new way"),
}


def _part(words: Language, name: str) -> str:
    return words.say(_SIDES[name]) if name in _SIDES else words.period(name)


def _changes(words: Language, row: pd.Series) -> list[Row]:
    return [
        row_of(words.say("on one footing"), row),
        Row(words.say("raw scores"), row["naive"], np.nan, np.nan),
    ]
