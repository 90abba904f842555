"""Charts: well-formed, the same every time, with letters that can be read and searched."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from npsstats.reporting.charts.forest import caterpillar, forest
from npsstats.reporting.charts.network_figures import changes, distribution, gauge, periods
from npsstats.reporting.language import Language
from npsstats.reporting.style import PAGE_WIDTH, Look, shorten

ENGLISH = Look(Language("en"), "#1f3a5f", "#a3532b")
LEVELS = {"network 29.1": (29.1, False), "target 30": (30.0, True)}
REACH = (-20.0, 80.0)


def texts(chart):
    """Return the texts of a chart, in the order drawn."""
    svg = chart.svg()
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def width(svg):
    """Return the width of an SVG in millimetres."""
    return float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 * 25.4


@pytest.fixture
def charts(make_facts, look):
    """Return every chart as a function without arguments."""
    facts = make_facts(stores=40, months=14, target=30.0)
    return {
        "distribution": lambda: distribution(facts.answers, look),
        "gauge": lambda: gauge(facts.overall, 30.0, look),
        "periods": lambda: periods(facts.periods, 30.0, look),
        "changes": lambda: changes(facts.segments[0].frame, look),
        "forest": lambda: forest(facts.stores, REACH, LEVELS, look),
        "caterpillar": lambda: caterpillar(facts.stores, LEVELS, look),
    }


def test_charts_are_the_same_every_time(charts):
    for name, draw in charts.items():
        first = draw().svg()
        assert first == draw().svg(), name
        assert not re.search(r"\d{4}-\d\d-\d\dT", first), f"{name} holds a date"


def test_charts_are_as_wide_as_the_page_and_speak_its_face(charts):
    for name, draw in charts.items():
        chart = draw()
        svg = chart.svg()
        assert width(svg) == pytest.approx(100 if name == "gauge" else PAGE_WIDTH, abs=0.01)
        assert texts(chart)
        assert set(re.findall(r"font-family: ([^;]+);|px ('[^;]+);", svg))
        assert "Source Sans Pro" in svg


def test_the_settings_of_matplotlib_are_left_alone(charts):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    for draw in charts.values():
        draw()
    assert dict(mpl.rcParams) == before


def test_the_distribution_says_every_share():
    said = texts(distribution(dict(enumerate([1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 4])), ENGLISH))
    assert said.count("10.0%") == 4
    assert {"20.0%", "40.0%", "Detractors  20.0%", "Passives  20.0%", "Promoters  60.0%"} <= set(
        said
    )


def test_an_axis_never_repeats_a_number():
    score = make_score(29.6, 30.4)
    for target in (None, 30.0):
        said = [text for text in texts(gauge(score, target, ENGLISH)) if text != "target"]
        assert len(said) == len(set(said))


def make_score(lower, upper):
    from npsstats.reporting.leadership.facts import Score

    middle = (lower + upper) / 2
    return Score(100, 20, 30, 50, middle, middle, lower, upper, float("nan"))


@pytest.mark.parametrize("months", [1, 2, 14, 15, 36, 120])
def test_the_last_period_always_has_its_label(months):
    labels = [f"{2010 + m // 12}-{m % 12 + 1:02d}" for m in range(months)]
    n = np.arange(months) * 10 + 5
    frame = pd.DataFrame({"period": labels, "n": n, "estimate": 30.0, "lower": 20.0, "upper": 40.0})
    said = texts(periods(frame, None, ENGLISH))
    last = Language("en").period(labels[-1], short=True).split()[0]
    assert last in said
    assert f"{n[-1]:,}" in said
    assert len([text for text in said if text.isalpha() and text != "n"]) <= 15


def test_a_period_without_responses_breaks_the_line():
    frame = pd.DataFrame(
        {
            "period": ["2025-01", "2025-02", "2025-03"],
            "n": [50, 0, 60],
            "estimate": [30.0, 0.0, 31.0],
            "lower": [20.0, -99.0, 22.0],
            "upper": [40.0, 99.0, 39.0],
        }
    )
    said = texts(periods(frame, None, ENGLISH))
    ticks = [float(t.replace("−", "-")) for t in said if re.fullmatch(r"−?\d+(\.\d)?", t)]
    assert "0" in said  # the count under the empty month
    assert min(ticks) > -50, "the interval of an empty month is not drawn"


def stores(names, **columns):
    size = len(names)
    given = {
        "store": names,
        "n": 50,
        "nps": 30.0,
        "estimate": np.linspace(40, 20, size),
        "lower": np.linspace(30, 10, size),
        "upper": np.linspace(50, 30, size),
        "expected_rank": np.arange(size) + 1.0,
        "rank_lower": 1,
        "rank_upper": size,
        "standing": "unknown",
        **columns,
    }
    return pd.DataFrame(given)


HOSTILE = [
    "$x$",
    "<b>&amp;</b>",
    "]]>",
    '"quoted"',
    "\\alpha",
    "a\x00b\x08c",
    "漢字",
    "{}",
]


def test_labels_are_never_formulas_nor_markup():
    said = texts(forest(stores(HOSTILE), REACH, {}, ENGLISH))
    assert {"$x$", "<b>&amp;</b>", "]]>", '"quoted"', "\\alpha", "a�b�c", "��"} <= set(said)
    frame = pd.DataFrame({"label": HOSTILE, "within": 1.0, "mix": -1.0})
    assert {"$x$", "<b>&amp;</b>", "]]>"} <= set(texts(changes(frame, ENGLISH)))


def test_a_forest_holds_every_row():
    names = [f"Store {i}" for i in range(48)]
    said = texts(forest(stores(names), REACH, LEVELS, ENGLISH))
    assert set(names) <= set(said)
    assert {"network 29.1", "target 30", "cannot tell", "raw score"} <= set(said)
    assert "surely above" not in said


def test_a_raw_score_outside_the_axis_is_an_arrow():
    inside = forest(stores(["a", "b"]), REACH, {}, ENGLISH).svg()
    outside = forest(stores(["a", "b"], nps=[-100.0, 100.0]), REACH, {}, ENGLISH).svg()
    assert inside != outside
    assert "NaN" not in outside


def test_a_store_without_responses_has_no_raw_score():
    svg = forest(stores(["a", "b"], n=[0, 9], nps=[float("nan"), 10.0]), REACH, {}, ENGLISH).svg()
    assert "nan" not in svg.lower().replace("dominant", "")


def test_names_of_sixty_letters_are_whole():
    name = "Centre commercial de Saint-Étienne-du-Rouvray, Grand-Quevilly"[:60]
    assert name in texts(forest(stores([name, name.upper()[:60]]), REACH, {}, ENGLISH))


def test_a_caterpillar_of_any_size_stays_small():
    sizes = {}
    for size in (100, 2_500, 20_000):
        frame = stores([""] * size, standing=["above", "unknown", "below", "unknown"] * (size // 4))
        sizes[size] = len(caterpillar(frame, LEVELS, ENGLISH).svg())
    assert sizes[20_000] < 1.2 * sizes[2_500] < 600_000


def test_labels_are_shortened_at_their_end():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abc defg", 5) == "abc…"
