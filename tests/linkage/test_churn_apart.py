"""What is foretold perfectly: references that are there, predictions that hold, few clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.linkage.churn.curves import survival_curves
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.churn.held_out import held_out
from npsstats.linkage.churn.marginal import marginal_churn


def cells_of(rows, keys):
    frame = pd.DataFrame(rows, columns=[*keys, "at_risk", "events"])
    return HazardCells.from_frame(frame, keys)


def test_a_reference_that_was_set_apart_is_changed_and_said():
    cells = cells_of(
        [("detractor", 500, 50), ("passive", 900, 45), ("promoter", 800, 0)], ["category"]
    )
    fit = hazard(cells)
    rows = fit.frame.set_index("label")
    wanted = np.log(np.log(0.9) / np.log(0.95))
    assert rows.loc["detractor", "estimate"] == pytest.approx(wanted)
    assert np.isnan(rows.loc["promoter", "estimate"])
    assert "passive" not in rows.index
    assert "times the hazard of passive" in fit.headline()
    assert "are told against passive: its reference promoter was set apart" in fit.diagnostics[1]
    assert fit.provenance.options["references"] == {"category": "passive"}


def test_what_was_set_apart_is_predicted_as_it_was():
    rows = [
        ("detractor", "blue", 500, 50),
        ("promoter", "blue", 900, 45),
        ("detractor", "gold", 400, 0),
        ("promoter", "gold", 300, 0),
    ]
    cells = cells_of(rows, ["category", "plan"])
    fit = hazard(cells)
    np.testing.assert_allclose(fit.predict(cells), [0.1, 0.0, 0.05, 0.0], atol=1e-8)
    # a third of the customers are of gold: they stay whatever they score
    told = marginal_churn(fit, "category").frame.set_index("label")
    assert told.loc["detractor", "rate"] == pytest.approx(10 * 1400 / 2100)
    curve = survival_curves(fit, "category", horizon=2).at(2).set_index("curve")
    assert curve.loc["promoter", "estimate"] == pytest.approx((0.95**2 * 1400 + 700) / 2100)


def test_a_combination_that_was_set_apart_is_predicted_as_it_was():
    rows = [("0", "0", 100, 10), ("0", "1", 100, 20), ("1", "0", 100, 30), ("1", "1", 100, 0)]
    cells = cells_of(rows, ["a", "b"])
    fit = hazard(cells, ["a", "b", "a:b"])
    np.testing.assert_allclose(fit.predict(cells), [0.1, 0.2, 0.3, 0.0], atol=1e-8)


def test_held_out_says_that_a_log_score_cannot_be_told():
    rows = [
        (month, c, plan, 500, events)
        for month in ("2025-01", "2025-02", "2025-03")
        for c, plan, events in (
            ("detractor", "blue", 50),
            ("promoter", "blue", 20),
            ("promoter", "gold", 1 if month == "2025-03" else 0),
        )
    ]
    result = held_out(cells_of(rows, ["period", "category", "plan"]), "2025-03", cluster=None)
    gain = result.frame.set_index("measure").loc["score gain"]
    assert np.isnan(gain["estimate"])
    assert "whether the scores help cannot be told" in result.headline()
    assert "What the score adds is not told: 500 held-out person-periods" in result.diagnostics[0]
    slope = result.frame.set_index(["model", "measure"]).loc[("with", "slope"), "estimate"]
    assert slope == pytest.approx(1, abs=1e-6)


def test_the_headline_asks_before_it_picks():
    rng = np.random.default_rng(1)
    plans = [f"plan {i}" for i in range(20)]
    events = rng.binomial(1000, 0.05, 20)
    idle = hazard(cells_of([(p, 1000, e) for p, e in zip(plans, events, strict=True)], ["plan"]))
    assert "no label of plan is shown to differ (joint test, p = " in idle.headline()
    events[4] = 120
    live = hazard(cells_of([(p, 1000, e) for p, e in zip(plans, events, strict=True)], ["plan"]))
    assert "labels of plan differ" in live.headline()
    assert "plan 4 leaves at" in live.headline()
    # one degree of freedom: the joint test is the test of the row
    two = hazard(cells_of([("a", 500, 50), ("b", 500, 30)], ["plan"]))
    assert two.joint_p("plan") == pytest.approx(two.frame["p_value"].iloc[0])


def test_a_smooth_is_not_quoted_by_a_column_of_its_basis():
    rows = [(str(i), 1000, 90 - 5 * i) for i in range(12)]
    fit = hazard(cells_of(rows, ["age"]), smooth={"age": 2}, cluster=None)
    assert fit.headline().endswith("; effects are curves.")


def test_the_standardized_headline_tells_the_contrast_that_was_asked():
    rows = [("detractor", 500, 50), ("passive", 8, 4), ("promoter", 800, 24)]
    told = marginal_churn(hazard(cells_of(rows, ["category"])), "category")
    assert "as category detractor than as promoter" in told.headline()


def test_few_clusters_at_a_label_are_said():
    rows = [("new" if s < 3 else "old", f"S{s:02d}", 100, 5 + s % 4) for s in range(40)]
    fit = hazard(cells_of(rows, ["till", "store_id"]))
    assert any("Fewer than 10 clusters have till new (3)" in text for text in fit.diagnostics)
    rows = [
        (k, f"S{s:02d}", 100_000 if s == 0 else 100, 9 + (k == "a") * s % 3)
        for s in range(40)
        for k in "ab"
    ]
    fit = hazard(cells_of(rows, ["till", "store_id"]))
    assert any("they count like 1" in text for text in fit.diagnostics)


def test_a_month_in_which_far_more_left_is_said():
    rows = [(f"2025-{m:02d}", 1000, 90 if m == 7 else 30) for m in range(1, 13)]
    said = hazard(cells_of(rows, ["period"]), []).diagnostics
    assert any("in 2025-07 (9.0%)" in text for text in said)


@pytest.mark.parametrize(
    ("frame", "options", "text"),
    [
        ({"k": ["a", "b"], "events": [0, 1], "at_risk": [1, np.nan]}, {}, "got np.float64|got nan"),
        ({"k": ["a", "b"], "events": ["Yes", "No"]}, {}, "write 1 and 0 for yes and no"),
        ({"k": ["a", "b"], "events": [0, 1], "atrisk": [5, 5]}, {}, "Did you mean 'atrisk'"),
        ({"k": ["a", "b"], "events": [0, 1]}, {"at_risk": "n"}, "There is no column 'n'"),
    ],
)
def test_counts_that_are_none_are_refused(frame, options, text):
    with pytest.raises(InputError, match=text):
        HazardCells.from_frame(pd.DataFrame(frame), ["k"], **options)


def test_what_names_customers_is_no_category():
    rows = [(f"{i:04d}", 10, 1 + i % 2) for i in range(300)]
    with pytest.raises(InputError, match="300 different labels, too many"):
        hazard(cells_of(rows, ["who"]))
