"""The quantities of money, as functions of what is drawn: one formula for estimate and draws.

Everything here works on arrays of k draws; the estimate is the same function of one "draw", the
estimates themselves.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.grades import CROSS_SECTION, weakest
from npsstats.linkage.worth.programme import calls
from npsstats.linkage.worth.records import (
    AS_THEY_ARE,
    DETRACTOR,
    EQUAL,
    PASSIVE,
    PROMOTER,
    Term,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.worth.records import Given, Sample

    type Floats = NDArray[np.float64]

__all__ = ["MOVES_GROWTH", "MOVES_LEVEL", "gained", "terms"]


def gained(slope: Floats, periods: int, *, kept: bool, lag: int = 1) -> Floats:
    """Return the gain of a year in years of trade, from one point more.

    Parameters
    ----------
    slope
        Percent of growth a period for a point.
    periods
        Periods a year.
    kept
        Whether the point stays, so that it adds to the growth of every period after it and the
        level climbs on; else it adds to one period's growth and the level stays there.
    lag
        Periods until the first growth that it adds to: with 1, that of the year's first period.

    Examples
    --------
    >>> gained(np.array([0.1]), 12, kept=True).round(5)  # a mean of 6.5 months' growth, 0.1 % each
    array([0.00653])
    >>> gained(np.array([0.1]), 12, kept=False).round(5)
    array([0.001])
    """
    once = np.asarray(slope, dtype=float) / 100
    months = np.maximum(np.arange(1, periods + 1) - lag + 1, 0)
    if not kept:
        months = np.minimum(months, 1)
    return np.asarray(np.expm1(once[:, None] * months).mean(axis=1))


def terms(given: Given, sample: Sample) -> list[Term]:
    """Return every quantity that what is given allows, in the order of reading."""
    found = [*_point(given, sample), *_customers(given, sample), *calls(given, sample)]
    return [term for each in found for term in _both(each, given, sample)]


def _both(term: Term, given: Given, sample: Sample) -> list[Term]:
    """Return a term of revenue with the contribution that a margin makes of it."""
    if term.unit not in {"revenue a year", "revenue"}:
        return [term]
    if not given.margin or sample.margin is None:
        return [term]
    unit = term.unit.replace("revenue", "contribution")
    formula = f"{term.formula} × margin"
    made = Term(
        term.quantity, term.basis, unit, term.amounts * sample.margin, term.n, term.grade, formula,
        term.identified,
    )  # fmt: skip
    return [term, made]


MOVES_GROWTH = "if it moves growth"
MOVES_LEVEL = "if it moves the level"
_FORMULAS = {
    (
        True,
        MOVES_GROWTH,
    ): "mean of exp(slope × months so far) − 1 over the year × a year's revenue: "
    "each period's growth is higher, and the level climbs on",
    (True, MOVES_LEVEL): "(exp(slope) − 1) × a year's revenue: the level is higher by one period's "
    "gain for as long as the point is kept, and does not climb on",
    (
        False,
        MOVES_GROWTH,
    ): "(exp(slope) − 1) × a year's revenue: one period's growth is higher, and "
    "the level stays there",
    (False, MOVES_LEVEL): "(exp(slope) − 1) × one period's revenue: the level is higher for that "
    "period, and falls back",
}


def _point(given: Given, sample: Sample) -> list[Term]:
    """Return what a point is worth, in both readings of a slope that cannot tell them apart.

    Growth after a higher score is what is seen; whether the level falls back when the score does
    is not. Kept for a year, the two differ by a factor of about half the periods of a year.
    """
    slope = given.slope
    if slope is None or not isfinite(given.revenue):
        return []
    periods = PERIODS_A_YEAR[slope.period]
    size = 1 if sample.margin is None else len(sample.margin)
    out = []
    for kept in (True, False):
        for basis in (MOVES_GROWTH, MOVES_LEVEL):
            name = (
                "one point more, kept for a year"
                if kept
                else (f"one point more, for one {slope.period}")
            )
            if slope.identified and sample.slope is not None:
                climbs = kept and basis == MOVES_GROWTH
                gain = gained(sample.slope, periods, kept=climbs, lag=slope.lag)
                values = given.revenue * gain
                if not kept and basis == MOVES_LEVEL:
                    values = given.revenue * np.expm1(sample.slope / 100) / periods
            else:
                values = np.full(size, nan)
            out.append(
                Term(name, basis, "revenue a year", values, slope.n, slope.grade,
                     _FORMULAS[kept, basis], slope.identified)
            )  # fmt: skip
    return out


def _customers(given: Given, sample: Sample) -> list[Term]:
    spending = given.spending
    if spending is None or sample.raw is None or sample.adjusted is None:
        return []
    unit = "contribution a year" if given.contributes else "revenue a year"
    pairs = (
        ("a recovered detractor", DETRACTOR, PASSIVE),
        ("a passive turned promoter", PASSIVE, PROMOTER),
        ("a detractor turned promoter", DETRACTOR, PROMOTER),
    )
    out = []
    for name, low, high in pairs:
        n = int(spending.n[low] + spending.n[high])
        for basis, means in ((EQUAL, sample.adjusted), (AS_THEY_ARE, sample.raw)):
            formula = f"mean spent in the year after, {_CALLED[high]} less {_CALLED[low]}, {basis}"
            out.append(
                Term(name, basis, unit, given.stretch * (means[:, high] - means[:, low]), n,
                     CROSS_SECTION.name, formula)
            )  # fmt: skip
    for basis, means in ((EQUAL, sample.adjusted), (AS_THEY_ARE, sample.raw)):
        ratio = _over(means[:, PROMOTER], means[:, DETRACTOR])
        out.append(
            Term("promoter over detractor", basis, "ratio", ratio,
                 int(spending.n[DETRACTOR] + spending.n[PROMOTER]), CROSS_SECTION.name,
                 f"mean spent in the year after, promoters over detractors, {basis}; limits of "
                 "Fieller", parts=means[:, [PROMOTER, DETRACTOR]])
        )  # fmt: skip
    return [*out, *_stayers(given, sample, unit)]


_CALLED = ("detractors", "passives", "promoters")


def _stayers(given: Given, sample: Sample, unit: str) -> list[Term]:
    """Return what a customer who stays is worth, in the year and over the horizon."""
    spending, retention = given.spending, given.retention
    assert spending is not None  # noqa: S101 - asked for by `_customers`
    assert sample.raw is not None  # noqa: S101 - asked for by `_customers`
    n = spending.n
    share = n / n.sum()
    words = (
        "mean spent in the year after by customers who answered, of whom some leave in it; one who "
        "has left spends nothing"
    )
    there = n > 0  # categories that nobody chose weigh nothing
    if retention is None or sample.kept is None:
        values = given.stretch * (sample.raw[:, there] @ share[there])
        return [
            Term("a churner fewer", AS_THEY_ARE, unit, values, int(n.sum()), CROSS_SECTION.name,
                 words)
        ]  # fmt: skip
    leaving = (1 - sample.kept) * n
    some = leaving.sum(axis=1, keepdims=True) > 0
    leaving = np.where(some, leaving, n)
    leaving = leaving / leaving.sum(axis=1, keepdims=True)
    year = given.stretch * np.where(there, sample.raw, 0.0)
    grade = weakest(CROSS_SECTION, retention.grade).name
    rate = sample.kept / (1 + given.discount)
    later = range(1, given.horizon)
    worth = year * (1 + sum(rate**step for step in later))
    # the mean of the year is over some who leave in it: there for (1 + retention) / 2 of it
    whole = year / ((1 + sample.kept) / 2)
    stays = whole + year * sum(rate ** (step - 1) / (1 + given.discount) for step in later)
    span = f"{given.horizon} years"
    formula = (
        f"a year's spending, leavers of the year among them, × Σ (retention / (1 + discount))^k "
        f"over {span}, {retention.words}, spending unchanged while they stay"
    )
    mixed = (
        f"{words}; divided by (1 + retention) / 2, the share of the year that they are there, as "
        "one who stays is there for all of it; the mean of the category is taken for who would "
        "have left, categories weighted by who leaves"
    )
    onward = f"{mixed}; then as others of the category, discounted, over {span}"
    total = "contribution" if given.contributes else "revenue"
    out = [
        Term("a churner fewer", AS_THEY_ARE, unit, (whole * leaving).sum(axis=1), int(n.sum()),
             grade, mixed),
        Term(f"a churner fewer, over {span}", AS_THEY_ARE, total, (stays * leaving).sum(axis=1),
             int(n.sum()), grade, onward),
    ]  # fmt: skip
    out.append(
        Term(f"promoter over detractor, over {span}", AS_THEY_ARE, "ratio",
             _over(worth[:, PROMOTER], worth[:, DETRACTOR]), int(n[DETRACTOR] + n[PROMOTER]),
             grade, f"{formula}; limits of Fieller", parts=worth[:, [PROMOTER, DETRACTOR]])
    )  # fmt: skip
    for place, name in enumerate(("a detractor", "a passive", "a promoter")):
        if not there[place]:
            continue
        out.append(
            Term(f"{name}, over {span}", AS_THEY_ARE, total, worth[:, place], int(n[place]), grade,
                 formula)
        )  # fmt: skip
    return out


def _over(above: Floats, below: Floats) -> Floats:
    """Return a ratio, NaN over nothing."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, nan), where=below != 0))
