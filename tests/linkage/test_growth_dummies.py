"""Naive slopes of growth, against statsmodels with a dummy for each store, period and season."""

import numpy as np
import pytest
from growth_panels import panel_with_holes

from npsstats.linkage.growth import growth
from npsstats.linkage.growth_words import picked


def _ols(frame, formula):
    """Return statsmodels' fit with dummies, clustered by store with the factor G/(G − 1)."""
    import statsmodels.formula.api as smf

    cov = {"groups": frame["store"], "use_correction": False}
    return smf.ols(formula, frame).fit(cov_type="cluster", cov_kwds=cov)


def _rows(panel, change, lag):
    """Return rows of outcome and score, made by pandas from the panel's own frame."""
    stores, periods = panel.shape
    frame = panel.frame.rename(columns={"store_id": "store"})
    frame["y"] = change.ravel()
    frame["x"] = frame.groupby("store")["nps"].shift(lag)
    frame["d_works"] = frame.groupby("store")["works"].diff()
    frame["ramp"] = np.exp(-frame["age"].fillna(np.inf))
    frame["t"] = np.tile(np.arange(periods), stores)
    return frame.dropna(subset=["y", "x"])


@pytest.fixture(scope="module")
def small():
    """Return 25 stores, few enough for dummies, and their growth found."""
    panel = panel_with_holes(25)
    return panel, growth(panel, horizon=3)


def test_the_naive_slope_is_that_of_dummies(small):
    panel, found = small
    frame = _rows(panel, 100 * panel.log_growth("sales"), 1)
    want = _ols(frame, "y ~ x + d_works + ramp + C(store) + C(t)")
    row = picked(found.frame, "within", "naive")
    factor = np.sqrt(25 / 24)
    assert row.n == len(frame)
    assert row.estimate == pytest.approx(want.params["x"], rel=1e-8)
    assert row.std_error == pytest.approx(want.bse["x"] * factor, rel=1e-8)
    terms = found.frame[found.frame["errors"] == "cluster"].set_index("term")
    for term, name in (("works", "d_works"), ("age", "ramp")):
        held = terms.loc[term]
        assert held["estimate"] == pytest.approx(want.params[name], rel=1e-6)
        assert held["std_error"] == pytest.approx(want.bse[name] * factor, rel=1e-6)
    pooled = _ols(frame, "y ~ x + d_works + ramp + C(t)")
    row = picked(found.frame, "pooled", "naive")
    assert row.estimate == pytest.approx(pooled.params["x"], rel=1e-8)
    assert row.std_error == pytest.approx(pooled.bse["x"] * factor, rel=1e-8)


def test_each_horizon_is_a_regression_of_its_own(small):
    panel, found = small
    level = np.log(panel.totals["sales"])
    for ahead in (2, -3):
        change = np.full(level.shape, np.nan)
        if ahead > 0:
            change[:, :-ahead] = 100 * (level[:, ahead:] - level[:, :-ahead])
        else:
            change[:, -ahead:] = 100 * (level[:, :ahead] - level[:, -ahead:])
        frame = _rows(panel, change, 0)
        works = panel.controls["works"]
        over = np.zeros(works.shape)
        span = abs(ahead)
        over[:, span:] = works[:, span:] - works[:, :-span]
        ramp = np.exp(-np.nan_to_num(panel.controls["age"], nan=np.inf))
        at = -max(ahead, 0)  # controls stand where the growth ends, rows where the score is
        frame["d_works"] = np.roll(over, at, axis=1).ravel()[frame.index]
        frame["ramp"] = np.roll(ramp, at, axis=1).ravel()[frame.index]
        want = _ols(frame, "y ~ x + d_works + ramp + C(store) + C(t)")
        row = found.lead_lag.query("horizon == @ahead and reading == 'naive'").iloc[0]
        assert row["n"] == len(frame)
        assert row["estimate"] == pytest.approx(want.params["x"], rel=1e-8)
        assert row["std_error"] == pytest.approx(want.bse["x"] * np.sqrt(25 / 24), rel=1e-8)


def test_a_season_of_ones_own_is_a_dummy_a_store_and_month(small):
    panel, _ = small
    found = growth(panel, season="store", controls=(), horizon=1)
    frame = _rows(panel, 100 * panel.log_growth("sales"), 1)
    frame["cell"] = frame["store"] + "/" + (frame["t"] % 12).astype(str)
    frame = frame[frame.groupby("cell")["t"].transform("size") > 1]
    # statsmodels would need 300 dummies: means are taken out in turn instead
    both = frame[["y", "x"]].copy()
    for _ in range(200):
        for key in ("cell", "t"):
            both = both - both.groupby(frame[key]).transform("mean")
    row = picked(found.frame, "within", "naive")
    assert row.n == len(frame)
    assert row.estimate == pytest.approx(
        (both["x"] @ both["y"]) / (both["x"] @ both["x"]), rel=1e-8
    )
    errors = (both["x"] * (both["y"] - row.estimate * both["x"])).groupby(frame["store"]).sum()
    error = np.sqrt((errors**2).sum() * 25 / 24) / (both["x"] @ both["x"])
    assert row.std_error == pytest.approx(error, rel=1e-8)
