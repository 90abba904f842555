"""Customers at risk, as counts and money: never a name, never a group of few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.reporting.language import mark
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.names import money
from npsstats.reporting.render import Page

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.beside_facts import AtRisk
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["lede", "page"]

_BOUGHT = {
    "1 purchase": mark("1 purchase"),
    "2-3": mark("2 or 3 purchases"),
    "4-9": mark("4 to 9 purchases"),
    "10 or more": mark("10 purchases or more"),
}
_LAST = {
    "detractor": mark("Detractors"),
    "passive": mark("Passives"),
    "promoter": mark("Promoters"),
    "never answered": mark("Never answered"),
}


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nobody's leaving could be followed."""
    risk, words = facts.risk, look.language
    if risk is None:
        return None
    kinds = [name for name in _LAST if (risk.cells["last"] == name).any()]
    hidden = bool(risk.cells["n"].isna().any())
    note = words.say(
        "Customers who have not surely left, and in brackets the purchases of a year that are "
        "expected to be gone by the end of the next month, in the currency of the purchases."
    )
    if hidden:
        note += " " + words.say(
            "A dash hides fewer than {small} customers, or what would betray them.", small=SMALL
        )
    return Page(
        template="linkage",
        title=words.say("Customers at risk"),
        content={
            "lede": lede(words, risk),
            "sentences": [_alerts(words, risk)],
            "tables": [
                {
                    "title": "",
                    "head": [
                        words.say("Bought so far"),
                        *(words.say(_LAST[kind]) for kind in kinds),
                    ],
                    "rows": _rows(words, risk.cells, kinds),
                    "numeric": list(range(1, len(kinds) + 1)),
                    "note": "",
                }
            ],
            "points": [],
            "note": note,
        },
    )


def lede(words: Language, risk: AtRisk) -> str:
    """Say how much is expected to be lost, and how much of it already is."""
    return words.say_many(
        "{n} customer has not surely left; {loss} of the {money} bought in a year is expected to "
        "be gone by the end of the next month, {gone} of that already, to judge by a silence that "
        "is too long.",
        "{n} customers have not surely left; {loss} of the {money} bought in a year are expected "
        "to be gone by the end of the next month, {gone} of that already, to judge by silences "
        "that are too long.",
        risk.customers,
        loss=money(words, risk.loss, "", signed=False),
        money=money(words, risk.money, "", signed=False),
        gone=money(words, risk.gone, "", signed=False),
    )


def _alerts(words: Language, risk: AtRisk) -> str:
    if risk.alerts is None:
        return words.say(
            "Fewer than {small} regulars (four purchases or more) have scored 6 or less in the "
            "last 90 days.",
            small=SMALL,
        )
    if not risk.alerts:
        return words.say(
            "No regular (four purchases or more) has scored 6 or less in the last 90 days."
        )
    return words.say(
        "To call first: {n} regulars (four purchases or more) who scored 6 or less in the last 90 "
        "days. They buy for {money} a year, of which {loss} are expected to go. The list itself "
        "is for those who call, not for this report.",
        n=words.whole(risk.alerts),
        money=money(words, risk.alerts_money, "", signed=False),
        loss=money(words, risk.alerts_loss, "", signed=False),
    )


def _rows(words: Language, cells: pd.DataFrame, kinds: list[str]) -> list[list[str]]:
    told = {(str(row.purchases), str(row.last)): row for row in records(cells)}
    return [
        [words.say(name), *(_cell(words, told.get((bought, kind))) for kind in kinds)]
        for bought, name in _BOUGHT.items()
        if any(known == bought for known, _ in told)
    ]


def _cell(words: Language, row: Any) -> str:
    """Write customers with what is lost with them; a dash for what is not told."""
    if row is None:
        return words.whole(0)
    if pd.isna(row.n):
        return "–"
    # a hazard of nothing is that of those whom nobody was seen to leave: it is small, not none
    loss = "< 1" if row.loss < 1 else money(words, row.loss, "", signed=False)
    text = f"{words.whole(row.n)} ({loss})"
    return text.replace(" ", "\N{NO-BREAK SPACE}")
