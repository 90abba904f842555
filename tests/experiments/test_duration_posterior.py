"""The beta process, the shrinkage of stretches, and the clocks they are held against."""

import numpy as np
import pytest
from scipy import integrate, stats

from npsstats.aggregates.durations import DurationCounts
from npsstats.experiments.duration.at_window import at_window
from npsstats.experiments.duration.pairs import pair
from npsstats.experiments.duration.posterior import window_draws
from npsstats.experiments.duration.shrink import shrink


def counted(n, window, hazards=(0.02, 0.03), seed=1):
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, n)
    day, seen = rng.geometric(np.array(hazards)[arm]), rng.integers(5, 2 * window, n)
    counts = DurationCounts.from_values(np.minimum(day, seen), day <= seen, {"arm": arm})
    return pair(counts, "0", "1", window)


def drawn(both, draws=40_000, **options):
    return window_draws(*both.arms, draws=draws, rng=np.random.default_rng(7), **options)


def test_moments_are_those_of_independent_betas():
    both = counted(80, 20)
    found = drawn(both)
    events, at_risk = both.arms
    part = 0.5 / 20
    for k in (0, 1):
        a = part + events[k, 1:]
        b = 1 - part + at_risk[k, 1:] - events[k, 1:]
        first, second = b / (a + b), b * (b + 1) / ((a + b) * (a + b + 1))
        survival = np.r_[1, np.cumprod(first)]
        assert found.risk[k].mean() == pytest.approx(1 - survival[-1], abs=1.5e-3)
        spread = np.sqrt(np.prod(second) - survival[-1] ** 2)
        assert found.risk[k].std() == pytest.approx(spread, rel=0.02)
        assert found.mean[k].mean() == pytest.approx(survival[:-1].sum(), abs=0.03)


def test_one_day_is_jeffreys_posterior():
    events, at_risk = np.array([[0.0, 3.0], [0.0, 0.0]]), np.array([[20.0, 20.0], [15.0, 15.0]])
    found = window_draws(events, at_risk, draws=100_000, rng=np.random.default_rng(1))
    for k, law in enumerate((stats.beta(3.5, 17.5), stats.beta(0.5, 15.5))):
        quantiles = np.quantile(found.risk[k], (0.025, 0.5, 0.975))
        assert quantiles == pytest.approx(law.ppf((0.025, 0.5, 0.975)), rel=0.03, abs=2e-4)
    assert (found.mean == 1).all()  # nobody has the event before the day ends


def test_many_units_give_the_classical_answer():
    both = counted(20_000, 60)
    found, classical = drawn(both, 20_000), at_window(both, 0.95)
    for values, row in ((found.risk, classical.risk), (found.mean, classical.mean)):
        apart = values[1] - values[0]
        assert apart.mean() == pytest.approx(row.estimate, abs=0.06 * row.std_error)
        assert apart.std() == pytest.approx(row.std_error, rel=0.03)
        assert np.quantile(apart, 0.025) == pytest.approx(row.lower, abs=0.1 * row.std_error)


def test_day_0_counts_when_something_happened_on_it():
    events, at_risk = np.zeros((2, 5)), np.full((2, 5), 10.0)
    events[:, 0], at_risk[:, 1:] = 4, 6
    found = window_draws(events, at_risk, draws=20_000, rng=np.random.default_rng(1))
    assert found.mean.mean() == pytest.approx(4 * 0.6, abs=0.2)
    assert found.risk.mean() == pytest.approx(0.4, abs=0.05)


def test_stretches_of_one_chance_know_more():
    both = counted(400, 40)
    free, tied = drawn(both), drawn(both, breaks=(40,))
    assert (tied.risk.std(axis=1) < free.risk.std(axis=1)).all()
    events, at_risk = both.arms
    law = stats.beta(0.5 + events[1].sum(), 39.5 + at_risk[1, 1:].sum() - events[1].sum())
    expected = law.expect(lambda h: 1 - (1 - h) ** 40)
    assert tied.risk[1].mean() == pytest.approx(expected, abs=1e-3)


def test_a_calibrated_posterior_ranks_the_truth_evenly():
    # the prior's own draws, then data from them: the truth's rank is uniform
    rng = np.random.default_rng(4)
    window, n, ranks = 8, 30, []
    part = 0.5 / window
    for _ in range(300):
        hazard = rng.beta(part, 1 - part, (2, window))
        truth = 1 - np.prod(1 - hazard, axis=1)
        events, at_risk = np.zeros((2, window + 1)), np.zeros((2, window + 1))
        left = np.array([n, n])
        at_risk[:, 0] = n
        for j in range(window):
            at_risk[:, j + 1] = left
            events[:, j + 1] = rng.binomial(left, hazard[:, j])
            left = left - events[:, j + 1].astype(int)
        found = window_draws(events, at_risk, draws=200, rng=rng)
        apart = found.risk[1] - found.risk[0]
        ranks.append((apart < truth[1] - truth[0]).mean())
    assert stats.kstest(ranks, "uniform").pvalue > 0.001


