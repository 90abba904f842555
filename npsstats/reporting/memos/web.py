"""A memo as one HTML file that holds all it needs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from npsstats.reporting.memos.labels import labels, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from npsstats.reporting.brand import Brand
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief

__all__ = ["web"]

_STYLE = """
body { font: 16px/1.5 "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, sans-serif;
  color: #222; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-weight: 300; color: PRIMARY; margin-bottom: .2rem; }
h2 { font-size: 1.1rem; color: PRIMARY; }
.soft, footer { color: #6f6f6f; } .status { color: SECONDARY; font-weight: 600; }
.decision { border-left: 3px solid PRIMARY; background: #f6f6f4; padding: .6rem 1rem; }
.decision h2 { margin: 0; font-size: 1.35rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: 1rem 0; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #e4e4e4;
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; min-width: 9rem; }
th { color: #6f6f6f; font-weight: 400; }
figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; }
figcaption { font-weight: 600; }
footer { font-size: .8rem; margin-top: 2rem; border-top: 1px solid #d9d9d9; }
@media print { body { margin: 0; font-size: 11px; } }
""".strip()


def web(brief: Brief, words: Language, brand: Brand, day: date | None) -> str:
    """Return the HTML of a memo."""
    heads = labels(words)
    style = _STYLE.replace("PRIMARY", brand.palette["primary"]).replace(
        "SECONDARY", brand.palette["secondary"]
    )
    kept = "soft" if brief.registered else "status"
    body = [
        f'<p class="soft">{escape(brand.name)}</p>' if brand.name else "",
        f"<h1>{escape(brief.heading)}</h1>",
        f'<p class="soft">{escape(brief.subtitle)}</p>',
        f'<p class="soft">{words.date(day)}</p>' if day is not None else "",
        f'<p class="{kept}">{escape(brief.status)}</p>' if brief.status else "",
        _list(brief.changes),
        f'<p><span class="soft">{heads["question"]} —</span> {escape(brief.question)}</p>',
        f'<div class="decision"><span class="soft">{heads["decision"]}</span>',
        f"<h2>{escape(brief.answer)}</h2><p>{escape(brief.reason)}</p></div>",
        f'<p class="soft">{escape(brief.grade)}</p>',
        *(_table(*table) for table in brief.tables()),
        _table(brief.numbers.head, brief.numbers.rows),
    ]
    for chart in brief.charts:
        drawn = chart.figure.outlined()
        drawn = drawn[drawn.index("<svg") :]
        caption = f"<figcaption>{escape(chart.caption)}</figcaption>" if chart.caption else ""
        body.append(
            f'<figure role="img" aria-label="{escape(chart.alt)}">{caption}{drawn}</figure>'
        )
    for title, items in ((heads["doubts"], brief.doubts), (heads["steps"], brief.steps)):
        if items:
            body += [f"<h2>{title}</h2>", _list(items)]
    body.append(f"<footer>{escape(source(words, brief))}</footer>")
    return (
        f'<!doctype html>\n<html lang="{words.code}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(brief.heading)}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    head_row = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    return (
        f'<div class="wide"><table><thead><tr>{head_row}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
