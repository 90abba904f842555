"""Arithmetic of precision: what n answers are worth, and how many answers something takes.

Everything here is in shares. An answer scores −1, 0 or 1; its variance is p + d − (p − d)². The
variance of an estimated NPS is

    v/(n + a) · (N − n)/(N − 1)

with N customers in all (no second factor where N is not stated), and a the answers that an
analysis adds of its own: 3 for the adjusted Wald interval, none for the score test, κ where a
store borrows from its network. For the last, v is the variance of an answer within a store, and
the expected posterior variance is exactly v/(n + κ): a Dirichlet posterior mean is linear in the
counts, so the prior variance v/κ loses its share n/(n + κ).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING

from npsstats.checks import InputError
from npsstats.estimation.limits import ADDED

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ADDED_ANSWERS", "Design", "least"]

ADDED_ANSWERS = float(ADDED.sum())
"""Answers that the adjusted Wald interval adds: ¾ + 1½ + ¾ (Rocks 2016)."""

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
    """

    variance: tuple[float, ...]
    population: tuple[float, ...]
    benchmark: float
    ratio: float
    z: float
    z_power: float

    def sizes(self, n: int) -> tuple[int, ...]:
        """Return the answers of each group when the first has n."""
        if len(self.variance) == 1:
            return (n,)
        # 1.1 × 10 is 11.000000000000002 in floating point, which is not twelve answers
        second = max(1, ceil(round(self.ratio * n, 6)))
        return n, int(min(second, self.population[1]))

    def std_error(self, sizes: tuple[int, ...], added: float = ADDED_ANSWERS) -> float:
        """Return the standard error when the analysis adds `added` answers to each group."""
        groups = zip(sizes, self.variance, self.population, strict=True)
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

    def detectable(self, sizes: tuple[int, ...]) -> float:
        """Return the true gap that a two-sided test finds with the wanted power."""
        return (self.z + self.z_power) * self.std_error(sizes, added=0.0)


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
