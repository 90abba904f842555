"""`shape` and `tell_apart`: indices against R, the tree's posterior, and what a user sees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import npsstats as nps
from npsstats.estimation.shapes import polarization as indices
from npsstats.estimation.shapes.score_tree import Fork, score_tree

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SCORES = [f"score_{score}" for score in range(11)]
DIVIDED = [40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60]
LUKEWARM = [0, 0, 0, 0, 0, 5, 10, 30, 20, 20, 15]
FRENCH = np.array([0.028, 0.009, 0.014, 0.018, 0.019, 0.072, 0.060, 0.144, 0.251, 0.154, 0.231])


def golden(name):
    return pd.read_csv(GOLDEN / name, comment="#")


def network(rng, stores=40, most=120):
    shares = rng.dirichlet(40 * FRENCH, stores)
    n = rng.integers(0, most, stores)
    counts = [rng.multinomial(*pair) for pair in zip(n, shares, strict=True)]
    return np.array(counts), shares


@pytest.mark.parametrize("index", ["polarization", "opposition", "consensus", "agreement"])
def test_indices_agree_with_r(index):
    table = golden("shape.csv")
    ours = getattr(indices, index)(table[SCORES].to_numpy())
    assert ours == pytest.approx(table[index].to_numpy(), abs=1e-10, nan_ok=True)


def test_indices_of_no_answers_are_missing():
    for index in (indices.polarization, indices.opposition, indices.consensus, indices.agreement):
        assert np.isnan(index(np.zeros((2, 11)))).all()


def test_a_fork_agrees_with_a_dense_grid_in_r():
    table = golden("shape_fork.csv")
    counts = np.zeros((len(table), 11))
    counts[:, 9], counts[:, 10] = table["left"], table["right"]
    fork = score_tree(counts, 2, 50.0, 50.0).forks[0]
    assert (fork.first, fork.middle, fork.last) == (9, 10, 11)
    mean, _, square, _ = fork.moments(counts)
    assert mean == pytest.approx(table["mean"].to_numpy(), abs=2e-5)
    assert np.sqrt(square - mean**2) == pytest.approx(table["sd"].to_numpy(), abs=5e-5)


def test_pairs_agree_with_r():
    samples = golden("shape.csv")[SCORES].to_numpy()
    for row in golden("shape_pairs.csv").itertuples():
        ours = nps.tell_apart(samples[row.first - 1], samples[row.second - 1], permutations=19_999)
        assert ours.frame["first"].iloc[4] == pytest.approx(row.delta, abs=1e-10)
        assert ours.tests.loc["eleven_scores", "statistic"] == pytest.approx(row.g, abs=1e-8)
        spread = np.sqrt(row.p_g * (1 - row.p_g) / 20_000) * np.sqrt(2)
        assert ours.tests.loc["eleven_scores", "p_value"] == pytest.approx(
            row.p_g, abs=4 * spread + 1e-4
        )
        assert ours.log_bayes_factor == pytest.approx(row.log_bayes_factor, abs=1e-8)
        if min(samples[row.first - 1].sum(), samples[row.second - 1].sum()) > 50:
            # R's is the normal approximation to what is permuted here
            assert ours.tests.loc["order", "p_value"] == pytest.approx(row.p_wilcoxon, abs=0.02)


@pytest.mark.parametrize("cut", [0, 2, 3, 5])
def test_exact_moments_are_those_of_the_draws(cut):
    counts, _ = network(np.random.default_rng(1), stores=12)
    tree = score_tree(counts.astype(float), cut, 50.0, 50.0)
    mean, sd = tree.shares(counts.astype(float))
    low, low_sd = tree.lowest(counts.astype(float))
    size = 20_000
    draws = np.concatenate([part for _, part in tree.draws(counts.astype(float), size, 3)], axis=1)
    assert draws.sum(axis=-1) == pytest.approx(1)
    assert mean.sum(axis=1) == pytest.approx(1)
    assert np.abs(draws.mean(axis=0) - mean).max() < 5 * (sd / np.sqrt(size)).max()
    assert draws.std(axis=0) == pytest.approx(sd, rel=0.1, abs=2e-4)
    lowest = draws[..., : cut + 1].sum(axis=-1)
    assert lowest.mean(axis=0) == pytest.approx(low, abs=5 * low_sd.max() / np.sqrt(size))
    assert lowest.std(axis=0) == pytest.approx(low_sd, rel=0.06)


def test_alone_the_tree_is_one_dirichlet():
    counts = np.array([LUKEWARM], dtype=float)
    tree = score_tree(counts, 2, None, 50.0)
    alpha = counts[0] + np.repeat([1 / 7, 1 / 2, 1 / 2], [7, 2, 2])
    exact = stats.dirichlet(alpha)
    mean, sd = tree.shares(counts)
    assert mean[0] == pytest.approx(exact.mean(), abs=1e-12)
    assert sd[0] == pytest.approx(np.sqrt(exact.var()), abs=1e-12)
    beta = stats.beta(alpha[:3].sum(), alpha[3:].sum())
    result = nps.shape(nps.ScoreCounts(LUKEWARM), pooling="none", draws=40_000)
    low = result.frame.set_index("measure").loc["super_detractors"]
    assert low.estimate == pytest.approx(beta.mean(), abs=1e-12)
    assert low.upper == pytest.approx(beta.ppf(0.975), abs=0.001)


def test_the_nps_is_that_of_estimate():
    counts, _ = network(np.random.default_rng(2))
    shown = nps.shape(nps.ScoreCounts(counts), draws=100).distribution
    share = shown["estimate"].to_numpy().reshape(-1, 11)
    points = 100 * (share[:, 9:].sum(axis=1) - share[:, :7].sum(axis=1))
    expected = nps.estimate(nps.ScoreCounts(counts), draws=100).frame["estimate"].to_numpy()
    assert points == pytest.approx(expected, abs=1e-8)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(20260101)
    held = {name: [] for name in ("share", "polarization", "super_detractors", "word_of_mouth")}
    for _ in range(6):
        counts, shares = network(rng)
        result = nps.shape(nps.ScoreCounts(counts), draws=1000)
        true = {
            "polarization": indices.polarization(shares),
            "super_detractors": shares[:, :3].sum(axis=1),
            "word_of_mouth": 300 * shares[:, 9:].sum(axis=1) - 1000 * shares[:, :7].sum(axis=1),
        }
        for name, value in true.items():
            rows = result.frame[result.frame["measure"] == name]
            held[name].append((rows["lower"] <= value) & (value <= rows["upper"]))
        rows = result.distribution
        held["share"].append((rows["lower"] <= shares.ravel()) & (shares.ravel() <= rows["upper"]))
    for name, found in held.items():
        assert np.concatenate(found).mean() == pytest.approx(0.95, abs=0.04), name


def test_small_cells_are_shrunk_and_large_ones_are_not():
    counts, _ = network(np.random.default_rng(5))
    counts[0] = 0
    counts[0, 0] = 2  # two zeros are no reason to believe in a store of super-detractors
    counts[1] = 5000 * counts[1:].sum(axis=0)
    rows = nps.shape(nps.ScoreCounts(counts)).frame.query("measure == 'super_detractors'")
    assert rows["raw"].iloc[0] == 1
    assert rows["estimate"].iloc[0] < 0.25
    assert rows["estimate"].iloc[1] == pytest.approx(rows["raw"].iloc[1], abs=1e-4)


def test_one_nps_told_apart():
    result = nps.tell_apart(DIVIDED, LUKEWARM)
    rows = result.frame.set_index("measure")
    assert rows.loc["nps", ["first", "second"]].to_list() == pytest.approx([20, 20])
    assert 0.3 < rows.loc["nps", "p_positive"] < 0.7
    assert rows.loc["polarization", "lower"] > 0
    assert "The first is more divided" in str(result)
    back = nps.tell_apart(LUKEWARM, DIVIDED)
    assert "The second is more divided" in str(back)
    assert back.log_bayes_factor == pytest.approx(result.log_bayes_factor)
    assert back.total_variation == pytest.approx(0.85)
    # a far larger number than a float holds
    huge = nps.tell_apart(np.array(DIVIDED) * 1000, np.array(LUKEWARM) * 1000, permutations=99)
    assert huge.bayes_factor == np.inf
    assert np.isfinite(huge.log_bayes_factor)


def test_the_permutation_test_keeps_its_level():
    rng = np.random.default_rng(11)
    p = [
        nps.tell_apart(a, b, draws=100, permutations=199, seed=i).tests["p_value"].to_numpy()
        for i in range(200)
        for a, b in [(rng.multinomial(30, FRENCH), rng.multinomial(60, FRENCH))]
    ]
    rejected = (np.array(p) <= 0.05).mean(axis=0)
    assert (rejected < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)).all()
    assert (rejected > 0.01).all()


def test_word_of_mouth_follows_its_assumption():
    counts = nps.ScoreCounts([10_000, 0, 0, 0, 0, 0, 0, 5_000, 0, 0, 35_000])
    result = nps.shape(counts, told_by_promoter=4, told_by_passive=1, told_by_detractor=20)
    tell = result.frame.set_index("measure").loc["word_of_mouth"]
    assert tell.raw == pytest.approx(100 * (4 * 0.7 + 0.1 - 20 * 0.2))
    assert tell.estimate == pytest.approx(tell.raw, abs=1)
    # at 10 % passives: 4p + .1 = 20(.9 − p)
    p = (20 * 0.9 - 0.1) / 24
    assert result.break_even["estimate"].iloc[0] == pytest.approx(100 * (2 * p - 0.9), abs=0.1)
    silent = nps.shape(counts, told_by_promoter=0, told_by_detractor=0)
    assert silent.break_even["estimate"].isna().all()
    assert "assumption, not a finding" in str(silent)


@pytest.mark.parametrize("pooling", ["partial", "none"])
@pytest.mark.parametrize(
    "counts",
    [
        [0] * 11,
        [0] * 10 + [1],
        [0] * 10 + [500],
        [9] + [0] * 10,
        [[0] * 11, [0] * 7 + [3, 2, 0, 0]],
        [[100_000] * 11, [0] * 10 + [1]],
        [[1, 0, 0, 0, 0, 0, 3, 0, 0, 2, 4]] * 5,
    ],
)
def test_survives(counts, pooling):
    result = nps.shape(nps.ScoreCounts(counts), pooling=pooling, draws=200)
    numbers = result.frame[["estimate", "std_error", "lower", "upper"]]
    assert np.isfinite(numbers).all().all()
    assert (result.frame["lower"] <= result.frame["upper"]).all()
    assert np.isfinite(result.distribution[["estimate", "std_error", "lower", "upper"]]).all().all()
    assert len(str(result)) > 100
    assert result._repr_html_()


def test_same_seed_same_numbers_and_draws_are_those_of_the_frame():
    counts = nps.ScoreCounts([DIVIDED, LUKEWARM], cells=["a", "b"])
    one, two = nps.shape(counts, seed=4), nps.shape(counts, seed=4)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    drawn = one.draws.posterior["polarization"].to_numpy().reshape(-1, 2).T
    rows = one.frame[one.frame["measure"] == "polarization"]
    assert np.quantile(drawn, 0.975, axis=1) == pytest.approx(rows["upper"].to_numpy())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nps.shape(nps.ScoreCounts(DIVIDED), cut=6), "from 0 to 5, got 6"),
        (lambda: nps.shape(nps.ScoreCounts(DIVIDED), cut=-1), "at least 0, got -1"),
        (lambda: nps.shape(nps.ScoreCounts(DIVIDED), pooling="all"), "'partial', 'none'"),
        (lambda: nps.shape(nps.ScoreCounts(DIVIDED), told_by_detractor=-1), "told_by_detractor"),
        (lambda: nps.tell_apart(DIVIDED, [0] * 11), "`second` has no answers"),
        (lambda: nps.tell_apart(nps.ScoreCounts([DIVIDED, LUKEWARM]), DIVIDED), "must be one cell"),
        (lambda: nps.tell_apart([1, 2, 3], DIVIDED), "a column for each score"),
    ],
)
def test_errors_say_the_remedy(call, text):
    with pytest.raises(nps.InputError, match=text):
        call()


def test_forks_cover_every_score_once():
    for cut in range(6):
        forks = score_tree(np.ones((1, 11)), cut, 50.0, 50.0).forks
        assert len(forks) == 8
        assert all(
            isinstance(fork, Fork) and fork.first < fork.middle < fork.last for fork in forks
        )
