"""`estimate` of weighted answers: what must not change it, and whether it holds the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

import npsstats as nps
from npsstats.estimation.hyper_lattice import _DISTINCT, _Rising
from npsstats.estimation.pooled import hyperposterior

NUMBERS = ["estimate", "std_error", "lower", "upper", "shrinkage", "expected_rank", "p_best"]


def sample(stores=40, seed=5):
    """Return answers by store and channel; the channels score and answer differently."""
    rng = np.random.default_rng(seed)
    cells = pd.DataFrame(
        [(f"S{i}", channel) for i in range(stores) for channel in ("email", "sms")],
        columns=["store_id", "channel"],
    )
    n = rng.integers(0, 60, len(cells))
    shares = rng.dirichlet([8, 2, 2, 2, 2, 4, 6, 12, 20, 18, 30], len(cells))
    return nps.ScoreCounts([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)], cells)


def weights(email, sms):
    return pd.DataFrame({"channel": ["email", "sms"], "weight": [email, sms]})


@pytest.fixture(scope="module")
def counts():
    return sample()


@pytest.fixture(scope="module")
def weighted(counts):
    return nps.estimate(counts, weights=weights(3, 1))


@pytest.mark.parametrize("pooling", ["partial", "none", "complete"])
def test_equal_weights_change_nothing_to_the_last_bit(counts, pooling):
    plain = nps.estimate(counts, pooling=pooling, target=30)
    equal = nps.estimate(counts, pooling=pooling, target=30, weights=weights(0.1, 0.1))
    pd.testing.assert_frame_equal(equal.frame[plain.frame.columns], plain.frame, check_exact=True)
    assert (equal.frame["n_effective"] == plain.frame["n"]).all()
    pd.testing.assert_frame_equal(equal.overall[plain.overall.columns], plain.overall)
    assert "weighted" in equal.provenance.method


def test_the_scale_of_weights_does_not_matter(counts, weighted):
    scaled = nps.estimate(counts, weights=weights(3e-7, 1e-7))
    assert scaled.frame[NUMBERS].to_numpy() == pytest.approx(weighted.frame[NUMBERS].to_numpy())


def test_permuting_cells_permutes_the_estimates(counts, weighted):
    order = np.random.default_rng(1).permutation(len(counts))
    there = nps.estimate(counts.take(order), weights=weights(3, 1)).frame.set_index("store_id")
    here = weighted.frame.set_index("store_id")
    columns = ["n_effective", "nps_weighted", "estimate", "std_error", "lower", "upper"]
    assert there.loc[here.index, columns].to_numpy() == pytest.approx(
        here[columns].to_numpy(), abs=1e-6, nan_ok=True
    )


def test_splitting_a_stratum_in_two_alike_changes_nothing(counts, weighted):
    half = counts.counts // 2
    cells = pd.concat([counts.cells.assign(half=1), counts.cells.assign(half=2)])
    split = nps.ScoreCounts(np.concatenate([half, counts.counts - half]), cells)
    finer = pd.concat([weights(3, 1).assign(half=1), weights(3, 1).assign(half=2)])
    frame = nps.estimate(split, weights=finer).frame
    assert frame[NUMBERS].to_numpy() == pytest.approx(weighted.frame[NUMBERS].to_numpy(), abs=1e-9)


def test_the_frame_keeps_the_answers_and_adds_what_weights_make_of_them(counts, weighted):
    frame = weighted.frame
    plain = counts.by("store_id")
    assert (frame["n"] == plain.n).all()
    assert frame["nps"].to_numpy() == pytest.approx(plain.nps, nan_ok=True)
    one = counts.where("store_id", "S3")
    net = one.promoters - one.detractors
    row = frame[frame["store_id"] == "S3"].iloc[0]
    assert row["nps_weighted"] == pytest.approx(100 * (net @ [3, 1]) / (one.n @ [3, 1]))
    assert row["n_effective"] == pytest.approx((one.n @ [3, 1]) ** 2 / (one.n @ [9, 1]))
    assert (frame["n_effective"] <= frame["n"] + 1e-9).all()
    assert "Answers are weighted" in weighted.diagnostics[0]
    overall = weighted.overall.iloc[0]
    assert f"{overall.nps_weighted:+.1f}" in weighted.headline()
    assert "nps_weighted" in repr(weighted)


def test_a_column_of_weights_is_added_up_in_the_database(counts, weighted):
    rows = counts.cells.loc[counts.cells.index.repeat(counts.n)].reset_index(drop=True)
    rows["score"] = np.concatenate([np.repeat(np.arange(11), row) for row in counts.counts])
    rows["w"] = np.where(rows["channel"] == "email", 0.75, 0.25)
    read = nps.read(rows, segments=["w"], quiet=True)
    here = nps.estimate(read, weights="w").frame.set_index("store_id")
    there = weighted.frame.set_index("store_id").loc[here.index]
    columns = ["n_effective", "nps_weighted", "estimate", "std_error"]
    # a store without answers is not among the rows, which the network hardly notices
    assert here[columns].to_numpy() == pytest.approx(there[columns].to_numpy(), abs=1e-3)
    with pytest.raises(nps.InputError, match=r"no column 'ww'.*segments=\['ww'\]"):
        nps.estimate(read, weights="ww")
    with pytest.raises(nps.InputError, match="counted already"):
        nps.estimate(counts, weights="w")
    short = nps.read(rows.assign(w=rows["w"].where(rows.index > 4)), segments=["w"], quiet=True)
    with pytest.raises(nps.InputError, match="5 answers have no number in 'w'"):
        nps.estimate(short, weights="w")
    below = nps.read(rows.assign(w=-rows["w"]), segments=["w"], quiet=True)
    with pytest.raises(nps.InputError, match="at least 0"):
        nps.estimate(below, weights="w")


def test_zero_weights_leave_answers_out(counts):
    frame = nps.estimate(counts, weights=weights(1, 0)).frame.set_index("store_id")
    only = counts.where("channel", "email").by("store_id")
    alone = nps.estimate(only).frame.set_index("store_id").loc[frame.index]
    columns = ["estimate", "std_error", "lower", "upper"]
    assert frame[columns].to_numpy() == pytest.approx(alone[columns].to_numpy(), abs=1e-9)
    cells = pd.DataFrame({"store_id": ["A", "A", "B"], "channel": ["email", "sms", "sms"]})
    lone = nps.ScoreCounts([[0] * 10 + [9], [1] * 11, [2] * 11], cells)
    result = nps.estimate(lone, weights=weights(1, 0))
    row = result.frame.iloc[1]
    assert (row["n"], row["n_effective"]) == (22, 0)
    assert np.isnan(row["nps_weighted"])
    assert np.isfinite(row["estimate"])
    assert any("none with a weight above 0" in text for text in result.diagnostics)


@pytest.mark.parametrize("score", [0, 7, 10])
def test_one_answer_and_one_kind_of_answer_survive(score):
    row = np.eye(11, dtype=int)[score]
    cells = pd.DataFrame({"store_id": ["A"], "channel": ["email"]})
    for times in (1, 40):
        frame = nps.estimate(nps.ScoreCounts([times * row], cells), weights=weights(2, 1)).frame
        assert frame["n_effective"][0] == pytest.approx(times)
        assert np.isfinite(frame[["estimate", "lower", "upper"]].to_numpy()).all()


def test_what_cannot_be_weighted_is_refused(counts):
    with pytest.raises(nps.InputError, match=r"say nothing of 'sms'\. Add it"):
        nps.estimate(counts, weights=weights(1, 1).iloc[:1])
    with pytest.raises(nps.InputError, match="at least 0"):
        nps.estimate(counts, weights=weights(-1, 1))
    with pytest.raises(nps.InputError, match="not all 0"):
        nps.estimate(counts, weights=weights(0, 0))
    with pytest.raises(nps.InputError, match="none of the keys"):
        nps.estimate(counts, weights=weights(1, 1).rename(columns={"channel": "kanal"}))
    with pytest.raises(nps.InputError, match="a column `weight`, got dict"):
        nps.estimate(counts, weights={"email": 1})
    with pytest.raises(nps.InputError, match="`weights` belongs to the pooled model"):
        nps.estimate(counts, model="ordinal", weights=weights(1, 1))


def test_fractional_counts_have_the_likelihood_of_gamma_functions():
    rng = np.random.default_rng(3)
    a = np.array([0.01, 0.7, 12.0, 4e3])
    for size in (30, _DISTINCT + 4000):
        counts = rng.gamma(2.0, 20.0, size)
        exact = (special.gammaln(a[:, None] + counts) - special.gammaln(a[:, None])).sum(axis=1)
        exact -= counts.sum() * np.log(a)
        rising = _Rising(counts)
        # a constant is lost to the grid of many values; only differences matter
        off = rising.value(a) - exact
        assert off - off[0] == pytest.approx(0, abs=1e-8 if size == 30 else 0.1)
        step = 1e-5
        slope, _ = rising.slopes(a)
        numeric = (rising.value(a * np.exp(step)) - rising.value(a * np.exp(-step))) / (2 * step)
        assert slope - counts.sum() == pytest.approx(numeric, rel=1e-4, abs=1e-2)


def test_fractional_counts_lie_between_whole_ones():
    rng = np.random.default_rng(4)
    whole = rng.multinomial(40, [0.2, 0.3, 0.5], 60).astype(float)
    between = [hyperposterior(part).line.log_evidence for part in (whole, 1.0001 * whole)]
    assert between[0] == pytest.approx(between[1], abs=0.5)


def test_weighted_estimates_hold_the_truth():
    """Half the population is sms, a quarter of the answers; truth is the population's NPS."""
    rng = np.random.default_rng(11)
    stores, held, raw_error, error = 250, [], [], []
    for _ in range(4):
        shares = rng.dirichlet([12, 12, 26], stores)
        true = 100 * (shares[:, 2] - shares[:, 0])
        cells, array = [], []
        for channel, lift, n_mean in (("email", 0.2, 60), ("sms", -0.2, 20)):
            moved = np.maximum(lift * shares[:, 2], -shares[:, 2])
            moved = np.minimum(moved, shares[:, 0])
            own = shares + np.stack([-moved, 0 * moved, moved], axis=1)
            for store in range(stores):
                d, s, p = rng.multinomial(rng.poisson(n_mean), own[store])
                cells.append((f"S{store}", channel))
                array.append([d] + [0] * 7 + [s] + [0] + [p])
        counts = nps.ScoreCounts(array, pd.DataFrame(cells, columns=["store_id", "channel"]))
        given = nps.post_stratify(counts, {"email": 0.5, "sms": 0.5}, by="channel")
        frame = nps.estimate(counts, weights=given, draws=100).frame
        held.append((frame["lower"] <= true) & (true <= frame["upper"]))
        error.append(frame["nps_weighted"] - true)
        raw_error.append(frame["nps"] - true)
    assert np.mean(raw_error) > 5
    assert abs(np.mean(error)) < 1
    assert 0.93 < np.mean(held) < 0.98
