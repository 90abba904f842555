"""Answers of a store that come in bursts: a scan over its days, whatever its level and the season.

A store's history is cut into blocks of eight weeks. Given the answers m of its block, the answers
of a window of days are Beta-binomial(m, w, ρ) in an honest store: w is the share of the other
stores' answers that fell on those days (so that weekdays, mailings and seasons explain
themselves), and ρ how much honest stores vary beyond that. Conditioning on m takes the store's
level out. ρ is the median over the stores of a moment estimate, so that a few bursts do not hide
themselves. The store's p-value is the smallest of all windows of 1, 3 and 7 days, corrected for
all the windows that were looked at (Šidák), which is a little strict as windows overlap.

References
----------
Naus (1965). The distribution of the size of the maximum cluster of points on a line. JASA 60.
Griffiths (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["LENGTHS", "Bursts", "bursts"]

LENGTHS = (1, 3, 7)
"""Days of the windows that are scanned."""

_BLOCK = 56  # days of a block
_LOOKED_AT = 4  # windows of a store and length whose tail is computed: those that stand out most
_LEAST_SPREAD = 1e-4  # least ρ


class Bursts(NamedTuple):
    """The window that stands out most, one value a store; NaN and −1 where nothing was scanned.

    `observed` and `expected` answers in the window, `n` answers of its block, `first` day and
    `length` of the window, and the p-value over all windows.
    """

    observed: Floats
    expected: Floats
    n: Floats
    first: Whole
    length: Whole
    p_value: Floats


def bursts(store: Whole, day: Whole, n: Floats, stores: int) -> Bursts:
    """Scan every store.

    Parameters
    ----------
    store, day, n
        (rows,) store (0 to `stores` − 1), day, and answers of that store on that day.
    stores
        Their number.
    """
    first = int(day.min())
    days = int(day.max()) - first + 1
    network = np.bincount(day - first, n, days)
    order = np.argsort(store, kind="stable")
    ends = np.searchsorted(store[order], np.arange(stores + 1))
    windows = [_windows(days, length) for length in LENGTHS]
    scans = []
    for one in range(stores):
        mine = order[ends[one] : ends[one + 1]]
        own = np.bincount(day[mine] - first, n[mine], days)
        scans.append([_scan(own, network, start, length) for length, start in windows])
    spread = [
        _typical([scan[place] for scan in scans], length) for place, length in enumerate(LENGTHS)
    ]
    rows = [_worst(scan, spread, first) for scan in scans]
    observed, expected, total, start, length, p = (
        np.array(part) for part in zip(*rows, strict=True)
    )
    return Bursts(observed, expected, total, start.astype(int), length.astype(int), p)


def _windows(days: int, length: int) -> tuple[int, Whole]:
    """Return the first days of all windows that lie within a block."""
    start = np.arange(days - length + 1)
    return length, start[start % _BLOCK + length <= _BLOCK]


class _Scan(NamedTuple):
    """Windows of one length in one store: first day, answers, block's answers, usual share."""

    start: Whole
    n: Floats
    total: Floats
    share: Floats


def _scan(own: Floats, network: Floats, start: Whole, length: int) -> _Scan:
    seen = np.flatnonzero(own)
    if not len(seen):
        return _Scan(start[:0], own[:0], own[:0], own[:0])
    # half an answer a day, so that a day without any in the network is not impossible
    usual = network - own + 0.5
    # before the first and after the last answer the store may not have been open
    usual[: seen[0]] = 0
    usual[seen[-1] + 1 :] = 0
    block = np.arange(len(own)) // _BLOCK
    answers, others = np.bincount(block, own), np.bincount(block, usual)

    def within(values: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(sums[start + length] - sums[start])

    total, weight = answers[start // _BLOCK], others[start // _BLOCK]
    share = np.divide(within(usual), weight, out=np.zeros(len(start)), where=weight > 0)
    # with a single answer, or a window that is all of the block, nothing can be seen
    kept = (total > 1) & (share > 0) & (share < 0.9)
    return _Scan(start[kept], within(own)[kept], total[kept], share[kept])


def _typical(scans: list[_Scan], length: int) -> float:
    """Return ρ: the weighted median over stores of what its disjoint windows show."""
    values, weights = [], []
    for scan in scans:
        apart = scan.start % length == 0
        n, total, share = scan.n[apart], scan.total[apart], scan.share[apart]
        plain = total * share * (1 - share)
        room = float((plain * (total - 1)).sum())
        if room > 0:
            values.append(float(((n - total * share) ** 2 - plain).sum()) / room)
            weights.append(np.sqrt(room))
    if not values:
        return _LEAST_SPREAD
    order = np.argsort(values)
    reached = np.cumsum(np.array(weights)[order])
    middle = order[np.searchsorted(reached, reached[-1] / 2)]
    return float(np.clip(values[middle], _LEAST_SPREAD, 0.5))


def _worst(
    scans: list[_Scan], spread: list[float], first: int
) -> tuple[float, float, float, float, float, float]:
    """Return the store's most unlikely window."""
    looked = sum(len(scan.n) for scan in scans)
    nothing = (np.nan, np.nan, np.nan, -1.0, -1.0, np.nan)
    if not looked:
        return nothing
    least, found = 2.0, nothing
    for scan, length, rho in zip(scans, LENGTHS, spread, strict=True):
        if not len(scan.n):
            continue
        mean = scan.total * scan.share
        sd = np.sqrt(mean * (1 - scan.share) * (1 + (scan.total - 1) * rho))
        for at in np.argsort((scan.n - mean) / sd)[-_LOOKED_AT:]:
            p = _tail(scan.n[at], scan.total[at], scan.share[at], rho)
            if p < least:
                least = p
                place = float(first + scan.start[at])
                found = (scan.n[at], mean[at], scan.total[at], place, float(length), p)
    # 1 − (1 − p)^looked without losing small p
    return (*found[:5], float(-np.expm1(looked * np.log1p(-min(least, 1 - 1e-12)))))


def _tail(n: float, total: float, share: float, rho: float) -> float:
    """Return the mid-p of n or more of `total`, Beta-binomial."""
    from scipy import special

    size = 1 / rho - 1
    a, b = size * share, size * (1 - share)
    k = np.arange(n, total + 1)
    log = (
        -special.betaln(k + 1, total - k + 1)
        - np.log(total + 1)
        + special.betaln(k + a, total - k + b)
        - special.betaln(a, b)
    )
    mass = np.exp(log)
    return float(min(mass.sum() - mass[0] / 2, 1.0))
