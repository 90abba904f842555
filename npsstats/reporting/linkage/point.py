"""Sentences on what a point of NPS is worth: two readings, or that it is not known and why."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark, shown
from npsstats.reporting.linkage.names import PERIODS, money, unit
from npsstats.reporting.linkage.wording import main_row, span, two

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["point", "slope", "unknown"]

KEPT = "one point more, kept for a year"
_POINT = {
    "within-store lagged": mark(
        "One point of NPS more, kept for a year, is followed by {low} ({lows}) to {high} ({highs}) "
        "of {unit}, with {level} intervals: the first if a point moves the level of trade, the "
        "second if it moves its growth."
    ),
    "other": mark(
        "One point of NPS more, kept for a year, goes with {low} ({lows}) to {high} ({highs}) of "
        "{unit}, with {level} intervals: the first if a point moves the level of trade, the second "
        "if it moves its growth."
    ),
}
_SLOPE = {
    "week": mark(
        "Within stores, one point of NPS more is followed by {estimate}% of growth a week ({level} "
        "interval: {interval}), corrected for the noise of the scores."
    ),
    "month": mark(
        "Within stores, one point of NPS more is followed by {estimate}% of growth a month "
        "({level} interval: {interval}), corrected for the noise of the scores."
    ),
    "quarter": mark(
        "Within stores, one point of NPS more is followed by {estimate}% of growth a quarter "
        "({level} interval: {interval}), corrected for the noise of the scores."
    ),
    "year": mark(
        "Within stores, one point of NPS more is followed by {estimate}% of growth a year ({level} "
        "interval: {interval}), corrected for the noise of the scores."
    ),
}


def point(words: Language, facts: LinkageFacts) -> str | None:
    """Say what a point of NPS is worth in both readings, or that it is not known and why."""
    grown = main_row(facts, KEPT, "if it moves growth")
    level = main_row(facts, KEPT, "if it moves the level")
    if grown is None or level is None:
        return None
    if not grown.identified:
        return unknown(words, facts)
    said = words.say(
        _POINT.get(grown.grade, _POINT["other"]),
        low=money(words, level.estimate, level.unit),
        lows=span(words, level),
        high=money(words, grown.estimate, grown.unit),
        highs=span(words, grown),
        unit=unit(words, grown.unit),
        level=words.percent(grown.level),
    )
    if any(shown(row.lower, 2) <= 0 <= shown(row.upper, 2) for row in (level, grown)):
        said += " " + words.say("That it is worth nothing, or less, is not excluded.")
    return said


def slope(words: Language, facts: LinkageFacts) -> str | None:
    """Say what follows a point in growth, where no money is put on it."""
    row = facts.slope
    if row is None:
        return None
    if not all(isfinite(row[name]) for name in ("estimate", "lower", "upper")):
        return unknown(words, facts)
    said = words.say(
        _SLOPE[facts.period],
        estimate=words.number(row["estimate"], 2, signed=True),
        interval=two(words, row["lower"], row["upper"]),
        level=words.percent(facts.level),
    )
    if shown(row["lower"], 2) <= 0 <= shown(row["upper"], 2):
        said += " " + words.say("That nothing follows is not excluded.")
    return said


def unknown(words: Language, facts: LinkageFacts) -> str:
    """Say that a point's worth is not known, and how noisy the scores are."""
    said = words.say("What a point of NPS is worth here cannot be told from these data.")
    row = facts.slope
    if row is None or not isfinite(row.get("reliability", float("nan"))):
        return said
    if row["reliability"] <= 0:
        return f"{said} " + words.say(
            "With {answers} answers a store and {period}, no movement of a store's NPS stands out "
            "from the noise of who happened to answer.",
            answers=words.whole(row["answers"]),
            period=words.say(PERIODS[facts.period]),
        )
    return f"{said} " + words.say(
        "With {answers} answers a store and {period}, {share} of the movement of a store's NPS is "
        "signal; the rest is the noise of who happened to answer.",
        answers=words.whole(row["answers"]),
        period=words.say(PERIODS[facts.period]),
        share=words.percent(row["reliability"]),
    )
