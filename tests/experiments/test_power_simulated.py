"""Trials that are run: what a design states is what happens, within Monte Carlo error."""

import numpy as np
import pytest
from scipy import stats

from npsstats.experiments.power.design import design

RUNS = 4000
Z = stats.norm.isf(0.025)


def agrees(found, stated, slack=0.0):
    """Four standard errors of the runs, and what an approximation may be off by."""
    error = 4 * np.sqrt(stated * (1 - stated) / len(found))
    assert abs(found.mean() - stated) < error + slack, (found.mean(), stated)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.mark.parametrize(
    "given",
    [
        {"baseline": 0.3, "effect": 0.08},
        {"baseline": 0.3, "effect": -0.08, "ratio": 2.0},
        {"baseline": 0.3, "effect": 0.16, "reach": 0.5, "power": 0.6},
        {"baseline": 0.3, "margin": 0.06, "alternative": "larger"},
        {"baseline": 0.2, "effect": 0.08, "arms": 3},
    ],
)
def test_shares(rng, given):
    row = design(**given).frame.iloc[0]
    n, m = row["n_per_arm"], row["n_treatment"]
    p = rng.binomial(n, row["baseline"], RUNS) / n
    q = rng.binomial(m, row["baseline"] + row["effect_assigned"], RUNS) / m
    margin = given.get("margin", 0)
    z = (q - p + margin) / np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    bound = stats.norm.isf(row["alpha_each"] / row["sides"])
    agrees(z * np.sign(row["effect"] or 1) > bound, row["power"], 0.01)


def test_scores(rng):
    shares = [0.2, 0.3, 0.5]
    counts = [200_000, 300_000, 500_000]
    row = design("nps", effect=10, counts=counts).frame.iloc[0]
    n = row["n_per_arm"]
    treated = [0.15, 0.3, 0.55]
    at = np.array([-1, 0, 1])

    def moments(arm):
        drawn = rng.multinomial(n, arm, RUNS) / n
        mean = drawn @ at
        return mean, (drawn @ at**2 - mean**2) / n

    (a, va), (b, vb) = moments(shares), moments(treated)
    # the treated vary less than the pilot's answers, which the plan did not know
    agrees((b - a) / np.sqrt(va + vb) > Z, row["power"], 0.03)


def test_amounts_with_covariates(rng):
    row = design("amount", sd=10, effect=5, r_squared=0.4).frame.iloc[0]
    n = row["n_per_arm"]
    before = rng.normal(size=(RUNS, 2, n))
    noise = rng.normal(size=(RUNS, 2, n)) * np.sqrt(0.6)
    y = 10 * (np.sqrt(0.4) * before + noise)
    y[:, 1] += 5
    left = y - 10 * np.sqrt(0.4) * before
    t = stats.ttest_ind(left[:, 1], left[:, 0], axis=1)
    agrees((t.pvalue < 0.05) & (t.statistic > 0), row["power"])


def logrank(time, event, treated):
    """Return the log-rank z of every run; shapes (runs, units)."""
    order = np.argsort(time, axis=1)
    event = np.take_along_axis(event, order, axis=1)
    treated = np.take_along_axis(treated, order, axis=1)
    at_risk = np.arange(time.shape[1], 0, -1)
    share = np.cumsum(treated[:, ::-1], axis=1)[:, ::-1] / at_risk
    observed = (event * (treated - share)).sum(axis=1)
    return observed / np.sqrt((event * share * (1 - share)).sum(axis=1))


@pytest.mark.parametrize("reach", [1.0, 0.7])
def test_durations(rng, reach):
    row = design(
        "duration", baseline=0.4, effect=1.6, censoring=0.2, reach=reach, power=0.8
    ).frame.iloc[0]
    runs, n = 1500, row["n_per_arm"]
    hazard = np.full((runs, 2 * n), -np.log(0.6))
    arm = np.zeros((runs, 2 * n), dtype=int)
    arm[:, n:] = 1
    hazard[(arm == 1) & (rng.random(arm.shape) < reach)] *= 1.6
    event = rng.exponential(1 / hazard)
    lost = np.minimum(rng.exponential(-1 / np.log(0.8), event.shape), 1)
    z = logrank(np.minimum(event, lost), event <= lost, arm)
    agrees(z > Z, row["power"], 0.02)


