"""Cells in order: ranks with their intervals, P(best), P(top k).

Ranks come from joint posterior draws, so that they carry what all cells share. Rank 1 is the
highest NPS.

References
----------
Laird & Louis (1989). Empirical Bayes ranking methods. J. Educational Statistics 14(1), 29–46
(expected ranks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ranks", "p_top", "ranks"]


class Ranks(NamedTuple):
    """Per cell: expected rank, its equal-tailed interval, and the probability of rank 1."""

    expected: Floats
    lower: Floats
    upper: Floats
    p_best: Floats


def ranks(draws: Floats, level: float = 0.95) -> Ranks:
    """Return the posterior of every cell's rank.

    Parameters
    ----------
    draws
        (draws, cells) joint draws of NPS, in any unit.
    level
        Level of the rank intervals; their limits are whole ranks that hold at least as much.

    Examples
    --------
    >>> import numpy as np
    >>> ranks(np.array([[30.0, 10, 20], [20, 30, 10]])).expected
    array([1.5, 2. , 2.5])
    """
    level = checks.fraction("level", level)
    size, cells = draws.shape
    order = _order(draws)
    place = np.empty(draws.shape, dtype=np.int32)
    np.put_along_axis(place, order, np.arange(1, cells + 1, dtype=np.int32)[None], axis=1)
    tail = int(np.floor((1 - level) / 2 * size))
    split = np.partition(place, [tail, size - 1 - tail], axis=0)
    best = np.bincount(order[:, 0], minlength=cells) / size
    return Ranks(
        place.mean(axis=0, dtype=float),
        split[tail].astype(float),
        split[size - 1 - tail].astype(float),
        best,
    )


def _order(draws: Floats) -> NDArray[np.intp]:
    """Return the cells of every draw from best to worst, ties in random order."""
    order = np.argsort(-draws, axis=1, kind="stable")
    in_order = np.take_along_axis(draws, order, axis=1)
    tied = np.flatnonzero((np.diff(in_order, axis=1) == 0).any(axis=1))
    if len(tied):  # unanimous cells: draws that are 100 to the last bit
        mixed = np.random.default_rng(len(draws)).permuted(
            np.tile(np.arange(draws.shape[1]), (len(tied), 1)), axis=1
        )
        again = np.argsort(-np.take_along_axis(draws[tied], mixed, axis=1), axis=1, kind="stable")
        order[tied] = np.take_along_axis(mixed, again, axis=1)
    return order


def p_top(draws: Floats, k: int) -> Floats:
    """Return for every cell the probability of being among the k highest.

    Parameters
    ----------
    draws
        (draws, cells) joint draws of NPS.
    k
        From 1 to the number of cells.

    Examples
    --------
    >>> import numpy as np
    >>> p_top(np.array([[30.0, 10, 20], [20, 30, 10]]), 2)
    array([1. , 0.5, 0.5])
    """
    cells = draws.shape[1]
    if checks.count("k", k, least=1) > cells:
        raise checks.InputError(f"`k` must be at most the number of cells, {cells}, got {k}.")
    least = np.partition(draws, cells - k, axis=1)[:, [cells - k]]
    above, level = draws > least, draws == least
    # cells that tie for the last places share them: unanimous cells are 100 to the last bit
    left = (k - above.sum(axis=1)) / level.sum(axis=1)
    return np.asarray((above + level * left[:, None]).mean(axis=0))
