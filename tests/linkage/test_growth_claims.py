"""Shares of growth explained, and leaders against the others."""

import numpy as np
import pytest
from networks import draw, score_of

from npsstats.linkage.corrected import corrected_moments
from npsstats.linkage.growth_between import between_sums, pooled_sums, within_sums
from npsstats.linkage.growth_explained import explained, share_explained
from npsstats.linkage.growth_leaders import leader_rows


def test_the_naive_share_is_the_squared_correlation_of_what_is_left():
    _, categories, grown = draw(60, np.random.default_rng(1), stores=60, periods=12, slope=0.5)
    score = score_of(categories).shifted(1)
    moments = corrected_moments(grown, score)
    x, y = (moments.effects.residual(grid)[moments.effects.used] for grid in (score.mean, grown))
    found = share_explained(within_sums(moments, grown).naive(), 0.95)
    assert found["estimate"] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-9)
    assert found["lower"] < found["estimate"] < found["upper"]


def test_the_corrected_share_is_that_of_the_true_score_and_its_limits_hold_it():
    held, shares, plain = 0, [], []
    for seed in range(40):
        rng = np.random.default_rng([seed, 1])
        truth, categories, grown = draw(
            60, rng, stores=100, periods=16, slope=0.4, moves=10.0, shocks=4.0
        )
        score = score_of(categories).shifted(1)
        moments = corrected_moments(grown, score)
        exact = score_of(categories).shifted(1)
        exact.mean[:, 1:] = truth[:, :-1]
        exact.variance[:] = 0
        want = share_explained(within_sums(corrected_moments(grown, exact), grown).naive(), 0.95)
        found = share_explained(within_sums(moments, grown), 0.95)
        shares.append(found["estimate"] - want["estimate"])
        plain.append(share_explained(within_sums(moments, grown).naive(), 0.95)["estimate"])
        held += found["lower"] < want["estimate"] < found["upper"]
    assert abs(np.mean(shares)) < 4 * np.std(shares) / np.sqrt(40)
    assert np.mean(plain) < 0.75 * want["estimate"]
    assert held >= 35


def test_without_signal_no_share_is_given_and_too_few_stores_give_none():
    _, categories, grown = draw(4, np.random.default_rng(2), stores=40, periods=10, moves=1.0)
    score = score_of(categories).shifted(1)
    sums = {"within": within_sums(corrected_moments(grown, score), grown)}
    table, _ = explained(sums, 0.95)
    assert table["estimate"].notna().tolist() == [True, False]
    few = {"between": between_sums(grown[:8], score_of(categories[:8]).shifted(1))}
    assert explained(few, 0.95)[0]["estimate"].isna().all()


def _years(rng, stores=200, noise=8.0, slope=0.2):
    truth = rng.normal(30, 10, stores)[:, None] + rng.normal(0, 3, (stores, 3))
    seen = truth + rng.normal(0, noise, truth.shape)
    grown = 2 + slope * (truth - 30) + rng.normal(0, 3, truth.shape)
    return truth, seen, grown, np.full(truth.shape, noise**2)


def test_leaders_are_compared_as_chosen_and_as_they_would_be_without_luck():
    regions = [f"R{place % 20}" for place in range(200)]
    seen_gap, true_gap, mended = [], [], []
    for seed in range(40):
        truth, seen, grown, noise = _years(np.random.default_rng([seed, 2]))
        exact, _ = leader_rows(grown, truth, 0 * noise, regions, 0.95)
        table, said = leader_rows(grown, seen, noise, regions, 0.95)
        value = table.set_index(["quantity", "reading"])["estimate"]
        seen_gap.append(value["difference", "as chosen"])
        mended.append(value["difference", "corrected"])
        true_gap.append(
            exact.set_index(["quantity", "reading"])["estimate"]["difference", "as chosen"]
        )
    assert np.mean(seen_gap) < 0.9 * np.mean(true_gap)
    assert np.mean(mended) == pytest.approx(np.mean(true_gap), rel=0.05)
    assert "the best store of each region" in said[0]
    assert table["leaders"].unique().tolist() == [60]
    ratio = value["leaders", "as chosen"] / value["others", "as chosen"]
    assert value["ratio", "as chosen"] == pytest.approx(ratio)


def test_the_interval_of_the_difference_holds_it():
    held = 0
    for seed in range(150):
        rng = np.random.default_rng([seed, 3])
        _, seen, grown, noise = _years(rng, stores=60, slope=0.0)
        row = leader_rows(grown, seen, noise, None, 0.95)[0].query(
            "quantity == 'difference' and reading == 'as chosen'"
        )
        held += row["lower"].item() < 0 < row["upper"].item()
    assert held >= 131  # of 150 at 95 %: fewer has probability 3e-4


def test_what_a_region_grows_by_is_not_its_leaders():
    # three large regions stand still, seven small ones grow by 6 %, and the score does nothing
    sizes = [60, 40, 20, 3, 4, 5, 6, 3, 4, 5]
    place = np.repeat(np.arange(10), sizes)
    regions = [f"R{one}" for one in place]
    held = 0
    gaps = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 7])
        truth, seen, _, noise = _years(rng, stores=len(place))
        grown = 6.0 * (place >= 3)[:, None] + rng.normal(0, 3, truth.shape)
        table, _ = leader_rows(grown, seen, noise, regions, 0.95)
        rows = table.query("reading == 'as chosen'").set_index("quantity")
        gaps.append(rows.loc["difference", "estimate"])
        held += rows.loc["difference", "lower"] < 0 < rows.loc["difference", "upper"]
    assert held >= 51  # of 60 at 95 %: fewer has probability 1e-3
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / np.sqrt(60)
    assert rows.loc["leaders", "estimate"] == pytest.approx(4.2, abs=1.5)  # 7 regions of 10 at 6 %
    assert table["df"].unique().tolist() == [9]
    many = (np.tile(grid[:62], 4) for grid in (grown, seen, noise))
    none, why = leader_rows(*many, ["A"] * 60 + ["B"] * 2, 0.95)
    assert none is None
    assert why == ["Only one region has 3 stores or more: leaders are not compared."]


def test_a_ratio_to_no_growth_has_no_bound_and_few_leaders_are_not_compared():
    rng = np.random.default_rng(5)
    _, seen, grown, noise = _years(rng)
    flat = grown - grown.mean()
    table, said = leader_rows(flat, seen, noise, None, 0.95)
    ratio = table.query("quantity == 'ratio' and reading == 'as chosen'")
    assert np.isinf(ratio["upper"].item())
    assert any("has no bound, read the difference" in sentence for sentence in said)
    none, why = leader_rows(grown[:12], seen[:12], noise[:12], None, 0.95)
    assert none is None
    assert why[0].startswith("Only 6 leaders of a year could be chosen")


def test_slopes_between_stores_and_over_all_lose_their_noise_too():
    found = {"between": ([], []), "pooled": ([], [])}
    for seed in range(60):
        rng = np.random.default_rng([seed, 6])
        _, categories, grown = draw(25, rng, stores=150, periods=7, slope=0.5)
        score = score_of(categories).shifted(1)
        for name, sums in (("between", between_sums), ("pooled", pooled_sums)):
            part = sums(grown, score)
            found[name][0].append(part.naive().slope(0.95).estimate)
            found[name][1].append(part.slope(0.95).estimate)
    for name, (naive, corrected) in found.items():
        assert np.mean(naive) < 0.47, name
        error = np.std(corrected) / np.sqrt(60)
        assert np.mean(corrected) == pytest.approx(0.5, abs=4 * error), name
        assert error < 0.02
