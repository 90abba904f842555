"""Confidence sequences: at every look at once, asymptotically and exactly."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.sequential.anytime import confidence_sequence
from npsstats.experiments.sequential.batches import Batches, log_sum
from npsstats.experiments.sequential.mixture import log_e_value, radius, tuning

GOLDEN = Path(__file__).parents[1] / "golden"
SHARES = pd.read_csv(GOLDEN / "sequential_batches.csv", comment="#")


def moments(values, arms, **others):
    return ArmMoments.from_values({"y": values, **others}, {"arm": arms})


def day(rng, n=100, effect=0.0):
    arms = np.repeat(["a", "b"], n)
    return moments(rng.normal(effect * (arms == "b"), 1.0), arms)


def shares(*counts):
    """(control events, control units, treatment events, treatment units)."""
    y0, n0, y1, n1 = counts
    values = np.repeat([1.0, 0, 1, 0], [y0, n0 - y0, y1, n1 - y1])
    return moments(values, np.repeat(["a", "b"], [n0, n1]))


def test_the_e_value_is_the_mean_of_likelihood_ratios():
    z, g = 2.3, 1.7
    effects = np.linspace(-12, 12, 200_001)
    ratios = np.exp(effects * np.sqrt(g) * z - effects**2 * g / 2)
    mixed = np.trapezoid(ratios * stats.norm.pdf(effects), effects)
    assert log_e_value(z, g) == pytest.approx(np.log(mixed), abs=1e-9)
    # zero leaves the interval where the e-value reaches 1 / alpha
    edge = float(radius(g, 0.05))
    assert log_e_value(edge, g) == pytest.approx(np.log(20), abs=1e-12)


def test_the_published_form_with_rho():
    """Waudby-Smith et al. (2024), theorem 2.2, with t units, their sd and rho."""
    t, rho, sd, alpha = 350.0, 0.11, 2.0, 0.1
    published = sd * np.sqrt(
        2 * (t * rho**2 + 1) / (t**2 * rho**2) * np.log(np.sqrt(t * rho**2 + 1) / alpha)
    )
    assert radius(t * rho**2, alpha) * sd / np.sqrt(t) == pytest.approx(published)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_the_bound_is_lowest_where_it_is_tuned(alpha):
    best = tuning(alpha)
    around = radius(best * np.array([0.97, 1.0, 1.03]), alpha)
    assert around.argmin() == 1
    assert radius(0.0, alpha) == np.inf


def test_brownian_motion_stays_inside():
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(4000, 400))
    t = np.arange(1, 401)
    z = steps.cumsum(axis=1) / np.sqrt(t)
    out = np.abs(z) > radius(tuning(0.05) * t / 400, 0.05)
    assert out.any(axis=1).mean() < 0.05
    naive = np.abs(z) > 1.96
    assert naive.any(axis=1).mean() > 0.3


def test_the_interval_of_a_look():
    rng = np.random.default_rng(2)
    whole = day(rng, 400, 0.2)
    row = confidence_sequence(whole, "y", control="a", planned=1600).frame.iloc[0]
    se = np.sqrt((whole.variance("y") / whole.n).sum())
    assert row["std_error"] == pytest.approx(se)
    half = float(radius(tuning(0.05) / 2, 0.05)) * se
    assert row["upper"] - row["lower"] == pytest.approx(2 * half, rel=5e-3)  # t, not normal
    assert row["estimate"] == pytest.approx((row["lower"] + row["upper"]) / 2)
    assert row["unit"] == "points of the outcome"


def test_the_anytime_p_value_never_rises_and_agrees_with_the_decision():
    rng = np.random.default_rng(3)
    days = [day(rng, 60, 0.25 if k < 12 else -0.3) for k in range(24)]
    result = confidence_sequence(days, "y", control="a", planned=2000, cumulative=False)
    frame = result.frame
    assert (np.diff(frame["p_value"]) <= 0).all()
    outside = (frame["lower"] > 0) | (frame["upper"] < 0)
    assert outside.any()
    assert (outside == (frame["decision"] == "stop")).all()
    assert (frame["p_value"] < 0.05).tolist() == outside.cummax().tolist()
    assert result.stopped
    assert any("is inside now" in doubt for doubt in result.diagnostics)


def test_covariates_sharpen():
    rng = np.random.default_rng(4)
    arms = np.repeat(["a", "b"], 300)
    before = rng.normal(size=600)
    whole = moments(before + 0.3 * (arms == "b") + rng.normal(0, 0.4, 600), arms, before=before)
    raw = confidence_sequence(whole, "y", control="a").frame.iloc[0]
    sharp = confidence_sequence(whole, "y", control="a", covariates=["before"]).frame.iloc[0]
    assert sharp["upper"] - sharp["lower"] < 0.5 * (raw["upper"] - raw["lower"])
    assert sharp["lower"] > 0


def test_the_likelihood_of_a_batch_is_fishers():
    beta = np.array([-1.0, 0.0, 0.4, 2.0])
    mine = 6 * beta - log_sum(beta, 90, 9, 190)
    theirs = stats.nchypergeom_fisher.logpmf(6, 190, 90, 9, np.exp(beta))
    assert mine - mine[1] == pytest.approx(theirs - theirs[1], abs=1e-9)


@pytest.mark.parametrize("case", [1, 2, 3])
def test_the_odds_ratio_of_batches_agrees_with_r(case):
    part = SHARES[SHARES["case"] == case]
    events = part[["control_events", "treatment_events"]].to_numpy()
    units = part[["control_units", "treatment_units"]].to_numpy()
    last = Batches(events, units, 2000.0).read(0.05)[-1]
    assert last.estimate == pytest.approx(part["odds_ratio"].iloc[0], rel=1e-4)
    assert last.lower < last.estimate < last.upper


def test_the_exact_limits_are_where_the_e_value_is_twenty():
    batches = Batches(np.array([[9, 30], [12, 28]]), np.array([[100, 100], [90, 95]]), 400.0)
    last = batches.read(0.05)[-1]
    fixed = batches._scale(0.05)
    beta = np.linspace(-10 * fixed, 10 * fixed, 40_001)
    parts = ((30, 100, 39, 200), (28, 95, 40, 185))

    def loglik(at):
        beta = np.atleast_1d(at)
        return sum(y * beta - log_sum(beta, *part) for y, *part in parts)

    mixed = np.trapezoid(np.exp(loglik(beta)) * stats.norm.pdf(beta, 0, fixed), beta)
    for limit in (last.lower, last.upper):
        e_value = mixed / np.exp(loglik(np.log(limit))[0])
        assert e_value == pytest.approx(20, rel=2e-3)
    assert np.exp(last.log_e_value) == pytest.approx(mixed / np.exp(loglik(0.0)[0]), rel=1e-5)


def test_the_exact_e_value_has_mean_one_without_an_effect():
    """By enumeration of the second batch's outcomes, given its total."""
    units = np.array([[40, 60], [50, 30]])
    first = np.array([3, 4])
    total = 7
    before = Batches(first[None], units[:1], 500.0).read(0.05)[-1].log_e_value
    mean = 0.0
    for y in range(total + 1):
        chance = stats.hypergeom.pmf(y, 80, 30, total)
        events = np.array([first, [total - y, y]])
        mean += chance * np.exp(Batches(events, units, 500.0).read(0.05)[-1].log_e_value)
    assert mean == pytest.approx(np.exp(before), rel=1e-9)