def test_shrinkage_is_the_integral_it_says():
    y, s, scale = np.array([0.5, 0.1, -0.2]), np.array([0.2, 0.3, 0.25]), 0.35

    def weight(tau):
        spread = s**2 + tau**2
        centre = (y / spread).sum() / (1 / spread).sum()
        likelihood = np.prod(stats.norm.pdf(y, centre, np.sqrt(spread)))
        return likelihood / np.sqrt((1 / spread).sum()) * stats.halfnorm.pdf(tau, scale=scale)

    def mean(tau, k):
        spread = s**2 + tau**2
        centre = (y / spread).sum() / (1 / spread).sum()
        return (tau**2 * y[k] + s[k] ** 2 * centre) / spread[k]

    total = integrate.quad(weight, 0, 5)[0]
    found = shrink(y, s, scale=scale, level=0.95)
    for k in range(3):
        expected = integrate.quad(lambda t, k=k: weight(t) * mean(t, k), 0, 5)[0] / total
        assert found.mean[k] == pytest.approx(expected, abs=1e-4)

        def above(tau, at, k=k):
            spread = s**2 + tau**2
            pull, free = s[k] ** 2 / spread[k], 1 / (1 / spread).sum()
            error = np.sqrt((1 - pull) * s[k] ** 2 + pull**2 * free)
            return weight(tau) * stats.norm.sf(at, mean(tau, k), error)

        chances = [
            integrate.quad(above, 0, 5, args=(at,))[0] / total
            for at in (0.0, found.lower[k], found.upper[k])
        ]
        assert chances == pytest.approx([found.above[k], 0.975, 0.025], abs=2e-4)


def test_shrinkage_turns_with_the_sign_and_without_information_takes_the_rest():
    y, s = np.array([0.8, 0.2, 0.0]), np.array([0.3, 0.2, np.inf])
    there, back = (shrink(sign * y, s, scale=0.35, level=0.9) for sign in (1, -1))
    assert there.mean == pytest.approx(-back.mean)
    assert there.lower == pytest.approx(-back.upper, abs=1e-8)
    assert there.above == pytest.approx(1 - back.above)
    assert there.mean[1] < there.mean[2] < there.mean[0]
    assert there.upper[2] - there.lower[2] > there.upper[1] - there.lower[1]
    alone = shrink(np.array([0.5]), np.array([0.1]), scale=0.35, level=0.95)
    assert (alone.lower[0], alone.upper[0]) == pytest.approx((0.304, 0.696), abs=1e-3)
    assert np.isnan(shrink(np.zeros(2), np.full(2, np.inf), scale=0.3, level=0.95).mean).all()


@pytest.mark.twin
def test_stretches_agree_with_the_row_by_row_model():
    import pymc as pm
    import pytensor.tensor as pt

    window, breaks = 30, (7, 30)
    rng = np.random.default_rng(11)
    arm = np.repeat([0, 1], [70, 60])
    day, seen = rng.geometric(np.array([0.02, 0.035])[arm]), rng.integers(5, 50, 130)
    time, event = np.minimum(np.minimum(day, seen), window), (day <= seen) & (day <= window)
    both = pair(DurationCounts.from_values(time, event, {"arm": arm}), "0", "1", window)
    found = window_draws(*both.arms, draws=40_000, rng=rng, breaks=breaks)
    # days each unit spent in each stretch, and where it had its event
    days = np.stack([np.clip(time, 0, 7), np.clip(time - 7, 0, 23)], axis=1)
    place = (time > 7).astype(int)
    with pm.Model():
        prior = 0.5 * np.array([7, 23]) / window
        hazard = pm.Beta("hazard", prior, np.array([7, 23]) - prior, shape=(2, 2))
        stay = pt.log1p(-hazard)[arm]
        last = event * (pt.log(hazard[arm, place]) - pt.log1p(-hazard[arm, place]))
        pm.Potential("rows", ((days * stay).sum(axis=1) + last).sum())
        trace = pm.sample(tune=500, draws=2000, chains=2, cores=2, random_seed=5, progressbar=False)
    values = trace.posterior["hazard"].to_numpy().reshape(-1, 2, 2)
    daily = np.concatenate(
        [np.repeat(values[:, :, :1], 7, axis=2), np.repeat(values[:, :, 1:], 23, axis=2)], axis=2
    )
    survival = np.concatenate(
        [np.ones((*daily.shape[:2], 1)), np.cumprod(1 - daily, axis=2)], axis=2
    )
    risk, mean = 1 - survival[:, :, -1], survival[:, :, :-1].sum(axis=2)
    for mine, twin in ((found.risk, risk), (found.mean, mean)):
        a, b = mine[1] - mine[0], twin[:, 1] - twin[:, 0]
        assert a.mean() == pytest.approx(b.mean(), abs=0.08 * b.std())
        assert a.std() == pytest.approx(b.std(), rel=0.06)
        assert (a > 0).mean() == pytest.approx((b > 0).mean(), abs=0.03)
