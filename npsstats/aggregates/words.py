"""The counts of words that analyses take in place of the texts.

`TermCounts` is what is kept of them: in how many texts of each category a term stands, and how
often. Counts add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.written import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.written import Written

    Ints = NDArray[np.int64]

__all__ = ["StoreCounts", "TermCounts", "count_terms"]


@dataclass(frozen=True, eq=False)
class StoreCounts:
    """In how many texts of each store and category each term stands, and how often.

    Attributes
    ----------
    documents, tokens
        Sparse (terms, 3 × stores); column 3 s + k is category k of store s.
    n_documents, n_tokens
        Texts and words of each store and category, (stores, 3).
    """

    documents: Any
    tokens: Any
    n_documents: Ints
    n_tokens: Ints


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
    stores
        The same by store, or None where stores are not known, and in a sum: stores of two periods
        are not matched.
    """

    terms: list[str]
    documents: Ints
    tokens: Ints
    n_documents: Ints
    n_tokens: Ints
    stores: StoreCounts | None = None

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
    text: Ints,
    term: Ints,
    names: Sequence[str],
    answers: Ints,
    *,
    least: int = 5,
    rows: Written | None = None,
) -> TermCounts:
    """Count the terms that at least `least` customers use.

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
    rows
        The answers themselves, for their stores, and for their customers, who may each have given
        several; None takes each answer for a customer.

    Examples
    --------
    >>> text, term = np.array([0, 0, 1]), np.array([0, 0, 1])
    >>> answers = np.array([[1, 0, 0], [0, 0, 2]])
    >>> counts = count_terms(text, term, ["long", "kind"], answers, least=1)
    >>> counts.documents.tolist(), counts.tokens.tolist()
    ([[1, 0, 0], [0, 0, 2]], [[2, 0, 0], [0, 0, 2]])
    """
    from scipy import sparse

    kept = term >= 0
    one = np.ones(int(kept.sum()), dtype=np.int64)
    shape = (len(names), len(answers))
    # a term of a text that says it twice is summed
    tokens = sparse.csr_array((one, (term[kept], text[kept])), shape=shape)
    tokens.sum_duplicates()
    documents = (tokens > 0).astype(np.int64)
    by_category = np.asarray(documents @ answers)
    people = by_category.sum(axis=1)
    if rows is not None and rows.customer is not None:
        people = np.diff((documents @ rows.speakers).indptr)
    often = np.flatnonzero(people >= least)
    said = np.asarray(tokens @ answers)
    return TermCounts(
        [names[place] for place in often.tolist()],
        by_category[often],
        said[often],
        answers.sum(axis=0).astype(np.int64),
        said.sum(axis=0),
        None if rows is None else _by_store(documents, tokens, often, rows),
    )


def _by_store(documents: Any, tokens: Any, often: Ints, rows: Written) -> StoreCounts | None:
    cells = rows.cells
    if cells is None:
        return None
    said = tokens @ cells
    kinds = len(CATEGORIES)
    return StoreCounts(
        documents[often] @ cells,
        said[often],
        np.asarray(cells.sum(axis=0)).reshape(-1, kinds),
        np.asarray(said.sum(axis=0)).reshape(-1, kinds),
    )
