"""What happened to the rows: accepted, rejected and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.language import mark
from npsstats.reporting.leadership import data_wording
from npsstats.reporting.render import Page

if TYPE_CHECKING:
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["page"]

IN_MEMORY = "the "  # intake calls a frame “the DataFrame”; files and databases have names

REASONS = frozenset(
    (
        mark("score missing"),
        mark("score not a number"),
        mark("score not a whole number"),
        mark("score out of range"),
        mark("store missing"),
        mark("date missing"),
        mark("date unreadable"),
        mark("date in the future"),
        mark("duplicate answer"),
        mark("line unreadable"),
    )
)
"""The reasons that intake gives; one that it adds later is shown as it is written there."""


def page(facts: Facts, look: Look) -> Page | None:
    """Return the section, or None when counts were given and rows never seen."""
    words, quality = look.language, facts.quality
    if quality is None:
        return None
    total = quality.accepted + quality.rejected
    reasons = sorted(quality.reasons.items(), key=lambda item: (-item[1], item[0]))
    return Page(
        template="quality",
        title=words.say("Quality of the data"),
        content={
            "lede": data_wording.accepted(words, quality),
            "sentences": [
                words.say("Source: {source}.", source=quality.source)
                if not quality.source.startswith(IN_MEMORY)
                else words.say("Source: a table in memory."),
                words.say(
                    "Answers were given on a scale from {low} to {high}.",
                    low=words.whole(facts.scale[0]),
                    high=words.whole(facts.scale[1]),
                ),
                *data_wording.scale_doubt(words, facts),
            ],
            "head": [words.say("Why rows were rejected"), words.say("Rows"), words.say("Share")],
            "rows": [
                [
                    words.say(reason) if reason in REASONS else reason,
                    words.whole(rows),
                    data_wording.share(words, rows / total),
                ]
                for reason, rows in reasons
                if rows
            ],
        },
    )
