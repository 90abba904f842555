"""Held-out Shapley shares against relaimpo's LMG, brute force, and what must be true of them."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.driving import shares
from npsstats.linkage.driving.held_out import HeldOut, deal
from npsstats.linkage.driving.importance import driver_importance
from npsstats.linkage.driving.layout import lay_out
from npsstats.linkage.driving.shapley import exact_weights, sampled

GOLDEN = Path(__file__).parents[1] / "golden"
ASKED = ["welcome", "products", "checkout", "journey"]


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(GOLDEN / "drivers_answers.csv", comment="#")


@pytest.fixture(scope="module")
def patterns(rows):
    return AnswerPatterns.of(rows, ["score", *ASKED], cluster="store_id")


def test_in_sample_it_is_lmg(patterns):
    golden = pd.read_csv(GOLDEN / "drivers_lmg.csv", comment="#").set_index("driver")
    found = driver_importance(patterns, ASKED, measure="r2").frame.set_index("driver")
    np.testing.assert_allclose(found["in_sample"][ASKED], 100 * golden["lmg"][ASKED], rtol=1e-9)


def test_weights_average_all_orders():
    rng = np.random.default_rng(1)
    value = rng.normal(size=16)
    whole = np.zeros(4)
    for order in permutations(range(4)):
        members = 0
        for j in order:
            whole[j] += value[members | 1 << j] - value[members]
            members |= 1 << j
    np.testing.assert_allclose(exact_weights(4) @ value, whole / 24)


def held_out_by_hand(rows, folds, columns):
    """Return log loss by row of MASS-like fits of all folds, from statsmodels."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    three = np.select([rows["score"] <= 6, rows["score"] <= 8], [0, 1], 2)
    loss = np.zeros(len(rows))
    for fold in np.unique(folds):
        out = folds == fold
        share = np.bincount(three[~out]) / (~out).sum()
        if not columns:
            loss[out] = -np.log(share[three[out]])
            continue
        x = rows[columns].astype(float)
        fit = OrderedModel(three[~out], x[~out], distr="logit").fit(method="bfgs", disp=False)
        chance = np.asarray(fit.predict(x[out]))
        loss[out] = -np.log(chance[np.arange(out.sum()), three[out]])
    return loss


def test_shares_and_errors_by_hand(rows, patterns):
    asked = ["welcome", "products"]
    found = driver_importance(patterns, asked, folds=4, seed=3).frame.set_index("driver")
    layout = lay_out(patterns, asked)
    size = np.asarray(layout.cells.sum(axis=1)).ravel()
    fold = pd.Series(deal(size, 4, np.random.default_rng(3)), index=layout.clusters)
    folds = rows["store_id"].map(fold).to_numpy()
    loss = {
        key: held_out_by_hand(rows, folds, list(key))
        for key in [(), ("welcome",), ("products",), ("welcome", "products")]
    }
    none, both = loss[()], loss["welcome", "products"]
    gain = ((none - loss["welcome",]) + (loss["products",] - both)) / 2
    assert found.loc["welcome", "estimate"] == pytest.approx(
        100 * gain.sum() / none.sum(), rel=1e-4
    )
    alone = (none - loss["welcome",]).sum() / none.sum()
    assert found.loc["welcome", "alone"] == pytest.approx(100 * alone, rel=1e-4)
    last = (loss["products",] - both).sum() / none.sum()
    assert found.loc["welcome", "last"] == pytest.approx(100 * last, rel=1e-4)
    stores = pd.Series(gain - gain.sum() / none.sum() * none).groupby(rows["store_id"]).sum()
    g = len(stores)
    error = np.sqrt(g / (g - 1) * (stores**2).sum()) / none.sum()
    optimism = (found.loc["welcome", "in_sample"] - found.loc["welcome", "estimate"]) / 100
    error = np.hypot(error, optimism / np.sqrt(2))
    assert found.loc["welcome", "std_error"] == pytest.approx(100 * error, rel=1e-3)


@pytest.mark.parametrize("measure", ["log_score", "rps", "r2"])
@pytest.mark.parametrize("outcome", ["nps", "score"])
def test_parts_add_up(patterns, measure, outcome):
    found = driver_importance(patterns, ASKED[:3], measure=measure, outcome=outcome).frame
    parts, whole = found.iloc[:-1], found.iloc[-1]
    assert parts["estimate"].sum() == pytest.approx(whole["estimate"])
    assert parts["share"].sum() == pytest.approx(1.0)
    assert parts["in_sample"].sum() == pytest.approx(whole["in_sample"])
    assert whole["lower"] > 0
    assert parts["driver"].tolist() == ASKED[:3]
    assert (parts["estimate"].to_numpy().argsort() == [2, 1, 0]).all()


def test_the_rank_score_is_that_of_its_formula(patterns):
    layout = lay_out(patterns, ["welcome", "products"])
    held = HeldOut(layout, [[0], [1]], "rps", 4, np.random.default_rng(1))
    x = np.zeros((1, 0))
    table, _ = held._table(x, layout.counts.sum(axis=0)[None, :], None)
    p = layout.counts.sum(axis=0) / layout.n
    by_hand = [((np.cumsum(p) - np.cumsum(np.eye(3)[k])) ** 2).sum() for k in range(3)]
    np.testing.assert_allclose(table[0], by_hand, rtol=1e-6)


