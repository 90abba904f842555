import numpy as np
import pytest
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from npsstats.checks import InputError
from npsstats.forecasting.local import LocalLevel, LocalTrend
from npsstats.forecasting.resampling import log_prior
from npsstats.forecasting.series import Series
from npsstats.forecasting.state_space import (
    Filter,
    dummies,
    level_space,
    simulated,
    trend_space,
    trigonometric,
)

CENTRE, WIDE, MOVE, EXTRA = 12.0, 20.0, 1.7, 0.8
T, AHEAD = 17, 4


def both(of):
    """Return a function of pairs of times as a matrix over the past and the periods to come."""
    t = np.arange(T + AHEAD)
    return of(t[:, None], t[None, :])


def walk(t, s):
    return WIDE**2 + MOVE**2 * np.minimum(t, s)


def returning(t, s):
    phi = np.exp(-1 / 9.0)
    return WIDE**2 + MOVE**2 / (1 - phi**2) * phi ** np.abs(t - s)


def trending(t, s):
    phi, turn = np.exp(-1 / 5.0), 0.4
    slopes = turn**2 / (1 - phi**2) * phi ** np.abs(t - s)
    summed = np.tril(np.ones(slopes.shape), -1)
    return walk(t, s) + summed @ slopes @ summed.T


def waves(t, s, season=12, harmonics=2, size=1.3, drift=0.2):
    waves = np.arange(1, harmonics + 1)[:, None, None]
    share = (1 / waves**2) / (1 / waves**2).sum()
    cosines = (share * np.cos(2 * np.pi * waves / season * (t - s))).sum(axis=0)
    return cosines * (size**2 + drift**2 * np.minimum(t, s))


def effects(t, s):
    return 1.3**2 * (((t - s) % 12 == 0) - 1 / 12)


LEVEL = level_space(CENTRE, WIDE, MOVE, EXTRA, None)
RETURNING = level_space(CENTRE, WIDE, MOVE, EXTRA, 9.0)
TREND = trend_space(CENTRE, WIDE, MOVE, EXTRA, 0.4, 5.0)
CASES = {
    "walk": (LEVEL, both(walk)),
    "returning": (RETURNING, both(returning)),
    "trend": (TREND, both(trending)),
    "returning with waves": (
        RETURNING.beside(trigonometric(12, 2, 1.3, 0.2)),
        both(returning) + both(waves),
    ),
    "trend with effects": (TREND.beside(dummies(12, 1.3, 0.0)), both(trending) + both(effects)),
    # all waves of a quarter, the zigzag among them
    "quarters": (
        LEVEL.beside(trigonometric(4, 2, 1.3, 0.2)),
        both(walk) + both(lambda t, s: waves(t, s, season=4)),
    ),
}


@pytest.fixture(scope="module")
def observed():
    rng = np.random.default_rng(5)
    values = CENTRE + rng.normal(0, 5, T)
    noise = rng.uniform(1, 30, T)
    values[[0, 3, 4, 11]] = np.nan
    noise[[0, 3, 4, 11]] = np.nan
    return values, noise


@pytest.mark.parametrize("case", CASES)
def test_state_space_is_the_dense_gaussian_law(case, observed):
    space, latent = CASES[case]
    values, noise = observed
    seen = np.flatnonzero(np.isfinite(values))
    shown = latent[np.ix_(seen, seen)] + np.diag(noise[seen] + EXTRA**2)
    dense = stats.multivariate_normal(np.full(len(seen), CENTRE), shown).logpdf(values[seen])
    np.testing.assert_allclose(
        Filter(values, noise).log_likelihood(space), dense, rtol=0, atol=1e-7
    )

    coming = np.arange(T, T + AHEAD)
    gain = latent[np.ix_(coming, seen)] @ np.linalg.inv(shown)
    mean = CENTRE + gain @ (values[seen] - CENTRE)
    variance = np.diag(latent[np.ix_(coming, coming)] - gain @ latent[np.ix_(seen, coming)])
    state, covariance = Filter(values, noise).state(space)
    for ahead in range(AHEAD):
        np.testing.assert_allclose(space.design @ state, mean[ahead], rtol=0, atol=1e-7)
        np.testing.assert_allclose(
            space.design @ covariance @ space.design, variance[ahead], rtol=0, atol=1e-6
        )
        state = space.transition @ state
        covariance = space.transition @ covariance @ space.transition.T + np.diag(space.shock)


