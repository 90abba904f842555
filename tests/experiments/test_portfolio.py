"""Several experiments together: shrinkage against metafor and a twin, false discoveries, curse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.checks import InputError
from npsstats.experiments.effects import Effect, Effects
from npsstats.experiments.portfolio.discovery import adjusted, discoveries
from npsstats.experiments.portfolio.exaggeration import exaggeration, expected_exaggeration
from npsstats.experiments.portfolio.learnt import learnt
from npsstats.experiments.portfolio.register import load_register, record
from npsstats.experiments.portfolio.shrinkage import blup, heterogeneity, shrunk
from npsstats.results import Provenance

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "portfolio.csv", comment="#")
CASES = GOLDEN["case"].unique()


def effects(*rows, unit="share", estimand="risk difference"):
    """(outcome, arm, estimate, std_error)."""
    made = [
        Effect(
            outcome=outcome, arm=arm, estimand=estimand, method="Wald", unit=unit,
            estimate=estimate, std_error=se, lower=estimate - 1.96 * se,
            upper=estimate + 1.96 * se, n_control=1000, n_treatment=1000,
            p_value=2 * stats.norm.sf(abs(np.log(estimate) if unit == "ratio" else estimate) / se),
        )
        for outcome, arm, estimate, se in rows
    ]  # fmt: skip
    return Effects.of(made, (), Provenance("test", {}, "0")).frame


@pytest.fixture
def past(tmp_path):
    """Write seven locked experiments and one exploratory one."""
    path = tmp_path / "register.jsonl"
    part = GOLDEN[GOLDEN["case"] == "callbacks"]
    for place, (y, se) in enumerate(zip(part["estimate"], part["std_error"], strict=True)):
        frame = effects(("bought", "called", y, se))
        record(frame, path, experiment=f"call-{place}", date="2026-01-05", lock="abc")
    record(effects(("bought", "called", 0.5, 0.01)), path, experiment="lucky", date="2026-02-01")
    return path


@pytest.mark.parametrize("case", CASES)
def test_heterogeneity_agrees_with_metafor(case):
    part = GOLDEN[GOLDEN["case"] == case]
    y, se = part["estimate"].to_numpy(), part["std_error"].to_numpy()
    row = part.iloc[0]
    found = heterogeneity(y, se)
    assert found.tau_reml**2 == pytest.approx(row["tau2_reml"], rel=1e-4, abs=1e-12)
    assert found.tau_pm**2 == pytest.approx(row["tau2_pm"], rel=1e-4, abs=1e-12)
    assert found.mean == pytest.approx(row["mean"], rel=1e-5)
    assert found.std_error == pytest.approx(row["mean_se"], rel=1e-4)
    assert found.q == pytest.approx(row["q"], rel=1e-8)
    assert found.p_value == pytest.approx(row["q_p"], rel=1e-6)
    effect, error = blup(y, se, np.sqrt(row["tau2_reml"]))
    assert effect == pytest.approx(part["blup"].to_numpy(), rel=1e-6)
    assert error == pytest.approx(part["blup_se"].to_numpy(), rel=1e-6)


def test_the_next_experiment_is_drawn_from_the_others():
    part = GOLDEN[GOLDEN["case"] == "callbacks"]
    y, se = part["estimate"].to_numpy(), part["std_error"].to_numpy()
    found = shrunk(y, se)
    mean, sd = found.moments()
    weights, means, sds = found.mixture()
    assert mean[-1] == pytest.approx(weights @ means)
    grand, grand_sd, tau = (getattr(found.posterior, k) for k in ("grand", "grand_sd", "tau"))
    assert sds == pytest.approx(np.hypot(grand_sd, tau))
    assert means == pytest.approx(grand)
    assert sd[-1] > sd[:-1].max()
    assert found.tau == pytest.approx(np.sqrt(part["tau2_reml"].iloc[0]), rel=0.5)


@pytest.mark.twin
def test_the_twin_agrees():
    import pymc as pm

    part = GOLDEN[GOLDEN["case"] == "callbacks"]
    y, se = 100 * part["estimate"].to_numpy(), 100 * part["std_error"].to_numpy()
    found = shrunk(y, se)
    middle = 1 / np.mean(1 / se**2)
    with pm.Model():
        share = pm.Uniform("share", 0, 1)
        tau = pm.Deterministic("tau", pm.math.sqrt(middle * (1 - share) / share))
        mu = pm.Normal("mu", 0, 100)
        z = pm.Normal("z", 0, 1, shape=len(y) + 1)
        theta = pm.Deterministic("theta", mu + tau * z)
        pm.Normal("y", theta[:-1], se, observed=y)
        draws = pm.sample(
            draws=2000, tune=1000, chains=2, cores=2, random_seed=3, progressbar=False,
            nuts_sampler="nutpie", target_accept=0.95,
        )  # fmt: skip
    theta = draws.posterior["theta"].to_numpy().reshape(-1, len(y) + 1)
    mean, sd = found.moments()
    assert mean == pytest.approx(theta.mean(axis=0), abs=0.15)
    assert sd[:-1] == pytest.approx(theta.std(axis=0)[:-1], rel=0.06)
    assert found.posterior.ppf(0.9) == pytest.approx(np.quantile(theta, 0.9, axis=0), abs=0.2)
    assert found.tau == pytest.approx(np.median(draws.posterior["tau"]), rel=0.06)


def test_the_published_example_of_type_m_and_s():
    """Gelman & Carlin (2014): effect 2, standard error 8.1: power .06, sign .24, magnitude 9.5."""
    found = exaggeration(2, 8.1)
    assert found.power == pytest.approx(0.057, abs=1e-3)
    assert found.sign == pytest.approx(0.24, abs=5e-3)
    assert found.magnitude == pytest.approx(9.5, abs=0.1)
    assert exaggeration(-2, 8.1) == found
    assert exaggeration(50, 8.1).magnitude == pytest.approx(1, abs=1e-3)
    assert np.isinf(exaggeration(0, 1).magnitude)


def test_exaggeration_over_a_mixture_is_what_simulation_says():
    rng = np.random.default_rng(2)
    weights, means, sds, se = [0.7, 0.3], [0.2, 1.0], [0.5, 0.1], 0.6
    part = rng.choice(2, 2_000_000, p=weights)
    effect = rng.normal(np.take(means, part), np.take(sds, part))
    estimate = rng.normal(effect, se)
    seen = np.abs(estimate) > 1.959964 * se
    sign = np.sign(estimate[seen])
    found = expected_exaggeration(weights, means, sds, se)
    assert found.power == pytest.approx(seen.mean(), abs=2e-3)
    assert found.sign == pytest.approx((effect[seen] * sign < 0).mean(), abs=3e-3)
    true = (effect[seen] * sign).mean()
    assert found.magnitude == pytest.approx(np.abs(estimate[seen]).mean() / true, rel=5e-3)


def test_one_effect_for_certain_is_the_closed_form():
    plain, mixed = exaggeration(1.2, 0.7), expected_exaggeration([1.0], [1.2], [1e-9], 0.7)
    assert mixed.power == pytest.approx(plain.power, rel=1e-6)
    assert mixed.sign == pytest.approx(plain.sign, rel=1e-5)
    # true effects count in the direction claimed: a wrong sign is worse than nothing
    kept = 1 - 2 * plain.sign
    assert mixed.magnitude == pytest.approx(plain.magnitude / kept, rel=1e-6)


def test_what_was_learnt(past):
    result = learnt(load_register(past))
    frame, row = result.frame, result.groups.iloc[0]
    assert len(frame) == 7
    assert row["experiments"] == 7
    assert any("Left out as exploratory: lucky" in doubt for doubt in result.diagnostics)
    part = GOLDEN[GOLDEN["case"] == "callbacks"]
    assert frame["blup"].to_numpy() == pytest.approx(part["blup"].to_numpy(), rel=1e-4)
    spread = frame["shrunk"].max() - frame["shrunk"].min()
    assert spread < frame["estimate"].max() - frame["estimate"].min()
    assert row["magnitude"] > 1
    assert 0 < row["sign"] < 0.2
    prior = result.prior("bought")
    assert prior.mean == pytest.approx(row["next_mean"])
    assert row["next_lower"] < prior.mean < row["next_upper"]
    assert "7 effects" in repr(result)


def test_exploratory_results_enter_on_request_alone(past):
    everything = learnt(load_register(past), exploratory=True)
    assert everything.groups["experiments"].iloc[0] == 8
    assert any("chosen by what they found" in doubt for doubt in everything.diagnostics)


def test_ratios_are_pooled_as_logarithms(tmp_path):
    path = tmp_path / "register.jsonl"
    for place, (ratio, se) in enumerate([(1.3, 0.1), (1.1, 0.08), (0.95, 0.12)]):
        frame = effects(("churn", "called", ratio, se), unit="ratio", estimand="hazard ratio")
        record(frame, path, experiment=f"e{place}", lock="x", date="2026-01-01")
    result = learnt(load_register(path))
    logs = shrunk(np.log([1.3, 1.1, 0.95]), np.array([0.1, 0.08, 0.12])).moments()[0]
    assert result.frame["shrunk"].to_numpy() == pytest.approx(np.exp(logs[:-1]))
    assert result.groups["next_mean"].iloc[0] == pytest.approx(np.exp(logs[-1]))
    assert result.frame["probability"].iloc[0] > 0.5
    assert any("mostly guessed" in doubt for doubt in result.diagnostics)


def test_one_experiment_teaches_nothing_about_others(tmp_path):
    path = tmp_path / "register.jsonl"
    frame = effects(("bought", "called", 0.02, 0.01), ("score", "called", 3.0, 1.5))
    record(frame, path, experiment="only", lock="x", date="2026-01-01")
    result = learnt(load_register(path))
    assert len(result.groups) == 0
    assert result.frame["shrunk"].isna().all()
    assert any("one experiment alone" in doubt for doubt in result.diagnostics)
    with pytest.raises(InputError, match="Fewer than two registered experiments"):
        result.prior("bought")
    with pytest.raises(InputError, match="`outcomes` must be one of"):
        learnt(load_register(path), outcomes=["sold"])
    assert "No two experiments" in repr(result)


def test_a_significant_result_that_the_others_do_not_bear_out(tmp_path):
    path = tmp_path / "register.jsonl"
    for place, (y, se) in enumerate([(0.021, 0.01), *[(0.0, 0.004)] * 6]):
        frame = effects(("bought", "called", y, se))
        record(frame, path, experiment=f"e{place}", lock="x", date="2026-01-01")
    result = learnt(load_register(path))
    assert any("its sign is not sure" in doubt for doubt in result.diagnostics)
    assert result.frame["exaggeration"].iloc[0] > 2


def test_adjusted_p_values_by_hand():
    p = np.array([0.001, 0.02, 0.03, 0.2])
    assert adjusted(p) == pytest.approx([0.004, 0.04, 0.04, 0.2])
    assert adjusted(p, "holm") == pytest.approx([0.004, 0.06, 0.06, 0.2])
    assert adjusted(p, "by") == pytest.approx(np.minimum(adjusted(p) * 25 / 12, 1))
    assert np.isnan(adjusted([np.nan, 0.01])).tolist() == [True, False]
    assert adjusted([np.nan, 0.01])[1] == 0.01


@pytest.mark.parametrize(("mine", "theirs"), [("bh", "fdr_bh"), ("by", "fdr_by"), ("holm", "holm")])
def test_adjusted_p_values_agree_with_statsmodels(mine, theirs):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(6).beta(0.4, 1, 30)
    assert adjusted(p, mine) == pytest.approx(multipletests(p, method=theirs)[1])


def test_a_shut_gate_stays_shut():
    frame = effects(
        ("bought", "called", 0.030, 0.01), ("bought", "mailed", 0.010, 0.01),
        ("score", "called", 5.0, 1.0), ("score", "mailed", 4.0, 1.0),
    )  # fmt: skip
    found = discoveries(frame, families=[["bought"], ["score"]])
    assert found.frame["confirmed"].tolist() == [True, False, False, False]
    assert found.frame["discovery"].tolist() == [True, False, True, True]
    assert any("is not confirmed" in doubt for doubt in found.diagnostics)
    open_gate = discoveries(frame, families=[["score"], ["bought"]])
    assert open_gate.frame["confirmed"].tolist() == [True, False, True, True]
    two = pd.concat([frame.assign(experiment="a"), frame.assign(experiment="b", p_value=1e-6)])
    apart = discoveries(two, families=[["bought"], ["score"]]).frame
    assert apart.groupby("experiment")["confirmed"].sum().to_dict() == {"a": 1, "b": 4}


def test_the_gate_keeps_its_error():
    one = effects(*[(name, arm, 0.1, 1.0) for name in ("y", "x") for arm in ("b", "c")])
    many = pd.concat([one.assign(experiment=f"e{k}") for k in range(200)], ignore_index=True)
    many["p_value"] = np.random.default_rng(4).uniform(size=len(many))
    found = discoveries(many, families=[["y"], ["x"]], level=0.9).frame
    false = found.groupby("experiment")["confirmed"].any().mean()
    assert 0.1 - 3 * 0.021 < false < 0.1 + 3 * 0.021


def test_no_q_value_is_shown_as_zero():
    found = discoveries(effects(("bought", "called", 0.2, 0.01), ("bought", "mailed", 0.0, 0.01)))
    assert found.shown()["q_value"].tolist() == ["<0.001", "1.000"]
    assert "1 of 2 are discoveries" in repr(found)


def test_families_are_checked():
    frame = effects(("bought", "called", 0.03, 0.01))
    with pytest.raises(InputError, match="names 'sold', which is none of 'bought'"):
        discoveries(frame, families=[["sold"]])
    with pytest.raises(InputError, match="names an outcome twice"):
        discoveries(frame, families=[["bought"], ["bought"]])
