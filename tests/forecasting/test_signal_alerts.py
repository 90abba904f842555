"""Alerts: tails against exact convolutions, false alarms against what was asked, edges."""

import numpy as np
import pytest
from scipy import stats
from signal_paths import LocalLevel, counts_of, months

from npsstats.checks import InputError
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series
from npsstats.forecasting.signal.alerts import alerts
from npsstats.forecasting.signal.net_sum import at_least
from npsstats.forecasting.signal.surprise import benjamini_hochberg, tails


def convolved(n, many, few):
    """P(promoters − detractors ≥ k) for k = −n…n."""
    law = np.ones(1)
    for _ in range(n):
        law = np.convolve(law, [few, 1 - many - few, many])
    return law[::-1].cumsum()[::-1]


@pytest.mark.parametrize("n", [1, 2, 5, 8, 20, 100])
@pytest.mark.parametrize(("many", "few"), [(0.5, 0.2), (0.05, 0.6), (0.9, 0.05), (0.8, 0.0)])
def test_tail_equals_the_convolution(n, many, few):
    exact = convolved(n, many, few)
    found = at_least(np.arange(-n, n + 1.0), float(n), many - few, many + few)
    deep = (exact > 1e-9) & (exact < 0.5)
    np.testing.assert_allclose(found[deep], exact[deep], rtol=0.05)
    np.testing.assert_allclose(found, exact, atol=0.035)
    assert at_least(n + 1.0, float(n), many - few, many + few) == 0


@pytest.mark.parametrize("n", [5, 40])
def test_tails_of_a_forecast_equal_those_of_its_draws(n):
    rng = np.random.default_rng(n)
    series = months(counts_of(np.array([[30.0, -12.0], [50.0, 52.0]]), n, rng))
    drawn = np.array([30.0, 50.0])[:, None, None] + 6 * rng.standard_normal((2, 40_000, 1))
    forecast = Predictive.of(drawn, series)
    found = tails(forecast, series)
    shown = forecast.observed(series.n[:, -1:], rng).draws[..., 0].astype(float)
    came = series.values[:, -1:]
    np.testing.assert_allclose(found.lower, (shown <= came + 1e-3).mean(axis=1), atol=0.01)
    np.testing.assert_allclose(found.upper, (shown >= came - 1e-3).mean(axis=1), atol=0.01)


def test_benjamini_hochberg_equals_scipy():
    p = np.random.default_rng(2).uniform(size=60) ** 2
    np.testing.assert_array_equal(
        benjamini_hochberg(p, 0.3), stats.false_discovery_control(p) <= 0.3
    )
    assert not benjamini_hochberg(np.full(3, np.nan), 0.1).any()


@pytest.mark.parametrize("n", [5, 8, 20, 60, 500])
def test_false_alarms_are_as_asked_at_any_n(n):
    rng = np.random.default_rng(n)
    model, runs, stores = LocalLevel(walk=3.0), 60, 25
    any_, number, naive = 0, 0, 0
    for _ in range(runs):
        true = 30 + 10 * rng.standard_normal((stores, 1))
        true = true + np.cumsum(3 * rng.standard_normal((stores, 7)), axis=1)
        series = months(counts_of(true, n, rng))
        found = alerts(series, model=model, draws=200)
        any_ += found.frame["alert"].any()
        naive += found.frame["naive_fall"].sum()
        number += (found.frame["p_value"] <= 0.5 / stores).sum()
    # 60 months at 10 %: 6 expected, and 12 or more in one of a hundred
    assert any_ <= 11
    # 30 expected
    assert number <= 43
    assert naive > number


def test_falls_are_found_and_the_rest_is_left_alone():
    rng = np.random.default_rng(6)
    true = 30 + 10 * rng.standard_normal((60, 13)).mean(axis=1, keepdims=True) + np.zeros(13)
    true[:3, -1] -= 40
    found = alerts(months(counts_of(true, 80, rng)), model=LocalLevel(walk=2.0))
    news = found.frame[found.frame["alert"]]
    assert {"1", "2", "3"} <= set(news["series"])
    assert len(news) <= 4
    assert (news["side"] == "below").all()
    assert found.threshold == news["p_value"].max()
    assert "are news" in found.headline()
    assert "fell by more than 10 points" in found.headline()
    shown = found.shown()["p_value"]
    assert len(shown) == 10
    assert shown.max() <= np.sort(found.frame["p_value"])[9]
    assert "(the 10 least expected of 60; all are in the frame)" in str(found)


def test_default_model_finds_a_fall_and_says_what_is_common():
    rng = np.random.default_rng(3)
    true = 30 + 8 * rng.standard_normal((20, 1)) + np.zeros(12)
    true[:, -1] -= 12
    true[0, -1] -= 60
    series = months(counts_of(true, 60, rng))
    found, again = (alerts(series, draws=200) for _ in range(2))
    assert found.p_network < 0.05
    assert "The network as a whole is -1" in found.diagnostics[0]
    assert found.frame["alert"].iloc[0]
    assert found.frame.equals(again.frame)


def test_the_period_judged_does_not_reach_the_forecast():
    rng = np.random.default_rng(3)
    answers = counts_of(np.full((6, 10), 30.0), 50, rng)
    other = answers.copy()
    other[:, -1] = other[:, -1, ::-1]
    one, two = (alerts(months(table), model=LocalLevel()).frame for table in (answers, other))
    np.testing.assert_array_equal(one["expected"], two["expected"])


def test_a_series_is_beyond_where_it_left_the_interval_shown():
    rng = np.random.default_rng(1)
    series = months(counts_of(30 + 10 * rng.standard_normal((400, 8)), 8, rng))
    found = alerts(series, model=LocalLevel(walk=3.0)).frame
    outside = (found["observed"] < found["lower"] - 1e-3) | (
        found["observed"] > found["upper"] + 1e-3
    )
    assert outside.any()
    np.testing.assert_array_equal(found["beyond"], outside)


def test_silent_new_and_constant_stores():
    answers = np.full((5, 6, 3), 4)
    answers[0] = 0
    answers[1, -1] = 0
    answers[2, :-1] = 0
    answers[3, :, :2] = 0
    found = alerts(months(answers), model=LocalLevel())
    assert found.tested == 3
    assert np.isnan(found.frame["p_value"].iloc[:2]).all()
    assert not found.frame["alert"].iloc[:2].any()
    text = " ".join(found.diagnostics)
    assert "2 series have nothing in 2022-06" in text
    assert "1 series is observed for the first time" in text


def test_one_store_and_a_measure():
    one = alerts(months(np.full((1, 2, 3), 9)), model=LastValue())
    assert one.tested == 1
    assert not one.frame["alert"].iloc[0]
    values = 5 + 0.02 * np.random.default_rng(1).standard_normal((10, 24))
    values[4, -1] += 1.0
    series = Series.of_measure(values, ["2022-01", "2023-12"])
    found = alerts(series, model=LastValue(), max_false=0.05)
    assert found.threshold == 0.005
    assert found.frame.loc[found.frame["alert"], "series"].tolist() == ["5"]


def test_errors_say_the_remedy():
    answers = np.full((2, 4, 3), 4)
    with pytest.raises(InputError, match="Hand over at least two"):
        alerts(months(answers[:, :1]))
    with pytest.raises(InputError, match="rules for the same choice"):
        alerts(months(answers), max_false=1, max_false_share=0.1)
    answers[:, -1] = 0
    with pytest.raises(InputError, match=r"holds nothing in its last month, 2022-04"):
        alerts(months(answers))
