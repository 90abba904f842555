"""Lag and lead together: the corrected placebo is silent where the naive one is not."""

import numpy as np
import pytest
from networks import draw, score_of

from npsstats.linkage.corrected import corrected_moments
from npsstats.linkage.lags import lag_slopes


def test_one_lag_is_the_single_slope():
    _, categories, growth = draw(60, np.random.default_rng(3), stores=80)
    score = score_of(categories)
    single = corrected_moments(growth, score.shifted(1)).slope(0.95)
    found = lag_slopes(growth, score, [1])
    assert found.estimate[0] == pytest.approx(single.estimate, rel=1e-10)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(single.std_error, rel=1e-3)
    assert found.strength == pytest.approx(single.strength, rel=1e-10)


def test_the_naive_placebo_cries_wolf_and_the_corrected_one_does_not():
    naive, corrected = [], []
    for seed in range(24):
        _, categories, growth = draw(100, np.random.default_rng([seed, 1]), slope=0.3)
        score = score_of(categories)
        naive.append(lag_slopes(growth, score, [1, -1], corrected=False).estimate)
        corrected.append(lag_slopes(growth, score, [1, -1]).estimate)
    error = np.std(corrected, axis=0) / np.sqrt(len(corrected))
    np.testing.assert_allclose(np.mean(corrected, axis=0), [0.3, 0.0], atol=4 * error.max())
    lead = np.array(naive)[:, 1]
    assert np.mean(lead) > 4 * np.std(lead) / np.sqrt(len(lead))


def test_noise_shared_by_rows_is_taken_out():
    # truth constant within stores: all movement is noise, and none of it may be left
    rng = np.random.default_rng(8)
    raw, left = [], []
    for _ in range(1500):
        shares = rng.dirichlet([2, 3, 4], (8, 1)).repeat(7, axis=1)
        size = rng.integers(3, 9, (2, 8, 7))
        categories = np.stack([rng.multinomial(part, shares) for part in size], axis=2)
        score = score_of(categories)
        growth = np.zeros((8, 7))
        found = lag_slopes(growth, score, [1, 0])
        effects = found.effects
        x = [effects.residual(score.shifted(lag).mean) for lag in (1, 0)]
        noise = np.where(effects.used, score.shifted(1).noise(), 0)
        raw.append((x[0] * x[1]).sum())
        left.append(raw[-1] - (effects.entries(-1) * noise).sum())
    assert np.mean(left) == pytest.approx(0, abs=4 * np.std(left) / np.sqrt(len(left)))
    assert abs(np.mean(raw)) > 10 * np.std(raw) / np.sqrt(len(raw))
