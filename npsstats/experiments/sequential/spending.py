"""Boundaries for looking early: error is spent as information comes in (Lan & DeMets).

A spending function says how much of the error may have been used up by each information
fraction; the boundary at a look is what uses just that. Looks need be neither planned nor equally
spaced: only the fractions observed so far matter.

References
----------
Lan, K. K. G. & DeMets, D. L. (1983). Discrete sequential boundaries for clinical trials.
Biometrika 70(3), 659–663 (α₁ and α₂, the two functions used by name here).
Hwang, I. K., Shih, W. J. & De Cani, J. S. (1990). Group sequential designs using a family of type
I error probability spending functions. Statistics in Medicine 9(12), 1439–1445 (equation 3).
Kim, K. & DeMets, D. L. (1987). Design and analysis of group sequential tests based on the type I
error spending rate function. Biometrika 74(1), 149–154 (the power family).
Jennison & Turnbull (2000), as in `walk`; sections 7.2 and 19.2.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.sequential.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "SPENDINGS",
    "Crossing",
    "boundaries",
    "crossing",
    "drift",
    "information",
    "region",
    "spent",
]

_CLOSEST = 1e-3  # two looks nearer than this share of the later one's information are one look
_DRIFTS = (0.0, 20.0)  # where a drift is looked for


def _obrien_fleming(t: Floats, error: float, _: float) -> Floats:
    return np.asarray(2 * special.ndtr(special.ndtri(error / 2) / np.sqrt(t)))


def _pocock(t: Floats, error: float, _: float) -> Floats:
    return np.asarray(error * np.log1p((np.e - 1) * t))


def _power(t: Floats, error: float, shape: float) -> Floats:
    return np.asarray(error * t**shape)


def _hwang_shih_decani(t: Floats, error: float, shape: float) -> Floats:
    if shape == 0:
        return error * t
    return np.asarray(error * np.expm1(-shape * t) / np.expm1(-shape))


SPENDINGS: dict[str, tuple[Callable[[Floats, float, float], Floats], float]] = {
    "obrien_fleming": (_obrien_fleming, 0.0),
    "pocock": (_pocock, 0.0),
    "power": (_power, 2.0),
    "hwang_shih_decani": (_hwang_shih_decani, -4.0),
}  # name: (function, default shape)


class Crossing(NamedTuple):
    """The probability of stopping at each look.

    Attributes
    ----------
    upper, lower
        Of crossing the upper (lower) bound first at that look, shape (K,).
    expected
        Expected information fraction at the stop, the last look being a stop.
    """

    upper: Floats
    lower: Floats
    expected: float


def spent(
    fractions: ArrayLike,
    alpha: float = 0.05,
    spending: str = "obrien_fleming",
    sides: int = 2,
    *,
    shape: float | None = None,
) -> Floats:
    """Return how much error may have been spent by each information fraction, both sides together.

    Parameters
    ----------
    fractions
        Information fractions, shape (K,); beyond 1 everything is spent.
    alpha
        The error to spend; with two sides, half of it on each.
    spending
        "obrien_fleming" (nearly nothing early), "pocock" (about evenly), "power" (alpha t^shape)
        or "hwang_shih_decani".
    sides
        1 or 2. The O'Brien–Fleming-type function is not linear in alpha, so that two sides spend
        twice what one side of alpha / 2 does.
    shape
        Of the last two: the power (default 2, above 0) or gamma (default −4).

    Examples
    --------
    >>> spent([0.5, 1], spending="pocock").round(4)
    array([0.031, 0.05 ])
    """
    alpha = checks.fraction("alpha", alpha)
    function, default = SPENDINGS[checks.one_of("spending", spending, SPENDINGS)]
    if sides not in {1, 2}:
        raise InputError(f"`sides` must be 1 or 2, got {sides!r}.")
    low = 1e-3 if spending == "power" else -40.0
    chosen = checks.number("shape", default if shape is None else shape, low=low, high=40)
    if shape is None and spending not in {"power", "hwang_shih_decani"}:
        chosen = 0.0
    t = np.minimum(np.asarray(fractions, dtype=float), 1.0)
    return sides * function(t, alpha / sides, chosen)


def boundaries(
    fractions: ArrayLike,
    alpha: float = 0.05,
    spending: str = "obrien_fleming",
    sides: int = 2,
    *,
    shape: float | None = None,
    spending_time: ArrayLike | None = None,
) -> Floats:
    """Return the bounds on z that spend error as asked: stop once |z| (or z) reaches them.

    Parameters
    ----------
    fractions
        Information fractions of the looks, shape (K,), increasing and above 0. The last may fall
        short of 1 (an experiment under way: error is left over) or go beyond (over-running).
    alpha, spending, sides, shape
        As in `spent`.
    spending_time
        The fractions at which error is spent, shape (K,), where they are not the information's:
        calendar time, or 1 at the last look of an experiment that ended short.

    Returns
    -------
    numpy array
        Shape (K,); infinite where too little is spent to stop for (below 1e-13 a side).

    Raises
    ------
    InputError
        If the fractions are not increasing, or two looks carry the same information.

    Examples
    --------
    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1]).round(4)
    array([4.8769, 3.357 , 2.6803, 2.2898, 2.031 ])
    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1], spending="pocock").round(4)
    array([2.438 , 2.4268, 2.4102, 2.3966, 2.386 ])
    """
    t = information(fractions)
    times = t if spending_time is None else np.asarray(spending_time, dtype=float)
    if times.shape != t.shape or (np.diff(times) < 0).any() or not (times >= 0).all():
        raise InputError(
            f"`spending_time` must hold {len(t)} numbers from 0 to 1 that never fall, got "
            f"{times.tolist()}. Leave it out to spend by information."
        )
    budget = spent(times, alpha, spending, sides, shape=shape)
    return _spend(t, budget / sides, two_sided=sides == 2)


def crossing(
    bounds: ArrayLike, fractions: ArrayLike, drift: float = 0.0, *, lower: ArrayLike | None = None
) -> Crossing:
    """Return the probability of stopping at each look when the statistic drifts.

    Parameters
    ----------
    bounds
        Upper bounds on z, shape (K,).
    fractions
        Information fractions, shape (K,).
    drift
        The mean of z at information fraction 1: effect over its standard error then.
    lower
        Lower bounds, shape (K,): minus the upper ones by default (two sides). For a one-sided
        test without futility give −∞ at every look.

    Examples
    --------
    >>> fractions = [0.5, 1]
    >>> bounds = boundaries(fractions)
    >>> float(crossing(bounds, fractions, 2.8).upper.sum().round(3))
    0.798
    """
    t = information(fractions)
    drift = checks.number("drift", drift, low=-100, high=100)
    upper, low = region(bounds, lower, t)
    walk = Walk(t, abs(drift))
    up, down = np.zeros(len(t)), np.zeros(len(t))
    for k in range(len(t)):
        up[k], down[k] = walk.above(upper[k], drift), walk.below(low[k], drift)
        if k + 1 < len(t):
            walk.step(low[k], upper[k])
    stop = up + down
    stop[-1] = 1 - stop[:-1].sum()
    return Crossing(up, down, float(stop @ t))


def drift(
    bounds: ArrayLike, fractions: ArrayLike, power: float = 0.8, *, lower: ArrayLike | None = None
) -> float:
    """Return the drift for which the upper bound is crossed with that probability.

    An experiment without looks needs normal quantile(1 − alpha / 2) + quantile(power); the square
    of the ratio is how many more units the looks cost at most.

    Examples
    --------
    >>> fractions = [0.2, 0.4, 0.6, 0.8, 1]
    >>> round(drift(boundaries(fractions), fractions, 0.8), 4)
    2.836
    """
    power = checks.fraction("power", power)

    def short(asked: float) -> float:
        return float(crossing(bounds, fractions, asked, lower=lower).upper.sum()) - power

    if short(_DRIFTS[0]) >= 0:
        raise InputError(f"`power` is {power:g}, which these bounds reach without any effect.")
    return float(brentq(short, *_DRIFTS, xtol=1e-8))


def information(fractions: ArrayLike) -> Floats:
    """Return information fractions as an array, refusing what cannot be looks.

    Raises
    ------
    InputError
        If they are empty, not above 0, not increasing, or nearer to one another than a thousandth.
    """
    t = np.atleast_1d(np.asarray(fractions, dtype=float))
    if t.ndim != 1 or not len(t) or not np.isfinite(t).all() or t[0] <= 0:
        raise InputError(f"`fractions` must be numbers above 0, got {fractions!r}.")
    near = np.flatnonzero(np.diff(t) < _CLOSEST * t[1:])
    if len(near):
        k = int(near[0])
        raise InputError(
            f"`fractions` must grow from look to look: look {k + 2} ({t[k + 1]:.5g}) brings less "
            f"than {_CLOSEST:.1%} more than look {k + 1} ({t[k]:.5g}). Leave one of the two out."
        )
    return t


def _spend(t: Floats, budget: Floats, *, two_sided: bool) -> Floats:
    """Return the upper bounds that use the cumulated budget of one side."""
    walk = Walk(t)
    bounds = np.full(len(t), inf)
    used = 0.0
    for k in range(len(t)):
        bounds[k] = walk.bound(budget[k] - used)
        used += walk.above(bounds[k])
        if k + 1 < len(t):
            walk.step(-bounds[k] if two_sided else -inf, bounds[k])
    return bounds


def region(bounds: ArrayLike, lower: ArrayLike | None, t: Floats) -> tuple[Floats, Floats]:
    """Return upper and lower bounds as arrays, minus the upper ones where there are no lower."""
    upper = np.atleast_1d(np.asarray(bounds, dtype=float))
    low = -upper if lower is None else np.atleast_1d(np.asarray(lower, dtype=float))
    for name, part in (("bounds", upper), ("lower", low)):
        if part.shape != t.shape or np.isnan(part).any():
            raise InputError(
                f"`{name}` must hold a number for each of the {len(t)} looks, got {part.tolist()}."
            )
    if (low > upper).any():
        raise InputError("`lower` must not exceed `bounds` at any look.")
    return upper, low
