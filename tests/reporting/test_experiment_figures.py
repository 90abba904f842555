"""The pictures of an experiment, in both languages, from made-up results of any shape."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.durations import DurationCounts
from npsstats.experiments.duration import effect_by_day, survival_curves
from npsstats.experiments.heterogeneity import subgroups
from npsstats.experiments.targeting import whom_to_call
from npsstats.reporting.charts.experiment_curves import event_curves, value_curve
from npsstats.reporting.charts.experiment_figures import call_order, subgroup_forest
from npsstats.reporting.charts.experiment_scales import decimals
from npsstats.reporting.style import PAGE_WIDTH


def moments(stores=3, n=3000, money=False, gap=0.3):
    rng = np.random.default_rng(1)
    tier = rng.choice(["Fidèles", "$new$", "empty"], n)
    store = rng.integers(0, stores, n)
    called = rng.integers(0, 2, n)
    bought = (rng.random(n) < 0.2 + gap * called * (tier == "Fidèles")).astype(float)
    value = bought * rng.gamma(2, 500, n) if money else bought
    keys = {
        "arm": np.where(called, "called", "ignored"),
        "tier": tier,
        "store": store,
        "fold": rng.integers(0, 3, n),
    }
    return ArmMoments.from_values({"value": value}, keys)


def read(aggregate, by=("tier",)):
    return subgroups(aggregate, "value", control="ignored", by=by, declared=by)


def rule(aggregate, **options):
    options = {"capacity": 0.3, "contribution": 30.0, "cost": 1.0} | options
    return whom_to_call(aggregate, "value", control="ignored", **options)


def texts(svg):
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314
    return ["".join(element.itertext()) for element in found]


def wide(svg):
    return float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 * 25.4


@pytest.fixture(scope="module")
def durations():
    rng = np.random.default_rng(2)
    called = rng.integers(0, 2, 2000)
    days = np.minimum(rng.exponential(np.where(called, 60, 90)).astype(int) + 1, 60)
    arms = {"arm": np.where(called, "called", "ignored")}
    return DurationCounts.from_values(days, (days < 60).astype(int), arms)


def test_the_forest_says_what_the_table_says(look):
    result = read(moments(), by=("tier", "store"))
    svg = subgroup_forest(result, look).svg()
    assert svg == subgroup_forest(result, look).svg()
    assert wide(svg) == pytest.approx(PAGE_WIDTH)
    said = texts(svg)
    row = result.frame.set_index("subgroup").loc["Fidèles"].iloc[0]
    words = look.language
    assert words.number(100 * row["estimate"], 0, signed=True) in said
    assert words.probability(row["p_more"]) in said
    assert "$new$" in said
    assert "nan" not in " ".join(said).lower()


def test_many_stores_show_their_ends(look):
    result = read(moments(stores=40), by=("store",))
    said = texts(subgroup_forest(result, look).svg())
    assert sum(text in {str(store) for store in range(40)} for text in said) >= 10
    assert any("30" in text and "…" in text for text in said)


def test_money_and_empty_arms_have_a_forest(look):
    aggregate = moments(money=True)
    lone = [
        not (a == "called" and t == "empty") for a, t in aggregate.cells[["arm", "tier"]].values
    ]
    place = np.flatnonzero(lone)
    parts = (aggregate.n, aggregate.mean, aggregate.scatter, aggregate.missing)
    cells = aggregate.cells.iloc[place].reset_index(drop=True)
    less = ArmMoments(cells, aggregate.names, *(part[place] for part in parts))
    said = " ".join(texts(subgroup_forest(read(less), look).svg()))
    assert "nan" not in said.lower()
    assert "%" in said


@pytest.mark.parametrize(
    "options",
    [{}, {"capacity": 1.0, "cost": 0.0}, {"cost": 1000.0}, {"keys": ["tier", "store"]}],
    ids=["plain", "everybody", "nobody", "two keys"],
)
def test_every_rule_has_its_pictures(look, options):
    policy = rule(moments(stores=12), **({"keys": ["tier"]} | options))
    for draw in (call_order, value_curve):
        svg = draw(policy, look).svg()
        assert svg == draw(policy, look).svg()
        assert wide(svg) == pytest.approx(PAGE_WIDTH)
        assert "nan" not in " ".join(texts(svg)).lower()
    said = texts(call_order(policy, look).svg())
    first = " · ".join(str(policy.cells[key].iloc[0]) for key in policy.keys)
    assert first in said
    if len(policy.cells) > 20:
        assert any(str(len(policy.cells) - 20) in text for text in said)
    called = look.language.percent(policy.frame["calls"].iloc[0])
    assert any(text.startswith(called) for text in texts(value_curve(policy, look).svg()))


def test_times_to_the_event(look, durations):
    curves = survival_curves(durations, window=60)
    alone = event_curves(curves, look, title="Rachat").svg()
    assert "Rachat" in texts(alone)
    assert {"called", "ignored"} <= set(texts(alone))
    by_day = effect_by_day(durations, control="ignored", window=60)
    both = event_curves(curves, look, by_day=by_day).svg()
    assert both == event_curves(curves, look, by_day=by_day).svg()
    assert any("8–30" in text for text in texts(both))
    assert look.language.number(1, 2) in texts(both)


def test_decimals_show_two_digits():
    assert decimals(np.array([0.0, np.nan])) == 1
    assert decimals(np.array([0.0004])) == 3
    assert decimals(np.array([12.0, 3.0])) == 0