def test_the_e_values_alone_are_those_of_the_reading():
    batches = Batches(np.array([[3, 5], [0, 0], [9, 2]]), np.array([[80, 70]] * 3), 600.0)
    alone = batches.log_e_values(0.05)
    assert alone == pytest.approx([row.log_e_value for row in batches.read(0.05)])


def test_swapping_the_arms_inverts_the_odds_ratio():
    days = [shares(3, 50, 9, 50), shares(6, 50, 14, 50), shares(4, 50, 12, 50)]
    there, back = (
        confidence_sequence(days, "y", control=arm, planned=600, cumulative=False).frame
        for arm in ("a", "b")
    )
    one, two = (frame[frame["estimand"] == "odds ratio"] for frame in (there, back))
    assert one["estimate"].to_numpy() == pytest.approx(1 / two["estimate"].to_numpy())
    assert one["lower"].to_numpy() == pytest.approx(1 / two["upper"].to_numpy())
    assert one["e_value"].to_numpy() == pytest.approx(two["e_value"].to_numpy())
    assert one["estimate"].iloc[-1] > 1


def test_rare_events():
    days = [shares(0, 200, 0, 200), shares(0, 200, 2, 200), shares(1, 200, 9, 200)]
    result = confidence_sequence(days, "y", control="a", planned=4000, cumulative=False)
    first = result.frame[result.frame["estimand"] == "risk difference"]
    second = result.frame[result.frame["estimand"] == "odds ratio"]
    assert first["decision"].tolist() == ["too few"] * 3
    assert np.isinf(first["lower"]).all()
    assert second["e_value"].iloc[0] == 1
    assert second["lower"].iloc[0] == 0
    assert np.isinf(second["upper"].iloc[0])
    assert np.isinf(second["estimate"].iloc[1])
    assert np.isinf(second["upper"].iloc[1])
    assert 1 < second["estimate"].iloc[2] < np.inf
    assert any("not to be trusted" in doubt for doubt in result.diagnostics)


def test_none_in_one_arm_and_all_in_the_other():
    result = confidence_sequence(shares(0, 60, 60, 60), "y", control="a", planned=200)
    assert (result.frame["decision"] == "stop").all()
    assert result.frame["estimate"].iloc[0] == 1
    assert (result.frame["p_value"] > 0).all()


def test_many_events_have_the_asymptotic_reading_alone():
    result = confidence_sequence(shares(4000, 9000, 4100, 9000), "y", control="a", planned=20_000)
    assert result.frame["estimand"].tolist() == ["risk difference"]
    assert any("left out" in doubt for doubt in result.diagnostics)


def test_both_readings_are_effects():
    days = [shares(30, 200, 50, 200), shares(28, 200, 55, 200)]
    result = confidence_sequence(days, "y", control="a", planned=1000, cumulative=False)
    effects = result.effects().frame
    assert effects["estimand"].tolist() == ["risk difference", "odds ratio"]
    assert effects["unit"].tolist() == ["share", "ratio"]
    assert effects["n_control"].tolist() == [400, 400]
    assert effects["p_value"].between(0, 1, inclusive="neither").all()
    assert "look 2" in repr(result)


def test_what_cannot_be_looked_at_is_refused():
    whole = day(np.random.default_rng(5))
    with pytest.raises(InputError, match="`planned` must be a whole number of at least 2"):
        confidence_sequence(whole, "y", control="a", planned=1)
    with pytest.raises(InputError, match="`by_look` is empty"):
        confidence_sequence([], "y", control="a")
    with pytest.raises(InputError, match="write cumulative=False"):
        confidence_sequence([whole, day(np.random.default_rng(6), 50)], "y", control="a")
