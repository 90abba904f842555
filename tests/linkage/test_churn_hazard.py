"""The hazard on cells is that of one row a person-period, errors included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from npsstats.aggregates.departures import contract
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError
from npsstats.linkage.churn.curves import survival_curves
from npsstats.linkage.churn.design import independent, natural_spline
from npsstats.linkage.churn.falls import fall_before_churn
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.churn.marginal import marginal_churn
from npsstats.linkage.churn.newton import hazard_of, log_likelihood
from npsstats.linkage.churn.separation import separated_rows

GOLDEN = Path(__file__).parents[1] / "golden"
KEYS = ["period", "category", "store_id"]


@pytest.fixture(scope="module")
def cells():
    return HazardCells.from_frame(pd.read_csv(GOLDEN / "churn_cells.csv"), KEYS)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_estimates_and_errors_are_those_of_glm_and_sandwich(cells, link):
    wanted = pd.read_csv(GOLDEN / "churn_hazard.csv").query("link == @link").set_index("name")
    by_store, alone = hazard(cells, link=link), hazard(cells, link=link, cluster=None)
    columns = by_store.scheme.design(by_store.cells).columns
    names = [column.term + column.label if column.term else "(Intercept)" for column in columns]
    np.testing.assert_allclose(by_store.coefficients, wanted.loc[names, "estimate"], atol=1e-9)
    error = np.sqrt(np.diag(alone.covariance))
    np.testing.assert_allclose(error, wanted.loc[names, "model"], rtol=1e-7)
    error = np.sqrt(np.diag(by_store.covariance))
    np.testing.assert_allclose(error, wanted.loc[names, "cluster"], rtol=1e-7)
    assert by_store.clusters == 12
    assert any("Only 12 clusters" in text for text in by_store.diagnostics)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_cells_and_rows_give_one_fit(cells, link):
    import statsmodels.api as sm

    small = cells.only(store_id=["S01", "S02", "S03"], period=["2025-01", "2025-02"])
    fit = hazard(small, link=link)
    at = np.repeat(np.arange(len(small)), small.at_risk)
    order = np.concatenate([np.arange(n) for n in small.at_risk])
    left = (order < small.events[at]).astype(float)
    x = fit.scheme.design(small).x[at]
    link_of = {"cloglog": sm.families.links.CLogLog(), "logit": sm.families.links.Logit()}
    family = sm.families.Binomial(link=link_of[link])
    rows = sm.GLM(left, x, family=family).fit(tol=1e-14, maxiter=100)
    np.testing.assert_allclose(fit.coefficients, rows.params, atol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.model_covariance)), rows.bse, atol=1e-8)
    # scores of rows, summed by store
    mu = rows.fittedvalues
    weight = (
        (left - mu)
        / (mu * (1 - mu))
        * (np.exp(x @ rows.params) * (1 - mu) if link == "cloglog" else mu * (1 - mu))
    )
    totals = np.zeros((3, x.shape[1]))
    np.add.at(totals, small.code("store_id")[at], weight[:, None] * x)
    bread = rows.cov_params()
    wanted = bread @ (totals.T @ totals * 3 / 2) @ bread
    np.testing.assert_allclose(fit.covariance, wanted, atol=1e-8)


def test_effects_of_a_simulation_are_covered():
    """Hazard ratios of grouped proportional hazards, with stores that share a frailty."""
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(40):
        frame = pd.DataFrame(
            [(c, s) for c in ("detractor", "promoter") for s in range(40)],
            columns=["category", "store_id"],
        )
        frame["at_risk"] = 200
        frailty = rng.normal(0, 0.3, 40)[frame["store_id"]]
        pull = rng.normal(0.7, 0.3, 40)[frame["store_id"]] * (frame["category"] == "detractor")
        rate = np.exp(-3 + pull + frailty)
        frame["events"] = rng.binomial(200, 1 - np.exp(-rate))
        fit = hazard(HazardCells.from_frame(frame, ["category", "store_id"]))
        row = fit.frame.iloc[0]
        inside.append(row["lower"] < 0.7 + 0.045 < row["upper"])  # + half the variance of the pull
    assert np.mean(inside) >= 0.85


def test_points_of_churn_are_the_average_of_predictions(cells):
    fit = hazard(cells)
    told = marginal_churn(fit, "category").frame.set_index("label")
    rates = {}
    for label in ("detractor", "promoter"):
        p = fit.predict(fit.cells, {"category": label})
        rates[label] = 100 * np.average(p, weights=fit.cells.at_risk)
        assert told.loc[label, "rate"] == pytest.approx(rates[label])
    gap = rates["detractor"] - rates["promoter"]
    assert told.loc["detractor", "estimate"] == pytest.approx(gap)

    def difference(beta):
        x = [fit.scheme.design(fit.cells, {"category": c}).x for c in ("detractor", "promoter")]
        first, second = (hazard_of(each @ beta, "cloglog") for each in x)
        return 100 * np.average(first - second, weights=fit.cells.at_risk)

    slope = optimize.approx_fprime(fit.coefficients, difference, 1e-6)
    assert told.loc["detractor", "std_error"] == pytest.approx(
        np.sqrt(slope @ fit.covariance @ slope), rel=1e-4
    )
    assert told.loc["promoter", "std_error"] == 0
    assert "more leave a period as category detractor" in marginal_churn(fit, "category").headline()


def test_curves_follow_the_hazard_and_its_doubt(cells):
    fit = hazard(cells)
    curves = survival_curves(fit, "category", horizon=6)
    late = curves.at(6).set_index("curve")

    def survival(beta):
        x = fit.scheme.design(fit.cells, {"category": "detractor"}).x
        alive = (1 - hazard_of(x @ beta, "cloglog")) ** 6
        return np.average(alive, weights=fit.cells.at_risk)

    slope = optimize.approx_fprime(fit.coefficients, survival, 1e-6)
    assert late.loc["detractor", "estimate"] == pytest.approx(survival(fit.coefficients))
    assert late.loc["detractor", "std_error"] == pytest.approx(
        np.sqrt(slope @ fit.covariance @ slope), rel=1e-4
    )
    assert (late["lower"] < late["estimate"]).all()
    assert late.loc["promoter", "estimate"] > late.loc["passive", "estimate"]


def test_a_label_without_departures_is_announced_and_the_rest_is_fitted(cells):
    frame = cells.frame
    extra = frame[frame["category"] == "passive"].assign(category="gold", events=0)
    wide = HazardCells.from_frame(pd.concat([frame.astype({"category": str}), extra]), KEYS)
    fit, plain = hazard(wide), hazard(cells)
    row = fit.frame.set_index("label")
    assert np.isnan(row.loc["gold", "estimate"])
    assert row.loc["detractor", "estimate"] == pytest.approx(
        plain.frame.set_index("label").loc["detractor", "estimate"], abs=1e-9
    )
    assert "'category' separates: nobody left at gold" in fit.diagnostics[0]
    assert "merge labels" in fit.diagnostics[0]


def test_covariates_that_separate_only_together_are_found():
    frame = pd.DataFrame(
        {
            "a": ["0", "0", "1", "1"],
            "b": ["0", "1", "0", "1"],
            "at_risk": [100, 100, 100, 100],
            "events": [10, 20, 30, 0],
        }
    )
    cells = HazardCells.from_frame(frame, ["a", "b"])
    apart = hazard(cells, ["a", "b", "a:b"], cluster=None)
    assert np.isnan(apart.frame.set_index("term").loc["a:b", "estimate"])
    assert "together foretell 100 person-periods" in apart.diagnostics[0]
    # without the product, no direction foretells the empty cell: all is fitted
    assert hazard(cells, ["a", "b"], cluster=None).frame["estimate"].notna().all()


def test_the_linear_programme_finds_what_runs_away():
    rng = np.random.default_rng(3)
    for _ in range(30):
        x = np.column_stack([np.ones(12), rng.integers(0, 2, (12, 3))]).astype(float)
        n = np.full(12, 5.0)
        y = rng.choice([0.0, 2.0, 5.0], 12, p=[0.4, 0.2, 0.4])
        found = separated_rows(x, n, y).any()

        def loss(beta, x=x, n=n, y=y):
            return -log_likelihood(x @ beta, n, y, "logit").sum() + 1e-9 * (beta**2).sum()

        beta = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x
        assert found == (np.abs(x @ beta).max() > 8)


def test_telco_satisfaction_decides_and_is_not_fitted(shared_data):
    table = pd.read_csv(shared_data / "telco_ibm_extended" / "telco_extended.csv")
    accounts = table.rename(
        columns={
            "Tenure in Months": "months",
            "Churn Value": "left",
            "Satisfaction Score": "satisfaction",
        }
    )
    cells = person_periods(
        accounts=accounts[["months", "left", "satisfaction"]],
        churn=contract(tenure="months", event="left"),
        covariates=["satisfaction"],
        cluster=None,
        tenure=(),
    )
    fit = hazard(cells)
    assert fit.frame["estimate"].isna().all()
    said = fit.diagnostics[0]
    assert "every customer left at 1, 2 (1,440 customers)" in said
    assert "none ever did at 4, 5 (2,938 customers)" in said
    assert fit.headline().endswith("no effect could be estimated.")


def test_a_covariate_that_knows_is_said():
    rows = pd.DataFrame(
        {"reason": ["price", None], "at_risk": [510, 90_000], "events": [500, 10], "period": "1"}
    )
    fit = hazard(HazardCells.from_frame(rows, ["period", "reason"]))
    assert "'reason' foretells nearly perfectly (area under the curve 0.990)" in fit.diagnostics[0]


def test_terms_that_say_the_same_are_not_told_apart(cells):
    frame = cells.frame.assign(twin=cells.frame["category"].astype(str))
    fit = hazard(HazardCells.from_frame(frame, ["period", "category", "twin", "store_id"]))
    assert fit.frame.set_index("term").loc["twin", "estimate"].isna().all()
    assert any("cannot be told apart" in text for text in fit.diagnostics)
    x = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1]])
    assert independent(x, np.ones(3)).tolist() == [True, True, False]


def test_a_spline_is_natural_and_holds_a_line():
    at = np.linspace(-2, 6, 50)
    basis = natural_spline(at, [0.0, 1.0, 2.5, 4.0])
    assert np.linalg.lstsq(np.column_stack([np.ones(50), basis]), at, rcond=None)[1].sum() < 1e-20
    outside = basis[at > 4.0]
    np.testing.assert_allclose(np.diff(outside, n=2, axis=0), 0, atol=1e-10)
    rows = pd.DataFrame({"tenure": [str(i) for i in range(12)], "at_risk": 1000})
    rows["events"] = [90, 80, 72, 65, 58, 52, 47, 43, 40, 37, 34, 32]
    fit = hazard(HazardCells.from_frame(rows, ["tenure"]), smooth={"tenure": 2}, cluster=None)
    assert len(fit.coefficients) == 3
    np.testing.assert_allclose(fit.predict(fit.cells), fit.cells.events / 1000, rtol=0.05)


def test_a_fall_that_only_ends_low_is_said_so():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        [(m, c, s) for m in ("fall", "same") for c in ("detractor", "promoter") for s in range(30)],
        columns=["move", "category", "store_id"],
    )
    many = {("fall", "detractor"): 90, ("same", "promoter"): 190}
    rows["at_risk"] = [
        many.get((m, c), 20) for m, c in zip(rows["move"], rows["category"], strict=True)
    ]
    rows["events"] = rng.binomial(
        rows["at_risk"], np.where(rows["category"] == "detractor", 0.12, 0.04)
    )
    cells = HazardCells.from_frame(rows, ["move", "category", "store_id"])
    result = fall_before_churn(cells, last="category")
    assert "Answers vary by chance" in result.diagnostics[0]
    assert "holds the last score equal only roughly" in result.diagnostics[1]
    assert result.headline().endswith("a fall foretells no more than the low score it ends at.")
    with pytest.raises(InputError, match="covariates=\\['move', 'score'\\]"):
        fall_before_churn(HazardCells.from_frame(rows, ["move", "category"]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"link": "probit"}, "`link` must be one of"),
        ({"terms": ["colour"]}, "`terms` must be one of"),
        ({"terms": ["store_id"]}, "'store_id' is among the terms"),
        ({"reference": {"category": "gold"}}, "`reference of category` must be one of"),
        ({"smooth": {"category": 2}}, "begins with no number"),
        ({"cluster": "shop"}, "`cluster` must be one of"),
    ],
)
def test_what_cannot_be_fitted_is_refused(cells, options, text):
    with pytest.raises(InputError, match=text):
        hazard(cells, **options)


def test_one_cluster_and_no_departure_are_refused(cells):
    one = hazard(cells.only(store_id="S01"))
    assert one.clusters == 0
    assert one.diagnostics[0].startswith("There is one store only: errors are by the model")
    np.testing.assert_array_equal(one.covariance, one.model_covariance)
    regions = cells.frame.assign(region="north")
    with pytest.raises(InputError, match="only one region"):
        hazard(HazardCells.from_frame(regions, ["category", "region"]), cluster="region")
    none = HazardCells(cells.levels, cells.codes, cells.at_risk, 0 * cells.events)
    with pytest.raises(InputError, match="Nobody left in"):
        hazard(none)
