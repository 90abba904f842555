"""Decisions: money against quadrature, directions, vetoes, and how often they are wrong."""

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats

from npsstats import InputError
from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.binary import binary
from npsstats.experiments.decision import (
    BetaEffect,
    CallCost,
    DrawnEffect,
    Guardrail,
    NormalEffect,
    decide,
)
from npsstats.experiments.decision.money import Value
from npsstats.experiments.decision.rule import Rule, normal_verdicts

SURE = NormalEffect(0.05, 0.01)
NIL = NormalEffect(0.0, 0.02)
COUNTS = (354, 1000, 300, 1000)


def numbers(decision):
    """Return the numbers of a decision that its posterior determines."""
    return [
        decision.probability,
        decision.value,
        decision.loss_adopt,
        decision.loss_keep,
        *decision.row("value per unit")[["std_error", "lower", "upper"]],
    ]


def quadrature(law, contribution, cost):
    """Return P(v > 0), E max(0, −v) and E max(0, v) by scipy's adaptive quadrature."""
    even = cost / contribution
    low, high = law.ppf(1e-14), law.isf(1e-14)
    loss = integrate.quad(lambda t: (cost - contribution * t) * law.pdf(t), low, even)[0]
    gain = integrate.quad(lambda t: (contribution * t - cost) * law.pdf(t), even, high)[0]
    return law.sf(even), loss, gain


def test_a_normal_posterior_agrees_with_quadrature():
    decision = decide(NormalEffect(0.02, 0.015), contribution=35, cost=0.4, units_per_year=1000)
    wanted = quadrature(stats.norm(0.02, 0.015), 35, 0.4)
    found = (decision.probability, decision.loss_adopt, decision.loss_keep)
    assert found == pytest.approx(wanted, rel=1e-8)
    unit, year = decision.row("value per unit"), decision.row("value per year")
    law = stats.norm(35 * 0.02 - 0.4, 35 * 0.015)
    assert [unit.estimate, unit.std_error] == pytest.approx([law.mean(), law.std()])
    assert [unit.lower, unit.upper] == pytest.approx(law.ppf([0.025, 0.975]))
    columns = ["estimate", "std_error", "lower", "upper"]
    assert year[columns].to_list() == pytest.approx((1000 * unit[columns]).to_list())
    assert decision.loss_keep - decision.loss_adopt == pytest.approx(decision.value)
    lesser = 1000 * min(decision.loss_adopt, decision.loss_keep)
    assert decision.row("perfect information").estimate == pytest.approx(lesser)


def test_a_beta_posterior_agrees_with_draws():
    rng = np.random.default_rng(4)
    one, two = (rng.beta(x + 0.5, n - x + 0.5, 1_000_000) for x, n in (COUNTS[:2], COUNTS[2:]))
    told = {"contribution": 30.0, "cost": 0.9, "rope": 0.02}
    exact = decide(BetaEffect.of_counts(*COUNTS), **told)
    drawn = decide(DrawnEffect(one - two), **told)
    assert numbers(exact) == pytest.approx(numbers(drawn), abs=0.005)
    for name in ("below", "inside", "above"):
        share = drawn.row(f"{name} ROPE").probability
        assert exact.row(f"{name} ROPE").probability == pytest.approx(share, abs=0.002)


def test_draws_of_any_shape_are_taken_and_known_exactly():
    grid = stats.norm(0.02, 0.015).ppf((np.arange(40_000) + 0.5) / 40_000)
    chains = xr.DataArray(grid.reshape(4, 10_000), dims=("chain", "draw"))
    drawn = decide(DrawnEffect(chains), contribution=35, cost=0.4)
    exact = decide(NormalEffect(0.02, 0.015), contribution=35, cost=0.4)
    assert numbers(drawn) == pytest.approx(numbers(exact), rel=1e-3)


def test_uncertain_money_agrees_with_draws():
    rng = np.random.default_rng(5)
    effect = NormalEffect(0.03, 0.01)
    theta = rng.normal(0.03, 0.01, 2_000_000)
    spread = np.sqrt(np.log1p((12 / 40) ** 2))
    contribution = 40 * np.exp(rng.normal(0, spread, theta.size) - spread**2 / 2)
    for cost_sd in (0.0, 0.3):
        v = contribution * theta - rng.normal(0.8, cost_sd, theta.size)
        value = Value(effect, 40, 0.8, contribution_sd=12, cost_sd=cost_sd)
        assert [value.mean, value.sd] == pytest.approx([v.mean(), v.std()], rel=4e-3)
        assert value.above() == pytest.approx((v > 0).mean(), abs=2e-3)
        assert value.loss == pytest.approx(np.maximum(-v, 0).mean(), rel=0.01)
        assert value.gain == pytest.approx(np.maximum(v, 0).mean(), rel=5e-3)
        wanted = np.quantile(v, [0.025, 0.975])
        assert [value.quantile(q) for q in (0.025, 0.975)] == pytest.approx(wanted, abs=5e-3)


