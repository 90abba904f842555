"""How much levels drift and flicker and how often they change, learned from all series together.

Nothing is fixed beforehand that the series can tell: the segmentations are averaged over a lattice
of laws. Most series follow one law, which all of them tell together; any may follow one of its own
instead, so that a store that slides among stores that stand still is not cut into changes. This is
what keeps a drift from being a change: it is better explained by a law that drifts.
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
_OWN = (0.3, 0.2, 0.2, 0.2, 0.08, 0.02)  # weights of `_YEARLY` for a law of one series' own
_RATES = (0.01, 0.03, 0.1, 0.3, 1.0)  # changes a year
_RATE_WEIGHTS = (0.1, 0.25, 0.35, 0.2, 0.1)
_APART = 0.01  # probability that a series follows a law of its own
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
    """Laws with their rates of changes a period, (L,) each, and every series' weights, (L, S)."""

    drift: Grid
    flicker: Grid
    rate: Grid
    weight: Grid

    def of(self, rows: Any) -> Laws:
        """Return some of the laws."""
        return Laws(*(part[rows] for part in self))


class Learned(NamedTuple):
    """Laws by weight, and the posterior over cuts that they average to.

    `change` is (S, T), `segment` (S, T, T) as of `segmentation.Cuts`. Of the law that most series
    follow: `rate`, changes a year, `drift`, the sd of a year's drift, and `flicker`, that of a
    period's, unit.
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
    score = np.empty((len(drift), len(rates), len(values)))
    for rows in parts(len(values), len(drift) * length**2):
        y, error, belief = values[rows], noise[rows], prior.of(rows)
        for some in parts(len(drift), y.size * length):
            log, _ = tiled(y, error, belief, Law(drift[some], flicker[some]))
            found = evidence(log, rates, shortest).reshape(len(rates), -1, len(y))
            score[some, :, rows] = found.transpose(1, 0, 2)
    score -= prior_mass(length, rates, shortest)[:, None]
    before = np.log(np.tile(_RATE_WEIGHTS, len(drift)) / len(drift))
    own = before + np.log(np.repeat(_OWN, len(_FLICKERS) * len(rates)) * len(_OWN))
    weight, common = _shared(score.reshape(-1, len(values)), before, own)
    used = np.flatnonzero(weight.any(axis=1))
    place, at = np.divmod(used, len(rates))
    laws = Laws(drift[place], flicker[place], rates[at], weight[used])
    every = np.repeat(np.arange(len(drift)), len(rates))
    return Learned(
        laws,
        *_averaged(values, noise, prior, laws, shortest),
        float(common @ np.tile(rates, len(drift)) * season),
        float(common @ np.sqrt(drift * season)[every]),
        float(common @ np.sqrt(flicker)[every]),
    )


def _shared(score: Grid, before: Grid, own: Grid) -> tuple[Grid, Grid]:
    """Return every series' weights of the laws, (L, S), and those of the law of most, (L,).

    Parameters
    ----------
    score
        (L, S) log marginal likelihoods.
    before, own
        (L,) log prior weights of the law of most, and of a law of one series' own.
    """
    alone = np.log(_APART) + own[:, None] + score
    free = special.logsumexp(alone, axis=0)
    held = np.log1p(-_APART) + score
    either = np.logaddexp(held, free)
    common = special.softmax(before + either.sum(axis=1))
    # given the law of most, a series follows it or any
    least = either.min(axis=0)
    rest = common @ np.exp(least - either)
    weight = common[:, None] * np.exp(held - either) + np.exp(alone - least) * rest
    weight = np.where(weight < _LIGHT, 0.0, weight)
    return weight / weight.sum(axis=0), common


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
    for law in range(len(laws.rate)):
        follow = np.flatnonzero(laws.weight[law])
        for part in parts(len(follow), length**2):
            rows = follow[part]
            log, _ = segments(
                values[rows], noise[rows], *prior.of(rows), Law(laws.drift[law], laws.flicker[law])
            )
            found = cuts(log, laws.rate[law], shortest)
            weight = laws.weight[law, rows]
            change[rows] += weight[:, None] * found.change
            segment[rows] += weight[:, None, None] * found.segment
    return change, segment
