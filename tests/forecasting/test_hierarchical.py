"""The hierarchical model against dense Gaussian algebra, scikit-learn, and known truth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from npsstats.checks import InputError
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.hierarchical.covariances import common_covariance, own_covariance
from npsstats.forecasting.hierarchical.hyper import hypers
from npsstats.forecasting.hierarchical.likelihood import negative_log_posterior
from npsstats.forecasting.hierarchical.model import _observed
from npsstats.forecasting.hierarchical.paths import true_paths
from npsstats.forecasting.hierarchical.posterior import Posterior
from npsstats.forecasting.series import Series

PERIODS = ("2023-01", "2024-06")


def counted(seed=0, stores=4, periods=18, n=40):
    rng = np.random.default_rng(seed)
    net = 0.3 + 0.02 * rng.standard_normal(periods).cumsum() + rng.normal(0, 0.1, (stores, 1))
    shares = np.stack([(0.7 - net) / 2, np.full_like(net, 0.3), (0.7 + net) / 2], axis=-1)
    return rng.multinomial(n, shares)


def with_gaps():
    answers = counted()
    answers[1, 3:6] = 0
    answers[3] = 0
    return Series.of_counts(answers, PERIODS)


def dense(series, at):
    """Return the covariance of all observed values stacked, with their order."""
    seen = series.seen
    length, stores = len(series.periods), len(series.names)
    common = common_covariance(at, length, series.season, series.scale)
    own = own_covariance(at, length, series.season)
    whole = np.kron(np.ones((stores, stores)), common) + np.kron(np.eye(stores), own)
    whole += at["own flicker"] ** 2 * np.eye(stores * length)
    held = seen.ravel()
    noise = np.diag(np.where(seen, series.noise, 0.0).ravel()[held])
    return whole, held, noise


def centre_of(series):
    return _observed(series).centre


def point(series, shift=0.3):
    unknown = hypers(series, cycle=True)
    logs = np.log([hyper.centre for hyper in unknown]) + shift
    return unknown, logs, {h.name: float(v) for h, v in zip(unknown, np.exp(logs), strict=True)}


@pytest.mark.parametrize("series", [with_gaps(), Series.of_counts(counted(stores=1), PERIODS)])
def test_the_likelihood_is_that_of_all_values_stacked(series):
    unknown, logs, at = point(series)
    whole, held, noise = dense(series, at)
    values = np.nan_to_num(series.values).ravel()[held] - centre_of(series)
    expected = stats.multivariate_normal(
        np.zeros(held.sum()), whole[np.ix_(held, held)] + noise
    ).logpdf(values)
    priors = sum(float(h.log_prior(v)[0]) for h, v in zip(unknown, logs, strict=True))
    found = -negative_log_posterior(logs, unknown, _observed(series))[0]
    assert found == pytest.approx(expected + priors, abs=1e-7)


def test_its_slope_is_that_of_finite_differences():
    series = with_gaps()
    unknown, logs, _ = point(series)
    seen = _observed(series)
    slope = negative_log_posterior(logs, unknown, seen)[1]
    numeric = optimize.approx_fprime(
        logs, lambda x: negative_log_posterior(x, unknown, seen)[0], 1e-5
    )
    assert slope == pytest.approx(numeric, abs=2e-3)


def held_at(series, at):
    names = tuple(at)
    values = np.array([[at[name] for name in names]])
    return Posterior(names, values, np.ones(1), values[0], 1, np.zeros(1, dtype=int))


def test_draws_have_the_mean_and_covariance_of_the_stacked_normal():
    series = with_gaps()
    _, _, at = point(series)
    ahead, length = 3, len(series.periods)
    longer = replace(
        series,
        periods=series.periods + series.future(ahead),
        values=np.pad(series.values, ((0, 0), (0, ahead)), constant_values=np.nan),
        noise=np.pad(series.noise, ((0, 0), (0, ahead)), constant_values=np.nan),
        n=np.pad(series.n, ((0, 0), (0, ahead))),
        bridged=np.zeros(length + ahead, dtype=bool),
    )
    whole, held, noise = dense(longer, at)
    values = np.nan_to_num(longer.values).ravel()[held] - centre_of(series)
    wanted = np.flatnonzero(np.tile(np.arange(length + ahead) >= length - 1, len(series.names)))
    gain = whole[np.ix_(wanted, held)] @ np.linalg.inv(whole[np.ix_(held, held)] + noise)
    mean = centre_of(series) + gain @ values
    covariance = whole[np.ix_(wanted, wanted)] - gain @ whole[np.ix_(held, wanted)]
    draws = 40_000
    drawn = true_paths(
        _observed(series), held_at(series, at), slice(length - 1, length + ahead), ahead, draws, 1
    )
    flat = drawn.transpose(1, 0, 2).reshape(draws, -1)
    error = np.sqrt(np.diag(covariance) / draws)
    assert np.abs((flat.mean(axis=0) - mean) / error).max() < 4.5
    found = np.cov(flat, rowvar=False)
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs((found - covariance) / scale).max() < 5 / np.sqrt(draws) * np.sqrt(2)


def test_one_series_agrees_with_scikit_learn():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    series = replace(Series.of_counts(counted(stores=1), PERIODS), period="year")
    at = {"common level": 3.0, "common memory": 9.0, "own flicker": 1.5}
    stationary = 9.0 / (1 - np.exp(-2 / 9))
    kernel = (
        ConstantKernel(30.0**2)
        + ConstantKernel(stationary) * Matern(9.0, nu=0.5)
        + WhiteKernel(1.5**2)
    )
    time = np.arange(18.0)[:, None]
    centre = centre_of(series)
    judge = GaussianProcessRegressor(kernel, alpha=series.noise[0], optimizer=None)
    judge.fit(time, series.values[0] - centre)
    unknown = [h for h in hypers(series, cycle=False) if h.name in at]
    logs = np.log([at[h.name] for h in unknown])
    priors = sum(float(h.log_prior(v)[0]) for h, v in zip(unknown, logs, strict=True))
    found = -negative_log_posterior(logs, unknown, _observed(series))[0] - priors
    assert found == pytest.approx(judge.log_marginal_likelihood_value_, abs=1e-8)
    mean, sd = judge.predict(np.array([[18.0], [21.0]]), return_std=True)
    drawn = true_paths(_observed(series), held_at(series, at), slice(18, 22), 4, 40_000, 1)[
        0, :, [0, 3]
    ]
    assert drawn.mean(axis=1) == pytest.approx(mean + centre, abs=5 * sd.max() / 200)
    assert drawn.std(axis=1) == pytest.approx(sd, rel=0.02)


def test_a_store_without_answers_is_forecast_from_the_network():
    fitted = Hierarchical().fit(with_gaps())
    coming = fitted.predict(2)
    others = coming.mean[:3].mean()
    assert abs(coming.mean[3, 0] - others) < coming.sd[3, 0]
    assert coming.sd[3, 0] > 1.3 * coming.sd[0, 0]


def test_more_answers_are_believed_more():
    answers = np.tile([[[4, 6, 10]], [[40, 60, 100]], [[400, 600, 1000]]], (1, 18, 1))
    answers[:, :, [0, 2]] = answers[:, :, [2, 0]]
    answers[:, 9:, [0, 2]] = answers[:, 9:, [2, 0]]
    crowd = np.tile([[[30, 60, 110]]], (8, 18, 1))
    coming = (
        Hierarchical().fit(Series.of_counts(np.concatenate([answers, crowd]), PERIODS)).predict(1)
    )
    assert coming.sd[0, 0] > coming.sd[1, 0] > coming.sd[2, 0]


@pytest.mark.parametrize(
    "answers",
    [
        np.array([[[2, 3, 5]]]),
        np.array([[[0, 0, 10]] * 8]),
        np.array([[[0, 0, 10]] * 8] * 3),
        np.array([[[0, 0, 0]] * 7 + [[3, 4, 5]]]),
    ],
)
def test_little_gives_an_answer(answers):
    periods = Series.of_counts(answers, [f"2024-{m:02d}" for m in range(1, answers.shape[1] + 1)])
    coming = Hierarchical().fit(periods).predict(4)
    assert np.isfinite(coming.draws).all()
    assert np.abs(coming.draws).max() <= 100
    assert (coming.sd > 0.5).all()


def test_a_constant_measure_is_foreseen_to_stay():
    series = Series.of_measure(np.full((2, 20), 3.0), ["2023-01", "2024-08"])
    coming = Hierarchical().fit(series).predict(3)
    assert coming.mean == pytest.approx(np.full((2, 3), 3.0), abs=0.01)


def test_nothing_observed_is_refused():
    with pytest.raises(InputError, match="holds no observed value"):
        Hierarchical().fit(Series.of_measure(np.full((2, 3), np.nan), ["2023-01", "2023-03"]))


def test_an_update_does_not_look_at_what_comes_later():
    answers = counted()
    early = Series.of_counts(answers, PERIODS).until(12)
    changed = answers.copy()
    changed[:, 12:] = [40, 0, 0]
    other = Series.of_counts(changed, PERIODS).until(12)
    first, second = (Hierarchical().fit(series) for series in (early, other))
    assert np.array_equal(first.predict(3).draws, second.predict(3).draws)
    moved = first.update(Series.of_counts(answers, PERIODS))
    assert moved.posterior is first.posterior
    assert not np.array_equal(moved.predict(3).draws, first.predict(3).draws)


def test_a_bridge_is_an_error_in_common():
    """With an unknown shift before, the level after it is all that is known."""
    series = Series.of_counts(counted(n=4000), PERIODS)
    bridged = np.arange(18) < 15
    led = replace(series, bridged=bridged, shift_sd=np.full(4, 20.0))
    plain, unsure = (
        Hierarchical().fit(each).latent(400, last=3).mean(axis=0).std(axis=0)
        for each in (series, led)
    )
    assert (unsure < 2.0).all()
    assert plain.shape == unsure.shape == (3,)
    seen = _observed(led)
    assert np.array_equal(seen.shift > 0, bridged)


def test_intervals_hold_the_truth():
    """Sixteen networks: coverage of the true scores six months ahead."""
    hits = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        phi = 0.92
        path = np.zeros(42)
        own = rng.normal(0, 3, (12, 42))
        for month in range(1, 42):
            path[month] = phi * path[month - 1] + rng.normal(0, 1.2)
            own[:, month] = 0.9 * own[:, month - 1] + rng.normal(0, 3 * np.sqrt(0.19), 12)
        net = (30 + path + own + rng.normal(0, 8, (12, 1))) / 100
        shares = np.stack([(0.7 - net) / 2, np.full_like(net, 0.3), (0.7 + net) / 2], axis=-1)
        answers = rng.multinomial(30, np.clip(shares, 0.001, None) / shares.sum(-1, keepdims=True))
        series = Series.of_counts(answers[:, :36], ["2022-01", "2024-12"])
        drawn = Hierarchical(cycle=False).fit(series).predict(6, draws=400).draws
        lower, upper = np.quantile(drawn, [0.1, 0.9], axis=1)
        hits.append(((100 * net[:, 36:] >= lower) & (100 * net[:, 36:] <= upper)).mean())
    error = np.std(hits) / np.sqrt(len(hits))
    assert abs(np.mean(hits) - 0.8) < 0.02 + 3 * error


@pytest.mark.parametrize("stores", [1, 14])
def test_any_stretch_of_the_draws_stands_for_all_of_them(stores):
    """Draws made point by point of the scales must not be handed over in that order."""
    fitted = Hierarchical(cycle=False).fit(Series.of_counts(counted(stores=stores), PERIODS))
    drawn = fitted.predict(4, draws=4000).draws.mean(axis=0)[:, 3]
    spread = drawn.reshape(4, 1000).std(axis=1)
    assert np.ptp(spread) < 0.15 * spread.mean()


def test_a_single_answer_does_not_say_where_the_score_lies():
    """One promoter: the exact posterior under a flat law of the shares has its mean at 25."""
    one = Hierarchical().fit(Series.of_counts([[[0, 0, 1]]], ["2025-01"])).predict(1)
    assert 10 < one.mean[0, 0] < 55
    assert one.quantile(0.025)[0, 0] < -20
    # many answers: where they lie, to a tenth of a point
    many = Series.of_counts([[[0, 300, 700]] * 3], ["2025-01", "2025-03"])
    assert centre_of(many) == pytest.approx(70, abs=0.1)
    sales = Series.of_measure([[7.0, 8.0]], ["2025-01", "2025-02"])
    assert centre_of(sales) == 7.5
