"""Several things varied at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
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
    import pandas as pd

    from npsstats.experiments.survey.factors import FactorEffects
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["factors_brief", "factors_drawing"]


_QUANTITIES = {
    "response": mark("share who answer"),
    "NPS of those who answer": mark("NPS of those who answer"),
    "NPS weighted to all asked": mark("NPS weighted to all asked"),
}


def factors_brief(result: FactorEffects, look: Look) -> Brief:
    """Return the memo of what several things varied at once do, each by itself."""
    words = look.language
    rows = _effects(words, result.frame)
    told = [row for row in rows if row.side is not Standing.UNKNOWN]
    crossed = _effects(words, result.frame[result.frame["effect"] == "interaction"])
    apart = [row for row in crossed if row.side is not Standing.UNKNOWN]
    if apart:
        answer = words.say("What was varied does not add up: read the arms one by one")
        one = apart[0]
    elif told:
        answer = words.say_many("{n} effect can be told", "{n} effects can be told", len(told))
        one = max(told, key=lambda row: abs(row.estimate))
    else:
        answer, one = cannot_tell(words), max(rows, key=lambda row: abs(row.estimate))
    return brief_of(
        result,
        look,
        heading=words.say("Each factor by itself, and together"),
        subtitle=words.say_many(
            "{n} effect looked at, on response and on NPS",
            "{n} effects looked at, on response and on NPS",
            len(rows),
        )
        + words.say("; {told} can be told", told=words.whole(len(told))),
        question=words.say(
            "What does each thing that was varied do by itself, and do they add up?"
        ),
        answer=answer,
        reason=words.say(
            "{label}: {estimate} points. Of {n} effects looked at some may be told by chance.",
            label=one.label,
            estimate=read(words, one),
            n=words.whole(len(rows)),
        ),
        numbers=table(
            words,
            list(dict.fromkeys([*apart, *told, *rows])),
            [words.say("Factor and level"), words.say("Effect, in points")],
            float(result.frame["level"].iloc[0]),
            told=one.label,
        ),
        steps=[
            words.say("Choose among the arms, not among the factors.")
            if apart
            else words.say("Take the level of each factor whose effect can be told and is wanted.")
            if told
            else words.say("Go on asking, or vary fewer things: each then has more answers.")
        ],
        grade=Evidence.RANDOMIZED,
        name="factors",
        picture=factors_drawing(result, look),
        alt=words.say("The effect of each factor's level on response and on NPS."),
    )


def factors_drawing(result: FactorEffects, look: Look) -> Picture:
    """Draw every effect."""
    words = look.language
    axis = words.say("Change, in points of NPS or percentage points of answers")
    return forest(_effects(words, result.frame), look, axis=axis)


def _effects(words: Language, frame: pd.DataFrame) -> list[Row]:
    found = []
    for row in records(frame.sort_values("quantity", kind="stable")):
        label = f"{row.factor} · {row.level_of} · {words.say(_QUANTITIES[row.quantity])}"
        found.append(row_of(label, row, row.unit))
    return found
