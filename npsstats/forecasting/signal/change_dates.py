"""From the posterior over cuts to changes: when, how surely, and by how much.

The probability that at least one change lies between two dates is exact: one minus that of a
segment spanning both. An interval grows around the likeliest date until nothing worth adding is
left; the shortest part of it that holds `level` of its probability is the date's interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.forecasting.signal.change_law import parts, tiled
from npsstats.forecasting.signal.segmentation import cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.signal.change_law import Learned, Prior
    from npsstats.forecasting.signal.segmentation import Levels

    type Grid = NDArray[np.float64]

__all__ = ["Change", "found_changes", "sizes"]

_FLOOR = 0.01  # probability of a date that ends an interval on both sides


class Change(NamedTuple):
    """A change of series `row`: likeliest date, limits of its interval, probability that one is."""

    row: int
    date: int
    first: int
    last: int
    probability: float


def found_changes(learned: Learned, least: float, level: float) -> list[Change]:
    """Return the changes that are as probable as asked, in the order of series and dates."""
    found: list[Change] = []
    # a series that surely never changed needs no search
    for row in np.flatnonzero(1 - learned.segment[:, 0, -1] >= least):
        found += _of_series(int(row), learned.change[row], learned.segment[row], least, level)
    return sorted(found)


def _of_series(row: int, change: Grid, segment: Grid, least: float, level: float) -> list[Change]:
    # spans[i, j]: probability of a segment that starts at or before i and ends at or after j
    spans = np.cumsum(segment, axis=0)[:, ::-1].cumsum(axis=1)[:, ::-1]
    free = np.ones(len(change), dtype=bool)
    free[0] = False
    found = []
    while free.any():
        peak = int(np.argmax(np.where(free, change, -1.0)))
        if change[peak] < _FLOOR:
            break
        grown = _grown(change, free, peak)
        chance = [1 - spans[first - 1, last] for first, last in grown]
        first, last = grown[-1]
        if chance[-1] >= least:
            place = next(at for at, p in enumerate(chance) if p >= level * chance[-1])
            first, last = grown[place]
            found.append(Change(row, peak, first, last, float(min(chance[-1], 1.0))))
        free[first : last + 1] = False
    return found


def _grown(change: Grid, free: NDArray[np.bool_], peak: int) -> list[tuple[int, int]]:
    """Return intervals around the peak, each one date wider, until both neighbours are unlikely."""
    first = last = peak
    grown = [(first, last)]
    while True:
        left = change[first - 1] if free[first - 1] else -1.0
        right = change[last + 1] if last + 1 < len(change) and free[last + 1] else -1.0
        if max(left, right) < _FLOOR:
            return grown
        first, last = (first - 1, last) if left >= right else (first, last + 1)
        grown.append((first, last))


def sizes(
    values: Grid, noise: Grid, prior: Prior, learned: Learned, changes: list[Change], shortest: int
) -> tuple[Grid, Grid]:
    """Return mean and sd of the level after minus before each change, (changes,) each.

    Both levels are those at the change itself, averaged over where the segments on its two sides
    begin and end, over the dates of the interval and over the laws.
    """
    rows = sorted({change.row for change in changes})
    y, error, belief = values[rows], noise[rows], prior.of(rows)
    length = values.shape[1]
    sums = np.zeros((3, len(rows), length))
    followed = np.flatnonzero(learned.laws.weight[:, rows].any(axis=1))
    for some in parts(len(followed), 5 * y.size * length):
        laws = learned.laws.of(followed[some])
        log, levels = tiled(y, error, belief, laws, levels=True)
        found = cuts(log, np.repeat(laws.rate, len(rows)), shortest)
        mean, variance = _jumps(found.segment, levels)
        here = laws.weight[:, rows].reshape(-1, 1) * found.change
        tables = np.stack([here, here * mean, here * (variance + mean**2)])
        sums += tables.reshape(3, len(laws.rate), len(rows), length).sum(axis=1)
    mass, first, second = sums
    place = {row: at for at, row in enumerate(rows)}
    size, sd = np.zeros((2, len(changes)))
    for at, change in enumerate(changes):
        window = np.s_[place[change.row], change.first : change.last + 1]
        total = mass[window].sum()
        size[at] = first[window].sum() / total
        sd[at] = np.sqrt(max(second[window].sum() / total - size[at] ** 2, 0.0))
    return size, sd


def _jumps(segment: Grid, levels: Levels) -> tuple[Grid, Grid]:
    """Return mean and variance of the level after minus before, given a change there, (S, T)."""
    mean, variance = np.zeros((2, *segment.shape[:2]))
    for t in range(1, segment.shape[1]):
        after = np.s_[:, t, t:]
        before = np.s_[:, :t, t - 1]
        # given a change, the sides know nothing of each other
        new = _mixed(segment[after], levels.start[after], levels.start_variance[after])
        old = _mixed(segment[before], levels.end[before], levels.end_variance[before])
        mean[:, t], variance[:, t] = new[0] - old[0], new[1] + old[1]
    return mean, variance


def _mixed(weight: Grid, mean: Grid, variance: Grid) -> tuple[Grid, Grid]:
    """Return mean and variance of mixtures over the last axis."""
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    centre = (share * mean).sum(axis=1)
    return centre, (share * (variance + mean**2)).sum(axis=1) - centre**2
