"""Whether a customer who has been silent has left already: the Pareto/NBD's answer, by the hazard.

References
----------
Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987). Counting your customers: who are they and
what will they do next? Management Science 33(1), 1–24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PERIOD_DAYS", "gone_already"]

PERIOD_DAYS = {"week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}
"""Days of a mean period."""
_NODES = 32


def gone_already(
    hazard: Floats, silent: Floats, purchases: Floats, span: Floats, a: float, b: float, days: float
) -> Floats:
    """Return the probability that a customer had left before today, shape (customers,).

    Parameters
    ----------
    hazard
        Probability of leaving in a period, of who has not left.
    silent
        Days since the last purchase.
    purchases, span
        Further purchases after the first, and the days from the first to the last.
    a, b
        Shape and rate (days) of the gamma of purchases a day.
    days
        Days of a period.

    Notes
    -----
    Who is alive u days after the last purchase has been silent with probability
    L(u) = ((b + T) / (b + T + u))^(a + n). With the rate of leaving μ a day,

        P(gone) = A / (A + exp(−μs) L(s)),  A = ∫ μ exp(−μu) L(u) du from 0 to s.

    Examples
    --------
    >>> one = np.array([30.0])
    >>> regular = gone_already(np.array([0.02]), 3 * one, np.array([24.0]), 20 * one, 2, 60, 30.4)
    >>> rare = gone_already(np.array([0.02]), 3 * one, np.array([3.0]), 20 * one, 2, 60, 30.4)
    >>> round(float(regular[0]), 2), round(float(rare[0]), 2)
    (0.33, 0.08)
    """
    at, weight = np.polynomial.legendre.leggauss(_NODES)
    rate = -np.log1p(-np.clip(hazard, 0.0, 1 - 1e-12)) / days
    u = silent[:, None] * (at + 1) / 2
    base, power = (b + span)[:, None], (a + purchases)[:, None]
    alive = (base / (base + u)) ** power
    before = (rate[:, None] * np.exp(-rate[:, None] * u) * alive) @ weight * silent / 2
    now = np.exp(-rate * silent) * ((b + span) / (b + span + silent)) ** (a + purchases)
    return np.asarray(np.divide(before, before + now, out=np.zeros_like(now), where=before > 0))
