"""Customers at risk: how many and how much money, never who."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.linkage_marks import bars
from npsstats.reporting.kinds.linkage.departures import called, category
from npsstats.reporting.kinds.linkage.sayable import renamed
from npsstats.reporting.kinds.making import FEWEST, MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.names import money
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.linkage.churn.at_risk import AccountsAtRisk
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_TIERS = {
    "1 purchase": mark("1 purchase"),
    "2-3": mark("2 to 3 purchases"),
    "4-9": mark("4 to 9 purchases"),
    "10 or more": mark("10 purchases or more"),
}
_SUM = "contribution"  # a sum of money: printed with a sign only where it is asked


def brief(result: AccountsAtRisk, look: Look) -> Brief:
    """Return the memo on customers at risk, in groups of five or more."""
    words = look.language
    groups = records(result.counts(FEWEST))
    known = [row for row in groups if row.loss == row.loss]
    whole = len(result.frame)
    answer, reason, step = _said(words, known, whole)
    hidden = len(groups) - len(known)
    return brief_of(
        renamed(result, lambda name: called(name, words)),
        look,
        heading=words.say("Customers at risk, in groups"),
        subtitle=words.say_many("{n} customer", "{n} customers", whole)
        if whole >= FEWEST
        else words.say("Fewer than {least} customers", least=FEWEST),
        question=words.say("Where is most of the money that is expected to leave next period?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Group"),
                words.say("Customers"),
                words.say("Money of a year"),
                words.say("Expected to leave"),
            ],
            [_cells(words, row) for row in groups[:MOST_ROWS]],
        ),
        steps=[step],
        grade=Evidence.CROSS_SECTION,
        name="at-risk",
        picture=drawing(result, look),
        alt=words.say("The money that is expected to leave, by group of customers."),
        doubts=[
            words.say_many(
                "{n} group is not told, so that no fewer than {least} customers can be made out.",
                "{n} groups are not told, so that no fewer than {least} customers can be made out.",
                hidden,
                least=FEWEST,
            )
        ]
        if hidden
        else [],
    )


def drawing(result: AccountsAtRisk, look: Look) -> Picture:
    """Draw the money that is expected to leave, a bar a group that is told."""
    words = look.language
    rows = [
        (_label(words, row), float(row.loss) if row.loss == row.loss else nan, _loss(words, row))
        for row in records(result.counts(FEWEST))
    ]
    return bars(rows, look, axis=words.say("Money of a year that is expected to leave"))


def _label(words: Language, row: Any) -> str:
    return f"{category(words, _name(row.last))} – {words.say(_TIERS[str(row.purchases)])}"


def _name(last: Any) -> str:
    return str(last)


def _loss(words: Language, row: Any) -> str:
    if row.loss != row.loss:
        return words.say("fewer than {least}", least=FEWEST)
    return money(words, float(row.loss), _SUM, signed=False)


def _cells(words: Language, row: Any) -> list[str]:
    if row.loss != row.loss:
        return [_label(words, row), words.say("not told"), *["–"] * 2]
    return [
        _label(words, row),
        words.whole(int(row.n)),
        money(words, float(row.money), _SUM, signed=False),
        money(words, float(row.loss), _SUM, signed=False),
    ]


def _said(words: Language, known: list[Any], whole: int) -> tuple[str, str, str]:
    """Return the answer, what it rests on, and what to do."""
    if not known or whole < FEWEST:
        return (
            cannot_tell(words),
            words.say("Every group is too small to be told without telling who is in it."),
            words.say("Take a longer list of customers, or larger groups."),
        )
    first = max(known, key=lambda row: row.loss)
    return (
        words.say("Most is at stake here: {group}", group=_label(words, first)),
        words.say(
            "{group}: {n} customers who spend {money} a year, of which {loss} is expected to leave "
            "in the next period.",
            group=_label(words, first),
            n=words.whole(int(first.n)),
            money=money(words, float(first.money), _SUM, signed=False),
            loss=money(words, float(first.loss), _SUM, signed=False),
        ),
        words.say("Call some of that group, drawn by lot, and compare who stays."),
    )
