"""Least squares with absorbed effects, against plm's Grunfeld and statsmodels' dummies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.linkage.corrected import NoisyScore
from npsstats.linkage.growth_between import between_sums
from npsstats.linkage.growth_terms import least_squares

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture(scope="module")
def grunfeld():
    return pd.read_csv(GOLDEN / "growth_rows.csv", comment="#")


def _grids(frame, *names, holes=False):
    grids = []
    for name in names:
        grid = frame.pivot_table(name, "firm", "year").to_numpy(float)
        if holes:
            gone = frame.pivot_table("hole", "firm", "year").to_numpy(bool)
            grid = np.where(gone, np.nan, grid)
        grids.append(grid)
    return grids


@pytest.mark.parametrize("absorb", ["stores", "both", "none"])
@pytest.mark.parametrize("rows", ["whole", "holes"])
def test_grunfeld_is_what_plm_makes_of_it(grunfeld, rows, absorb):
    want = pd.read_csv(GOLDEN / "growth.csv", comment="#")
    want = want[(want["rows"] == rows) & (want["absorb"] == absorb)]
    outcome, value, capital = _grids(grunfeld, "inv", "value", "capital", holes=rows == "holes")
    fit = least_squares(outcome, [value, capital], absorb=absorb)
    np.testing.assert_allclose(fit.estimate, want["estimate"], rtol=1e-9)
    assert fit.df_residual == want["df"].iloc[0]
    # plm's HC0 has no small-sample factor
    for errors, name, groups in (
        ("classical", "classical", np.inf),
        ("cluster", "cluster", 10),
        ("driscoll-kraay", "driscoll_kraay", 20),
    ):
        factor = 1.0 if np.isinf(groups) else groups / (groups - 1)
        got = np.sqrt(np.diag(fit.covariance(errors, lags=2)) / factor)
        np.testing.assert_allclose(got, want[name], rtol=1e-8, err_msg=errors)


def test_grunfeld_within_is_the_number_of_the_textbooks(grunfeld):
    # Baltagi's table: ten firms; statsmodels' own data have an eleventh, American Steel
    outcome, value, capital = _grids(grunfeld, "inv", "value", "capital")
    fit = least_squares(outcome, [value, capital], absorb="stores")
    errors = np.sqrt(np.diag(fit.covariance("classical")))
    np.testing.assert_allclose(fit.estimate, [0.11012, 0.31007], atol=5e-6)
    np.testing.assert_allclose(errors, [0.01186, 0.01735], atol=5e-6)


def test_between_is_what_plm_makes_of_firm_means(grunfeld):
    want = pd.read_csv(GOLDEN / "growth.csv", comment="#")
    outcome, value = _grids(grunfeld, "inv", "value")
    exact = NoisyScore(np.full(value.shape, 10**9), value, np.zeros(value.shape))
    slope = between_sums(outcome, exact).naive().slope(0.95)
    assert slope.estimate == pytest.approx(
        want.loc[want["absorb"] == "between", "estimate"].item(), rel=1e-9
    )


def test_a_term_that_the_effects_contain_has_no_slope():
    rng = np.random.default_rng(0)
    score, growth = rng.normal(size=(2, 20, 6))
    years = np.tile(np.arange(6.0), (20, 1))
    fit = least_squares(growth, [years, score])
    assert np.isnan(fit.estimate[0])
    assert np.isnan(fit.covariance("cluster")[0, 1])
    assert fit.estimate[1] == pytest.approx(least_squares(growth, [score]).estimate[0])


def test_periods_alone_are_dummies_of_periods():
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(1)
    growth, score = rng.normal(size=(2, 12, 5))
    growth[3, 2] = np.nan
    frame = pd.DataFrame(
        {
            "y": growth.ravel(),
            "x": score.ravel(),
            "t": np.tile(np.arange(5), 12),
            "s": np.repeat(np.arange(12), 5),
        }
    ).dropna()
    want = smf.ols("y ~ x + C(t)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["s"], "use_correction": False}
    )
    fit = least_squares(growth, [score], absorb="periods")
    assert fit.estimate[0] == pytest.approx(want.params["x"], rel=1e-10)
    got = np.sqrt(fit.covariance("cluster")[0, 0] * 11 / 12)
    assert got == pytest.approx(want.bse["x"], rel=1e-10)
