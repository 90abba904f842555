"""Networks of stores whose true scores are known, drawn anew with everything that shapes them.

`ours` is drawn as the hierarchical model believes a network to be: a level that reverts, a season,
stores that differ and stray, and a flicker of months. The others are not:

* shifts: besides, the level jumps once a year on average, by 6 points or so, and stores do too;
* heavy tails: the level's and the stores' moves are of Student's t with 3 degrees of freedom;
* ordinal: answers from 0 to 10 are a normal feeling cut at ten places, whose mean walks: shares of
  passives move with the score, which bends near its ends;
* quiet: nothing moves but the answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.aggregates.periods import period_range
from npsstats.forecasting.series import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["KINDS", "network"]

KINDS = ("ours", "shifts", "heavy tails", "ordinal", "quiet")
_SEASON = 12


def network(
    kind: str, rng: np.random.Generator, *, stores: int, months: int, n: int
) -> tuple[Series, Grid]:
    """Return the series of counted answers, and the score before sampling (stores, months)."""
    level, own = _parts(kind, rng, stores, months)
    if kind == "ordinal":
        shares = _cut(level, own)
    else:
        score = np.clip(level + own, -95, 95) / 100
        polar = np.clip(rng.uniform(0.55, 0.75), np.abs(score) + 0.02, 1)
        shares = np.stack([(polar - score) / 2, 1 - polar, (polar + score) / 2], axis=-1)
    answers = rng.multinomial(rng.poisson(n, (stores, months)), shares)
    first, last = "2020-01", f"{2020 + (months - 1) // 12}-{(months - 1) % 12 + 1:02d}"
    series = Series.of_counts(answers, period_range(first, last, "month"))
    return series, 100 * (shares[..., 2] - shares[..., 0])


def _parts(kind: str, rng: np.random.Generator, stores: int, months: int) -> tuple[Grid, Grid]:
    """Return what is common to all stores, (months,), and each one's own, (stores, months)."""
    quiet = 0.0 if kind == "quiet" else 1.0
    normal = _heavy if kind == "heavy tails" else _normal
    step = quiet * rng.gamma(2, 0.6)
    memory = np.exp(-1 / rng.choice([6, 12, 24, 60]))
    level = rng.normal(30, 15) + _reverting(normal(rng, (1, months)), step, memory)[0]
    season = rng.normal(0, quiet * rng.gamma(2, 1.0), _SEASON)
    level = level + (season - season.mean())[np.arange(months) % _SEASON]
    stray = quiet * rng.gamma(2, 1.5)
    memory = np.exp(-1 / rng.choice([4, 12, 24, 60]))
    moves = stray * np.sqrt(1 - memory**2)
    own = _reverting(normal(rng, (stores, months)), moves, memory)
    own = own + rng.normal(0, rng.uniform(4, 12), (stores, 1))
    own = own + quiet * rng.gamma(2, 0.5) * normal(rng, (stores, months))
    if kind == "shifts":
        level = level + np.cumsum((rng.random(months) < 1 / 12) * rng.normal(0, 6, months))
        jumps = (rng.random((stores, months)) < 1 / 36) * rng.normal(0, 8, (stores, months))
        own = own + np.cumsum(jumps, axis=1)
    return level, own


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Grid:
    return rng.standard_normal(shape)


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Grid:
    return rng.standard_t(3, shape) / np.sqrt(3)


def _reverting(z: Grid, step: float, memory: float) -> Grid:
    """Return walks that forget, stationary from the first month on; (rows, months)."""
    walk = np.empty_like(z)
    walk[:, 0] = z[:, 0] * step / np.sqrt(1 - memory**2)
    for month in range(1, z.shape[1]):
        walk[:, month] = memory * walk[:, month - 1] + step * z[:, month]
    return walk


def _cut(level: Grid, own: Grid) -> Grid:
    """Return shares of detractors, passives and promoters of a feeling cut in three."""
    mean = (level + own) / 60  # a point of score is about a sixtieth of the feeling's deviation
    low, high = special.ndtr(-0.45 - mean), special.ndtr(0.45 - mean)
    return np.stack([low, high - low, 1 - high], axis=-1)
