"""Least squares by formula against R, and the published regression of the garden centres."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.driving.least_squares import least_squares
from npsstats.linkage.driving.regression import regression

GOLDEN = Path(__file__).parents[1] / "golden"
FORMULA = "score ~ log(wait) + welcome + journey"


@pytest.fixture(scope="module")
def patterns():
    rows = pd.read_csv(GOLDEN / "drivers_answers.csv", comment="#")
    return AnswerPatterns.of(rows, ["score", "wait", "welcome", "journey"], cluster="store_id")


@pytest.mark.parametrize("errors", ["classical", "HC3", "cluster"])
def test_agrees_with_lm_and_sandwich(patterns, errors):
    golden = pd.read_csv(GOLDEN / "drivers_lm.csv", comment="#").set_index("term")
    cluster = "store_id" if errors == "cluster" else None
    found = regression(patterns, FORMULA, errors=errors, cluster=cluster)
    frame = found.frame.set_index("term").loc[golden.index]
    np.testing.assert_allclose(frame["estimate"], golden["estimate"], rtol=1e-9)
    np.testing.assert_allclose(frame["std_error"], golden[errors], rtol=1e-9)
    np.testing.assert_allclose(frame["classical_error"], golden["classical"], rtol=1e-9)
    told = [found.r_squared, found.adjusted, found.f, found.residual_sd]
    expected = golden[["r_squared", "adjusted", "f", "residual_sd"]].iloc[0]
    np.testing.assert_allclose(told, expected, rtol=1e-9)


def test_the_published_regression(shared_data):
    path = shared_data / "nps_fr_jardinerie_benavent" / "nps_utf8.csv"
    asked = ["NbPassageKS", "CaTicket", "t"]
    intake = nps.read(path, {"score": "nps"}, segments=asked, quiet=True)
    found = regression(
        intake,
        "score ~ log(NbPassageKS) + log(np.maximum(CaTicket, 0) + 1) + log(t + 1)",
        errors="classical",
    )
    assert found.frame["estimate"].round(5).tolist() == [8.09391, 0.20481, 0.07898, -0.0395]
    assert found.frame["std_error"].round(5).tolist() == [0.06535, 0.01713, 0.01322, 0.01799]
    assert found.freedom == 13_590
    assert round(found.r_squared, 4) == 0.0116
    assert round(found.f, 2) == 53.18
    assert found.diagnostics[0].startswith("18 of 13,612 answers leave t blank")
    assert any("A small p-value is not a large part" in text for text in found.diagnostics)
    assert found.headline().startswith("3 terms tell 1.16 % of the variance of 13,594 scores")


def test_infinite_terms_are_counted():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"score": rng.integers(0, 11, 60), "wait": rng.integers(0, 9, 60)})
    found = regression(AnswerPatterns.of(rows, ["score", "wait"]), "score ~ log(wait)")
    none = int((rows["wait"] == 0).sum())
    assert none > 0
    assert found.frame["n"].iloc[0] == 60 - none
    assert found.diagnostics[0].startswith(f"{none} answers have a term that is not finite")


def test_an_answer_with_a_level_of_its_own():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"score": rng.integers(0, 11, 60), "shop": ["A"] * 30 + ["B"] * 30})
    rows.loc[59, "shop"] = "C"
    found = regression(AnswerPatterns.of(rows, ["score", "shop"]), "score ~ shop").frame
    assert np.isfinite(found["std_error"]).all()


@pytest.mark.parametrize(
    ("formula", "options", "text"),
    [
        ("~ wait", {}, "must read like"),
        ("score ~ ) wait", {}, "must read like"),
        ("score ~ mood", {}, "names 'mood', which is no question among"),
        ("score ~ foo(wait)", {}, "names 'foo', which is no question among .* and no function"),
        ("score ~ wait + I(2 * wait)", {}, "follows exactly from 'wait'"),
        ("score ~ wait", {"errors": "cluster"}, "needs the column of the clusters"),
        ("score ~ wait", {"cluster": "store_id"}, "other errors none"),
        ("score ~ wait", {"errors": "cluster", "cluster": "region"}, "is 'store_id', not 'region'"),
        ("score ~ wait", {"errors": "robust"}, "`errors` must be one of 'classical'"),
        ("score ~ wait + I(0 * wait + 1)", {}, "is the same in every answer"),
        ("score ~ 0 + wait + I(0 * wait)", {}, "is the same in every answer"),
        ("score ~ np.foo(wait)", {}, "cannot be computed: Unable to evaluate"),
        ("journey ~ wait", {}, "needs one number on its left"),
    ],
)
def test_refusals(patterns, formula, options, text):
    with pytest.raises(InputError, match=text):
        regression(patterns, formula, **options)


@pytest.mark.parametrize(
    ("formula", "columns", "centred"),
    [("score ~ 0 + wait", ["wait"], False), ("score ~ 0 + C(shop) + wait", "AB", True)],
)
def test_without_an_intercept_as_statsmodels(formula, columns, centred):
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import het_breuschpagan

    rng = np.random.default_rng(3)
    wait = rng.integers(1, 9, 80)
    rows = pd.DataFrame({"score": rng.integers(3, 11, 80), "wait": wait, "shop": ["A", "B"] * 40})
    found = regression(AnswerPatterns.of(rows, ["score", "wait", "shop"]), formula)
    x = rows[["wait"]].astype(float)
    if centred:
        x = pd.get_dummies(rows["shop"]).astype(float).join(x)
    fit = sm.OLS(rows["score"], x).fit()
    told = [found.r_squared, found.adjusted, found.f]
    np.testing.assert_allclose(told, [fit.rsquared, fit.rsquared_adj, fit.fvalue], rtol=1e-9)
    assert found.constant == centred
    assert found.diagnostics[0].startswith("The terms hold no constant") != centred
    design = sm.add_constant(x[["A", "wait"]] if centred else x).to_numpy()
    left = least_squares(x.to_numpy(), rows["score"].to_numpy(float), np.ones(80), "HC3", None)
    assert left.uneven == pytest.approx(het_breuschpagan(fit.resid, design)[1], rel=1e-6)


def test_errors_that_differ_are_said_where_a_test_says_so():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"wait": rng.integers(0, 10, 900)})
    uneven = rows.assign(score=(5 + 0.05 * rows["wait"] ** 2 * rng.normal(size=900)).round(1))
    said = regression(AnswerPatterns.of(uneven, ["score", "wait"]), "score ~ wait").diagnostics
    assert any("Breusch–Pagan test, p under 0.001); robust errors differ" in text for text in said)
    assert not any("wrong" in text for text in said)
    even = rows[:12].assign(score=rng.integers(0, 11, 12))
    said = regression(AnswerPatterns.of(even, ["score", "wait"]), "score ~ wait").diagnostics
    assert not any("differ" in text for text in said)


def test_too_few_answers():
    rows = pd.DataFrame({"score": [9, 3, 5], "wait": [1, 2, 4], "late": [0.5, 1, 3]})
    with pytest.raises(InputError, match="3 answers cannot give 3 coefficients"):
        regression(AnswerPatterns.of(rows, ["score", "wait", "late"]), "score ~ wait + late")
