"""Words that stand at the head of a memo's parts, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief

__all__ = ["labels", "source"]


def labels(words: Language) -> dict[str, str]:
    """Return the words at the head of each part, by the part's name."""
    return {
        "question": words.say("Question"),
        "decision": words.say("Decision"),
        "doubts": words.say("What could be wrong"),
        "steps": words.say("What to do next"),
    }


def source(words: Language, brief: Brief) -> str:
    """Return which data and which npsstats, and how the plan stands to its lock."""
    return words.say(
        "{status} Data {fingerprint} · npsstats {version}",
        status=brief.status,
        fingerprint=brief.fingerprint,
        version=brief.version,
    ).strip()
