"""`memo`: any result on one page, in French or English, as PDF, Markdown or HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.reporting.brand import Brand
from npsstats.reporting.kinds import brief as brief_of
from npsstats.reporting.language import language
from npsstats.reporting.memos.markdown import markdown
from npsstats.reporting.memos.sheet import sheet
from npsstats.reporting.memos.web import web
from npsstats.reporting.render import compile_pdf, destination
from npsstats.reporting.style import Look

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike
    from pathlib import Path

    from npsstats.results import Result

__all__ = ["memo"]

_FORMATS = (".pdf", ".md", ".html")


def memo(
    result: Result,
    out: str | PathLike[str],
    *,
    lang: str = "en",
    brand: Any = None,
    day: date | None = None,
) -> Path:
    """Write the decision memo of a result: one page.

    Question, decision, the numbers it rests on, a chart, what could be wrong, what to do next,
    the kind of evidence, how the plan stands to its lock, which data.

    Parameters
    ----------
    result
        What an analysis returned: an experiment, an estimate, a difference, a forecast …
    out
        The path of a .pdf, .md or .html; or a folder, in which a PDF is called after the result.
        A Markdown memo has its charts beside it, as SVG; an HTML one holds them.
    lang
        "en" or "fr".
    brand
        Name, logo and colours: a `Brand`, or a mapping.
    day
        Date that the memo carries; none unless told, never today's by itself.

    Returns
    -------
    Path
        The memo. Same result, same bytes.

    Raises
    ------
    InputError
        If it is no result of npsstats, the language is not known or the place cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts([[3, 1, 2, 4, 3, 9, 8, 20, 25, 30, 15]])
    >>> with TemporaryDirectory() as folder:
    ...     text = memo(nps.tango(counts), f"{folder}/score.md").read_text()
    >>> print(text.splitlines()[0])
    # Net Promoter Score
    """
    words, dressed = language(lang), Brand.of(brand)
    said = brief_of(result, Look(words, **dressed.palette))
    path = destination(out, f"{said.name}-{words.code}.pdf", _FORMATS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".md":
            path.write_text(markdown(said, words, path, day), encoding="utf-8")
        elif path.suffix.lower() == ".html":
            path.write_text(web(said, words, dressed, day), encoding="utf-8")
        else:
            path.write_bytes(compile_pdf(sheet(said, words, dressed, day)))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None
    return path
