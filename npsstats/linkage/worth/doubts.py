"""What to doubt of the value of NPS, most serious first."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.grades import ASSUMED, GRADES, RANDOMIZED
from npsstats.linkage.worth.spending import FEW_STORES

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.aggregates.customer_value import CustomerValue
    from npsstats.linkage.worth.records import Given
    from npsstats.linkage.worth.spending import Spending

__all__ = ["doubts"]

_FEW = 30


def doubts(given: Given, frame: pd.DataFrame, customers: CustomerValue | None) -> tuple[str, ...]:
    """Return the sentences, by what was given."""
    said = [*_of_slope(given), *_of_calls(given, frame), *_of_customers(given, customers)]
    if not given.margin and not (frame["unit"].str.startswith("contribution")).any():
        said.append("No margin was given: this is revenue, not what is earned.")
    grades = [name for name in dict.fromkeys(frame["grade"]) if name != RANDOMIZED.name]
    said += [f"{name}: {GRADES[name].caveat}" for name in grades if GRADES[name].caveat]
    return tuple(dict.fromkeys(said))


def _of_slope(given: Given) -> list[str]:
    slope = given.slope
    if slope is None:
        return []
    if not slope.identified:
        why = slope.why or "The data cannot bear a slope of growth on NPS."
        return [f"The value of a point is not identified. {why}"]
    said = []
    lower, upper = slope.limits
    if lower <= 0 <= upper:
        said.append(
            "The interval of the slope holds 0: that a point is worth nothing, or less, is not "
            "excluded."
        )
    said.append(
        "The regression cannot tell whether a point moves the growth of trade, which adds up "
        "period by period, or its level, which does not: both readings are given, and the truth "
        "may lie between. That growth climbs on for a year is extrapolation."
    )
    return said


def _of_calls(given: Given, frame: pd.DataFrame) -> list[str]:
    call = given.call
    valued = (frame["quantity"] == "a detractor called back").any()
    if call is not None:
        if not valued:
            need = "margin=" if call.unit == "money" else "the contribution of one re-purchase"
            return [f"The experiment's effect on {call.what} has no price: {need} is not given."]
        said = []
        if call.limits[0] <= 0 <= call.limits[1]:
            said.append("The experiment's interval holds 0: calls may bring nothing.")
        net = frame[frame["quantity"] == "a detractor called back"].iloc[0]
        if net["lower"] <= 0 <= net["upper"]:
            said.append("That a call costs more than it brings is not excluded.")
        if isfinite(given.recovered):
            said.append("There is an experiment, so `recovered` is not used: a lot beats a guess.")
        said.append(
            "The experiment's effect is that within its window; the contribution of a re-purchase "
            "and the cost of a call are taken as given."
        )
        return said
    if valued:
        unmeasured = (
            "No experiment values the calls: the share recovered was stated, and a recovered "
            "detractor is taken to spend as other passives do. Run the experiment."
        )
        return [unmeasured]
    return []


def _of_customers(given: Given, customers: CustomerValue | None) -> list[str]:
    spent = given.spending
    if spent is None or customers is None:
        return []
    said = _of_numbers(spent)
    with np.errstate(invalid="ignore"):
        before = spent.prior[2] / spent.prior[0] if spent.prior[0] else np.nan
    if isfinite(before) and before > 1.02:
        said.append(
            f"Promoters spent {before:.2f} times as much as detractors before they answered: the "
            'rows "as they are" hold that too.'
        )
    said += customers.notes
    said.append(
        f"Customers who answered and are seen for {customers.before} days before and "
        f"{customers.after} days after: {customers.n:,} of {customers.answered:,}. Those who do "
        "not answer are not in it."
    )
    if not spent.stores:
        said.append("No store is recorded: customers are taken to be independent of each other.")
    said.append(
        "Recorded prior spend is a noisy measure of how good a customer is: at equal recorded "
        "prior spend part of what sets customers apart anyway is left in the difference."
    )
    if given.retention is None:
        said.append("No retention was given: a customer is valued for one year.")
    elif given.retention.grade == ASSUMED.name:
        said.append("Retention is as stated, not measured.")
    return said


def _of_numbers(spent: Spending) -> list[str]:
    """Say which categories, stores or overlap are too few for a value."""
    said = []
    names = ("detractors", "passives", "promoters")
    if spent.few:
        said.append(
            f"Only {spent.stores} stores: with fewer than {FEW_STORES} the spread between stores "
            "cannot be told, and no value of customers is identified."
        )
    if not spent.overlap and not spent.few:
        said.append(
            "At equal recorded prior spend nothing is identified: categories share no tier of "
            "prior spend within a store, so there is no overlap to compare them in."
        )
    for place, name in enumerate(names):
        if spent.n[place] == 0:
            said.append(
                f"Nobody of the followed answered as {name} do: nothing that needs them is "
                "identified."
            )
            continue
        if spent.n[place] < _FEW:
            said.append(f"Only {int(spent.n[place])} {name} are followed to the end.")
    return said
