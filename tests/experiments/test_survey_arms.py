"""What arms of a survey bring: response, scores weighted to all asked, verdicts by purpose."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.survey.arms import survey_arms
from npsstats.experiments.survey.arms.posterior import draw_arms
from npsstats.experiments.survey.arms.strata import arm_strata
from npsstats.experiments.survey.arms.weighted import weighted_means
from npsstats.experiments.survey.purposes import verdicts

TOLERANCE = {
    "communication": 1.0,
    "representativeness": 1.0,
    "response": 0.002,
    "precision": 0.1,
    "prediction": 0.005,
    "completion": 0.002,
}


def asked(rows, keys=("arm", "journey")):
    """Return counts of rows: labels, then asked, detractors, passives, promoters."""
    width = len(keys)
    cells = pd.DataFrame([row[:width] for row in rows], columns=list(keys))
    scores = np.zeros((len(rows), 11), dtype=int)
    scores[:, [4, 8, 10]] = [row[width + 1 :] for row in rows]
    invited = np.array([row[width] for row in rows])
    return nps.InvitationCounts(cells, invited, scores.sum(axis=1), nps.ScoreCounts(scores, cells))


MIXED = [
    ("first", "shop", 3000, 150, 200, 550),
    ("first", "delivery", 1000, 60, 20, 20),
    ("last", "shop", 3000, 100, 150, 250),
    ("last", "delivery", 1000, 120, 60, 60),
]


def test_weighted_nps_is_the_mean_of_strata_at_the_mix_of_all_asked():
    arms = survey_arms(asked(MIXED), control="last", known=["journey"])
    shop, delivery = 100 * (550 - 150) / 900, 100 * (20 - 60) / 100
    row = arms.effects.row("NPS difference, weighted to all asked", "post-stratification")
    control = 0.75 * 100 * 150 / 500 + 0.25 * 100 * -60 / 240
    assert row["estimate"] == pytest.approx(0.75 * shop + 0.25 * delivery - control)
    posterior = arms.effects.row(
        "NPS difference, weighted to all asked", "Dirichlet posterior by stratum, by draws"
    )
    assert posterior["estimate"] == pytest.approx(row["estimate"], abs=0.5)
    assert posterior["std_error"] == pytest.approx(row["std_error"], rel=0.05)


def test_selection_is_what_answerers_say_less_what_all_asked_would():
    frame = survey_arms(asked(MIXED), control="last", known=["journey"]).frame
    wide = frame.pivot_table(index="arm", columns="quantity", values="estimate")
    gap = wide["NPS of those who answer"] - wide["NPS weighted to all asked"]
    assert gap.to_numpy() == pytest.approx(wide["selection through what is known"].to_numpy())
    # shops are asked three times in four, and are nine tenths of the answers to the first place
    assert gap["first"] > 10
    assert abs(gap["last"]) < 5


def test_nothing_known_leaves_the_answerers_own_score():
    arms = survey_arms(asked(MIXED), control="last")
    wide = arms.frame.pivot_table(index="arm", columns="quantity", values="estimate")
    raw = 100 * (570 - 210) / 1000
    assert wide.loc["first", "NPS of those who answer"] == pytest.approx(raw, abs=0.3)
    assert wide.loc["first", "selection through what is known"] == pytest.approx(0, abs=1e-9)
    assert "Nothing is known here" in " ".join(arms.diagnostics)


def test_arms_of_equal_counts_do_not_differ():
    rows = [(arm, *rest) for arm in ("a", "b") for _, *rest in MIXED[:2]]
    arms = survey_arms(asked(rows), control="a", known=["journey"])
    row = arms.effects.row("NPS difference, weighted to all asked")
    assert row["estimate"] == 0
    assert row["p_value"] == 1
    bayes = arms.effects.frame["probability"].dropna()
    assert bayes.between(0.45, 0.55).all()


def test_differences_change_sign_with_the_control():
    one = survey_arms(asked(MIXED), control="last", known=["journey"]).effects.frame.iloc[0]
    two = survey_arms(asked(MIXED), control="first", known=["journey"]).effects.frame.iloc[0]
    assert one["estimate"] == pytest.approx(-two["estimate"])
    assert (one["lower"], one["upper"]) == pytest.approx((-two["upper"], -two["lower"]))


def test_kinds_too_rare_to_be_heard_are_weighted_together_and_said():
    rare = [("first", "boat", 40, 0, 1, 0), ("last", "boat", 40, 2, 0, 0)]
    strata = arm_strata(asked([*MIXED, *rare]), "last", ["journey"])
    assert strata.merged >= 80
    assert strata.invited.sum() == 8080
    assert (strata.answered >= 5).all()
    arms = survey_arms(asked([*MIXED, *rare]), control="last", known=["journey"])
    assert "too rare to be heard in every arm" in " ".join(arms.diagnostics)


def test_worst_case_is_all_silent_at_either_end():
    frame = survey_arms(asked(MIXED), control="last").frame
    row = frame[(frame["arm"] == "first") & (frame["quantity"].str.contains("worst"))].iloc[0]
    assert row["lower"] == pytest.approx(100 * (570 - 210 - 3000) / 4000)
    assert row["upper"] == pytest.approx(100 * (570 - 210 + 3000) / 4000)


def test_the_margin_is_that_of_a_thousand_invitations():
    frame = survey_arms(asked(MIXED), control="last").frame
    row = frame[(frame["arm"] == "first") & (frame["quantity"].str.startswith("margin"))].iloc[0]
    mean = (570 - 210) / 1000
    sd = np.sqrt((570 + 210) / 1000 - mean**2)
    assert row["estimate"] == pytest.approx(100 * 1.96 * sd / np.sqrt(1000 * 0.25), rel=0.01)


def test_design_effects_widen_every_interval():
    plain = survey_arms(asked(MIXED), control="last", known=["journey"])
    wide = survey_arms(
        asked(MIXED),
        control="last",
        known=["journey"],
        designs={"first": (4.0, 4.0), "last": (4.0, 4.0)},
    )
    for quantity in ("response", "NPS of those who answer", "NPS weighted to all asked"):
        ratio = wide.of(quantity)["std_error"] / plain.of(quantity)["std_error"]
        assert ratio.to_numpy() == pytest.approx(2, rel=0.06)
    one, two = (item.effects.frame.iloc[0]["std_error"] for item in (wide, plain))
    assert one == pytest.approx(2 * two)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    mix, rate = np.array([0.6, 0.4]), np.array([[0.3, 0.1], [0.15, 0.3]])
    shares = np.array([[[0.1, 0.3, 0.6], [0.5, 0.3, 0.2]], [[0.2, 0.3, 0.5], [0.5, 0.3, 0.2]]])
    net = 100 * (shares[..., 2] - shares[..., 0])
    truth = net @ mix
    naive = (rate * mix * net).sum(axis=1) / (rate * mix).sum(axis=1)
    held, plain, bayes = 0, [], 0
    for seed in range(160):
        invited = rng.multinomial(1500, mix, size=2)
        told = np.array(
            [
                [rng.multinomial(rng.binomial(n, r), s) for n, r, s in zip(*row, strict=True)]
                for row in zip(invited, rate, shares, strict=True)
            ]
        )
        rows = [
            (arm, stratum, invited[a, s], *told[a, s])
            for a, arm in enumerate("ab")
            for s, stratum in enumerate("xy")
        ]
        strata = arm_strata(asked(rows), "a", ["journey"])
        mean, error = weighted_means(strata)
        gap = mean[1] - mean[0]
        held += abs(gap - (truth[1] - truth[0])) < 1.96 * np.hypot(*error)
        drawn = draw_arms(strata, draws=400, seed=seed, level=0.95).weighted
        low, high = np.quantile(drawn[:, 1] - drawn[:, 0], [0.025, 0.975])
        bayes += low <= truth[1] - truth[0] <= high
        raw = told.sum(axis=1)
        plain.append(100 * (raw[:, 2] - raw[:, 0]) / raw.sum(axis=1))
    # binomial sd of a coverage over 160 replications is .017
    assert held / 160 == pytest.approx(0.95, abs=0.05)
    assert bayes / 160 == pytest.approx(0.95, abs=0.05)
    bias = np.mean(plain, axis=0) - truth
    assert bias == pytest.approx(naive - truth, abs=1.0)
    assert abs(bias[1] - bias[0]) > 5  # what the weights take away


def test_completed_questionnaires_are_those_of_the_same_invitations():
    with pytest.raises(InputError, match="5,000 questionnaires of arm 'first', to which 4,000"):
        survey_arms(asked(MIXED), control="last", completed={"first": 5000, "last": 10})
    done = survey_arms(asked(MIXED), control="last", completed={"first": 900, "last": 700})
    assert done.of("completion")["estimate"].to_numpy() == pytest.approx([0.175, 0.225], abs=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"control": "middle"}, "`control` must be one of 'first', 'last', got 'middle'"),
        ({"known": ["region"]}, "`key` must be one of 'arm', 'journey', got 'region'"),
        ({"level": 1.2}, "`level` must be between 0 and 1"),
    ],
)
def test_what_is_not_there_is_named(change, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        survey_arms(asked(MIXED), **{"control": "last", **change})


def test_answers_that_all_agree_are_read_without_complaint():
    rows = [("first", 100, 0, 20, 0), ("last", 100, 0, 30, 0)]
    row = survey_arms(asked(rows, ("arm",)), control="last").effects.frame.iloc[0]
    assert (row["estimate"], row["p_value"]) == (0, 1)


def test_an_arm_that_nobody_answered_is_refused():
    rows = [("first", 100, 10, 10, 10), ("last", 100, 0, 0, 0)]
    with pytest.raises(InputError, match="Arm 'last' has no answers"):
        survey_arms(asked(rows, ("arm",)), control="first")


def test_numbers_stand_in_their_own_order():
    rows = [(arm, 100, 10, 10, 10) for arm in ("168", "2", "24")]
    assert survey_arms(asked(rows, ("arm",)), control="24").arms == ("24", "2", "168")


def test_draws_open_in_arviz():
    posterior = survey_arms(asked(MIXED), control="last").draws["posterior"]
    assert posterior["answered"].sizes == {"chain": 4, "draw": 1000, "cell": 2}


def test_each_purpose_gets_its_own_verdict():
    arms = survey_arms(asked(MIXED), control="last", known=["journey"])
    found = verdicts(
        arms,
        ["communication", "representativeness", "response"],
        tolerance=TOLERANCE,
    )
    assert found.chosen == {
        "communication": "first",  # 36 against 20
        "representativeness": "last",  # shops are heard too much in the first place
        "response": "first",
    }
    loss = found.frame.set_index(["purpose", "option"])["expected_loss"]
    assert loss["representativeness", "first"] > 5
    assert loss["representativeness", "last"] < 1


def test_few_answers_cannot_tell_and_say_so():
    rows = [("first", 60, 5, 4, 9), ("last", 60, 5, 4, 8)]
    arms = survey_arms(asked(rows, ("arm",)), control="last")
    found = verdicts(arms, ["communication"], tolerance=TOLERANCE)
    assert found.chosen == {"communication": None}
    assert "cannot tell yet" in found.headline()


def test_where_a_mistake_costs_little_the_control_is_kept():
    rows = [("first", 400_000, 20_000, 30_000, 50_000), ("last", 400_000, 20_000, 30_000, 50_000)]
    arms = survey_arms(asked(rows, ("arm",)), control="last")
    found = verdicts(arms, ["communication"], tolerance=TOLERANCE)
    assert found.chosen == {"communication": "last"}
    assert "too little to matter" in found.headline()


def test_purposes_that_lack_what_they_need_are_refused():
    arms = survey_arms(asked(MIXED), control="last")
    with pytest.raises(InputError, match="'prediction' needs draws: hand over `prediction`"):
        verdicts(arms, ["prediction"], tolerance=TOLERANCE)
    with pytest.raises(InputError, match="`purposes` must be among communication"):
        verdicts(arms, ["fame"], tolerance=TOLERANCE)
