"""Experiments and their decisions: what each memo decides, with the numbers it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds import brief
from npsstats.reporting.render import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look

__all__ = ["lede", "page"]

_WHOLE = 3  # experiments that are told at length; of others the decision
_ROWS, _DOUBTS = 4, 2


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when no experiment is reported."""
    if not facts.experiments:
        return None
    words = look.language
    briefs = [brief(result, look) for result in facts.experiments]
    whole = briefs if facts.detail else briefs[:_WHOLE]
    return Page(
        template="experiments",
        title=words.say("Experiments and their decisions"),
        content={
            "lede": lede(words, briefs),
            "experiments": [_told(each, detail=facts.detail) for each in whole],
            "head": [words.say("Experiment"), words.say("Decision"), words.say("Plan")],
            "others": [[each.heading, each.answer, each.status] for each in briefs[len(whole) :]],
        },
    )


def lede(words: Language, briefs: Sequence[Brief]) -> str:
    """Name the experiments with their decisions."""
    said = [
        words.say("“{name}”: {decision}", name=each.heading, decision=each.answer)
        for each in briefs[:_WHOLE]
    ]
    if len(briefs) > _WHOLE:
        said.append(words.say_many("{n} other", "{n} others", len(briefs) - _WHOLE))
    return words.series(said).rstrip(".") + "."


def _told(each: Brief, *, detail: bool) -> dict[str, Any]:
    if each.template == "survey" and each.more.get("verdicts"):
        head = list(each.more["verdict_head"])
        rows = [list(row["cells"]) for row in each.more["verdicts"]]
        numeric = [x for x in range(len(head)) if x > 1]
    else:
        head, rows = list(each.numbers.head), [list(row) for row in each.numbers.rows]
        numeric = list(range(1, len(head)))
    doubts, steps = list(each.doubts), list(each.steps)
    return {
        "title": each.heading,
        "on": each.subtitle,
        "status": each.status,
        "registered": each.registered,
        "answer": each.answer,
        "reason": each.reason,
        "head": head,
        "rows": rows if detail else rows[:_ROWS],
        "numeric": numeric,
        "points": [*(doubts if detail else doubts[:_DOUBTS]), *steps[:1]],
        "grade": each.grade,
    }
