"""`integrity`: its arithmetic against R, its false alarms, and what it finds where stores game."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import npsstats as nps
from npsstats.aggregates.integrity import IntegrityCounts, count_integrity
from npsstats.estimation.integrity import bursts as scan
from npsstats.estimation.integrity.excess import excess, profile_logits, tail
from npsstats.estimation.integrity.ranking import benjamini_hochberg, cauchy_combination
from npsstats.estimation.integrity.signs import MEANINGS, copies

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
TEXT = "Équipe formidable, accueil parfait du début à la fin"
ACCUSING = ("guilt", "fraud", "cheat", "manipulat")


def golden(name):
    return pd.read_csv(GOLDEN / f"integrity_{name}.csv", comment="#")


@pytest.fixture(scope="module")
def honest():
    return nps.simulate(30, 6, 5000, seed=11, truth=nps.NetworkTruth(gaming_share=0))


@pytest.fixture(scope="module")
def counts(honest):
    return count_integrity(honest)


def p_of(result, sign, store):
    rows = result.signs
    return float(rows.loc[(rows["sign"] == sign) & (rows["store_id"] == store), "p_value"].iloc[0])


# ── arithmetic ───────────────────────────────────────────────────────────────────────────────────


def test_tail_agrees_with_convolution_in_r():
    table = golden("tails")
    sizes = table[["n1", "n2", "n3"]].to_numpy(dtype=float)
    logits = table[["l1", "l2", "l3"]].to_numpy()
    group = np.repeat(np.arange(len(table)), 3)
    ours = tail(group, len(table), logits.ravel(), sizes.ravel(), table["seen"].to_numpy(float))
    exact = table["mid_p"].to_numpy()
    inside = (table["seen"] < sizes.sum(axis=1) - 0.5) & (sizes.sum(axis=1) > 20)
    assert ours[inside] == pytest.approx(exact[inside], rel=0.05, abs=1e-3)
    # twelve answers, all or nearly all of them successes: still of the right size
    assert ours[~inside] == pytest.approx(exact[~inside], rel=0.35)


def test_profile_logits_agree_with_r():
    table = golden("logits")
    profile = table[["csat", "kind"]].astype(str)
    ours = profile_logits(profile, table["n"].to_numpy(float), table["k"].to_numpy(float))
    assert ours == pytest.approx(table["logit"].to_numpy(), abs=2e-5)


def test_windows_agree_with_r_and_scipy():
    for row in golden("windows").itertuples():
        ours = scan._tail(row.n, row.total, row.share, row.rho)
        assert ours == pytest.approx(row.mid_p, rel=1e-6)
        size = 1 / row.rho - 1
        law = stats.betabinom(int(row.total), size * row.share, size * (1 - row.share))
        assert ours == pytest.approx(law.sf(row.n) + law.pmf(row.n) / 2, rel=1e-6)


def test_q_values_agree_with_r():
    table = golden("q")
    order = np.random.default_rng(1).permutation(len(table))
    ours = benjamini_hochberg(table["p"].to_numpy()[order])
    assert ours == pytest.approx(table["q"].to_numpy()[order], rel=1e-9)
    with_gap = benjamini_hochberg(np.array([0.01, np.nan, 0.5]))
    assert with_gap[[0, 2]] == pytest.approx([0.02, 0.5])
    assert np.isnan(with_gap[1])


def test_cauchy_combination_keeps_its_level_under_dependence():
    rng = np.random.default_rng(3)
    for correlation in (0.0, 0.6, 0.95):
        common = rng.standard_normal(40_000)
        z = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.standard_normal(
            (5, 40_000)
        )
        p = cauchy_combination(special.ndtr(-z))
        assert (p <= 0.01).mean() < 0.013
        assert (p <= 0.01).mean() > 0.004
    # a small p-value is not lost, and a sign that says nothing does not count
    assert cauchy_combination(np.array([[1e-200], [1.0], [np.nan]]))[0] < 1e-190
    assert np.isnan(cauchy_combination(np.full((2, 1), np.nan)))[0]


def test_repeats_are_uniform_where_nothing_is_odd_and_odd_ones_do_not_hide():
    rng = np.random.default_rng(5)
    chances = rng.integers(50, 3000, 4000).astype(float)
    extra = rng.poisson(0.01 * chances * rng.exponential(1, 4000)).astype(float)
    expected, p = copies(extra, chances)
    assert expected.sum() == pytest.approx(extra.sum(), rel=0.05)
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert (p <= 0.001).mean() < 0.003
    extra[:5] += 200
    assert (copies(extra, chances)[1][:5] < 1e-3).all()
    # a network without any repeat: one is nothing, many are
    none = np.zeros(50)
    none[0] = 6
    p = copies(none, np.full(50, 200.0))[1]
    assert p[0] < 1e-3
    assert (p[1:] > 0.4).all()


def made(rng, stores, own_sd, odd=0.0):
    """Return rows of stores whose answers succeed with logits of their own."""
    rows = 12
    store = np.repeat(np.arange(stores), rows)
    logits = rng.normal(-0.5, 0.8, stores * rows)
    n = rng.integers(1, 30, stores * rows).astype(float)
    own = rng.normal(0, own_sd, stores)
    own[0] += odd
    k = rng.binomial(n.astype(int), special.expit(logits + own[store])).astype(float)
    return store, stores, logits, n, k, np.zeros((stores, 0))


@pytest.mark.parametrize("own_sd", [0.0, 0.3, 0.8])
def test_good_stores_are_not_suspect_for_being_good(own_sd):
    rng = np.random.default_rng(7)
    p = np.concatenate([excess(*made(rng, 60, own_sd)).p_value for _ in range(25)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (p <= 0.001).mean() < 0.004
    assert p.mean() == pytest.approx(0.5, abs=0.03)


def test_an_odd_store_stands_out_and_does_not_move_the_others():
    rng = np.random.default_rng(8)
    found = [excess(*made(rng, 40, 0.2, odd=1.5)) for _ in range(10)]
    assert np.mean([result.p_value[0] < 1e-3 for result in found]) > 0.8
    assert np.concatenate([result.p_value[1:] for result in found]).mean() > 0.45
    assert np.mean([result.tau for result in found]) == pytest.approx(0.2, abs=0.08)


def test_too_few_stores_say_so():
    assert excess(*made(np.random.default_rng(1), 5, 0.2)) is None


def test_a_burst_is_found_where_it_is_and_honest_weeks_are_not():
    rng = np.random.default_rng(9)
    least, found = [], 0
    for _ in range(12):
        week = np.array([1.5, 1, 1, 1, 1.2, 2, 0.2])[np.arange(168) % 7]
        n = rng.poisson(0.6 * week * rng.gamma(3, 1 / 3, (25, 168)))
        least.append(run(n).p_value)
        n[4, 60:62] += 7
        result = run(n)
        found += result.p_value[4] < 0.01 and 58 <= result.first[4] - 1000 <= 61
    assert (np.concatenate(least) <= 0.05).mean() < 0.08
    assert found >= 8


def run(n):
    store, day = np.nonzero(n)
    return scan.bursts(store, day + 1000, n[store, day].astype(float), len(n))


# ── the whole ────────────────────────────────────────────────────────────────────────────────────


def test_an_honest_network_raises_no_alarm(counts):
    result = nps.integrity(counts)
    assert not result.frame["look_into"].any()
    assert "does not prove" in str(result)
    assert set(result.signs["sign"]) == set(MEANINGS)
    assert not len(result.not_examined)
    # the bulk of the p-values is where it belongs
    tens = result.signs[result.signs["sign"] == "tens_given_closed"]["p_value"]
    assert 0.3 < tens.mean() < 0.7


def test_begging_for_tens_is_found_and_a_good_store_is_left_alone(honest):
    answers = honest.responses.copy()
    store, good = answers["store_id"].value_counts().index[[8, 9]]
    mine = answers.index[answers["store_id"] == store]
    begged = np.random.default_rng(1).choice(mine, int(0.5 * len(mine)), replace=False)
    answers.loc[begged, "score"] = 10
    # the other is liked by everybody: it has many tens, and closed questions to match
    liked = answers[(answers["csat"] == 5) & ~answers["store_id"].isin([store, good])]
    mine = answers.index[answers["store_id"] == good]
    drawn = liked.sample(len(mine), random_state=1)
    for name in ("score", "csat", "ces"):
        answers.loc[mine, name] = drawn[name].to_numpy()
    assert (answers.loc[mine, "score"] == 10).mean() > 1.5 * (answers["score"] == 10).mean()
    result = nps.integrity(answers, honest.invitations)
    assert "If honest stores differ about normally" in result.headline()
    assert any("differ about normally" in text for text in result.diagnostics)
    assert result.frame["store_id"].iloc[0] == store
    assert result.frame["look_into"].tolist() == [True] + [False] * 29
    assert result.frame["main_sign"].iloc[0].startswith("tens")
    assert p_of(result, "tens_given_closed", good) > 0.001
    assert result.expected_false == pytest.approx(0.05)
    row = result.signs.iloc[0]
    assert row.excess == pytest.approx(row.observed - row.expected)
    assert row.look_into
    text = f"{result}{result._repr_html_()}{result.signs['explanation'].str.cat()}".lower()
    assert "look into" in text
    assert not any(word in text for word in ACCUSING)


def test_bursts_repeats_and_rates_are_found(honest):
    answers, sent = honest.responses.copy(), honest.invitations.copy()
    answers["store_id"] = answers["store_id"].astype(str)
    names = answers["store_id"].value_counts().index
    crowd, twice, copied, resent, eager = names[6:11]
    mine = answers.index[answers["store_id"] == crowd][:25]
    answers.loc[mine, "date"] = pd.Timestamp("2025-10-08")
    mine = answers.index[answers["store_id"] == copied][:7]
    answers.loc[mine, "verbatim"] = [f"{TEXT}{end}" for end in ("", " !", ".", "…", " ", "!!", "")]
    answers.loc[mine, "date"] = pd.Timestamp("2025-10-07")
    again = answers[answers["store_id"] == twice].head(10).copy()
    again["response_id"] = 10**6 + np.arange(10)
    resend = answers[answers["store_id"] == resent].head(12)
    sent["store_id"] = sent["store_id"].astype(str)
    asked = sent.index[(sent["store_id"] == eager) & ~sent["answered"]]
    sent.loc[asked[: int(0.45 * len(asked))], "answered"] = True
    result = nps.integrity(pd.concat([answers, again, resend]), sent)
    expected = {
        "bursts": crowd,
        "repeated_customers": twice,
        "repeated_texts": copied,
        "repeated_rows": resent,
        "response_rate": eager,
    }
    for sign, store in expected.items():
        assert p_of(result, sign, store) < 2e-3, sign
    listed = set(result.frame.loc[result.frame["look_into"], "store_id"])
    assert len(listed & set(expected.values())) >= 4
    assert len(listed - set(expected.values())) <= 1
    rows = result.signs.set_index(["sign", "store_id"])
    assert rows.loc[("repeated_rows", resent), "observed"] == 12
    assert rows.loc[("repeated_customers", twice), "observed"] == 10
    assert rows.loc[("repeated_texts", copied), "observed"] >= 6
    assert rows.loc[("bursts", crowd), "when"] <= "2025-10-08"
    # no verbatim and no customer leaves the database
    shown = " ".join(
        frame.to_csv() for frame in (result.frame, result.signs, result.not_examined)
    ) + str(result)
    assert "formidable" not in shown.lower()
    assert "customer_id" not in shown


def test_what_is_not_there_is_said(honest):
    answers = honest.responses[["store_id", "score"]]
    result = nps.integrity(answers)
    assert set(result.signs["sign"]) == {"tens_given_nines"}
    missing = set(result.not_examined["sign"])
    assert missing == set(MEANINGS) - {"tens_given_nines"}
    assert "Not examined: tens_given_closed, as the answers have no closed question" in str(result)


def test_other_closed_questions_can_be_named():
    rng = np.random.default_rng(4)
    n = 1500
    welcome = rng.integers(1, 6, n)
    score = np.clip(welcome + rng.integers(0, 7, n), 0, 10)
    answers = pd.DataFrame(
        {
            "store_id": rng.integers(0, 20, n),
            "score": score,
            "welcome": welcome,
            "mark": np.round(20 * rng.random(n), 1),
        }
    )
    result = nps.integrity(answers, closed=["welcome", "mark"])
    assert result.provenance.options["closed"] == ["welcome", "mark"]
    rows = result.signs[result.signs["sign"] == "tens_given_closed"]
    assert len(rows) == 20
    assert rows["expected"].sum() == pytest.approx((score == 10).sum(), rel=0.1)
    counted = count_integrity(answers, closed=["welcome", "mark"])
    assert counted.answers["mark"].nunique() == 10


def test_row_order_changes_nothing(honest, counts):
    shuffled = honest.responses.sample(frac=1, random_state=2)
    again = nps.integrity(shuffled, honest.invitations)
    first = nps.integrity(counts)
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert first.provenance.fingerprint == again.provenance.fingerprint


@pytest.mark.parametrize(
    "answers",
    [
        {"store_id": ["a"], "score": [9]},
        {"store_id": ["a"] * 5 + ["b"], "score": [10] * 6, "csat": [5] * 6},
        {"store_id": [str(i) for i in range(12)], "score": [0] * 12, "csat": [None] * 12},
        {"store_id": [str(i % 12) for i in range(600)], "score": [10] * 600, "csat": [3] * 600},
        {
            "store_id": [str(i % 12) for i in range(600)],
            "score": [8] * 600,
            "date": ["2025-01-01"] * 600,
            "customer_id": [None] * 600,
            "verbatim": [None] * 600,
            "response_id": range(600),
        },
    ],
)
def test_survives(answers):
    result = nps.integrity(pd.DataFrame(answers))
    assert len(result.frame) == len(set(answers["store_id"]))
    assert not result.frame["look_into"].any()
    assert len(str(result)) > 50
    assert result._repr_html_()


def test_errors_say_the_remedy(honest):
    with pytest.raises(nps.InputError, match="store by store"):
        nps.integrity(pd.DataFrame({"score": [9, 10]}))
    with pytest.raises(nps.InputError, match="false_alarms"):
        nps.integrity(honest, false_alarms=5)
    with pytest.raises(nps.InputError, match="delight"):
        nps.integrity(honest, closed=["delight"])
    with pytest.raises(nps.InputError, match="holds invitations"):
        nps.integrity(nps.read(honest.invitations, table="invitations", quiet=True))


def test_counts_hold_no_person(counts):
    assert isinstance(counts, IntegrityCounts)
    frames = [counts.answers, counts.days, counts.invitations, *counts.repeats.values()]
    columns = {name for frame in frames for name in frame.columns}
    assert not columns & {"customer_id", "verbatim", "account_id", "response_id", "invitation_id"}
