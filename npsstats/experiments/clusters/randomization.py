"""A randomization test of whole clusters, with its interval by inversion.

The clusters that were treated are drawn again, as they were drawn: as many of them, within strata
where there are strata. Were the effect τ on every unit, taking it away from the treated would leave
outcomes that the draw cannot change; the difference of means of a redraw z is then a_z − τ b_z, a
straight line in τ. A redraw is at least as extreme as what was seen for τ between the two roots of
(a_z − τ b_z)² = (d − τ)², d the difference seen: so the p-value is a step function of τ, known
exactly, and the interval is where it exceeds one minus the level.

References
----------
Gail, M. H., Mark, S. D., Carroll, R. J., Green, S. B. & Pee, D. (1996). On design considerations
and randomization-based inference for community intervention trials. Statistics in Medicine 15(11),
1069–1092 (section 4).
Ernst, M. D. (2004). Permutation methods: a basis for exact inference. Statistical Science 19(4),
676–685 (section 3.2: intervals by inversion).
"""

from __future__ import annotations

from itertools import combinations, product
from math import comb, prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.intp]

__all__ = ["MOST", "Redrawn", "Tested", "least_p", "number_of_ways", "redraw_test", "rerandomize"]

MOST = 20_000
"""Ways to assign above which they are sampled, not listed."""

_SAMPLED = 9_999
_TIE = 1e-9  # of the larger of two statistics: a tie that rounding broke
_ROUNDING = 1e-12  # of a p-value: 1 − 0.9 is a little less than 0.1
_AT_ONCE = 5_000_000


class Redrawn(NamedTuple):
    """Assignments, (ways, clusters), and whether they are all there are."""

    ways: Bools
    exact: bool


class Tested(NamedTuple):
    """The p-value of no effect, the effects that are kept, and the least p that there can be."""

    p_value: float
    lower: float
    upper: float
    least: float


def rerandomize(treated: Bools, stratum: Ints, rng: np.random.Generator) -> Redrawn:
    """Return the ways in which as many clusters a stratum could have been treated.

    All of them, up to 20,000; else what was drawn and 9,999 more.
    """
    layers = [np.flatnonzero(stratum == layer) for layer in np.unique(stratum)]
    chosen = [int(treated[layer].sum()) for layer in layers]
    if number_of_ways(treated, stratum) <= MOST:
        every = product(*(combinations(layer, k) for layer, k in zip(layers, chosen, strict=True)))
        ways = np.array([_marked(len(treated), np.concatenate(way)) for way in every])
        return Redrawn(ways, exact=True)
    ways = np.zeros((_SAMPLED + 1, len(treated)), dtype=bool)
    for layer, k in zip(layers, chosen, strict=True):
        order = rng.random((_SAMPLED, len(layer))).argsort(axis=1)
        ways[1:, layer] = order < k
    ways[0] = treated
    return Redrawn(ways, exact=False)


def number_of_ways(treated: Bools, stratum: Ints) -> int:
    """Return in how many ways the clusters could have been assigned."""
    return prod(
        comb(int((stratum == layer).sum()), int(treated[stratum == layer].sum()))
        for layer in np.unique(stratum)
    )


def _marked(size: int, places: NDArray[np.float64]) -> Bools:
    way = np.zeros(size, dtype=bool)
    way[places.astype(int)] = True
    return way


def redraw_test(n: Floats, total: Floats, treated: Bools, redrawn: Redrawn, level: float) -> Tested:
    """Return the test of no effect, and the effects that the test keeps.

    Parameters
    ----------
    n, total
        (clusters,) units, and the sum of their outcomes about a common centre.
    treated
        (clusters,) which of them were.
    redrawn
        How else it could have come.
    level
        Confidence level.
    """
    a, b = _lines(n, total, treated, redrawn.ways)
    seen = float(
        total[treated].sum() / n[treated].sum() - total[~treated].sum() / n[~treated].sum()
    )
    size = len(a)
    close = _TIE * max(abs(seen), float(np.abs(a).max()))
    p_value = float((np.abs(a) >= abs(seen) - close).mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (seen - a) / (1 - b), (seen + a) / (1 + b)
    always = np.abs(b) > 1 - 1e-12  # the draw itself, and its mirror: as extreme under any effect
    low, high = np.minimum(one, two)[~always], np.maximum(one, two)[~always]
    # each redraw counts from its low to its high; the p-value at τ is their number over all
    alpha = 1 - level + _ROUNDING
    floor = int(always.sum())
    if floor / size > alpha:
        return Tested(p_value, -np.inf, np.inf, floor / size)
    ends = np.concatenate([low, high])
    steps = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    # at one τ a redraw that begins counts together with one that ends there
    order = np.lexsort((-steps, ends))
    ends, counted = ends[order], floor + np.cumsum(steps[order])
    kept = np.flatnonzero(counted / size > alpha)
    if not len(kept):
        return Tested(p_value, seen, seen, floor / size)
    return Tested(
        p_value, float(ends[kept[0]]), float(ends[min(kept[-1] + 1, len(ends) - 1)]), floor / size
    )


def least_p(treated: Bools, stratum: Ints) -> float:
    """Return the smallest two-sided p-value that redrawing can give: its mirror counts as well."""
    mirrored = all(
        2 * treated[stratum == layer].sum() == (stratum == layer).sum()
        for layer in np.unique(stratum)
    )
    return (2 if mirrored else 1) / number_of_ways(treated, stratum)


def _lines(n: Floats, total: Floats, treated: Bools, ways: Bools) -> tuple[Floats, Floats]:
    """Return a and b of every redraw's difference of means, a − τ b."""
    got = n * treated
    a, b = np.empty(len(ways)), np.empty(len(ways))
    step = max(1, _AT_ONCE // len(n))
    for first in range(0, len(ways), step):
        part = ways[first : first + step].astype(float)
        up = part @ n
        down = n.sum() - up
        ours, theirs = part @ total, part @ got
        a[first : first + step] = ours / up - (total.sum() - ours) / down
        b[first : first + step] = theirs / up - (got.sum() - theirs) / down
    return a, b
