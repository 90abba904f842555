"""The picture of a design and its sentences, in both languages."""

import re
from xml.etree import ElementTree as ET

import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.power.design import design
from npsstats.reporting.charts.design_figure import design_curves
from npsstats.reporting.experiment.design_wording import sentences
from npsstats.reporting.language import NARROW_SPACE, Language
from npsstats.reporting.style import PAGE_WIDTH, Look

ENGLISH, FRENCH = (Look(Language(code), "#1f3a5f", "#a3532b") for code in ("en", "fr"))
PLANS = {
    "weeks and a prior": {
        "baseline": 0.3,
        "effect": 0.03,
        "per_month": 1200,
        "window_days": 90,
        "prior_sd": 0.02,
    },
    "several effects": {"baseline": 0.3, "effect": [0.03, 0.05, 0.1, 0.12, 0.15]},
    "looks and arms": {"kind": "nps", "effect": 5, "looks": 4, "arms": 3},
    "unequal arms": {"kind": "amount", "sd": 60, "effect": -4, "ratio": 2, "arms": 3},
    "few reached": {"kind": "duration", "baseline": 0.3, "effect": 0.7, "reach": 0.6},
    "fixed stores": {"baseline": 0.3, "effect": 0.05, "icc": 0.02, "clusters": 120},
    "four stores": {"baseline": 0.3, "n_per_arm": 900, "icc": 0.02, "clusters": 4},
    "not worse": {"baseline": 0.3, "margin": 0.03},
    "hazard not worse": {"kind": "duration", "baseline": 0.3, "margin": 0.9},
    "detectable": {"baseline": [0.064, 0.3], "n_per_arm": 1000},
    "powers": {"kind": "nps", "n_per_arm": 500, "power": [0.8, 0.9]},
    "days": {"kind": "restricted_mean", "baseline": 0.3, "effect": -3, "window_days": 90},
    "tiny": {"kind": "amount", "sd": 1, "effect": 8},
    "no pace": {"baseline": 0.3, "effect": 0.2, "per_month": 0},
}


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


@pytest.mark.parametrize("look", [ENGLISH, FRENCH], ids=["en", "fr"])
@pytest.mark.parametrize("name", PLANS)
def test_every_design_has_its_picture(name, look):
    plan = design(**PLANS[name])
    svg = design_curves(plan, look).svg()
    assert svg == design_curves(plan, look).svg()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 * 25.4 == pytest.approx(PAGE_WIDTH)
    said = texts(svg)
    assert "nan" not in " ".join(said).lower()
    for n in plan.frame["n_per_arm"].head(4):
        assert look.language.whole(n) in said


def test_the_sentences_hold_the_numbers_of_the_frame():
    english = " ".join(sentences(design(**PLANS["weeks and a prior"]), Language("en")))
    assert english == (
        "3,760 customers an arm (7,520 in all): a share of 33% in place of 30% is found 80% of "
        "the time. "
        "At this pace the last outcome is known after 40 weeks. "
        "Were it half as large, it would be found 29% of the time. "
        "Over what is believed of the effect, the test succeeds with a probability of 65%, and "
        "the rule adopts with one of 71%."
    )
    french = sentences(design(**PLANS["hazard not worse"]), Language("fr"))[0]
    assert "la marge tolérée (un rapport de risques instantanés de 0,90)." in french
    least = sentences(design(**PLANS["detectable"]), Language("fr"))[0]
    assert f"un taux de 9,8{NARROW_SPACE}% au lieu de 6,4{NARROW_SPACE}%" in least
    assert least.startswith(f"1{NARROW_SPACE}000 clients par groupe")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("looks and arms", "Looking 4 times takes 1.4% more at most"),
        ("looks and arms", "Each of 2 treatments is compared with the control at a level of 2.7%."),
        ("unequal arms", "in each other arm"),
        ("unequal arms", "a difference of −4 is found"),
        ("few reached", "Only 60% are reached"),
        ("few reached", "a hazard ratio of 0.70 among those reached (0.82 among all"),
        ("fixed stores", "60 an arm: this takes 1.8 times"),
        ("not worse", "no worse than the margin (3 percentage points)"),
        ("powers", "the least that is found 90% of the time is a difference of"),
        ("days", "a difference of −3 days is found"),
        ("tiny", "a difference of +8 is found"),
        ("no pace", "the experiment never ends"),
    ],
)
def test_every_question_has_its_sentence(name, said):
    assert said in " ".join(sentences(design(**PLANS[name]), Language("en")))


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_a_file_needs_no_font_and_is_the_same_every_time(tmp_path, kind):
    plan = design(**PLANS["not worse"])
    first, second = (tmp_path / f"{i}.{kind}" for i in "ab")
    for path in (first, second):
        nps.plot(plan, path, lang="fr")
    assert first.read_bytes() == second.read_bytes()
    if kind == "svg":
        assert "<text" not in first.read_text(encoding="utf-8")


def test_a_picture_that_cannot_be_written_is_said(tmp_path):
    plan = design(**PLANS["not worse"])
    with pytest.raises(InputError, match=r"\.svg, \.pdf or \.png, got 'plan'"):
        nps.plot(plan, tmp_path / "plan")
    with pytest.raises(InputError, match="cannot be written: No such file"):
        nps.plot(plan, tmp_path / "nowhere" / "plan.svg")
