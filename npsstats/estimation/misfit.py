"""Whether cells differ in NPS by more than shares that vary on their own allow.

Stores that please all their customers more have more promoters and fewer detractors at once. A
Dirichlet has the two shares nearly independent: it finds such stores more alike than they are,
shrinks too much, and its 95 % intervals hold about 90 %. The moments of the raw scores know
nothing of either.

References
----------
DerSimonian & Laird (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7(3),
177–188 (the moment estimate of the variance between cells).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["sd_by_moments", "too_alike"]

_LEAST_CELLS = 20
_RATIO = 1.2  # of the sd by moments to the model's, from which a misfit is told


def sd_by_moments(array: Floats) -> float:
    """Return the sd between cells' NPS, in points, from (cells, 3) detractors … promoters.

    NaN where no two cells have two answers each.
    """
    n = array.sum(axis=1)
    array, n = array[n >= 2], n[n >= 2]
    if len(n) < 2:
        return float("nan")
    score = (array[:, 2] - array[:, 0]) / n
    within = (array[:, 2] + array[:, 0] - n * score**2).sum() / (n - 1).sum()
    mean = n @ score / n.sum()
    excess = float(n @ (score - mean) ** 2 - (len(n) - 1) * within)
    room = float(n.sum() - (n**2).sum() / n.sum())
    return float(100 * max(excess / room, 0.0) ** 0.5)


def too_alike(array: Floats, modelled: float) -> float | None:
    """Return the sd by moments, in points, where the model's is far too small, or None.

    Parameters
    ----------
    array
        (cells, 3) detractors, passives, promoters.
    modelled
        The model's sd between cells, in points.
    """
    if (array.sum(axis=1) >= 2).sum() < _LEAST_CELLS:
        return None
    by_moments = sd_by_moments(array)
    return by_moments if by_moments >= _RATIO * modelled else None
