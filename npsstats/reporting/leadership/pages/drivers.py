"""What to mend first: importance and performance of what the survey asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts import linkage_figures
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage import (
    doubts as linkage_doubts,
    people as linkage_people,
    wording as linkage_wording,
)
from npsstats.reporting.linkage.names import question
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.style import Look

__all__ = ["linked", "page"]


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when fewer than two questions were asked."""
    return None if facts.linkage is None else linked(facts.linkage, look)


def linked(linkage: LinkageFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None."""
    words = look.language
    if linkage.drivers is None:
        return None
    names = [question(words, str(name)) for name in linkage.drivers["driver"]]
    frame = linkage.drivers.assign(driver=names)
    sentences = linkage_people.mending(words, linkage)
    return Page(
        template="linkage",
        title=words.say("What to mend first"),
        content={
            "lede": sentences[0],
            "sentences": sentences[1:],
            "tables": [
                {
                    "title": "",
                    "head": [
                        words.say("Driver"),
                        words.say("Importance"),
                        words.say("Performance"),
                        words.say("Points of NPS"),
                        words.say("Interval"),
                        words.say("Probability of a priority"),
                    ],
                    "rows": _rows(words, frame),
                    "numeric": [1, 2, 3, 4, 5],
                    "note": "",
                }
            ],
            "points": [
                *linkage_doubts.doubts(words, linkage, "drivers"),
                *linkage_wording.caveats(words, {"cross-section"}),
            ],
            "note": words.say(
                "Drivers and score are answers of one person at one moment: a good mood goes with "
                "all of them, so that part of each association is mood."
            ),
        },
        charts={
            "figures": [
                Chart(
                    linkage_figures.priorities(frame, look),
                    caption=words.say("Importance and performance, with their intervals"),
                    alt=_alt(words, frame),
                    spare=4,
                )
            ]
        },
    )


def _rows(words: Language, frame: pd.DataFrame) -> list[list[str]]:
    return [
        [
            str(row.driver),
            words.percent(row.importance),
            words.number(row.performance, 0),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            words.probability(row.probability_priority),
        ]
        for row in records(frame)
    ]


def _alt(words: Language, frame: pd.DataFrame) -> str:
    read = words.series(
        words.say(
            "{driver}: importance {importance}, performance {performance}",
            driver=row.driver,
            importance=words.percent(row.importance),
            performance=words.number(row.performance, 0),
        )
        for row in records(frame)
    )
    return words.say("Importance and performance of each driver. {read}.", read=read)
