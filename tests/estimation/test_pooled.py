"""The pooled posterior against importance sampling, and at its edges."""

import numpy as np
import pytest
from scipy import special, stats

from npsstats.estimation.hyper_lattice import Target
from npsstats.estimation.pooled import PRIOR_CONCENTRATION, hyperposterior

FEW = {
    "one cell": [[3, 5, 12]],
    "one cell, all promoters": [[0, 0, 5]],
    "two cells": [[3, 5, 12], [8, 1, 2]],
    "one of two without answers": [[0, 0, 0], [2, 5, 14]],
    "five cells": [[3, 5, 12], [8, 1, 2], [0, 0, 4], [1, 9, 30], [0, 0, 0]],
    "five unlike cells": [[20, 0, 1], [0, 0, 25], [2, 30, 1], [9, 9, 9], [0, 0, 0]],
    "eight identical cells": [[3, 6, 11]] * 8,
}


def importance_draws(counts, size=300_000):
    """Return (cells, size) posterior draws of NPS: prior on κ, a tilted one on μ, re-weighted."""
    rng = np.random.default_rng(0)
    kappa = np.exp(rng.logistic(np.log(PRIOR_CONCENTRATION), 1, size))
    total = counts.sum(axis=0)
    tilt = 1 + min(1, 6 / max(total.sum(), 1)) * total
    mean = rng.dirichlet(tilt, size)
    log_weight = -((tilt - 1) * np.log(np.maximum(mean, 1e-300))).sum(axis=1)
    alpha = np.maximum(kappa[:, None] * mean, 1e-12)
    for row in counts:
        log_weight += special.gammaln(kappa) - special.gammaln(kappa + row.sum())
        log_weight += (special.gammaln(alpha + row) - special.gammaln(alpha)).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    chosen = rng.choice(size, size, p=weight / weight.sum())
    gamma = rng.standard_gamma(counts[:, None] + alpha[chosen])
    effective = weight.sum() ** 2 / (weight**2).sum()
    return (gamma[..., 2] - gamma[..., 0]) / gamma.sum(axis=2), effective


@pytest.mark.parametrize("name", FEW)
def test_few_cells_agree_with_importance_sampling(name):
    counts = np.array(FEW[name], float)
    drawn, effective = importance_draws(counts)
    noise = 4.5 / np.sqrt(effective)
    net = hyperposterior(counts).cells(counts)
    mean, sd = net.moments()
    assert np.abs(mean - drawn.mean(axis=1)).max() < noise * sd.max()
    assert np.abs(sd / drawn.std(axis=1) - 1).max() < noise
    known = 0.011 if "all promoters" in name else 0.005  # of one Dirichlet a slice
    for q in (0.025, 0.5, 0.975):
        held = (drawn <= net.ppf(q)[:, None]).mean(axis=1)
        assert np.abs(held - q).max() < known + noise * np.sqrt(q * (1 - q)), q


def test_the_likelihood_is_the_dirichlet_multinomial():
    rng = np.random.default_rng(1)
    for size in (50, 5000):  # counts by their steps, and by their distinct values
        counts = rng.multinomial(size, [0.15, 0.3, 0.55], 6).astype(float)
        target = Target(counts, 50.0)
        points = np.array([[3.0, -0.5, 0.4], [6.0, -1.0, 0.9], [-2.0, 0.1, 0.2], [14.0, -0.6, 0.6]])
        ours = target.value(points)
        for point, value in zip(points, ours, strict=True):
            odds = np.array([point[1], 0, point[2]])
            share = special.softmax(odds)
            law = stats.dirichlet_multinomial(
                np.exp(point[0]) * share, counts.sum(axis=1).astype(int)
            )
            coefficient = special.gammaln(counts.sum(axis=1) + 1) - special.gammaln(counts + 1).sum(
                1
            )
            exact = law.logpmf(counts.astype(int)).sum() - coefficient.sum()
            exact += np.log(share).sum() + stats.logistic.logpdf(point[0], np.log(50))
            assert value == pytest.approx(exact, rel=1e-7, abs=1e-4)


