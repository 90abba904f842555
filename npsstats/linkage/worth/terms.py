"""The quantities of money, as functions of what is drawn: one formula for estimate and draws.

Everything here works on arrays of k draws; the estimate is the same function of one "draw", the
estimates themselves.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.grades import CROSS_SECTION, WITHIN, weakest
from npsstats.linkage.worth.inputs import PERIODS_A_YEAR
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

__all__ = ["gained", "terms"]


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


_KEPT = (
    "mean over the year's periods of exp(slope × periods so far) − 1, times a year's revenue: "
    "each period's growth is higher, and the level climbs on"
)
_ONCE = "(exp(slope) − 1) × a year's revenue: one period's growth is higher, and the level stays"


def _point(given: Given, sample: Sample) -> list[Term]:
    slope = given.slope
    if slope is None or not isfinite(given.revenue):
        return []
    periods = PERIODS_A_YEAR[slope.period]
    size = 1 if sample.margin is None else len(sample.margin)
    basis = "within stores" if slope.grade == WITHIN.name else "stores"
    out = []
    for name, kept, formula in (
        ("one point more, kept", True, _KEPT),
        ("one point more, for one period", False, _ONCE),
    ):
        if slope.identified and sample.slope is not None:
            values = given.revenue * gained(sample.slope, periods, kept=kept, lag=slope.lag)
        else:
            values = np.full(size, nan)
        out.append(
            Term(name, basis, "revenue a year", values, slope.n, slope.grade, formula,
                 slope.identified)
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
        ratio = means[:, PROMOTER] / means[:, DETRACTOR]
        out.append(
            Term("promoter over detractor", basis, "ratio", ratio,
                 int(spending.n[DETRACTOR] + spending.n[PROMOTER]), CROSS_SECTION.name,
                 f"mean spent in the year after, promoters over detractors, {basis}")
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
        "mean spent in the year after by customers who answered; one who has left spends nothing"
    )
    if retention is None or sample.kept is None:
        values = given.stretch * np.nansum(sample.raw * share, axis=1)
        return [
            Term("a churner fewer", AS_THEY_ARE, unit, values, int(n.sum()), CROSS_SECTION.name,
                 words)
        ]  # fmt: skip
    leaving = (1 - sample.kept) * n
    some = leaving.sum(axis=1, keepdims=True) > 0
    leaving = np.where(some, leaving, n)
    leaving = leaving / leaving.sum(axis=1, keepdims=True)
    year = given.stretch * sample.raw
    grade = weakest(CROSS_SECTION, retention.grade).name
    rate = sample.kept / (1 + given.discount)
    worth = year * sum(rate**step for step in range(given.horizon))
    span = f"{given.horizon} years"
    formula = (
        f"a year's spending × Σ (retention / (1 + discount))^k over {span}, "
        f"{retention.words}, spending unchanged while they stay"
    )
    mixed = f"{words}; categories weighted by who leaves"
    total = "contribution" if given.contributes else "revenue"
    out = [
        Term("a churner fewer", AS_THEY_ARE, unit, (year * leaving).sum(axis=1), int(n.sum()),
             grade, mixed),
        Term(f"a churner fewer, over {span}", AS_THEY_ARE, total, (worth * leaving).sum(axis=1),
             int(n.sum()), grade, formula),
    ]  # fmt: skip
    out.append(
        Term(f"promoter over detractor, over {span}", AS_THEY_ARE, "ratio",
             worth[:, PROMOTER] / worth[:, DETRACTOR], int(n[DETRACTOR] + n[PROMOTER]), grade,
             formula)
    )  # fmt: skip
    for place, name in enumerate(("a detractor", "a passive", "a promoter")):
        out.append(
            Term(f"{name}, over {span}", AS_THEY_ARE, total, worth[:, place], int(n[place]), grade,
                 formula)
        )  # fmt: skip
    return out
