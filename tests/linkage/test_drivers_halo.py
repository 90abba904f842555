"""Slopes within customers against dummies of customers, and the simulation's true weights."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.questionnaire_moments import customer_moments
from npsstats.checks import InputError
from npsstats.linkage.driving.halo import halo

WEIGHTS = pd.Series(nps.NetworkTruth().driver_weights)
ASKED = list(WEIGHTS.index)


@pytest.fixture(scope="module")
def quiet():
    truth = nps.NetworkTruth(rating_noise=0.05)
    network = nps.simulate(30, 24, 15_000, seed=8, truth=truth)
    return halo(nps.read(network.responses, segments=ASKED, quiet=True), ASKED)


def test_within_customers_the_true_weights_come_out_in_proportion(quiet):
    ratio = quiet.frame.set_index("driver")["estimate"] / WEIGHTS
    error = quiet.frame.set_index("driver")["std_error"] / WEIGHTS
    assert (np.abs(ratio - ratio.mean()) < 3 * error).all()
    np.testing.assert_allclose(ratio / ratio.mean(), 1.0, atol=0.1)


def test_moods_make_slopes_between_customers_larger(quiet):
    assert (quiet.frame["left_upper"] < 1).all()
    assert (quiet.frame["alone"] > quiet.frame["beside"]).all()
    assert quiet.frame["left"].mean() == pytest.approx(0.8, abs=0.08)


def test_noise_of_rating_weakens_slopes():
    rng = np.random.default_rng(3)
    who = np.repeat(np.arange(3000), 2)
    one, two = rng.normal(size=(2, 6000))
    score = np.clip(np.round(7.5 + one + two + rng.normal(size=6000)), 0, 10)
    rows = pd.DataFrame({"customer_id": who, "store_id": who % 50, "score": score})
    found = []
    for noise in (0.0, 0.7):
        rows["a"] = 0.7 * one + noise * rng.normal(size=6000)
        rows["b"] = 0.7 * two + noise * rng.normal(size=6000)
        intake = nps.read(rows, segments=["a", "b"], quiet=True)
        found.append(halo(intake, ["a", "b"]).frame["estimate"])
    # half of the rating is the driver
    np.testing.assert_allclose(found[1] / found[0], 0.5, atol=0.05)


def panel(customers=300, seed=1, flat=False):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), rng.integers(1, 4, customers))
    rows = pd.DataFrame({"customer_id": who, "store_id": who % 12})
    mood = rng.normal(size=customers)[who]
    for name in ("a", "b"):
        rows[name] = np.clip(np.round(3 + mood + rng.normal(size=len(who))), 1, 5)
    rows["score"] = np.clip(
        np.round(7 + mood + rows["a"] / 2 + rows["b"] / 4 + rng.normal(size=len(who)) - 2), 0, 10
    )
    if flat:
        rows["b"] = mood.round()
    return nps.read(rows, segments=["a", "b"], quiet=True), rows


def test_slopes_and_errors_are_those_of_statsmodels():
    import statsmodels.api as sm

    intake, rows = panel()
    found = halo(intake, ["a", "b"])
    points = 100.0 * (rows["score"] >= 9) - 100.0 * (rows["score"] <= 6)
    twice = rows.groupby("customer_id")["a"].transform("size") > 1
    values = rows[["a", "b"]].assign(y=points)[twice]
    apart = values - values.groupby(rows["customer_id"]).transform("mean")
    fit = sm.OLS(apart["y"], apart[["a", "b"]]).fit(
        cov_type="cluster",
        cov_kwds={"groups": rows["store_id"][twice], "use_correction": False},
    )
    np.testing.assert_allclose(found.frame["estimate"], fit.params, rtol=1e-8)
    np.testing.assert_allclose(found.frame["std_error"], fit.bse * np.sqrt(12 / 11), rtol=1e-8)
    everybody = sm.OLS(points, sm.add_constant(rows[["a", "b"]])).fit()
    np.testing.assert_allclose(found.frame["beside"], everybody.params[1:], rtol=1e-8)
    alone = sm.OLS(points, sm.add_constant(rows[["a"]])).fit()
    assert found.frame["alone"].iloc[0] == pytest.approx(alone.params["a"])
    assert found.frame["customers"].iloc[0] == rows["customer_id"][twice].nunique()


def test_headline_and_doubts():
    intake, _ = panel()
    found = halo(intake, ["a", "b"])
    assert "of the drivers' slopes is left" in found.headline()
    assert found.diagnostics[0].startswith("Only 12 clusters")
    assert any("mood of the day" in text for text in found.diagnostics)


def test_refusals():
    intake, _ = panel(20)
    with pytest.raises(InputError, match="comparing customers with themselves needs 30"):
        halo(intake, ["a", "b"])
    intake, _ = panel(flat=True)
    with pytest.raises(InputError, match="does not vary within customers"):
        halo(intake, ["a", "b"])
    with pytest.raises(InputError, match="`drivers` must be one of 'a'"):
        halo(customer_moments(intake, ["a"]), ["a", "b"])
