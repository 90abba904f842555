"""What a result doubts, without what only its printed form can say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from npsstats.results import Result

__all__ = ["sayable"]

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
