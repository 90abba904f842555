"""What adaptive allocation costs: the simulation against what is known without it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.checks import InputError
from npsstats.experiments.adaptive.allocation import allocate
from npsstats.experiments.adaptive.cost import adaptive_cost
from npsstats.experiments.adaptive.trial import Plan, first_sure, run

RATES = {"1 h": 0.10, "1 day": 0.16, "3 days": 0.12, "7 days": 0.08}


@pytest.fixture(scope="module")
def cost():
    return adaptive_cost(RATES, per_batch=200, batches=8, replications=400, seed=1)


def test_adaptive_chooses_better_and_loses_fewer_answers(cost):
    rows = cost.frame.set_index(["measure", "design"])
    for measure, sign in (
        ("right arm chosen", 1),
        ("answers lost", -1),
        ("invitations until sure", -1),
    ):
        gain = rows.loc[(measure, "difference")]
        assert sign * gain["estimate"] > 2 * gain["std_error"], measure
        parts = [rows.loc[(measure, design), "estimate"] for design in ("adaptive", "equal")]
        assert gain["estimate"] == pytest.approx(parts[0] - parts[1])


def test_equal_shares_lose_what_they_must_and_choose_as_binomials_do(cost):
    # 1,600 invitations, 400 an arm
    assert cost.value("answers lost", "equal") == pytest.approx(400 * (0.06 + 0.04 + 0.08))
    x = np.arange(401)
    best = stats.binom.pmf(x, 400, 0.16)
    others = [stats.binom(400, rate) for rate in (0.10, 0.12, 0.08)]
    # up to ties, which are rare and go to the arm that comes first
    least = best @ np.prod([one.cdf(x - 1) for one in others], axis=0)
    most = best @ np.prod([one.cdf(x) for one in others], axis=0)
    row = cost.frame.set_index(["measure", "design"]).loc[("right arm chosen", "equal")]
    error = 3.5 * np.sqrt(most * (1 - most) / 400)
    assert least - error < row["estimate"] < most + error


def test_the_simulation_allocates_as_allocate_does():
    import test_adaptive_allocation as near

    rates = np.tile([0.1, 0.2, 0.15], (3, 1))
    trials = run(Plan(rates, 150, 0.4, 0.1), np.random.default_rng(2).random((5, 3, 3)))
    for place in range(5):
        sent, came = (part[place, :2].sum(axis=0) for part in (trials.invited, trials.answered))
        shares = allocate(near.invitations(sent, came), leader=0.4, minimum=0.1)
        wanted = shares.split(150).to_numpy()
        assert np.abs(wanted - trials.invited[place, 2]).max() <= 1  # quadratures differ by 1e-4
    assert (trials.invited.sum(axis=2) == 150).all()


def test_equal_shares_take_turns_with_what_does_not_divide():
    trials = run(
        Plan(np.full((6, 4), 0.1), 10, None, 0.0), np.random.default_rng(2).random((2, 6, 4))
    )
    assert (trials.invited.sum(axis=1) == 15).all()
    assert (trials.invited.max(axis=2) == 3).all()


def test_common_chances_give_both_designs_the_same_first_batch():
    chances = np.random.default_rng(3).random((50, 4, 4))
    rates = np.tile(list(RATES.values()), (4, 1))
    one = run(Plan(rates, 100, 0.5, 0.0), chances)
    two = run(Plan(rates, 100, None, 0.0), chances)
    assert (one.answered[:, 0] == two.answered[:, 0]).all()
    assert (one.p_best[:, 0] == two.p_best[:, 0]).all()
    assert (one.invited[:, 1] != two.invited[:, 1]).any()


def test_plain_means_lean_low_where_allocation_followed_them(cost):
    arms = cost.arms.set_index(["design", "arm"])
    worst = arms.loc[("adaptive", "7 days")]
    assert worst["bias"] < -4 * worst["bias_error"]
    equal = arms.loc["equal"]
    assert (equal["bias"].abs() < 4 * equal["bias_error"]).all()
    # the bias is −cov(n, mean) / E n, as E(answers − rate × n) is 0 at any stop
    assert arms.loc["adaptive"]["share"].sum() == pytest.approx(1)
    assert any("The plain share of answers of arm" in doubt for doubt in cost.diagnostics)
    assert (cost.arms["covers_always"] < cost.arms["covers"]).all()


def test_the_course(cost):
    course = cost.course.set_index(["design", "batch"])
    assert course.loc[("adaptive", 8), "invitations"] == 1600
    final = cost.value("right arm chosen")
    assert course.loc[("adaptive", 8), "right"] == pytest.approx(final)
    assert (course.loc[("adaptive", 8)] > course.loc[("adaptive", 1)]).all()


def test_first_sure():
    from npsstats.experiments.adaptive.trial import Trials

    p_best = np.array([[0.5, 0.96, 0.9], [0.4, 0.5, 0.6]])
    none = np.zeros((2, 3, 2), dtype=int)
    assert first_sure(Trials(none, none, p_best, none[..., 0]), 0.95).tolist() == [1, 3]


def test_drift_biases_pooled_means_and_is_said():
    cost = adaptive_cost(RATES, per_batch=200, batches=8, replications=200, drift=0.1, seed=1)
    arms = cost.arms.set_index(["design", "arm"])
    assert arms.loc[("adaptive", "7 days"), "bias"] < -0.02
    assert arms.loc[("adaptive", "7 days"), "rate"] == pytest.approx(0.13)
    assert any("compare within batches" in doubt for doubt in cost.diagnostics)


def test_same_seed_same_numbers_and_ties_are_right():
    options = {"per_batch": 60, "batches": 3, "replications": 20}
    one, two = (adaptive_cost([0.2, 0.2], seed=5, **options) for _ in range(2))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert one.value("right arm chosen") == 1
    assert one.value("answers lost") == 0
    other = adaptive_cost([0.2, 0.2], seed=6, **options)
    assert other.value("sure of an arm") != one.value("sure of an arm") or (
        other.course["p_best"].iloc[0] != one.course["p_best"].iloc[0]
    )


def test_what_is_shown(cost):
    text = repr(cost)
    assert "The right arm is chosen in" in cost.headline()
    assert "invitations until sure" in text
    assert " ± " in text
    small = adaptive_cost([0.10, 0.1001], per_batch=10, batches=2, replications=20)
    assert "These replications do not tell which design chooses better" in small.diagnostics[0]
    assert small.diagnostics[-1].startswith("With equal shares some arm expects less than one")


@pytest.mark.parametrize(
    ("rates", "options", "text"),
    [
        ({"a": 0.1}, {}, "`rates` must have at least two arms, got 1."),
        ({"a": 0.1, "b": 1.2}, {}, "`rates['b']` must be between 0 and 1 (exclusive), got 1.2."),
        ([0.1, 0.2], {"drift": -0.15}, "`drift` of -0.15 takes a rate to -0.05, which is not"),
        ([0.1] * 9, {"per_batch": 8}, "`per_batch` must be at least the number of arms, 9, got 8."),
        ([0.1, 0.2], {"replications": 1}, "`replications` must be a whole number of at least 2"),
        ([0.1, 0.2], {"minimum": 0.6}, "`minimum` of 0.6 for each of 2 arms comes to 1.2"),
    ],
)
def test_errors(rates, options, text):
    with pytest.raises(InputError) as caught:
        adaptive_cost(rates, **({"per_batch": 20, "batches": 2} | options))
    assert str(caught.value).startswith(text)


def test_errors_of_questions(cost):
    with pytest.raises(InputError, match="`measure` must be one of 'right arm chosen'"):
        cost.value("luck")
    with pytest.raises(InputError, match="`design` must be one of 'adaptive', 'equal'"):
        cost.value("answers lost", "even")
