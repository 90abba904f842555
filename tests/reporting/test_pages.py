"""Whole documents of every shape: what is on the page, and that it stays on it."""

import re
import time
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from pypdf import PdfReader

from npsstats.reporting.brand import Brand
from npsstats.reporting.language import Language
from npsstats.reporting.leadership.pages import flags, method, movement, stores
from npsstats.reporting.leadership.pages.movement import largest
from npsstats.reporting.leadership.report import document
from npsstats.reporting.render import compile_pdf
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import PAGE_WIDTH, Look

LONG = "Centre commercial de Saint-Étienne-du-Rouvray, Grand-Quevilly"
HOSTILE = ['#read("/etc/passwd")', "=SUM(A1)", "<b>", "*x*", "$x$", "@ref", "\\", "{0} %s"]
MARGIN = (210 - PAGE_WIDTH) / 2 / 25.4 * 72

SHAPES = {
    "three stores": {"stores": 3, "months": 3, "target": 25.0},
    "eighty stores": {"stores": 80, "months": 14, "target": 30.0},
    "more stores than a page names": {"stores": 240, "months": 40, "target": 30.0},
    "one store": {"stores": 1, "months": 2, "names": ["Lyon"]},
    "no store": {"stores": 0, "months": 6},
    "no date": {"stores": 12, "months": 0},
    "one period": {"stores": 12, "months": 1},
    "counts only": {"stores": 12, "quality": False},
    "one answer": {"stores": 0, "months": 0, "scores": [0] * 9 + [1, 0]},
    "all tens": {"stores": 0, "months": 0, "scores": [0] * 10 + [50], "target": 30.0},
    "long names": {"stores": 30, "names": [f"{LONG[:57]} {i:02d}" for i in range(30)]},
    "names beyond measure": {"stores": 4, "names": [f"{i} " + "W" * 90 for i in range(4)]},
    "names that look like markup": {"stores": 8, "names": HOSTILE},
    "no segment": {"stores": 4, "segments": ()},
    "three segments": {"stores": 4, "segments": ("channel", "country", "#kind*")},
}


