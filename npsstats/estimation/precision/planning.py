"""Arithmetic of precision: what n answers are worth, and how many answers something takes.

Everything here is in shares. An answer scores −1, 0 or 1; its variance is p + d − (p − d)². The
variance of an estimated NPS is

    v/(n + a) · (N − n)/(N − 1)

with N customers in all (no second factor where N is not stated), and a the answers that an
analysis adds of its own: 3 for the adjusted Wald interval, none for the score test, κ where a
store borrows from its network. Where shares are known, the interval's v is that of the expected
answers with the three among them, and a test against a benchmark has, under its null hypothesis,
the v of the likeliest shares there (Tango 1998).

For a store that borrows, v is the variance of an answer within a store, and the expected posterior
variance is exactly v/(n + κ): a Dirichlet posterior mean is linear in the counts, so the prior
variance v/κ loses its share n/(n + κ).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.estimation.limits import ADDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Design", "least"]

_ADDED_ANSWERS = float(ADDED.sum())

_MOST = 10**12


@dataclass(frozen=True)
class Design:
    """What is estimated from how many answers.

    Attributes
    ----------
    variance
        Of one answer, in shares²: one number a group.
    population
        Customers, one number a group; infinite where not stated.
    benchmark
        Standard error, a share, of the benchmark that the NPS is held against; 0 if it has none.
    ratio
        Answers of the second group for one of the first.
    z, z_power
        Normal quantiles of the level and of the power.
    shares
        Detractors, passives and promoters of each group, where they are known.
    """

    variance: tuple[float, ...]
    population: tuple[float, ...]
    benchmark: float
    ratio: float
    z: float
    z_power: float
    shares: tuple[tuple[float, float, float], ...] | None = None

    def sizes(self, n: int) -> tuple[int, ...]:
        """Return the answers of each group when the first has n."""
        if len(self.variance) == 1:
            return (n,)
        # 1.1 × 10 is 11.000000000000002 in floating point, which is not twelve answers
        second = max(1, ceil(round(self.ratio * n, 6)))
        return n, int(min(second, self.population[1]))

    def std_error(self, sizes: tuple[int, ...]) -> float:
        """Return the standard error of the adjusted Wald interval, with its three answers."""
        expected = [
            v if self.shares is None else _moments(n * np.array(self.shares[i]) + ADDED)
            for i, (n, v) in enumerate(zip(sizes, self.variance, strict=True))
        ]
        return self._error(sizes, tuple(expected), _ADDED_ANSWERS)

    def sampling_error(self, sizes: tuple[int, ...]) -> float:
        """Return the standard error of the score itself, to which nothing is added."""
        return self._error(sizes, self.variance, 0.0)

    def _error(self, sizes: tuple[int, ...], variance: tuple[float, ...], added: float) -> float:
        groups = zip(sizes, variance, self.population, strict=True)
        drawn = sum(v / (n + added) * _classical(n, N) for n, v, N in groups)
        return sqrt(drawn + self.benchmark**2)

    def pooled_error(self, sizes: tuple[int, ...], concentration: float) -> float:
        """Return the root of the expected posterior variance of cells of a network of that κ."""
        groups = zip(sizes, self.variance, self.population, strict=True)
        drawn = sum(v / (n + concentration) * _unseen(n, N, concentration) for n, v, N in groups)
        return sqrt(drawn + self.benchmark**2)

    def margin(self, sizes: tuple[int, ...]) -> float:
        """Return half the adjusted Wald interval."""
        return self.z * self.std_error(sizes)

    def pooled_margin(self, sizes: tuple[int, ...], concentration: float) -> float:
        """Return half the interval of the pooled estimate."""
        return self.z * self.pooled_error(sizes, concentration)

    def needed(self, sizes: tuple[int, ...], gap: float) -> float:
        """Return how far from the null a score must lie for the power, were the gap `gap`.

        The test's own standard error is that under the null hypothesis; where the shares are
        known it depends on where the benchmark lies, and the worse side counts.
        """
        truly = self.sampling_error(sizes)
        tested = truly
        if self.shares is not None and len(sizes) == 1:
            d, _, p = self.shares[0]
            nulls = [x for x in (p - d - gap, p - d + gap) if -1 < x < 1]
            variances = [_null_variance(d, p, null) for null in nulls]
            if variances:
                tested = self._error(sizes, (max(variances),), 0.0)
        return self.z * tested + self.z_power * truly

    def detectable(self, sizes: tuple[int, ...]) -> float:
        """Return the true gap that a two-sided test finds with the wanted power."""
        low, high = 0.0, 4.0 + 2 * self.needed(sizes, 4.0)
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if self.needed(sizes, middle) <= middle else (middle, high)
        return high


def least(value: Callable[[int], float], goal: float, start: int, most: float = inf) -> int | None:
    """Return the smallest n from `start` to `most` at which a falling function reaches `goal`.

    Examples
    --------
    >>> least(lambda n: 100 / n, 7, 1)
    15
    >>> least(lambda n: 100 / n, 7, 1, most=10) is None
    True
    """
    top = int(min(most, _MOST))
    low, high = start - 1, start
    while value(high) > goal:
        if high >= top:
            return None
        low, high = high, min(2 * high + 1, top)
    while high - low > 1:
        middle = (low + high) // 2
        if value(middle) > goal:
            low = middle
        else:
            high = middle
    return high


def _moments(counts: NDArray[np.float64]) -> float:
    """Return the variance of one of these answers."""
    d, _, p = counts / counts.sum()
    return float(p + d - (p - d) ** 2)


def _null_variance(d: float, p: float, net: float) -> float:
    """Return the variance of an answer under the likeliest shares whose net share is `net`."""
    b = -(p + d) + (2 - p + d) * net
    share = (sqrt(max(b**2 + 8 * d * net * (1 - net), 0.0)) - b) / 4
    return max(2 * share + net - net**2, 0.0)


def _classical(n: int, population: float) -> float:
    """Return the finite-population correction of a sample without replacement."""
    if population == inf:
        return 1.0
    _fits(n, population)
    return (population - n) / max(population - 1, 1)


def _unseen(n: int, population: float, concentration: float) -> float:
    """Return what a posterior variance keeps when only those who were not asked are unknown.

    Their mean has variance v/(n + κ) + v/(N − n) given the answers, and it is the share
    (N − n)/N of the mean of all.
    """
    if population == inf:
        return 1.0
    _fits(n, population)
    return (population + concentration) * (population - n) / population**2


def _fits(n: int, population: float) -> None:
    if n > population:
        raise InputError(
            f"{n:,} answers cannot come from a population of {population:,.0f}. Give the number "
            "of customers who could be asked, or leave `population` out."
        )
