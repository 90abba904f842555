"""The call-back study on a simulated network: its protocol, its traps, its memo."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.experiments.analyze import analyze
from npsstats.experiments.gathering import gather
from npsstats.experiments.spec import load_plan

from pathlib import Path  # isort: skip

PLAN = Path(__file__).parents[2] / "experiments" / "callback" / "plan.toml"


@pytest.fixture(scope="module")
def network():
    return nps.simulate(16, 12, 6_000, seed=5)


@pytest.fixture(scope="module")
def plan():
    return load_plan(PLAN)


@pytest.fixture(scope="module")
def study(network):
    return analyze(PLAN, network)


def test_the_study_is_registered_as_it_stands():
    from npsstats.experiments.lock import registration

    assert registration(load_plan(PLAN), PLAN).status == "registered"


def test_the_headline_is_of_all_who_were_assigned_and_whose_window_is_over(study, network):
    row = study.primary()
    last = network.purchases["date"].max()
    mature = network.callbacks[network.callbacks["date"] + pd.Timedelta(days=60) <= last]
    arms = mature["arm"].value_counts()
    assert row["estimand"] == "risk difference"
    assert (row["n_control"], row["n_treatment"]) == (arms["ignored"], arms["called"])
    truth = network.truth.callback.query("stratum == 'all' and window == 60").iloc[0]
    assert abs(row["estimate"] - truth["itt"]) < 4 * row["std_error"]


def test_immature_follow_up_does_not_count_as_a_no(plan, network):
    """Twice as many recent detractors must not pull re-purchase down."""
    gathered = gather(plan, network)
    moments = gathered.units.moments("repurchase")
    truth = network.truth.callback.query("stratum == 'all' and window == 60").iloc[0]
    share = moments.only(arm="ignored").column("repurchase")[0]
    n = moments.only(arm="ignored").n[0]
    assert abs(share - truth["control"]) < 4 * np.sqrt(truth["control"] / n)
    assert gathered.units.durations("days_to_repurchase").n.sum() > moments.n.sum()


def test_the_complier_effect_is_the_headline_over_the_reach(study):
    effect = study.frame[study.frame["estimand"] == "complier average causal effect"].iloc[0]
    reach = study.frame[study.frame["estimand"] == "first stage"].iloc[0]
    assert effect["estimate"] == pytest.approx(study.primary()["estimate"] / reach["estimate"])
    assert (study.parts["reach"].frame["received"] > 0).sum() == 1


def test_scoring_better_is_compared_with_those_whom_nobody_called(study):
    frame = study.parts["regression to the mean"].frame
    better = frame[frame["whole"] & (frame["measure"] == "better")].set_index("null")
    assert 0.6 < better.loc["control arm", "estimate"] < 0.95
    assert better.loc["control arm", "observed"] > 0.6
    stated = better.loc["stated correlation", "estimate"]
    assert stated.is_monotonic_decreasing
    assert len(stated) == 4


def test_super_detractors_stand_apart_and_add_up(study):
    rows = study.frame[study.frame["outcome"].str.startswith("repurchase, score")]
    first = rows[rows["method"] == "Miettinen–Nurminen"]
    assert list(first["outcome"]) == ["repurchase, score 0 to 2", "repurchase, score above 2"]
    assert first["n_treatment"].sum() == study.primary()["n_treatment"]


def test_the_cost_of_ignoring_is_the_effect_in_money(study, plan):
    frame = study.parts["cost of ignoring"].frame
    lost = frame[(frame["of"] == "1,000 ignored") & (frame["unit"] == "customers")].iloc[0]
    money = frame[(frame["of"] == "1,000 ignored") & (frame["unit"] == "money")].iloc[0]
    assert lost["estimate"] == pytest.approx(1000 * study.primary()["estimate"])
    expected = plan.decision.contribution * lost["estimate"] - 1000 * plan.decision.cost
    assert money["estimate"] == pytest.approx(expected)


def test_every_part_of_the_protocol_is_there(study):
    wanted = {
        "arms", "sample ratio", "maturity", "balance", "reach", "subgroups", "policy", "decision",
        "anytime", "regression to the mean", "cost of ignoring", "curves of days_to_repurchase",
    }  # fmt: skip
    assert wanted <= set(study.parts)
    assert study.decision.verdict in {"adopt", "keep", "continue"}
    assert {"repurchase", "amount", "days_to_repurchase", "next_score"} <= set(
        study.frame["outcome"]
    )
    assert study.frame["lower"].le(study.frame["upper"]).sum() > 40


def test_who_is_not_a_detractor_is_left_out_and_counted(plan, network):
    callbacks = network.callbacks.copy()
    callbacks.loc[:9, "score"] = 8
    tables = {
        "callbacks": callbacks,
        "purchases": network.purchases,
        "responses": network.responses,
    }
    gathered = gather(plan, tables)
    assert sum(gathered.units.arms().values()) == len(callbacks) - 10
    assert any("10 units are not eligible" in note for note in gathered.notes)


def test_the_same_data_and_seed_give_the_same_numbers(study, network):
    again = analyze(PLAN, network)
    pd.testing.assert_frame_equal(study.frame, again.frame)
    assert study.provenance.fingerprint == again.provenance.fingerprint
