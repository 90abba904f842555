"""The terms that are counted: base forms, and pairs of them in one clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.themes.tokens import lexicon_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.themes.codebook import Codebook
    from npsstats.linkage.themes.tokens import Tokens

    Ints = NDArray[np.int64]

__all__ = ["Said", "terms"]

_LEAST_LETTERS = 2


class Said(NamedTuple):
    """Text and term of every term said, (terms said,); grammatical and generic base forms."""

    text: Ints
    term: Ints
    stop: frozenset[str]
    generic: frozenset[str]


def terms(tokens: Tokens, codebook: Codebook) -> tuple[Said, list[str]]:
    """Return the base forms that are not grammatical, and their pairs, as terms.

    A pair is two of them that follow each other in a clause, grammatical words left out: "manque
    de choix" is the pair "manque choix".

    Examples
    --------
    >>> from npsstats.linkage.themes.codebook import load_codebook
    >>> from npsstats.linkage.themes.tokens import tokenize
    >>> book = load_codebook("fr")
    >>> said, names = terms(tokenize(["Il y a un manque de choix"], book), book)
    >>> [names[term] for term in said.term]
    ['manque', 'choix', 'manque choix']
    """
    lexicon = lexicon_of(codebook)
    stop = frozenset(lexicon.base(word.lower()) for word in codebook.stop)
    generic = frozenset(lexicon.base(word.lower()) for word in codebook.generic)
    kept = np.array(
        [base not in stop and len(base) >= _LEAST_LETTERS for base in tokens.bases], dtype=bool
    )
    if not kept.any():
        none = np.zeros(0, dtype=np.int64)
        return Said(none, none, stop, generic), []
    here = np.flatnonzero(kept[tokens.base])
    base, text, clause = tokens.base[here], tokens.text[here], tokens.clause[here]
    follow = np.flatnonzero(clause[1:] == clause[:-1])
    size = len(tokens.bases)
    pair, place = np.unique(base[follow] * size + base[follow + 1], return_inverse=True)
    names = [
        *tokens.labels,
        *(f"{tokens.labels[one // size]} {tokens.labels[one % size]}" for one in pair.tolist()),
    ]
    return (
        Said(
            np.concatenate([text, text[follow]]),
            np.concatenate([base, size + place.astype(np.int64)]),
            stop,
            generic,
        ),
        names,
    )
