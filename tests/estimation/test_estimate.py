"""`estimate`, its ranks and flags, and `change`: what a user sees."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.comparison.ranking import p_top, ranks

LYON = [0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9]
LILLE = [2, 0, 0, 1, 0, 3, 1, 2, 2, 1, 0]
NICE = [0] * 11


def network(stores=30, seed=3):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([6, 1, 1, 1, 1, 3, 4, 10, 16, 18, 30], stores)
    n = rng.integers(1, 150, stores)
    array = [rng.multinomial(*pair) for pair in zip(n, shares, strict=True)]
    return nps.ScoreCounts(array, cells=[f"S{i}" for i in range(stores)])


@pytest.fixture(scope="module")
def result():
    return nps.estimate(network(), target=30)


@pytest.mark.parametrize("pooling", ["partial", "none", "complete"])
def test_rows_come_in_the_order_given(pooling):
    counts = nps.ScoreCounts([LYON, NICE, LILLE], cells=["Lyon", "Nice", "Lille"])
    frame = nps.estimate(counts, pooling=pooling, target=0).frame
    assert frame["cell"].tolist() == ["Lyon", "Nice", "Lille"]
    assert frame["n"].tolist() == [20, 0, 12]
    assert frame["nps"].round(6).tolist()[::2] == [55, -50]
    assert np.isnan(frame["nps"][1])
    assert (frame["lower"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["upper"]).all()
    assert frame["expected_rank"].sum() == pytest.approx(6)
    assert frame["p_best"].sum() == pytest.approx(1)
    assert (frame["rank_lower"] <= frame["expected_rank"]).all()
    assert (frame["expected_rank"] <= frame["rank_upper"]).all()


def test_partial_pooling_lies_between_its_extremes(result):
    alone = nps.estimate(network(), pooling="none").frame
    together = nps.estimate(network(), pooling="complete").frame
    assert np.ptp(together["estimate"]) == 0
    assert result.frame["estimate"].std() < alone["estimate"].std()
    # a store with more answers keeps more of its own score
    by_size = result.frame.sort_values("n")
    assert (by_size["shrinkage"].diff().dropna() <= 1e-12).all()
    assert by_size["std_error"].iloc[:5].mean() > by_size["std_error"].iloc[-5:].mean()


def test_permuting_the_stores_permutes_the_estimates():
    counts = network()
    order = np.random.default_rng(1).permutation(len(counts))
    here, there = nps.estimate(counts).frame, nps.estimate(counts.take(order)).frame
    for column in ("estimate", "std_error", "lower", "upper", "shrinkage"):
        assert there[column].to_numpy() == pytest.approx(here[column].to_numpy()[order], abs=1e-6)


def test_the_draws_agree_with_the_frame_and_open_in_arviz(result):
    import arviz as az

    draws = result.draws["posterior"]["nps"].to_numpy().reshape(-1, len(result.frame))
    error = result.frame["std_error"].to_numpy()
    apart = (draws.mean(axis=0) - result.frame["estimate"]) / error
    assert np.abs(apart).max() < 5 / np.sqrt(len(draws))
    assert np.abs(draws.std(axis=0) / error - 1).max() < 0.1
    above = (draws > 30).mean(axis=0)
    assert np.abs(above - result.frame["p_above_target"]).max() < 0.05
    table = az.summary(result.draws, var_names=["nps"], ci_prob=0.95, ci_kind="eti")
    assert len(table) == len(result.frame)
    assert float(table["r_hat"].astype(float).max()) < 1.05


def test_same_seed_same_draws_and_estimates_need_none():
    one, two, other = (nps.estimate(network(), seed=seed) for seed in (1, 1, 2))
    assert one.draws["posterior"].equals(two.draws["posterior"])
    assert not one.draws["posterior"].equals(other.draws["posterior"])
    pd.testing.assert_series_equal(one.frame["upper"], other.frame["upper"])


def test_the_whole_is_the_dirichlet_of_all_answers(result):
    whole = nps.dirichlet(network().sum(), prior=(0.5, 0.5, 0.5), target=30).frame.iloc[0]
    for column in ("n", "nps", "estimate", "lower", "upper", "p_above_target"):
        assert result.overall[column].iloc[0] == pytest.approx(whole[column])


def test_by_chooses_the_cells():
    cells = pd.DataFrame({"store_id": [1, 1, 2], "month": ["2025-01", "2025-02", "2025-01"]})
    counts = nps.ScoreCounts([LYON, LILLE, LYON], cells)
    assert nps.estimate(counts).frame["n"].tolist() == [32, 20]
    assert nps.estimate(counts, by="month").frame["month"].tolist() == ["2025-01", "2025-02"]
    assert len(nps.estimate(counts, by=["store_id", "month"]).frame) == 3
    assert "asking by store_id, month keeps them apart" in nps.estimate(counts).diagnostics[0]
    assert nps.estimate(counts, by=None).frame["n"].tolist() == [52]
    with pytest.raises(nps.InputError, match="`by` must be one of"):
        nps.estimate(counts, by="region")


def test_print_and_notebook_are_readable_and_safe():
    text = str(nps.estimate(network(), target=30))
    assert text.splitlines()[2].startswith("NPS +")
    assert "Cells truly differ by about ±" in text
    assert "p_above_target" in text
    hostile = nps.ScoreCounts([LYON, LILLE], cells=["<b>bold</b>", "=SUM(A1)"])
    html = nps.estimate(hostile)._repr_html_()
    assert "<b>bold" not in html
    assert "&lt;b&gt;bold" in html


def test_what_to_doubt_is_said():
    counts = nps.ScoreCounts([LYON, NICE, LILLE])
    doubts = " ".join(nps.estimate(counts).diagnostics)
    assert "1 cell has no answers" in doubts
    assert "Fewer than five cells" in doubts
    assert "no answers at all" in " ".join(nps.estimate(counts.take([1])).diagnostics)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"pooling": "some"}, "`pooling` must be one of 'partial', 'none', 'complete'"),
        ({"level": 1}, "`level` must be between 0 and 1"),
        ({"target": 101}, "`target` must be a number from -100 to 100"),
        ({"draws": 10}, "`draws` must be a whole number of at least 100"),
        ({"prior_concentration": 0}, "`prior_concentration` must be a number from 0.1"),
        ({"seed": -1}, "`seed` must be a whole number"),
    ],
)
def test_bad_arguments_are_said(options, said):
    with pytest.raises(nps.InputError, match=said):
        nps.estimate(network(), **options)


def test_flags_need_an_estimate():
    with pytest.raises(nps.InputError, match=r"Call npsstats\.estimate first"):
        nps.flag(network())


def test_ranks_by_hand():
    draws = np.array([[30.0, 10, 20], [20, 30, 10], [5, 1, 3], [9, 8, 1]])
    found = ranks(draws, level=0.5)
    assert found.expected.tolist() == [1.25, 2.25, 2.5]
    assert found.p_best.tolist() == [0.75, 0.25, 0]
    assert p_top(draws, 2).tolist() == [1, 0.5, 0.5]
    with pytest.raises(nps.InputError, match="`k` must be at most the number of cells, 3"):
        p_top(draws, 4)


def test_flags_are_the_stores_whose_interval_lies_on_one_side(result):
    flags = nps.flag(result)
    frame = result.frame
    expected = frame[(frame["lower"] > 30) | (frame["upper"] < 30)]
    assert set(flags.frame["cell"]) == set(expected["cell"])
    assert (flags.frame["probability"] >= 0.975).all()
    below = flags.frame[flags.frame["side"] == "below"]
    assert flags.expected_false_below == pytest.approx((1 - below["probability"]).sum())
    assert len(nps.flag(result, sure=0.5).frame) == len(frame)
    assert nps.flag(nps.estimate(network())).target == pytest.approx(
        result.overall["estimate"].iloc[0]
    )


def test_expected_false_flags_are_the_false_flags_on_average():
    """Over many networks, as many flags are wrong as the posterior said."""
    rng = np.random.default_rng(8)
    said, wrong = 0.0, 0
    for _ in range(40):
        shares = rng.dirichlet(np.array([0.15, 0.3, 0.55]) * 50, 40)
        n = rng.integers(5, 60, 40)
        parts = [rng.multinomial(*pair) for pair in zip(n, shares, strict=True)]
        array = np.zeros((40, 11), int)
        array[:, [0, 7, 10]] = parts
        flags = nps.flag(nps.estimate(nps.ScoreCounts(array), target=40, draws=100), sure=0.8)
        true = 100 * (shares[:, 2] - shares[:, 0])
        where = flags.frame["cell"].to_numpy() - 1
        above = (flags.frame["side"] == "above").to_numpy()
        wrong += int((above != (true[where] > 40)).sum())
        said += flags.expected_false_above + flags.expected_false_below
    assert wrong == pytest.approx(said, abs=4 * np.sqrt(said))


CELLS = pd.DataFrame(
    {"month": ["2025-01", "2025-01", "2025-02", "2025-02"], "channel": ["app", "sms"] * 2}
)


def two_months(counts):
    array = np.zeros((4, 11), int)
    array[:, [0, 7, 10]] = counts
    return nps.ScoreCounts(array, CELLS)


def test_the_change_by_hand():
    """App 60 → 50 with weight .5 → .75, sms −20 → −30: the whole goes 20 → 30 (Simpson)."""
    counts = two_months([[20, 0, 80], [60, 0, 40], [75, 0, 225], [65, 0, 35]])
    found = nps.change(counts, by="channel")
    app, sms, total = (found.frame.iloc[i] for i in range(3))
    assert (total["nps_before"], total["nps_after"]) == (20, 30)
    assert app["within"] == pytest.approx((0.5 + 0.75) / 2 * -10)
    assert sms["within"] == pytest.approx((0.5 + 0.25) / 2 * -10)
    assert total["within"] == pytest.approx(-10)
    assert total["mix"] == pytest.approx(20)
    assert total["estimate"] == pytest.approx(10)
    assert total["within_upper"] < total["mix_lower"]


def test_pieces_add_up_and_turn_round_with_time():
    rng = np.random.default_rng(4)
    counts = two_months(rng.integers(1, 90, (4, 3)))
    there = nps.change(counts, by="channel")
    frame = there.frame
    for column in ("within", "mix", "estimate"):
        assert frame[column].iloc[:-1].sum() == pytest.approx(frame[column].iloc[-1])
    plain = nps.change(counts)
    assert plain.frame["mix"].iloc[-1] == pytest.approx(0)
    assert plain.frame["estimate"].iloc[-1] == pytest.approx(frame["estimate"].iloc[-1])
    back = nps.change(counts, by="channel", between=("2025-02", "2025-01")).frame
    assert back["within"].to_numpy() == pytest.approx(-frame["within"].to_numpy())
    assert back["mix"].to_numpy() == pytest.approx(-frame["mix"].to_numpy())


def test_a_segment_seen_in_one_period_only_moves_the_mix():
    found = nps.change(two_months([[5, 5, 10], [0, 0, 0], [5, 5, 10], [20, 5, 5]]), by="channel")
    sms = found.frame.iloc[1]
    assert sms["within"] == 0
    assert found.frame["estimate"].iloc[-1] == pytest.approx(sms["mix"] + found.frame["mix"][0])


def test_the_interval_of_the_change_holds_the_truth():
    """95 % intervals of the total over 160 simulated pairs of months."""
    rng = np.random.default_rng(12)
    before, after = (
        np.array([[20, 30, 50], [10, 40, 50]]) / 200,
        np.array([[9, 11, 20], [12, 23, 25]]) / 100,
    )
    truth = 100 * (after.sum(axis=0)[[2, 0]] - before.sum(axis=0)[[2, 0]]) @ [1, -1]
    held = 0
    for _ in range(160):
        table = [
            rng.multinomial(n, x.ravel()).reshape(2, 3) for n, x in ((80, before), (120, after))
        ]
        row = nps.change(two_months(np.concatenate(table)), by="channel").frame.iloc[-1]
        held += row["lower"] <= truth <= row["upper"]
    assert 0.90 <= held / 160 <= 0.99


def test_change_says_what_it_lacks():
    with pytest.raises(nps.InputError, match="needs two periods with answers; by month there is"):
        nps.change(two_months([[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]]))
    with pytest.raises(nps.InputError, match="`between` must be one of '2025-01', '2025-02'"):
        nps.change(two_months(np.ones((4, 3))), between=("2025-01", "2025-03"))
    thin = nps.change(two_months(np.ones((4, 3), int)))
    assert "has 6 answers" in thin.diagnostics[0]
    assert "2025-01 → 2025-02" in str(thin)


def _categories_as_scores(categories):
    scores = np.zeros((len(categories), 11), dtype=int)
    scores[:, [3, 7, 10]] = categories
    return nps.ScoreCounts(scores)


@pytest.mark.parametrize("seed", range(3))
def test_stores_that_move_along_one_scale_are_told_to_fit_badly(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(0, 0.45, 100)
    low, high = 1 / (1 + np.exp(1.5 + a)), 1 / (1 + np.exp(0.1 - a))
    shares = np.stack([low, 1 - low - high, high], axis=1)
    shifted = [rng.multinomial(60, row) for row in shares]
    found = nps.estimate(_categories_as_scores(shifted)).diagnostics
    assert any("the whole scale (ordinal)" in sentence for sentence in found)
    apart = [rng.multinomial(60, row) for row in rng.dirichlet([8, 14, 22], 100)]
    assert not nps.estimate(_categories_as_scores(apart)).diagnostics


@pytest.mark.parametrize("options", [{}, {"pooling": "none"}, {"model": "ordinal"}])
def test_one_cell_has_one_posterior_and_no_rank(options):
    counts = nps.ScoreCounts([[0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9]])
    one = nps.estimate(counts, target=10, draws=400, **options)
    numbers = ["estimate", "std_error", "lower", "upper", "p_above_target"]
    pd.testing.assert_frame_equal(one.frame[numbers], one.overall[numbers])
    assert not any("rank" in name for name in one.shown())
