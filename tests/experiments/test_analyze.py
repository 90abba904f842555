"""A plan needs no code: published experiments through the front door, and the traps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.experiments.analyze import analyze
from npsstats.experiments.lock import register
from npsstats.experiments.spec import load_plan, parse_plan

PLANS = Path(__file__).parent / "plans"
CALLS = """
name = "calls"
hypothesis = "Calls bring customers back."
{more}
[arms]
control = "ignored"
shares = {{ ignored = 0.5, called = 0.5 }}
[outcomes.bought]
kind = "binary"
role = "primary"
{tables}
"""


def _calls(more="", tables=""):
    return parse_plan(CALLS.format(more=more, tables=tables))


def _units(n=400, seed=1, effect=0.1):
    rng = np.random.default_rng(seed)
    arm = rng.permutation(["called", "ignored"] * (n // 2))
    called = arm == "called"
    reached = called & (rng.random(n) < 0.6)
    return pd.DataFrame(
        {
            "arm": arm,
            "bought": (rng.random(n) < 0.3 + effect * called).astype(int),
            "reached": reached,
            "store": rng.choice(["A", "B", "C"], n),
        }
    )


@pytest.fixture(scope="module")
def hillstrom(shared_data):
    data = shared_data / "hillstrom" / "hillstrom_emails.csv"
    return analyze(PLANS / "hillstrom.toml", data)


def _row(result, outcome, estimand, method, arm="Mens E-Mail"):
    frame = result.frame
    mask = (frame["outcome"] == outcome) & (frame["arm"] == arm)
    return frame[mask & (frame["estimand"] == estimand) & (frame["method"] == method)].iloc[0]


@pytest.mark.parametrize(
    ("outcome", "estimand", "method", "estimate", "lower", "upper"),
    [
        ("visit", "risk difference", "Wald", 0.0765896, 0.0699532, 0.083226),
        ("conversion", "risk difference", "Wald", 0.006805, 0.0050001, 0.0086099),
        ("spend", "mean difference", "Welch", 0.769827, 0.48514, 1.054515),
    ],
)
def test_hillstrom(hillstrom, outcome, estimand, method, estimate, lower, upper):
    row = _row(hillstrom, outcome, estimand, method)
    assert row["estimate"] == pytest.approx(estimate, abs=1e-6)
    assert row["lower"] == pytest.approx(lower, abs=2e-5)
    assert row["upper"] == pytest.approx(upper, abs=2e-5)
    assert (row["n_control"], row["n_treatment"]) == (21306, 21307)


def test_hillstrom_was_randomized(hillstrom):
    ratio = hillstrom.parts["sample ratio"]
    assert ratio.p_value == pytest.approx(0.903693, abs=2e-6)
    assert not ratio.failed
    assert hillstrom.parts["balance"].frame["smd"].abs().max() < 0.02


def test_hillstrom_has_both_readings_and_a_row_an_arm(hillstrom):
    headline = hillstrom.primary("Womens E-Mail")
    assert headline["estimand"] == "risk difference"
    assert headline["estimate"] == pytest.approx(0.1514 - 0.106167, abs=1e-5)
    row = _row(hillstrom, "visit", "risk difference", "Beta posterior")
    assert row["probability"] > 0.999
    assert np.isnan(row["p_value"])
    adjusted = _row(hillstrom, "spend", "mean difference", "Lin")
    assert adjusted["estimate"] == pytest.approx(0.77, abs=0.05)


def test_foxdebate(shared_data):
    data = shared_data / "rct_encouragement_foxdebate" / "FoxDebate.csv"
    result = analyze(PLANS / "foxdebate.toml", data)
    frame = result.frame
    first = frame[frame["estimand"] == "first stage"].iloc[0]
    assert first["estimate"] == pytest.approx(0.4073826, abs=1e-7)
    effect = "complier average causal effect"
    rows = frame[frame["estimand"] == effect].groupby("outcome", sort=False).first()
    assert rows.loc["infopro", "estimate"] == pytest.approx(0.2380046, abs=1e-7)
    assert rows.loc["support", "estimate"] == pytest.approx(-0.0122866, abs=1e-7)
    assert rows.loc["infopro", "lower"] < 0 < rows.loc["infopro", "upper"]
    assert result.primary()["estimand"] == "mean difference"  # assignment, not watching


def test_a_plan_in_memory_and_one_without_a_lock_are_exploratory(tmp_path):
    assert analyze(_calls(), _units()).registration.status == "exploratory"
    path = tmp_path / "plan.toml"
    path.write_text(CALLS.format(more="", tables=""))
    result = analyze(path, _units())
    assert result.diagnostics[0].startswith("Exploratory")
    register(path)
    assert analyze(path, _units()).registration.status == "registered"
    path.write_text(path.read_text() + "[subgroups.store]\n")
    changed = analyze(path, _units())
    assert "subgroups was added" in changed.diagnostics[0]
    assert "subgroups was added" in str(changed)


def test_an_unplanned_arm_and_an_empty_one_are_named():
    units = _units().replace({"arm": {"called": "Called"}})
    with pytest.raises(InputError, match=r"200 units are in 'Called', which the plan 'calls' does"):
        analyze(_calls(), units)
    with pytest.raises(InputError, match="Nobody is in 'called'"):
        analyze(_calls(), _units().query("arm == 'ignored'"))


def test_a_holdout_is_in_no_comparison():
    units = _units()
    held = units.head(40).assign(arm="holdout", bought=1)
    with_held = analyze(_calls(), pd.concat([units, held], ignore_index=True))
    assert with_held.primary()["estimate"] == analyze(_calls(), units).primary()["estimate"]
    assert with_held.parts["sample ratio"].frame["n"].sum() == 400


def test_a_unit_twice_in_one_arm_is_kept_once_and_told():
    units = _units().sort_values("arm").assign(customer_id=[*range(399), 398])
    result = analyze(_calls('unit = "customer_id"'), units)
    assert any("duplicate unit 1" in note for note in result.notes)
    assert result.primary()[["n_control", "n_treatment"]].sum() == 399


def test_a_unit_in_two_arms_is_refused():
    units = _units().sort_values("arm").assign(customer_id=[*range(399), 0])
    with pytest.raises(InputError, match=r"1 units \(customer_id\) are in two arms"):
        analyze(_calls('unit = "customer_id"'), units)


def test_outcomes_that_mean_nothing_are_refused():
    units = _units().astype({"bought": object})
    units.loc[:9, "bought"] = "maybe"
    with pytest.raises(InputError, match="pick units by their outcome"):
        analyze(_calls(), units)


def test_an_outcome_that_cannot_be_read_does_not_stop_the_others():
    tables = '[outcomes.spent]\nkind = "amount"\n'
    units = _units().assign(spent=np.nan)
    result = analyze(_calls(tables=tables), units)
    assert any("'spent' is left out" in doubt for doubt in result.diagnostics)
    assert set(result.frame["outcome"]) == {"bought"}


def test_whole_clusters_are_never_read_by_customer():
    rng = np.random.default_rng(4)
    units = _units(2000, effect=0.0)
    store = rng.integers(0, 12, 2000)
    good = rng.normal(0, 0.25, 12)
    units["store"] = store
    units["arm"] = np.where(store % 2 == 0, "called", "ignored")
    units["bought"] = (rng.random(2000) < np.clip(0.4 + good[store], 0, 1)).astype(int)
    units["reached"] = units["arm"] == "called"
    more = 'cluster = "store"\nclustered = true\nreceived = "reached"'
    result = analyze(_calls(more, "[looks]\nanytime = true\n[subgroups.store]"), units)
    assert result.primary()["method"].startswith("CR2")
    assert not result.frame["method"].isin(["Wald", "Miettinen–Nurminen"]).any()
    assert "anytime" not in result.parts
    assert "subgroups" not in result.parts
    assert sum("whole clusters were assigned" in doubt for doubt in result.diagnostics) >= 2
    assert result.parts["sample ratio"].frame["n"].sum() == 12


def test_errors_by_cluster_are_in_the_outcomes_own_unit():
    rng = np.random.default_rng(2)
    units = _units().assign(spent=rng.gamma(2, 10, 400))
    tables = '[outcomes.spent]\nkind = "amount"\nunit = "EUR"'
    result = analyze(_calls('cluster = "store"', tables), units)
    rows = result.frame[result.frame["outcome"] == "spent"]
    assert set(rows[rows["method"].str.contains("CR2")]["unit"]) == {"EUR"}


def test_a_failed_sample_ratio_gives_no_decision():
    decision = "[decision]\ncontribution = 20\ncost = 0.5\nunits_per_year = 1000\nminimum_n = 50"
    good = analyze(_calls(tables=decision), _units(2000, effect=0.2))
    assert good.decision.verdict == "adopt"
    units = _units(2000, effect=0.2)
    lost = units[(units["arm"] == "ignored") | (np.arange(2000) % 5 > 0)]
    failed = analyze(_calls(tables=decision), lost)
    assert failed.parts["sample ratio"].failed
    assert failed.decision.verdict == "no decision"


def test_reaching_is_no_filter_and_its_effect_stands_beside():
    result = analyze(_calls('received = "reached"'), _units(2000))
    effects = result.frame.set_index("estimand")
    itt = result.primary()["estimate"]
    first = effects.loc["first stage", "estimate"]
    complier = effects.loc["complier average causal effect"].iloc[0]["estimate"]
    assert result.primary()["n_treatment"] == 1000  # all who were assigned, reached or not
    assert complier == pytest.approx(itt / first)


def test_no_events_at_all_and_one_store_do_not_break_it():
    units = _units().assign(bought=0, store="A")
    result = analyze(_calls('cluster = "store"', "[subgroups.store]"), units)
    row = result.primary()
    assert row["estimate"] == 0
    assert row["lower"] < 0 < row["upper"]
    assert "1" in " ".join(result.diagnostics)


def test_outcomes_missing_in_one_arm_are_told():
    units = _units(2000)
    gone = (units["arm"] == "called") & (np.arange(2000) % 3 == 0)
    units["bought"] = units["bought"].astype("Int64").mask(gone)
    result = analyze(_calls(), units)
    assert result.parts["missing bought"].frame["p_value"].min() < 0.001
    assert any("missing differently by arm" in doubt for doubt in result.diagnostics)


def test_the_first_stage_that_comes_with_every_outcome_is_there_once():
    more = '[outcomes.again]\nkind = "binary"'
    units = _units(2000).assign(again=lambda frame: 1 - frame["bought"])
    result = analyze(_calls('received = "reached"', more), units)
    assert (result.frame["estimand"] == "first stage").sum() == 1
    assert not result.frame.duplicated().any()
    assert (result.frame["estimand"] == "intention to treat").sum() == 2


def test_looks_need_dates():
    tables = "[looks]\ndates = [2025-01-01, 2025-02-01]\nplanned_n = 400"
    with pytest.raises(InputError, match="these outcomes are columns"):
        analyze(_calls(tables=tables), _units())


def test_the_plans_of_the_study_are_sound():
    root = Path(__file__).parents[2] / "experiments"
    for path in sorted(root.glob("*/plan.toml")):
        assert load_plan(path).primary
