"""The shape of the answers: how divided they are, how low, how much is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.charts.network_figures import distribution
from npsstats.reporting.kinds.estimation.named import (
    counted,
    names,
    row_head,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.shapes.shape import Shape
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["AS_THEY_ARE", "MEASURES", "brief", "drawing"]

MEASURES = {
    "nps": mark("NPS, in points"),
    "polarization": mark("Polarization, of 100"),
    "opposition": mark("Opposition, of 100"),
    "super_detractors": mark("Lowest scores, in %"),
    "word_of_mouth": mark("Word of mouth, per 100 customers"),
    "cliffs_delta": mark("First higher less lower, of 100"),
}
"""What readers call each measure."""

AS_THEY_ARE = ("nps", "word_of_mouth")
"""Measures that are not said in hundredths."""

_DIVIDED = 50.0  # of 100: between all alike and half at either end


def brief(result: Shape, look: Look) -> Brief:
    """Return the memo of the shape of the answers."""
    words = look.language
    one = len(result.cells) == 1
    wide, kept_back = _wide(words, result)
    shown = telling(wide, MOST_ROWS)
    answers = int(result.cells["n"].sum())
    if one:
        rows = [_measure(words, row) for row in records(result.frame)]
        head = [
            words.say("Measure"),
            words.say("Estimate"),
            interval_head(words, float(result.frame["level"].iloc[0])),
        ]
        divided = result.frame.iloc[0]
        answer, reason = _divided(words, divided)
    else:
        head = [
            row_head(words, result.keys),
            words.say("Answers"),
            words.say("Polarization, of 100"),
            interval_head(words, float(result.frame["level"].iloc[0])),
            words.say("Lowest scores, in %"),
            words.say("Word of mouth, per 100 customers"),
        ]
        rows = [
            [
                label,
                words.whole(row.n),
                words.number(row.estimate),
                words.interval(row.lower, row.upper),
                words.number(row.lowest),
                words.whole(row.told),
            ]
            for label, row in zip(names(words, shown, result.keys), records(shown), strict=True)
        ]
        low, high = words.number(shown["estimate"].min()), words.number(shown["estimate"].max())
        answer = words.say("Polarization from {low} to {high} of 100", low=low, high=high)
        reason = words.say(
            "Where it is high, promoters and detractors face each other and the NPS hides it; it "
            "goes from {low} to {high}, 0 being all alike and 100 half at either end.",
            low=low,
            high=high,
        )
    assumed = words.say(
        "Word of mouth is an assumption, not a finding: a promoter tells {promoter}, a passive "
        "{passive}, a detractor {detractor}.",
        **{
            name: f"{words.number(value, 0 if value == int(value) else 1)}"
            for name, value in result.told.items()
        },
    )
    return brief_of(
        result,
        look,
        heading=words.say("Shape of the answers"),
        subtitle=" · ".join(
            [
                words.say_many("{n} answer", "{n} answers", answers),
                *([] if one else [counted(words, result.keys, len(result.cells))]),
            ]
        ),
        question=words.say("What does the NPS hide: how divided are customers, and how low?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(head, rows),
        steps=[
            words.say("Read what the lowest scores write, and call them first."),
            words.say("Show the whole distribution beside the NPS."),
        ],
        grade=Evidence.DESCRIPTION,
        name="shape",
        picture=_drawn(result, shown, look),
        alt=words.say("Share of answers at each score.")
        if one
        else words.say("Polarization of each group with its interval."),
        doubts=[assumed, *kept_back, *spoken(words, len(shown), len(wide))],
    )


def drawing(result: Shape, look: Look) -> Picture:
    """Draw the distribution of one cell, or the polarization of several."""
    wide, _ = _wide(look.language, result)
    return _drawn(result, telling(wide, MOST), look)


def _drawn(result: Shape, wide: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    if len(result.cells) == 1:
        counts = result.distribution["n"].astype(int)
        return distribution(dict(enumerate(counts)), look)
    lines = [
        Line(
            label,
            row.estimate,
            row.lower,
            row.upper,
            words.say(
                "{estimate} ({interval})",
                estimate=words.number(row.estimate),
                interval=words.interval(row.lower, row.upper),
            ),
        )
        for label, row in zip(names(words, wide, result.keys), records(wide), strict=True)
    ]
    axis = words.say("Polarization: 0 all alike, 100 half at either end")
    return intervals(lines, look, axis=axis)


def _wide(words: Language, result: Shape) -> tuple[pd.DataFrame, list[str]]:
    """Return a row a cell with what the table shows of it."""
    frame = result.frame

    def of(measure: str, column: str = "estimate", scale: float = 100.0) -> Any:
        return scale * frame.loc[frame["measure"] == measure, column].to_numpy()

    wide = result.cells[[*result.keys, "n"]].assign(
        estimate=of("polarization"),
        lower=of("polarization", "lower"),
        upper=of("polarization", "upper"),
        lowest=of("super_detractors"),
        told=of("word_of_mouth", scale=1.0),
    )
    return without_few(words, wide, result.keys)


def _measure(words: Language, row: Any) -> list[str]:
    scale = 1.0 if row.measure in AS_THEY_ARE else 100.0
    return [
        words.say(MEASURES[row.measure]),
        words.number(scale * row.estimate),
        words.interval(scale * row.lower, scale * row.upper),
    ]


def _divided(words: Language, row: Any) -> tuple[str, str]:
    side = standing(100 * row.lower, 100 * row.upper, _DIVIDED)
    answer = {
        Standing.ABOVE: words.say("Customers are divided"),
        Standing.BELOW: words.say("Customers answer much alike"),
        Standing.UNKNOWN: words.say("Between alike and divided"),
    }[side]
    reason = words.say(
        "Polarization is {estimate} of 100 ({interval}): 0 where all answer alike, 100 where half "
        "give the lowest score and half the highest.",
        estimate=words.number(100 * row.estimate),
        interval=words.interval(100 * row.lower, 100 * row.upper),
    )
    return answer, reason
