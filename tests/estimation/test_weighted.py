"""Weights and weighted NPS against R `survey`, against each other, and against known truths."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.answering.linearized import Moments, design_variance, domain_mean, fitting

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
