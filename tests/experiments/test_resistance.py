"""The reminder as an instrument: against other optimizers, known truth, and its words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

import npsstats as nps
from npsstats import InputError
from npsstats.experiments.survey.silent.resistance import resistance
from npsstats.experiments.survey.silent.resistance_fit import SHAPES, Survey, fit
from npsstats.experiments.survey.silent.resistance_profile import draw, profile, read

TABLES = Path(__file__).parents[2] / "docs" / "tables"
LAW = np.array([3, 1, 1, 2, 2, 7, 6, 14, 25, 15, 24.0]) / 100
NET = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])
TRUTH = float(LAW @ NET)
X = (np.arange(11) - 5) / 10
LINE = SHAPES["linear"]


def shares(level, beta, delta, law=LAW):
    """Return the twelve cells' shares without and with a reminder, (2, 12)."""
    chance = special.expit(level + beta * X + delta * np.array([[0.0], [1.0]]))
    cell = law * chance
    return np.column_stack([cell, 1 - cell.sum(axis=1)])


def survey(rng, n, level, beta, delta):
    cells = np.stack([rng.multinomial(n // 2, row) for row in shares(level, beta, delta)])
    return Survey(cells[None, :, :11].astype(float), np.full((1, 2), n / 2))


def invitations(tables, asked, arms):
    """Return `InvitationCounts` of (arms, 2, 11) answers among as many asked in every cell."""
    cells = pd.DataFrame([(arm, flag) for arm in arms for flag in (False, True)])
    cells.columns = ["arm", "reminder"]
    scores = nps.ScoreCounts(np.asarray(tables).reshape(-1, 11).astype(int), cells)
    return nps.InvitationCounts(cells, np.full(len(cells), asked), scores.n, scores)


def expected(asked, *worlds):
    return np.stack([np.rint(asked * shares(*world)[:, :11]) for world in worlds])


def penalized(made, beta, level, delta, logits):
    share = special.softmax(np.append(logits, 0.0))
    chance = special.expit(level + beta * X + delta * np.array([[0.0], [1.0]]))
    cell = share * chance
    seen = (made.answers[0] * np.log(cell)).sum()
    silent = made.silent[0] @ np.log(1 - cell.sum(axis=1))
    return seen + silent + np.log(share).sum() / 11, share @ NET


def test_the_fit_given_beta_is_the_optimum_of_another_optimizer():
    made = survey(np.random.default_rng(4), 4000, -1.0, 1.5, 0.8)
    found = fit(made, LINE, np.array([[-2.0], [0.0], [1.5], [3.0]]))
    for place, beta in enumerate(found.points[:, 0]):
        other = optimize.minimize(
            lambda p, beta=beta: -penalized(made, beta, p[0], p[1], p[2:])[0],
            np.r_[-1.0, 0.8, np.log(LAW[:10] / LAW[10])],
            method="BFGS",
            options={"gtol": 1e-5, "maxiter": 2000},
        )
        assert found.log_posterior[place] == pytest.approx(-other.fun, abs=1e-5)
        value = penalized(made, beta, other.x[0], other.x[1], other.x[2:])[1]
        assert found.quantities[place, 0] == pytest.approx(value, abs=0.02)
        assert found.quantities[place, 2] == pytest.approx(other.x[1], abs=1e-4)


def test_limits_are_where_a_constrained_likelihood_ends():
    made = survey(np.random.default_rng(4), 4000, -0.5, 1.5, 0.8)
    reading = read(profile(made, LINE, 0.95), np.array([1.0, 0.0, 0.0]), 0.95)
    start = np.r_[1.5, -0.5, 0.8, np.log(LAW[:10] / LAW[10])]

    def top(bound):
        rule = [{"type": "eq", "fun": lambda p: (penalized(made, *p[:3], p[3:])[1] - bound) / 10}]
        other = optimize.minimize(
            lambda p: -penalized(made, *p[:3], p[3:])[0] / 100,
            start,
            method="SLSQP",
            constraints=rule,
            options={"maxiter": 500, "ftol": 1e-10},
        )
        assert other.success
        return -100 * other.fun

    best = top(reading.estimate)
    for limit in (reading.lower, reading.upper):
        assert 2 * (best - top(limit)) == pytest.approx(special.chdtri(1, 0.05), abs=0.12)


@pytest.mark.parametrize("shape", ["linear", "quadratic", "category"])
def test_expected_counts_give_back_the_truth(shape):
    """Counts as the model expects them: every quantity is the one that made them."""
    beta = np.array([1.2, 0.4])[: SHAPES[shape].shape[1]]
    slope = SHAPES[shape] @ beta
    chance = special.expit(-0.6 + slope + 0.9 * np.array([[0.0], [1.0]]))
    asked = 4e6
    made = Survey((asked * LAW * chance)[None], np.full((1, 2), asked))
    found = profile(made, SHAPES[shape], 0.95)
    nps_, gap, delta = (read(found, row, 0.95) for row in np.eye(3))
    answered = (LAW * chance).sum(axis=0)
    near = 0.25 * nps_.std_error  # the lattice's points are that far apart
    assert nps_.estimate == pytest.approx(TRUTH, abs=near + 0.05)
    assert gap.estimate == pytest.approx(answered @ NET / answered.sum() - TRUTH, abs=near + 0.05)
    assert delta.estimate == pytest.approx(0.9, abs=0.01)
    # with so many the standard error and the profile say the same
    half = 1.96 * nps_.std_error
    assert nps_.upper - nps_.lower == pytest.approx(2 * half, rel=0.06)
    assert 2 * (made.saturated - found.found.log_likelihood.max()) < 0.05


def test_standard_errors_are_the_spread_of_estimates():
    rng = np.random.default_rng(9)
    held = np.zeros(3)
    estimates, errors = [], []
    turns = 60
    answered = shares(0.2, 1.0, 1.2)[:, :11].sum(axis=0)
    gap_truth = answered @ NET / answered.sum() - TRUTH
    for _ in range(turns):
        made = profile(survey(rng, 6000, 0.2, 1.0, 1.2), LINE, 0.95)
        one, gap, delta = (read(made, row, 0.95) for row in np.eye(3))
        held += [
            one.lower < TRUTH < one.upper,
            gap.lower < gap_truth < gap.upper,
            delta.lower < 1.2 < delta.upper,
        ]
        estimates.append(one.estimate)
        errors.append(one.std_error)
    assert (held / turns > 0.86).all()
    assert np.std(estimates) == pytest.approx(np.mean(errors), rel=0.3)
    assert np.mean(estimates) == pytest.approx(TRUTH, abs=3.5 * np.mean(errors) / np.sqrt(turns))


def test_a_reminder_that_moves_nobody_tells_nothing():
    """No instrument: limits reach nearly from end to end and hold the truth all the same."""
    rng = np.random.default_rng(2)
    held = wald = wide = 0
    for _ in range(12):
        made = profile(survey(rng, 3000, -1.2, 2.0, 0.0), LINE, 0.95)
        one = read(made, np.array([1.0, 0, 0]), 0.95)
        held += one.lower < TRUTH < one.upper
        wide += one.upper - one.lower > 60
        wald += made.unbounded
    assert held >= 11
    assert wide >= 10
    assert wald >= 8


def test_draws_follow_the_likelihood_where_it_tells():
    made = profile(survey(np.random.default_rng(6), 60_000, 0.0, 1.0, 1.2), LINE, 0.95)
    one = read(made, np.array([1.0, 0, 0]), 0.95)
    beta, drawn = draw(made, 20_000, np.random.default_rng(0))
    assert drawn[:, 0].mean() == pytest.approx(one.estimate, abs=0.2 * one.std_error)
    assert drawn[:, 0].std() == pytest.approx(one.std_error, rel=0.08)
    assert beta.shape == (20_000, 1)
    low, high = np.quantile(drawn[:, 0], [0.025, 0.975])
    assert (low, high) == pytest.approx((one.lower, one.upper), abs=0.15 * one.std_error)


WORLDS = (-0.3, 1.2, 0.9), (-0.1, 1.2, 0.9)


def two_arms(**options):
    counts = invitations(expected(20_000, *WORLDS), 20_000, ("old", "new"))
    return resistance(counts, control="old", **options)


def test_arms_side_by_side():
    found = two_arms()
    assert found.arms == ("old", "new")
    for arm in found.arms:
        everyone = found.row(arm, "NPS of all asked")
        worst = found.row(arm, "NPS of all asked", "worst case")
        assert everyone["estimate"] == pytest.approx(TRUTH, abs=0.5)
        assert worst["lower"] < everyone["lower"] < everyone["upper"] < worst["upper"]
        gap, plain = found.row(arm, "selection gap"), found.row(arm, "NPS of those who answered")
        assert plain["estimate"] == pytest.approx(everyone["estimate"] + gap["estimate"], abs=0.02)
        assert gap["p_value"] < 1e-4
        leaning = found.row(arm, "score 10 against 0")
        assert leaning["lower"] < 1.2 < leaning["upper"]
    answered = found.row("new", "NPS difference of those who answered")
    everyone = found.row("new", "NPS difference of all asked")
    assert answered["estimate"] < 0  # readier to answer: less flattered
    assert everyone["estimate"] == pytest.approx(0, abs=0.3)
    # errors in common cancel
    alone = [found.row(arm, "NPS of all asked")["std_error"] for arm in found.arms]
    assert everyone["std_error"] < 0.5 * np.hypot(*alone)
    assert found.p_model > 0.99
    assert found.unbounded == ()
    said = "Arm 'new': if answering follows the score, those who answered flatter it by"
    assert said in found.headline()
    assert found.draws["posterior"]["gap"].shape == (4, 2000, 2)
    assert "selection gap" in repr(found)
    assert two_arms().frame.equals(found.frame)
    assert not np.allclose(two_arms(seed=1).drawn["nps"], found.drawn["nps"])


def test_arms_of_their_own_are_analyses_of_their_own():
    found = two_arms(shared=False)
    tables = expected(20_000, *WORLDS)
    alone = resistance(invitations(tables[1:], 20_000, ("new",)))
    for quantity in ("NPS of all asked", "selection gap", "reminder"):
        one, two = found.row("new", quantity), alone.row("new", quantity)
        for name in ("estimate", "std_error", "lower", "upper"):
            assert one[name] == pytest.approx(two[name])
    apart = found.row("new", "NPS difference of all asked")
    parts = [found.row(arm, "NPS of all asked") for arm in ("old", "new")]
    assert apart["estimate"] == pytest.approx(parts[1]["estimate"] - parts[0]["estimate"])
    assert apart["std_error"] == pytest.approx(np.hypot(*[p["std_error"] for p in parts]))
    below = np.hypot(
        parts[1]["estimate"] - parts[1]["lower"], parts[0]["upper"] - parts[0]["estimate"]
    )
    assert apart["estimate"] - apart["lower"] == pytest.approx(below)


def test_words_where_it_cannot_tell():
    weak = invitations(expected(1000, (-1.2, 0.0, 0.1)), 1000, ("a",))
    found = resistance(weak)
    said = "\n".join(found.diagnostics)
    assert "cannot tell how those who answered differ" in found.headline()
    assert found.unbounded == ("a",)
    assert "nearly flat" in said
    assert "may have moved nobody" in said
    assert "mostly its prior" in said
    assert "cannot be foretold" in said
    near = resistance(invitations(expected(300_000, (0.0, 0.0, 1.2)), 300_000, ("a",)))
    assert "if answering follows the score" in found.headline()
    said = "if answering follows the score, those who answered score"
    assert f"{said} about as all who were asked" in near.headline()
    below = resistance(invitations(expected(100_000, (0.0, -2.0, 1.2)), 100_000, ("a",)))
    assert said in below.headline()
    assert "below all who were asked" in below.headline()


def test_the_words_on_simulated_networks_are_the_table():
    rows = pd.read_csv(TABLES / "nonresponse_networks.csv")
    rows = rows[rows["experience"] > 0]
    off = rows["corrected"] - rows["asked"]
    mean = off.groupby([rows["reminder"], rows["shape"]]).mean()
    plain = (rows["answered"] - rows["asked"]).groupby(rows["reminder"]).mean()
    held = ((rows["lower"] <= rows["asked"]) & (rows["asked"] <= rows["upper"])).sum()
    said = resistance(invitations(expected(1000, (0.0, 1.0, 1.2)), 1000, ("a",))).diagnostics[-1]
    assert f"answers were {plain.min():.1f} to {plain.max():.1f} points too high" in said
    assert f"between {-mean.min():.1f} points too low and {mean.max():.1f} too high" in said
    assert f"up to {off.abs().max():.1f} off in one" in said
    assert f"held in {held} of {len(rows)} readings" in said
    assert (rows["p_model"] > 0.01).all()
    strong, weak = mean[1.2], mean[0.35]
    assert (strong.round().min(), strong.round().max()) == (-12, -8)
    assert (weak.round().min(), weak.round().max()) == (4, 6)


def test_the_invitations_needed_are_those_that_give_three_points():
    found = resistance(invitations(expected(40_000, (0.0, 1.0, 1.2)), 40_000, ("a",)))
    sentence = next(text for text in found.diagnostics if "±3 points" in text)
    n = int(sentence.split("some ")[1].split(" invitations")[0].replace(",", ""))
    again = resistance(invitations(expected(n // 2, (0.0, 1.0, 1.2)), n // 2, ("a",)))
    row = again.row("a", "NPS of all asked")
    assert (row["upper"] - row["lower"]) / 2 == pytest.approx(3, rel=0.05)


def test_a_flag_of_who_was_sent_one_is_doubted():
    tables = expected(10_000, (-0.5, 1.0, 0.5))
    early = tables[:, :1] * 0.6
    tables = np.rint(np.concatenate([tables[:, :1] + early, tables[:, 1:] - early], axis=1))
    found = resistance(invitations(tables, 10_000, ("a",)))
    assert any("who was sent one, not for whom one was drawn" in t for t in found.diagnostics)


def test_a_reminder_that_works_on_promoters_only_does_not_fit():
    tables = expected(30_000, (-1.0, 0.0, 0.0))
    tables[:, 1, 9:] *= 1.6
    tables[:, 1, 3:5] *= 0.7
    found = resistance(invitations(np.rint(tables), 30_000, ("a",)))
    assert found.p_model < 1e-4
    assert any("The model does not fit" in text for text in found.diagnostics)


def test_arms_that_do_not_share_are_told_apart():
    tables = expected(40_000, (-0.3, 1.2, 0.3), (-0.3, 1.2, 1.2))
    found = resistance(invitations(tables, 40_000, ("a", "b")), control="a")
    assert any("Read each arm on its own" in text for text in found.diagnostics)
    found = resistance(invitations(tables, 40_000, ("a", "b")), control="a", shared=False)
    assert not any("Read each arm on its own" in text for text in found.diagnostics)


def test_errors_say_the_remedy():
    counts = invitations(expected(2000, *WORLDS), 2000, ("old", "new"))
    with pytest.raises(InputError, match="must be one of 'linear', 'quadratic', 'category'"):
        resistance(counts, shape="cubic")
    with pytest.raises(InputError, match=r"without a `control`. Name both"):
        resistance(counts, treatment="new")
    with pytest.raises(InputError, match="none named 'arm'"):
        resistance(counts.by("reminder"))
    with pytest.raises(InputError, match="none named 'reminder'"):
        resistance(counts.by("arm"))
    bare = nps.InvitationCounts(counts.cells, counts.invited, counts.answered)
    with pytest.raises(InputError, match=r"have no scores\. Count them with `responses=`"):
        resistance(bare)
    cells = counts.cells.assign(reminder=["no", "yes", None, "yes"])
    unknown = nps.InvitationCounts(
        cells, counts.invited, counts.answered, nps.ScoreCounts(counts.scores.counts, cells)
    )
    with pytest.raises(InputError, match="2,000 invitations do not say whether a reminder"):
        resistance(unknown)
    none = expected(2000, *WORLDS)
    none[1, 0] = 0
    with pytest.raises(InputError, match="Arm 'new' has no answer among 2,000 invitations without"):
        resistance(invitations(none, 2000, ("old", "new")))
    every = invitations(none + 1, 2000, ("old", "new"))
    all_came = nps.InvitationCounts(every.cells, every.answered, every.answered, every.scores)
    with pytest.raises(InputError, match="nobody was silent, and there is nothing to correct"):
        resistance(all_came)
