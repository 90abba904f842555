"""What the memos of all kinds share: the way from a result to a `Brief`, and its usual words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.memos.brief import Brief, Evidence, Numbers, evidence
from npsstats.reporting.render import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture
    from npsstats.results import Result
    from npsstats.said import Said

__all__ = [
    "FEWEST",
    "MOST_DOUBTS",
    "MOST_ROWS",
    "brief_of",
    "cannot_tell",
    "estimated",
    "hidden",
    "interval_head",
    "p_text",
    "rare",
]

FEWEST = 5
"""A group of people with fewer answers is not named on a page."""

MOST_DOUBTS = 5
"""Doubts that a page has room for, the most serious first."""

MOST_ROWS = 12
"""Rows of the table that a page has room for beside its chart."""


def brief_of(
    result: Result,
    look: Look,
    *,
    heading: str,
    subtitle: str,
    question: str,
    answer: str,
    reason: str,
    numbers: Numbers,
    steps: Sequence[str],
    grade: Evidence,
    name: str,
    picture: Picture | None = None,
    alt: str = "",
    caption: str = "",
    doubts: Sequence[str] = (),
) -> Brief:
    """Return a memo with the result's own doubts, its source, and the words of its evidence.

    Parameters
    ----------
    result, look
        What the memo is on; language and colours.
    heading, subtitle, question, answer, reason, numbers, steps
        As of `Brief`.
    grade
        Kind of evidence.
    name
        Of the file, in a folder.
    picture, alt, caption
        The chart, what it shows for those who cannot see it, and its take-away.
    doubts
        More of them, before those that the result says itself. Where there are none at all, a
        description says what every one of them leaves open.
    """
    words = look.language
    said = [*doubts, *(_sentence(doubt, words.retell(doubt)) for doubt in result.diagnostics)]
    if not said and grade in (Evidence.DESCRIPTION, Evidence.CROSS_SECTION):
        said = [words.say("Those who answered may not think as those who did not.")]
    return Brief(
        heading=heading,
        subtitle=subtitle,
        question=question,
        answer=answer,
        reason=reason,
        numbers=numbers,
        doubts=list(dict.fromkeys(said))[:MOST_DOUBTS],
        steps=steps,
        grade=evidence(words, grade),
        name=name,
        fingerprint=result.provenance.fingerprint,
        version=result.provenance.version,
        charts=[] if picture is None else [Chart(picture, caption=caption, alt=alt or heading)],
    )


def _sentence(doubt: Said, text: str) -> str:
    """Return what was noted on the way, which begins and ends anyhow, as a sentence."""
    ended = text.endswith((".", "!", "?", "”", "»"))
    code = "=" in text.partition(" ")[0]
    named = any(
        type(value) is str and value and text.startswith(value) for value in doubt.values.values()
    )
    first = text[:1] if code or named else text[:1].upper()  # code and names stay as they are
    return f"{first}{text[1:]}{'' if ended else '.'}"


def cannot_tell(words: Language) -> str:
    """Return the answer where evidence is too weak for one."""
    return words.say("Cannot tell")


def estimated(words: Language, row: Any, *, signed: bool = False) -> str:
    """Write an estimate and its interval in points, as a table or a chart does."""
    return words.say(
        "{estimate} ({interval})",
        estimate=words.number(row.estimate, signed=signed),
        interval=words.interval(row.lower, row.upper, signed=signed),
    )


def interval_head(words: Language, level: float) -> str:
    """Return the head of a column of intervals."""
    return words.say("{level} interval", level=words.percent(level))


def hidden(words: Language, groups: int) -> str:
    """Say that groups of people are not shown as they are too small."""
    return words.say_many(
        "{n} group with fewer than {least} answers is not shown.",
        "{n} groups with fewer than {least} answers are not shown.",
        groups,
        least=words.whole(FEWEST),
    )


def p_text(words: Language, p_value: float) -> str:
    """Write a p-value, never as 0 or 1: “p = 0.012”, “p < 0.001”, “p > 0.999”."""
    if p_value < 0.001:
        return words.say("p < {limit}", limit=words.number(0.001, 3))
    if p_value > 0.999:
        return words.say("p > {limit}", limit=words.number(0.999, 3))
    return words.say("p = {p}", p=words.number(p_value, 3))


def rare(p_value: float, level: float) -> bool:
    """Return whether a p-value, as `p_text` prints it, is under what a level leaves to chance.

    Examples
    --------
    >>> rare(0.049, 0.95), rare(0.0499, 0.95), rare(0.02, 0.99)
    (True, False, False)
    """
    return round(p_value, 3) < round(1 - level, 9)
