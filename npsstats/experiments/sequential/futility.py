"""Where to give up: lower bounds that spend the chance of missing an effect.

References
----------
Pampallona, S., Tsiatis, A. A. & Kim, K. (2001). Interim monitoring of group sequential trials
using spending functions for the type I and type II error probabilities. Drug Information Journal
35(4), 1113–1121 (here with upper bounds that do not count on anyone giving up).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.sequential.spending import information, region, spent
from npsstats.experiments.sequential.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Futility", "futility"]

_DRIFTS = (0.1, 20.0)  # where the drift is looked for


class Futility(NamedTuple):
    """Lower bounds at which to give up, and the drift for which they keep the power."""

    bounds: Floats
    drift: float


def futility(
    bounds: ArrayLike,
    fractions: ArrayLike,
    power: float = 0.8,
    spending: str = "obrien_fleming",
    *,
    shape: float | None = None,
    drift: float | None = None,
) -> Futility:
    """Return non-binding lower bounds that spend the other error, 1 − power, one-sided.

    The upper bounds hold their level whether or not anyone gives up at the lower ones; the power
    is that of giving up.

    Parameters
    ----------
    bounds
        One-sided upper bounds, shape (K,).
    fractions, spending, shape
        As in `boundaries`.
    power
        To be kept although the experiment may be given up.
    drift
        That of the effect hoped for. Without it, that for which lower and upper bounds meet at
        the last look, which must be at 1.

    Examples
    --------
    >>> from npsstats.experiments.sequential.spending import boundaries
    >>> fractions = [0.5, 1]
    >>> found = futility(boundaries(fractions, 0.025, sides=1), fractions, 0.8)
    >>> found.bounds.round(3), round(found.drift, 3)
    (array([0.559, 1.969]), 2.879)
    """
    power = checks.fraction("power", power)
    t = information(fractions)
    upper, _ = region(bounds, None, t)
    budget = spent(t, 1 - power, spending, 1, shape=shape)
    if drift is None:
        if abs(t[-1] - 1) > 1e-9:
            raise InputError(f"`fractions` must end at 1 without a `drift`, got {t[-1]:g}.")
        drift = float(
            brentq(
                lambda tried: _give_up(t, upper, budget, tried)[-1] - upper[-1],
                *_DRIFTS,
                xtol=1e-9,
            )
        )
    return Futility(np.minimum(_give_up(t, upper, budget, drift), upper), drift)


def _give_up(t: Floats, upper: Floats, budget: Floats, drift: float) -> Floats:
    """Return the lower bounds that use the cumulated budget under the drift."""
    walk = Walk(t, abs(drift))
    low = np.full(len(t), -inf)
    used = 0.0
    for k in range(len(t)):
        low[k] = walk.bound(budget[k] - used, drift, upper=False)
        used += walk.below(low[k], drift)
        if k + 1 < len(t):
            low[k] = min(low[k], upper[k])
            walk.step(low[k], upper[k])
    return low
