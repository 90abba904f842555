"""What an experiment that stopped early may say: p-value, estimate and interval that know it.

An estimate taken at a stop is too large on average, because large ones are what stops. Outcomes
are ordered by stage: stopping above at an earlier look is more extreme than at a later one, and at
one look a greater z is more extreme. The p-value, the median-unbiased estimate and the limits are
read off the probability of an outcome at least as extreme, as a function of the drift.

References
----------
Tsiatis, A. A., Rosner, G. L. & Mehta, C. R. (1984). Exact confidence intervals following a group
sequential test. Biometrics 40(3), 797–803.
Jennison & Turnbull (2000), sections 8.2–8.5 (stage-wise ordering; it needs no future looks).
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt
from typing import TYPE_CHECKING, NamedTuple

from scipy.optimize import brentq

from npsstats.experiments.sequential.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Stagewise", "stagewise"]

_WIDER = (1.0, 2.5, 8.0)  # how far a limit is looked for, in turn


class Stagewise(NamedTuple):
    """What is said at the stop, in units of the drift (z at information fraction 1).

    Attributes
    ----------
    p_value
        Two-sided.
    estimate
        Median-unbiased: as often too small as too large.
    lower, upper
        Equal-tailed limits; infinite where no drift within reach is excluded.
    """

    p_value: float
    estimate: float
    lower: float
    upper: float


def stagewise(
    fractions: Floats, bounds: Floats, lower: Floats, z: float, level: float
) -> Stagewise:
    """Return the inference of an experiment that ended at the last of these looks with `z`.

    Parameters
    ----------
    fractions
        Information fractions of the looks taken, the last one the end, shape (k,).
    bounds, lower
        The bounds of the looks before the end, shape (k − 1,); `lower` may be −∞.
    z
        The statistic at the end.
    level
        Of the interval.
    """
    end = sqrt(fractions[-1])
    found: list[float] = []
    above = _above(fractions, bounds, lower, z, 0.0)
    p_value = 2 * min(above(0.0), 1 - above(0.0))
    for probability in ((1 - level) / 2, 0.5, (1 + level) / 2):
        limit = inf if probability > 0.5 else -inf
        for wider in _WIDER:
            reach = wider * (abs(z) + 6) / end
            above = _above(fractions, bounds, lower, z, reach)
            if above(-reach) < probability < above(reach):
                root = brentq(_short(above, probability), -reach, reach, xtol=1e-10 * reach)
                limit = float(root)
                break
        found.append(limit)
    low, middle, high = found
    return Stagewise(p_value, middle, low, high)


def _short(above: Callable[[float], float], probability: float) -> Callable[[float], float]:
    return lambda drift: above(drift) - probability


def _above(
    fractions: Floats, bounds: Floats, lower: Floats, z: float, reach: float
) -> Callable[[float], float]:
    """Return drift → probability of an outcome at least as far up."""
    walk = Walk(fractions, reach)
    stages: list[tuple[Walk, float]] = []
    for upper, low in zip(bounds, lower, strict=True):
        stages.append((replace(walk), float(upper)))
        walk.step(float(low), float(upper))
    stages.append((walk, z))

    def above(drift: float) -> float:
        return float(sum(stage.above(bound, drift) for stage, bound in stages))

    return above