def test_constant_noise_is_statsmodels_own_unobserved_components():
    values = CENTRE + np.random.default_rng(2).normal(0, 4, 40)
    values[[5, 6]] = np.nan
    space = level_space(CENTRE, WIDE, MOVE, EXTRA, None).beside(trigonometric(12, 1, 1.3, 0.2))
    peer = UnobservedComponents(
        values, level="local level", freq_seasonal=[{"period": 12, "harmonics": 1}]
    )
    peer.ssm.initialize_known(space.start, space.start_cov)
    peer.loglikelihood_burn = 0  # it would leave out the first as if the start were unknown
    params = [9.0 + EXTRA**2, MOVE**2, 0.2**2]
    run = peer.smooth(params)
    noise = np.where(np.isnan(values), np.nan, 9.0)
    np.testing.assert_allclose(
        Filter(values, noise).log_likelihood(space), run.llf, rtol=0, atol=1e-7
    )
    state, covariance = Filter(values, noise).state(space)
    np.testing.assert_allclose(state, run.predicted_state[:, -1], rtol=0, atol=1e-7)
    np.testing.assert_allclose(covariance, run.predicted_state_cov[..., -1], rtol=0, atol=1e-7)
    assert np.isclose(space.design @ state, run.forecast(1)[0], rtol=0, atol=1e-7)


def test_simulated_paths_have_the_law_of_the_state_space(observed):
    space, latent = CASES["returning with waves"]
    values, noise = observed
    seen, coming = np.flatnonzero(np.isfinite(values)), np.arange(T, T + AHEAD)
    shown = latent[np.ix_(seen, seen)] + np.diag(noise[seen] + EXTRA**2)
    gain = latent[np.ix_(coming, seen)] @ np.linalg.inv(shown)
    mean = CENTRE + gain @ (values[seen] - CENTRE)
    covariance = latent[np.ix_(coming, coming)] - gain @ latent[np.ix_(seen, coming)]
    covariance += np.eye(AHEAD) * EXTRA**2
    paths = simulated(
        space, Filter(values, noise).state(space), AHEAD, 100_000, np.random.default_rng(1)
    )
    np.testing.assert_allclose(paths.mean(axis=0), mean, atol=0.06)
    np.testing.assert_allclose(np.cov(paths.T), covariance, atol=0.02 * covariance.max())


def scores(values, n=200.0):
    net = np.asarray(values)[:, :, None] / 100
    shares = np.concatenate([0.35 - net / 2, 0 * net + 0.3, 0.35 + net / 2], axis=2)
    return Series.of_counts(shares * n, ["2022-01", last(net.shape[1])])


def last(length):
    return f"{2022 + (length - 1) // 12}-{(length - 1) % 12 + 1:02d}"


def test_hyperparameters_and_forecast_agree_with_quadrature():
    rng = np.random.default_rng(3)
    series = scores(10 + np.cumsum(rng.normal(0, 2, (1, 30)), axis=1) + rng.normal(0, 5, (1, 30)))
    model = LocalLevel(season="none", reverting=False)
    fitted = model.fit(series)
    laws = model.prior(series.scale, 12)
    grid = np.linspace(-4, 2.5, 45)
    own = Filter(series.values[0], series.noise[0])
    logs, means, variances = np.empty((3, 45, 45))
    for i, a in enumerate(grid):
        for j, b in enumerate(grid):
            theta = np.array([a, b])
            space = fitted.space(0, np.exp(theta))
            logs[i, j] = own.log_likelihood(space) + log_prior(theta, laws)
            state, covariance = own.state(space)
            means[i, j] = state[0]
            variances[i, j] = covariance[0, 0] + space.extra + 3 * space.shock[0]
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    mean = (weight * means).sum()
    sd = np.sqrt((weight * (variances + (means - mean) ** 2)).sum())
    predictive = fitted.predict(4, draws=8000)
    assert abs(predictive.mean[0, 3] - mean) < 0.15 * sd
    assert abs(predictive.sd[0, 3] / sd - 1) < 0.12
    log_move = (weight.sum(axis=1) * grid).sum()
    spread = np.sqrt((weight.sum(axis=1) * (grid - log_move) ** 2).sum())
    assert abs(np.log(fitted.hyper[0, :, 0]).mean() - log_move) < 0.5 * spread


