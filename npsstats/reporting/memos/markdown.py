"""A memo as Markdown, its charts beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from npsstats.reporting.memos.labels import labels, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&])")
_AT_START = re.compile(r"^(\s*\d*)([#+-]+|[.)])(?=\s|$)")
# no-break spaces stay: they are typography
_BREAKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")


def markdown(brief: Brief, words: Language, path: Path, day: date | None) -> str:
    """Return the text of a memo, and write its charts beside `path`."""
    heads = labels(words)
    parts = [f"# {_plain(brief.heading)}", _plain(brief.subtitle)]
    if day is not None:
        parts.append(words.date(day))
    if brief.status:
        parts.append(f"**{_plain(brief.status)}**")
        parts += _list(brief.changes)
    parts += [
        f"**{heads['question']}** {_plain(brief.question)}",
        words.say("## {head}: {answer}", head=heads["decision"], answer=_plain(brief.answer)),
        _plain(brief.reason),
        _plain(brief.grade),
    ]
    for head, rows in (*brief.tables(), (brief.numbers.head, brief.numbers.rows)):
        parts.append(_table(head, rows))
    for number, chart in enumerate(brief.charts, 1):
        picture = path.with_name(f"{path.stem}-{number}.svg")
        picture.write_text(chart.figure.outlined(), encoding="utf-8")
        parts.append(f"![{_plain(chart.alt)}]({quote(picture.name)})")
    if brief.doubts:
        parts += [f"## {heads['doubts']}", *_list(brief.doubts)]
    if brief.steps:
        parts += [f"## {heads['steps']}", *_list(brief.steps)]
    parts += ["---", _plain(source(words, brief))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(text: str) -> str:
    """Return text that no renderer takes for markup: names are their owners', not ours."""
    return _AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", text).strip()))


def _list(items: Iterable[str]) -> list[str]:
    lines = [f"- {_plain(item)}" for item in items]
    return ["\n".join(lines)] if lines else []


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    lines = [[_plain(cell) for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))
