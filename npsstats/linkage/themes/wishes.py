"""Good words that are no praise, as they are wished for ("il faudrait un bon accueil")."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.themes.expressions import Found, Index, cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.themes.codebook import Codebook

    Bools = NDArray[np.bool_]

__all__ = ["Wanted", "wanted_words"]

_COMPARED = (1, 2)  # words behind a comparison that it concerns


class Wanted(NamedTuple):
    """Words after a wish or a comparison, words that open one, and wishes, (words,)."""

    after: Bools
    opening: Bools
    wish: Bools

    def of(self, found: Found) -> Bools:
        """Return which matches are wanted; one that begins with the wish holds it itself."""
        own = self.opening[found.first]
        return self.after[np.where(own, found.first, found.last)]


def wanted_words(index: Index, codebook: Codebook) -> Wanted:
    """Return which words come after a wish in their clause, or right behind a comparison."""
    tokens, tone = index.tokens, codebook.tone
    after, opening, wish, idle = (np.zeros(len(tokens), dtype=bool) for _ in range(4))
    # "couldn't be more helpful" neither wishes nor compares
    cover(idle, index.group(((1, codebook.negation.exclude),)))
    found = index.group(((1, tone.wish),))
    found = found.take(~idle[found.last])
    opening[found.first] = wish[found.last] = True
    wishes = np.sort(found.last)
    if len(wishes):
        last = np.searchsorted(wishes, np.arange(len(tokens)), side="left") - 1
        nearest = wishes[np.maximum(last, 0)]
        after = (last >= 0) & (tokens.clause[nearest] == tokens.clause)
    found = index.group(((1, tone.compare),))
    found = found.take(~idle[found.last])
    opening[found.first] = True
    for step in _COMPARED:
        later = np.minimum(found.last + step, max(len(tokens) - 1, 0))
        after[later[tokens.clause[later] == tokens.clause[found.last]]] = True
    return Wanted(after, opening, wish)
