"""The trade's claims beside the network's own numbers."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage import doubts as linkage_doubts, wording as linkage_wording
from npsstats.reporting.linkage.claimed import claimed, found, found_span, read_as
from npsstats.reporting.linkage.names import GRADES, SIDES, VERDICTS
from npsstats.reporting.render import Page

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.style import Look

__all__ = ["linked", "page"]


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when no claim was looked at."""
    return None if facts.linkage is None else linked(facts.linkage, look)


def linked(linkage: LinkageFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None."""
    words = look.language
    if linkage.claims is None or linkage.claim_texts is None:
        return None
    frame = linkage.claims
    measured = set(frame.loc[frame["verdict"] != "not measured", "claim"])
    claims, unmeasured = [], []
    for key, rows in frame.groupby("claim", sort=False):
        texts = linkage.claim_texts[str(key)]
        if key not in measured:
            unmeasured.append(
                words.say(
                    "{claim} Not measured because {why}.",
                    claim=words.say(texts.text[words.code]),
                    why=linkage_doubts.why(words, str(rows["why"].iloc[0])),
                )
            )
            continue
        claims.append(
            {
                "text": words.say(texts.text[words.code]),
                "source": words.say(texts.source[words.code]),
                "against": words.say(against) if (against := texts.against[words.code]) else "",
                "rows": [_row(words, row) for row in records(rows)],
            }
        )
    return Page(
        template="claims",
        title=words.say("What the trade says, and what is true here"),
        content={
            "lede": linkage_wording.verdicts(words, frame),
            "head": [
                words.say("Read here"),
                words.say("Claimed"),
                words.say("Here"),
                words.say("Interval"),
                words.say("Evidence"),
                words.say("Verdict"),
            ],
            "claims": claims,
            "unmeasured": unmeasured,
            "unmeasured_title": words.say("Not measured with what was given"),
            "says": words.say("Said by:"),
            "others": words.say("But:"),
            "note": words.say(
                "A claim holds here when the whole interval lies within what is claimed, and does "
                "not when it lies outside. A claim that holds says that the number is as large as "
                "claimed, not that NPS moves the other side. A number of another quantity is shown "
                "without a verdict."
            ),
        },
    )


def _row(words: Language, row: Any) -> list[str]:
    verdict = words.say(VERDICTS[row.verdict])
    if row.side and isfinite(row.high) and isfinite(row.low):
        verdict = words.say("{verdict} ({side})", verdict=verdict, side=words.say(SIDES[row.side]))
    known = isfinite(row.estimate)
    return [
        read_as(words, row),
        claimed(words, row),
        found(words, row.estimate, row.unit) if known else "–",
        found_span(words, row.lower, row.upper, row.unit) if known else "–",
        words.say(GRADES[row.grade]),
        verdict,
    ]
