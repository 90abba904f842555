"""The priority picture: mending by hand, the best quarter, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.driving.effects import fitted, net
from npsstats.linkage.driving.importance import driver_importance
from npsstats.linkage.driving.layout import lay_out
from npsstats.linkage.driving.priorities import priorities
from npsstats.linkage.driving.spread import best_quarter, between

GOLDEN = Path(__file__).parents[1] / "golden"
ASKED = ["welcome", "products", "checkout"]


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(GOLDEN / "drivers_answers.csv", comment="#")


@pytest.fixture(scope="module")
def patterns(rows):
    return AnswerPatterns.of(rows, ["score", *ASKED, "journey", "wait"], cluster="store_id")


def test_mending_by_hand(rows, patterns):
    found = priorities(patterns, ASKED, part=0.5).frame.set_index("driver")
    layout = lay_out(patterns, ASKED)
    fit = fitted(layout).fit
    x = rows[ASKED].to_numpy(float)
    better = x.copy()
    better[x[:, 0] <= 2, 0] = 4.0
    gap = net(layout, fit.parameters, better) - net(layout, fit.parameters, x)
    assert found.loc["welcome", "estimate"] == pytest.approx(0.5 * gap.mean(), rel=1e-6)
    assert found.loc["welcome", "dissatisfied"] == pytest.approx((x[:, 0] <= 2).mean())
    assert found.loc["welcome", "top_box"] == pytest.approx((x[:, 0] == 5).mean())
    assert found.loc["welcome", "mean"] == pytest.approx(x[:, 0].mean())
    assert found.loc["welcome", "performance"] == pytest.approx(25 * (x[:, 0].mean() - 1))
    whole = priorities(patterns, ASKED, part=1.0).frame.set_index("driver")
    np.testing.assert_allclose(whole["estimate"], 2 * found["estimate"])


def test_errors_of_mending_are_those_of_a_jackknife(patterns):
    found = priorities(patterns, ASKED).frame
    stores = patterns.frame["store_id"].to_numpy()
    without = []
    for store in np.unique(stores):
        layout = lay_out(patterns.take(stores != store), ASKED)
        fit = fitted(layout).fit
        better = layout.x.copy()
        better[layout.x[:, 0] <= 2, 0] = 4.0
        gap = net(layout, fit.parameters, better) - net(layout, fit.parameters, layout.x)
        without.append(0.2 * layout.weight @ gap / layout.n)
    g = len(without)
    error = np.sqrt((g - 1) / g * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert found["std_error"].iloc[0] == pytest.approx(error, rel=0.12)


def test_importance_is_that_of_its_own_room(patterns):
    found = priorities(patterns, ASKED, seed=4).frame
    other = driver_importance(patterns, ASKED, seed=4).frame.iloc[:-1]
    np.testing.assert_allclose(found["importance"], other["share"])
    np.testing.assert_allclose(found["importance_upper"], other["share_upper"])


def test_a_sure_priority_is_found():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"store_id": np.arange(3000) % 30})
    for name, level in (("till", 2.5), ("staff", 4.2), ("range", 4.0)):
        frame[name] = np.clip(np.round(level + rng.normal(size=3000)), 1, 5)
    score = 4 + 1.2 * frame["till"] + 0.3 * frame["staff"] + 0.2 * frame["range"]
    frame["score"] = np.clip(np.round(score + rng.normal(size=3000)), 0, 10)
    asked = ["till", "staff", "range"]
    data = AnswerPatterns.of(frame, ["score", *asked], cluster="store_id")
    found = priorities(data, asked)
    told = found.frame.set_index("driver")["probability_priority"]
    assert told["till"] > 0.99
    assert told.drop("till").max() < 0.01
    assert found.headline().startswith("till is the likeliest priority (probability over 0.99")
    assert any("there may be no best quarter" in text for text in found.diagnostics)
    # the same drivers asked the other way round
    turned = frame.assign(till=6 - frame["till"])
    other = priorities(
        AnswerPatterns.of(turned, ["score", *asked], cluster="store_id"),
        asked,
        lower_is_better=["till"],
    )
    columns = ["estimate", "performance", "dissatisfied", "top_box", "importance"]
    np.testing.assert_allclose(other.frame[columns], found.frame[columns], rtol=1e-6)


def test_no_priority_is_said(rows):
    # what matters more is done better
    data = AnswerPatterns.of(
        rows.assign(products=(rows["products"] - 1).clip(lower=1)),
        ["score", "welcome", "products"],
        cluster="store_id",
    )
    found = priorities(data, ["welcome", "products"], scales={"products": (1, 5)})
    assert found.frame["probability_priority"].max() < 0.05
    assert found.headline().startswith("No driver is shown to be a priority")
    assert found.diagnostics[0].startswith("Scales: products 1 to 5 (as given); welcome 1 to 5 (g")
    assert found.diagnostics[1].startswith("What matters more is not what is done worse")


def test_between_is_the_variance_component():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(200):
        store = np.repeat(np.arange(60), rng.integers(2, 30, 60))
        value = 0.4 * rng.normal(size=60)[store] + rng.normal(size=len(store))
        sums = [np.bincount(store, weights) for weights in (None, value, value**2)]
        found.append(between(*(part.astype(float) for part in sums)))
    assert np.mean(found) == pytest.approx(0.16, abs=3 * np.std(found) / np.sqrt(200))


def test_the_best_quarter_leaves_chance_out():
    rng = np.random.default_rng(6)
    place = 0.3 * rng.normal(size=80)
    frame = pd.DataFrame({"store_id": np.repeat(np.arange(80), 15)})
    frame["a"] = place[frame["store_id"]] + rng.normal(size=1200)
    frame["b"], frame["score"] = rng.normal(size=1200), rng.integers(0, 11, 1200)
    layout = lay_out(AnswerPatterns.of(frame, ["score", "a", "b"], cluster="store_id"), ["a", "b"])
    gap, low, high = best_quarter(layout, layout.x[:, 0], 0.95)
    assert low < 0.3 * 1.2711 < high
    means = frame.groupby("store_id")["a"].mean().sort_values()
    naive = means.iloc[-20:].mean() - frame["a"].mean()
    assert gap < naive


def test_categories_stay_in_the_model_without_a_row(patterns):
    found = priorities(patterns, [*ASKED, "journey"])
    assert found.frame["driver"].tolist() == ASKED
    assert any(text.startswith("journey: in the model") for text in found.diagnostics)
    assert found.importance.frame["driver"].tolist() == [*ASKED, "journey", "(all)"]


def test_waiting_is_better_low(patterns):
    found = priorities(patterns, [*ASKED, "wait"], lower_is_better=["wait"])
    wait = found.frame.set_index("driver").loc["wait"]
    assert wait["estimate"] > 0
    assert wait["gap"] <= 0


def test_without_stores(rows):
    data = AnswerPatterns.of(rows, ["score", *ASKED])
    found = priorities(data, ASKED).frame
    assert found["gap"].isna().all()
    assert found["probability_priority"].between(0, 1).all()


def test_refusals(patterns):
    with pytest.raises(InputError, match="Only 1 of the drivers 'welcome', 'journey' are numbers"):
        priorities(patterns, ["welcome", "journey"])
    with pytest.raises(InputError, match="answers to 'welcome' go from 1 to 5, beyond 1 to 4"):
        priorities(patterns, ASKED, scales={"welcome": (1, 4)})
    with pytest.raises(InputError, match="`scales` must be one of"):
        priorities(patterns, ASKED, lower_is_better=["wait"])
    with pytest.raises(InputError, match=r"`part` must be a number from 0\.01 to 1"):
        priorities(patterns, ASKED, part=0)
