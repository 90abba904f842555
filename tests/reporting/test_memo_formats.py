"""A memo as Markdown and as HTML: whole, safe with any name, described, the same every time."""

import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from specimens_forecasting import LONG, SPECIMENS

import npsstats as nps
from npsstats.checks import InputError

HOSTILE = [
    "<script>alert(1)</script>",
    "a | b",
    "*bold* _it_ `code` [link](http://x)",
    "# heading",
    "1. item",
    "$x$ ~~no~~ \\",
    '"quoted" & <b>',
    LONG.format(7) + " de la zone",
]
_VOID = {"meta", "br", "img", "hr", "link", "input"}
_SHAPES = {"path", "use", "rect", "circle", "line", "g", "defs", "clipPath", "svg", "style"}


class Reader(HTMLParser):
    """Read HTML as a browser would, and keep what is open, what was read and every attribute."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.faults, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def hostile():
    """Return the last changes of stores whose names look like markup."""
    rng = np.random.default_rng(1)
    months = ["2025-01", "2025-02", "2025-03", "2025-04"]
    cells = [(name, month) for name in HOSTILE for month in months]
    scores = rng.multinomial(40, [0.02] * 7 + [0.13, 0.2, 0.25, 0.28], size=len(cells))
    counts = nps.ScoreCounts(scores, pd.DataFrame(cells, columns=["store_id", "month"]))
    return nps.last_move(counts, by="store_id", draws=200)


def table_of(text):
    return [line for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_html_is_balanced_whole_and_says_its_language(hostile, tmp_path, lang):
    text = nps.memo(hostile, tmp_path / "memo.html", lang=lang).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    page = read(text)
    assert page.open == []
    assert page.faults == []
    assert page.of("html") == [{"lang": lang}]
    assert page.of("meta")[0] == {"charset": "utf-8"}
    for wanted in ("head", "title", "body", "h1", "table"):
        assert len(page.of(wanted)) == 1, wanted
    for figure in page.of("figure"):
        assert figure["role"] == "img"
        assert figure["aria-label"]


def test_html_holds_all_it_needs(hostile, tmp_path):
    page = read(nps.memo(hostile, tmp_path / "memo.html").read_text(encoding="utf-8"))
    assert len(page.of("svg")) == 1
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        assert not any(name.startswith("on") for name in attrs)
        for name in ("href", "src", "xlink:href"):
            assert attrs.get(name, "#").startswith("#")


def test_html_lets_a_wide_table_scroll_by_itself(hostile, tmp_path):
    text = nps.memo(hostile, tmp_path / "memo.html").read_text(encoding="utf-8")
    assert '<div class="wide"><table>' in text
    assert ".wide { overflow-x: auto; }" in text
    assert all(attrs == {"scope": "col"} for attrs in read(text).of("th"))


def test_html_shows_every_name_as_it_is(hostile, tmp_path):
    page = read(nps.memo(hostile, tmp_path / "memo.html").read_text(encoding="utf-8"))
    for name in HOSTILE:
        assert name in page.text, name


def test_identifiers_of_pictures_are_used_once(hostile, tmp_path):
    page = read(nps.memo(hostile, tmp_path / "memo.html").read_text(encoding="utf-8"))
    names = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(names) == len(set(names))


def test_markdown_keeps_its_table_whatever_names_hold(hostile, tmp_path):
    text = nps.memo(hostile, tmp_path / "memo.md").read_text(encoding="utf-8")
    lines = table_of(text)
    assert len(lines) == 2 + len(HOSTILE)
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert widths == {8}
    assert "<" not in re.sub(r"\\<", "", text)


def test_markdown_takes_no_name_for_markup(hostile, tmp_path):
    text = nps.memo(hostile, tmp_path / "memo.md").read_text(encoding="utf-8")
    assert r"\*bold\* \_it\_ \`code\` \[link\](http://x)" in text
    assert r"a \| b" in text
    assert r"\# heading" in text
    assert r"1\. item" in text


def test_pictures_lie_beside_the_markdown_under_a_relative_link(hostile, tmp_path):
    path = nps.memo(hostile, tmp_path / "dernier mouvement (1).md", lang="fr")
    found = re.search(r"!\[(.+)\]\(([^()\s]+)\)", path.read_text(encoding="utf-8"))
    assert found[1]
    picture = path.parent / unquote(found[2])
    assert picture.parent == path.parent
    assert picture.read_text(encoding="utf-8").lstrip().startswith("<?xml")


def test_french_is_typeset(tmp_path):
    for name in ("memo.md", "memo.html"):
        path = nps.memo(SPECIMENS["target"](), tmp_path / name, lang="fr", day=date(2026, 3, 1))
        text = path.read_text(encoding="utf-8")
        words = re.sub(r"<(style|svg).*?</\1>", "", text, flags=re.DOTALL)
        assert "1er mars 2026" in words
        assert "l’objectif" in words
        assert "95\N{NARROW NO-BREAK SPACE}%" in words
        assert not re.search(r" [:;!?%»]", words)
        assert "'" not in words.replace("&#x27;", "'").replace("’", "")


@pytest.mark.parametrize("name", ["memo.md", "memo.html"])
def test_same_result_same_bytes(hostile, tmp_path, name):
    first = nps.memo(hostile, tmp_path / "a" / name).read_bytes()
    assert first == nps.memo(hostile, tmp_path / "b" / name).read_bytes()
    for picture in (tmp_path / "a").glob("*.svg"):
        assert picture.read_bytes() == (tmp_path / "b" / picture.name).read_bytes()


def test_a_folder_gets_a_pdf_called_after_the_result(tmp_path):
    path = nps.memo(SPECIMENS["target"](), tmp_path, lang="fr")
    assert path == tmp_path / "target-fr.pdf"


@pytest.mark.parametrize("name", ["memo.docx", "memo.txt"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"a folder or the path of a \.pdf, \.md or \.html"):
        nps.memo(SPECIMENS["target"](), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(InputError, match="reports"):
        nps.memo(SPECIMENS["target"](), tmp_path / "reports")


@pytest.mark.parametrize("name", ["memo.md", "memo.html", "memo.pdf"])
def test_a_place_that_cannot_be_written_is_named(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written"):
        nps.memo(SPECIMENS["target"](), tmp_path / "file" / name)


def test_the_suffix_may_be_in_capitals(tmp_path):
    path = nps.memo(SPECIMENS["target"](), tmp_path / "MEMO.HTML")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
