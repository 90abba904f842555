"""A slope on noisy scores: what the correction must give back, and when it must not be given."""

import numpy as np
import pytest
from networks import draw, score_of

from npsstats.linkage.corrected import corrected_moments, halves_moments, signal_weights
from npsstats.linkage.ratio import between_clusters, over_time, ratio


def test_the_noise_taken_out_is_the_noise_that_is_there():
    # over the noise alone: truth and answers a month stay, answers are drawn again and again
    rng = np.random.default_rng(3)
    shares = rng.dirichlet([1, 1.5, 2], (12, 6))
    truth = 100 * (shares[..., 2] - shares[..., 0])
    size = rng.integers(2, 9, (12, 6))
    growth = rng.normal(size=(12, 6))
    want = corrected_moments(growth, score_of(_certain(truth))).square.sum()
    got = []
    for _ in range(4000):
        halves = np.stack(
            [rng.multinomial(size // 2, shares), rng.multinomial(size - size // 2, shares)], 2
        )
        found = corrected_moments(growth, score_of(halves))
        got.append((found.square - found.noise).sum())
    assert np.mean(got) == pytest.approx(want, abs=4 * np.std(got) / np.sqrt(len(got)))


def _certain(truth):
    """Return categories, in both halves alike, of so many answers that truth is seen exactly."""
    million = 10**8
    promoters = np.round((1 + truth / 100) / 2 * million).astype(int)
    one = np.stack([million - promoters, np.zeros_like(promoters), promoters], axis=-1)
    return np.stack([one, one], axis=2)


@pytest.mark.parametrize("answers", [60, 200])
def test_the_corrected_slope_is_the_true_one_where_the_naive_one_is_not(answers):
    naive, corrected, halves, held = [], [], [], []
    for seed in range(30):
        _, categories, growth = draw(answers, np.random.default_rng([seed, answers]))
        score = score_of(categories).shifted(1)
        weights = signal_weights(growth, score)
        plain = corrected_moments(growth, score).naive().slope(0.95)
        found = corrected_moments(growth, score, weights=weights).slope(0.95)
        naive.append(plain.estimate)
        corrected.append(found.estimate)
        halves.append(halves_moments(growth, score, weights=weights).slope(0.95).estimate)
        held.append(found.lower < 0.10 < found.upper)
    assert np.mean(naive) < 0.05
    for slopes in (corrected, halves):
        error = np.std(slopes) / np.sqrt(len(slopes))
        assert np.mean(slopes) == pytest.approx(0.10, abs=4 * error)
    assert sum(held) >= 24  # of 30 at 95 %: fewer has probability 2e-4


def test_eight_answers_a_month_do_not_identify_a_slope():
    for seed in range(5):
        _, categories, growth = draw(8, np.random.default_rng([seed, 8]))
        score = score_of(categories).shifted(1)
        found = corrected_moments(growth, score, weights=signal_weights(growth, score))
        assert found.slope(0.95).strength < 5


def test_zero_is_rejected_by_the_corrected_slope_when_it_is_by_the_naive_one():
    _, categories, growth = draw(60, np.random.default_rng(5), slope=0.01)
    found = corrected_moments(growth, score_of(categories).shifted(1))
    assert found.slope(0.95).p_value == found.naive().slope(0.95).p_value


def test_limits_hold_the_values_that_are_not_rejected():
    rng = np.random.default_rng(1)
    parts = rng.normal([[2.0], [4.0]], 3, (2, 40))
    sums, covariance, df = between_clusters(parts)
    found = ratio(sums, covariance, df, 0.95)
    for limit in (found.lower, found.upper):
        rest = parts[0] - limit * parts[1]
        t = rest.sum() / (np.std(rest, ddof=1) * np.sqrt(40))
        assert abs(t) == pytest.approx(2.0227, abs=1e-4)  # t of 39 degrees


def test_a_slope_over_nothing_has_no_end():
    rng = np.random.default_rng(2)
    found = ratio(*between_clusters(rng.normal([[1.0], [0.02]], 1, (2, 50))), 0.95)
    assert (found.lower, found.upper) == (-np.inf, np.inf)
    assert found.strength < 2


def test_over_time_without_memory_is_clusters_of_periods():
    parts = np.random.default_rng(0).normal(1, 1, (2, 30))
    for one, other in zip(over_time(parts, 0), between_clusters(parts), strict=True):
        np.testing.assert_allclose(one, other)
