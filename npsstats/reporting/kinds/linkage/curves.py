"""Who is still there: survival curves."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.linkage_figures import survival
from npsstats.reporting.kinds.linkage.departures import called, category
from npsstats.reporting.kinds.linkage.forest import few_said
from npsstats.reporting.kinds.linkage.rows import Row, Scale, drawn, known, number, span
from npsstats.reporting.kinds.linkage.sayable import renamed
from npsstats.reporting.kinds.making import (
    FEWEST,
    MOST_ROWS,
    brief_of,
    cannot_tell,
    interval_head,
)
from npsstats.reporting.language import shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle

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
    ends, few = _ends(result, words)
    low, high = min(ends, key=_estimate), max(ends, key=_estimate)
    others = [shown(row.lower) for row in ends if row is not low]
    apart = bool(others) and shown(low.upper) < shown(high.lower)
    fewest = apart and shown(low.upper) < min(others)
    level = float(result.frame["level"].iloc[0])
    if not known(low):
        answer = cannot_tell(words)
    elif len(ends) == 1:
        answer = words.say(
            "{share}% are still there at the end", share=number(words, low.estimate, _SHARE)
        )
    elif fewest:
        answer = words.say("Fewest are still there: {name}", name=shorten_middle(low.label, 40))
    elif apart:
        answer = words.say(
            "Fewer are still there: {low}, against: {high}",
            low=shorten_middle(low.label, 24),
            high=shorten_middle(high.label, 24),
        )
    else:
        answer = cannot_tell(words)
    reason = " ".join(_one(words, row, level) for row in ([low] if low is high else [low, high]))
    if not known(low):
        reason = words.say("Every group is too small to be told without telling who is in it.")
    if len(ends) > 1 and not apart:
        reason += " " + words.say("Their intervals overlap: they are not surely apart.")
    return brief_of(
        renamed(result, lambda name: called(name, words)),
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
            words.say("Draw the curve by last score, to see which customers leave soonest.")
            if len(ends) == 1
            else words.say(
                "Look at what is different for those who leave soonest, before the offer."
            )
            if apart
            else words.say("Follow customers for longer before treating the groups differently.")
        ],
        grade=Evidence.CROSS_SECTION if len(ends) > 1 else Evidence.DESCRIPTION,
        name="survival",
        picture=drawing(result, look),
        alt=words.say("The share of customers still there, by period."),
        doubts=few_said(words, few),
    )


def drawing(result: SurvivalCurves, look: Look) -> Picture:
    """Draw the curves."""
    words = look.language
    frame, _ = _told(result)
    if not len(frame):
        return drawn(_ends(result, words)[0], _SHARE, look, words.say("Still there, %"))
    return survival(frame.rename(columns={"curve": "category"}), look, axis=words.say("Periods"))


def _told(result: SurvivalCurves) -> tuple[Any, int]:
    """Return the curves of groups that may be shown, and how many may not."""
    frame = result.frame if "curve" in result.frame else result.frame.assign(curve="all")
    most = frame.groupby("curve")["at_risk"].transform("max")
    few = int(frame.loc[most < FEWEST, "curve"].nunique())
    return frame[most >= FEWEST], few


def _ends(result: SurvivalCurves, words: Language) -> tuple[list[Row], int]:
    frame, few = _told(result)
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
    ] or [Row(words.say("No group of five or more"), nan, nan, nan)], few


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
