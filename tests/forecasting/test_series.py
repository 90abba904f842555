"""What a series is made of, and what is known of it earlier."""

from dataclasses import replace

import numpy as np
import pytest
from grids import score_of

from npsstats.checks import InputError
from npsstats.forecasting.series import Series


@pytest.fixture(scope="module")
def series():
    table = np.random.default_rng(1).poisson(6.0, (5, 14, 3)).astype(float)
    table[2, 4:6] = 0
    table[3, 9:] = 0
    known = {
        "opens": np.array([0, 0, 0, 0, 3.0]),
        "closes": np.array([np.inf, np.inf, np.inf, 9, 16]),
        "bridged": np.arange(14) < 4,
        "shift_sd": np.full(5, 2.0),
    }
    return replace(Series.of_counts(table, ["2024-01", "2025-02"]), **known)


def test_an_earlier_series_is_what_was_known_then(series):
    assert series.categories is not None
    earlier = series.until(8)
    alone = Series.of_counts(series.categories[:, :8], ["2024-01", "2024-08"])
    for name in ("values", "noise", "n", "spread", "polar"):
        np.testing.assert_array_equal(getattr(earlier, name), getattr(alone, name))
    assert earlier.shape == (5, 8)
    assert len(earlier.bridged) == 8
    assert not earlier.ended.any()
    assert earlier.fingerprint != series.fingerprint
    assert series.until(14) is series


def test_an_earlier_measure_is_what_was_known_then():
    whole = Series.of_measure([[1.0, np.nan, 3.0]], ["2025-01", "2025-03"])
    assert whole.until(2).periods == ("2025-01", "2025-02")
    np.testing.assert_array_equal(score_of(whole.until(2)), [[1.0, np.nan]])


def test_the_dead_and_the_unborn_are_not_alive(series):
    np.testing.assert_array_equal(series.ended, [False, False, False, True, False])
    np.testing.assert_array_equal(series.alive(4)[3:], [[False] * 4, [True, True, False, False]])
    assert series.alive(4)[:3].all()


def test_some_of_the_series_keep_what_is_theirs(series):
    some = series.take([4, 3])
    assert some.names == ("5", "4")
    assert some.closes.tolist() == [16, 9]
    np.testing.assert_array_equal(some.noise, series.noise[[4, 3]])
    np.testing.assert_array_equal(some.take(some.ended).names, ["4"])


def test_a_single_grouping_is_its_own_level(series):
    assert list(series.by_level()) == ["series"]
    assert series.by_level()["series"].names == series.names


def test_the_error_in_common_is_part_of_the_fingerprint(series):
    assert replace(series, shift_sd=np.zeros(5)).fingerprint != series.fingerprint


@pytest.mark.parametrize(
    ("periods", "period"),
    [
        (["2025-03"], "week"),
        (["2025-13"], "month"),
        (["2025-W53", "2026-W01"], "week"),
        (["2025-03", "2025-01"], "month"),
        (["2025-01", "2025-03", "2025-02"], "month"),
        ([], "month"),
    ],
)
def test_labels_that_are_no_consecutive_periods_are_refused(periods, period):
    with pytest.raises(InputError, match="`periods`"):
        Series.of_counts(np.ones((1, max(len(periods), 1), 3)), periods, period=period)


def test_labels_left_out_between_are_told():
    with pytest.raises(InputError, match="3 of them, got 4"):
        Series.of_counts(np.ones((1, 3, 3)), ["2025-01", "2025-02", "2025-02", "2025-03"])


MONTHS = ["2025-01", "2025-03"]
COUNTED = [[[2, 3, 5]] * 3, [[1, 3, 5]] * 3]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"noise": [[0.1]]}, r"`noise` must have the shape of `values`, \(1, 3\), got \(1, 1\)"),
        ({"noise": [[0.1, 0.1, -1.0]]}, "`noise` must be finite and not negative .*got -1"),
        ({"noise": [[0.1, 0.1, np.nan]]}, "`noise` must be finite .* got nan"),
        ({"noise": [[0.1, 0.1, np.inf]]}, "`noise` must be finite .* got inf"),
        ({"scale": 0}, "`scale` must be a number"),
        ({"scale": -1.0}, "`scale` must be a number"),
        ({"unit": "euro"}, "`unit` must be one of"),
        ({"keys": ("region", "store_id")}, "`parts` must be 1 tuples of 2"),
    ],
)
def test_a_measure_whose_error_cannot_be_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        Series.of_measure([[1.0, 2.0, 3.0]], MONTHS, **given)


def test_the_error_of_what_was_not_observed_need_not_be_known():
    series = Series.of_measure([[1.0, np.nan, 3.0]], MONTHS, noise=[[0.1, np.nan, 0.1]])
    np.testing.assert_array_equal(series.noise, [[0.1, np.nan, 0.1]])


@pytest.mark.parametrize(
    ("categories", "more", "said"),
    [
        ([[["a", "b", "c"]] * 3], {}, "`categories` must be numbers"),
        ([[[1, 2, 3], [1, 2, 3], [1, 2]]], {}, "`categories` must be numbers"),
        (np.zeros((0, 3, 3)), {}, "There is no series"),
        (COUNTED, {"parts": [("x",)]}, "`parts` must be 2 tuples of 1"),
        (COUNTED, {"keys": ("a", "b"), "parts": [("x",), ("y",)]}, "2 tuples of 2"),
        (COUNTED, {"keys": ("a", "b")}, "`parts` must be 2 tuples of 2"),
    ],
)
def test_counts_that_are_none_are_refused(categories, more, said):
    with pytest.raises(InputError, match=said):
        Series.of_counts(categories, MONTHS, **more)


@pytest.mark.parametrize("chosen", [[5], [-1], [True], ["a"], [1.7], [[0, 1]], 0])
def test_a_choice_of_no_series_is_refused(series, chosen):
    with pytest.raises(InputError, match="`chosen` must be"):
        series.take(chosen)


def test_no_series_may_be_chosen(series):
    assert series.take(np.zeros(5, dtype=bool)).shape == (0, 14)
    assert series.take([]).shape == (0, 14)
