"""What a quarantine leaves unsent, and whom it leaves less tired: arithmetic on arrays.

A rule of q days sends nothing to whoever was *sent* something less than q days before. What it
leaves unsent moves what comes later: a solicitation that follows an unsent one may go out. With
gaps between solicitations drawn alike, the sent ones restart the process, and the chance that the
j-th goes out obeys a renewal equation.

References
----------
Feller, W. (1968). An Introduction to Probability Theory and Its Applications, vol. 1, 3rd ed.,
section XIII.3 (recurrent events).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.survey.tired.tiredness import Recency, fades

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Kept", "gaps_of", "kept"]


class Kept(NamedTuple):
    """Cells under a rule: the chance `sent`, expected `past` and `faded` of what still goes out."""

    sent: Floats
    past: Floats
    faded: Floats


def gaps_of(since: Floats, invited: Floats, days: int) -> Floats:
    """Return the shares of gaps of 0, 1, …, `days` − 1 days among all who were asked before."""
    known = ~np.isnan(since)
    whole = np.floor(since[known]).astype(int)
    inside = whole < days
    shares = np.bincount(whole[inside], invited[known][inside], minlength=max(days, 1))
    return np.asarray(shares / max(invited[known].sum(), 1.0))


def kept(
    past: Floats,
    since: Floats,
    invited: Floats,
    days: int,
    recency: Recency,
    most: float = np.inf,
) -> Kept:
    """Return what a rule of so many days leaves of every cell.

    Parameters
    ----------
    past, since
        (cells,) whole numbers of past solicitations; days since the last, NaN where there is none.
    invited
        (cells,) how many.
    days
        The rule's; 0 is none.
    recency
        How the last solicitation fades.
    most
        Further solicitations count no more: `past` is expected after that cap.
    """
    before = past.astype(int)
    sent, left = np.ones(len(past)), np.minimum(past, most).astype(float)
    faded = fades(recency, since)
    repeated = np.flatnonzero(~np.isnan(since) & (before > 0))
    if days < 1 or not len(repeated):
        return Kept(sent, left, faded)
    sums = _sums(gaps_of(since, invited, days), int(before.max()))
    chance = _chances(sums)
    counted = _counted(chance, _crossings(sums), most)
    pairs = np.stack([before, np.where(np.isnan(since), -1.0, since)], axis=1)[repeated]
    unique, back = np.unique(pairs, axis=0, return_inverse=True)
    ahead = np.arange(sums.shape[1])
    for place, (number, since_last) in enumerate(unique):
        here = repeated[back.ravel() == place]
        # rows: m unsent ones since the last that went out, s days before the last of all
        joint = chance[int(number) - 1 :: -1][: len(sums), None] * sums[: int(number)]
        joint = np.where(ahead + since_last >= days, joint, 0.0)
        total = joint.sum()
        sent[here] = min(total, 1.0)
        if total > 0:
            left[here] = joint.sum(axis=1) @ counted[int(number) - 1 :: -1][: len(joint)] / total
            faded[here] = joint.sum(axis=0) @ fades(recency, ahead + since_last) / total
    return Kept(sent, left, faded)


def _sums(gaps: Floats, most: int) -> Floats:
    """Return the chances that m gaps add to s days, under the rule's; (most, days), m from 0."""
    sums = np.zeros((most, len(gaps)))
    sums[0, 0] = 1.0
    for m in range(1, most):
        sums[m] = np.convolve(sums[m - 1], gaps)[: len(gaps)]
    return sums


def _crossings(sums: Floats) -> Floats:
    """Return the chances that the next to go out is the m-th after one that did; m from 1."""
    under = sums.sum(axis=1)
    return under[:-1] - under[1:]


def _chances(sums: Floats) -> Floats:
    """Return the chances that the j-th solicitation goes out, from the 0-th, which does.

    It does if, for some i, the i-th did, the gaps up to the one before stay under the rule's days,
    and the next exceeds them.
    """
    crossing = _crossings(sums)
    chance = np.ones(len(sums))
    for j in range(1, len(sums)):
        chance[j] = chance[:j] @ crossing[j - 1 :: -1][:j]
    return chance


def _counted(chance: Floats, crossing: Floats, most: float) -> Floats:
    """Return how many of the 0-th to the i-th went out, at most `most`, given that the i-th did."""
    size = len(chance)
    # joint: the i-th goes out and is the n-th to do so, n from 0
    joint = np.zeros((size, size))
    joint[0, 0] = 1.0
    for i in range(1, size):
        joint[i, 1:] = crossing[i - 1 :: -1][:i] @ joint[:i, :-1]
    capped = np.minimum(np.arange(1, size + 1), most)
    counted = np.ones(size)
    np.divide(joint @ capped, chance, out=counted, where=chance > 0)
    return counted
