"""How much more the lives of customers bring when five points more of them are kept a year."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats.grades import CROSS_SECTION, weakest
from npsstats.linkage.claims_answer import Answer
from npsstats.linkage.worth.sampling import normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.worth.retention import Retention
    from npsstats.linkage.worth.spending import Spending

    type Floats = NDArray[np.float64]

__all__ = ["lasting"]

_POINTS = 0.05  # of retention
_DRAWS = 20_000
_READING = "over a customer's life"


def lasting(retention: Retention, spent: Spending, discount: float, level: float) -> Answer:
    """Return how much more customers' lives bring, in %, with five points more of retention.

    Notes
    -----
    A life that is kept with probability r a year brings v / (1 − r / (1 + d)). It is convex in r,
    so that lives are added up category by category, w_k v_k life_k: the life of the mean retention
    is shorter than the mean life. Where r comes near 1 + d a life has no end that the data could
    tell, and nothing is identified.
    """
    n = int(spent.n.sum())
    grade = weakest(CROSS_SECTION, retention.grade).name

    def unknown(why: str) -> Answer:
        return Answer(_READING, nan, -inf, inf, level, n, grade, identified=False, why=why)

    there = spent.n > 0
    weights = spent.n[there] / n
    if not np.isfinite(spent.raw[there]).all():
        return unknown("What customers of each category spend cannot be told.")
    if (retention.estimate[there] + _POINTS > 1).any():
        return unknown("Retention has no five points left to gain.")

    def more(kept: Floats, year: Floats) -> Floats:
        lives = [
            (weights * year[:, there] / (1 + discount - kept[:, there] - points)).sum(axis=1)
            for points in (0.0, _POINTS)
        ]
        return np.asarray(100 * (lives[1] / lives[0] - 1))

    rng = np.random.default_rng(0)
    kept = retention.draw(rng, _DRAWS)
    if (kept[:, there] + _POINTS >= 1 + discount).any():
        return unknown(
            "Retention comes so near one plus the discount rate that a life has no end that these "
            "data could tell."
        )
    year = normal(rng, spent.raw, spent.raw_covariance, _DRAWS, spent.df)
    drawn = more(kept, year)
    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Answer(
        _READING,
        float(more(retention.estimate[None], spent.raw[None])[0]),
        float(lower),
        float(upper),
        level,
        n,
        grade,
        why="Arithmetic on retention and discount: the margin cancels, fixed costs are left out.",
    )