def test_uncertain_money_of_a_known_effect():
    value = Value(NormalEffect(0.03, 1e-6), 40, 1.0, contribution_sd=12)
    spread = np.sqrt(np.log1p((12 / 40) ** 2))
    wanted = stats.lognorm(spread, scale=40 * np.exp(-(spread**2) / 2)).sf(1.0 / 0.03)
    assert value.above() == pytest.approx(wanted, abs=0.015)


@pytest.mark.parametrize("effect", [NormalEffect(0.03, 0.02), BetaEffect.of_counts(*COUNTS)])
def test_exchanging_the_arms_turns_the_answer(effect):
    there = decide(effect, contribution=20, rope=(-0.01, 0.03))
    back = decide(effect.turned(), contribution=20, rope=(-0.03, 0.01))
    assert there.probability == pytest.approx(1 - back.probability, abs=1e-8)
    assert there.value == pytest.approx(-back.value)
    assert there.loss_adopt == pytest.approx(back.loss_keep, rel=1e-6)
    assert there.row("below ROPE").probability == pytest.approx(
        back.row("above ROPE").probability, abs=1e-8
    )


def test_less_can_be_better():
    churn = NormalEffect(-0.04, 0.01)
    lower = decide(churn, contribution=50, cost=0.5, better="lower", rope=(-0.01, 0.01))
    assert lower.verdict == "adopt"
    assert lower.value == pytest.approx(50 * 0.04 - 0.5)
    same = decide(churn.turned(), contribution=50, cost=0.5)
    assert numbers(lower) == pytest.approx(numbers(same))
    # effect and ROPE keep the effect's own direction
    assert lower.row("effect").estimate == -0.04
    assert lower.row("below ROPE").probability > 0.99
    assert lower.row("effect").probability == pytest.approx(stats.norm.sf(-4))
    assert decide(churn, contribution=50, cost=0.5).verdict == "keep"


def test_a_higher_cost_lowers_the_value():
    found = [decide(SURE, contribution=30, cost=cost) for cost in (-1.0, 0.5, 1.4, 1.6, 3.0)]
    assert np.all(np.diff([each.probability for each in found]) < 0)
    assert np.all(np.diff([each.loss_adopt for each in found]) > 0)
    assert np.all(np.diff([each.loss_keep for each in found]) < 0)
    verdicts = [each.verdict for each in found]
    assert verdicts == ["adopt", "adopt", "continue", "continue", "keep"]


def test_rope_counts_the_effect_and_too_small_is_kept():
    decision = decide(NormalEffect(0.004, 0.001), contribution=30, rope=0.01)
    below, inside, above = (
        decision.row(f"{name} ROPE").probability for name in ("below", "inside", "above")
    )
    law = stats.norm(0.004, 0.001)
    assert [below, inside, above] == pytest.approx(
        [law.cdf(-0.01), law.cdf(0.01) - law.cdf(-0.01), law.sf(0.01)], abs=1e-12
    )
    assert decision.probability > 0.999
    assert decision.verdict == "keep"
    assert "too small to matter" in decision.reason


def test_an_expected_loss_may_hold_a_verdict_back():
    told = {"contribution": 30, "cost": 1.0}
    free = decide(SURE, **told)
    assert free.verdict == "adopt"
    assert decide(SURE, **told, loss_threshold=free.loss_adopt * 1.01).verdict == "adopt"
    held = decide(SURE, **told, loss_threshold=free.loss_adopt * 0.99)
    assert held.verdict == "continue"
    assert "expected loss of acting on it" in held.reason


def test_non_inferiority():
    worse = NormalEffect(-0.004, 0.003)
    told = {"contribution": 30, "margin": 0.01}
    found = decide(worse, **told)
    assert found.verdict == "adopt"
    assert found.row("not inferior").probability == pytest.approx(stats.norm.sf(-2))
    assert any("expected to lose 0.12 a unit" in said for said in found.diagnostics)
    assert decide(worse, contribution=30).verdict == "continue"
    assert decide(NormalEffect(-0.02, 0.003), **told).verdict == "keep"
    assert decide(NormalEffect(-0.01, 0.003), **told).verdict == "continue"
    # where less is better, the margin is on the other side
    assert decide(NormalEffect(0.004, 0.003), better="lower", **told).verdict == "adopt"
    assert decide(NormalEffect(0.02, 0.003), better="lower", **told).verdict == "keep"


