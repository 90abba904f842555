"""How much levels drift and flicker and how often they change, learned from all series together.

Nothing is fixed beforehand that the series can tell: the segmentations are averaged over a lattice
of laws, each weighing what its marginal likelihood over all series makes of it. This is what keeps
a slow drift from being cut into changes: it is better explained by a law that drifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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

    from npsstats.forecasting.signal.segmentation import Levels

    type Grid = NDArray[np.float64]

__all__ = ["Laws", "Learned", "Prior", "learn", "parts", "tiled"]

_YEARLY = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # sd of a year's drift, of the scale
_FLICKERS = (0.0, 0.1, 0.25, 0.5)  # sd, of the scale
_RATES = (0.01, 0.03, 0.1, 0.3, 1.0)  # changes a year
_RATE_WEIGHTS = (0.1, 0.25, 0.35, 0.2, 0.1)
_ENOUGH = 300  # series that tell the laws of all
_LIGHT = 1e-3  # weight under which a law is left out
_CELLS = 2_000_000  # of a table at a time


class Prior(NamedTuple):
    """What is believed of levels: mean and variance of where a segment starts, (S,) each."""

    centre: Grid
    spread: Grid

    def of(self, rows: Any) -> Prior:
        """Return that of some series."""
        return Prior(self.centre[rows], self.spread[rows])


class Laws(NamedTuple):
    """Laws with their rates of changes a period and their posterior weights, (L,) each."""

    drift: Grid
    flicker: Grid
    rate: Grid
    weight: Grid

    def of(self, rows: Any) -> Laws:
        """Return some of the laws."""
        return Laws(*(part[rows] for part in self))


class Learned(NamedTuple):
    """Laws by weight, and the posterior over cuts that they average to.

    `change` is (S, T), `segment` (S, T, T) as of `segmentation.Cuts`; `rate` the mean number of
    changes a year, `drift` the sd of a year's drift and `flicker` that of a period's, unit.
    """

    laws: Laws
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
    rates = np.minimum(np.array(_RATES) / season, 0.5)
    drift = np.repeat((np.array(_YEARLY) * scale) ** 2 / season, len(_FLICKERS))
    flicker = np.tile((np.array(_FLICKERS) * scale) ** 2, len(_YEARLY))
    # evenly over the list, those with most periods known first where there are too many
    known = np.argsort(-np.isfinite(values).sum(axis=1), kind="stable")[: 2 * _ENOUGH]
    asked = known[np.linspace(0, len(known) - 1, min(len(known), _ENOUGH)).astype(np.int64)]
    y, error, belief = values[asked], noise[asked], prior.of(asked)
    score = np.zeros((len(drift), len(rates)))
    for part in parts(len(drift), len(asked) * length**2):
        law = Law(drift[part], flicker[part])
        log, _ = tiled(y, error, belief, law)
        found = evidence(log, rates, shortest)
        score[part] = found.reshape(len(rates), -1, len(asked)).sum(axis=2).T
    score += np.log(_RATE_WEIGHTS) - len(asked) * prior_mass(length, rates, shortest)
    weight = special.softmax(score)
    weight = np.where(weight < _LIGHT, 0.0, weight)
    weight /= weight.sum()
    place, at = np.nonzero(weight)
    laws = Laws(drift[place], flicker[place], rates[at], weight[place, at])
    return Learned(
        laws,
        *_averaged(values, noise, prior, laws, shortest),
        float(laws.weight @ laws.rate * season),
        float(laws.weight @ np.sqrt(laws.drift * season)),
        float(laws.weight @ np.sqrt(laws.flicker)),
    )


def tiled(
    values: Grid, noise: Grid, prior: Prior, law: Law | Laws, *, levels: bool = False
) -> tuple[Grid, Levels]:
    """Return `segments` of all series under every law, law by law, (L × S, T, T)."""
    series, laws = len(values), len(np.atleast_1d(law.drift))
    copies = np.tile(np.arange(series), laws)
    each = Law(np.repeat(law.drift, series), np.repeat(law.flicker, series))
    belief = prior.of(copies)
    return segments(
        values[copies], noise[copies], belief.centre, belief.spread, each, levels=levels
    )


def parts(length: int, cells: int) -> Iterator[slice]:
    """Yield slices of so many things of so many cells each, that fit into memory together."""
    step = max(1, _CELLS // max(cells, 1))
    for start in range(0, length, step):
        yield slice(start, start + step)


def _averaged(
    values: Grid, noise: Grid, prior: Prior, laws: Laws, shortest: int
) -> tuple[Grid, Grid]:
    series, length = values.shape
    change, segment = np.zeros((series, length)), np.zeros((series, length, length))
    for part in parts(series, length**2):
        y, error, belief = values[part], noise[part], prior.of(part)
        for some in parts(len(laws.rate), y.size * length):
            chosen = laws.of(some)
            log, _ = tiled(y, error, belief, chosen)
            found = cuts(log, np.repeat(chosen.rate, len(y)), shortest)
            for total, table in ((change, found.change), (segment, found.segment)):
                by_law = table.reshape(len(chosen.rate), len(y), *table.shape[1:])
                total[part] += np.tensordot(chosen.weight, by_law, axes=1)
    return change, segment
