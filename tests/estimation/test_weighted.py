"""Weights and weighted NPS against R `survey`, against each other, and against known truths."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.answering.linearized import (
    Moments,
    design_variance,
    domain_mean,
    fitting,
    leverage,
)

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
POPULATION = pd.DataFrame(
    {
        "channel": ["app", "email", "sms"] * 2,
        "kind": ["cold"] * 3 + ["hot"] * 3,
        "population": [300, 2100, 400, 900, 3300, 3000],
    }
)


def golden(what):
    table = pd.read_csv(GOLDEN / "survey_expected.csv")
    found = table[table["what"] == what].set_index("cell")
    assert len(found)
    return found


@pytest.fixture(scope="module")
def answers():
    rows = pd.read_csv(GOLDEN / "survey_answers.csv")
    wide = rows.pivot_table(
        index=["store", "channel", "kind"], columns="score", values="n", fill_value=0
    ).reindex(columns=range(11), fill_value=0)
    return nps.ScoreCounts(wide.to_numpy(), wide.index.to_frame(index=False))


@pytest.fixture(scope="module")
def post(answers):
    return nps.post_stratify(answers, POPULATION)


@pytest.fixture(scope="module")
def raked(answers):
    margins = [POPULATION.groupby(key, as_index=False)["population"].sum() for key in KEYS]
    return nps.rake(answers, margins, tolerance=1e-13)


KEYS = ["channel", "kind"]


def agrees(result, expected, key=None):
    frame = result.frame
    cells = frame[key].to_list() if key else ["all"]
    expected = expected.loc[cells]
    assert frame["estimate"].to_numpy() / 100 == pytest.approx(expected["estimate"], abs=1e-10)
    assert frame["std_error"].to_numpy() / 100 == pytest.approx(expected["std_error"], rel=1e-7)


# ---- R survey ------------------------------------------------------------------------------


def api(name):
    data = pd.read_csv(GOLDEN / "survey_api.csv").query("data == @name")
    moments = Moments(*(data[key].to_numpy(float) for key in ("n", "first", "second")))
    mean, u = domain_mean(moments, data["pw"].to_numpy(), np.ones(len(data), dtype=bool))
    return data, moments, mean, u


def test_the_api_stratified_mean():
    data, _, mean, u = api("apistrat")
    stratum, labels = pd.factorize(data["stype"])
    drawn = data.groupby("stype")["n"].sum() / data.groupby("stype")["fpc"].first()
    variance, df = design_variance(
        u, data["pw"].to_numpy(), stratum=stratum, sampled=drawn[labels].to_numpy()
    )
    row = golden("api stratified").loc["all"]
    assert (round(mean, 2), round(np.sqrt(variance), 4)) == (662.29, 9.4089)
    assert mean == pytest.approx(row["estimate"], rel=1e-12)
    assert np.sqrt(variance) == pytest.approx(row["std_error"], rel=1e-10)
    assert df == 197


@pytest.mark.parametrize("what", ["cluster", "post-stratified cluster", "raked cluster"])
def test_the_api_cluster_means(what):
    data, moments, _, _ = api("apiclus1")
    cluster = pd.factorize(data["dnum"])[0]
    types, wide = pd.factorize(data["stype"], sort=True)[0], pd.factorize(data["sch.wide"])
    n = data["n"].to_numpy(float)
    cells = data[["stype", "sch.wide"]].reset_index(drop=True)
    counts = nps.ScoreCounts(
        np.eye(11, dtype=int)[[10] * len(n)] * n[:, None].astype(int),
        cells.assign(row=range(len(n))),
    )
    margins = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
    weight, calibrators = np.ones(len(n)), None
    if what == "post-stratified cluster":
        weight = nps.post_stratify(counts, margins["stype"], by="stype").of(counts.cells)
        calibrators = np.eye(3)[types]
    elif what == "raked cluster":
        weight = nps.rake(counts, margins, tolerance=1e-13).of(counts.cells)
        calibrators = np.hstack([np.eye(3)[types], np.eye(2)[wide[0]]])
    mean, u = domain_mean(moments, weight, np.ones(len(n), dtype=bool))
    variance, df = design_variance(
        u,
        weight,
        fitted=None if calibrators is None else fitting(calibrators, n),
        cluster=cluster,
        sampled=np.array([15 / data["fpc"].iloc[0]]),
    )
    row = golden(f"api {what}").loc["all"]
    assert mean == pytest.approx(row["estimate"], rel=1e-9)
    assert np.sqrt(variance) == pytest.approx(row["std_error"], rel=1e-7)
    assert df == 14
    if what == "post-stratified cluster":
        assert (mean, np.sqrt(variance)) == pytest.approx((642.31, 23.921), abs=0.002)


def test_post_stratified_nps_is_that_of_survey(answers, post):
    expected = golden("post-stratified")
    agrees(nps.weighted_nps(answers, post), expected)
    agrees(nps.weighted_nps(answers, post, by="store"), expected, "store")
    agrees(nps.weighted_nps(answers, post, by="channel"), expected, "channel")
    agrees(nps.weighted_nps(answers, post, fpc=True), golden("post-stratified with fpc"))


def test_stratified_nps_is_that_of_survey(answers, post):
    agrees(nps.weighted_nps(answers, post, strata=KEYS), golden("stratified"))
    agrees(nps.weighted_nps(answers, post, by="store", strata=KEYS), golden("stratified"), "store")
    agrees(nps.weighted_nps(answers, post, strata=KEYS, fpc=True), golden("stratified with fpc"))


def test_raked_nps_is_that_of_survey(answers, raked):
    for expected in (golden("raked"), golden("calibrated")):
        agrees(nps.weighted_nps(answers, raked), expected)
        agrees(nps.weighted_nps(answers, raked, by="store"), expected, "store")
    weights = golden("raked weight")["estimate"]
    labels = [f"{row.channel} {row.kind}" for row in raked.frame.itertuples()]
    assert raked.frame["weight"].to_numpy() == pytest.approx(weights[labels], rel=1e-8)


def test_the_weighted_mean_is_that_of_statsmodels(answers, post):
    from statsmodels.stats.weightstats import DescrStatsW

    net = np.repeat([-1, 0, 1], [7, 2, 2])
    values = np.concatenate([np.repeat(net, row) for row in answers.counts])
    weight = np.repeat(post.of(answers.cells), answers.n)
    frame = nps.weighted_nps(answers, post).frame
    assert frame["estimate"][0] == pytest.approx(100 * DescrStatsW(values, weight).mean, abs=1e-9)


# ---- strata with few answers ---------------------------------------------------------------


def thin(rows):
    """Return counts of strata "0", "1", … with these detractors, passives and promoters."""
    array = [[down] + [0] * 6 + [middle, 0, up, 0] for down, middle, up in rows]
    return nps.ScoreCounts(array, pd.DataFrame({"group": [str(i) for i in range(len(rows))]}))


def test_few_answers_a_stratum_have_the_error_of_a_stratified_sample():
    counts = thin([(1, 0, 1), (0, 1, 2), (2, 1, 1), (1, 1, 0), (0, 1, 1)])
    post = nps.post_stratify(counts, {str(i): 10 + 40 * i for i in range(5)}, by="group")
    ours, drawn = (nps.weighted_nps(counts, post, strata=s) for s in (None, "group"))
    assert ours.frame["std_error"][0] == pytest.approx(drawn.frame["std_error"][0], rel=1e-12)
    assert any("fewer than five" in text and "Merge" in text for text in ours.diagnostics)
    finite, each = (nps.weighted_nps(counts, post, strata=s, fpc=True) for s in (None, "group"))
    assert finite.frame["std_error"][0] == pytest.approx(each.frame["std_error"][0], rel=1e-12)
    assert finite.frame["std_error"][0] < ours.frame["std_error"][0]


def test_five_answers_a_stratum_are_left_to_survey():
    counts = thin([(1, 2, 2), (2, 0, 3), (0, 1, 4)])
    post = nps.post_stratify(counts, {"0": 20, "1": 50, "2": 90}, by="group")
    result = nps.weighted_nps(counts, post)
    assert not any("corrected" in text for text in result.diagnostics)
    drawn = nps.weighted_nps(counts, post, strata="group").frame["std_error"][0]
    # 15/14 where the strata's own freedom is 5/4
    ratio = result.frame["std_error"][0] / drawn
    assert ratio**2 == pytest.approx((15 / 14) / (5 / 4), rel=1e-9)


def test_an_answer_alone_takes_the_spread_of_the_others():
    counts = thin([(2, 0, 2), (1, 0, 1), (0, 0, 1), (1, 0, 0)])
    post = nps.post_stratify(counts, dict.fromkeys("0123", 100), by="group")
    # within strata: squares 4 + 2, freedom 3 + 1, so 6/4 an answer
    by_hand = (4 / 3 / 4 + 2 / 2 + 6 / 4 + 6 / 4) / 16
    found = nps.weighted_nps(counts, post).frame["std_error"][0] / 100
    assert found**2 == pytest.approx(by_hand, rel=1e-12)
    lone = thin([(1, 0, 0), (0, 0, 1), (0, 0, 1), (0, 1, 0)])
    post = nps.post_stratify(lone, dict.fromkeys("0123", 100), by="group")
    assert nps.weighted_nps(lone, post).frame["std_error"][0] > 30
    by_group = nps.weighted_nps(lone, post, by="group").frame
    assert np.isfinite(by_group[["estimate", "lower", "upper"]]).all(axis=None)
    assert (by_group["upper"] > by_group["lower"]).all()


@pytest.mark.parametrize("mean", [1.5, 3, 5])
def test_limits_hold_with_few_answers_a_stratum(mean):
    rng = np.random.default_rng(21)
    strata = 30
    population = rng.integers(50, 400, strata)
    shares = rng.dirichlet([2, 2, 4], strata)
    truth = 100 * population @ (shares[:, 2] - shares[:, 0]) / population.sum()
    sizes = {str(i): int(k) for i, k in enumerate(population)}
    held, raked_held, errors, missed = [], [], [], []
    for _ in range(70):
        n = 1 + rng.poisson(mean - 1, strata)
        counts = thin([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)])
        weights = (
            nps.post_stratify(counts, sizes, by="group"),
            nps.rake(counts, {"group": sizes}),
        )
        row, other = (nps.weighted_nps(counts, part).frame.iloc[0] for part in weights)
        held.append(row["lower"] <= truth <= row["upper"])
        raked_held.append(other["lower"] <= truth <= other["upper"])
        errors.append(row["std_error"])
        missed.append(row["estimate"] - truth)
    assert min(np.mean(held), np.mean(raked_held)) > 0.88
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(missed), rel=0.25)


def test_leverages_are_those_of_statsmodels(answers):
    import statsmodels.api as sm

    cells = answers.by(*KEYS)
    x = np.hstack([pd.get_dummies(cells.cells[key]).to_numpy(float) for key in KEYS])
    rows = np.repeat(x, cells.n, axis=0)
    independent = np.delete(rows, -1, axis=1)
    fit = sm.OLS(np.arange(len(rows)), independent).fit()
    hat = fit.get_influence().hat_matrix_diag[np.cumsum(cells.n) - 1]
    assert leverage(x, cells.n.astype(float)) == pytest.approx(hat, rel=1e-8)


def test_uneven_rates_are_said_where_fpc_takes_one():
    counts = thin([(20, 10, 30), (5, 5, 10)])
    for sizes, said in (({"0": 120, "1": 400}, True), ({"0": 120, "1": 40}, False)):
        post = nps.post_stratify(counts, sizes, by="group")
        result = nps.weighted_nps(counts, post, fpc=True)
        assert any("as strata" in text for text in result.diagnostics) == said
