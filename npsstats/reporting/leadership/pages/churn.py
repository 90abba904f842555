"""Who stays: customers still there by their last score."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.charts import linkage_figures
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage import (
    doubts as linkage_doubts,
    people as linkage_people,
    unrecorded as linkage_unrecorded,
    wording as linkage_wording,
)
from npsstats.reporting.linkage.names import CATEGORIES
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.style import Look

__all__ = ["linked", "page"]

_RULES = {
    "rhythm": mark(
        "A customer counts as gone when the silence is one that a customer of the same rhythm "
        "would hardly ever keep; the departure is dated at its beginning."
    ),
    "silence": mark(
        "A customer counts as gone after {days} days without buying; the departure is dated at "
        "their beginning."
    ),
    "contract": mark("A customer counts as gone when the contract ends."),
}


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nobody's staying could be followed."""
    return None if facts.linkage is None else linked(facts.linkage, look)


def linked(linkage: LinkageFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None."""
    words = look.language
    if linkage.hazards is None:
        return None
    sentences = linkage_people.staying(words, linkage)
    if (hidden := linkage_unrecorded.of_churn(words, linkage)) is not None and sentences:
        sentences.insert(1, hidden)
    charts = {}
    if linkage.survival is not None and len(linkage.survival):  # none where no hazard is known
        charts["figures"] = [
            Chart(
                linkage_figures.survival(linkage.survival, look),
                caption=words.say("Share of customers still there, by their last score"),
                alt=" ".join(sentences) or words.say("Customers still there"),
                spare=2,
            )
        ]
    rule = ""
    if linkage.churn_rule in _RULES:
        rule = words.say(_RULES[linkage.churn_rule], days=linkage.silence)
    rows = _rows(words, linkage)
    lede = sentences[0] if sentences else words.say("Departures by the last score known before.")
    return Page(
        template="linkage",
        title=words.say("Who stays"),
        content={
            "lede": lede,
            "sentences": [*sentences[1:], *([rule] if rule else [])],
            "tables": [
                {
                    "title": "",
                    "head": [
                        words.say("Last score"),
                        words.say("Hazard against promoters"),
                        words.say("Interval"),
                        words.say("Departures"),
                        words.say("Customer-months"),
                    ],
                    "rows": rows,
                    "numeric": [1, 2, 3, 4],
                    "note": "",
                }
            ],
            "points": [
                *linkage_doubts.doubts(words, linkage, "churn"),
                *linkage_doubts.unmeasured(words, linkage, "curves"),
                *linkage_wording.caveats(words, {"cross-section"}),
            ],
            "note": words.say(
                "A customer counts under a score from the month after the answer on, never before."
            ),
        },
        charts=charts,
    )


def _rows(words: Language, linkage: LinkageFacts) -> list[list[str]]:
    if linkage.hazards is None:
        return []
    out = []
    for row in records(linkage.hazards):
        name = words.say(CATEGORIES[row.label]) if row.label in CATEGORIES else str(row.label)
        known = isfinite(row.ratio)
        out.append(
            [
                name,
                words.number(row.ratio, 2) if known else words.say("cannot be told"),
                _interval(words, row) if known else "–",
                _departures(words, int(row.events)),
                words.whole(row.n),
            ]
        )
    return out


def _departures(words: Language, events: int) -> str:
    """Write how many left; of few, no more than that they are."""
    return words.say("under {small}", small=SMALL) if 0 < events < SMALL else words.whole(events)


def _interval(words: Language, row: Any) -> str:
    """Write the interval of a ratio; the category that ratios are against has none."""
    if not isfinite(row.ratio_lower) and not isfinite(row.ratio_upper):
        return words.say("reference")
    return linkage_people.ratios(words, row.ratio_lower, row.ratio_upper)
