"""The arguments of `worth`, checked, as one record."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.known import Slope
from npsstats.linkage.worth.experiment import CallEffect
from npsstats.linkage.worth.records import Given
from npsstats.linkage.worth.retention import Retention
from npsstats.linkage.worth.revenue import annual_revenue
from npsstats.linkage.worth.spending import spending

if TYPE_CHECKING:
    from npsstats.aggregates.customer_value import CustomerValue

__all__ = ["checked"]


def checked(
    *,
    growth: Any,
    revenue: Any,
    customers: CustomerValue | None,
    retention: Any,
    callback: Any,
    margin: float | None,
    discount: float,
    horizon: int,
    calls: float | None,
    call_cost: float | None,
    recovered: float | None,
) -> Given:
    """Check every argument and return them as records."""
    if margin is not None:
        checks.fraction("margin", margin)
    slope = None if growth is None else Slope.of(growth)
    if getattr(growth, "outcome", "sales") != "sales":
        raise InputError(
            f"`growth` is of {growth.outcome}, and revenue grows with sales. Take growth(panel, "
            "outcome='sales')."
        )
    if hasattr(revenue, "totals"):
        revenue = annual_revenue(revenue)
    if slope is not None and revenue is None:
        raise InputError(
            "A point of NPS is worth a share of the revenue: give a year's, revenue=…, of the "
            "stores that the slope is of."
        )
    if retention is not None and not isinstance(retention, Retention):
        retention = Retention.stated(retention)
    optional = {"calls": calls, "call_cost": call_cost, "recovered": recovered, "revenue": revenue}
    most = {"recovered": 1.0}
    for name, value in optional.items():
        if value is not None:
            checks.number(name, float(value), low=0, high=most.get(name, float("inf")))
    return Given(
        slope=slope,
        spending=None if customers is None else spending(customers),
        retention=retention,
        call=None if callback is None else CallEffect.of(callback),
        stretch=1.0 if customers is None else 365 / customers.after,
        contributes=customers is not None and customers.amount == "contribution",
        margin=margin is not None,
        discount=checks.number("discount", discount, low=0, high=1),
        horizon=checks.count("horizon", horizon, least=1),
        **{name: nan if value is None else float(value) for name, value in optional.items()},
    )
