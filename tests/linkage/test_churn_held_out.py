"""Held-out periods: concordance, calibration, lift and the log score are what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.linkage.churn.concordance import concordance, top_share
from npsstats.linkage.churn.held_out import held_out
from npsstats.linkage.churn.newton import hazard_of

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]
EFFECTS = {"detractor": 0.9, "passive": 0.4, "promoter": 0.0}


def network(seed=1, drift=0.0, effect=1.0, stores=40, at_risk=30):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [
            (p, c, t, s)
            for p in MONTHS
            for c in EFFECTS
            for t in ("0-5", "6+")
            for s in range(stores)
        ],
        columns=["period", "category", "tenure", "store_id"],
    )
    eta = -3 + effect * rows["category"].map(EFFECTS) - 0.4 * (rows["tenure"] == "6+")
    eta += drift * (rows["period"] >= "2025-09") + rng.normal(0, 0.2, stores)[rows["store_id"]]
    rows["at_risk"] = rng.poisson(at_risk, len(rows)) + 1
    rows["events"] = rng.binomial(rows["at_risk"], hazard_of(eta.to_numpy(), "cloglog"))
    keys = ["period", "tenure", "category", "store_id"]
    return HazardCells.from_frame(rows, keys)


def measured(result, model="with"):
    return result.frame[result.frame["model"] == model].set_index("measure")


def test_a_right_model_is_calibrated_and_the_score_helps():
    result = held_out(network(), "2025-09")
    rows = measured(result)
    for name, right in (("slope", 1), ("intercept", 0), ("observed / expected", 1)):
        assert rows.loc[name, "lower"] < right < rows.loc[name, "upper"]
    assert (
        rows.loc["concordance", "lower"] > measured(result, "without").loc["concordance", "upper"]
    )
    assert rows.loc["score gain", "lower"] > 0
    assert "the scores help" in result.headline()
    tenths = result.tenths.groupby("model")[["expected", "observed", "n"]].sum()
    late = network().split("2025-09")[1]
    np.testing.assert_allclose(tenths["observed"], late.events.sum())
    np.testing.assert_allclose(tenths["n"], late.at_risk.sum())


def test_drift_and_useless_scores_are_seen():
    moved = measured(held_out(network(drift=0.5), "2025-09"))
    assert moved.loc["observed / expected", "lower"] > 1.3
    idle = held_out(network(effect=0.0), "2025-09")
    assert measured(idle).loc["score gain", "lower"] < 0
    assert "the scores do not help" in idle.headline()


def test_concordance_is_that_of_pairs_and_its_error_that_of_repeats():
    rng = np.random.default_rng(2)
    shares, errors = [], []
    for _ in range(100):
        stores = rng.normal(0, 0.5, 30)
        risk = np.tile([0.05, 0.1, 0.2], 30)
        cluster = np.repeat(np.arange(30), 3)
        n = np.full(90, 20.0)
        y = rng.binomial(20, np.minimum(risk * np.exp(stores[cluster]), 0.9)).astype(float)
        share, error = concordance(risk, n, y, np.zeros(90, dtype=int), cluster)
        shares.append(share)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.2)
    score, left = np.repeat(risk, 20), np.concatenate([[1] * int(k) + [0] * int(20 - k) for k in y])
    from sklearn.metrics import roc_auc_score

    assert share == pytest.approx(roc_auc_score(left, score))


def test_pairs_are_made_within_periods():
    risk, n = np.array([0.1, 0.2, 0.3, 0.4]), np.full(4, 1.0)
    y, period = np.array([1.0, 0, 0, 1]), np.array([0, 0, 1, 1])
    # period 0: the one who left had the lower risk; period 1: the higher
    assert concordance(risk, n, y, period, None)[0] == 0.5


def test_the_top_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(3)
    risk, n = rng.choice([0.1, 0.2, 0.3], 50), rng.integers(1, 9, 50).astype(float)
    part = top_share(risk, n, 0.1)
    assert part @ n == pytest.approx(0.1 * n.sum())
    order = rng.permutation(50)
    np.testing.assert_allclose(top_share(risk[order], n[order], 0.1), part[order])


def test_silences_across_the_cut_are_said_or_left_out():
    cells = network()
    silent = HazardCells(
        cells.levels,
        cells.codes,
        cells.at_risk,
        cells.events,
        "gone when more than 90 days pass without a purchase",
    )
    assert "told by silences after it" in held_out(silent, "2025-09").diagnostics[0]
    apart = held_out(silent, "2025-09", gap=3)
    assert not any("silences after it" in text for text in apart.diagnostics)
    assert apart.fit.cells.at_risk.sum() < held_out(cells, "2025-09").fit.cells.at_risk.sum()


@pytest.mark.parametrize(
    ("cut", "options", "text"),
    [
        ("2026-01", {}, "`period` must be one of"),
        ("2025-01", {}, "Nobody was at risk before"),
        ("2025-09", {"terms": ["tenure"], "baseline": ()}, "`scores`: none of category"),
        ("2025-03", {"gap": 5}, "nobody left more than 5 periods before 2025-03"),
    ],
)
def test_what_cannot_be_held_out_is_refused(cut, options, text):
    with pytest.raises(InputError, match=text):
        held_out(network(stores=3), cut, **options)
