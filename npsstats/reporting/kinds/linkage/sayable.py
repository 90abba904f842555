"""What a result doubts, in the words of the page: without what only its printed form can say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from npsstats.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.results import Result

__all__ = ["renamed", "sayable"]

_PRINTED = (
    "{claims}: {why}",
    "The value of a point is not identified. {why}",
    "{subject}: not measured. {why}",
)
"""Sentences that hold reasons as the library words them: the memo says the same by its rules."""


def sayable[R: Result](result: R) -> R:
    """Return the result with the doubts that every language of the reports can say."""
    kept = tuple(said for said in result.diagnostics if said.patterns[0] not in _PRINTED)
    return replace(result, diagnostics=kept)


def renamed[R: Result](result: R, named: Callable[[str], str]) -> R:
    """Return the result with doubts that call things as its table does.

    Parameters
    ----------
    result
        Whose doubts hold keys of the data, such as columns.
    named
        A key → what the table calls it; what is no key stays as it is.
    """

    def value_of(value: object) -> object:
        if isinstance(value, list | tuple):
            return [value_of(each) for each in value]
        if isinstance(value, Said):
            return told(value)
        return named(value) if isinstance(value, str) else value

    def told(sentence: Said) -> Said:
        values = {name: value_of(each) for name, each in sentence.values.items()}
        return Said(str(sentence), sentence.patterns, values, sentence.number)

    return replace(result, diagnostics=tuple(map(told, result.diagnostics)))
