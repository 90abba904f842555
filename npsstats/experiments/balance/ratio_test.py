"""Counts against planned shares: chi-square, and the exact multinomial where counts are tiny."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special, stats

from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["SMALLEST", "RatioTest", "holm", "p_text", "ratio_test"]

SMALLEST = 1e-300
"""No p-value is given as smaller: it would print as 0, which it never is."""

_LEAST_EXPECTED = 20.0  # below, the chi-square is off as far out in the tail as .001
_COCHRAN = 5.0  # below, it is off everywhere
_OUTCOMES = 500_000  # more are not enumerated
_TIE = 1e-9  # outcomes as likely as the one seen count with it, rounding or not


class RatioTest(NamedTuple):
    """A test of counts against shares.

    `statistic` is the chi-square even where the p-value is exact; `rough` says that the
    chi-square had to do although an expected count is below five.
    """

    method: str
    statistic: float
    df: int
    p_value: float
    rough: bool


def ratio_test(counts: Counts, shares: Floats) -> RatioTest:
    """Return the test of counts against shares, exact where an expected count is small.

    Parameters
    ----------
    counts
        Shape (arms,), at least one unit in all.
    shares
        Shape (arms,), adding up to 1.

    References
    ----------
    Pearson's chi-square; the exact p-value adds up all outcomes no likelier than the one seen.
    """
    n = int(counts.sum())
    expected = n * shares
    statistic = float(((counts - expected) ** 2 / expected).sum())
    df = len(counts) - 1
    if expected.min() < _LEAST_EXPECTED and comb(n + df, df) <= _OUTCOMES:
        return RatioTest("exact multinomial", statistic, df, _exact(counts, shares), False)
    rough = bool(expected.min() < _COCHRAN)
    p_value = float(stats.chisquare(counts, expected, sum_check=False).pvalue)
    return RatioTest("chi-square", statistic, df, max(p_value, SMALLEST), rough)


def _exact(counts: Counts, shares: Floats) -> float:
    """Add up the probabilities of all outcomes that are no likelier than the one seen."""
    n = int(counts.sum())
    log_n = float(special.gammaln(n + 1))

    def log_terms(arm: int) -> Floats:
        k = np.arange(n + 1)
        terms: Floats = k * np.log(shares[arm]) - special.gammaln(k + 1)
        return terms

    # outcomes of the first arms by how many units they leave to the others
    tables = [log_terms(arm) for arm in range(len(counts))]
    seen = log_n + sum(float(table[k]) for table, k in zip(tables, counts, strict=True))
    logs, left = np.array([log_n]), np.array([n])
    for table in tables[:-1]:
        taken = np.concatenate([np.arange(rest + 1) for rest in left])
        repeats = left + 1
        logs = np.repeat(logs, repeats) + table[taken]
        left = np.repeat(left, repeats) - taken
    logs = logs + tables[-1][left]
    total = float(np.exp(logs[logs <= seen + _TIE]).sum())
    return min(max(total, SMALLEST), 1.0)


def holm(p_values: Floats) -> Floats:
    """Return p-values adjusted for being several (Holm 1979), NaN left out."""
    adjusted = np.full(len(p_values), np.nan)
    there = np.flatnonzero(~np.isnan(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return adjusted


def p_text(p_value: float) -> Said:
    """Return a p-value in words' reach: never as 0.

    Examples
    --------
    >>> p_text(0.9037), p_text(0.00042), p_text(3.2e-12)
    ('p = .904', 'p = .00042', 'p = 3e-12')
    """
    if p_value <= SMALLEST:
        return said("p < 1e-300")
    if p_value < 1e-4:
        return said("p = {p}", p=f"{p_value:.0e}")
    if p_value < 0.001:
        return _short(said("p = {p:.5f}", p=p_value))
    return _short(said("p = {p:.3f}", p=p_value))


def _short(text: Said) -> Said:
    """Return the text without the 0 before its decimal point, as English writes p-values."""
    return Said(text.replace(" 0.", " ."), text.patterns, text.values)
