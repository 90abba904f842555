"""What looking early costs: the power of a trial that may stop at each look.

The bounds are those of `npsstats.experiments.sequential.spending`. What is asked of them here is
the power as a function of the drift, the expected z at the end: tabulated once, then read off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.experiments.sequential.spending import SPENDINGS, boundaries, information
from npsstats.experiments.sequential.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.interpolate import CubicSpline

    Floats = NDArray[np.float64]

__all__ = ["Looks", "looks_of"]

_LEAST, _MOST = -8.0, 14.0  # drifts beyond which no trial can surprise
_MANY = 20  # looks, from which the table is read at fewer drifts


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks at the data, the last one the end.

    Attributes
    ----------
    fractions
        Information fractions, shape (K,), the last of them 1.
    bounds
        On z in the direction of success, shape (K,); infinite where nothing stops.
    sides
        With 2, it also stops as far on the other side.
    """

    fractions: Floats
    bounds: Floats
    sides: int

    def power(self, drift: Floats) -> Floats:
        """Return the probability of ever crossing the bound of success."""
        read = self._tables[0](np.clip(drift, _LEAST, _MOST))
        return np.clip(read, 0.0, 1.0)

    def expected(self, drift: float) -> float:
        """Return the share of the information that is expected to have come in at the stop."""
        return float(self._tables[1](np.clip(drift, _LEAST, _MOST)))

    @cached_property
    def _tables(self) -> tuple[CubicSpline, CubicSpline]:
        from scipy.interpolate import CubicSpline

        low = -self.bounds if self.sides == 2 else np.full(len(self.bounds), -np.inf)
        walk = Walk(self.fractions, _MOST)
        steps = 8 if len(self.fractions) <= _MANY else 4
        drifts = np.linspace(_LEAST, _MOST, int(steps * (_MOST - _LEAST)) + 1)
        crossed, expected = np.zeros(len(drifts)), np.ones(len(drifts))
        for look, fraction in enumerate(self.fractions):
            up = np.array([walk.above(self.bounds[look], drift) for drift in drifts])
            down = np.array([walk.below(low[look], drift) for drift in drifts])
            crossed += up
            expected -= (up + down) * (1 - fraction)
            if look + 1 < len(self.fractions):
                walk.step(low[look], self.bounds[look])
        return CubicSpline(drifts, crossed), CubicSpline(drifts, expected)


def looks_of(looks: Any, spending: str, alpha: float, sides: int) -> Looks | None:
    """Return the looks that the arguments of `design` describe; None for one look, at the end.

    Parameters
    ----------
    looks
        How many, equally spaced; or their information fractions, the last of them 1.
    spending
        "obrien_fleming" or "pocock", or another name of `spending.SPENDINGS`.
    alpha, sides
        Of each comparison.
    """
    checks.one_of("spending", spending, SPENDINGS)
    if looks is None:
        return None
    if isinstance(looks, int | np.integer):
        many = checks.count("looks", int(looks), least=1)
        if many > 100:
            raise checks.InputError(
                f"`looks` must be 100 at most, got {many}. Where one looks all the time, bounds "
                "that hold at any time are simpler: npsstats.experiments.sequential."
            )
        fractions = np.arange(1, many + 1) / many
    else:
        fractions = information(looks)
        if abs(fractions[-1] - 1) > 1e-9:
            raise checks.InputError(
                f"`looks` must end at 1, where all information is in, got {fractions[-1]:g}."
            )
    if len(fractions) == 1:
        return None
    return Looks(fractions, boundaries(fractions, alpha, spending, sides), sides)
