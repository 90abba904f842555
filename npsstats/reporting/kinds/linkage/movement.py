"""The growth that follows a point of the score."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.linkage.growth_words import best_row, named, picked
from npsstats.reporting.charts.linkage_figures import lead_lag
from npsstats.reporting.kinds.linkage.forest import Forest, Kind
from npsstats.reporting.kinds.linkage.rows import (
    Row,
    Scale,
    drawn,
    known,
    number,
    side,
    span,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.growing import AFTER, slope_said
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.linkage.growth import GrowthResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "JOINT",
    "growth_brief",
    "growth_drawing",
]

_SLOPE = Scale(decimals=2)
_READINGS = {
    ("within", "naive"): mark("Within stores, scores taken for truth"),
    ("within", "corrected"): mark("Within stores, corrected for noise"),
    ("within", "split-half"): mark("Within stores, corrected by halves"),
    ("between", "naive"): mark("Between stores, scores taken for truth"),
    ("between", "corrected"): mark("Between stores, corrected for noise"),
    ("pooled", "naive"): mark("All store-periods, scores taken for truth"),
    ("pooled", "corrected"): mark("All store-periods, corrected for noise"),
    ("placebo lead", "naive"): mark("Check: the score after, taken for truth"),
    ("placebo lead", "corrected"): mark("Check: the score after, corrected"),
    ("one period earlier", "naive"): mark("One period earlier, taken for truth"),
    ("one period earlier", "corrected"): mark("One period earlier, corrected"),
}


def growth_brief(result: GrowthResult, look: Look) -> Brief:
    """Return the memo on the growth that follows a point of the score."""
    words = look.language
    rows = _slopes(result, words)
    row = next(one for one in rows if one.strong)
    where = side(row, _SLOPE)
    level = float(result.frame["level"].iloc[0])
    reason = _slope_told(words, result, row, where, level)
    fails = _failing(result) if where is not Standing.UNKNOWN else None
    if fails is not None:
        reason += " " + words.say(
            "The check fails: with the score of the period after it is {estimate}% ({level} "
            "interval {interval}).",
            estimate=number(words, fails.estimate, _SLOPE),
            level=words.percent(level),
            interval=span(words, fails, _SLOPE),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Growth and the score"),
        subtitle=words.say(
            "{stores} stores, {periods} periods, {answers} answers a store and period in the "
            "median",
            stores=words.whole(result.frame["stores"].iloc[0]),
            periods=words.whole(result.frame["periods"].iloc[0]),
            answers=words.whole(result.frame["answers"].iloc[0]),
        ),
        question=words.say(
            "Within stores, is a higher {score} followed by more growth?", score=named(result.scale)
        ),
        answer=words.say("Cannot tell: growth goes with the score after it as well")
        if fails is not None
        else _followed(words, row, where, lag=result.lag),
        reason=reason,
        numbers=table(
            words,
            rows,
            _SLOPE,
            (
                words.say("How stores are compared"),
                words.say("Store-periods"),
                words.say("% of growth for a point"),
            ),
            level,
        ),
        steps=[
            words.say(
                "Look for what moves score and sales of a store together; count on no growth."
            )
            if fails is not None
            else _next(words, row, where)
        ],
        grade=Evidence.CROSS_SECTION if fails is not None or not result.lag else Evidence.WITHIN,
        name="growth",
        picture=growth_drawing(result, look),
        alt=words.say("Trade before and after a point of the score, naive and corrected."),
    )


def growth_drawing(result: GrowthResult, look: Look) -> Picture:
    """Draw trade before and after a point of the score; the slopes where that is not known."""
    words = look.language
    if len(result.lead_lag):
        return lead_lag(result.lead_lag, words.say(AFTER[result.period]), look)
    return drawn(
        _slopes(result, words), _SLOPE, look, words.say("% of growth for one point of the score")
    )


def _slopes(result: GrowthResult, words: Language) -> list[Row]:
    """Return the slopes; the memo's own is the one that the result itself relies on, mended."""
    frame = result.frame[result.frame["term"] == "score"]
    asked = set(frame.loc[frame["errors"] == result.errors, "estimator"])
    frame = frame[(frame["errors"] == result.errors) | ~frame["estimator"].isin(asked)]
    best = best_row(result.frame, result.errors)
    mended = "corrected" if best is None or best.reading == "naive" else best.reading
    rows = [
        Row(
            words.say(_READINGS[row.estimator, row.reading]),
            row.estimate,
            row.lower,
            row.upper,
            row.n,
            (row.estimator, row.reading) == ("within", mended),
        )
        for row in records(frame)
    ]
    return rows if any(row.strong for row in rows) else _lost(words, rows)