def test_drivers_that_say_the_same_share_it():
    rng = np.random.default_rng(5)
    good = rng.normal(size=4000)
    frame = pd.DataFrame({"store_id": np.arange(4000) % 40})
    frame["score"] = np.clip(np.round(7.5 + 1.5 * good + rng.normal(size=4000)), 0, 10)
    for name in ("one", "two"):
        frame[name] = np.clip(np.round(3 + good + 0.3 * rng.normal(size=4000)), 1, 5)
    frame["noise"] = rng.integers(1, 6, 4000)
    data = AnswerPatterns.of(frame, ["score", "one", "two", "noise"], cluster="store_id")
    found = driver_importance(data, ["one", "two", "noise"])
    told = found.frame.set_index("driver")
    assert told.loc["one", "share"] == pytest.approx(0.5, abs=0.04)
    assert told.loc["noise", "lower"] < 0 < told.loc["noise", "upper"]
    assert any("Most of what one, two says" in text for text in found.diagnostics)


def test_drivers_of_nothing_are_said():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.integers(1, 6, (300, 2)), columns=["a", "b"])
    frame = frame.assign(score=rng.integers(0, 11, 300), store_id=np.arange(300) % 15)
    data = AnswerPatterns.of(frame, ["score", "a", "b"], cluster="store_id")
    found = driver_importance(data, ["a", "b"])
    assert found.headline().endswith("none of them is shown to matter.")
    assert "not shown to foretell anything" in found.diagnostics[0]


def test_a_driver_that_says_nothing_is_not_shown_to_harm():
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng([9, seed])
        good, none, luck = rng.integers(1, 6, (3, 600))
        frame = pd.DataFrame({"store_id": np.arange(600) % 30, "good": good, "none": none})
        frame["score"] = np.clip(good + luck, 0, 10)
        data = AnswerPatterns.of(frame, ["score", "good", "none"], cluster="store_id")
        row = driver_importance(data, ["good", "none"], measure="r2", folds=5).frame.iloc[1]
        covered += row["lower"] <= 0 <= row["upper"]
    assert covered >= 36


def test_groups_come_and_go_together(patterns):
    found = driver_importance(
        patterns, ASKED, groups={"people": ["welcome", "checkout"]}
    ).frame.set_index("driver")
    assert list(found.index) == ["products", "journey", "people", "(all)"]
    alone = driver_importance(patterns, ["welcome", "checkout"]).frame.iloc[-1]
    assert found.loc["people", "alone"] == pytest.approx(alone["estimate"], abs=0.5)


def test_sampled_orders_agree_with_all(patterns, monkeypatch):
    whole = driver_importance(patterns, ASKED).frame
    monkeypatch.setattr(shares, "_EXACT", 3)
    found = driver_importance(patterns, ASKED, orders=60)
    parts = found.frame.iloc[:-1]
    assert any("120 of them were sampled" in text for text in found.diagnostics)
    # all orders of four drivers are few: what is left is small, and inside the interval
    np.testing.assert_allclose(parts["estimate"], whole["estimate"][:-1], atol=0.4)
    np.testing.assert_allclose(found.frame.iloc[-1]["estimate"], whole["estimate"].iloc[-1])


def test_errors_of_sampled_orders():
    rng = np.random.default_rng(2)
    value = rng.normal(size=16)
    exact = exact_weights(4) @ value
    z = []
    for _ in range(150):
        mean, error = sampled(4, lambda members: value[members : members + 1], 60, rng)
        z.append((mean[:, 0] - exact) / error)
    assert np.std(z) == pytest.approx(1.0, abs=0.15)


def test_answers_are_dealt_where_there_are_no_stores(rows):
    data = AnswerPatterns.of(rows, ["score", *ASKED[:2]])
    found = driver_importance(data, ASKED[:2])
    assert found.times.sum() == len(rows)
    assert found.times @ found.null_loss == pytest.approx(
        len(rows) * -sum(p * np.log(p) for p in shares_of(rows)), rel=0.01
    )


def shares_of(rows):
    three = np.select([rows["score"] <= 6, rows["score"] <= 8], [0, 1], 2)
    return np.bincount(three) / len(rows)


def test_folds_are_even():
    size = np.random.default_rng(1).integers(1, 50, 100).astype(float)
    fold = deal(size, 10, np.random.default_rng(2))
    held = np.bincount(fold, size)
    assert held.max() - held.min() <= size.max()


def test_same_seed_same_answer(patterns):
    first, second = (driver_importance(patterns, ASKED[:2], seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, second.frame)
    other = driver_importance(patterns, ASKED[:2], seed=8).frame
    assert not np.allclose(first.frame["estimate"], other["estimate"], rtol=1e-9)


def test_refusals(patterns):
    with pytest.raises(InputError, match="'advice' in 'people' is not one of the drivers"):
        driver_importance(patterns, ASKED, groups={"people": ["advice"]})
    with pytest.raises(InputError, match="All drivers are in one group"):
        driver_importance(patterns, ASKED[:2], groups={"all": ASKED[:2]})
    with pytest.raises(InputError, match="`measure` must be one of 'log_score'"):
        driver_importance(patterns, ASKED, measure="aic")
    with pytest.raises(InputError, match="needs drivers, and a name that no driver has"):
        driver_importance(patterns, ASKED, groups={"journey": ["welcome"]})
