"""Customers to come: how many will be lost, which, and the revenue that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from npsstats.forecasting.business.churn_projection import ALL
from npsstats.reporting.charts.forecast_figures import money
from npsstats.reporting.forecast.business_wording import amount, amounts
from npsstats.reporting.kinds.making import FEWEST, MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark, shown
from npsstats.reporting.linkage.names import CATEGORIES
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.forecasting.business.churn_projection import ChurnProjection
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_HELPS = {
    "yes": mark("The last score helps to foretell who leaves."),
    "no": mark("The last score does not help to foretell who leaves."),
    "cannot be told": mark("Whether the last score helps to foretell who leaves cannot be told."),
}


def brief(result: ChurnProjection, look: Look) -> Brief:
    """Return the memo of customers to come."""
    words = look.language
    there, lost = result.row("customers", horizon=1), result.row("lost so far")
    period = _period(words, str(lost["period"]))
    given = {
        "customers": words.whole(there["estimate"]),
        "lost": amount(words, lost["estimate"]),
        "period": period,
        "level": words.percent(lost["level"]),
        "interval": amounts(words, lost["lower"], lost["upper"]),
    }
    reason = words.say(
        "Of {customers} customers, {lost} are expected to be lost by the end of {period} ({level} "
        "interval: {interval}).",
        **given,
    )
    money_lost = _money(result, ALL)
    if money_lost == money_lost:  # noqa: PLR0124 NaN
        reason = f"{reason} " + words.say(
            "Those customers stand for {money} of revenue a year.", money=amount(words, money_lost)
        )
    if result.helps in _HELPS:
        reason = f"{reason} {words.say(_HELPS[result.helps])}"
    labels, few = _shown(result)
    ranked = sorted(labels[1:], key=lambda label: -_share(result, label))
    listed = labels if len(labels) <= MOST_ROWS else [ALL, *ranked[: MOST_ROWS - 1]]
    doubts = [_few(words, few)] if few else []
    if len(listed) < len(labels):
        reason = f"{reason} " + words.say("Groups that lose the largest share are listed.")
    return brief_of(
        result,
        look,
        heading=words.say("Customers to come"),
        subtitle=words.say(
            "{customers} customers of today, followed to the end of {period}", **given
        ),
        question=words.say("How many customers will be lost by the end of {period}?", **given),
        answer=words.say("{lost} of {customers} customers are expected to be lost", **given),
        reason=reason,
        numbers=Numbers(
            [
                words.say("Customers"),
                words.say("Today"),
                words.say("Lost"),
                interval_head(words, float(lost["level"])),
                words.say("Share"),
                words.say("Revenue a year"),
            ],
            [_cells(words, result, label) for label in listed],
        ),
        steps=_steps(words, result, ranked[:1]),
        doubts=doubts,
        grade=Evidence(str(there["grade"])),
        name="customers-to-come",
        picture=drawing(result, look),
        alt=words.say("Customers expected to be lost in each period, with the interval."),
    )


def drawing(result: ChurnProjection, look: Look) -> Picture:
    """Draw how many customers are lost in each period to come."""
    frame = result.frame
    lost = frame[(frame["quantity"] == "lost") & (frame["label"] == ALL)]
    what = look.language.say("Customers lost")
    return money(pd.DataFrame({"period": [], "estimate": []}), lost, look, what=what)


def _period(words: Language, label: str) -> str:
    """Write the last period, which is but a number where no day is known."""
    return (
        words.say("period {n}", n=label)
        if label.isdecimal() and len(label) < len("2025")
        else (words.period(label))
    )


def _cells(words: Language, result: ChurnProjection, label: str) -> list[str]:
    there, lost = result.row("customers", label, 1), result.row("lost so far", label)
    known = _money(result, label)
    name = words.say("All") if label == ALL else label
    return [
        words.say(CATEGORIES[label]) if label in CATEGORIES else name,
        words.whole(there["estimate"]),
        amount(words, lost["estimate"]),
        amounts(words, lost["lower"], lost["upper"]),
        words.percent(_share(result, label), 1),
        amount(words, known) if known == known else "–",  # noqa: PLR0124 NaN
    ]


def _money(result: ChurnProjection, label: str) -> float:
    """Return a year's money of all who are lost, NaN where it is not known."""
    frame = result.frame
    rows = frame[(frame["quantity"] == "revenue at risk") & (frame["label"] == label)]
    return float(rows["estimate"].sum(skipna=False))


def _shown(result: ChurnProjection) -> tuple[list[str], int]:
    """Return all customers and the groups that are not too few to be shown, and how many are."""
    groups = [label for label in result.labels if label != ALL]
    kept = [label for label in groups if result.row("customers", label, 1)["estimate"] >= FEWEST]
    return [ALL, *kept], len(groups) - len(kept)


def _few(words: Language, groups: int) -> str:
    return words.say_many(
        "{n} group with fewer than {least} customers is not shown.",
        "{n} groups with fewer than {least} customers are not shown.",
        groups,
        least=words.whole(FEWEST),
    )


def _share(result: ChurnProjection, label: str, bound: str = "estimate") -> float:
    """Return the share of a group that will be lost, NaN where nobody is in it."""
    there, lost = result.row("customers", label, 1), result.row("lost so far", label)
    return float(lost[bound] / there["estimate"]) if there["estimate"] else float("nan")


def _steps(words: Language, result: ChurnProjection, first: list[str]) -> list[str]:
    """Return what to do: about the group that loses most, where it surely loses more than all."""
    said = []
    for label in first:
        lower, usual = _share(result, label, "lower"), _share(result, ALL)
        if result.helps == "no" or shown(100 * lower) <= shown(100 * usual):
            continue
        named = words.say(CATEGORIES[label]) if label in CATEGORIES else label
        said.append(
            words.say(
                "Look first at the group that loses the largest share: {group}. Whether calling "
                "them keeps them, only an experiment tells.",
                group=named,
            )
        )
    said.append(words.say("Count again when the period is over, and set it against this."))
    return said
