"""Pooled shares: R on a dense grid, exact limits, calibration in small; then the means."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import special, stats

from npsstats.estimation.neighbours import share_lattice
from npsstats.estimation.neighbours.scale_means import mean_posterior
from npsstats.estimation.neighbours.share_lattice import explore_shares
from npsstats.estimation.neighbours.share_mixture import ShareMixture
from npsstats.estimation.neighbours.shares import share_posterior

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "pooled_shares.csv", comment="#")


@pytest.mark.parametrize("name", GOLDEN["network"].unique())
def test_the_pooled_posterior_agrees_with_r(name):
    rows = GOLDEN[GOLDEN["network"] == name]
    yes, n = rows["yes"].to_numpy(float), rows["n"].to_numpy(float)
    found = share_posterior(yes, n - yes, "partial", 50.0)
    mean, sd = found.law.moments()
    assert mean == pytest.approx(rows["estimate"].to_numpy(), abs=1e-6)
    assert sd == pytest.approx(rows["std_error"].to_numpy(), rel=5e-5)
    assert found.shrinkage == pytest.approx(rows["shrinkage"].to_numpy(), abs=1e-5)
    # a patch of the lattice is one Beta, so quantiles are close, not exact
    assert found.law.cdf(rows["lower"].to_numpy()) == pytest.approx(0.025, abs=0.002)
    assert found.law.cdf(rows["upper"].to_numpy()) == pytest.approx(0.975, abs=0.002)
    assert found.law.ppf(0.025) == pytest.approx(rows["lower"].to_numpy(), abs=0.003)
    assert found.law.ppf(0.975) == pytest.approx(rows["upper"].to_numpy(), abs=0.003)


cells = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(counts=cells)
def test_a_finer_lattice_says_the_same(counts):
    yes, no = np.array(counts, float).T
    plain, fine = (explore_shares(yes, no, 50.0, **o) for o in ({}, {"nodes": 90, "step": 0.3}))
    assert plain.log_evidence == pytest.approx(fine.log_evidence, abs=2e-3)
    assert plain.tau @ plain.weights == pytest.approx(fine.tau @ fine.weights, abs=5e-3)
    assert plain.mean @ plain.weights == pytest.approx(fine.mean @ fine.weights, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(counts=cells)
def test_yes_and_no_may_change_places(counts):
    yes, no = np.array(counts, float).T
    here, there = (share_posterior(*pair, "partial", 50.0).law for pair in ((yes, no), (no, yes)))
    assert here.moments()[0] == pytest.approx(1 - there.moments()[0], abs=1e-6)
    assert here.ppf(0.1) == pytest.approx(1 - there.ppf(0.9), abs=1e-5)


def test_the_evidence_of_one_cell_without_answers_is_one():
    line = explore_shares(np.zeros(1), np.zeros(1), 50.0)
    assert line.log_evidence == pytest.approx(0, abs=1e-4)
    law = share_posterior(np.zeros(1), np.zeros(1), "partial", 50.0).law
    assert law.moments()[0] == pytest.approx(0.5, abs=1e-9)


def test_identical_cells_are_pooled_and_opposite_ones_are_not():
    alike = share_posterior(np.full(200, 14.0), np.full(200, 6.0), "partial", 50.0)
    assert alike.shrinkage.min() > 0.95
    apart = share_posterior(np.array([100.0, 0] * 20), np.array([0.0, 100] * 20), "partial", 50.0)
    assert apart.shrinkage.max() < 0.05


def test_many_different_counts_are_as_exact_as_few(monkeypatch):
    rng = np.random.default_rng(4)
    n = rng.gamma(2, 50, 1500)
    yes = n * rng.beta(30, 8, 1500)
    quick = explore_shares(yes, n - yes, 50.0)
    monkeypatch.setattr(share_lattice, "_MOST", 10**9)
    slow = explore_shares(yes, n - yes, 50.0)
    assert quick.tau @ quick.weights == pytest.approx(slow.tau @ slow.weights, abs=1e-6)
    assert quick.mean @ quick.weights == pytest.approx(slow.mean @ slow.weights, abs=1e-9)


@pytest.mark.parametrize("pooling", ["partial", "none", "complete"])
def test_draws_follow_the_law(pooling):
    yes, no = np.array([3.0, 50, 0, 8]), np.array([7.0, 10, 0, 0])
    found = share_posterior(yes, no, pooling, 50.0)
    drawn = found.draws(20_000, np.random.default_rng(1))["share"]
    mean, sd = found.law.moments()
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=5 * sd.max() / 20_000**0.5)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.03)
    assert (drawn < found.law.ppf(0.025)).mean(axis=0) == pytest.approx(0.025, abs=0.008)


def test_quantiles_of_a_mixture_invert_its_probabilities():
    rng = np.random.default_rng(2)
    yes, no = rng.gamma(2, 8, (2, 50, 4)) + 1e-3
    law = ShareMixture(yes, no, np.array([0.1, 0.2, 0.3, 0.4]))
    for q in (0.001, 0.025, 0.5, 0.975):
        assert law.cdf(law.ppf(q)) == pytest.approx(q, abs=1e-7)
    one = ShareMixture(np.array([[3.0]]), np.array([[5.0]]), np.ones(1))
    assert one.ppf(0.3) == pytest.approx(stats.beta.ppf(0.3, 3, 5), abs=1e-9)


def test_shares_are_calibrated_under_their_own_prior():
    """κ and m from the prior: the truth's place in its posterior is uniform."""
    rng = np.random.default_rng(20260101)
    places = []
    for _ in range(40):
        kappa, m = np.exp(rng.logistic(np.log(50), 1)), rng.uniform()
        truth = rng.beta(np.maximum(kappa * m, 1e-9), np.maximum(kappa * (1 - m), 1e-9), 10)
        n = np.exp(rng.uniform(0, np.log(101), 10)).astype(int)
        yes = rng.binomial(n, truth).astype(float)
        places.append(share_posterior(yes, n - yes, "partial", 50.0).law.cdf(truth)[0])
    assert stats.kstest(places, "uniform").pvalue > 0.005


