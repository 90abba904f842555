"""The law of every cell's NPS where it is known by draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["DrawnNet"]


@dataclass(frozen=True)
class DrawnNet:
    """Posterior NPS of cells as draws; what it offers is what `NetShare` offers.

    Parameters
    ----------
    draws
        (draws, cells) NPS as a share, −1 to 1.
    """

    draws: Floats

    @cached_property
    def _sorted(self) -> Floats:
        return np.sort(self.draws.T, axis=1)

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of every cell, as shares."""
        return self.draws.mean(axis=0), self.draws.std(axis=0)

    def sf(self, t: float | Floats) -> Floats:
        """Return P(NPS > t) of every cell, never 0 or 1 for a t between −1 and 1."""
        size = len(self.draws)
        above = (self.draws > np.asarray(t)).sum(axis=0)
        inside = np.abs(np.broadcast_to(t, above.shape)) < 1
        # what no draw shows may still be: half a draw
        return np.where(inside, np.clip(above, 0.5, size - 0.5), above) / size

    def ppf(self, q: float) -> Floats:
        """Return the quantile of every cell, as a share."""
        at = np.clip(q * len(self.draws) - 0.5, 0, len(self.draws) - 1)
        low = int(at)
        high = min(low + 1, len(self.draws) - 1)
        ordered = self._sorted
        return np.asarray(ordered[:, low] + (at - low) * (ordered[:, high] - ordered[:, low]))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> DrawnNet:
        """Return the laws of some cells."""
        return DrawnNet(self.draws[:, rows])
