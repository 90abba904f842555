"""Fatigue against R's glm and against histories followed one by one; known truth; refusals."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.survey.tired.fatigue import fatigue
from npsstats.experiments.survey.tired.quarantine import gaps_of, kept
from npsstats.experiments.survey.tired.tiredness import Recency, fades

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
TABLES = Path(__file__).resolve().parents[2] / "docs" / "tables"


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / f"fatigue_{name}.csv", comment="#")


def counts_of(
    cells: pd.DataFrame, invited: np.ndarray, categories: np.ndarray
) -> nps.InvitationCounts:
    eleven = np.zeros((len(cells), 11), dtype=int)
    eleven[:, [3, 8, 10]] = categories
    scores = nps.ScoreCounts(eleven, cells)
    return nps.InvitationCounts(scores.cells, invited, scores.n, scores)


def golden_counts() -> nps.InvitationCounts:
    rows = table("cells")
    cells = rows[["past", "since", "channel"]].set_axis(
        ["past_invitations", "days_since_last", "channel"], axis=1
    )
    told = rows[["detractors", "passives", "promoters"]].to_numpy()
    return counts_of(cells, rows["invited"].to_numpy(), told)


@pytest.fixture(scope="module")
def read():
    return fatigue(golden_counts(), adjust=["channel"], draws=400, send_cost=0.1, answer_value=0.2)


def test_recency_is_chosen_as_r_would(read):
    expected = table("expected")
    against = expected[expected["what"] == "akaike"].set_index("value")["estimate"]
    found = list(read.criteria.values())
    np.testing.assert_allclose(
        np.array(found[1:]) - found[0], against[[30, 60, 90, 0]], rtol=1e-5, atol=1e-5
    )
    assert read.recency == "exp(−days / 30)"
    assert list(read.criteria)[-1] == "bins of days up to 30, 60, 90, 180"


def test_curves_and_changes_are_those_of_r(read):
    expected = table("expected")
    names = {"past": "past_invitations", "since": "days_since_last"}
    curves = expected[expected["what"].isin(names)].assign(factor=lambda x: x["what"].map(names))
    both = read.curves.merge(curves, on=["factor", "value", "quantity"])
    assert len(both) == 20
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], rtol=1e-6)
    changes = expected[expected["what"].isin(["more", "lately"])]
    np.testing.assert_allclose(read.frame["estimate"], changes["estimate"], rtol=1e-5, atol=1e-8)


def test_a_rule_leaves_what_histories_followed_one_by_one_leave():
    """A million histories in R; cells of a day's gap are pooled to spans."""
    gaps = np.arange(5, 70)
    past = np.repeat(np.arange(7), len(gaps)).astype(float)
    since = np.tile(gaps, 7).astype(float)
    since[past == 0] = np.nan
    left = kept(past, since, np.ones(len(past)), 45, Recency(30.0))
    assert left.sent[past == 0] == pytest.approx(1)
    expected = table("kept").rename(columns={"from": "least"})
    for row in expected.itertuples():
        own = (past == row.past) & (since >= row.least) & (since <= row.to)
        weight = left.sent[own]
        assert weight.mean() == pytest.approx(row.sent, abs=4 * 0.5 / np.sqrt(row.n))
        if row.sent > 0:
            before = np.average(left.past[own], weights=weight)
            faded = np.average(left.faded[own, 0], weights=weight)
            assert before == pytest.approx(row.before, abs=0.02)
            assert faded == pytest.approx(row.faded, abs=0.002)


def test_what_goes_out_is_counted_up_to_the_cap():
    """Followed one by one: gaps of 10 or 40 days, a rule of 30, three before the one in hand."""
    past, since = np.array([0.0, 3, 3]), np.array([np.nan, 10, 40])
    weight = np.array([1.0, 1.0, 1.0])  # either gap has the chance ½
    numbers = []
    for first in (10, 40):
        for second in (10, 40):
            day = np.cumsum([0, first, second, 40])
            last, count = 0, 1
            for one in day[1:3]:
                if one - last >= 30:
                    last, count = one, count + 1
            numbers.append(min(count, 2))
    left = kept(past, since, weight, 30, Recency(30.0), most=2)
    assert left.past[2] == pytest.approx(np.mean(numbers))
    free = kept(past, since, weight, 30, Recency(30.0))
    assert free.past[2] > left.past[2]


