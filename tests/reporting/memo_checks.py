"""What every memo and every picture must hold, whichever result they are on."""

import inspect
import re
from importlib import import_module
from io import BytesIO
from pkgutil import walk_packages

import pypdf

from npsstats.reporting.brand import Brand
from npsstats.reporting.kinds import brief, drawing
from npsstats.reporting.language import Language
from npsstats.reporting.memos.memo import memo
from npsstats.reporting.memos.sheet import sheet
from npsstats.reporting.plot import plot
from npsstats.reporting.render import compile_pdf
from npsstats.reporting.style import Look
from npsstats.results import Result
from npsstats.said import Said

LOOKS = {code: Look(Language(code), **Brand().palette) for code in ("en", "fr")}
_NUMBER = re.compile(r"\d[\d.,\N{NARROW NO-BREAK SPACE}]*")
_ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|was|were|than|with|from|which|what|how|this|that|not|no|more|less|"
    r"answers?|stores?|customers?|scores?|between|cannot)\b",
    re.IGNORECASE,
)
_SAME_IN_FRENCH = re.compile(r"\b(?:net promoter score|scores?|plus)\b", re.IGNORECASE)
_PYTHON = re.compile(r"`|\b[a-z_]+=|\bnpsstats\.[a-z]|\b[a-z_]+\(\)")  # doubts are said in words
_SPACED = re.compile(r"\d %")  # as French writes it
_BAD = re.compile(
    r"\bnan\b|\bNone\b(?! of)|\binf\b|[{}]|  | \.|(?<!\.)\.\.(?!\.)|\bnull\b|"
    r"\b(?:True|False)\b"
)


def results_of(floor):
    """Return every type of result that a floor of the package defines."""
    root = import_module(f"npsstats.{floor}")
    found = set()
    for module in walk_packages(root.__path__, f"{root.__name__}."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(kind, Result) and kind.__module__ == module.name:
                found.add(kind)
    return found


def texts_of(said):
    """Return every text of a memo but the names of files."""
    table = [*said.numbers.head, *(cell for row in said.numbers.rows for cell in row)]
    return [
        said.heading, said.subtitle, said.question, said.answer, said.reason, said.grade,
        said.status, *said.changes, *said.doubts, *said.steps, *table,
        *(chart.alt for chart in said.charts), *(chart.caption for chart in said.charts),
    ]  # fmt: skip


def numbers_in(texts):
    return {
        found.strip(".,\N{NARROW NO-BREAK SPACE}")
        for text in texts
        for found in _NUMBER.findall(text)
    }


def check_words(result, *, names=(), also=()):
    """Check the words of a memo in both languages.

    `names` are the data's own words (stores, arms), `also` numbers that a sentence may hold though
    the table does not. Returns the French memo.
    """
    for code, look in LOOKS.items():
        said = brief(result, look)
        table = [*said.numbers.head, *(cell for row in said.numbers.rows for cell in row)]
        known = numbers_in([*table, said.subtitle, said.question, *also])
        assert said.numbers.rows, "a memo rests on a table"
        assert len({len(row) for row in said.numbers.rows} | {len(said.numbers.head)}) == 1
        loose = numbers_in([said.answer, said.reason]) - known
        assert not loose, f"numbers that no table has: {loose}: {said.answer!r} {said.reason!r}"
        for text in texts_of(said):
            assert not _BAD.search(text), text
            assert text == text.strip()
        for text in said.doubts:
            assert not _PYTHON.search(text), text
            assert code == "fr" or not _SPACED.search(text), text
        for text in (said.reason, *said.doubts, *said.steps, said.grade):
            assert text.endswith((".", "!", "?", ".)", ".”", ". »", "»")), text
        for needed in (said.heading, said.question, said.answer, said.reason, said.grade):
            assert needed
        assert said.steps
        assert len(said.answer) <= 90, said.answer
        if code == "fr":
            for text in texts_of(said):
                bare = _SAME_IN_FRENCH.sub("", text)
                for name in sorted(map(str, names), key=len, reverse=True):
                    bare = bare.replace(name, "")
                assert not _ENGLISH.search(bare), text
    for doubt in result.diagnostics:
        assert isinstance(doubt, Said), doubt
        assert not _PYTHON.search(doubt), doubt
        assert not _SPACED.search(doubt), doubt
        assert not _PYTHON.search(LOOKS["fr"].language.retell(doubt)), doubt
    return said


def check_page(result, codes=tuple(LOOKS)):
    """Check that the memo is one page of valid PDF in each language."""
    for code in codes:
        look = LOOKS[code]
        said = brief(result, look)
        pdf = compile_pdf(sheet(said, look.language, Brand(), None))
        pages = pypdf.PdfReader(BytesIO(pdf)).pages
        assert len(pages) == 1
        text = " ".join(pages[0].extract_text().split())
        assert " ".join(said.answer.split())[:40] in text


def check_picture(result, tmp_path, codes=tuple(LOOKS)):
    """Check that a result is drawn, 166 mm wide, the same every time, nothing beyond the edge."""
    for code in codes:
        look = LOOKS[code]
        figure = plot(result, tmp_path / f"{code}.svg", lang=code)
        again = drawing(result, look)
        assert again.outlined() == (tmp_path / f"{code}.svg").read_text()
        width, height = figure.get_size_inches() * 25.4
        assert round(width) == 166
        assert height < 260
        renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
        if renderer is None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg

            renderer = FigureCanvasAgg(figure).get_renderer()
        box = figure.get_tightbbox(renderer)
        assert box.x0 > -0.06, "clipped at the left"
        assert box.x1 < width / 25.4 + 0.06, "clipped at the right"
        assert box.y0 > -0.06, "clipped at the foot"
        assert box.y1 < height / 25.4 + 0.06, "clipped at the head"
    assert figure._repr_png_().startswith(b"\x89PNG")


def check_formats(result, tmp_path):
    """Check every format: the same bytes every time, and in Markdown and HTML every picture."""
    first = memo(result, tmp_path / "memo.pdf", lang="fr").read_bytes()
    assert first == memo(result, tmp_path / "again.pdf", lang="fr").read_bytes()
    for name in ("memo.md", "memo.html"):
        path = memo(result, tmp_path / name, lang="fr")
        text = path.read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") == memo(result, path, lang="fr").read_text(
            encoding="utf-8"
        )
        assert "<script" not in text
        assert text.count("<svg") + text.count(".svg)") == len(brief(result, LOOKS["fr"]).charts)
