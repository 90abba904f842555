"""How much of a score's movement is movement, and over which period."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING

from npsstats.reporting.kinds.linkage.rows import Row, Scale, drawn, known, number, span, table
from npsstats.reporting.kinds.making import brief_of
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.names import PERIODS
from npsstats.reporting.memos.brief import Evidence

if TYPE_CHECKING:
    from npsstats.linkage.reliability import ReliabilityResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_SHARE = Scale(null=None, decimals=0, signed=False)


def brief(result: ReliabilityResult, look: Look) -> Brief:
    """Return the memo on how much of a score's movement is real."""
    words, best = look.language, result.recommended
    rows = _shares(result, words)
    parts = [row.period for row in records(result.frame) if row.part == "within"]
    within = [row for row, kept in zip(rows, result.frame["part"] == "within", strict=True) if kept]
    period, first = next(
        (pair for pair in zip(parts, within, strict=True) if pair[0] == best),
        (parts[0], within[0]),
    )
    level = float(result.frame["level"].iloc[0])
    if best is None:
        answer = words.say("Stores' movements cannot be told from noise")
        steps = [_more_answers(result, words)]
    else:
        answer = words.say(
            "A store's movements can be told from noise by {period}",
            period=words.say(PERIODS[best]),
        )
        steps = [
            words.say(
                "Link scores to trade by {period}, with the noise taken off; do not judge a store "
                "on one month.",
                period=words.say(PERIODS[best]),
            )
        ]
    reason = (
        words.say(
            "By {period}, {share}% of a store's movement is real ({level} interval {interval}); "
            "the rest is who happened to answer.",
            period=words.say(PERIODS[period]),
            share=number(words, first.estimate, _SHARE),
            level=words.percent(level),
            interval=span(words, first, _SHARE),
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
            level,
        ),
        steps=steps,
        grade=Evidence.DESCRIPTION,
        name="reliability",
        picture=drawing(result, look),
        alt=words.say("The share that is real, by length of period, with its interval."),
    )


def drawing(result: ReliabilityResult, look: Look) -> Picture:
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
            words.say(parts[row.part], period=words.say(PERIODS[row.period])),
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
        period=words.say(PERIODS[row.period]),
    )