def test_no_rule_changes_nothing_and_a_longer_rule_leaves_less():
    counts = golden_counts()
    rules = fatigue(counts, draws=400).rules.pivot_table(
        index="quarantine_days", columns="quantity", values="estimate", sort=False
    )
    assert rules.loc[0, ["not_sent", "answers_lost", "answers_won_back"]].tolist() == [0, 0, 0]
    assert (rules["not_sent"].diff().dropna() > 0).all()
    assert (rules["answers_lost"].diff().dropna() > 0).all()
    observed = 1000 * counts.answered.sum() / counts.invited.sum()
    assert rules.loc[0, "answers"] == pytest.approx(observed, rel=1e-6)
    total = rules["answers"] + rules["answers_lost"] - rules["answers_won_back"]
    assert total.to_numpy() == pytest.approx(observed, rel=1e-6)
    per_answer = (1000 - rules["not_sent"]) / rules["answers"]
    assert rules["invitations_per_answer"].to_numpy() == pytest.approx(per_answer.to_numpy())


def test_a_rule_shorter_than_every_gap_changes_nothing():
    past, since = np.array([0.0, 1, 2]), np.array([np.nan, 40, 50])
    left = kept(past, since, np.ones(3), 30, Recency(30.0))
    assert left.sent == pytest.approx(1)
    assert left.past == pytest.approx(past)
    np.testing.assert_allclose(left.faded, fades(Recency(30.0), since))


def test_gaps_are_shares_of_those_asked_before():
    since = np.array([np.nan, 0.0, 1.5, 40])
    shares = gaps_of(since, np.array([50.0, 1, 1, 2]), 3)
    assert shares.tolist() == [0.25, 0.25, 0.0]


def test_money_weighs_what_is_saved_against_what_is_lost(read):
    rules = read.rules.pivot_table(index="quarantine_days", columns="quantity", values="estimate")
    net = rules["answers_won_back"] - rules["answers_lost"]
    money = 0.1 * rules["not_sent"] + 0.2 * net
    assert rules["money"].to_numpy() == pytest.approx(money.to_numpy())
    assert read.choice["option"].tolist() == ["0 days", "30 days", "60 days", "90 days", "180 days"]
    best = read.choice.loc[read.choice["expected_loss"].idxmin(), "option"]
    assert best == f"{money.idxmax()} days"
    assert fatigue(golden_counts(), draws=400).choice is None


def test_nothing_may_be_won_back_unless_chance_decided():
    counts = golden_counts()
    observed, randomized = (
        fatigue(counts, draws=400, quarantine=[60], randomized=flag) for flag in (False, True)
    )
    lower = [
        one.rules.set_index("quantity").loc["answers_won_back", "lower"]
        for one in (observed, randomized)
    ]
    assert lower[0] == 0
    assert lower[1] > 0
    assert "association" in observed.headline()
    assert "not randomized" in observed.diagnostics[0]
    assert "association" not in randomized.headline() + randomized.diagnostics[0]


def test_response_that_rises_wins_nothing_back():
    cells = pd.DataFrame({"past_invitations": [0, 1, 2], "days_since_last": [np.nan, 10, 10]})
    told = np.array([[30, 30, 40], [40, 40, 60], [60, 60, 80]])
    result = fatigue(counts_of(cells, np.array([500] * 3), told), quarantine=[0, 30], draws=400)
    assert any("rises with past solicitations" in one for one in result.diagnostics)
    won = result.rules[result.rules["quantity"] == "answers_won_back"]
    assert (won["upper"] >= won["estimate"]).all()
    assert (won["lower"] == 0).all()


def test_without_fatigue_draws_by_lot_win_nothing_back_on_average():
    """Chance decided who was asked, and nobody tires: gains and losses are as likely."""
    rng = np.random.default_rng(3)
    rows = [(0, np.nan, 4000)] + [(k, d, 400) for k in (1, 2, 3, 4) for d in (5, 20, 45, 120)]
    cells = pd.DataFrame(rows, columns=["past_invitations", "days_since_last", "invited"])
    invited = cells.pop("invited").to_numpy()
    won, money = [], []
    for seed in range(24):
        told = rng.multinomial(rng.binomial(invited, 0.22), [0.25, 0.3, 0.45])
        rules = fatigue(
            counts_of(cells, invited, told),
            quarantine=[0, 30],
            randomized=True,
            send_cost=0,
            answer_value=1,
            draws=400,
            seed=seed,
        ).rules
        rule = rules[rules["quarantine_days"] == 30].set_index("quantity")
        won.append(rule.loc["answers_won_back"])
        money.append(rule.loc["money", "estimate"] + rule.loc["answers_lost", "estimate"])
    found = pd.DataFrame(won)
    assert (found["lower"] < 0).sum() > 18
    error = found["estimate"].std() / np.sqrt(len(found))
    assert abs(found["estimate"].mean()) < 2.5 * error
    assert 5 < (found["estimate"] > 0).sum() < 19
    assert money == pytest.approx(found["estimate"].to_numpy())


