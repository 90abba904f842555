"""Accounts at risk: who is listed, what with, and what a report may show."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.account_states import account_states
from npsstats.aggregates.departures import contract, rhythm, silence
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError
from npsstats.linkage.churn.at_risk import at_risk
from npsstats.linkage.churn.gone_already import PERIOD_DAYS, gone_already
from npsstats.linkage.churn.hazard import hazard

COVARIATES = ["category", "frequency", "recency"]


@pytest.fixture(scope="module")
def tables():
    truth = nps.NetworkTruth(purchase_rate=1.5)
    network = nps.simulate(12, 15, 2_500, seed=9, truth=truth)
    bought = nps.read(network.purchases, table="purchases", quiet=True)
    return network, bought, nps.read(network.responses, beside=bought, quiet=True)


@pytest.fixture(scope="module")
def listed(tables):
    _, bought, told = tables
    states = account_states(bought, told, churn=silence(90), covariates=COVARIATES)
    cells = person_periods(bought, told, churn=silence(90), covariates=["category", "frequency"])
    return states, at_risk(hazard(cells), states)


def test_states_are_those_of_a_loop(tables, listed):
    network, *_ = tables
    states, _ = listed
    end = network.purchases["date"].max()
    rows = states.frame.set_index("customer_id")
    cells = states.cells.cells
    cells.index = states.frame["customer_id"]
    last = network.purchases.groupby("customer_id")["date"].max()
    assert set(rows.index) == set(last.index[(end - last).dt.days <= 90])
    for customer in rows.index[::25]:
        mine = network.purchases[network.purchases["customer_id"] == customer]
        told = network.responses[network.responses["customer_id"] == customer].sort_values("date")
        row = rows.loc[customer]
        days = mine["date"].nunique()
        assert row["purchases"] == days
        assert row["silent_days"] == (end - mine["date"].max()).days
        recent = mine[mine["date"] > end - pd.Timedelta(days=365)]
        assert row["money"] == pytest.approx(recent["amount"].sum())
        if len(mine) > 1:
            span = (mine["date"].max() - mine["date"].min()).days
            assert row["usual_days"] == pytest.approx(span / max(days - 1, 1)) or days == 1
        if len(told) and told["date"].max() <= end:
            assert row["last_score"] in set(told.loc[told["date"] == told["date"].max(), "score"])
            assert row["score_days"] == (end - told["date"].max()).days
        else:
            assert pd.isna(row["last_score"])
            assert cells.loc[customer, "category"] == "never answered"


def test_the_list_is_sorted_by_what_is_lost(listed):
    _, result = listed
    frame = result.frame
    assert (np.diff(frame["loss"]) <= 0).all()
    lost = frame["p_gone"] + (1 - frame["p_gone"]) * frame["estimate"] / 100
    np.testing.assert_allclose(frame["loss"], frame["money"] * lost)
    np.testing.assert_allclose(lost, frame["p_gone"] + frame["p_next"])
    # the longer silent, the likelier gone: the hazard alone cannot know that
    assert frame["p_gone"].corr(frame["silent_days"], method="spearman") > 0.5
    assert ((frame["lower"] < frame["estimate"]) & (frame["estimate"] < frame["upper"])).all()
    alert = frame[frame["alert"]]
    assert len(alert)
    assert (alert["last_score"] <= 6).all()
    assert (alert["purchases"] >= 4).all()
    assert (alert["score_days"] <= 90).all()
    assert f"{len(alert):,} regulars have just scored 6 or less" in result.headline()


def test_hazards_are_those_of_the_fit(tables, listed):
    _, bought, told = tables
    states, _ = listed
    cells = person_periods(
        bought, told, churn=silence(90), covariates=["category", "frequency"], cluster=None
    )
    fit = hazard(cells, baseline=["tenure"])
    result = at_risk(fit, states).frame.sort_values("customer_id")
    labels = np.array(states.cells.levels["tenure"])[states.cells.code("tenure")]
    seen = np.isin(labels, fit.scheme.used["tenure"])
    wanted = 100 * fit.predict(states.cells)
    np.testing.assert_allclose(result["estimate"].to_numpy()[seen], wanted[seen])
    # who is longer a customer than anybody in the fit is taken as in its last band
    assert (~seen).any()
    assert any(
        "'tenure' that the hazard has not seen" in text for text in at_risk(fit, states).diagnostics
    )


def test_the_summary_holds_no_id_and_no_small_cell(listed):
    _, result = listed
    told = result.counts(least=5)
    assert not {"customer_id", "store_id"} & set(told.columns)
    whole = result.counts(least=1)
    small = whole["n"] < 5
    assert small.any()
    assert told.loc[small, ["n", "money", "loss"]].isna().all(axis=None)
    hidden = told["n"].isna()
    for name in ("purchases", "last"):  # no hidden cell follows from a total
        for _, rows in whole.assign(hidden=hidden).groupby(name, observed=True):
            assert rows["hidden"].sum() != 1 or len(rows) == 1
    assert whole["n"].sum() == len(result.frame)
    assert whole["loss"].sum() == pytest.approx(result.frame["loss"].sum())
    assert not any("name" in column for column in result.frame.columns)


def test_customers_of_closed_stores_are_not_listed(tables):
    network, bought, told = tables
    gone = network.stores["store_id"].iloc[0]
    stores = pd.DataFrame({"store_id": [gone], "closed": [pd.Timestamp("2025-12-01")]})
    shops = nps.read(stores, table="stores", beside=bought, quiet=True)
    states = account_states(bought, told, stores=shops, churn=silence(90))
    assert gone not in set(states.frame["store_id"])


def test_the_rhythm_lists_by_its_own_threshold(tables):
    _, bought, told = tables
    churn = rhythm(0.05, per="silence", shape=2.0, rate=40.0)
    frame = account_states(bought, told, churn=churn).frame
    assert (frame["p_silence"] >= 0.05 - 0.01).all()  # thresholds are whole days, rounded up
    assert frame["silent_days"].max() > 30


def test_what_cannot_be_listed_is_refused(tables, listed):
    _, bought, told = tables
    cells = person_periods(bought, told, churn=silence(90), covariates=["answers"])
    with pytest.raises(InputError, match="The states do not tell answers"):
        at_risk(hazard(cells), listed[0])
    with pytest.raises(InputError, match="define a silence"):
        account_states(bought, told, churn=contract("a", "b"))
    with pytest.raises(InputError, match="no column 'margin'"):
        account_states(bought, told, churn=silence(90), money="margin")
    with pytest.raises(InputError, match=r"nobody to list|There is no"):
        account_states(bought, told, churn=silence(1), until=date(2020, 1, 1))


def test_who_is_gone_is_told_by_the_rhythm():
    """Simulated lives: exponential departures, gamma rates of purchase, all seen for 400 days."""
    rng = np.random.default_rng(3)
    size, a, b, monthly = 60_000, 2.0, 60.0, 0.06
    rate = rng.gamma(a, 1 / b, size)
    life = rng.exponential(-PERIOD_DAYS["month"] / np.log1p(-monthly), size)
    seen = np.minimum(life, 400.0)
    n = rng.poisson(rate * seen)
    # the last of n uniform purchases
    last = np.where(n > 0, seen * rng.random(size) ** (1 / np.maximum(n, 1)), 0.0)
    told = gone_already(
        np.full(size, monthly), 400 - last, n.astype(float), last, a, b, PERIOD_DAYS["month"]
    )
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        part = (told >= low) & (told < high)
        assert told[part].mean() == pytest.approx((life < 400)[part].mean(), abs=0.02)


def test_the_next_period_is_like_those_in_which_somebody_left(tables):
    _, bought, told = tables
    states = account_states(bought, told, churn=silence(90))
    rows = [
        (f"2025-{m:02d}", "0-2", c, 1000, 0 if m > 6 else e)
        for m in range(1, 13)
        for c, e in (("detractor", 40), ("promoter", 20), ("passive", 30), ("never answered", 25))
    ]
    frame = pd.DataFrame(rows, columns=["period", "tenure", "category", "at_risk", "events"])
    cells = HazardCells.from_frame(frame, ["period", "tenure", "category"])
    result = at_risk(hazard(cells), states)
    score = result.frame["last_score"].astype(float)
    np.testing.assert_allclose(result.frame.loc[score >= 9, "estimate"], 2.0, atol=1e-6)
    # all older bands of tenure are new to the fit, and it is said though it has periods
    assert any("'tenure' that the hazard has not seen: 3-5, 6-11" in t for t in result.diagnostics)
