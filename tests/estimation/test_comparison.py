"""Many groups compared, flags and benchmarks: against R, against enumeration, and their rates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.comparison.apart import Apart, NormalLaw
from npsstats.estimation.comparison.flags import surest
from npsstats.estimation.comparison.groups import _bands, _heterogeneity
from npsstats.estimation.comparison.ranking import p_top
from npsstats.estimation.net_share import NetShare

GOLDEN = Path(__file__).parents[1] / "golden"


def counts_of(categories, **cells):
    """Return counts with these detractors, passives, promoters."""
    array = np.zeros((len(categories), 11), int)
    array[:, [3, 8, 10]] = categories
    return nps.ScoreCounts(array, cells=cells.get("cells"))


def some(groups=6, n=60, seed=2, spread=8.0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(spread * np.array([0.2, 0.3, 0.5]), groups)
    return counts_of([rng.multinomial(n, share) for share in shares])


@pytest.mark.parametrize("row", range(3))
def test_heterogeneity_agrees_with_r(row):
    golden = pd.read_csv(GOLDEN / "heterogeneity.csv", comment="#").iloc[row]
    table = np.array(golden["counts"].split(), dtype=int).reshape(-1, 3)
    found = _heterogeneity(table, np.random.default_rng(0))
    assert found["statistic"].tolist() == pytest.approx([golden["chi"], golden["mean_score"]])
    assert found["p_asymptotic"].tolist() == pytest.approx(
        [golden["chi_p"], golden["mean_score_p"]], rel=1e-8
    )
    # two thousand tables here, a million in R
    assert found["p_value"].iloc[0] == pytest.approx(golden["chi_permuted"], abs=0.03)


def test_heterogeneity_keeps_its_level_where_groups_are_one():
    rng = np.random.default_rng(3)
    p = [
        _heterogeneity(rng.multinomial(15, [0.2, 0.3, 0.5], size=5), rng)["p_value"].to_numpy()
        for _ in range(250)
    ]
    rejected = (np.array(p) < 0.1).mean(axis=0)
    assert (rejected > 0.05).all()
    assert (rejected < 0.16).all()


def test_heterogeneity_of_nothing():
    for table in ([[0, 0, 5], [0, 0, 9]], [[1, 2, 3], [0, 0, 0]]):
        found = _heterogeneity(np.array(table), np.random.default_rng(0))
        assert found["p_value"].tolist() == [1, 1]


def test_pairs_agree_with_the_exact_difference_of_two():
    counts = some(3)
    alone = nps.estimate(counts, pooling="none", draws=40_000)
    frame = nps.compare(alone).frame
    alpha = counts.categories + 0.5
    for row, (i, j) in zip(frame.itertuples(), [(0, 1), (0, 2), (1, 2)], strict=True):
        apart = Apart.of(*(NetShare.single(alpha[[k]]) for k in (i, j)))
        exact = apart.spread(0.95)
        assert row.estimate == pytest.approx(100 * exact.mean[0], abs=1e-9)
        assert row.lower == pytest.approx(100 * exact.lower[0], abs=0.6)
        assert row.upper == pytest.approx(100 * exact.upper[0], abs=0.6)
        assert row.p_first_greater == pytest.approx(apart.greater()[0], abs=0.01)


def test_joint_bands_hold_all_differences_at_once():
    rng = np.random.default_rng(8)
    drawn = rng.standard_gamma([2.0, 5, 9, 30], size=(20_000, 4))  # skewed
    drawn = np.column_stack([drawn, drawn[:, 0] - drawn[:, 1]])
    bands = _bands(drawn, 0.9)
    fresh = rng.standard_gamma([2.0, 5, 9, 30], size=(20_000, 4))
    fresh = np.column_stack([fresh, fresh[:, 0] - fresh[:, 1]])
    inside = ((bands["joint_lower"] <= fresh) & (fresh <= bands["joint_upper"])).all(axis=1)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    alone = ((bands["lower"] <= fresh) & (fresh <= bands["upper"])).mean(axis=0)
    assert alone == pytest.approx(0.9, abs=0.012)
    assert (bands["joint_lower"] <= bands["lower"]).all()


def test_permuting_the_groups_permutes_the_comparison():
    counts = some(5)
    order = np.array([3, 0, 4, 1, 2])
    here = nps.compare(counts, against="rest").frame.set_index("first")
    there = nps.compare(counts.take(order), against="rest").frame.set_index("first")
    moved = there.loc[here.index]
    assert moved["estimate"].to_numpy() == pytest.approx(here["estimate"].to_numpy(), abs=1e-6)
    assert moved["lower"].to_numpy() == pytest.approx(here["lower"].to_numpy(), abs=2)
    flipped = nps.compare(counts.take([1, 0]), draws=8000).frame.iloc[0]
    straight = nps.compare(counts.take([0, 1]), draws=8000).frame.iloc[0]
    assert straight["estimate"] == pytest.approx(-flipped["estimate"], abs=1e-6)


def test_the_rest_are_all_other_answers():
    counts = counts_of([[5, 5, 10], [10, 10, 40], [30, 10, 20]])
    result = nps.estimate(counts, pooling="none")
    frame = nps.compare(result, against="rest").frame
    mean, n = result.frame["estimate"].to_numpy(), counts.n
    assert frame["estimate"][0] == pytest.approx(mean[0] - np.average(mean[1:], weights=n[1:]))
    assert frame["n_second"].tolist() == [120, 80, 80]
    one = nps.compare(result, against="2").frame
    assert one["first"].tolist() == ["1", "3"]
    assert one["second"].tolist() == ["2", "2"]


def test_compare_survives_and_says_what_it_lacks():
    with pytest.raises(nps.InputError, match="needs two groups, there is 1"):
        nps.compare(counts_of([[1, 2, 3]]))
    with pytest.raises(nps.InputError, match="4,950 differences of 100 groups"):
        nps.compare(some(100), pooling="none", draws=100)
    with pytest.raises(nps.InputError, match="`against` must be one of 'pairs', 'rest', '1'"):
        nps.compare(some(2), against="Paris")
    tens = nps.compare(counts_of([[0, 0, 5], [0, 0, 0], [0, 0, 9]]))
    assert np.isfinite(tens.frame.select_dtypes("float")).all(axis=None)
    assert "differences are established" in str(tens)
    one = nps.compare(some(3), pooling="complete").frame
    assert one["p_first_greater"].tolist() == [0.5, 0.5, 0.5]


def test_p_top_adds_up_and_shares_ties():
    result = nps.estimate(some(5))
    for k in (1, 3, 5):
        assert result.p_top(k)["p_top"].sum() == pytest.approx(k)
    best = result.p_top(1)["p_top"].to_numpy()
    assert best == pytest.approx(result.frame["p_best"].to_numpy())
    assert p_top(np.array([[1.0, 1, 1, 0], [2, 3, 1, 0]]), 2).tolist() == pytest.approx(
        [(2 / 3 + 1) / 2, (2 / 3 + 1) / 2, 1 / 3, 0]
    )


def test_the_surest_flags_within_the_bound():
    p = np.array([0.5, 0.99, 0.9, 0.9, 0.8])
    assert surest(p, share=0.07).tolist() == [False, True, True, True, False]
    # of two that are equally sure, both or neither
    assert surest(p, share=0.06).tolist() == [False, True, False, False, False]
    assert surest(p, number=0.42).tolist() == [False, True, True, True, True]
    assert not surest(p, share=0.005).any()


def test_flags_by_their_expected_false_share():
    result = nps.estimate(some(40, 50), target=30)
    flags = nps.flag(result, max_false_share=0.05)
    assert flags.expected_false <= 0.05 * len(flags.frame)
    assert len(flags.frame) >= len(nps.flag(result).frame)
    more = nps.flag(result, max_false=3)
    assert more.expected_false <= 3
    assert flags.sure == pytest.approx(flags.frame["probability"].min())
    with pytest.raises(nps.InputError, match="`sure` and `max_false` are rules for the same"):
        nps.flag(result, sure=0.9, max_false=1)
    assert "Partial pooling" in nps.flag(nps.estimate(some(4), pooling="none")).diagnostics[0]


def test_the_false_share_is_what_was_asked_for():
    """Over 40 networks whose cells come from one law, flags at a 10 % expected false share."""
    rng = np.random.default_rng(5)
    wrong = flagged = 0
    for _ in range(40):
        shares = rng.dirichlet(40 * np.array([0.2, 0.3, 0.5]), 30)
        counts = counts_of([rng.multinomial(40, share) for share in shares])
        flags = nps.flag(nps.estimate(counts, target=30, draws=100), max_false_share=0.1)
        true = 100 * (shares[:, 2] - shares[:, 0])
        cell = flags.frame["cell"].to_numpy() - 1
        wrong += ((true[cell] > 30) != (flags.frame["side"] == "above")).sum()
        flagged += len(cell)
    assert flagged > 200
    assert 0.05 < wrong / flagged < 0.15


def test_against_agrees_with_r():
    for row in pd.read_csv(GOLDEN / "against.csv", comment="#").itertuples():
        counts = counts_of([[row.detractors, row.passives, row.promoters]])
        found = nps.against(
            counts, 100 * row.benchmark, std_error=100 * row.std_error, pooling="none"
        )
        assert found.frame["p_above"][0] == pytest.approx(row.p_above, abs=2e-6)


def test_against_an_exact_benchmark_is_the_target():
    counts = some(5)
    result = nps.estimate(counts, target=25)
    found = nps.against(result, 25)
    exact = result.frame["p_above_target"].to_numpy()
    assert found.frame["p_above"].to_numpy() == pytest.approx(exact, abs=1e-4)
    width = found.frame["upper"] - found.frame["lower"]
    plain = result.frame["upper"] - result.frame["lower"]
    assert width.to_numpy() == pytest.approx(plain.to_numpy(), abs=1e-2)
    assert found.n_above["estimate"][0] == pytest.approx(exact.sum(), abs=1e-3)


def test_against_answers_agrees_with_draws():
    counts, benchmark = counts_of([[8, 13, 15]]), [12, 7, 17]
    found = nps.against(counts, benchmark, pooling="none").frame.iloc[0]
    rng = np.random.default_rng(1)
    a = rng.dirichlet(np.array([8, 13, 15]) + 0.5, 400_000)
    b = rng.dirichlet(np.array(benchmark) + 1.0, 400_000)
    apart = 100 * (a[:, 2] - a[:, 0] - b[:, 2] + b[:, 0])
    assert found["p_above"] == pytest.approx((apart > 0).mean(), abs=0.003)
    assert found["lower"] == pytest.approx(np.quantile(apart, 0.025), abs=0.4)
    assert found["std_error"] == pytest.approx(apart.std(), abs=0.2)


def test_a_common_benchmark_widens_how_many_are_above_it():
    counts = some(40, 200, spread=60.0)
    exact, vague = (nps.against(counts, 30, std_error=se) for se in (0, 15))
    width = [found.n_above["upper"][0] - found.n_above["lower"][0] for found in (exact, vague)]
    assert width[1] > 2 * width[0]
    assert "common to all 40 cells" in vague.diagnostics[0]
    flags = nps.flag(vague, max_false_share=0.05)
    assert len(flags.frame) < len(nps.flag(exact, max_false_share=0.05).frame)
    with pytest.raises(nps.InputError, match="held against a benchmark already"):
        nps.flag(vague, target=3)


def test_against_says_what_it_cannot_use():
    with pytest.raises(nps.InputError, match="`benchmark` must be a number from -100 to 100"):
        nps.against(some(2), 130)
    with pytest.raises(nps.InputError, match="Leave `std_error` out"):
        nps.against(some(2), [1, 2, 3], std_error=2)
    with pytest.raises(nps.InputError, match="has no answers"):
        nps.against(some(2), [0, 0, 0])


def test_the_quadrature_does_not_depend_on_which_is_better_known():
    means, sds = np.array([0.1, 0.1]), np.array([0.001, 0.2])
    a = NormalLaw(means, sds)
    b = NormalLaw(np.array([0.12, 0.12]), sds[::-1])
    spread = np.hypot(0.001, 0.2)
    from scipy.stats import norm

    apart = Apart.of(a, b)
    assert apart.greater() == pytest.approx(norm.cdf(-0.02 / spread), abs=1e-7)
    assert apart.spread(0.95).upper == pytest.approx(-0.02 + 1.959964 * spread, abs=1e-5)
