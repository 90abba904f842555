"""How much levels drift and flicker and how often they change, learned from all series together.

Nothing is fixed beforehand that the series can tell: the segmentations are averaged over a lattice
of laws, each weighing what its marginal likelihood over all series makes of it. This is what keeps
a slow drift from being cut into changes: it is better explained by a law that drifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.forecasting.signal.segmentation import (
    Law,
    cuts,
    evidence,
    prior_mass,
    segments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Learned", "Prior", "Weighed", "learn"]

_YEARLY = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # sd of a year's drift, of the scale
_FLICKERS = (0.0, 0.1, 0.25, 0.5)  # sd, of the scale
_RATES = (0.01, 0.03, 0.1, 0.3, 1.0)  # changes a year
_RATE_WEIGHTS = (0.1, 0.25, 0.35, 0.2, 0.1)
_ENOUGH = 300  # series that tell the laws of all
_LIGHT = 1e-3  # weight under which a law is left out
_CELLS = 4_000_000  # of a table at a time


class Prior(NamedTuple):
    """What is believed of levels: mean and variance of where a segment starts, (S,) each."""

    centre: Grid
    spread: Grid


class Weighed(NamedTuple):
    """A law with its rate of changes a period and its posterior weight."""

    law: Law
    rate: float
    weight: float


class Learned(NamedTuple):
    """Laws by weight, and the posterior over cuts that they average to.

    `change` is (S, T), `segment` (S, T, T) as of `segmentation.Cuts`; `rate` the mean number of
    changes a year, `drift` the sd of a year's drift and `flicker` that of a period's, unit.
    """

    laws: tuple[Weighed, ...]
    change: Grid
    segment: Grid
    rate: float
    drift: float
    flicker: float


def learn(
    values: Grid, noise: Grid, prior: Prior, scale: float, season: int, shortest: int
) -> Learned:
    """Return the laws and the posterior over cuts.

    Parameters
    ----------
    values, noise
        (S, T), NaN where nothing was observed.
    prior
        Of the levels.
    scale, season
        Of the series.
    shortest
        Periods that a segment has at least.
    """
    length = values.shape[1]
    grid = [
        Law((yearly * scale) ** 2 / season, (flicker * scale) ** 2)
        for yearly in _YEARLY
        for flicker in _FLICKERS
    ]
    rates = np.minimum(np.array(_RATES) / season, 0.5)
    score = np.zeros((len(grid), len(rates)))
    # evenly over the list, those with most periods known first where there are too many
    known = np.argsort(-np.isfinite(values).sum(axis=1), kind="stable")[: 2 * _ENOUGH]
    asked = known[np.linspace(0, len(known) - 1, min(len(known), _ENOUGH)).astype(np.int64)]
    for place, law in enumerate(grid):
        log, _ = segments(
            values[asked], noise[asked], prior.centre[asked], prior.spread[asked], law
        )
        score[place] = evidence(log, rates, shortest).sum(axis=1)
    score += np.log(_RATE_WEIGHTS) - len(asked) * prior_mass(length, rates, shortest)
    weight = special.softmax(score)
    weight = np.where(weight < _LIGHT, 0.0, weight)
    weight /= weight.sum()
    laws = tuple(
        Weighed(grid[place], float(rates[at]), float(weight[place, at]))
        for place, at in np.argwhere(weight > 0)
    )
    change, segment = _averaged(values, noise, prior, laws, shortest)
    mean = [
        sum(weighed.weight * number for weighed, number in zip(laws, numbers, strict=True))
        for numbers in (
            [weighed.rate * season for weighed in laws],
            [np.sqrt(weighed.law.drift * season) for weighed in laws],
            [np.sqrt(weighed.law.flicker) for weighed in laws],
        )
    ]
    return Learned(laws, change, segment, *map(float, mean))


def _averaged(
    values: Grid, noise: Grid, prior: Prior, laws: tuple[Weighed, ...], shortest: int
) -> tuple[Grid, Grid]:
    series, length = values.shape
    change, segment = np.zeros((series, length)), np.zeros((series, length, length))
    for law in dict.fromkeys(weighed.law for weighed in laws):
        for part in _parts(values):
            log, _ = segments(
                values[part], noise[part], prior.centre[part], prior.spread[part], law
            )
            for weighed in (one for one in laws if one.law == law):
                found = cuts(log, weighed.rate, shortest)
                change[part] += weighed.weight * found.change
                segment[part] += weighed.weight * found.segment
    return change, segment


def _parts(values: Grid) -> Iterator[slice]:
    """Yield slices of the series whose tables fit into memory."""
    series, length = values.shape
    step = max(1, _CELLS // length**2)
    for start in range(0, series, step):
        yield slice(start, start + step)
