"""Sentences on what NPS is worth, by its numbers and by its grade of evidence.

Rules
-----
verb
    An experiment may say “brings”; stores against themselves “is followed by”; anything else
    “goes with”. No other sentence speaks of causes.
not identified
    A number that the data cannot bear is said to be unknown, with how much of the movement of
    scores is signal. It is never nought, and never the naive one.
nothing excluded
    Where the printed interval holds 0 (or 1, of a ratio), that is said with the number.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark, shown
from npsstats.reporting.linkage.names import GRADES, money, unit

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = [
    "callback",
    "caveats",
    "customers",
    "departures",
    "lead_lag",
    "main_row",
    "span",
    "two",
    "verdicts",
]

_CAVEATS = {
    "within-store lagged": mark(
        "Within stores: each store is compared with itself, and NPS comes first. What is fixed in "
        "a store, or common to a period, is out; what moves a store's NPS and its trade together "
        "is not."
    ),
    "cross-section": mark(
        "Association: different stores or customers are compared, and whatever else sets them "
        "apart is in the number."
    ),
    "assumed": mark("Assumption: a number was stated, not measured, and this is arithmetic on it."),
    "randomized": mark("Experiment: chance decided who was treated."),
}


def main_row(facts: LinkageFacts, name: str, basis: str | None = None) -> Any:
    """Return the row of a quantity: of what is earned where that is known; None without one."""
    if facts.worth is None:
        return None
    rows = facts.worth[facts.worth["quantity"] == name]
    rows = rows if basis is None else rows[rows["basis"] == basis]
    earned = rows[rows["unit"].str.startswith("contribution")]
    rows = earned if len(earned) else rows
    return next(rows.itertuples(index=False), None)


def span(words: Language, row: Any) -> str:
    """Write the interval of a row of the value."""
    text = words.say(
        "{lower} to {upper}",
        lower=money(words, row.lower, row.unit),
        upper=money(words, row.upper, row.unit),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def customers(words: Language, facts: LinkageFacts) -> list[str]:
    """Say how far promoters spend more, and how much of that they did before."""
    equal = main_row(facts, "a detractor turned promoter", "equal recorded prior spend and store")
    raw = main_row(facts, "a detractor turned promoter", "as they are")
    if equal is None or raw is None:
        return []
    if not equal.identified or not raw.identified:
        return [
            words.say(
                "What promoters spend more than detractors, at equal recorded prior spend, cannot "
                "be told from these data."
            )
        ]
    said = words.say(
        "In the year after the answer, a promoter stands for {raw} of {unit} more than a "
        "detractor; at equal recorded prior spend and in the same store, for {equal} ({level} "
        "interval: {interval}).",
        raw=money(words, raw.estimate, raw.unit, signed=False),
        equal=money(words, equal.estimate, equal.unit, signed=False),
        unit=unit(words, raw.unit.removesuffix(" a year")),
        level=words.percent(equal.level),
        interval=span(words, equal),
    )
    if shown(equal.lower, 2) <= 0 <= shown(equal.upper, 2):
        said += " " + words.say("That there is no difference is not excluded.")
    out = [said]
    if facts.customers is not None:
        followed, answered = facts.customers
        out.append(
            words.say(
                "This rests on {followed} of the {answered} customers who answered: those whose "
                "purchases are seen for long enough before and after. Those who did not answer are "
                "not in it.",
                followed=words.whole(followed),
                answered=words.whole(answered),
            )
        )
    return out


def departures(words: Language, facts: LinkageFacts) -> str | None:
    """Say what a departure fewer is worth."""
    row = main_row(facts, "a churner fewer")
    if row is None or not row.identified:
        return None
    return words.say(
        "A departure fewer goes with {money} of {unit} ({level} interval: {interval}), taking the "
        "mean of its category for who would have left.",
        money=money(words, row.estimate, row.unit),
        unit=unit(words, row.unit),
        level=words.percent(row.level),
        interval=span(words, row),
    )


def callback(words: Language, facts: LinkageFacts) -> str | None:
    """Say what calling a detractor back brings, by the experiment, or that nobody knows."""
    row = main_row(facts, "a detractor called back")
    if row is None:
        return words.say(
            "What calling detractors back changes is not known here: it takes an experiment, with "
            "some of them called by lot."
        )
    if row.grade != "randomized":
        message = mark(
            "Calling a detractor back is assumed to go with {money} of {unit}, net of the call "
            "({level} interval: {interval}); no experiment has measured it."
        )
    else:
        message = mark(
            "Calling a detractor back brings {money} of {unit}, net of the call ({level} "
            "interval: {interval}), by the experiment."
        )
    said = words.say(
        message,
        money=money(words, row.estimate, row.unit),
        unit=unit(words, row.unit),
        level=words.percent(row.level),
        interval=span(words, row),
    )
    if shown(row.lower, 2) <= 0 <= shown(row.upper, 2):
        said += " " + words.say("That it costs more than it brings is not excluded.")
    return said


def caveats(words: Language, grades: Any) -> list[str]:
    """Say what each grade of evidence that occurs leaves open, the strongest first."""
    return [words.say(_CAVEATS[name]) for name in GRADES if name in set(grades)]


def lead_lag(words: Language, facts: LinkageFacts) -> str:
    """Say what the picture of leads and lags shows, by its last horizon."""
    frame = facts.lead_lag
    if frame is None:
        raise ValueError("there is no lead–lag table")
    rows = frame[(frame["reading"] == "corrected") & (frame["horizon"] > 0)]
    told = rows[rows[["estimate", "lower", "upper"]].map(isfinite).all(axis=1)]
    if not len(told):
        return words.say(
            "At no distance can the trade that follows a point of NPS be told: the naive readings "
            "drawn here are a small part of the true ones, of unknown size."
        )
    row = told.iloc[-1]
    values = {
        "number": int(row["horizon"]),
        "estimate": words.number(row["estimate"], 2, signed=True),
        "interval": two(words, row["lower"], row["upper"]),
        "level": words.percent(facts.level),
    }
    message = {
        "week": mark(
            "After {number} weeks, one point of NPS is followed by {estimate}% of trade ({level} "
            "interval: {interval})."
        ),
        "month": mark(
            "After {number} months, one point of NPS is followed by {estimate}% of trade ({level} "
            "interval: {interval})."
        ),
        "quarter": mark(
            "After {number} quarters, one point of NPS is followed by {estimate}% of trade "
            "({level} interval: {interval})."
        ),
        "year": mark(
            "After {number} years, one point of NPS is followed by {estimate}% of trade ({level} "
            "interval: {interval})."
        ),
    }[facts.period]
    said = words.say(message, **values)
    if shown(row["lower"], 2) <= 0 <= shown(row["upper"], 2):
        said += " " + words.say("That nothing follows is not excluded.")
    return said


def two(words: Language, lower: float, upper: float) -> str:
    """Write two percentages of growth."""
    text = words.say(
        "{lower} to {upper}",
        lower=words.number(lower, 2, signed=True),
        upper=words.number(upper, 2, signed=True),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def verdicts(words: Language, frame: Any) -> str:
    """Count the verdicts on the claims that could be measured, claim by claim."""
    measured = frame[frame["verdict"] != "not measured"]
    claims = frame["claim"].nunique()
    there = measured["claim"].nunique()
    if not there:
        return words.say("None of these claims can be measured with what was given.")
    sets = measured.groupby("claim")["verdict"].agg(set)
    holds = int(sum(found == {"holds here"} for found in sets))
    fails = int(sum(found == {"does not hold here"} for found in sets))
    first = words.say_many(
        "Of {claims} claims that circulate, {n} can be measured here.",
        "Of {claims} claims that circulate, {n} can be measured here.",
        there,
        claims=words.whole(claims),
    )
    parts = [
        words.say_many("{n} holds", "{n} hold", holds) if holds else words.say("not one holds"),
        words.say_many("{n} does not", "{n} do not", fails)
        if fails
        else words.say("none is shown not to hold"),
    ]
    rest = there - holds - fails
    if rest:
        parts.append(
            words.say_many(
                "of {n} it cannot be told or depends on how it is read",
                "of {n} it cannot be told or depends on how it is read",
                rest,
            )
        )
    text = ", ".join(parts)
    return f"{first} {text[0].upper()}{text[1:]}."
