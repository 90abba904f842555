"""What to mend first: importance beside performance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.linkage_figures import priorities
from npsstats.reporting.kinds.linkage.sayable import renamed
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.facts import LinkageFacts
from npsstats.reporting.linkage.names import question
from npsstats.reporting.linkage.people import SURE, mending
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.linkage.driving.priorities import Priorities
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: Priorities, look: Look) -> Brief:
    """Return the memo on what to mend first."""
    words, frame = look.language, result.frame
    level = float(frame["level"].iloc[0])
    first = frame.iloc[int(np.argmax(frame["probability_priority"]))]
    sure = first["probability_priority"] >= SURE
    facts = LinkageFacts(drivers=frame, part=result.part, level=level)
    return brief_of(
        renamed(result, lambda name: question(words, name)),
        look,
        heading=words.say("What to mend first"),
        subtitle=words.say_many("{n} answer", "{n} answers", int(frame["n"].max())),
        question=words.say("What matters most to the score and is done worst?"),
        answer=words.say(
            "To mend first: {driver}",
            driver=shorten_middle(question(words, str(first["driver"])), 50),
        )
        if sure
        else words.say("Cannot tell: no driver is surely the priority"),
        reason=" ".join(mending(words, facts)),
        numbers=Numbers(
            [
                words.say("Driver"),
                words.say("Importance"),
                words.say("Performance, of 100"),
                words.say("Points if {part} were satisfied", part=words.percent(result.part)),
                interval_head(words, level),
                words.say("P(priority)"),
            ],
            [_cells(words, row) for row in _shown(frame)],
        ),
        steps=[
            words.say("Try a change there in stores drawn by lot, and compare the scores.")
            if sure
            else words.say("Collect more answers, or ask of fewer things, before choosing.")
        ],
        grade=Evidence.CROSS_SECTION,
        name="priorities",
        picture=drawing(result, look),
        alt=words.say("Each driver by its importance and its performance, with intervals."),
    )


def drawing(result: Priorities, look: Look) -> Picture:
    """Draw importance against performance."""
    words = look.language
    named = [question(words, str(name)) for name in result.frame["driver"]]
    return priorities(result.frame.assign(driver=named), look)


def _shown(frame: Any) -> list[Any]:
    """Return the drivers that a page has room for: the likeliest priorities, and the largest."""
    order = np.lexsort((-frame["estimate"], -frame["probability_priority"]))[:MOST_ROWS]
    return records(frame.iloc[order])


def _cells(words: Language, row: Any) -> list[str]:
    return [
        shorten_middle(question(words, str(row.driver)), 60),
        words.percent(row.importance),
        words.number(row.performance, 0),
        words.number(row.estimate, signed=True),
        words.interval(row.lower, row.upper, signed=True),
        words.probability(row.probability_priority),
    ]
