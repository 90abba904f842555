"""The linkage's names for quantities, units, grades and verdicts, marked for translation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = [
    "CATEGORIES",
    "GRADES",
    "PERIODS",
    "QUESTIONS",
    "SIDES",
    "VERDICTS",
    "basis",
    "money",
    "quantity",
    "question",
    "reading",
    "unit",
]

GRADES = {
    "randomized": mark("experiment"),
    "within-store lagged": mark("within stores"),
    "cross-section": mark("association"),
    "assumed": mark("assumption"),
}

PERIODS = {
    "week": mark("week"),
    "month": mark("month"),
    "quarter": mark("quarter"),
    "year": mark("year"),
}

VERDICTS = {
    "holds here": mark("holds here"),
    "does not hold here": mark("does not hold here"),
    "cannot tell": mark("cannot be told"),
    "another quantity": mark("another quantity"),
    "not measured": mark("not measured"),
}

SIDES = {"more": mark("more than claimed"), "less": mark("less than claimed")}

_QUANTITIES = {
    "one point more, kept for a year": mark("One point of NPS more, kept for a year"),
    "one point more, for one week": mark("One point of NPS more, for one week"),
    "one point more, for one month": mark("One point of NPS more, for one month"),
    "one point more, for one quarter": mark("One point of NPS more, for one quarter"),
    "one point more, for one year": mark("One point of NPS more, for one year"),
    "a recovered detractor": mark("A detractor turned passive"),
    "a passive turned promoter": mark("A passive turned promoter"),
    "a detractor turned promoter": mark("A detractor turned promoter"),
    "promoter over detractor": mark("Value of a promoter, in detractors"),
    "a churner fewer": mark("A departure fewer"),
    "a detractor called back": mark("A detractor called back, net of the call"),
    "the call-back programme": mark("The call-back programme, net"),
    "return on the call-back programme": mark("Brought in by one unit spent on calls"),
}
_OVER = {
    "promoter over detractor": mark("Value of a promoter, in detractors, over {years} years"),
    "a churner fewer": mark("A departure fewer, over {years} years"),
    "a detractor": mark("A detractor, over {years} years"),
    "a passive": mark("A passive, over {years} years"),
    "a promoter": mark("A promoter, over {years} years"),
}
_BASES = {
    "if it moves growth": mark("if it moves growth"),
    "if it moves the level": mark("if it moves the level"),
    "equal recorded prior spend and store": mark("at equal recorded prior spend"),
    "as they are": mark("as they are"),
    "experiment": mark("by the experiment"),
}
_UNITS = {
    "revenue a year": mark("revenue a year"),
    "contribution a year": mark("contribution a year"),
    "revenue": mark("revenue"),
    "contribution": mark("contribution"),
    "ratio": mark("times"),
}
_READINGS = {
    "between stores, by week": mark("between stores, by week"),
    "between stores, by month": mark("between stores, by month"),
    "between stores, by quarter": mark("between stores, by quarter"),
    "between stores, by year": mark("between stores, by year"),
    "within stores, by week": mark("within stores, by week"),
    "within stores, by month": mark("within stores, by month"),
    "within stores, by quarter": mark("within stores, by quarter"),
    "within stores, by year": mark("within stores, by year"),
    "true leaders": mark("true leaders"),
    "against satisfaction": mark("against satisfaction"),
    "against the score": mark("against the score"),
    "against NPS": mark("against NPS"),
    "against csat, the best of the others": mark("against satisfaction (CSAT), the best other"),
    "against ces, the best of the others": mark("against ease (CES), the best other"),
    "fall against none": mark("after a fall, against none"),
    "at equal last score": mark("after a fall, at equal last score"),
    "over a customer's life": mark("over a customer's life"),
    "against the control arm": mark("against the control arm"),
    "against no effect, by a retest correlation": mark("against chance alone"),
}
CATEGORIES = {
    "super-detractor": mark("Super-detractors"),
    "detractor": mark("Detractors"),
    "passive": mark("Passives"),
    "promoter": mark("Promoters"),
    "never answered": mark("Never answered"),
}

QUESTIONS = {
    "csat": mark("satisfaction (CSAT)"),
    "ces": mark("ease (CES)"),
    "welcome": mark("welcome"),
    "products": mark("products"),
    "checkout": mark("checkout"),
    "score": mark("the score"),
}
"""Questions that every retailer has; others are called as their column is."""

_YEARS = re.compile(r"^(.*), over (\d+) years$")


def quantity(words: Language, name: str) -> str:
    """Name a row of the value in the reader's language."""
    if (found := _YEARS.match(name)) is not None:
        return words.say(_OVER[found[1]], years=found[2])
    return words.say(_QUANTITIES[name])


def basis(words: Language, name: str) -> str:
    """Say on what footing customers or stores are compared."""
    return words.say(_BASES[name])


def unit(words: Language, name: str) -> str:
    """Name a unit of money."""
    return words.say(_UNITS[name])


def reading(words: Language, name: str) -> str:
    """Say how a claim was read here."""
    if name in _READINGS:
        return words.say(_READINGS[name])
    if name.startswith("in a year, "):
        return words.say("in a year, {basis}", basis=basis(words, name.removeprefix("in a year, ")))
    if (found := re.match(r"^over (\d+) years, (.*)$", name)) is not None:
        return words.say(
            "over {years} years, {basis}", years=found[1], basis=basis(words, found[2])
        )
    if (found := re.match(r"^against (.*), the best of the others$", name)) is not None:
        asked = question(words, found[1])
        return words.say("against {question}, the best of the others", question=asked)
    return name


def question(words: Language, name: str) -> str:
    """Name a question of the survey."""
    return words.say(QUESTIONS[name]) if name in QUESTIONS else name


def money(words: Language, value: float, name: str, *, signed: bool = True) -> str:
    """Write a sum to three digits or so; a ratio to two decimals."""
    if name == "ratio":
        return words.number(value, 2)
    size = abs(value)
    if size >= 10_000:
        digits = len(f"{size:.0f}") - 3
        return words.number(round(value / 10**digits) * 10.0**digits, 0, signed=signed)
    return words.number(value, 0 if size >= 100 else 2, signed=signed)