def texts(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def squeezed(text):
    """Return text without spaces: lines may break anywhere."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        *((shape, ("en", "fr")[place % 2]) for place, shape in enumerate(SHAPES)),
        ("three stores", "fr"),
        ("three segments", "fr"),
    ],
)
def test_documents_of_every_shape(make_facts, shape, code):
    facts = make_facts(**SHAPES[shape])
    pdf = compile_pdf(document(facts, code, Brand(name="Maison"), facts.last_day))
    pages = texts(pdf)
    nothing_runs_off_the_page(pdf)
    pages_are_numbered(pages)
    stores_are_named_with_their_numbers(pages, facts, Language(code))
    sections_are_there_or_said_to_be_missing(pages, facts, Language(code))
    if code == "fr":
        french_typography_is_kept(pages)
        no_english_is_left(pages)


def nothing_runs_off_the_page(pdf):
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        assert text.count_chars() > 300, "an empty page"
        for i in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(i)
            said = text.get_text_bounded(left, bottom, right, top)
            assert left >= MARGIN - 3, said  # a space at the end of a line may hang out
            assert right <= width - MARGIN + 3, said
            assert 20 < bottom <= top < height - 20, said


def pages_are_numbered(pages):
    assert len(pages) <= 8
    for number, text in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in text


def stores_are_named_with_their_numbers(pages, facts, words):
    text = squeezed("".join(pages))
    if facts.stores is None:
        assert facts.only_store is None or facts.only_store in text
        return
    stores = facts.stores
    if len(stores) > 40:  # a line each, and the names of those that stand out
        above, below = (facts.listed(side) for side in (Standing.ABOVE, Standing.BELOW))
        assert len(above)
        assert len(below)
        stores = pd.concat([above.head(10), below.tail(10)])
    for row in stores.itertuples():
        if len(row.store) > 60:
            assert "WWW…" in text
            continue
        pieces = (row.store, words.number(row.estimate), words.interval(row.lower, row.upper))
        assert all(squeezed(piece) in text for piece in pieces), pieces


def sections_are_there_or_said_to_be_missing(pages, facts, words):
    text = squeezed(" ".join(pages))

    def said(message):
        return squeezed(words.say(message)) in text

    assert said("What moved the score") == (facts.movement is not None)
    assert said("Stores, ranked honestly") == (facts.stores is not None)
    assert said("Quality of the data") == (facts.quality is not None)
    assert said("How the numbers are made")
    assert said("what customers write (no text is given)")
    assert said("what moved the score (no date is given)") == (facts.periods is None)
    assert said("the quality of the rows (counts were given)") == (facts.quality is None)


def french_typography_is_kept(pages):
    for text in pages:
        for name in HOSTILE:
            text = text.replace(name, "")  # noqa: PLW2901 - a user's data is not ours to mend
        assert not re.search(r"[ \d][;:!?%»]", text), re.findall(r".{20}[ \d][;:!?%»]", text)
        assert not re.search(r"\d\.\d", re.sub(r"npsstats \d+\.\d+\.\d+", "", text))


def no_english_is_left(pages):
    text = " ".join(pages).split("Références")[0].replace("npsstats", "")
    for word in (" the ", " of ", " and ", "store", " with ", "response"):
        assert word not in text


def test_lists_show_what_the_facts_hold(make_facts):
    facts = make_facts(stores=80, target=30.0)
    page = flags.page(facts, look_of("en"))
    for part, side in zip(page.content["lists"], (Standing.ABOVE, Standing.BELOW), strict=True):
        listed = facts.listed(side)
        assert {row[0] for row in part["rows"]} == set(listed["store"])
        for row in part["rows"]:
            lower, upper = (
                float(x.replace("−", "-"))
                for x in row[4].split("\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}")
            )
            assert (lower > 30) if side is Standing.ABOVE else (upper < 30)
    below = [float(row[3].replace("−", "-")) for row in page.content["lists"][1]["rows"]]
    assert below == sorted(below)


def test_a_list_that_is_cut_points_to_where_all_are(make_facts):
    facts = make_facts(stores=2000, target=30.0)
    short, whole = (
        flags.page(replace(facts, detail=detail), look_of("en")).content["lists"][0]
        for detail in (False, True)
    )
    assert "the detailed report lists them all" in short["sentences"][-1]
    assert len(whole["rows"]) == len(facts.listed(Standing.ABOVE)) > len(short["rows"])
    assert len(whole["sentences"]) == 1


def test_the_annex_fills_both_of_its_columns(make_facts):
    facts = make_facts(stores=4)
    whole = document(facts, "en", Brand(), None)
    (annex,) = [page for page in whole.pages if page.template == "method"]
    (sheet,) = pypdfium2.PdfDocument(compile_pdf(replace(whole, pages=[annex])))
    text, middle = sheet.get_textpage(), sheet.get_size()[0] / 2
    starts = [text.get_rect(i)[0] for i in range(text.count_rects())]
    assert sum(start > middle for start in starts) > 0.3 * len(starts)


def test_nobody_to_list_leaves_the_page_out_and_says_so(make_facts):
    facts = make_facts(stores=12, target=30.0)
    facts = replace(facts, stores=facts.stores.assign(standing="unknown"))
    look = look_of("en")
    assert flags.page(facts, look) is None
    said = stores.page(facts, look).content["points"]
    assert said[0] == "No store is surely above or below the target."


def test_groups_of_few_people_are_added_up_and_do_not_betray_themselves(make_facts):
    segment = make_facts().segments[0]

    def labels(n_after):
        frame = segment.frame.assign(label=["a", "b", "c"], n_after=n_after)
        shown = largest(Language("en"), replace(segment, frame=frame))
        assert shown["n_after"].sum() == sum(n_after)
        assert not ((shown["n_after"] > 0) & (shown["n_after"] < 5)).any()
        return sorted(shown["label"])

    assert labels([90, 40, 30]) == ["a", "b", "c"]
    assert len(labels([90, 40, 4])) == 2  # one more is added, or the sum would tell of four
    assert labels([2, 1, 1 + 4]) == ["3 other groups"]
    assert labels([90, 40, 0]) == ["a", "b", "c"]


def test_a_segment_of_which_all_groups_are_few_is_not_taken_apart(make_facts):
    facts = make_facts(stores=4, segments=("channel", "country"))
    few = replace(facts.segments[0], frame=facts.segments[0].frame.assign(n_after=1))
    page = movement.page(replace(facts, segments=(few, facts.segments[1])), look_of("en"))
    assert [each["title"] for each in page.content["segments"]] == ["By country"]
    assert "By channel, the groups have too few responses" in page.content["sentences"][-1]


def test_no_axis_of_stores_goes_beyond_the_scale(make_facts):
    facts = make_facts(stores=3)
    top = facts.stores.assign(nps=100.0, estimate=99.0, lower=97.0, upper=100.0)
    _, end = stores._reach([top], replace(facts, reference=100.0))
    assert 100 <= end < 100.5


def look_of(code):
    return Look(Language(code), "#000000", "#000000")


def test_small_groups_are_added_up(make_facts):
    segment = make_facts().segments[0]
    many = segment.frame.loc[np.arange(30) % 3].assign(label=[f"g{i}" for i in range(30)])
    shown = largest(Language("en"), replace(segment, frame=many.reset_index(drop=True)))
    assert len(shown) == 8
    assert shown["label"].iloc[-1] == "23 other groups"
    for name in ("n_before", "n_after", "within", "mix"):
        assert shown[name].sum() == pytest.approx(many[name].sum())


def test_two_thousand_stores(make_facts, capsys):
    facts = make_facts(stores=2000, months=36, target=30.0)
    start = time.perf_counter()
    pdf = compile_pdf(document(facts, "fr", Brand(), facts.last_day))
    with capsys.disabled():
        print(f"\nPDF of 2,000 stores: {time.perf_counter() - start:.1f} s, {len(pdf):,} bytes")  # noqa: T201
    assert len(PdfReader(BytesIO(pdf)).pages) <= 8
    assert len(pdf) < 500_000


@pytest.mark.parametrize("size", [36, 139])
def test_forests_of_every_store_fill_their_sheets(make_facts, size):
    facts = make_facts(stores=size, target=30.0, detail=True)
    whole = document(facts, "fr", Brand(), None)
    (page,) = [page for page in whole.pages if page.template == "stores"]
    reader = PdfReader(BytesIO(compile_pdf(replace(whole, pages=[page]))))
    forests = len(page.charts["forests"])
    assert len(reader.pages) == forests + (forests > 1)  # the overview comes first
    assert all(len(sheet.extract_text()) > 900 for sheet in reader.pages[-forests:])
    text = squeezed("".join(sheet.extract_text() for sheet in reader.pages))
    assert all(squeezed(name) in text for name in facts.stores["store"])


def test_a_model_that_fits_badly_is_said_in_the_annex(make_facts, words, look):
    facts = make_facts(stores=30, months=3)
    told = replace(facts, method=replace(facts.method, by_moments=19.4))
    plain, said = (str(method.page(given, look).content["notes"]) for given in (facts, told))
    assert words.number(19.4) not in plain
    assert words.number(19.4) in said
    assert words.number(facts.spread.estimate) in said
