"""From pages of content to the bytes of a PDF, through Typst's wheel.

A page is a template (a file of this package, ``templates/pages/<template>.typ``), the content it
shows and its charts. Content travels as one JSON file: Typst reads it as strings and numbers,
never as markup, so what a user's data says cannot become a command. The compiler sees a
temporary folder and nothing else of the machine: no file, no font, no clock.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.reporting.typeface import FACE, FALLBACK, font_files, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    from npsstats.reporting.brand import Brand
    from npsstats.reporting.style import Picture

__all__ = ["Chart", "Document", "Page", "compile_pdf", "destination"]

STANDARD = "ua-1"
"""PDF/UA-1: tagged, titled, every figure described; Typst refuses what breaks it."""

_NONE = 99  # a rank that no chart has
_BARE = 0.25  # share of its height up to which a last sheet is hardly filled

_LONG_WORD = re.compile(r"\S{30}(?=\S)")


@dataclass(frozen=True)
class Chart:
    """A chart with the sentence above it and the words for those who cannot see it.

    Attributes
    ----------
    figure, caption, alt
        The chart, the sentence above it, the words in its place.
    spare
        Whether it may be left out of a document that grows too long: what it shows is said beside.
        The highest goes first; 0 for never.
    """

    figure: Picture
    caption: str
    alt: str
    spare: int = 0


@dataclass(frozen=True)
class Page:
    """One section of a document; it may run over several sheets.

    Attributes
    ----------
    template
        Name of a file in ``templates/pages`` without its suffix; it defines ``body(page)``.
    title
        Heading; also the entry in the PDF's outline.
    content
        JSON values that the template shows.
    charts
        Charts by the name under which the template finds them.
    fresh
        Whether it begins on a new sheet; otherwise it goes on below the section before.
    """

    template: str
    title: str
    content: Mapping[str, Any] = field(default_factory=dict)
    charts: Mapping[str, Chart | Sequence[Chart]] = field(default_factory=dict)
    fresh: bool = True


@dataclass(frozen=True)
class Document:
    """Everything that a PDF is made of.

    Attributes
    ----------
    title, description, author, language
        Metadata, and the words at the head of each page; `language` is a code such as ``fr``.
    subtitle
        Under the title on the first page.
    footer
        At the foot of every page, beside the page number.
    day
        Date of the document; without one the PDF carries none. Never today's by itself.
    pages
        In reading order.
    most
        Sheets above which charts that may be spared are left out, one by one; None for no limit.
    """

    title: str
    subtitle: str
    description: str
    author: str
    language: str
    footer: str
    brand: Brand
    pages: Sequence[Page]
    day: date | None = None
    most: int | None = None


def compile_pdf(document: Document) -> bytes:
    """Return the PDF of a document: the same bytes for the same document.

    Raises
    ------
    InputError
        If the brand's logo is not a picture that can be read.
    """
    import typst

    with TemporaryDirectory(prefix="npsstats-") as folder:
        root = Path(folder)
        with as_file(files("npsstats.reporting") / "templates") as templates:
            copytree(templates, root, dirs_exist_ok=True)
        fonts = root / "fonts"
        fonts.mkdir()
        for path in font_files():
            copyfile(path, fonts / path.name)
        (root / "charts").mkdir()
        data = _data(document, root)
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        moment = datetime.combine(document.day or date(1970, 1, 1), datetime.min.time(), UTC)
        standards: Any = [STANDARD]
        try:
            compiler = typst.Compiler(
                root / "document.typ", root=root, font_paths=[fonts], ignore_system_fonts=True
            )
            written: Any = _shortest(compiler, document, standards, int(moment.timestamp()))
        except typst.TypstError as error:
            if document.brand.logo is not None and _is_about_logo(error):
                raise InputError(
                    f"`brand.logo` ({document.brand.logo.name!r}) cannot be read as a picture: "
                    f"{error.message}. Save it again as PNG or SVG."
                ) from None
            raise
    return bytes(written)


def _shortest(compiler: Any, document: Document, standards: Any, moment: int) -> Any:
    """Compile with as many charts as the sheets allow that are asked for.

    One more is left out where that spares a last sheet on which hardly anything stands.
    """
    fitting, sheets = None, 0
    for least in _least_spared(document):
        written = compiler.compile(
            format="pdf",
            pdf_standards=standards,
            timestamp=moment,
            sys_inputs={"spared": str(least)},
        )
        if document.most is None:
            return written
        last, filled = json.loads(compiler.query("<end>", field="value", one=True))
        if last < sheets or (fitting is None and last <= document.most and filled > _BARE):
            return written
        if fitting is None and last <= document.most:
            fitting, sheets = written, last
    return written if fitting is None else fitting


def _least_spared(document: Document) -> list[int]:
    """Return the least ranks of the charts to leave out, to be tried one after the other."""
    ranks = {
        each.spare
        for page in document.pages
        for chart in page.charts.values()
        for each in ([chart] if isinstance(chart, Chart) else chart)
        if each.spare
    }
    return [_NONE, *sorted(ranks, reverse=True)]


def destination(out: str | PathLike[str], name: str, endings: Sequence[str] = (".pdf",)) -> Path:
    """Return the path of a document: `out` itself, or `name` in the folder that it is.

    Raises
    ------
    InputError
        If it is neither a folder nor a file that ends as one of `endings`.
    """
    path = Path(out)
    if path.suffix.lower() in endings and not path.is_dir():
        return path
    if path.is_file() or (path.suffix and not path.is_dir()):
        known = " or ".join(filter(None, (", ".join(endings[:-1]), endings[-1])))
        raise InputError(
            f"`out` must be a folder or the path of a {known} file, got {path.name!r}."
        )
    return path / name


def _is_about_logo(error: Any) -> bool:
    """Tell whether the compiler stumbled over the logo: charts are SVG of our own making."""
    said = f"{error.message} {error.diagnostic}"
    return "image" in said.lower() or "svg" in said.lower() or "logo" in said.lower()


def _data(document: Document, root: Path) -> dict[str, Any]:
    """Write the charts and the logo into `root`; return what the templates read."""
    brand = document.brand
    logo = None
    if brand.logo is not None:
        logo = f"/logo{brand.logo.suffix.lower()}"
        copyfile(brand.logo, root / logo[1:])
    pages = [
        {
            **_breakable(page.content),
            "template": page.template,
            "title": printable(page.title),
            "fresh": page.fresh,
            "charts": {
                name: _charts(chart, f"{number}-{name}", root)
                for name, chart in page.charts.items()
            },
        }
        for number, page in enumerate(document.pages, 1)
    ]
    data: dict[str, Any] = _each_text(
        {
            "title": document.title,
            "subtitle": document.subtitle,
            "description": document.description,
            "author": document.author,
            "language": document.language,
            "footer": document.footer,
            "date": None if document.day is None else list(document.day.timetuple()[:3]),
            "brand": {"name": brand.name, "logo": logo, **brand.palette},
            "fonts": [FACE, FALLBACK],
        },
        printable,
    )
    return {**data, "pages": pages}


def _charts(chart: Chart | Sequence[Chart], name: str, root: Path) -> Any:
    if not isinstance(chart, Chart):
        return [_charts(one, f"{name}-{i}", root) for i, one in enumerate(chart, 1)]
    path = f"charts/{name}.svg"
    (root / path).write_text(chart.figure.svg(), encoding="utf-8")
    words = {"caption": printable(chart.caption), "alt": printable(chart.alt)}
    return {"path": f"/{path}", "spare": chart.spare, **words}


def _breakable(content: Mapping[str, Any]) -> dict[str, Any]:
    """Let words that no line could hold break: a name may be ninety letters without a space."""
    found: dict[str, Any] = _each_text(
        dict(content), lambda text: _LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", printable(text))
    )
    return found


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with `change` done to each of its texts."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value
