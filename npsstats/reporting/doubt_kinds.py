"""Doubts and reasons told by their kind: a short sentence of a page for each, in either language.

Results say what to doubt in sentences of their own; where a page has room for less, it has a table
of kinds: a pattern that tells a sentence, and what the page says of it, most serious first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from npsstats.reporting.language import Language

    type Kinds = Sequence[tuple[str, str]]

__all__ = ["kinds_of", "reason_of"]

_MOST = 3


def kinds_of(words: Language, kinds: Kinds, texts: Iterable[str]) -> list[str]:
    """Return what a page says of the most serious of some sentences, three at most.

    A sentence of no known kind is not said: it is in the printed result.
    """
    given, said = list(texts), []
    for pattern, message in kinds:
        found = next((hit for text in given if (hit := re.search(pattern, text))), None)
        if found is not None:
            said.append(words.say(message, **_numbers(words, found)))
    return list(dict.fromkeys(said))[:_MOST]


def reason_of(words: Language, kinds: Kinds, reason: str, otherwise: str) -> str:
    """Say a reason by its kind, as what follows "because"."""
    for pattern, message in kinds:
        if (found := re.search(pattern, reason)) is not None:
            return words.say(message, **_numbers(words, found))
    return words.say(otherwise)


def _numbers(words: Language, found: re.Match[str]) -> dict[str, str]:
    """Return the numbers of a sentence as the reader writes them."""
    return {
        name: words.number(float(text.replace(",", "")), 1 if "." in text else 0)
        for name, text in found.groupdict().items()
    }
