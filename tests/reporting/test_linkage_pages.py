"""What NPS is worth, who stays, what to mend first, the trade's claims: pages and sentences."""

import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from pypdf import PdfReader

from npsstats.checks import InputError
from npsstats.estimation.known import Known, Slope
from npsstats.grades import misused
from npsstats.linkage.claims import claims
from npsstats.linkage.value import worth
from npsstats.linkage.worth.retention import Retention
from npsstats.reporting.brand import Brand
from npsstats.reporting.language import Language
from npsstats.reporting.leadership.pages import (
    churn,
    claims as claims_page,
    drivers,
    worth as worth_page,
)
from npsstats.reporting.leadership.report import document
from npsstats.reporting.linkage import (
    doubts as linkage_doubts,
    people as linkage_people,
    point as linkage_point,
    unrecorded as linkage_unrecorded,
    wording as linkage_wording,
)
from npsstats.reporting.linkage.document import linkage_pdf
from npsstats.reporting.linkage.facts import LinkageFacts, texts_of
from npsstats.reporting.render import compile_pdf
from npsstats.reporting.style import PAGE_WIDTH
from tests.linkage.test_claims import comparison
from tests.linkage.test_value import experiment
from tests.linkage.test_value_spending import rows, value_of

ENGLISH = Language("en")
MARGIN = (210 - PAGE_WIDTH) / 2 / 25.4 * 72


def facts_of(slope=None, *, callback=None, **changed):
    slope = slope or Slope(0.1, 0.02, n=6000)
    value = worth(
        growth=slope,
        revenue=5e6,
        customers=value_of(rows(1)),
        retention=Retention.stated([0.6, 0.75, 0.9]),
        margin=0.3,
        callback=callback,
    )
    found = claims(
        value=value, churn=Known(1.4, lower=1.1, upper=1.8, n=300, grade="cross-section"),
        comparison=[comparison("score"), comparison("csat", 2.0)],
    )  # fmt: skip
    horizons = np.array([h for h in range(-6, 7) if h])
    lead_lag = pd.DataFrame(
        [
            {"horizon": h, "reading": reading, "estimate": size * h, "lower": size * h - wide,
             "upper": size * h + wide}
            for h in horizons
            for reading, size, wide in (("naive", 0.01, 0.02), ("corrected", 0.1, 0.08))
        ]
    )  # fmt: skip
    survival = pd.DataFrame(
        [
            {"category": name, "time": time, "estimate": kept**time, "lower": kept**time - 0.02,
             "upper": min(kept**time + 0.02, 1)}
            for name, kept in (("super-detractor", 0.95), ("detractor", 0.96), ("passive", 0.975),
                               ("promoter", 0.985))
            for time in range(1, 13)
        ]
    )  # fmt: skip
    hazards = pd.DataFrame(
        {
            "label": ["never answered", "super-detractor", "detractor", "passive"],
            "ratio": [1.1, np.nan, 2.3, 1.8],
            "ratio_lower": [0.9, np.nan, 1.8, 1.5],
            "ratio_upper": [1.3, np.nan, 2.9, 2.2],
            "n": [40_000, 20, 2_200, 7_000],
            "events": [560, 0, 70, 180],
        }
    )
    asked = pd.DataFrame(
        {
            "driver": ["welcome", "checkout", "ces", "parking"],
            "estimate": [1.2, 2.4, 0.8, 0.3],
            "lower": [0.8, 1.9, 0.3, -0.2],
            "upper": [1.6, 2.9, 1.3, 0.8],
            "importance": [0.3, 0.4, 0.2, 0.1],
            "importance_lower": [0.25, 0.35, 0.15, 0.05],
            "importance_upper": [0.35, 0.45, 0.25, 0.15],
            "performance": [78.0, 62.0, 70.0, 66.0],
            "performance_lower": [76.0, 60.0, 68.0, 63.0],
            "performance_upper": [80.0, 64.0, 72.0, 69.0],
            "probability_priority": [0.02, 0.97, 0.1, 0.05],
        }
    )
    facts = LinkageFacts(
        worth=value.frame,
        margin=0.3,
        revenue=5e6,
        slope={"reliability": 0.08, "answers": 17.0},
        lead_lag=lead_lag,
        claims=found.frame,
        claim_texts=texts_of(found.claims),
        survival=survival,
        hazards=hazards,
        churn_rule="rhythm",
        e_values=(4.0, 3.0),
        robustness=(0.14, 0.08),
        drivers=asked,
        customers=(4000, 9000),
        fingerprint="0123456789abcdef",
    )
    return replace(facts, **changed)


