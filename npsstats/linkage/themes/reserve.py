"""Which texts do not praise without reserve, whatever kind words they hold.

A wish, a comparison with another time or a colleague, a "but", and a denial that turns no ill word
into praise ("pas de suivi") each say that something is wanting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.themes.codebook import Codebook
    from npsstats.linkage.themes.expressions import Index

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["reserved"]

_REACH = 4  # words within which a denial has made praise of an ill one


def reserved(index: Index, codebook: Codebook, sign: Ints, hoped: Bools, denials: Bools) -> Bools:
    """Return which texts hold a reserve, (texts,).

    Parameters
    ----------
    index
        The words.
    codebook
        Its breaks and its tone's contrasts.
    sign
        1 where a kind word ends, −1 where an ill one does, (words,).
    hoped
        Wishes, and good words that are wanted, (words,).
    denials
        Words that deny and are no part of a word of tone, (words,).
    """
    tokens = index.tokens
    words = hoped.copy()
    words[index.group(((1, codebook.tone.contrast),)).last] = True
    words[index.words(codebook.breaks)] = True
    places = np.flatnonzero(denials)
    idle = np.ones(len(places), dtype=bool)
    for step in range(1, _REACH + 1):
        later = np.minimum(places + step, max(len(tokens) - 1, 0))
        idle &= ~((sign[later] > 0) & (tokens.clause[later] == tokens.clause[places]))
    words[places[idle]] = True
    return np.asarray(np.bincount(tokens.text[words], minlength=tokens.n_texts) > 0)
