"""The picture of a plan and its sentences, in both languages."""

import re
from xml.etree import ElementTree as ET

import pytest

import npsstats as nps
from npsstats.reporting.charts.precision_figure import precision_curve
from npsstats.reporting.experiment.precision_wording import sentences
from npsstats.reporting.language import NARROW_SPACE, Language
from npsstats.reporting.style import PAGE_WIDTH, Look

ENGLISH, FRENCH = (Look(Language(code), "#1f3a5f", "#a3532b") for code in ("en", "fr"))
PLANS = {
    "the folk rule": lambda: nps.margin([100, 200]),
    "one answer": lambda: nps.margin(1),
    "a census": lambda: nps.margin(30, population=30),
    "a tiny population": lambda: nps.margin(1, population=1),
    "months": lambda: nps.sample_size([5, 10], per_month=23, concentration=50),
    "many stores": lambda: nps.sample_size(10, per_month={"Lyon": 23, "Lille": 0}),
    "no pace": lambda: nps.sample_size(10, per_month=0),
    "a gap": lambda: nps.sample_size(gap=10, benchmark_error=2, counts=[2, 8, 90]),
    "two groups": lambda: nps.sample_size(10, difference=True, ratio=3, variance=(0.5, 1)),
    "ten sizes": lambda: nps.margin(list(range(10, 110, 10)), variance=1),
    "a million": lambda: nps.margin(1_000_000, concentration=100),
}


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


@pytest.mark.parametrize("look", [ENGLISH, FRENCH], ids=["en", "fr"])
@pytest.mark.parametrize("name", PLANS)
def test_every_plan_has_its_picture(name, look):
    plan = PLANS[name]()
    svg = precision_curve(plan, look).svg()
    assert svg == precision_curve(plan, look).svg()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 * 25.4 == pytest.approx(PAGE_WIDTH)
    said = " ".join(texts(svg))
    assert "nan" not in said.lower()
    for row in plan.frame.drop_duplicates(["n", "margin"]).head(5).itertuples():
        words = look.language
        colon = f"{NARROW_SPACE}:" if words.code == "fr" else ":"
        assert f"{words.whole(row.n)}{colon} ±{words.number(row.margin)}" in said


def test_the_sentences_hold_the_numbers_of_the_frame():
    english = sentences(nps.sample_size(5, per_month=23, concentration=50), Language("en"))
    assert english == [
        "A margin of ±5 points takes 1,027 responses.",
        "For ±5 points, a store that borrows from its network takes 980 responses.",
        "1,027 responses are 44.7 months at this pace; borrowing, 42.6.",
        "Variance of a response: 0.67; at worst it is 1, and margins are 22% longer.",
    ]
    french = sentences(nps.margin(100, concentration=50), Language("fr"))
    assert "En s’appuyant sur son réseau, un magasin a ±13,1 au lieu de ±15,8." in french
    never = sentences(nps.sample_size(5, per_month=0), Language("en"))
    assert "At this pace no store ever gets there." in never


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_a_file_needs_no_font_and_is_the_same_every_time(tmp_path, kind):
    plan = nps.margin([100, 200])
    first, second = (tmp_path / f"{i}.{kind}" for i in "ab")
    for path in (first, second):
        nps.plot(plan, path, lang="fr")
    assert first.read_bytes() == second.read_bytes()
    if kind == "svg":
        assert "<text" not in first.read_text(encoding="utf-8")


def test_a_picture_that_cannot_be_written_is_said(tmp_path):
    plan = nps.margin(100)
    with pytest.raises(nps.InputError, match=r"\.svg, \.pdf or \.png, got 'plan'"):
        nps.plot(plan, tmp_path / "plan")
    with pytest.raises(nps.InputError, match="cannot be written: No such file"):
        nps.plot(plan, tmp_path / "nowhere" / "plan.svg")
    with pytest.raises(nps.InputError, match="`lang` must be one of"):
        nps.plot(plan, tmp_path / "plan.svg", lang="de")
