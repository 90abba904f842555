"""Indices of how far apart the answers of one cell lie, from its eleven shares or counts.

All take an array (…, 11), counts or shares by score from 0 to 10, and return an array (…).
Where there is no answer they return NaN.

================  =========  =====================================================================
index             range      0 / 1 mean
================  =========  =====================================================================
`polarization`    0 to 1     all customers give one score / half give 0 and half give 10
`opposition`      0 to 1     given the NPS: as many passives as it allows / no passives at all
`consensus`       0 to 1     half 0 and half 10 / all give one score (the other direction)
`agreement`       −1 to 1    0 is all scores alike; 1 all give one score; −1 half 0, half 10
================  =========  =====================================================================

`polarization` is the headline: it reads all eleven scores and their order, nothing else.

References
----------
Berry & Mielke (1992). Assessment of variation in ordinal data. Perceptual and Motor Skills 74,
63-66. (The index of ordinal variation; 1 − l² of Blair & Lacy 2000, Sociol. Methods Res. 28(3).)
Leik (1966). A measure of ordinal consensus. Pacific Sociological Review 9(2), 85-90.
Van der Eijk (2001). Measuring agreement in ordered rating scales. Quality & Quantity 35, 325-341.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["agreement", "consensus", "opposition", "polarization"]

_SCORES = 11


def polarization(bins: ArrayLike) -> Floats:
    """Return Berry and Mielke's index of ordinal variation, 4/10 · Σ_k F_k (1 − F_k).

    F_k is the share of answers of k or less. The index is the mean distance between two answers
    drawn with replacement, over the largest that eleven scores allow (5).

    Examples
    --------
    >>> polarization([5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]).item()
    1.0
    >>> polarization([0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 5]).item()
    0.2
    """
    below = np.cumsum(_shares(bins), axis=-1)[..., :-1]
    return np.asarray(0.4 * np.sum(below * (1 - below), axis=-1))


def opposition(bins: ArrayLike) -> Floats:
    """Return where the variance of the +1/0/−1 coding lies between its bounds given the NPS.

    With promoter share p, detractor share d and s = p − d, the variance p + d − s² lies between
    |s| − s² (no customer opposes another) and 1 − s² (no passives); the place between the two is
    2 min(p, d) / (1 − |s|). NaN where all are promoters or all are detractors.

    Examples
    --------
    >>> opposition([2, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4]).round(3).item()  # NPS 20
    0.5
    """
    shares = _shares(bins)
    detractors, promoters = shares[..., :7].sum(axis=-1), shares[..., 9:].sum(axis=-1)
    room = 1 - np.abs(promoters - detractors)
    value = np.full(np.shape(room), np.nan)
    np.divide(2 * np.minimum(promoters, detractors), room, out=value, where=room > 1e-12)
    return value


def consensus(bins: ArrayLike) -> Floats:
    """Return Leik's ordinal consensus, 1 − 2/10 · Σ_k min(F_k, 1 − F_k).

    Examples
    --------
    >>> consensus([0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 5]).item()
    0.8
    """
    below = np.cumsum(_shares(bins), axis=-1)[..., :-1]
    return np.asarray(1 - 0.2 * np.sum(np.minimum(below, 1 - below), axis=-1))


def agreement(bins: ArrayLike) -> Floats:
    """Return van der Eijk's A.

    The shares are peeled into layers that hold the same share of every score they contain; A is
    the mean of the layers' agreement, which a pattern of empty and filled scores determines.

    Examples
    --------
    >>> agreement([1] * 11).round(12).item(), agreement([5] + 9 * [0] + [5]).item()
    (0.0, -1.0)
    """
    shares = _shares(bins)
    order = np.sort(shares, axis=-1)
    heights = np.diff(order, axis=-1, prepend=0.0)
    places = 2 ** np.arange(_SCORES)
    total = np.zeros(shares.shape[:-1])
    table = _patterns()
    for layer in range(_SCORES):
        height = heights[..., layer]
        inside = shares >= order[..., layer, None]
        weight = height * inside.sum(axis=-1)
        total = total + np.where(height > 0, weight * table[inside @ places], 0.0)
    return np.asarray(np.where(np.isnan(shares[..., 0]), np.nan, total))


@cache
def _patterns() -> Floats:
    """Return the agreement of each of the 2¹¹ patterns of filled scores."""
    found = np.ones(2**_SCORES)
    for code in range(1, 2**_SCORES):
        filled = [bool(code >> score & 1) for score in range(_SCORES)]
        one_mode = two_modes = 0
        for first, middle, last in combinations(filled, 3):
            one_mode += middle and first != last
            two_modes += first and last and not middle
        if one_mode + two_modes:
            kept = (_SCORES - 2) * one_mode - (_SCORES - 1) * two_modes
            unimodality = kept / ((_SCORES - 2) * (one_mode + two_modes))
        else:
            unimodality = 1.0
        found[code] = unimodality * (1 - (sum(filled) - 1) / (_SCORES - 1))
    return found


def _shares(bins: ArrayLike) -> Floats:
    array = np.asarray(bins, dtype=float)
    total = array.sum(axis=-1, keepdims=True)
    shares = np.full(array.shape, np.nan)
    np.divide(array, total, out=shares, where=total > 0)
    return shares
