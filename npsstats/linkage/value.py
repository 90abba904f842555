"""What NPS is worth in this network, in money, with its interval and its grade of evidence.

A point of NPS through growth; a recovered detractor, a passive turned promoter and a churner fewer
through what customers spend; a call-back programme through its experiment, and through a
regression only where there is no experiment. What the data cannot bear is not identified, in
words: never nought, and never the naive slope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.grades import GRADES
from npsstats.linkage.fingerprints import fingerprint
from npsstats.linkage.ratio import ratio
from npsstats.linkage.worth.checking import checked
from npsstats.linkage.worth.doubts import doubts
from npsstats.linkage.worth.sampling import drawn, estimates
from npsstats.linkage.worth.terms import MOVES_GROWTH, MOVES_LEVEL, terms
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.customer_value import CustomerValue
    from npsstats.aggregates.panels import StorePanel
    from npsstats.linkage.worth.records import Given
    from npsstats.linkage.worth.retention import Retention

    type Floats = NDArray[np.float64]

__all__ = ["WorthResult", "worth"]

UNIDENTIFIED = "not identified"


@dataclass(frozen=True, repr=False)
class WorthResult(Result):
    """What NPS is worth, in the currency of the data.

    Attributes
    ----------
    frame
        `quantity, basis, unit, estimate, std_error, lower, upper, level, probability` (of more
        than nothing, or of a ratio above 1), `n, grade, identified, formula`. Where `identified`
        is False the numbers are NaN.
    given
        What it was computed from.
    """

    given: Given
    _values: Floats = field(repr=False)

    title: ClassVar[str] = "What NPS is worth"

    @cached_property
    def draws(self) -> DataTree | None:
        """Draws of `worth`, a cell a row of the frame."""
        from npsstats.estimation.draws import tree

        return tree({"worth": self._values}, self.frame, ["quantity", "basis", "unit"])

    def row(self, quantity: str, unit: str | None = None, basis: str | None = None) -> pd.Series:
        """Return a row; of revenue, or contribution where it is known, unless told.

        Raises
        ------
        InputError
            If there is none.
        """
        rows = self.frame[self.frame["quantity"] == quantity]
        if unit is not None:
            rows = rows[rows["unit"] == unit]
        if basis is not None:
            rows = rows[rows["basis"] == basis]
        if not len(rows):
            there = ", ".join(dict.fromkeys(self.frame["quantity"]))
            raise InputError(f"There is no {quantity!r} here; there are {there or 'no rows'}.")
        return rows.iloc[0]

    @override
    def headline(self) -> str:
        if not len(self.frame):
            return "Nothing that was given has a value in money."
        row = self.frame.iloc[0]
        if not row.identified and row.quantity.startswith("one point"):
            why = "" if self.given.slope is None else self.given.slope.why
            why = why.replace("is not identified", "cannot be told")
            return f"What a point of NPS is worth here is not identified. {why}".strip()
        if not row.identified:
            told = self.frame[self.frame["identified"]]
            if not len(told):
                return f"Nothing here has a value that is identified. {self.diagnostics[0]}"
            row = told.iloc[0]
        if row.quantity.startswith("one point"):
            return self._point(row)
        comma = "," if "," in row.quantity else ""
        subject = f"{row.quantity[0].upper()}{row.quantity[1:]}{comma}"
        return (
            f"{subject} {GRADES[row.grade].verb} {row.estimate:+,.0f} of {row.unit} "
            f"({100 * row.level:g}% interval {row.lower:+,.0f} to {row.upper:+,.0f}; {row.grade}, "
            f"n = {row.n:,})."
        )

    def _point(self, row: pd.Series) -> str:
        """Say what a point is worth, in both readings of its slope."""
        level = self.row(row.quantity, row.unit, MOVES_LEVEL)
        return (
            f"One point more, kept for a year, {GRADES[row.grade].verb} between "
            f"{level.estimate:+,.0f} ({MOVES_LEVEL}; {100 * row.level:g}% interval "
            f"{level.lower:+,.0f} to {level.upper:+,.0f}) and {row.estimate:+,.0f} "
            f"({MOVES_GROWTH}; {row.lower:+,.0f} to {row.upper:+,.0f}) of {row.unit} "
            f"({row.grade}, n = {row.n:,})."
        )

    @override
    def shown(self) -> pd.DataFrame:
        rows = self.frame
        earned = rows["unit"].str.startswith("contribution")
        twice = rows["quantity"].isin(rows.loc[earned, "quantity"]) & ~earned
        rows = rows[~twice]  # of money both ways, what is earned is shown; the frame has both
        frame = rows[["quantity", "basis", "unit", "grade", "n"]].copy()
        for place, name in enumerate(("estimate", "lower", "upper")):
            unknown = UNIDENTIFIED if name == "estimate" else "–"
            said = [
                _money(row[name], row["unit"]) if row["identified"] else unknown
                for _, row in rows.iterrows()
            ]
            frame.insert(3 + place, name, said)
        return frame


def worth(
    *,
    growth: Any = None,
    revenue: float | StorePanel | None = None,
    customers: CustomerValue | None = None,
    retention: Retention | float | Sequence[float] | None = None,
    callback: Any = None,
    margin: float | None = None,
    margin_sd: float = 0.0,
    discount: float = 0.08,
    horizon: int = 3,
    calls: float | None = None,
    call_cost: float | None = None,
    recovered: float | None = None,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> WorthResult:
    """Say what a point of NPS, a recovered detractor, a churner fewer are worth.

    Parameters
    ----------
    growth
        A result of growth, or a `Slope`: percent of growth a period for a point.
    revenue
        A year's revenue of the stores that the slope is of, or the panel of it: the last twelve
        months' sales are taken then.
    customers
        What customers spent after their answer: `customer_value`.
    retention
        Share of customers kept a year: `Retention` (of a churn model's hazards), or a share, or
        one a category. Without it a customer is valued for the year only.
    callback
        The experiment on call-backs: an `ExperimentResult`, or anything with a frame of effects.
        With one, no regression values calls.
    margin, margin_sd
        Contribution in a unit of revenue, in (0, 1), and how uncertain that is.
    discount
        Annual rate at which later money is worth less.
    horizon
        Years that a customer is valued for.
    calls, call_cost
        Detractors to be called a year; money a call, that of the experiment's plan unless told.
    recovered
        Where there is no experiment: the share of called detractors that a call is taken to
        recover. Nobody has measured it, and the result says so.
    level
        Level of the intervals.
    draws, seed
        Monte-Carlo draws of all inputs together, a multiple of four; their seed.

    Returns
    -------
    WorthResult

    Raises
    ------
    InputError
        If nothing was given that has a value, or an argument cannot be used.

    Examples
    --------
    >>> from npsstats.estimation.known import Slope
    >>> slope = Slope(0.10, 0.02, period="month", n=6_000)
    >>> found = worth(growth=slope, revenue=50e6, margin=0.3)
    >>> unit = "contribution a year"
    >>> for reading in ("if it moves the level", "if it moves growth"):
    ...     row = found.row("one point more, kept for a year", unit, reading)
    ...     print(f"{row.estimate:,.0f}")
    15,008
    97,908
    >>> unknown = Slope(0.10, 2.4, -float("inf"), float("inf"), why="The noise is too large.")
    >>> print(worth(growth=unknown, revenue=50e6).headline())
    What a point of NPS is worth here is not identified. The noise is too large.
    """
    checks.fraction("level", level)
    if checks.count("draws", draws, least=400) % 4:
        raise InputError(f"`draws` must be a multiple of four, got {draws}. Write draws=4000.")
    given = checked(
        growth=growth,
        revenue=revenue,
        customers=customers,
        retention=retention,
        callback=callback,
        margin=margin,
        discount=discount,
        horizon=horizon,
        calls=calls,
        call_cost=call_cost,
        recovered=recovered,
    )
    rng = np.random.default_rng(checks.count("seed", seed))
    share = None if margin is None else (margin, checks.number("margin_sd", margin_sd, low=0))
    middle = terms(given, estimates(given, share))
    law = terms(given, drawn(given, share, rng, draws))
    if not middle:
        raise InputError(
            "Nothing that was given has a value in money: give growth= with revenue=, customers=, "
            "or callback= with margin=."
        )
    tails = (1 - level) / 2, (1 + level) / 2
    rows, values = [], []
    for point, cloud in zip(middle, law, strict=True):
        many = np.broadcast_to(cloud.amounts, (draws,))
        known = point.identified and isfinite(float(point.amounts[0]))
        lower, upper = np.quantile(many, tails) if known else (nan, nan)
        if known and point.parts is not None and cloud.parts is not None:
            lower, upper = _fieller(point.parts[0], cloud.parts, given, level)
            known = isfinite(lower) and isfinite(upper)
            lower, upper = (lower, upper) if known else (nan, nan)
        above = 1.0 if point.unit == "ratio" else 0.0
        rows.append(
            {
                "quantity": point.quantity,
                "basis": point.basis,
                "unit": point.unit,
                "estimate": float(point.amounts[0]) if known else nan,
                "std_error": float(many.std(ddof=1)) if known else nan,
                "lower": float(lower),
                "upper": float(upper),
                "level": level,
                "probability": float((many > above).mean()) if known else nan,
                "n": point.n,
                "grade": point.grade,
                "identified": known,
                "formula": point.formula,
            }
        )
        values.append(many)
    options = {
        "margin": margin, "margin_sd": margin_sd, "discount": discount, "horizon": horizon,
        "revenue": given.revenue, "calls": calls, "call_cost": call_cost, "recovered": recovered,
        "level": level, "draws": draws,
    }  # fmt: skip
    of = customers.fingerprint if customers is not None else ""
    frame = pd.DataFrame(rows)
    return WorthResult(
        frame,
        doubts(given, frame, customers),
        Provenance(
            "value of NPS by Monte Carlo", options, fingerprint(given.slope, of, given.call), seed
        ),
        given=given,
        _values=np.stack(values, axis=1),
    )


def _fieller(means: Floats, draws: Floats, given: Given, level: float) -> tuple[float, float]:
    """Return limits of Fieller: quantiles would have an end where the data give none."""
    df = 1_000_000 if given.spending is None else given.spending.df
    covariance = np.cov(draws.T)
    if df > 2:
        covariance = covariance * (df - 2) / df  # drawn from Student's law
    found = ratio(means, covariance, df, level)
    return found.lower, found.upper


def _money(value: float, unit: str) -> str:
    if not isfinite(value):
        return "–"
    return f"{value:.2f}" if unit == "ratio" else f"{value:+,.{0 if abs(value) >= 100 else 2}f}"
