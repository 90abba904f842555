"""Parts of sentences that diagnostics share, sayable in another language."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from npsstats.grades import ASSUMED, CROSS_SECTION, GRADES, RANDOMIZED, WITHIN
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["caveats", "followed", "known", "listed", "outcome_said"]


def listed(parts: Iterable[Said]) -> Said:
    """Join parts by semicolons.

    Examples
    --------
    >>> listed([said("one"), said("two"), said("three")])
    'one; two; three'
    """
    return reduce(lambda before, part: said("{before}; {part}", before=before, part=part), parts)


def followed(first: Said, then: Said) -> Said:
    """Return one sentence after another."""
    return said("{first} {then}", first=first, then=then)


def known(words: dict[str, Said], name: str) -> Said:
    """Return what a name is called, or the name as it is where it is the data's own."""
    return words.get(name) or Said(name)


def outcome_said(name: str, *, first: bool = False) -> Said:
    """Return what grows, as a sentence calls it; `first` where the sentence begins with it."""
    words = (
        {
            "sales": said("Sales"),
            "visits": said("Visits"),
            "customers": said("Customers"),
            "transactions": said("Transactions"),
        }
        if first
        else {
            "sales": said("sales"),
            "visits": said("visits"),
            "customers": said("customers"),
            "transactions": said("transactions"),
        }
    )
    return known(words, name) if name in words else Said(name.capitalize() if first else name)


def caveats(grades: Iterable[str]) -> list[Said]:
    """Return what each grade of evidence leaves open, after its name."""
    names = {
        WITHIN.name: said("within-store lagged"),
        CROSS_SECTION.name: said("cross-section"),
        ASSUMED.name: said("assumed"),
        RANDOMIZED.name: said("randomized"),
    }
    return [
        said("{grade}: {caveat}", grade=names[name], caveat=GRADES[name].caveat)
        for name in dict.fromkeys(grades)
        if name in GRADES and GRADES[name].caveat
    ]