def test_a_failed_ratio_check_comes_before_everything():
    decision = decide(SURE, contribution=30, srm_failed=True, exploratory=True, n=5, minimum_n=1000)
    assert decision.verdict == "no decision"
    assert "sample-ratio check failed" in decision.reason
    assert decision.diagnostics[0].startswith("Exploratory: no plan was locked")


def test_below_the_planned_size_it_goes_on():
    told = {"contribution": 30, "minimum_n": 1000}
    early = decide(SURE, n=999, **told)
    assert early.verdict == "continue"
    assert "999 units and the plan asks for 1,000" in early.reason
    assert decide(SURE, n=1000, **told).verdict == "adopt"


@pytest.mark.parametrize(
    ("effect", "better", "state", "verdict"),
    [
        (NormalEffect(0.001, 0.002), "lower", "safe", "adopt"),
        (NormalEffect(0.004, 0.002), "lower", "open", "continue"),
        (NormalEffect(0.009, 0.002), "lower", "harmed", "keep"),
        (NormalEffect(0.009, 0.002), "higher", "safe", "adopt"),
        (NormalEffect(-0.009, 0.002), "higher", "harmed", "keep"),
    ],
)
def test_guardrails_veto(effect, better, state, verdict):
    rail = Guardrail("complaints", effect, margin=0.005, better=better)
    assert rail.state == state
    decision = decide(SURE, contribution=30, guardrails=[rail])
    assert decision.verdict == verdict
    assert ("complaints" in decision.reason) == (verdict != "adopt")
    assert decision.row("guardrail complaints").probability == pytest.approx(rail.safe)
    early = decide(SURE, contribution=30, guardrails=[rail], n=1, minimum_n=9)
    assert early.verdict == "continue"
    assert any("stopping for safety" in said for said in early.diagnostics) == (state == "harmed")


def test_attempts_are_paid_for_all_and_conversations_for_those_reached():
    cost = CallCost(attempt=0.8, attempts=2.5, conversation=4.0, reached=0.55)
    assert cost.per_unit == pytest.approx(0.8 * 2.5 + 4 * 0.55)
    told = {"contribution": 60, "units_per_year": 10}
    assert numbers(decide(SURE, cost=cost, **told)) == numbers(decide(SURE, cost=4.2, **told))
    nobody = CallCost(attempt=0.8, attempts=2.5)
    assert nobody.per_unit == 2.0
    with pytest.raises(InputError, match="`conversation` costs 4 and `reached` is 0"):
        CallCost(attempt=0.8, conversation=4.0)


def test_what_more_data_is_worth():
    told = {"contribution": 10, "units_per_year": 1}
    worth = decide(NormalEffect(0.01, 0.05), **told).row("more data").estimate
    rng = np.random.default_rng(6)
    # what the posterior mean will be, once as many units are in again
    truth = rng.normal(0.01, 0.05, 1_000_000)
    mean = (0.01 + truth + rng.normal(0, 0.05, truth.size)) / 2
    assert worth == pytest.approx(10 * np.maximum(mean, 0).mean() - 10 * 0.01, rel=0.01)
    perfect = decide(NormalEffect(0.01, 0.05), **told).row("perfect information").estimate
    endless = decide(NormalEffect(0.01, 0.05), more=1e9, **told).row("more data").estimate
    assert worth < endless == pytest.approx(perfect, rel=1e-6)
    assert decide(NIL, more=0.0, **told).row("more data").estimate == 0
    dear = decide(NormalEffect(0.01, 0.05), cost_of_more=5.0, **told)
    assert any("decide now, by expected value for adopting" in s for s in dear.diagnostics)


def test_an_effect_of_another_room_is_taken():
    bought = np.repeat([1.0, 0, 1, 0], [300, 700, 354, 646])
    moments = ArmMoments.from_values({"y": bought}, {"arm": np.repeat(["a", "b"], 1000)})
    effects = binary(moments, "y", control="a")
    found = decide(effects.row("risk difference"), contribution=30, minimum_n=1001)
    assert found.row("effect").estimate == pytest.approx(0.054)
    assert found.verdict == "continue"
    assert any("normal approximation" in said for said in found.diagnostics)
    exact = decide(BetaEffect.of_moments(moments, "y", control="a", treatment="b"), contribution=30)
    bayes = effects.row("risk difference", "Beta posterior")
    assert exact.probability == pytest.approx(bayes.probability, abs=1e-9)
    assert exact.row("effect").lower == pytest.approx(bayes.lower)
    with pytest.raises(InputError, match="is a risk ratio, and money is made of differences"):
        decide(effects.row("risk ratio"), contribution=30)


