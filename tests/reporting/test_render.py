"""Content becomes a PDF: as it is, the same everywhere, and readable by everybody."""

import hashlib
import pickle
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

import npsstats
from npsstats.checks import InputError
from npsstats.reporting.brand import Brand
from npsstats.reporting.render import Chart, Document, Page, compile_pdf
from npsstats.reporting.style import canvas, panel
from npsstats.reporting.typeface import font_files, printable

HOSTILE = [
    '#read("/etc/passwd")',
    "=SUM(A1)",
    "= heading",
    "- item",
    "1. item",
    "<b>bold</b>",
    "<label>",
    "*x*",
    "_x_",
    "$x$",
    "`x`",
    "@ref",
    "\\",
    "\\u{41}",
    "//comment",
    "/*comment*/",
    "~",
    "a---b",
    "https://example.org",
    "[x](y)",
    "${x} {x} {0} %s",
    "'quotes' \"too\"",
    "&amp; &#65; ]]>",
    "L’Œuvre – 12 € ± κ",
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10">'
    '<rect width="9" height="9"/></svg>'
)


def made(sentences=(), rows=(), brand=None, day=date(2025, 3, 20), **changed):
    page = Page(
        template="quality",
        title="Quality",
        content={"lede": "Lede", "sentences": list(sentences), "head": ["A"] * 3, "rows": rows},
    )
    given = {
        "title": "Net Promoter Score",
        "subtitle": "",
        "description": "What it says.",
        "author": "Maison Dœuf",
        "language": "fr",
        "footer": "Data 0123",
        "brand": brand or Brand(),
        "pages": [page],
        "day": day,
        **changed,
    }
    return Document(**given)


def text_of(pdf):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_markup(text):
    said = text_of(compile_pdf(made([text], [[text, "1", "2"]])))
    assert said.count(text) == 2


def test_data_in_the_furniture_is_never_markup():
    hostile = '#read("x") *b* $y$'
    document = made(brand=Brand(name=hostile), title=hostile, footer=hostile, author=hostile)
    pdf = compile_pdf(document)
    assert text_of(pdf).count(hostile) >= 2
    assert PdfReader(BytesIO(pdf)).metadata.author == hostile


def test_the_document_describes_itself():
    reader = PdfReader(BytesIO(compile_pdf(made())))
    assert reader.metadata.title == "Net Promoter Score"
    assert reader.metadata.author == "Maison Dœuf"
    assert reader.metadata.subject == "What it says."
    assert reader.metadata.creation_date.date() == date(2025, 3, 20)
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "fr"
    assert catalog["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in catalog["/Metadata"].get_data()


def test_pages_are_a4():
    box = PdfReader(BytesIO(compile_pdf(made()))).pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == [210, 297]


def test_without_a_day_no_date_is_made_up():
    pdf = compile_pdf(made(day=None))
    assert "/CreationDate" not in (PdfReader(BytesIO(pdf)).metadata or {})


def test_every_font_is_embedded_and_none_is_of_the_machine():
    reader = PdfReader(BytesIO(compile_pdf(made(["Ω", "ع"]))))
    fonts = reader.pages[0]["/Resources"]["/Font"]
    names = {font["/BaseFont"].split("+")[-1] for font in (fonts[key] for key in fonts)}
    assert all(name.startswith(("SourceSansPro", "DejaVuSans")) for name in names), names
    for key in fonts:
        descriptor = fonts[key]["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_every_figure_is_described():
    with canvas(60, 20) as figure:
        panel(figure, 5, 5, 5, 5)
    chart = Chart(figure, caption="Caption", alt="What the chart shows")
    page = Page("stores", "Stores", {"lede": "", "points": [], "edge": ""}, {"forests": [chart]})
    reader = PdfReader(BytesIO(compile_pdf(made(pages=[page]))))
    assert "What the chart shows" in list(alternatives(reader.trailer["/Root"]["/StructTreeRoot"]))


def alternatives(element):
    """Walk the structure tree; yield the texts that stand for figures."""
    element = element.get_object() if hasattr(element, "get_object") else element
    if not isinstance(element, dict):
        return
    if element.get("/S") == "/Figure":
        yield element.get("/Alt")
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        yield from alternatives(child)


def test_same_document_same_bytes():
    assert compile_pdf(made(HOSTILE)) == compile_pdf(made(HOSTILE))


def test_same_bytes_in_another_process(make_facts, tmp_path):
    script = tmp_path / "build.py"
    script.write_text(
        "import hashlib, pickle, sys\n"
        "from npsstats.reporting.brand import Brand\n"
        "from npsstats.reporting.leadership.report import document\n"
        "from npsstats.reporting.render import compile_pdf\n"
        "facts = pickle.load(open(sys.argv[1], 'rb'))\n"
        "pdf = compile_pdf(document(facts, 'fr', Brand(), facts.last_day))\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    (tmp_path / "facts").write_bytes(pickle.dumps(make_facts(stores=90, target=30.0)))
    hashes = {
        subprocess.run(  # noqa: S603 - our own script
            [sys.executable, str(script), str(tmp_path / "facts")],
            env={
                "PYTHONHASHSEED": seed,
                "TZ": zone,
                "HOME": str(tmp_path),
                "LANG": "C",
                "PYTHONPATH": str(Path(npsstats.__file__).parents[1]),
            },
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima"))
    }
    assert len(hashes) == 1
    assert len(hashes.pop().strip()) == hashlib.sha256().digest_size * 2


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("one\ntwo\tthree", "one two three"),
        ("bell\x07", "bell�"),
        ("gpj.\u202eexe", "gpj.�exe"),
        ("zero\u200bwidth", "zero�width"),
        ("漢字", "��"),
        ("e\u0301", "é"),
        ("5\N{NARROW NO-BREAK SPACE}%", "5\N{NARROW NO-BREAK SPACE}%"),
        ("\ud800", "�"),
    ],
)
def test_what_cannot_be_drawn_is_shown_as_such(text, drawn):
    assert printable(text) == drawn
    compile_pdf(made([text]))


def test_the_typeface_has_what_french_needs():
    needed = "éèêëàâçîïôùûüÿœæŒÆ€«»’–\N{NARROW NO-BREAK SPACE}−±κμ×Σ"
    assert printable(needed) == needed
    assert all(path.is_file() for path in font_files())


def test_a_logo_is_shown(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text(SVG)
    with_logo = compile_pdf(made(brand=Brand(name="Maison", logo=logo)))
    assert with_logo != compile_pdf(made(brand=Brand(name="Maison")))


def test_a_damaged_logo_is_the_users_to_mend(tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"`brand.logo` \('logo.png'\) cannot be read"):
        compile_pdf(made(brand=Brand(logo=logo)))


def test_a_mistake_in_a_template_is_a_bug_of_ours():
    import typst

    with pytest.raises(typst.TypstError):
        compile_pdf(made(pages=[Page("quality", "Quality", {})]))
