from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.checks import InputError
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.scoring import (
    PROBABILITIES,
    covered,
    crps,
    crps_normal,
    interval_score,
    log_score_normal,
    pit,
    weighted_interval_score,
)
from npsstats.forecasting.skill import skill

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def golden():
    return pd.read_csv(GOLDEN / "scoring.csv")


@pytest.fixture(scope="module")
def draws():
    return np.loadtxt(GOLDEN / "scoring_draws.csv", delimiter=",")


def near(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("fair", "column"), [(True, "crps_fair"), (False, "crps_plug_in")])
def test_crps_of_draws_is_that_of_scoringrules(golden, draws, fair, column):
    near(crps(draws, golden["value"], fair=fair), golden[column])


def test_closed_forms_are_those_of_scoringrules(golden):
    near(crps_normal(golden["mean"], golden["sd"], golden["value"]), golden["crps_normal"])
    near(log_score_normal(golden["mean"], golden["sd"], golden["value"]), golden["log_normal"])


def test_interval_scores_are_those_of_scoringrules(golden, draws):
    low, high = np.quantile(draws, [0.1, 0.9], axis=1)
    near(interval_score(low, high, golden["value"], 0.8), golden["interval_80"])
    quantiles = np.quantile(draws, PROBABILITIES, axis=1)
    near(weighted_interval_score(quantiles, golden["value"]), golden["wis"])


def test_log_score_of_draws_is_that_of_scoringrules(golden, draws):
    predictive = Predictive(draws[:, :, None], np.full(len(draws), 0.6))
    found = predictive.log_density(golden[["value"]].to_numpy(), golden[["noise"]].to_numpy())
    near(-found[:, 0], golden["log_mixture"])


def test_fair_crps_is_on_average_that_of_the_distribution_however_few_the_draws():
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1.5, 40_000)
    few = rng.standard_normal((40_000, 4))
    truth = crps_normal(0.0, 1.0, values)
    error = 4 * (crps(few, values) - truth).std() / 200
    assert abs((crps(few, values) - truth).mean()) < error
    # E|X − X'| of the standard normal is 2/√π
    excess = (crps(few, values, fair=False) - truth).mean()
    assert excess == pytest.approx(2 / np.sqrt(np.pi) / 8, abs=error)


def test_scores_take_any_axis_and_keep_what_is_missing_missing():
    rng = np.random.default_rng(2)
    draws, values = rng.normal(size=(3, 20, 5)), rng.normal(size=(3, 5))
    values[1, 2] = np.nan
    first = crps(draws, values)
    near(crps(np.moveaxis(draws, 1, 0), values, axis=0), first)
    assert np.isnan(first).sum() == 1
    assert np.isnan(pit(draws, values).lower).sum() == 1
    assert np.isnan(covered(pit(draws, values), 0.5)).sum() == 1
    draws[0, 0, 0] = np.nan
    assert np.isnan(crps(draws, values)[0, 0])
    assert np.isnan(pit(draws, values).upper[0, 0])


def test_a_sure_forecast_is_scored_by_its_distance():
    assert crps_normal(3.0, 0.0, [3.0, 5.0]).tolist() == [0.0, 2.0]
    assert crps(np.full((1, 9), 3.0), [5.0]).tolist() == [2.0]


@pytest.mark.parametrize("size", [9, 200])
def test_coverage_is_exact_where_values_come_in_steps(size):
    rng = np.random.default_rng(size)
    shown = stats.binom(5, 0.7)
    draws = shown.rvs((30_000, size), random_state=rng).astype(float)
    rank = pit(draws, shown.rvs(30_000, random_state=rng).astype(float))
    for level in (0.5, 0.8, 0.95):
        kept = covered(rank, level)
        assert kept.mean() == pytest.approx(level, abs=4 * kept.std() / np.sqrt(30_000))


def test_skill_is_the_share_saved_of_pairs_that_both_have():
    own, other = np.array([[1.0, 2.0], [np.nan, 1.0], [2.0, 2.0]]), np.full((3, 2), 4.0)
    other[2, 1] = np.nan
    found = skill(own, other)
    assert found.estimate == pytest.approx(1 - (1 + 2 + 1 + 2) / 16)
    assert (found.n, found.origins) == (4, 3)
    assert found.lower < found.estimate < found.upper


@pytest.mark.parametrize(("origins", "overlap"), [(8, 2), (39, 6), (78, 12)])
def test_the_interval_of_skill_covers_under_the_null(origins, overlap):
    """Two forecasts equally good; losses of neighbouring origins share what they are about."""
    rng = np.random.default_rng(origins)
    missed = []
    for _ in range(1500):
        moves = rng.standard_normal((2, origins + overlap - 1))
        windows = np.lib.stride_tricks.sliding_window_view(moves, overlap, axis=1)
        losses = 5 + windows.mean(axis=2)
        found = skill(*losses, overlap=overlap)
        missed.append(not found.lower <= 0 <= found.upper)
    # a normal law that takes origins for independent misses more than half the time at 12
    assert 0.03 < np.mean(missed) < 0.08


def test_skill_of_too_few_origins_has_no_interval():
    found = skill([1.0, 2.0], [2.0, 2.0])
    assert found.estimate == 0.25
    assert np.isnan([found.std_error, found.lower, found.upper]).all()
    nothing = skill([np.nan], [1.0])
    assert np.isnan(nothing.estimate)
    assert nothing.n == 0
    assert np.isnan(skill([1.0] * 5, [0.0] * 5).estimate)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: crps(np.zeros((2, 3)), [1.0]), "`values` must have the shape"),
        (lambda: crps(np.zeros((2, 3)), [1.0, 2.0], axis=4), "without its axis 4"),
        (lambda: crps(np.zeros((1, 1)), [1.0]), "2 or more for the fair CRPS"),
        (lambda: crps_normal(0, [1.0, -2.0], 0), "`sd` must not be negative, got -2"),
        (lambda: log_score_normal(0, 0, 0), "above 0 for a log score"),
        (lambda: interval_score(1, 0, 0, 0.8), "`lower` must not exceed `upper`"),
        (lambda: interval_score(0, 1, 0, 80), "`level` must be between 0 and 1"),
        (lambda: weighted_interval_score([[1.0], [2.0]], [0.0], (0.1, 0.9)), "pairs around it"),
        (lambda: weighted_interval_score(np.ones((3, 1)), [0.0], (0.1, 0.5, 0.8)), "add up to 1"),
        (lambda: skill([1.0], [1.0, 2.0]), "`reference` must have the shape"),
    ],
)
def test_errors_say_the_remedy(call, text):
    with pytest.raises(InputError, match=text):
        call()
