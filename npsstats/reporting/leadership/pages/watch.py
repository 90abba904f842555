"""Integrity: stores whose answers are worth looking into, as a reason to ask and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.language import mark
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.render import Page
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.beside_facts import Watch
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["lede", "page"]

_ROWS, _LONGEST = 8, 40
_SIGNS = {
    "tens_given_closed": mark("more tens than the other questions explain"),
    "tens_given_nines": mark("more tens among nines and tens than usual"),
    "bursts": mark("answers that crowd within days"),
    "repeated_customers": mark("customers who answer twice on one day"),
    "repeated_texts": mark("texts that repeat word for word"),
    "repeated_rows": mark("answers rejected as duplicates"),
    "response_rate": mark("more answers than the invitations explain"),
}


def page(facts: Facts, look: Look) -> Page | None:
    """Return the section, or None when no sign could be read."""
    watch, words = facts.watch, look.language
    if watch is None:
        return None
    rows = watch.listed if facts.detail else watch.listed.head(_ROWS)
    said = [
        words.say(
            "Looked for: {signs}.",
            signs=words.series(words.say(_SIGNS[name]) for name in watch.examined),
        )
    ]
    if watch.not_examined:
        said.append(
            words.say(
                "Not looked for, as what it takes is not there: {signs}.",
                signs=words.series(words.say(_SIGNS[name]) for name in watch.not_examined),
            )
        )
    if len(watch.listed) > len(rows):
        said.append(words.say("The {n} oddest are shown.", n=words.whole(len(rows))))
    tables = []
    if len(rows):
        tables.append(
            {
                "title": "",
                "head": [
                    words.say("Store"),
                    words.say("Oddest sign"),
                    words.say("Seen"),
                    words.say("Usual"),
                    words.say("Among"),
                    words.say("Answers"),
                ],
                "rows": [_row(words, row) for row in records(rows)],
                "numeric": [2, 3, 4, 5],
                "note": "",
            }
        )
    return Page(
        template="linkage",
        title=words.say("Integrity of the answers"),
        content={
            "lede": lede(words, watch),
            "sentences": said,
            "tables": tables,
            "points": [],
            "note": words.say(
                "It is a reason to ask, not a proof: a mailing, an opening or a team that "
                "customers like makes the same signs. What is usual is what most stores of this "
                "network do."
            ),
        },
    )


def lede(words: Language, watch: Watch) -> str:
    """Say how many stores are worth looking into, and how many of them are by chance."""
    listed = len(watch.listed)
    if not listed:
        return words.say_many(
            "The one store shows no more oddities than chance gives.",
            "None of {n} stores shows more oddities than honest stores show by chance. This does "
            "not prove that none is gamed.",
            watch.stores,
        )
    return words.say_many(
        "{listed} of {n} stores is worth looking into. Of such lists, about {rate} or fewer are "
        "honest stores if those differ in the usual way.",
        "{listed} of {n} stores are worth looking into. Of such lists, about {rate} or fewer are "
        "honest stores if those differ in the usual way.",
        listed,
        listed=words.whole(listed),
        n=words.whole(watch.stores),
        rate=words.percent(watch.false_alarms),
    )


def _row(words: Language, row: Any) -> list[str]:
    sign = words.say(_SIGNS[row.sign])
    if row.also:
        sign += " " + words.say_many("(and {n} other)", "(and {n} others)", len(row.also))
    return [
        shorten_middle(str(row.store), _LONGEST),
        sign,
        words.say("under {small}", small=SMALL)
        if 0 < row.observed < SMALL
        else words.whole(row.observed),
        words.number(row.expected, 0 if row.expected >= 10 else 1),
        words.whole(row.of),
        words.whole(row.n),
    ]
