"""What no effect at all gives, against R, a simulated network's truth, and a control arm."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import npsstats as nps
from npsstats import InputError
from npsstats.data.simulation.parameters import NetworkTruth
from npsstats.data.simulation.population import retest
from npsstats.experiments.regression_to_mean import regression_to_mean
from npsstats.experiments.regression_to_mean.latent import (
    fitted,
    joint,
    latent_correlation,
    pearson,
)

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "retest.csv", comment="#").set_index("name")
PAIRS = np.loadtxt(HERE / "retest_pairs.csv", delimiter=",")
POPULATION = {
    "usual": [4, 3, 5, 8, 12, 28, 40, 120, 280, 250, 250],
    "low": [30, 10, 15, 20, 30, 70, 80, 160, 230, 170, 185],
    "gaps": [5, 0, 0, 3, 0, 9, 20, 0, 40, 30, 60],
}


def whole(result, measure="better"):
    frame = result.frame
    return frame[frame["whole"] & (frame["measure"] == measure)].reset_index(drop=True)


@pytest.mark.parametrize("name", POPULATION)
def test_cells_agree_with_mvtnorm(name):
    counts = np.array(POPULATION[name], dtype=float)
    for golden in GOLDEN.loc[name].itertuples():
        table = joint(counts / counts.sum(), golden.latent)
        assert table.sum(axis=1) == pytest.approx(counts / counts.sum(), abs=1e-12)
        assert table == pytest.approx(table.T, abs=1e-14)
        assert pearson(table) == pytest.approx(golden.pearson, abs=1e-9)
        result = regression_to_mean(counts.astype(int), correlation=golden.latent, scale="latent")
        for measure, value in (("better", golden.better), ("out of detractors", golden.out)):
            assert whole(result, measure)["estimate"][0] == pytest.approx(value, abs=1e-9)
        assert whole(result, "change")["estimate"][0] == pytest.approx(golden.change, abs=1e-8)
        if golden.latent:
            shares = counts / counts.sum()
            assert latent_correlation(shares, golden.pearson) == pytest.approx(
                golden.latent, abs=1e-8
            )


def test_correlations_of_a_half_to_four_fifths_give_eighty_to_sixty_per_cent():
    result = regression_to_mean(POPULATION["usual"], observed=(81, 100))
    better = whole(result)
    assert better["correlation"].to_numpy() == pytest.approx([0.5, 0.6, 0.7, 0.8])
    assert better["estimate"].iloc[[0, -1]].to_numpy() == pytest.approx([0.8, 0.6], abs=0.025)
    assert better["estimate"].is_monotonic_decreasing
    assert result.headline() == (
        "81 % scored better next time; with no effect at all 60 to 78 % would"
    )
    assert "81% is no more than no effect at all gives" in result.diagnostics[0]
    assert "at a test–retest correlation of 0.5" in result.diagnostics[0]
    assert "no control arm" in result.diagnostics[1]


def test_the_simulated_network_s_own_truth():
    truth = NetworkTruth()
    golden = retest(truth)
    rng = np.random.default_rng(1)
    from scipy.special import expit

    from npsstats.data.simulation.population import cutpoints

    shares = np.diff(np.r_[0, expit(cutpoints(truth)), 1])
    assert pearson(joint(shares, truth.mood_share)) == pytest.approx(
        golden["correlation"], abs=1e-6
    )
    counts = rng.multinomial(2_000_000, shares)
    row = whole(regression_to_mean(counts, correlation=golden["correlation"])).iloc[0]
    assert row["estimate"] == pytest.approx(golden["better"], abs=2e-3)
    assert row["latent"] == pytest.approx(truth.mood_share, abs=2e-3)


def test_no_correlation_at_all_means_a_fresh_draw():
    counts = np.array(POPULATION["low"])
    result = regression_to_mean(counts, correlation=0.0, first=[3])
    shares = counts / counts.sum()
    assert whole(result)["estimate"][0] == pytest.approx(shares[4:].sum())
    assert whole(result, "change")["estimate"][0] == pytest.approx(shares @ np.arange(11) - 3)


def test_scores_apart_make_up_the_group():
    result = regression_to_mean(POPULATION["usual"], correlation=0.6)
    frame = result.frame[result.frame["measure"] == "better"]
    apart = frame[~frame["whole"]]
    assert apart["first"].tolist() == [str(score) for score in range(7)]
    weights = POPULATION["usual"][:7]
    assert whole(result)["estimate"][0] == pytest.approx(
        np.average(apart["estimate"], weights=weights)
    )
    moved = result.frame[(result.frame["measure"] == "change") & ~result.frame["whole"]]
    assert moved["estimate"].is_monotonic_decreasing


def test_the_observed_share_against_a_stated_null():
    row = whole(regression_to_mean(POPULATION["usual"], correlation=0.8, observed=(81, 100))).iloc[
        0
    ]
    test = stats.binomtest(81, 100, row["estimate"], alternative="greater")
    assert row["p_value"] == test.pvalue
    assert row["probability"] == pytest.approx(stats.beta(81.5, 19.5).sf(row["estimate"]))
    assert row["probability"] > 0.99
    assert row["excess_lower"] < row["excess"] == pytest.approx(0.81 - row["estimate"])
    low = whole(regression_to_mean(POPULATION["usual"], correlation=0.8, observed=(40, 100))).iloc[
        0
    ]
    assert low["probability"] < 0.01
    assert low["p_value"] > 0.99


def control(n, latent, rng, rows=slice(None)):
    shares = np.array(POPULATION["usual"]) / 1000
    table = np.zeros((11, 11))
    table[rows] = joint(shares, latent)[rows]
    return rng.multinomial(n, (table / table.sum()).ravel()).reshape(11, 11)


def test_a_control_arm_comes_first_and_its_noise_counts():
    pairs = control(200, 0.6, np.random.default_rng(2), slice(0, 7))
    result = regression_to_mean(POPULATION["usual"], observed=(160, 200), pairs=pairs)
    better = whole(result)
    assert better["null"].tolist()[:3] == [
        "control arm",
        "correlation of the pairs",
        "stated correlation",
    ]
    yes, n = int(np.triu(pairs, 1).sum()), int(pairs.sum())
    row = better.iloc[0]
    assert row["estimate"] == yes / n
    assert row["excess"] == pytest.approx(0.8 - yes / n)
    pooled = stats.norm.sf(
        (0.8 - yes / n) / np.sqrt((p := (160 + yes) / 400) * (1 - p) * 2 / 200 * 400 / 399)
    )
    assert row["p_value"] == pytest.approx(pooled, rel=1e-9)
    known = stats.binomtest(160, 200, yes / n, alternative="greater").pvalue
    assert row["p_value"] > known
    assert "control arm" in result.headline()
    assert not any("no control arm" in text for text in result.diagnostics)


def test_the_correlation_of_pairs_agrees_with_polycor():
    shares = PAIRS.sum(axis=1) / PAIRS.sum()
    found = fitted(shares, PAIRS, 0.95)
    assert found.latent == pytest.approx(GOLDEN.loc["polychor", "latent"], abs=2e-5)
    assert found.lower < 0.62 < found.upper


def test_pairs_of_detractors_alone_still_tell_the_correlation():
    shares = np.array(POPULATION["usual"]) / 1000
    rng = np.random.default_rng(9)
    found = [fitted(shares, control(400, 0.6, rng, slice(0, 7)), 0.95) for _ in range(60)]
    assert np.mean([one.latent for one in found]) == pytest.approx(0.6, abs=0.04)
    assert sum(one.lower < 0.6 < one.upper for one in found) >= 52


def test_a_control_arm_that_moved_as_a_whole_is_said():
    pairs = np.zeros((11, 11))
    pairs[5, 8], pairs[6, 9], pairs[4, 4] = 150, 40, 10
    result = regression_to_mean(POPULATION["usual"], pairs=pairs)
    assert "is not what its correlation alone would give" in result.diagnostics[0]


def test_counts_with_cells_are_added_up():
    counts = nps.ScoreCounts(np.array([POPULATION["usual"], POPULATION["low"]]), ["a", "b"])
    total = (np.array(POPULATION["usual"]) + POPULATION["low"]).tolist()
    pd.testing.assert_frame_equal(regression_to_mean(counts).frame, regression_to_mean(total).frame)
    few = regression_to_mean([1, 0, 0, 0, 0, 0, 2, 3, 4, 5, 6])
    assert any("rest on 21 answers" in text for text in few.diagnostics)
    assert "Better next time" in str(few)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"first": [10]}, "nobody scores better than 10"),
        ({"first": [1]}, "Nobody in `counts` scored 1"),
        ({"correlation": 1.0}, "`correlation` must be a number from 0 to 0.99"),
        ({"observed": (5, 4)}, "scored better, of how many"),
        ({"pairs": np.ones((3, 3))}, "first score by next, got shape"),
        ({"pairs": np.diag([0] * 10 + [4])}, "hold nobody whose first score is 0–6"),
        ({"scale": "rank"}, "`scale` must be one of"),
    ],
)
def test_errors_say_the_remedy(options, words):
    with pytest.raises(InputError, match=words):
        regression_to_mean(POPULATION["gaps"], **options)