@pytest.mark.parametrize("model", [LocalLevel(), LocalTrend(), LocalLevel(season="dummy")])
def test_little_or_nothing_to_learn_from_has_an_answer(model):
    constant = np.full((5, 9), 40.0)
    table = scores(constant).categories
    table[1, 1:] = 0  # one observation
    table[2] = 0  # a new store
    table[3, 4:7] = 0  # months without answers
    series = Series.of_counts(table, ["2022-01", "2022-09"])
    predictive = model.fit(series).predict(3, draws=400)
    assert np.isfinite(predictive.draws).all()
    np.testing.assert_allclose(predictive.mean[[0, 3, 4]], 40, atol=4)
    wide = predictive.sd[:, 0]
    assert wide[2] > wide[1] > wide[0]
    alone = model.fit(Series.of_counts(0 * table[:1], ["2022-01", "2022-09"])).predict(2)
    assert np.isfinite(alone.draws).all()
    assert alone.sd.min() > 25


def test_exact_measure_that_never_moves_has_an_answer():
    series = Series.of_measure(np.full((1, 8), 14.2), ["2022-01", "2022-08"])
    predictive = LocalLevel().fit(series).predict(2, draws=500)
    np.testing.assert_allclose(predictive.mean, 14.2, atol=0.03)
    assert 0 < predictive.sd.max() < 0.1


def test_level_that_returns_forecasts_the_mean_in_the_long_run():
    rng = np.random.default_rng(8)
    away = np.zeros(96)
    for t in range(1, 96):
        away[t] = 0.75 * away[t - 1] + rng.normal(0, 4)
    away[-2:] = 18
    series = scores(20 + away[None, :], n=3000)
    far = LocalLevel(season="none").fit(series).predict(24, draws=2000)
    walk_far = LocalLevel(season="none", reverting=False).fit(series).predict(24, draws=2000)
    assert far.mean[0, -1] < 28
    assert walk_far.mean[0, -1] > 33
    assert far.sd[0, -1] < walk_far.sd[0, -1]


def test_trend_goes_on_and_fades():
    series = scores(np.linspace(-20, 30, 24)[None, :], n=3000)
    mean = LocalTrend(season="none").fit(series).predict(12, draws=4000).mean[0]
    steps = np.diff(mean)
    assert 0.8 < steps[0] < 2.4
    assert steps[-3:].mean() < 0.6 * steps[:3].mean()


def test_season_comes_back():
    wave = 8 * np.cos(2 * np.pi * np.arange(48) / 12)
    series = scores(10 + wave[None, :], n=1000)
    for model in (LocalLevel(), LocalLevel(season="dummy"), LocalTrend()):
        mean = model.fit(series).predict(12, draws=1000).mean[0]
        np.testing.assert_allclose(mean, 10 + wave[:12], atol=2.5)


def test_what_comes_later_changes_no_fit_before():
    values = 20 + np.random.default_rng(0).normal(0, 5, (2, 20))
    other = values.copy()
    other[:, 15:] -= 30
    for model in (LocalLevel(), LocalTrend()):
        one = model.fit(scores(values).until(15))
        two = model.fit(scores(other).until(15))
        np.testing.assert_array_equal(one.hyper, two.hyper)
        np.testing.assert_array_equal(one.predict(3).draws, two.predict(3).draws)
        later = one.update(scores(other))
        np.testing.assert_array_equal(later.hyper, one.hyper)
        assert later.predict(1).mean[0, 0] < one.predict(1).mean[0, 0] - 10


def test_refusals_name_the_remedy():
    with pytest.raises(InputError, match="`season` must be one of 'trigonometric', 'dummy'"):
        LocalLevel(season="weekly")
    with pytest.raises(InputError, match="`harmonics` must be a whole number of at least 1"):
        LocalTrend(harmonics=0)
    fitted = LocalLevel().fit(scores([[1.0, 2.0]]))
    with pytest.raises(InputError, match="must hold the 1 series of the fit, got 2"):
        fitted.update(scores([[1.0, 2.0], [3.0, 4.0]]))