def test_identical_stores_are_nearly_one():
    counts = np.tile([30.0, 60, 110], (200, 1))
    found = hyperposterior(counts)
    mean, sd = found.cells(counts).moments()
    assert found.shrinkage(counts.sum(axis=1)).min() > 0.9
    assert mean[0] == pytest.approx(0.4, abs=0.01)
    assert sd[0] < 0.02


@pytest.mark.parametrize("where", [0, 1, 2])
def test_stores_that_all_agree(where):
    counts = np.zeros((40, 3))
    counts[:, where] = 30
    net = hyperposterior(counts).cells(counts)
    mean, _ = net.moments()
    assert mean[0] == pytest.approx(where - 1, abs=0.01)
    assert (net.ppf(0.025) <= mean + 1e-9).all()
    assert (mean <= net.ppf(0.975) + 1e-9).all()


def test_a_store_without_answers_gets_what_the_network_says_of_a_new_one():
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.array([0.15, 0.3, 0.55]) * 40, 300)
    counts = np.array([rng.multinomial(80, p) for p in shares], float)
    counts = np.concatenate([counts, np.zeros((1, 3))])
    found = hyperposterior(counts)
    mean, sd = found.cells(counts).moments()
    true = shares[:, 2] - shares[:, 0]
    assert mean[-1] == pytest.approx(true.mean(), abs=0.02)
    assert sd[-1] == pytest.approx(true.std(), rel=0.15)
    assert found.shrinkage(np.zeros(1))[0] == pytest.approx(1)


def test_a_huge_store_beside_tiny_ones():
    counts = np.array([[1.5e5, 3e5, 5.5e5], [1, 0, 0], [0, 1, 1], [0, 0, 0]])
    net = hyperposterior(counts).cells(counts)
    mean, sd = net.moments()
    assert mean[0] == pytest.approx(0.4, abs=1e-3)
    assert sd[0] == pytest.approx(np.sqrt((0.7 - 0.16) / 1e6), rel=0.02)
    assert (net.ppf(0.975) > net.ppf(0.025)).all()


def test_the_prior_is_the_posterior_without_answers():
    found = hyperposterior(np.zeros((3, 3)))
    line = found.line
    middle = np.interp(0.5, np.cumsum(line.weights) - line.weights / 2, line.tau)
    assert middle == pytest.approx(np.log(PRIOR_CONCENTRATION), abs=0.02)
    assert line.weights @ line.mean_shares == pytest.approx(np.full(3, 1 / 3), abs=1e-3)


def test_order_does_not_matter():
    counts = np.array(FEW["five unlike cells"], float)
    here = hyperposterior(counts).cells(counts).moments()
    there = hyperposterior(counts[::-1]).cells(counts[::-1]).moments()
    assert here[0] == pytest.approx(there[0][::-1], abs=1e-6)
    assert here[1] == pytest.approx(there[1][::-1], abs=1e-6)


def test_intervals_hold_the_truth_and_the_error_is_smallest():
    """A small version of benchmarks/calibration.py."""
    rng = np.random.default_rng(7)
    held, errors = [], []
    for _ in range(24):
        kappa = np.exp(rng.uniform(np.log(10), np.log(300)))
        shares = rng.dirichlet(kappa * rng.dirichlet([3, 6, 11]), 40)
        n = np.exp(rng.uniform(0, np.log(201), 40)).astype(int)
        counts = np.array([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)], float)
        true = shares[:, 2] - shares[:, 0]
        net = hyperposterior(counts).cells(counts)
        total = counts.sum(axis=0)
        raw = (counts[:, 2] - counts[:, 0]) / counts.sum(axis=1)
        pooled = (total[2] - total[0]) / total.sum()
        held.append((net.ppf(0.025) <= true) & (true <= net.ppf(0.975)))
        errors.append([((x - true) ** 2).mean() for x in (net.moments()[0], raw, pooled)])
    ours, alone, together = np.mean(errors, axis=0)
    assert 0.92 < np.mean(held) < 0.98
    assert ours < 0.8 * together
    assert ours < 0.3 * alone