# means on a bounded scale -----------------------------------------------------------------


def test_on_two_points_a_mean_is_a_share():
    counts = np.array([[7.0, 3], [10, 50], [0, 0], [0, 8]])
    mean = mean_posterior(counts, "partial", 50.0)
    share = share_posterior(counts[:, 1], counts[:, 0], "partial", 50.0)
    assert mean.dispersion == 1
    assert mean.law.moments()[0] == pytest.approx(share.law.moments()[0], abs=1e-12)
    assert mean.law.ppf(0.025) == pytest.approx(share.law.ppf(0.025), abs=1e-9)


def test_a_large_cell_alone_has_the_interval_of_students_t():
    counts = np.array([[30.0, 50, 120, 300, 500]])
    law = mean_posterior(counts, "none", 50.0).law
    answers = np.repeat(np.linspace(0, 1, 5), counts[0].astype(int))
    ends = stats.ttest_1samp(answers, 0).confidence_interval(0.95)
    half = (ends.high - ends.low) / 2
    assert law.ppf(0.025)[0] == pytest.approx(ends.low, abs=0.05 * half)
    assert law.ppf(0.975)[0] == pytest.approx(ends.high, abs=0.05 * half)


def test_the_dispersion_is_found_whatever_differs_between_cells():
    """φ is that within cells: how far their means lie apart must not enter it."""
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(5 * np.array([0.1, 0.2, 0.4, 0.2, 0.1]), 400)
    at = np.linspace(0, 1, 5)
    mean = shares @ at
    within = (shares * (at - mean[:, None]) ** 2).sum() / (mean * (1 - mean)).sum()
    counts = np.array([rng.multinomial(25, p) for p in shares]).astype(float)
    assert mean_posterior(counts, "partial", 50.0).dispersion == pytest.approx(within, rel=0.03)


@pytest.mark.parametrize("spread", [0.2, 0.8])
@pytest.mark.parametrize("pooling", ["partial", "none"])
def test_means_hold_their_level_where_stores_shift_the_whole_scale(spread, pooling):
    """Answers by a cumulative logit, which is not the model of the means."""
    rng = np.random.default_rng(7)
    cuts = np.array([-3.5, -2.6, -1.4, 0.4])
    held = []
    for _ in range(12):
        shift = spread * rng.standard_normal((60, 1))
        ends = np.concatenate([np.zeros((60, 1)), special.expit(cuts - shift), np.ones((60, 1))], 1)
        shares = np.maximum(np.diff(ends), 0)
        n = np.exp(rng.uniform(0, np.log(201), 60)).astype(int)
        counts = np.array([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)])
        law = mean_posterior(counts.astype(float), pooling, 50.0).law
        truth = shares @ np.linspace(0, 1, 5)
        held += list((law.ppf(0.025) <= truth) & (truth <= law.ppf(0.975)))
    assert 0.92 < np.mean(held) < 0.985


@pytest.mark.parametrize("pooling", ["partial", "none", "complete"])
@pytest.mark.parametrize(
    "counts",
    [
        [[0, 0, 0, 0, 0]],
        [[0, 0, 0, 0, 1]],
        [[3, 0, 0, 0, 0], [0, 0, 0, 0, 9]],
        [[0, 0, 0, 0, 9]] * 5,
        [[0, 0, 9, 0, 0], [0, 0, 0, 0, 0]],
        [[5, 0, 0, 0, 5]] * 3,
        [[1, 2, 0, 40, 10**6]],
    ],
)
def test_means_survive(counts, pooling):
    found = mean_posterior(np.array(counts, float), pooling, 50.0)
    mean, sd = found.law.moments()
    low, high = found.law.ppf(0.025), found.law.ppf(0.975)
    assert ((low >= 0) & (low < mean) & (mean < high) & (high <= 1) & (sd > 0)).all()
    assert np.isfinite(found.draws(40, np.random.default_rng(0))).all()
    assert found.shrinkage.min() > 0
    assert found.shrinkage.max() <= 1 + 1e-12
