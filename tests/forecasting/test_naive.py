from dataclasses import replace

import numpy as np
import pytest

from npsstats.checks import InputError
from npsstats.forecasting.naive import LastValue, SeasonalNaive
from npsstats.forecasting.series import Series


def months(length):
    return ["2020-01", f"{2020 + (length - 1) // 12}-{(length - 1) % 12 + 1:02d}"]


def measured(values, **more):
    values = np.atleast_2d(values)
    return Series.of_measure(values, months(values.shape[1]), unit="points", scale=10.0, **more)


def test_draws_of_the_last_value_are_paths_of_a_random_walk():
    walks = np.random.default_rng(1).normal(0, 2, (30, 40)).cumsum(axis=1) / 2
    series = measured(walks, noise=np.full((30, 40), 4.0))
    fitted = LastValue().fit(series)
    drawn = fitted.predict(12, draws=4000).draws
    ahead = np.arange(1, 13)
    covariance = 4.0 + fitted.variance * np.minimum.outer(ahead, ahead)
    np.testing.assert_allclose(
        np.mean([np.cov(path.T) for path in drawn], axis=0), covariance, rtol=0.02
    )
    # a year's mean is as uncertain as it is, not as twelve independent months would be
    year = drawn.mean(axis=2).std(axis=1).mean()
    assert year == pytest.approx(np.sqrt(covariance.mean()), rel=0.02)


def test_draws_of_the_seasonal_naive_hang_together_within_a_year_and_stray_on_after_it():
    walks = np.random.default_rng(2).normal(0, 2, (40, 60)).cumsum(axis=1)
    fitted = SeasonalNaive().fit(measured(np.clip(walks, -90, 90), noise=np.full((40, 60), 1.0)))
    drawn = fitted.predict(24, draws=4000).draws[np.abs(walks[:, -24:]).max(axis=1) < 30]
    covariance = np.mean([np.cov(path.T) for path in drawn], axis=0)
    variance = fitted.variance
    assert covariance[0, 0] == pytest.approx(1 + variance, rel=0.03)
    assert covariance[0, 3] == pytest.approx(variance * 9 / 12, rel=0.05)
    assert covariance[12, 12] == pytest.approx(1 + 2 * variance, rel=0.03)
    assert covariance[0, 12] == pytest.approx(1 + variance, rel=0.05)


def test_a_young_series_strays_by_the_month_where_the_year_before_is_not_known():
    rng = np.random.default_rng(3)
    season = 8 * rng.standard_normal((30, 60))  # every month anew: a change is as large as a year's
    walks = rng.normal(0, 0.5, (30, 60)).cumsum(axis=1)
    values = np.concatenate([walks, walks + season])
    values[:5, :57] = np.nan
    fitted = SeasonalNaive().fit(measured(values))
    assert fitted.step_variance == pytest.approx(LastValue().fit(measured(values)).variance)
    young = fitted.predict(9, draws=4000)
    # the last value stands from the first month up to the ninth, when the year before is unknown
    np.testing.assert_allclose(
        young.sd[:5].mean(axis=0), np.sqrt(fitted.step_variance * np.arange(1, 10)), rtol=0.03
    )


def test_the_error_of_a_bridge_is_in_the_values_it_led_over_and_not_in_how_scores_stray():
    values = np.zeros((20, 24))
    values[:, :14] = 9.0  # what the bridge got wrong
    plain = measured(values)
    led = replace(plain, bridged=np.arange(24) < 14, shift_sd=np.full(20, 9.0))
    assert LastValue().fit(led).variance < 0.5 * LastValue().fit(plain).variance
    foreseen = SeasonalNaive().fit(led).predict(4, draws=4000)
    own = SeasonalNaive().fit(led).variance
    np.testing.assert_allclose(
        foreseen.sd.mean(axis=0), np.sqrt([own + 81.0] * 2 + [own] * 2), rtol=0.05
    )
    # one error: it does not average out over the series
    both = foreseen.draws[:, :, 0].mean(axis=0)
    assert both.std() == pytest.approx(np.sqrt(81.0 + own / 20), rel=0.05)


def test_a_series_never_seen_is_as_unknown_in_every_month_alike():
    values = np.zeros((2, 14))
    values[1] = np.nan
    for model in (LastValue(), SeasonalNaive()):
        drawn = model.fit(measured(values)).predict(14, draws=2000).draws[1]
        assert drawn.std(axis=0) == pytest.approx(np.full(14, 30.0), rel=0.1)
        assert np.corrcoef(drawn[:, 0], drawn[:, 11])[0, 1] > 0.95


@pytest.mark.parametrize("given", [{"horizon": 0}, {"horizon": 1.5}, {"horizon": 2, "draws": 0}])
def test_what_is_no_number_of_periods_or_draws_is_refused(given):
    fitted = LastValue().fit(measured(np.zeros((1, 4))))
    with pytest.raises(InputError, match="must be a whole number of at least 1"):
        fitted.predict(**given)