def _lost(words: Language, rows: list[Row]) -> list[Row]:
    label = words.say(_READINGS["within", "corrected"])
    return [Row(label, nan, nan, nan, nan, strong=True), *rows]


def _failing(result: GrowthResult) -> Row | None:
    """Return the slope on the score given after, where it is one: then nothing says what is first.

    Corrected where that is known, as the doubts of the result take it.
    """
    for reading in ("corrected", "naive"):
        found = picked(result.frame, "placebo lead", reading, result.errors)
        if found is not None and isfinite(found.estimate):
            row = Row("", found.estimate, found.lower, found.upper)
            return row if side(row, _SLOPE) is not Standing.UNKNOWN else None
    return None


def _slope_told(
    words: Language, result: GrowthResult, row: Row, where: Standing, level: float
) -> str:
    """Say the slope: what follows a point, or what goes with it in the same period."""
    if result.lag or not known(row) or where is Standing.UNKNOWN:
        return slope_said(words, row, where, level)
    return words.say(
        "Within stores, one point more goes with {estimate}% of growth in the same period "
        "({level} interval {interval}).",
        estimate=number(words, row.estimate, _SLOPE),
        level=words.percent(level),
        interval=span(words, row, _SLOPE),
    )


def _followed(words: Language, row: Row, where: Standing, *, lag: int) -> str:
    if not known(row):
        return words.say("Cannot tell: the slope is not identified")
    if not lag and where is not Standing.UNKNOWN:
        return words.say("They go together in the same period; which comes first is not told")
    return {
        Standing.ABOVE: words.say("A higher score is followed by more growth"),
        Standing.BELOW: words.say("A higher score is followed by less growth"),
        Standing.UNKNOWN: cannot_tell(words),
    }[where]


def _next(words: Language, row: Row, where: Standing) -> str:
    if not known(row):
        return words.say(
            "Ask npsstats reliability how many answers a slope takes; act on no number until then."
        )
    if where is Standing.UNKNOWN:
        return words.say("Gather more answers or longer periods before counting on growth.")
    return words.say(
        "Read what a point is worth, then try in stores drawn by lot whether it can be had."
    )


def _of_joint(result: Any, words: Language) -> list[Row]:
    row = records(result.frame)[0]
    told = result.contraction >= 0.5
    label = words.say("One point of the true score")
    if not told:
        return [Row(label, nan, nan, nan, row.n, strong=True)]
    return [Row(label, row.estimate, row.lower, row.upper, row.n, strong=True)]


def _joint_subtitle(result: Any, words: Language) -> str:
    return words.say(
        "{n} store-periods, in one model of scores and growth",
        n=words.whole(result.frame["n"].iloc[0]),
    )


JOINT = Forest(
    Kind(
        name="growth-in-one-model",
        heading=mark("Growth and the true score, in one model"),
        question=mark("Is a higher true score followed by more growth?"),
        row_head=mark("Quantity"),
        n_head=mark("Store-periods"),
        column=mark("% of growth for a point"),
        axis=mark("% of growth for one point of the true score"),
        above=mark("A higher score is followed by more growth"),
        below=mark("A higher score is followed by less growth"),
        told=mark("Set it beside the correction by moments; tell the growth only if both agree."),
        open=mark("Gather more answers or longer periods before counting on growth."),
        lost=mark(
            "The data add next to nothing to the prior: gather more answers, or pool stores."
        ),
        scale=_SLOPE,
        grade=Evidence.WITHIN,
    ),
    _of_joint,
    _joint_subtitle,
)