def test_that_limits_of_rules_are_too_narrow_is_said_with_what_was_found():
    page = (TABLES / "timing.md").read_text(encoding="utf-8")
    found = re.search(r"in (0\.\d\d) where customers come unalike, in (0\.\d\d) where alike", page)
    said = " ".join(fatigue(golden_counts(), draws=400).diagnostics)
    assert f"in {found[1]} of the readings where customers come unalike, in {found[2]}" in said
    alone = fatigue(golden_counts(), draws=400, quarantine=[0]).diagnostics
    assert not any("too narrow" in one for one in alone)


def test_a_score_that_rises_is_doubted():
    cells = pd.DataFrame({"past_invitations": [0, 1, 2], "days_since_last": [np.nan, 10, 10]})
    told = np.array([[60, 40, 100], [50, 40, 100], [30, 40, 110]])
    counts = counts_of(cells, np.array([900, 950, 1000]), told)
    observed, by_lot = (
        fatigue(counts, quarantine=[0], draws=400, randomized=lot) for lot in (False, True)
    )
    assert observed.frame.set_index("quantity")["estimate"].iloc[1] > 0
    said = " ".join(observed.diagnostics)
    assert "NPS rises with past solicitations: that is who is asked rather than fatigue" in said
    assert "Response rises" not in said
    said = " ".join(by_lot.diagnostics)
    assert "NPS rises with past solicitations, which chance decided" in said
    assert "who is asked rather than" not in said
    assert "nothing is won back" not in said


def test_the_table_has_a_rise_where_the_truth_is_a_fall():
    page = (TABLES / "timing.md").read_text(encoding="utf-8")
    truth, plain, adjusted = (
        float(re.search(rf"\| {name} \|.*\| ([-+][\d.]+)[^|]*\|[^|]*\|$", page, re.MULTILINE)[1])
        for name in ("the truth", "unadjusted", "adjusted for journey and channel")
    )
    assert truth < 0 < min(plain, adjusted)


def world(rng: np.random.Generator, n: int) -> tuple[nps.InvitationCounts, pd.DataFrame]:
    cells = pd.DataFrame(
        [(0, np.nan)] + [(k, d) for k in range(1, 5) for d in (10, 40, 120)],
        columns=["past_invitations", "days_since_last"],
    )
    past, faded = cells["past_invitations"], fades(Recency(30.0), cells["days_since_last"])[:, 0]
    invited = rng.poisson(np.where(past == 0, 4 * n, n / past.clip(1)))
    truth = pd.DataFrame(
        {
            "past": past,
            "faded": faded,
            "invited": invited,
            "response": special.expit(-1 - 0.15 * past - 0.6 * faded),
            "detractor": special.expit(-1.3 + 0.08 * past),
        }
    )
    truth["promoter"] = (1 - truth["detractor"]) * special.expit(0.4 - 0.05 * past)
    came = rng.binomial(invited, truth["response"])
    three = np.stack(
        [truth["detractor"], 1 - truth["detractor"] - truth["promoter"], truth["promoter"]], axis=1
    )
    told = np.stack([rng.multinomial(k, p) for k, p in zip(came, three, strict=True)])
    return counts_of(cells, invited, told), truth


def test_intervals_hold_the_truth():
    rng = np.random.default_rng(4)
    inside = []
    for seed in range(15):
        counts, truth = world(rng, 1500)
        frame = fatigue(counts, quarantine=[0], draws=400, seed=seed, randomized=True).frame
        past, faded = truth["past"], truth["faded"]
        moved = special.expit(-1 - 0.15 * (past + 1) - 0.6 * faded) - truth["response"]
        detractor = special.expit(-1.3 + 0.08 * (past + 1))
        promoter = (1 - detractor) * special.expit(0.4 - 0.05 * (past + 1))
        net = (promoter - detractor) - (truth["promoter"] - truth["detractor"])
        for quantity, values in (("response", moved), ("nps", net)):
            row = frame[frame["quantity"] == quantity].iloc[0]
            true = 100 * np.average(values, weights=truth["invited"])
            inside.append(row.lower <= true <= row.upper)
    # 30 intervals at 95 %; benchmarks/timing.py has many more
    assert sum(inside) >= 24


