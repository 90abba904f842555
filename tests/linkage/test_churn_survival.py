"""Kaplan–Meier, Cox and leakage, against R and against a data set whose leaks are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.departures import contract
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError
from npsstats.linkage.churn.cox import cox
from npsstats.linkage.churn.leakage import area_under_curve, leakage
from npsstats.linkage.churn.survival import kaplan_meier, log_log_bounds

GOLDEN = Path(__file__).parents[1] / "golden"
COVARIATES = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


@pytest.fixture(scope="module")
def rossi():
    return pd.read_csv(GOLDEN / "churn_rossi.csv")


def test_kaplan_meier_is_that_of_survfit(rossi):
    cells = person_periods(
        accounts=rossi[["week", "arrest", "fin"]],
        churn=contract(tenure="week", event="arrest"),
        covariates=["fin"],
        cluster=None,
        tenure=(),
    )
    ours = kaplan_meier(cells, "fin").frame
    ours = ours[ours["events"] > 0].reset_index(drop=True)
    theirs = pd.read_csv(GOLDEN / "churn_km.csv")
    assert ours["time"].tolist() == theirs["time"].tolist()
    for name in ("estimate", "std_error", "lower", "upper"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-9)


def test_telco_survives_as_published(shared_data):
    table = pd.read_csv(shared_data / "telco_ibm_extended" / "telco_extended.csv")
    accounts = table[["Tenure in Months", "Churn Value"]].set_axis(["months", "left"], axis=1)
    cells = person_periods(
        accounts=accounts,
        churn=contract(tenure="months", event="left"),
        covariates=[],
        cluster=None,
        tenure=(),
    )
    curve = kaplan_meier(cells)
    found = [curve.at(month)["estimate"].iloc[0] for month in (12, 24, 72)]
    np.testing.assert_allclose(found, [0.8434, 0.7890, 0.5930], atol=5e-5)
    assert "59.3 % (all)" in curve.headline()


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_is_that_of_coxph(rossi, ties):
    ours = cox(rossi, "week", "arrest", COVARIATES, ties=ties).frame
    theirs = pd.read_csv(GOLDEN / "churn_cox.csv").query("ties == @ties")
    np.testing.assert_allclose(ours["estimate"], theirs["estimate"], atol=1e-6)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-5)


def test_published_rossi_and_its_check_of_proportionality(rossi):
    fit = cox(rossi, "week", "arrest", COVARIATES)
    rows = fit.frame.set_index("term")
    np.testing.assert_allclose(
        rows.loc[["fin", "age", "prio"], "estimate"], [-0.37942, -0.05744, 0.09150], atol=5e-6
    )
    wanted = pd.read_csv(GOLDEN / "churn_proportional.csv")["p"]
    # statsmodels takes the residuals at tied weeks as Breslow does, R as Efron
    np.testing.assert_allclose(fit.frame["p_proportional"], wanted, rtol=0.04)
    assert "The ratio of age changes over time (p = 0.001)" in fit.diagnostics[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"age": "old"}, "'age' must hold numbers"),
        ({"age": np.nan}, "'age' is missing for 432 customers"),
        ({"age": 1}, "'age' is the same for everybody"),
        ({"arrest": 0}, "Nobody left"),
        ({"arrest": 2}, "must hold 0 and 1 only"),
    ],
)
def test_cox_says_what_it_cannot_take(rossi, change, text):
    with pytest.raises(InputError, match=text):
        cox(rossi.assign(**change), "week", "arrest", ["fin", "age"])


def test_curves_of_labels_that_change_and_of_bands_are_refused():
    frame = pd.DataFrame(
        {"tenure": ["0", "1"], "category": "promoter", "at_risk": [9, 8], "events": [1, 1]}
    )
    cells = HazardCells.from_frame(frame, ["tenure", "category"])
    with pytest.raises(InputError, match="changes over a life"):
        kaplan_meier(cells, "category")
    bands = HazardCells.from_frame(frame.assign(tenure=["0-2", "3-5"]), ["tenure", "category"])
    with pytest.raises(InputError, match="tenure=range"):
        kaplan_meier(bands)


def test_bounds_stay_inside():
    lower, upper = log_log_bounds(np.array([1.0, 0.02, 0.0]), np.array([0.0, 0.02, 0.0]), 0.95)
    assert lower[0] == upper[0] == 1
    assert lower[2] == upper[2] == 0
    assert 0 < lower[1] < 0.02 < upper[1] < 0.2


def test_the_leaks_of_telco_are_found_and_nothing_else(shared_data):
    table = pd.read_csv(shared_data / "telco_ibm_extended" / "telco_extended.csv")
    found = leakage(table, "Churn Value")
    assert set(found.columns) == {
        "Customer Status",
        "Churn Label",
        "Churn Category",
        "Churn Reason",
        "Satisfaction Score",
    }
    reasons = found.frame.set_index("column")["reason"]
    # a name alone is a question
    assert any("'Churn Score' is named after a departure" in text for text in found.diagnostics)
    assert "Was it known before?" in reasons["Churn Score"]
    assert "missing just where nobody left" in reasons["Churn Reason"]
    assert "all at 1, 2, nobody at 4, 5" in reasons["Satisfaction Score"]
    # identifiers and towns are not wise
    assert found.frame.set_index("column").loc["Customer ID", "area"] < 0.6


def test_a_value_dated_after_the_departure_is_said():
    frame = pd.DataFrame({"left": [1, 0] * 50, "mood": np.arange(100) % 7})
    frame["asked"], frame["gone"] = pd.Timestamp("2025-03-01"), pd.Timestamp("2025-02-01")
    found = leakage(frame, "left", ["mood"], recorded={"mood": "asked"}, departed="gone")
    assert "recorded after the departure for 100%" in found.diagnostics[0]
    with pytest.raises(InputError, match="name the column of the day of departure"):
        leakage(frame, "left", ["mood"], recorded={"mood": "asked"})
    assert leakage(frame, "left", ["mood"]).headline().startswith("No column")


def test_area_counts_ties_half():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    score, gone = rng.integers(0, 5, 300).astype(float), rng.integers(0, 2, 300).astype(float)
    assert area_under_curve(score, gone) == pytest.approx(roc_auc_score(gone, score))


def test_names_raise_questions_by_whole_words():
    rng = np.random.default_rng(2)
    names = ["left_handed", "Département", "cleft", "relost", "departmentName", "product_lost_days"]
    names += ["date de départ", "motifDeResiliation", "time_left"]
    frame = pd.DataFrame(rng.normal(size=(200, len(names))), columns=names)
    frame["gone"] = np.where(rng.random(200) < 0.3, "Yes", "No")
    found = leakage(frame, "gone")
    assert found.columns == ()
    asked = found.frame.loc[found.frame["reason"] != "", "column"]
    assert set(asked) == {"product_lost_days", "date de départ", "motifDeResiliation", "time_left"}
    with pytest.raises(InputError, match="must hold 0 and 1"):
        leakage(frame.assign(gone="perhaps"), "gone")


def test_late_entry_and_clusters_are_those_of_coxph():
    late = pd.read_csv(GOLDEN / "churn_late.csv")
    theirs = pd.read_csv(GOLDEN / "churn_late_cox.csv").set_index("what")
    ours = cox(late, "t", "left", ["x"], entry="entry").frame.iloc[0]
    assert ours["estimate"] == pytest.approx(theirs.loc["entry", "estimate"], abs=1e-6)
    assert ours["std_error"] == pytest.approx(theirs.loc["entry", "std_error"], rel=1e-5)
    fit = cox(late, "t", "left", ["x"], cluster="shop", ties="breslow").frame.iloc[0]
    assert fit["estimate"] == pytest.approx(theirs.loc["cluster", "estimate"], abs=1e-6)
    error = theirs.loc["cluster", "std_error"] * np.sqrt(24 / 23)
    assert fit["std_error"] == pytest.approx(error, rel=1e-4)
    assert fit["upper"] == pytest.approx(fit["estimate"] + stats.t(23).ppf(0.975) * error, rel=1e-4)
    plain = cox(late, "t", "left", ["x"], ties="breslow").frame.iloc[0]
    assert fit["p_proportional"] == pytest.approx(plain["p_proportional"], rel=1e-6)
    for change, options, text in (
        ({"entry": late["t"]}, {"entry": "entry"}, "300 customers have 'entry' at or after 't'"),
        ({"shop": late["shop"] % 5}, {"cluster": "shop"}, "'shop' has 5 values"),
        ({"shop": np.nan}, {"cluster": "shop"}, "'shop' is missing for 300 customers"),
    ):
        with pytest.raises(InputError, match=text):
            cox(late.assign(**change), "t", "left", ["x"], **options)


def test_periods_that_have_passed_are_counted_and_open_bands_are_not_one():
    frame = pd.DataFrame(
        {"tenure": ["0", "1", "2+"], "at_risk": [100, 90, 500], "events": [10, 9, 9]}
    )
    curve = kaplan_meier(HazardCells.from_frame(frame, ["tenure"]))
    assert curve.frame["time"].tolist() == [1, 2]
    assert curve.headline() == "Still customers after 2 periods: 81.0 % (all)."
    assert "ends before the band 2+" in curve.diagnostics[0]
