"""What NPS is worth here, in money, with its interval and its grade; before and after a point."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.charts import linkage_figures
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage import (
    doubts as linkage_doubts,
    point as linkage_point,
    unrecorded as linkage_unrecorded,
    wording as linkage_wording,
)
from npsstats.reporting.linkage.growing import AFTER
from npsstats.reporting.linkage.names import GRADES, basis, money, quantity
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.style import Look

__all__ = ["linked", "page"]

_STEPS = ("a recovered detractor", "a passive turned promoter")


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nothing has a value."""
    return None if facts.linkage is None else linked(facts.linkage, look)


def linked(linkage: LinkageFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None."""
    words = look.language
    if linkage.worth is None and linkage.lead_lag is None:
        return None
    said = [
        linkage_point.point(words, linkage),
        linkage_point.slope(words, linkage) if linkage.worth is None else None,
        linkage_unrecorded.of_growth(words, linkage),
        *linkage_wording.customers(words, linkage),
        linkage_wording.departures(words, linkage),
        linkage_wording.callback(words, linkage) if linkage.worth is not None else None,
    ]
    sentences = [text for text in said if text]
    grades = set() if linkage.worth is None else set(linkage.worth["grade"])
    charts = {}
    drawn = linkage.lead_lag is not None and linkage.lead_lag["estimate"].map(isfinite).any()
    if drawn:
        grades.add("within-store lagged")
        charts["figures"] = [_picture(words, linkage, look)]
    rows = [] if linkage.worth is None else _rows(words, linkage)
    return Page(
        template="linkage",
        title=words.say("What NPS is worth here"),
        content={
            "lede": sentences[0] if sentences else linkage_wording.lead_lag(words, linkage),
            "sentences": sentences[1:],
            "tables": [_table(words, rows)] if rows else [],
            "points": [
                *linkage_doubts.doubts(words, linkage, "growth", "worth"),
                *linkage_doubts.unmeasured(
                    words, linkage, "growth", "revenue", "customers", "churn", "retention", "worth"
                ),
                *linkage_wording.caveats(words, grades),
            ],
            "note": _note(words, linkage),
        },
        charts=charts,
    )


def _picture(words: Language, linkage: LinkageFacts, look: Look) -> Chart:
    said = linkage_wording.lead_lag(words, linkage)
    frame = linkage.lead_lag
    if frame is None:
        raise ValueError("there is no lead–lag table")
    unit_of = words.say(AFTER[linkage.period])
    corrected = frame[frame["reading"] == "corrected"]
    read = words.series(
        f"{words.number(row.horizon, 0, signed=True)}: {words.number(row.estimate, 2, signed=True)}"
        for row in records(corrected)
    )
    return Chart(
        linkage_figures.lead_lag(frame, unit_of, look),
        caption=said,
        alt=words.say("Trade for one point of NPS, by {unit}. {read}.", unit=unit_of, read=read),
        spare=3,
    )


def _table(words: Language, rows: list[list[str]]) -> dict[str, Any]:
    return {
        "title": "",
        "head": [
            words.say("What"),
            words.say("Value"),
            words.say("Interval"),
            words.say("Evidence"),
            words.say("n"),
        ],
        "rows": rows,
        "numeric": [1, 2, 4],
        "note": "",
    }


def _rows(words: Language, linkage: LinkageFacts) -> list[list[str]]:
    """Return a row a quantity, in what is earned where a margin is known."""
    if linkage.worth is None:
        return []
    frame = linkage.worth
    earned = frame["unit"].str.startswith("contribution")
    twice = frame["quantity"].isin(frame.loc[earned, "quantity"]) & ~earned
    # of the steps the fair comparison is shown; the whole way also as customers are
    raw = frame["quantity"].isin(_STEPS) & (frame["basis"] == "as they are")
    # a point that is not known is said once, not in each of its readings
    again = ~frame["identified"].astype(bool) & frame["quantity"].str.startswith(
        "one point more, for"
    )
    out = []
    for row in records(frame[~twice & ~raw & ~again]):
        name = quantity(words, row.quantity)
        if (frame.loc[frame["quantity"] == row.quantity, "basis"] != row.basis).any():
            name = words.say("{what}, {basis}", what=name, basis=basis(words, row.basis))
        if not row.identified or not isfinite(row.estimate):  # said in words, with no figure
            value, held = words.say("cannot be told"), "–"
        else:
            value, held = money(words, row.estimate, row.unit), linkage_wording.span(words, row)
        out.append([name, value, held, words.say(GRADES[row.grade]), words.whole(row.n)])
    return out


def _note(words: Language, linkage: LinkageFacts) -> str:
    if linkage.worth is None:
        return ""
    earned = linkage.worth["unit"].str.startswith("contribution").any()
    if not earned:
        return words.say("Money is revenue, in the currency of the purchases; no margin was given.")
    if linkage.margin is None:
        return words.say("Money is contribution, in the currency of the purchases.")
    return words.say(
        "Money is contribution at a margin of {margin}, in the currency of the purchases.",
        margin=words.percent(linkage.margin),
    )
