"""The counts of words that analyses take in place of the texts.

`TermCounts` is what is kept of them: in how many texts of each category a term stands, and how
often. Counts add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.written import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["TermCounts", "count_terms"]


@dataclass(frozen=True, eq=False)
class TermCounts:
    """In how many texts of each category each term stands, and how often.

    Attributes
    ----------
    terms
        The terms, (terms,).
    documents
        Texts of each category that hold the term, (terms, 3).
    tokens
        Times the term is said in each category, (terms, 3).
    n_documents, n_tokens
        Texts and words of each category, (3,); rare terms, which are not kept, included.
    """

    terms: list[str]
    documents: Ints
    tokens: Ints
    n_documents: Ints
    n_tokens: Ints

    def __len__(self) -> int:
        return len(self.terms)

    def __add__(self, other: object) -> TermCounts:
        if not isinstance(other, TermCounts):
            return NotImplemented
        terms = list(dict.fromkeys([*self.terms, *other.terms]))
        place = {term: number for number, term in enumerate(terms)}
        both = []
        for name in ("documents", "tokens"):
            total = np.zeros((len(terms), len(CATEGORIES)), dtype=np.int64)
            for counts in (self, other):
                total[[place[term] for term in counts.terms]] += getattr(counts, name)
            both.append(total)
        return TermCounts(
            terms,
            both[0],
            both[1],
            self.n_documents + other.n_documents,
            self.n_tokens + other.n_tokens,
        )


def count_terms(
    text: Ints, term: Ints, names: Sequence[str], answers: Ints, *, least: int = 5
) -> TermCounts:
    """Count the terms that stand in at least `least` answers.

    Parameters
    ----------
    text, term
        Text and term of every word said, (words,); a word that is no term has −1.
    names
        Name of each term.
    answers
        Answers of each category that say each text, (texts, 3).
    least
        Rarer terms are not kept: they say little, and might name a person.

    Examples
    --------
    >>> text, term = np.array([0, 0, 1]), np.array([0, 0, 1])
    >>> answers = np.array([[1, 0, 0], [0, 0, 2]])
    >>> counts = count_terms(text, term, ["long", "kind"], answers, least=1)
    >>> counts.documents.tolist(), counts.tokens.tolist()
    ([[1, 0, 0], [0, 0, 2]], [[2, 0, 0], [0, 0, 2]])
    """
    kept = term >= 0
    text, term = text[kept], term[kept]
    tokens = _by_category(text, term, len(names), answers)
    size = max(len(names), 1)
    pairs = np.unique(text * size + term)
    documents = _by_category(pairs // size, pairs % size, len(names), answers)
    often = np.flatnonzero(documents.sum(axis=1) >= least)
    return TermCounts(
        [names[place] for place in often.tolist()],
        documents[often],
        tokens[often],
        answers.sum(axis=0).astype(np.int64),
        tokens.sum(axis=0),
    )


def _by_category(text: Ints, term: Ints, terms: int, answers: Ints) -> Ints:
    columns = [np.bincount(term, kind[text], terms) for kind in answers.T]
    return np.stack(columns, axis=1).astype(np.int64)
