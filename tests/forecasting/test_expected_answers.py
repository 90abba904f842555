"""Answers to come: the level of each, the season of all, never below none."""

from dataclasses import replace

import numpy as np
import pytest

from npsstats.checks import InputError
from npsstats.forecasting.expected_answers import expected_answers
from npsstats.forecasting.series import Series


def _series(n, first="2022-01", period="month", **options):
    n = np.asarray(n, dtype=float)
    table = n[:, :, None] * np.array([0.2, 0.2, 0.6])
    labels = [first]
    one = Series.of_counts(table[:1, :1], labels, period=period)
    labels += one.future(n.shape[1] - 1) if n.shape[1] > 1 else ()
    return Series.of_counts(table, labels, period=period, **options)


def test_a_season_of_the_network_comes_back():
    rng = np.random.default_rng(1)
    season = 1 + 0.5 * np.sin(2 * np.pi * np.arange(48) / 12)
    rates = np.array([5.0, 20.0, 80.0])
    series = _series(rng.poisson(rates[:, None] * season[:36]))
    expected = expected_answers(series, 12)
    truth = rates[:, None] * season[36:]
    error, flat = (
        np.abs(found / truth.sum(axis=0) - 1).mean()
        for found in (expected.sum(axis=0), rates.sum())
    )
    assert error < 0.15
    assert error < flat / 3
    np.testing.assert_allclose(expected.sum(axis=1) / truth.sum(axis=1), 1, atol=0.3)


def test_recent_months_weigh_most():
    series = _series([[20.0] * 12 + [60.0] * 6])
    assert 40 < expected_answers(series, 1)[0, 0] <= 60


def test_a_new_series_leans_on_the_others_and_one_that_ended_gets_none():
    n = np.full((4, 12), 30.0)
    n[1, :11], n[1, 11] = 0, 3
    n[2] = 0
    n[3, 8:] = 0
    opens = np.array([0.0, 11.0, 12.0, 0.0])
    closes = np.array([np.inf, np.inf, np.inf, 8.0])
    found = expected_answers(replace(_series(n), opens=opens, closes=closes), 3)
    assert 3 < found[1, 0] < found[0, 0]
    assert found[2, 0] == pytest.approx(found[0, 0], rel=0.25)
    np.testing.assert_array_equal(found[3], 0)
    assert (found >= 0).all()


def test_series_in_two_levels_are_as_each_level_alone():
    n = np.array([[40.0, 44.0], [10.0, 12.0], [30.0, 32.0]])
    parts = [("network", "all"), ("store_id", "A"), ("store_id", "B")]
    series = _series(n, names=["all", "A", "B"], keys=("level", "cell"), parts=parts)
    found = expected_answers(series, 2)
    alone = [expected_answers(part, 2) for part in series.by_level().values()]
    np.testing.assert_array_equal(found, np.concatenate(alone))


@pytest.mark.parametrize("n", [[[0.0] * 5], [[7.0]], [[0.5, 0.25, 0.0]]])
def test_nothing_one_and_fractions_are_answered(n):
    found = expected_answers(_series(n), 4)
    assert found.shape == (1, 4)
    assert (found >= 0).all()
    assert np.isfinite(found).all()


def test_weeks_over_a_year_of_53_find_their_season():
    series = _series(np.full((2, 120), 9.0), first="2019-W40", period="week")
    np.testing.assert_allclose(expected_answers(series, 60), 9.0, rtol=1e-6)


def test_a_measure_has_no_answers():
    series = Series.of_measure([[1.0, 2.0]], ["2025-01", "2025-02"])
    np.testing.assert_array_equal(expected_answers(series, 3), np.zeros((1, 3)))


@pytest.mark.parametrize("given", [None, np.zeros((1, 3))])
def test_what_is_no_series_is_refused(given):
    with pytest.raises(InputError, match="`series` must be a Series, got"):
        expected_answers(given, 2)
