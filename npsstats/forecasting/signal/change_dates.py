"""From the posterior over cuts to changes: when, how surely, and by how much.

The probability that at least one change lies between two dates is exact: one minus that of a
segment spanning both. An interval grows around the likeliest date until nothing worth adding is
left; the shortest part of it that holds `level` of its probability is the date's interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.forecasting.signal.segmentation import cuts, segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.signal.change_law import Learned, Prior

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
    y, error = values[rows], noise[rows]
    beliefs = [part[rows] for part in prior]
    length = values.shape[1]
    mass, first, second = np.zeros((3, len(rows), length))
    for weighed in learned.laws:
        log, levels = segments(y, error, beliefs[0], beliefs[1], weighed.law, levels=True)
        if levels is None:  # pragma: no cover
            continue
        found = cuts(log, weighed.rate, shortest)
        for t in range(1, length):
            # given a change, the sides know nothing of each other
            sides = []
            for weight, mean, variance in (
                (found.segment[:, t, t:], levels.start[:, t, t:], levels.start_variance[:, t, t:]),
                (
                    found.segment[:, :t, t - 1],
                    levels.end[:, :t, t - 1],
                    levels.end_variance[:, :t, t - 1],
                ),
            ):
                share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
                centre = (share * mean).sum(axis=1)
                sides.append((centre, (share * (variance + mean**2)).sum(axis=1) - centre**2))
            jump = sides[0][0] - sides[1][0]
            here = weighed.weight * found.change[:, t]
            mass[:, t] += here
            first[:, t] += here * jump
            second[:, t] += here * (sides[0][1] + sides[1][1] + jump**2)
    place = {row: at for at, row in enumerate(rows)}
    mean, sd = np.zeros((2, len(changes)))
    for at, change in enumerate(changes):
        window = np.s_[place[change.row], change.first : change.last + 1]
        total = mass[window].sum()
        mean[at] = first[window].sum() / total
        sd[at] = np.sqrt(max(second[window].sum() / total - mean[at] ** 2, 0.0))
    return mean, sd
