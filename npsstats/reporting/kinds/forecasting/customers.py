"""Customers to come: how many will be lost, which, and the revenue that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.forecasting.business.churn_projection import ALL
from npsstats.reporting.charts.forecast_figures import money
from npsstats.reporting.forecast.business_wording import amount, amounts
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark
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
    labels = result.labels[:MOST_ROWS]
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
            [_cells(words, result, label) for label in labels],
        ),
        steps=_steps(words, result),
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
    share = lost["estimate"] / there["estimate"] if there["estimate"] else float("nan")
    known = _money(result, label)
    name = words.say("All") if label == ALL else label
    return [
        words.say(CATEGORIES[label]) if label in CATEGORIES else name,
        words.whole(there["estimate"]),
        amount(words, lost["estimate"]),
        amounts(words, lost["lower"], lost["upper"]),
        words.percent(share, 1),
        amount(words, known) if known == known else "–",  # noqa: PLR0124 NaN
    ]


def _money(result: ChurnProjection, label: str) -> float:
    """Return a year's money of all who are lost, NaN where it is not known."""
    frame = result.frame
    rows = frame[(frame["quantity"] == "revenue at risk") & (frame["label"] == label)]
    return float(rows["estimate"].sum(skipna=False))


def _steps(words: Language, result: ChurnProjection) -> list[str]:
    """Return what to do: about the label that loses the largest share, where labels are told."""
    said = []
    told: list[tuple[float, Any]] = []
    for label in result.labels[1:]:
        there, lost = result.row("customers", label, 1), result.row("lost so far", label)
        if there["estimate"] > 0:
            told.append((lost["lower"] / there["estimate"], label))
    if told and result.helps != "no":
        label = max(told)[1]
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
