"""A sentence that an analysis says: English text that can be said again in another language.

Analyses know no language but English. What they say of their own numbers is kept with its
pattern and its values, so that a report says the very same in the reader's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PeriodLabel", "Said", "said", "said_many"]


class PeriodLabel(str):
    """Label of a period as a value of a sentence: every language writes “2025-03” in its way."""

    __slots__ = ()


class Said(str):
    """The English sentence itself, with what it was made from.

    Attributes
    ----------
    patterns
        The sentence with its values left open: one pattern, or that of one thing and of many.
    values
        By their names in the pattern: numbers, texts, sentences, or several of them.
    number
        Of things, where there are two patterns.
    """

    __slots__ = ("number", "patterns", "values")

    patterns: tuple[str, ...]
    values: Mapping[str, Any]
    number: float

    def __new__(
        cls,
        text: str,
        patterns: tuple[str, ...] = (),
        values: Mapping[str, Any] | None = None,
        number: float = 1,
    ) -> Self:
        """Return a sentence; `said` and `said_many` make it from its pattern."""
        self = super().__new__(cls, text)
        self.patterns, self.values, self.number = patterns or (text,), dict(values or {}), number
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.patterns, self.values, self.number


def said(pattern: str, /, **values: object) -> Said:
    """Return a sentence made from a pattern.

    Parameters
    ----------
    pattern
        English, with fields as `str.format` takes them. Their formats say how a number is
        written in every language: ``{n:,}``, ``{gap:+.1f}``, ``{share:.0%}``.
    values
        What the fields hold. Several texts are joined by commas. A day (`datetime.date`) and a
        period (`PeriodLabel`) are written as the reader's language writes them.

    Examples
    --------
    >>> said("{n:,} answers in {cells}.", n=1200, cells=["A", "B"])
    '1,200 answers in A, B.'
    """
    return Said(pattern.format(**_plain(values)), (pattern,), values)


def said_many(one: str, many: str, count: float, /, **values: object) -> Said:
    """Return a sentence of `count` things, which is ``{n}`` in it.

    Examples
    --------
    >>> said_many("One store is new.", "{n:,} stores are new.", 3)
    '3 stores are new.'
    """
    values = {"n": count, **values}
    pattern = one if count == 1 else many
    return Said(pattern.format(**_plain(values)), (one, many), values, count)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in values.items()
    }
