"""What to doubt of the value of NPS, most serious first."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.grades import ASSUMED
from npsstats.linkage.phrases import caveats
from npsstats.linkage.worth.spending import FEW_STORES
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.aggregates.customer_value import CustomerValue
    from npsstats.linkage.worth.records import Given
    from npsstats.linkage.worth.spending import Spending

__all__ = ["doubts"]

_FEW = 30


def doubts(given: Given, frame: pd.DataFrame, customers: CustomerValue | None) -> tuple[Said, ...]:
    """Return the sentences, by what was given."""
    doubts_found = [*_of_slope(given), *_of_calls(given, frame), *_of_customers(given, customers)]
    if not given.margin and not (frame["unit"].str.startswith("contribution")).any():
        doubts_found.append(said("No margin was given: this is revenue, not what is earned."))
    doubts_found += caveats(frame["grade"])
    return tuple(dict.fromkeys(doubts_found))


def _of_slope(given: Given) -> list[Said]:
    slope = given.slope
    if slope is None:
        return []
    if not slope.identified:
        why = slope.why or said("The data cannot bear a slope of growth on NPS.")
        return [said("The value of a point is not identified. {why}", why=why)]
    doubts_found = []
    lower, upper = slope.limits
    if lower <= 0 <= upper:
        doubts_found.append(
            said(
                "The interval of the slope holds 0: that a point is worth nothing, or less, is "
                "not excluded."
            )
        )
    doubts_found.append(
        said(
            "The regression cannot tell whether a point moves the growth of trade, which "
            "adds up period by period, or its level, which does not: both readings are "
            "given, and the truth may lie between. That growth climbs on for a year is "
            "extrapolation."
        )
    )
    return doubts_found


def _of_calls(given: Given, frame: pd.DataFrame) -> list[Said]:
    call = given.call
    valued = (frame["quantity"] == "a detractor called back").any()
    if call is not None:
        if not valued:
            need = (
                said("the margin")
                if call.unit == "money"
                else said("the contribution of one re-purchase")
            )
            return [
                said(
                    "What the experiment found on {what} has no price: {need} is not given.",
                    what=call.what,
                    need=need,
                )
            ]
        doubts_found = []
        if call.limits[0] <= 0 <= call.limits[1]:
            doubts_found.append(
                said("The experiment's interval holds 0: calls may be worth nothing.")
            )
        net = frame[frame["quantity"] == "a detractor called back"].iloc[0]
        if net["lower"] <= 0 <= net["upper"]:
            doubts_found.append(said("That a call costs more than it returns is not excluded."))
        if isfinite(given.recovered):
            doubts_found.append(
                said(
                    "There is an experiment, so the share recovered that was stated is not "
                    "used: a lot beats a guess."
                )
            )
        doubts_found.append(
            said(
                "What the experiment found is that within its window; the contribution of a "
                "re-purchase and the cost of a call are taken as given."
            )
        )
        return doubts_found
    if valued:
        unmeasured = said(
            "No experiment values the calls: the share recovered was stated, and a "
            "recovered detractor is taken to spend as other passives do. Run the "
            "experiment."
        )
        return [unmeasured]
    return []


def _of_customers(given: Given, customers: CustomerValue | None) -> list[Said]:
    spent = given.spending
    if spent is None or customers is None:
        return []
    doubts_found = _of_numbers(spent)
    with np.errstate(invalid="ignore"):
        before = spent.prior[2] / spent.prior[0] if spent.prior[0] else np.nan
    if isfinite(before) and before > 1.02:
        doubts_found.append(
            said(
                "Promoters spent {before:.2f} times as much as detractors before they "
                'answered: the rows "as they are" hold that too.',
                before=before,
            )
        )
    doubts_found += customers.notes
    doubts_found.append(
        said(
            "Customers who answered and are seen for {before} days before and {after} days "
            "after: {n:,} of {answered:,}. Those who do not answer are not in it.",
            before=customers.before,
            after=customers.after,
            n=customers.n,
            answered=customers.answered,
        )
    )
    if not spent.stores:
        doubts_found.append(
            said("No store is recorded: customers are taken to be independent of each other.")
        )
    doubts_found.append(
        said(
            "Recorded prior spend is a noisy measure of how good a customer is: at equal "
            "recorded prior spend part of what sets customers apart anyway is left in the "
            "difference."
        )
    )
    if given.retention is None:
        doubts_found.append(said("No retention was given: a customer is valued for one year."))
    elif given.retention.grade == ASSUMED.name:
        doubts_found.append(said("Retention is as stated, not measured."))
    return doubts_found


def _of_numbers(spent: Spending) -> list[Said]:
    """Say which categories, stores or overlap are too few for a value."""
    doubts_found = []
    names = (said("detractors"), said("passives"), said("promoters"))
    if spent.few:
        doubts_found.append(
            said(
                "Only {stores} stores: with fewer than {few_stores} the spread between stores "
                "cannot be told, and no value of customers is identified.",
                stores=spent.stores,
                few_stores=FEW_STORES,
            )
        )
    if not spent.overlap and not spent.few:
        doubts_found.append(
            said(
                "At equal recorded prior spend nothing is identified: categories share no tier "
                "of prior spend within a store, so there is no overlap to compare them in."
            )
        )
    for place, name in enumerate(names):
        if spent.n[place] == 0:
            doubts_found.append(
                said(
                    "Nobody of the followed answered as {name} do: nothing that needs them is "
                    "identified.",
                    name=name,
                )
            )
            continue
        if spent.n[place] < _FEW:
            doubts_found.append(
                said(
                    "Only {n} {name} are followed to the end.",
                    n=int(spent.n[place]),
                    name=name,
                )
            )
    return doubts_found
