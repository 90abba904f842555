"""The leadership PDF of a small network with everything: complete, short, private, the same."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

import npsstats as nps
from npsstats.checks import InputError
from npsstats.reporting.brand import Brand
from npsstats.reporting.kinds import brief
from npsstats.reporting.language import Language
from npsstats.reporting.leadership import report as leadership
from npsstats.reporting.leadership.facts import Facts
from npsstats.reporting.leadership.reported import reported
from npsstats.reporting.render import Chart, compile_pdf
from npsstats.reporting.style import Look

PLAN = """
name = "calls"
unit = "customer_id"
seed = 1
[hypothesis]
en = "Calls bring customers back."
fr = "Les rappels font revenir les clients."
[title]
en = "Calling detractors back"
fr = "Rappeler les détracteurs"
[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }
[assignment]
key = "calls"
[data]
units = "callbacks"
date = "date"
[eligible]
column = "score"
low = 0
high = 6
[callback]
super_cut = 2
[outcomes.repurchase]
kind = "binary"
role = "primary"
table = "purchases"
window = 60
[decision]
contribution = 40.0
cost = 5.0
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the PDF of a small network with everything, its facts, and its tables."""
    folder = tmp_path_factory.mktemp("whole")
    network = nps.simulate(12, 20, 2400, seed=4)
    config = network.write(folder)
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    tried = nps.analyze(folder / "plan.toml", config)
    held = []
    with pytest.MonkeyPatch.context() as patch:

        def kept(facts, *rest):
            held.append(facts)
            return document(facts, *rest)

        document = leadership.document
        patch.setattr(leadership, "document", kept)
        path = nps.report(
            config,
            folder / "out",
            lang="fr",
            margin=0.3,
            segments=["country", "channel", "journey"],
            questions=["welcome", "products", "checkout"],
            experiments=[tried],
        )
    return path.read_bytes(), held[0], network


def pdf_of(facts, code):
    return compile_pdf(leadership.document(facts, code, Brand(), facts.last_day))


def pages_of(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def plain(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("code", ["en", "fr"])
def test_everything_is_on_twelve_sheets_and_the_contents_say_where(whole, code):
    pdf, facts, _ = whole
    pages = pages_of(pdf if code == "fr" else pdf_of(facts, code))
    words = Language(code)
    assert len(pages) <= 12
    assert all(len(page) > 400 for page in pages), "a sheet that is nearly empty"
    document = leadership.document(facts, code, Brand(), None)
    titles = [page.title for page in document.pages[1:]]
    assert len(titles) == len(leadership.SECTIONS)
    first = plain(pages[0])
    assert words.say("Contents") in first
    for title in titles:
        (number,) = re.findall(re.escape(plain(title)) + r"[ .]*?(\d+)\b", first)
        assert plain(title) in plain(pages[int(number) - 1])


def test_it_is_tagged_titled_linked_and_its_fonts_are_inside(whole):
    pdf, _, _ = whole
    reader = PdfReader(BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert b"pdfuaid" in pdf
    links = [each.get_object()["/Subtype"] for each in reader.pages[0].get("/Annots", ())]
    assert links.count("/Link") >= len(leadership.SECTIONS)
    fonts = {}
    for page in reader.pages:
        fonts |= page["/Resources"]["/Font"]
    for font in fonts.values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        described = inner["/FontDescriptor"].get_object()
        assert "/FontFile3" in described or "/FontFile2" in described


def test_the_same_facts_make_the_same_bytes(whole):
    pdf, facts, _ = whole
    brand = Brand(name="Réseau simulé")
    again = compile_pdf(leadership.document(facts, "fr", brand, facts.last_day))
    assert again == pdf


def test_nobody_is_named(whole):
    pdf, facts, network = whole
    text = " ".join(pages_of(pdf))
    for said in network.responses["verbatim"].dropna().unique():
        assert len(said) < 15 or said not in text
    numbers = {int(found) for found in re.findall(r"(?<![\d.,])\d{5,}(?![\d.,])", text)}
    assert not numbers & set(network.responses["customer_id"].dropna().astype(int))
    told = facts.risk.cells["n"].dropna()
    assert (told >= 5).all()
    assert (facts.voice.themes["yes"] >= 5).all()


def test_the_experiment_is_told_as_its_memo_tells_it_and_values_calls(whole):
    pdf, facts, _ = whole
    words = Language("fr")
    said = brief(facts.experiments[0], Look(words, "#000000", "#000000"))
    text = plain(" ".join(pages_of(pdf)))
    assert plain(said.heading) in text
    assert plain(said.answer) in text
    assert plain(said.reason)[:60] in text
    worth = facts.linkage.worth
    assert worth is None or worth["quantity"].str.contains("call").any()


def test_an_experiment_is_reported_once_however_often_it_is_handed_over(whole):
    (tried,) = whole[1].experiments
    assert reported([tried, tried], tried) == (tried,)


def test_a_call_has_one_worth_on_every_page(whole):
    _, facts, _ = whole
    decided = facts.experiments[0].decision.row("value per unit")
    worth = facts.linkage.worth.set_index("quantity").loc["a detractor called back"]
    for name in ("estimate", "lower", "upper"):
        assert worth[name] == pytest.approx(decided[name], abs=0.02)
    claims = facts.linkage.claims.set_index("claim")
    assert "No experiment" not in " ".join(claims["why"])


def test_the_summary_says_what_the_sections_say(whole):
    _, facts, _ = whole
    document = leadership.document(facts, "en", Brand(), None)
    summary, *sections = document.pages
    ledes = {str(page.content.get("lede")) for page in sections}
    assert len(ledes & set(summary.content["remember"])) >= 5


def charts_of(document):
    return [
        each
        for page in document.pages
        for chart in page.charts.values()
        for each in ([chart] if isinstance(chart, Chart) else chart)
    ]


def test_detail_shows_all_and_else_charts_that_are_said_in_words_are_left_out_first(whole):
    _, facts, _ = whole
    short = leadership.document(facts, "en", Brand(), None)
    full = leadership.document(replace(facts, detail=True), "en", Brand(), None)
    assert (short.most, full.most) == (12, None)
    pages = pages_of(compile_pdf(full))
    text = plain(" ".join(pages))
    assert all(plain(name) in text for name in facts.stores["store"])
    assert all(plain(chart.caption)[:40] in text for chart in charts_of(full))
    some = [page for page in full.pages if page.template == "linkage"]
    fewer = replace(full, most=1, pages=some)
    text = plain(" ".join(pages_of(compile_pdf(fewer))))
    spare = [chart for chart in charts_of(fewer) if chart.spare]
    assert len(spare) > 1
    assert not any(plain(chart.caption) in text for chart in spare)
    assert plain("Share of the texts that name each theme") in text


def test_what_is_no_result_is_refused(tmp_path):
    counts = nps.ScoreCounts([[2, 0, 1, 0, 0, 3, 2, 5, 9, 8, 12]])
    with pytest.raises(InputError, match=r"`experiments` must hold results of npsstats.analyze"):
        nps.report(counts, tmp_path, experiments=["plan.toml"])
    assert not list(tmp_path.iterdir())


def test_facts_without_anything_beside_have_none_of_its_sections(make_facts):
    facts = make_facts()
    assert isinstance(facts, Facts)
    titles = [page.template for page in leadership.document(facts, "en", Brand(), None).pages]
    assert "experiments" not in titles
