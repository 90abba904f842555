"""Posterior of the shares with an event and the mean days without one, by draws.

The chance of an event on day j, for a unit that has had none, has a Beta posterior, independent
of the other days': a beta process, whose mean is the Kaplan–Meier curve as units grow. Durations
in whole days have exactly this likelihood, where a piecewise exponential law would need to know
the hour. Its prior weighs as much as one unit, with half an event spread evenly over the window:
on a window of one day it is Jeffreys' prior, Beta(½, ½).

References
----------
Hjort, N. L. (1990). Nonparametric Bayes estimators based on beta processes in models for life
history data. Annals of Statistics 18(3), 1259–1294 (section 3A: discrete time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WindowDraws", "window_draws"]

_CHUNK = 2_000_000


class WindowDraws(NamedTuple):
    """Draws for control and treatment, each (2, draws).

    Attributes
    ----------
    risk
        Share with an event by the end of the window.
    mean
        Mean days without an event within the window.
    """

    risk: Floats
    mean: Floats


def window_draws(
    events: Floats,
    at_risk: Floats,
    *,
    draws: int,
    rng: np.random.Generator,
    breaks: tuple[int, ...] | None = None,
) -> WindowDraws:
    """Return draws of what both arms would show if everybody were followed to the window.

    Parameters
    ----------
    events, at_risk
        Shape (2, days), days 0 … window. Day 0 counts if anybody had an event on it.
    draws
        How many.
    rng
        Where randomness comes from.
    breaks
        Last days of intervals in which the daily chance is taken as constant; None lets it
        differ from day to day.
    """
    first = 0 if events[:, 0].any() else 1
    window = events.shape[1] - 1
    days = np.arange(first, window + 1)
    ends = days if breaks is None else np.unique([*(b for b in breaks if b < window), window])
    piece = np.searchsorted(ends, days)
    length = np.bincount(piece, minlength=len(ends))
    part = 0.5 * length / len(days) / length  # of an event, for a day of the interval
    yes, seen = (
        np.add.reduceat(array[:, first:], np.r_[0, np.cumsum(length)[:-1]], axis=1)
        for array in (events, at_risk)
    )
    a = part * length + yes
    b = (1 - part) * length + seen - yes
    risk, mean = np.empty((2, draws)), np.empty((2, draws))
    step = max(_CHUNK // len(days), 1)
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        hazard = rng.beta(a[:, None], b[:, None], size=(2, stop - start, len(ends)))
        survival = np.cumprod(1 - hazard[:, :, piece], axis=2)
        risk[:, start:stop] = 1 - survival[:, :, -1]
        # the curve is 1 before the first day that counts
        mean[:, start:stop] = first + survival[:, :, :-1].sum(axis=2)
    return WindowDraws(risk, mean)
