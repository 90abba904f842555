"""What the quantities of money are computed from, and what they are: plain records."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from npsstats.estimation.known import Slope
    from npsstats.linkage.worth.experiment import CallEffect
    from npsstats.linkage.worth.retention import Retention
    from npsstats.linkage.worth.spending import Spending

    type Floats = NDArray[np.float64]

__all__ = ["AS_THEY_ARE", "DETRACTOR", "EQUAL", "PASSIVE", "PROMOTER", "Given", "Sample", "Term"]

DETRACTOR, PASSIVE, PROMOTER = range(3)
EQUAL = "equal recorded prior spend and store"
AS_THEY_ARE = "as they are"


@dataclass(frozen=True, eq=False)
class Given:
    """What is known, or said, about the network.

    Attributes
    ----------
    slope, spending, retention, call
        What was estimated, or None.
    revenue
        A year's, NaN where unknown.
    stretch
        Years in the time that spending covers, turned round: 365 days over its days.
    contributes
        Whether what was spent is contribution already.
    margin
        Whether a margin is known.
    discount
        Annual rate.
    horizon
        Years that a customer is valued for.
    calls
        Detractors to be called a year, NaN where unknown.
    recovered
        Share of called detractors that a call is taken to recover, NaN where nobody says.
    call_cost
        Money a call, NaN where unknown.
    """

    slope: Slope | None = None
    spending: Spending | None = None
    retention: Retention | None = None
    call: CallEffect | None = None
    revenue: float = nan
    stretch: float = 1.0
    contributes: bool = False
    margin: bool = False
    discount: float = 0.08
    horizon: int = 3
    calls: float = nan
    recovered: float = nan
    call_cost: float = nan


@dataclass(frozen=True, eq=False)
class Sample:
    """k draws of what is uncertain.

    Attributes
    ----------
    slope, margin, effect, each, cost
        Shape (k,), or None; `each` is the contribution of one re-purchase, `cost` that of a call.
    raw, adjusted, kept
        Shape (k, 3), or None: mean spending, and retention.
    """

    slope: Floats | None
    raw: Floats | None
    adjusted: Floats | None
    kept: Floats | None
    margin: Floats | None
    effect: Floats | None
    each: Floats | None = None
    cost: Floats | None = None


@dataclass(frozen=True, eq=False)
class Term:
    """One quantity: a row of the result.

    Attributes
    ----------
    quantity, basis, unit
        What it is of, on what footing customers are compared, and of what money (or a ratio).
    amounts
        Shape (k,); NaN where it is not identified.
    n, grade, formula
        Rows behind it, name of its grade, how it is computed in words.
    identified
        False where the data cannot bear it.
    parts
        Of a ratio of two uncertain means: draws of both, shape (k, 2), for limits of Fieller.
    """

    quantity: str
    basis: str
    unit: str
    amounts: Floats
    n: int
    grade: str
    formula: str
    identified: bool = True
    parts: Floats | None = None