def test_satisfied_customers_come_often_and_hide_the_fatigue_of_the_score():
    """The simulated score falls with each solicitation; those asked often are the satisfied."""
    truth = nps.NetworkTruth(fatigue_response=-0.3, repurchase_satisfaction=1.0)
    network = nps.simulate(8, 12, 4_000, seed=2, truth=truth)
    sent = nps.read(network.invitations, table="invitations", quiet=True)
    keys = ["past_invitations", "days_since_last"]
    result = fatigue(nps.count_invitations(sent, keys, responses=network.responses), draws=400)
    rows = result.frame.set_index(["change", "quantity"])
    response = rows.loc[("one more solicitation", "response")]
    real = network.truth.fatigue
    steps = 100 * real["response_rate"].diff().dropna()
    assert steps.iloc[0] - 4 * response["std_error"] < response["estimate"]
    assert response["estimate"] < steps.iloc[-1] + 4 * response["std_error"]
    score = rows.loc[("one more solicitation", "nps")]
    falls = real["nps_asked"].diff().dropna()
    assert falls.max() < 0
    assert score["estimate"] - 2 * score["std_error"] > falls.mean()


def test_the_result_reads_one_way(read):
    assert not any("Nobody was asked again" in one for one in read.diagnostics)  # gaps of 5 days
    assert "One more solicitation, the last one as long ago, goes with" in read.headline()
    assert "Fatigue by past solicitations" in repr(read)
    again = fatigue(golden_counts(), adjust=["channel"], draws=400, send_cost=0.1, answer_value=0.2)
    pd.testing.assert_frame_equal(read.frame, again.frame)
    pd.testing.assert_frame_equal(read.rules, again.rules)


def test_what_there_is_to_doubt():
    cells = pd.DataFrame(
        {"past_invitations": [0, 1, 2, 3, np.nan], "days_since_last": [np.nan, 10, 10, 10, np.nan]}
    )
    told = np.array([[900, 900, 1200], [100, 90, 110], [900, 900, 1200], [90, 110, 100], [1, 1, 1]])
    counts = counts_of(cells, np.array([9000, 9000, 9000, 9000, 70]), told)
    said = " ".join(fatigue(counts, draws=400).diagnostics)
    assert "A straight line on the log-odds does not describe how responses go" in said
    assert "70 invitations were left out" in said
    assert "Nobody was asked again within 10 days." in said
    few = counts_of(cells[:2], np.array([200, 40]), np.array([[20, 20, 20], [3, 3, 3]]))
    assert "Only 9 answers are of customers asked before" in " ".join(
        fatigue(few, draws=400).diagnostics
    )
    none = counts_of(cells[:2], np.array([200, 40]), np.array([[20, 20, 20], [0, 3, 3]]))
    assert "a normal prior" in " ".join(fatigue(none, draws=400).diagnostics)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"past": "asked"}, "There is no key 'asked' among"),
        ({"quarantine": (30, 0)}, "`quarantine` must be ascending whole numbers of days"),
        ({"quarantine": (-1,)}, "`quarantine` must be a whole number of at least 0, got -1"),
        ({"send_cost": 1.0}, "`send_cost` and `answer_value` go together"),
        ({"send_cost": -1.0, "answer_value": 1.0}, "`send_cost` must be a number from 0"),
        ({"most": 0}, "`most` must be a whole number of at least 1"),
        ({"draws": 4}, "`draws` must be a whole number of at least 400"),
    ],
)
def test_refusals(change, text):
    with pytest.raises(InputError, match=text):
        fatigue(golden_counts(), **change)


@pytest.mark.parametrize(
    ("past", "since", "text"),
    [
        ([0], [np.nan], "All invitations have the same number of past solicitations"),
        ([0, 1.5], [np.nan, 3], "`past_invitations` must hold whole numbers from 0, got 1.5"),
        ([0, 1], [np.nan, -3], "`days_since_last` must be 0 days or more, got -3"),
        ([0, 1], [5, 3], "50 invitations have 0 `past_invitations` and yet a `days_since_last`"),
        ([0, "3 and more"], [np.nan, 3], "must hold numbers, got '3 and more'"),
    ],
)
def test_refusals_of_counts(past, since, text):
    cells = pd.DataFrame({"past_invitations": past, "days_since_last": since})
    counts = counts_of(cells, np.full(len(cells), 50), np.full((len(cells), 3), 4))
    with pytest.raises(InputError, match=text):
        fatigue(counts)