def test_restricted_means(rng):
    row = design("restricted_mean", baseline=0.6, effect=-8, window_days=90).frame.iloc[0]
    n = row["n_per_arm"]
    control = np.minimum(rng.exponential(-90 / np.log(0.4), (RUNS, n)), 90)
    # the hazard at which the mean within the window is 8 days less, by search
    grid = np.linspace(0.005, 0.05, 200_001)
    means = -np.expm1(-90 * grid) / grid
    base = -np.log(0.4) / 90
    hazard = grid[np.argmin(np.abs(means - (-np.expm1(-90 * base) / base - 8)))]
    treated = np.minimum(rng.exponential(1 / hazard, (RUNS, n)), 90)
    t = stats.ttest_ind(treated, control, axis=1, equal_var=False)
    agrees(t.statistic < -Z, row["power"], 0.01)


@pytest.mark.parametrize("clusters", [8, 40])
def test_whole_clusters(rng, clusters):
    size, icc = 20, 0.05
    row = design(
        "amount", sd=1, effect=0.45, icc=icc, clusters=clusters, cluster_size=size
    ).frame.iloc[0]
    between = rng.normal(size=(RUNS, 2, clusters // 2)) * np.sqrt(icc)
    within = rng.normal(size=between.shape) * np.sqrt((1 - icc) / size)
    means = between + within
    means[:, 1] += 0.45
    t = stats.ttest_ind(means[:, 1], means[:, 0], axis=1)
    agrees((t.pvalue < 0.05) & (t.statistic > 0), row["power"])


def test_whole_clusters_of_unequal_sizes(rng):
    icc, many = 0.08, 60
    row = design(
        "amount", sd=1, effect=0.3, icc=icc, cluster_cv=0.7, clusters=2 * many, cluster_size=15
    ).frame.iloc[0]
    size = np.maximum(rng.gamma(1 / 0.49, 15 * 0.49, (RUNS, 2, many)).round(), 1)
    total = rng.normal(size=size.shape) * np.sqrt(icc) + rng.normal(size=size.shape) * np.sqrt(
        (1 - icc) / size
    )
    total *= size
    mean = total.sum(axis=2) / size.sum(axis=2)
    left = total - size * mean[..., None]
    variance = (left**2).sum(axis=2) * many / (many - 1) / size.sum(axis=2) ** 2
    t = (mean[:, 1] + 0.3 - mean[:, 0]) / np.sqrt(variance.sum(axis=1))
    agrees(t > stats.t.isf(0.025, 2 * many - 2), row["power"], 0.015)


def test_units_within_clusters(rng):
    stores, size, icc = 10, 20, 0.3
    row = design(
        "amount", sd=1, effect=0.35, icc=icc, randomized="units", n_per_arm=stores * size // 2
    ).frame.iloc[0]
    y = rng.normal(size=(RUNS, stores, 1)) * np.sqrt(icc)
    y = y + rng.normal(size=(RUNS, stores, size)) * np.sqrt(1 - icc)
    y[:, :, : size // 2] += 0.35
    apart = y[:, :, : size // 2].mean(axis=2) - y[:, :, size // 2 :].mean(axis=2)
    arms = y.reshape(RUNS, stores, 2, size // 2)
    within = arms.var(axis=3, ddof=1).mean(axis=(1, 2))
    t = apart.mean(axis=1) / np.sqrt(4 * within / (stores * size))
    agrees(t > stats.t.isf(0.025, stores * (size - 2)), row["power"], 0.01)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_looks(rng, spending):
    row = design("nps", effect=10, looks=4, spending=spending).frame.iloc[0]
    question = design("nps", effect=10, looks=4, spending=spending).questions[0]
    looks, drift = question.trial.looks, float(question.trial.drift(10, question.n))
    t = looks.fractions
    steps = rng.normal(size=(40_000, 4)) * np.sqrt(np.diff(t, prepend=0))
    walk = np.cumsum(steps, axis=1) / np.sqrt(t) + drift * np.sqrt(t)
    crossed = walk > looks.bounds
    agrees(crossed.any(axis=1), row["power"])
    stop = np.where(crossed.any(axis=1), crossed.argmax(axis=1), 3)
    assert t[stop].mean() * row["n_total"] == pytest.approx(row["n_expected"], rel=0.01)


def test_assurance(rng):
    row = design(
        baseline=0.3, effect=0.05, prior_mean=0.03, prior_sd=0.03, worthwhile=0.01
    ).frame.iloc[0]
    n = row["n_per_arm"]
    effect = rng.normal(0.03, 0.03, 40_000)
    p = rng.binomial(n, 0.3, effect.shape) / n
    q = rng.binomial(n, np.clip(0.3 + effect, 0, 1)) / n
    se = np.sqrt(p * (1 - p) / n + q * (1 - q) / n)
    agrees((q - p) / se > Z, row["assurance"], 0.003)
    agrees((q - p - 0.01) / se > stats.norm.isf(0.05), row["probability_adopt"], 0.003)
