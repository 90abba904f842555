"""Who is still there: survival curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.linkage_figures import survival
from npsstats.reporting.kinds.linkage.departures import category
from npsstats.reporting.kinds.linkage.rows import Row, Scale, number, span
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.linkage.churn.survival import SurvivalCurves
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_SHARE = Scale(null=None, decimals=1, signed=False)


def brief(result: SurvivalCurves, look: Look) -> Brief:
    """Return the memo on who is still there at the end of the curves."""
    words = look.language
    ends = _ends(result, words)
    low, high = min(ends, key=_estimate), max(ends, key=_estimate)
    apart = len(ends) > 1 and shown(low.upper) < shown(high.lower)
    level = float(result.frame["level"].iloc[0])
    if len(ends) == 1:
        answer = words.say(
            "{share}% are still there at the end", share=number(words, low.estimate, _SHARE)
        )
    elif apart:
        answer = words.say("Fewest are still there: {name}", name=low.label[:40])
    else:
        answer = cannot_tell(words)
    reason = " ".join(_one(words, row, level) for row in ([low] if low is high else [low, high]))
    if len(ends) > 1 and not apart:
        reason += " " + words.say("Their intervals overlap: they are not surely apart.")
    return brief_of(
        result,
        look,
        heading=words.say("Who is still there"),
        subtitle=words.say(
            "After {time} periods, curves by {name}",
            time=words.whole(result.frame["time"].max()),
            name=_by(words, result.by),
        )
        if result.by
        else words.say("After {time} periods", time=words.whole(result.frame["time"].max())),
        question=words.say("How many customers are still there, and which leave soonest?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Group"),
                words.say("At risk at the end"),
                words.say("Still there, %"),
                interval_head(words, level),
            ],
            [
                [
                    row.label,
                    words.whole(row.n),
                    number(words, row.estimate, _SHARE),
                    span(words, row, _SHARE),
                ]
                for row in ends[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Look at what is different for those who leave soonest, before the offer.")
            if apart
            else words.say("Follow customers for longer before treating the groups differently.")
        ],
        grade=Evidence.CROSS_SECTION if len(ends) > 1 else Evidence.DESCRIPTION,
        name="survival",
        picture=drawing(result, look),
        alt=words.say("The share of customers still there, by period."),
    )


def drawing(result: SurvivalCurves, look: Look) -> Picture:
    """Draw the curves."""
    frame = result.frame.rename(columns={"curve": "category"})
    if "category" not in frame:
        frame = frame.assign(category="all")
    return survival(frame, look, axis=look.language.say("Periods"))


def _ends(result: SurvivalCurves, words: Language) -> list[Row]:
    frame = result.frame
    if "curve" not in frame:
        frame = frame.assign(curve="all")
    last = frame.sort_values("time").groupby("curve", sort=False).tail(1)
    return [
        Row(
            _name(words, str(row.curve)),
            100 * row.estimate,
            100 * row.lower,
            100 * row.upper,
            row.at_risk,
        )
        for row in records(last)
    ]


def _name(words: Language, name: str) -> str:
    return words.say("All customers") if name == "all" else category(words, name)


def _by(words: Language, name: str) -> str:
    return words.say("last score") if name == "category" else name


def _estimate(row: Row) -> Any:
    return row.estimate


def _one(words: Language, row: Row, level: float) -> str:
    return words.say(
        "{label}: {estimate}% still there ({level} interval {interval}).",
        label=row.label,
        estimate=number(words, row.estimate, _SHARE),
        level=words.percent(level),
        interval=span(words, row, _SHARE),
    )
