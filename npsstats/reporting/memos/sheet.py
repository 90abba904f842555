"""A memo as a page of PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.memos.labels import labels, source
from npsstats.reporting.render import Document, Page

if TYPE_CHECKING:
    from datetime import date

    from npsstats.reporting.brand import Brand
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief

__all__ = ["sheet"]


def sheet(brief: Brief, words: Language, brand: Brand, day: date | None) -> Document:
    """Return the document that a memo is made of."""
    heads = labels(words)
    page = Page(
        template=brief.template,
        title=brief.answer,
        content={
            "status": brief.status,
            "registered": brief.registered,
            "changes": list(brief.changes),
            "grade": brief.grade,
            "question": heads["question"],
            "hypothesis": brief.question,
            "decision": heads["decision"],
            "reason": brief.reason,
            "head": list(brief.numbers.head),
            "rows": [list(row) for row in brief.numbers.rows],
            "doubts_title": heads["doubts"],
            "doubts": list(brief.doubts),
            "next_title": heads["steps"],
            "next": list(brief.steps),
            **brief.more,
        },
        charts={"all": list(brief.charts)},
    )
    return Document(
        title=brief.heading,
        subtitle=brief.subtitle,
        description=words.say("The decision, the numbers it rests on, what could be wrong."),
        author=brand.name or "npsstats",
        language=words.code,
        footer=source(words, brief),
        brand=brand,
        pages=[page],
        day=day,
    )
