"""How much of a score's movement is movement, and the growth that follows it."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.linkage.growth_words import best_row, named
from npsstats.reporting.charts.linkage_figures import lead_lag
from npsstats.reporting.kinds.linkage.forest import Forest, Kind
from npsstats.reporting.kinds.linkage.rows import Row, Scale, drawn, known, side, table
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.growing import AFTER, slope_said
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.linkage.growth import GrowthResult
    from npsstats.linkage.reliability import ReliabilityResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "JOINT",
    "growth_brief",
    "growth_drawing",
    "reliability_brief",
    "reliability_drawing",
]

_SHARE = Scale(null=None, decimals=0, signed=False)
_SLOPE = Scale(decimals=2)
_PERIODS = {
    "week": mark("week"),
    "month": mark("month"),
    "quarter": mark("quarter"),
    "year": mark("year"),
}
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


def reliability_brief(result: ReliabilityResult, look: Look) -> Brief:
    """Return the memo on how much of a score's movement is real."""
    words, best = look.language, result.recommended
    rows = _shares(result, words)
    first = rows[0]
    if best is None:
        answer = words.say("Stores' movements cannot be told from noise")
        steps = [_more_answers(result, words)]
    else:
        answer = words.say(
            "A store's movements can be told from noise by {period}",
            period=words.say(_PERIODS[best]),
        )
        steps = [
            words.say(
                "Link scores to trade by {period}, with the noise taken off; do not judge a store "
                "on one month.",
                period=words.say(_PERIODS[best]),
            )
        ]
    reason = (
        words.say(
            "Of what a store's score does from period to period, {share}% is real; the rest is who "
            "happened to answer.",
            share=words.whole(first.estimate),
        )
        if known(first)
        else words.say("The data do not identify it: no number is given.")
    )
    return brief_of(
        result,
        look,
        heading=words.say("Signal and noise in stores' scores"),
        subtitle=words.say(
            "{stores} stores, {answers} answers a store and period in the median",
            stores=words.whole(result.frame["n_stores"].iloc[0]),
            answers=words.whole(result.frame["answers"].iloc[0]),
        ),
        question=words.say("How much of a store's movement is real, and over which period?"),
        answer=answer,
        reason=reason,
        numbers=table(
            words,
            rows,
            _SHARE,
            (
                words.say("Movement"),
                words.say("Store-periods"),
                words.say("Share that is real, %"),
            ),
            float(result.frame["level"].iloc[0]),
        ),
        steps=steps,
        grade=Evidence.DESCRIPTION,
        name="reliability",
        picture=reliability_drawing(result, look),
        alt=words.say("The share that is real, by length of period, with its interval."),
    )


def reliability_drawing(result: ReliabilityResult, look: Look) -> Picture:
    """Draw the shares that are real, by length of period."""
    words = look.language
    axis = words.say("Share of the movement that is real, %")
    return drawn(_shares(result, words), _SHARE, look, axis)


def _shares(result: ReliabilityResult, words: Language) -> list[Row]:
    parts = {
        "within": mark("Of a store, by {period}"),
        "between": mark("Between stores, by {period}"),
    }
    return [
        Row(
            words.say(parts[row.part], period=words.say(_PERIODS[row.period])),
            _percent(row.estimate),
            _percent(row.lower),
            _percent(row.upper),
            row.n,
        )
        for row in records(result.frame)
    ]


def _percent(share: float) -> float:
    """Return a share as a percentage that can be one: estimates can leave 0 to 1 by chance."""
    return nan if share != share else 100 * min(max(share, 0.0), 1.0)  # noqa: PLR0124 NaN


def _more_answers(result: ReliabilityResult, words: Language) -> str:
    rows = result.frame[result.frame["part"] == "within"]
    needed = rows[[isfinite(value) for value in rows["answers_needed"]]]
    if not len(needed):
        return words.say("Pool stores, or ask many more customers, before linking scores to trade.")
    row = records(needed)[-1]
    return words.say(
        "Gather about {n} answers a store and {period}, or pool stores, before linking scores to "
        "trade.",
        n=words.whole(row.answers_needed),
        period=words.say(_PERIODS[row.period]),
    )


def growth_brief(result: GrowthResult, look: Look) -> Brief:
    """Return the memo on the growth that follows a point of the score."""
    words = look.language
    rows = _slopes(result, words)
    row = next(one for one in rows if one.strong)
    where = side(row, _SLOPE)
    level = float(result.frame["level"].iloc[0])
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
        answer=_followed(words, row, where),
        reason=slope_said(words, row, where, level),
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
        steps=[_next(words, row, where)],
        grade=Evidence.WITHIN,
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


def _followed(words: Language, row: Row, where: Standing) -> str:
    if not known(row):
        return words.say("Cannot tell: the slope is not identified")
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
