"""From the likelihood at many β to limits that stay honest where β can hardly be told.

Given β every quantity is estimated well, so that its profile likelihood is a normal one given β,
maximized over β. β is never integrated out by a normal law of its own: that is what fails. The
posterior does so by weights on the points instead, and with a prior that it names.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.experiments.survey.silent.resistance_fit import Fit, Survey, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PRIOR_SD", "Profile", "Reading", "draw", "profile", "read"]

PRIOR_SD = 2.0
"""Of every β in the posterior: odds of answering that differ sevenfold over the scale are usual."""

_REACH = 12.0  # log-odds: beyond it a score answers always or never
_COARSE, _FINE = {1: 49, 2: 25}, {1: 81, 2: 31}
_KEPT = 18.0  # of twice the log-likelihood below its top, where the fine points lie
_ZOOMS = 3
_CLOSER, _ABOUT = 4, 9  # rounds, and points an axis, about the top
_SAME = 0.8  # of its size is left: the lattice need not be drawn closer


class Profile(NamedTuple):
    """Points of β that the data leave, with the fit there, and whether β has an end."""

    top: Fit  # at the likeliest β, one point
    found: Fit
    short: Floats  # twice what the log-likelihood is below its top, (points,)
    spacing: Floats  # (k,)
    unbounded: bool  # at the level asked for, β goes on to where it means always or never


class Reading(NamedTuple):
    """A quantity's likeliest value, its standard error there, and its profile limits."""

    estimate: float
    std_error: float
    lower: float
    upper: float


def profile(survey: Survey, shape: Floats, level: float) -> Profile:
    """Return the profile over a lattice of β that is drawn closer to what the data leave."""
    k = shape.shape[1]
    low, high = np.full(k, -_REACH), np.full(k, _REACH)
    points, spacing = _lattice(low, high, _COARSE[k])
    found = fit(survey, shape, points)
    short = 2 * (found.log_posterior.max() - found.log_posterior)
    edge = (np.abs(points) >= _REACH).any(axis=1)
    unbounded = bool((short[edge] < special.chdtri(1, 1 - level)).any())
    for _ in range(_ZOOMS):
        kept = points[short < _KEPT]
        ends = low, high
        low = np.maximum(kept.min(axis=0) - spacing, -_REACH)
        high = np.minimum(kept.max(axis=0) + spacing, _REACH)
        if len(points) == _FINE[k] ** k and ((high - low) > _SAME * (ends[1] - ends[0])).all():
            break
        points, spacing = _lattice(low, high, _FINE[k])
        found = fit(survey, shape, points)
        short = 2 * (found.log_posterior.max() - found.log_posterior)
    top = _top(survey, shape, points[np.argmin(short)], spacing)
    short = 2 * np.maximum(top.log_posterior[0] - found.log_posterior, 0.0)
    return Profile(top, found, short, spacing, unbounded)


def _top(survey: Survey, shape: Floats, start: Floats, spacing: Floats) -> Fit:
    """Return the fit at the likeliest β, looked for ever closer about the likeliest point."""
    for _ in range(_CLOSER):
        low = np.maximum(start - spacing, -_REACH)
        points, spacing = _lattice(low, np.minimum(start + spacing, _REACH), _ABOUT)
        start = points[np.argmax(fit(survey, shape, points).log_posterior)]
    return fit(survey, shape, start[None])


def _lattice(low: Floats, high: Floats, count: int) -> tuple[Floats, Floats]:
    axes = [np.linspace(a, b, count) for a, b in zip(low, high, strict=True)]
    return np.array(list(product(*axes))), (high - low) / (count - 1)


def read(made: Profile, weights: Floats, level: float) -> Reading:
    """Return the reading of a linear combination of the quantities, (quantities,) weights."""
    found, top = made.found, made.top
    value = found.quantities @ weights
    given = np.einsum("p,gpq,q->g", weights, found.covariance, weights)
    slope = top.gradients[0].T @ weights
    through = slope @ np.linalg.pinv(top.information[0]) @ slope
    variance = float(weights @ top.covariance[0] @ weights + through)
    room = special.chdtri(1, 1 - level) - made.short
    half = np.sqrt(np.maximum(given * room, 0.0))
    inside = room >= 0
    return Reading(
        float(top.quantities[0] @ weights),
        float(np.sqrt(variance)),
        float((value - half)[inside].min()),
        float((value + half)[inside].max()),
    )


def draw(made: Profile, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return posterior draws of β, (count, k), and of the quantities, (count, quantities).

    Laplace's method at every point of β: a normal law of the quantities given β. Where the reminder
    tells little its spread is about a tenth wider than PyMC's, which referees it in the tests.
    """
    found = made.found
    log = found.log_posterior - found.log_volume
    log = log - 0.5 * ((found.points / PRIOR_SD) ** 2).sum(axis=1)
    weight = special.softmax(log)
    place = rng.choice(len(weight), size=count, p=weight)
    jitter = (rng.random((count, found.points.shape[1])) - 0.5) * made.spacing
    mean = found.quantities[place] + np.einsum("dqk,dk->dq", found.gradients[place], jitter)
    values, vectors = np.linalg.eigh(found.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None]
    noise = np.einsum("dqr,dr->dq", root[place], rng.standard_normal(mean.shape))
    return found.points[place] + jitter, mean + noise
