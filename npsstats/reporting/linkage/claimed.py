"""Numbers of the trade's claims in their unit: what is claimed, and what is true here."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from npsstats.reporting.linkage.names import reading

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.language import Language

__all__ = ["claimed", "found", "found_span", "read_as"]

_PERCENT = ("share", "share above no effect at all")


def claimed(words: Language, row: Any) -> str:
    """Return what would have to be true, of a row's `low`, `high` and `unit`."""
    if row.high == inf:
        if row.low == 0:
            return words.say("above 0")
        return words.say("over {number}", number=_bound(words, row.low, row.unit))
    text = words.say(
        "{lower} to {upper}",
        lower=_bound(words, row.low, row.unit),
        upper=_bound(words, row.high, row.unit),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def found(words: Language, value: float, unit: str) -> str:
    """Return a number in the unit of its claim; of nats, `read_as` says that they are."""
    if unit in _PERCENT:
        return words.percent(value)
    if unit.startswith("% more"):
        return words.say("{number}%", number=words.number(value, 0))
    if unit.startswith("%"):
        return words.say("{number}%", number=words.number(value, 2))
    if unit.startswith("nats"):
        return words.number(value, 1, signed=True)
    return words.say("×{number}", number=words.number(value, 2))


def found_span(words: Language, lower: float, upper: float, unit: str) -> str:
    """Return an interval in the unit of its claim."""
    text = words.say(
        "{lower} to {upper}", lower=found(words, lower, unit), upper=found(words, upper, unit)
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def read_as(words: Language, row: Any) -> str:
    """Return how a claim was read here, with the unit that its number does not show."""
    text = reading(words, row.reading)
    if text and row.unit.startswith("nats"):
        return words.say("{reading}, in nats for 1,000 answers", reading=text)
    return text


def _bound(words: Language, value: float, unit: str) -> str:
    """Write a bound of a claim: as round as it was claimed."""
    if unit.endswith("ratio"):
        return words.say("×{number}", number=words.number(value, 1 if value % 1 else 0))
    return found(words, value, unit)