@pytest.fixture(scope="module")
def linked():
    return facts_of()


UNKNOWN = Slope(0.04, 2.0, -np.inf, np.inf, n=900)


def texts(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


@pytest.mark.parametrize(
    ("shape", "code"),
    [("all known", "en"), ("all known", "fr"), ("slope not identified", "fr"), ("little", "en")],
)
def test_pages_hold_what_they_should_and_stay_on_the_sheet(make_facts, linked, shape, code):
    linkage = {
        "all known": lambda: linked,
        "slope not identified": lambda: facts_of(UNKNOWN, callback=experiment()),
        "little": lambda: LinkageFacts(claims=claims().frame, claim_texts=linked.claim_texts),
    }[shape]()
    facts = make_facts(stores=4, months=3, linkage=linkage)
    whole = document(facts, code, Brand(name="Maison"), facts.last_day)
    ours = [page for page in whole.pages if page.template in ("linkage", "claims", "method")]
    pdf = compile_pdf(replace(whole, pages=ours))
    pages = texts(pdf)
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for i in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(i)
            assert left >= MARGIN - 2
            assert right <= width - MARGIN + 3  # a space at the end of a line hangs
            assert 20 < bottom <= top < height - 20
    said = re.sub(r"\s", "", " ".join(pages))
    words = Language(code)
    titles = {"What NPS is worth here": shape != "little", "Who stays": shape != "little",
              "What to mend first": shape != "little",
              "What the trade says, and what is true here": True}  # fmt: skip
    for title, there in titles.items():
        assert (re.sub(r"\s", "", words.say(title)) in said) == there, title
    if code == "fr":
        for text in pages:
            assert not re.search(r"[ \d][;:!?%»]", text), re.findall(r".{20}[ \d][;:!?%»]", text)
        said = " ".join(pages).replace("npsstats", "").split("Références")[0]
        titles = r"Harvard.*?\d|Journal of[^(]*?\d|International Journal.*?\d|The numbers.*?System"
        said = re.sub(titles, "", said, flags=re.DOTALL)
        for word in (" the ", "store", " with ", " than ", " which ", "customer"):
            assert word not in said, word


def sentences(words, facts):
    said = [
        linkage_point.point(words, facts),
        *linkage_wording.customers(words, facts),
        linkage_wording.departures(words, facts),
        linkage_unrecorded.of_growth(words, facts),
        linkage_unrecorded.of_churn(words, facts),
        linkage_wording.lead_lag(words, facts),
        linkage_wording.verdicts(words, facts.claims),
        *linkage_people.staying(words, facts),
        *linkage_people.mending(words, facts),
    ]
    return [text for text in said if text]


def test_no_sentence_says_more_than_its_grade(words, linked):
    assert misused(" ".join(sentences(words, linked)), "within-store lagged") == ()
    without = linkage_wording.callback(words, linked)
    assert misused(without, "assumed") == ()
    by_lot = linkage_wording.callback(words, facts_of(callback=experiment()))
    assert by_lot != without


def test_a_point_that_is_not_identified_is_said_to_be_unknown():
    facts = facts_of(UNKNOWN)
    said = linkage_point.point(ENGLISH, facts)
    assert said == (
        "What a point of NPS is worth here cannot be told from these data. With 17 answers a store "
        "and month, 8% of the movement of a store’s NPS is signal; the rest is the noise of who "
        "happened to answer."
    )
    page = worth_page.linked(facts, look_of("en"))
    first = page.content["tables"][0]["rows"][0]
    name = "One point of NPS more, kept for a year, if it moves growth"
    assert first[:3] == [name, "cannot be told", "–"]


def look_of(code):
    from npsstats.reporting.style import Look

    return Look(Language(code), **Brand().palette)


def test_what_an_interval_does_not_exclude_is_said():
    wide = facts_of(Slope(0.02, 0.05, n=900))
    assert "worth nothing, or less, is not excluded" in linkage_point.point(ENGLISH, wide)
    sure = facts_of(Slope(0.1, 0.02, n=900))
    assert "not excluded" not in linkage_point.point(ENGLISH, sure)
    flat = wide.lead_lag.assign(lower=-1.0, upper=1.0)
    assert "nothing follows" in linkage_wording.lead_lag(ENGLISH, replace(wide, lead_lag=flat))
    alike = wide.hazards.assign(ratio_lower=0.8)
    first = linkage_people.staying(ENGLISH, replace(wide, hazards=alike))[0]
    assert first.startswith("That detractors leave as promoters do is not excluded")


def test_sentences_and_table_show_the_same_numbers(linked):
    page = worth_page.linked(linked, look_of("en"))
    for row in page.content["tables"][0]["rows"][:2]:
        assert row[0].startswith("One point of NPS more, kept for a year, if it moves")
        assert row[1] in page.content["lede"]
        assert row[2] in page.content["lede"]
    stays = churn.linked(linked, look_of("en"))
    detractors = next(row for row in stays.content["tables"][0]["rows"] if row[0] == "Detractors")
    assert detractors[1] in stays.content["lede"]
    lost = next(row for row in stays.content["tables"][0]["rows"] if row[0] == "Super-detractors")
    assert lost[1:3] == ["cannot be told", "–"]
    mend = drivers.linked(linked, look_of("en"))
    assert mend.content["lede"].startswith("To mend first: checkout.")
    assert "+2.4" in mend.content["sentences"][0]


def test_what_would_have_to_be_hidden_is_said_where_there_is_something_to_explain(linked):
    assert "by a risk ratio of 4.0 each; 3.0 would do" in linkage_unrecorded.of_churn(
        ENGLISH, linked
    )
    assert "14.0% of what is left" in linkage_unrecorded.of_growth(ENGLISH, linked)
    nothing = replace(facts_of(UNKNOWN), e_values=(1.5, 1.0))
    assert linkage_unrecorded.of_churn(ENGLISH, nothing) is None
    assert linkage_unrecorded.of_growth(ENGLISH, nothing) is None


def test_readings_that_are_all_unknown_are_not_drawn(make_facts, linked):
    look = look_of("en")
    assert worth_page.page(make_facts(linkage=linked), look).charts
    unknown = linked.lead_lag.assign(estimate=np.nan, lower=np.nan, upper=np.nan)
    page = worth_page.page(make_facts(linkage=replace(linked, lead_lag=unknown)), look)
    assert not page.charts
    assert "drawn here" not in str(page.content)

    nobody = replace(linked, survival=linked.survival.iloc[:0])
    assert not churn.page(make_facts(linkage=nobody), look).charts


def test_no_priority_is_sure():
    unsure = facts_of().drivers.assign(probability_priority=0.5)
    said = linkage_people.mending(ENGLISH, replace(facts_of(), drivers=unsure))
    assert said[0].startswith("No driver is surely a priority")


def test_claims_are_counted_as_they_are_listed(linked):
    page = claims_page.linked(linked, look_of("en"))
    assert len(page.content["claims"]) + len(page.content["unmeasured"]) == 9
    verdicts = [
        {row[5].split(" (")[0] for row in claim["rows"]} for claim in page.content["claims"]
    ]
    assert [found == {"holds here"} for found in verdicts].count(True) == 3
    assert page.content["lede"] == (
        f"Of 9 claims that circulate, {len(verdicts)} can be measured here. 3 hold, none is shown "
        "not to hold, of 2 it cannot be told or depends on how it is read."
    )
    french = claims_page.linked(linked, look_of("fr"))
    assert "3 tiennent, aucune n’est réfutée, pour 2 on" in french.content["lede"]
    assert all(" Not measured because " in text for text in page.content["unmeasured"])
    assert "il n’y a pas d’expérience" in " ".join(french.content["unmeasured"])


def test_one_claim_that_can_be_measured_is_singular(linked):
    frame = linked.claims[linked.claims["claim"] == "a fall precedes churn"]
    said = linkage_wording.verdicts(Language("fr"), frame)
    assert said == (
        "Sur 1 affirmations qui circulent, 1 est mesurable ici. 1 tient, aucune n’est réfutée."
    )


DOUBTS = {
    "growth": (
        "The placebo fails: the score of the month after goes with this growth too (p = 0.010).",
        "9 stores are few for clustered errors.",
    ),
    "worth": ("The regression cannot tell whether a point moves the growth of trade.",),
    "churn": ("Only 7 clusters: errors are small.", "Fewer than 10 departures at category (3)."),
}


def test_doubts_and_what_is_missing_reach_the_page_in_both_languages(words, linked):
    why = "No customer answered: nobody can be followed for so long."
    facts = replace(linked, doubts=DOUBTS, missing={"customers": why})
    points = worth_page.linked(facts, look_of(words.code)).content["points"]
    said = linkage_doubts.doubts(words, facts, "growth", "worth")
    assert len(said) == 3
    assert points[:3] == said
    start = {"en": "The check of what comes first fails", "fr": "La vérification de ce qui"}
    assert said[0].startswith(start[words.code])
    missing = {"en": "What customers spend is not measured: nobody who answered is followed",
               "fr": "Ce que dépensent les clients n’est pas mesuré"}  # fmt: skip
    assert points[3].startswith(missing[words.code])
    stays = churn.linked(facts, look_of(words.code)).content["points"]
    assert stays[0].startswith({"en": "Only 7 stores", "fr": "7 magasins"}[words.code])
    every = [words.say(message, n="7") for _, message in linkage_doubts._KINDS]
    assert misused(" ".join(every), "cross-section") == ()
    assert misused(" ".join(words.say(text) for _, text in linkage_doubts._WHY), "assumed") == ()


def test_a_slope_without_money_and_a_value_that_is_not_identified(words, linked):
    bare = replace(linked, worth=None, slope={"estimate": 0.1, "lower": -0.1, "upper": 0.3})
    lede = worth_page.linked(bare, look_of(words.code)).content["lede"]
    assert lede == linkage_point.slope(words, bare)
    assert misused(lede, "within-store lagged") == ()
    unknown = replace(linked, worth=linked.worth.assign(
        identified=False, estimate=np.nan, lower=np.nan, upper=np.nan))  # fmt: skip
    said = " ".join(
        [linkage_point.point(words, unknown), *linkage_wording.customers(words, unknown)]
    )
    assert "–" not in said
    assert linkage_wording.departures(words, unknown) is None


def test_one_subject_alone(linked, tmp_path):
    path = linkage_pdf(linked, "claims", tmp_path / "a.pdf", lang="fr")
    assert "Ce que dit le métier" in texts(path.read_bytes())[0]
    again = linkage_pdf(linked, "claims", tmp_path / "b.pdf", lang="fr")
    assert path.read_bytes() == again.read_bytes()
    with pytest.raises(InputError, match="There is nothing to write on churn"):
        linkage_pdf(LinkageFacts(), "churn", tmp_path / "c.pdf")