def test_arms_without_events_have_a_value():
    decision = decide(BetaEffect.of_counts(0, 40, 0, 40), contribution=30, units_per_year=100)
    assert decision.verdict == "continue"
    assert decision.probability == pytest.approx(0.5, abs=1e-6)
    assert decision.loss_adopt == pytest.approx(decision.loss_keep, rel=1e-6)


def test_the_rule_is_seldom_wrong_where_there_is_nothing():
    rng = np.random.default_rng(7)
    told = {"contribution": 25.0, "cost": 0.0, "rule": Rule(0.95)}
    found = normal_verdicts(rng.normal(0, 0.01, 40_000), 0.01, **told)
    assert (found == "adopt").mean() == pytest.approx(0.05, abs=0.004)
    assert (found == "keep").mean() == pytest.approx(0.05, abs=0.004)
    # a true effect of three standard errors is adopted as often as its power says
    good = normal_verdicts(rng.normal(0.03, 0.01, 40_000), 0.01, **told)
    assert (good == "adopt").mean() == pytest.approx(stats.norm.sf(1.644854 - 3), abs=0.006)


def test_one_case_and_many_get_the_same_verdicts():
    means = np.linspace(-0.06, 0.08, 29)
    told = {"contribution": 25.0, "cost": 0.3}
    many = normal_verdicts(means, 0.015, rule=Rule(0.9, 0.02), rope=(-0.025, 0.025), **told)
    one = [
        decide(
            NormalEffect(float(mean), 0.015),
            adopt_probability=0.9,
            loss_threshold=0.02,
            rope=0.025,
            **told,
        ).verdict
        for mean in means
    ]
    assert many.tolist() == one
    assert set(one) == {"adopt", "keep", "continue"}


def test_the_probability_of_a_positive_value_is_calibrated():
    rng = np.random.default_rng(8)
    truth = rng.normal(0.01, 0.02, 40_000)
    estimate = truth + rng.normal(0, 0.015, truth.size)
    found = np.array(
        [
            Value(NormalEffect(each, 0.015).with_prior(0.01, 0.02), 30, 0.5).above()
            for each in estimate[:8000].tolist()
        ]
    )
    positive = 30 * truth[:8000] > 0.5
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (found >= low) & (found < low + 0.2)
        assert here.sum() > 500
        assert positive[here].mean() == pytest.approx(found[here].mean(), abs=0.05)


def test_it_reads_as_a_sentence():
    text = str(decide(SURE, contribution=30, cost=0.5, units_per_year=1000))
    assert "Adopt. Treating a unit is worth more than it costs with probability above .999" in text
    assert "value per year" in text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"contribution": 0}, "`contribution` must be positive"),
        ({"contribution": 1, "adopt_probability": 0.4}, "`adopt_probability` must be more than .5"),
        ({"contribution": 1, "minimum_n": 10}, "`minimum_n` needs `n`"),
        ({"contribution": 1, "rope": (0.1, -0.1)}, "low below high"),
        ({"contribution": 1, "margin": -0.1}, "`margin` must be a number from 0"),
        ({"contribution": 1, "better": "more"}, "`better` must be one of"),
        ({"contribution": 1, "units_per_year": -5}, "`units_per_year` must be a number from 0"),
    ],
)
def test_errors(told, text):
    with pytest.raises(InputError, match=text):
        decide(SURE, **told)


def test_errors_of_posteriors():
    with pytest.raises(InputError, match="`sd` must be a positive number"):
        NormalEffect(0.1, 0.0)
    with pytest.raises(InputError, match="at least 400 finite numbers, got 3"):
        DrawnEffect([0.1, 0.2, 0.3])
    with pytest.raises(InputError, match="`effect` must be a posterior"):
        decide([0.1, 0.2], contribution=1)
    with pytest.raises(InputError, match="there cannot be more"):
        BetaEffect.of_counts(5, 4, 1, 9)
    with pytest.raises(InputError, match="`margin` must be a number from 0"):
        Guardrail("x", SURE, margin=-1)
