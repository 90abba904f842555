"""What follows from a turned lever, on draws: baseline, slope and change multiplied through.

Every function takes arrays of D draws over H periods and gives the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = [
    "MOVES_GROWTH",
    "MOVES_LEVEL",
    "TOTAL",
    "Outcome",
    "factor",
    "lagged",
    "lost_customers",
    "moved_customers",
]

MOVES_GROWTH = "if it moves growth"
MOVES_LEVEL = "if it moves the level"
TOTAL = "total"


class Outcome(NamedTuple):
    """One quantity in a scenario.

    Attributes
    ----------
    lever, quantity, basis, unit
        What was turned, what it is of, on what footing, in what.
    baseline, scenario
        (D, H) draws; NaN where nothing may be computed.
    grade, link
        Names: of the weakest evidence in it, and of that from the lever to the quantity.
    adds
        Whether periods add up to a total.
    why
        Why it is not identified; empty where it is.
    """

    lever: str
    quantity: str
    basis: str
    unit: str
    baseline: Floats
    scenario: Floats
    grade: str
    link: str
    adds: bool = False
    why: str = ""


def lagged(change: Floats, lag: int) -> Floats:
    """Return the change that was there `lag` periods before, (D, H); none before the first.

    Examples
    --------
    >>> lagged(np.array([[1.0, 2.0, 3.0]]), 1)
    array([[0., 1., 2.]])
    """
    found = np.zeros_like(change)
    if lag < change.shape[1]:
        found[:, lag:] = change[:, : change.shape[1] - lag]
    return found


def factor(change: Floats, slope: Floats, lag: int, basis: str) -> Floats:
    """Return by what share of itself revenue is other, (D, H).

    Parameters
    ----------
    change
        (D, H) points that the score is other by.
    slope
        (D,) percent of growth a period for a point.
    lag
        Periods from the score to the end of the growth that it goes with.
    basis
        `MOVES_GROWTH`: every period's growth is other for as long as the score is, and the level
        climbs on. `MOVES_LEVEL`: the level is other for as long as the score is.

    Examples
    --------
    >>> change, slope = np.full((1, 3), 5.0), np.array([0.1])
    >>> (100 * factor(change, slope, 1, MOVES_GROWTH)).round(2)
    array([[0.  , 0.5 , 1.01]])
    >>> (100 * factor(change, slope, 1, MOVES_LEVEL)).round(2)
    array([[0. , 0.5, 0.5]])
    """
    there = lagged(change, lag)
    if basis == MOVES_GROWTH:
        there = there.cumsum(axis=1)
    return np.asarray(np.expm1(slope[:, None] / 100 * there))


def moved_customers(
    change: Floats, answered: Floats, sources: tuple[Floats, Floats], points: float
) -> Floats:
    """Return the customers that a change of the score has moved, (D, H); negative: back.

    Parameters
    ----------
    change
        (D, H) points, as known when the period begins.
    answered
        (D, H) customers with a score.
    sources
        (D, H) each: customers that may move, and those that may move back.
    points
        Points that one of 100 customers changes the score by as he moves: 100 or 200 over 100.
    """
    wanted = change / (100 * points) * answered
    return np.clip(wanted, -sources[1], sources[0])


def lost_customers(moved: Floats, rates: tuple[Floats, Floats]) -> Floats:
    """Return how many more customers are lost in each period, (D, H); negative: fewer.

    Parameters
    ----------
    moved
        (D, H) customers that leave as others do.
    rates
        (D, H) each: the hazard they had, and the one they have.

    Notes
    -----
    Who was kept is there to be lost in later periods.

    Examples
    --------
    >>> moved, had, have = np.full((1, 2), 100.0), np.full((1, 2), 0.1), np.full((1, 2), 0.02)
    >>> lost_customers(moved, (had, have)).round(2)
    array([[-8.  , -7.84]])
    """
    more = np.empty_like(moved)
    kept = np.zeros(len(moved))
    for at in range(moved.shape[1]):
        own = moved[:, at] * (rates[1][:, at] - rates[0][:, at])
        more[:, at] = own + kept * rates[1][:, at]
        kept = kept - more[:, at]
    return more
