"""How far each arm's answerers are from all who were asked, arms read together.

An arm's gap is only as well known as its answers are many. Compared as they stand, the arm with
fewer answers looks worse for its noise alone; so the gaps are drawn to each other as far as they do
not differ by more than noise.

References
----------
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1(3), 515–534 (the half-normal prior of the spread).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PRIOR_SD", "shrunken_gaps"]

PRIOR_SD = 2.0
"""Scale (points) of the half-normal prior of the sd between arms' gaps."""

_GRID = 200


def shrunken_gaps(drawn: Floats, seed: int) -> Floats:
    """Return draws of the arms' gaps in a normal hierarchy over arms.

    Parameters
    ----------
    drawn
        Draws of each arm's own gap, points; (draws, arms).
    seed
        Of the draws returned.

    Returns
    -------
    array
        (draws, arms), points: gap_a ~ N(m, τ²) with a flat prior of m and τ ~ half-normal
        (`PRIOR_SD`), each arm's own reading normal about its gap.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> own = rng.normal([0.0, 1.0], [0.1, 2.0], (4000, 2))  # the second arm is less known
    >>> shrunken_gaps(own, 0).mean(axis=0).round(1).tolist()
    [0.0, 0.4]
    """
    size, arms = drawn.shape
    mean, variance = drawn.mean(axis=0), np.maximum(drawn.var(axis=0), 1e-12)
    grid = np.linspace(0, 5 * PRIOR_SD, _GRID + 1)[1:] - 2.5 * PRIOR_SD / _GRID
    weight = 1 / (variance + grid[:, None] ** 2)
    center = (weight * mean).sum(axis=1) / weight.sum(axis=1)
    log = 0.5 * np.log(weight).sum(axis=1) - 0.5 * np.log(weight.sum(axis=1))
    log -= 0.5 * (weight * (mean - center[:, None]) ** 2).sum(axis=1)
    log -= 0.5 * (grid / PRIOR_SD) ** 2
    rng = np.random.default_rng(seed)
    place = rng.choice(_GRID, size=size, p=special.softmax(log))
    spread = grid[place]
    common = center[place] + rng.standard_normal(size) / np.sqrt(weight[place].sum(axis=1))
    precision = 1 / variance + 1 / spread[:, None] ** 2
    pulled = (mean / variance + (common / spread**2)[:, None]) / precision
    return np.asarray(pulled + rng.standard_normal((size, arms)) / np.sqrt(precision))
