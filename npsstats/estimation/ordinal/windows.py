"""Where the nodes of an integral go: after the posterior of the last evaluation.

What the answers alone say of a store's effect is remembered as a normal likelihood; under another
prior sd its posterior is then known well enough to place nodes, also when the sd has moved far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp] | slice

__all__ = ["Window", "edges_hold", "wider"]

_REACH = 7.5  # half-width of the window of nodes, in posterior sd
_EDGE = 1e-9  # mass allowed on the first and last node before the window grows


@dataclass(frozen=True)
class Window:
    """What is remembered of a number of effects: `precision` and `pull` = precision × mean."""

    precision: Floats
    pull: Floats

    @classmethod
    def unseen(cls, size: int) -> Window:
        """Return the window of effects of which nothing is known."""
        return cls(np.zeros(size), np.zeros(size))

    def nodes(self, rows: Rows, sd: float, h: float, most: int = 3000) -> Floats:
        """Return nodes h apart where effects with this prior sd have their mass.

        They are multiples of h, so that they do not jump when a window grows; never more than
        `most`, since a search may try any sd.
        """
        low, high = self.ends(rows, sd)
        h = max(h, (high - low) / most)
        return h * np.arange(np.floor(low / h), np.ceil(high / h) + 1)

    def ends(self, rows: Rows, sd: float, reach: float = _REACH) -> tuple[float, float]:
        """Return where the effects lie, `reach` posterior sd to either side."""
        total = self.precision[rows] + 1 / sd**2
        mean, own = self.pull[rows] / total, 1 / np.sqrt(total)
        return float((mean - reach * own).min()), float((mean + reach * own).max())

    def remember(self, rows: Rows, mass: Floats, nodes: Floats, sd: float) -> None:
        """Take note of (effects, nodes) posterior masses under a prior sd."""
        mean = mass @ nodes
        h = nodes[1] - nodes[0]
        variance = np.maximum(mass @ nodes**2 - mean**2, h**2 / 4)
        self.precision[rows] = np.maximum(1 / variance - 1 / sd**2, 0.0)
        self.pull[rows] = mean / variance


def edges_hold(mass: Floats) -> bool:
    """Return whether next to nothing lies on the first and the last node."""
    return bool(mass[:, [0, -1]].max() < _EDGE)


def wider(nodes: Floats) -> Floats:
    """Return a window a half wider, its old nodes among the new."""
    h = nodes[1] - nodes[0]
    more = max(len(nodes) // 4, 4)
    first = round(nodes[0] / h)
    return np.asarray(h * np.arange(first - more, first + len(nodes) + more))
