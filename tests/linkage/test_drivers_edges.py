"""Rare levels, far values, scales not used to the end, judgements of the whole, blanks kept."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.drivers import drivers
from npsstats.linkage.driving.cumulative import fit_cumulative
from npsstats.linkage.driving.importance import driver_importance
from npsstats.linkage.driving.layout import lay_out
from npsstats.linkage.driving.priorities import priorities
from npsstats.linkage.driving.scales import ends_of
from npsstats.linkage.driving.spread import best_quarter

GOLDEN = Path(__file__).parents[1] / "golden"
ASKED = ["welcome", "products"]


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(GOLDEN / "drivers_answers.csv", comment="#")


def counted(rows, *asked):
    return AnswerPatterns.of(rows, ["score", *asked], cluster="store_id")


def test_rare_levels_are_pooled_and_said(rows):
    channel = np.where(np.arange(len(rows)) % 2, "web", "store").astype(object)
    for name, size in (("kiosk", 20), ("app", 15), ("fax", 3)):
        channel[rows["score"].nlargest(900).index[:size]] = name
    found = drivers(counted(rows.assign(channel=channel), "welcome", "channel"), [
        "welcome", "channel"
    ])  # fmt: skip
    assert set(found.frame["term"]) <= {
        "welcome", "channel=(other)", "channel=web", "channel=store"
    }  # fmt: skip
    assert any("are one level, (other), for under 30" in text for text in found.diagnostics)


def test_a_rare_level_beside_one_other_is_refused(rows):
    channel = np.where(np.arange(len(rows)) < 3, "app", "web")
    with pytest.raises(InputError, match="'channel' has 1 of 2 levels with 30 answers or more"):
        drivers(counted(rows.assign(channel=channel), "welcome", "channel"), ["welcome", "channel"])


def test_a_level_of_promoters_alone_is_refused(rows):
    channel = np.full(len(rows), "web", dtype=object)
    channel[np.flatnonzero(rows["score"] >= 9)[:40]] = "app"
    with pytest.raises(InputError, match="All 40 answers of 'channel=app' are in one category"):
        drivers(counted(rows.assign(channel=channel), "welcome", "channel"), ["welcome", "channel"])


def test_few_blanks_have_no_column_of_their_own(rows):
    holes = rows.copy()
    holes.loc[np.flatnonzero(rows["score"] >= 9)[:3], "products"] = np.nan
    found = drivers(counted(holes, *ASKED), ASKED, missing="indicator")
    assert found.frame["term"].tolist() == ASKED
    assert found.frame["n"].iloc[0] == len(rows) - 3
    said = next(text for text in found.diagnostics if "leave a driver blank" in text)
    assert "keeps them" not in said


@pytest.mark.parametrize(("driver", "far"), [("wait", 240.0), ("welcome", 99.0)])
def test_a_far_value_is_named_and_no_separation(rows, driver, far):
    wild = rows.copy()
    wild.loc[0, [driver, "score"]] = far, 0
    found = drivers(counted(wild, "welcome", "wait"), ["welcome", "wait"])
    assert np.isfinite(found.frame["std_error"]).all()
    assert any(text.startswith(f"{driver} has {far:g}, far from") for text in found.diagnostics)
    assert not any("far from" in t for t in drivers(counted(rows, *ASKED), ASKED).diagnostics)


def test_the_unit_of_a_column_does_not_matter(rows):
    first = drivers(counted(rows, "welcome", "wait"), ["welcome", "wait"]).frame
    days = rows.assign(wait=rows["wait"] / 1440)
    other = drivers(counted(days, "welcome", "wait"), ["welcome", "wait"]).frame
    scale = np.array([1, 1440])
    np.testing.assert_allclose(other["estimate"], scale * first["estimate"], rtol=1e-6)
    np.testing.assert_allclose(other["std_error"], scale * first["std_error"], rtol=1e-5)


def test_separation_by_a_quantity():
    x = np.arange(20.0)[:, None]
    with pytest.raises(InputError, match="separate the categories"):
        fit_cumulative(x, np.stack([x[:, 0] < 10, x[:, 0] >= 10], axis=1) * 5.0)
    near = np.stack([x[:, 0] < 11, x[:, 0] >= 9], axis=1) * 5.0
    assert np.isfinite(fit_cumulative(x, near).slopes).all()


@pytest.mark.parametrize(
    ("name", "answers", "ends"),
    [
        ("welcome", [2, 3, 4], (1, 5)),
        ("welcome", [1, 6], (1, 7)),
        ("csat", [3, 4], (1, 5)),
        ("csat", [3, 9], (1, 10)),
        ("ces", [2, 4], (1, 7)),
        ("advice", [0, 9], (0, 10)),
        ("late", [0, 1], (0, 1)),
        ("wait", [0.5, 31], (0.5, 31)),
        ("wait", [2, 31], (2, 31)),
    ],
)
def test_ends_of_scales(name, answers, ends):
    assert ends_of(name, np.array(answers, float))[:2] == ends


def test_ends_come_first_and_can_be_set(rows):
    high = rows[rows["welcome"] >= 3]
    found = priorities(counted(high, *ASKED), ASKED, folds=3)
    told = found.frame.set_index("driver").loc["welcome"]
    assert told["performance"] == pytest.approx(25 * (high["welcome"].mean() - 1))
    assert found.diagnostics[0].startswith("Scales: welcome 1 to 5, products 1 to 5 (guessed")
    other = priorities(counted(high, *ASKED), ASKED, folds=3, scales={"welcome": (1, 7)})
    assert "welcome 1 to 7 (as given)" in other.diagnostics[0]
    assert other.frame["performance"][0] == pytest.approx(100 * (high["welcome"].mean() - 1) / 6)


def test_performance_is_of_those_who_answered(rows):
    rng = np.random.default_rng(4)
    holes = rows.copy()
    holes.loc[rng.random(len(rows)) < 0.3, "products"] = np.nan
    found = priorities(counted(holes, *ASKED), ASKED, missing="indicator", folds=3)
    told = found.frame.set_index("driver").loc["products"]
    known = holes["products"].dropna()
    assert told["n"] == len(known)
    assert told["mean"] == pytest.approx(known.mean())
    assert told["performance"] == pytest.approx(25 * (known.mean() - 1))
    assert told["top_box"] == pytest.approx((known == 5).mean())
    assert told["dissatisfied"] == pytest.approx((known <= 2).mean())


def test_answers_without_a_store_are_no_best_stores(rows):
    lost = rows.copy()
    lost.loc[:199, "store_id"] = None
    with_, without = (
        best_quarter(layout, layout.x[:, 0], 0.95)
        for layout in (lay_out(counted(some, *ASKED), ASKED) for some in (lost, lost[200:]))
    )
    np.testing.assert_allclose(with_, without, rtol=1e-9)


def test_noise_is_no_priority():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"store_id": np.arange(900) % 30})
    frame["good"] = np.clip(np.round(4.4 + rng.normal(size=900)), 1, 5)
    for name in ("noise", "blur"):
        frame[name] = np.clip(np.round(2.5 + rng.normal(size=900)), 1, 5)
    frame["score"] = np.clip(np.round(2.5 + 1.2 * frame["good"] + rng.normal(size=900)), 0, 10)
    asked = ["good", "noise", "blur"]
    found = priorities(counted(frame, *asked), asked, folds=5)
    told = found.frame.set_index("driver")
    assert (told.loc[["noise", "blur"], "importance_lower"] <= 0).all()
    assert (told.loc[["noise", "blur"], "probability_priority"] == 0).all()
    assert found.headline().startswith("No driver is shown to be a priority")


def test_a_judgement_of_the_whole_is_said_first(rows):
    rng = np.random.default_rng(2)
    whole = (rows["welcome"] + rows["products"]) / 2 + 0.4 * rng.normal(size=len(rows))
    asked = [*ASKED, "csat"]
    told = rows.assign(csat=np.clip(np.round(whole), 1, 5))
    told["score"] = np.clip(np.round(2.5 + 1.7 * told["csat"] + rng.normal(size=len(rows))), 0, 10)
    found = drivers(counted(told, *asked), asked)
    assert found.diagnostics[0].startswith("csat is a summary judgement of the same questionnaire")
    alone = drivers(counted(told, *ASKED), ASKED).frame["linear"]
    beside = found.frame["linear"]
    text = f"welcome {alone[0]:+.1f} without, {beside[0]:+.1f} with"
    assert text in found.diagnostics[0]
    shared = driver_importance(counted(told, *asked), asked, folds=3)
    assert shared.diagnostics[0] == found.diagnostics[0]
    # under another name it is known by what it takes
    asked = [*ASKED, "mood"]
    other = drivers(counted(told.rename(columns={"csat": "mood"}), *asked), asked)
    assert other.diagnostics[0].startswith("mood takes ")


def test_infinite_answers_are_refused(rows):
    wild = rows.assign(wait=rows["wait"].where(rows.index > 0, np.inf))
    with pytest.raises(InputError, match="'wait' has infinite answers"):
        drivers(counted(wild, "welcome", "wait"), ["welcome", "wait"])


def test_beyond_seven_groups_orders_are_sampled():
    rng = np.random.default_rng(3)
    asked = list("abcdefgh")
    frame = pd.DataFrame(rng.integers(0, 2, (400, 8)), columns=asked)
    frame["score"] = np.clip(6 + 2 * frame["a"] + rng.integers(0, 3, 400), 0, 10)
    frame["store_id"] = np.arange(400) % 20
    found = driver_importance(counted(frame, *asked), asked, measure="r2", folds=2, orders=10)
    assert any("20 of them were sampled" in text for text in found.diagnostics)
    assert found.frame.set_index("driver").loc["a", "share"] > 0.8


def test_a_level_without_detractors_is_told(rows):
    channel = np.full(len(rows), "web", dtype=object)
    channel[np.flatnonzero(rows["score"] >= 9)[:40]] = "app"
    channel[np.flatnonzero(rows["score"].isin([7, 8]))[:10]] = "app"
    found = drivers(counted(rows.assign(channel=channel), "welcome", "channel"), [
        "welcome", "channel"
    ])  # fmt: skip
    assert found.frame.set_index("term").loc["channel=app", "lower"] > 0
