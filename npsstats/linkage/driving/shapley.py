"""Shapley values: what each of m players adds, averaged over all orders in which they may come.

A set of players is a number whose bit j says whether player j is in it. Values may be numbers or
arrays (of many games at once): Shapley values are linear in them.

References
----------
Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II.
Lindeman, Merenda & Gold (1980). Introduction to Bivariate and Multivariate Analysis (in-sample R²).
Grömping, U. (2007). Estimators of relative importance in linear regression based on variance
decomposition. American Statistician 61(2), 139–147.
Castro, Gómez & Tejada (2009). Polynomial calculation of the Shapley value based on sampling.
Computers & Operations Research 36(5), 1726–1730.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["exact_weights", "sampled"]


def exact_weights(players: int) -> Floats:
    """Return W, (players, 2^players): Shapley values are W @ values of all sets.

    Examples
    --------
    >>> exact_weights(2) @ np.array([0.0, 3.0, 1.0, 10.0])  # nobody, first, second, both
    array([6., 4.])
    """
    sets = np.arange(2**players)
    size = np.bitwise_count(sets).astype(int)
    weight = np.array(
        [factorial(k) * factorial(players - k - 1) / factorial(players) for k in range(players)]
    )
    out = np.zeros((players, len(sets)))
    for j in range(players):
        inside = (sets >> j) & 1 == 1
        out[j, inside] = weight[size[inside] - 1]
        out[j, ~inside] = -weight[size[~inside]]
    return out


def sampled(
    players: int, value: Callable[[int], Floats], orders: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return Shapley values over sampled orders, each with its reverse, and their errors.

    Parameters
    ----------
    players
        Number of players.
    value
        Set → value (k,), asked once a set.
    orders
        Pairs of orders.
    rng
        Of the orders.

    Returns
    -------
    mean, error
        (players, k) values, and (players,) standard errors, from the sampling, of the first.
    """
    known: dict[int, Floats] = {}

    def at(members: int) -> Floats:
        if members not in known:
            known[members] = value(members)
        return known[members]

    total = np.zeros((players, len(at(0))))
    pairs = np.zeros((orders, players))
    for place in range(orders):
        order = rng.permutation(players)
        for way in (order, order[::-1]):
            members = 0
            for j in way.tolist():
                gain = at(members | 1 << j) - at(members)
                total[j] += gain
                pairs[place, j] += gain[0] / 2
                members |= 1 << j
    return total / (2 * orders), pairs.std(axis=0, ddof=1) / np.sqrt(orders)
