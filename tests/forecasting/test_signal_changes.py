"""Changes of level: sums against enumeration, dates against truth, drift against false alarms."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy import stats
from signal_paths import counts_of, months

from npsstats.checks import InputError
from npsstats.forecasting.series import Series
from npsstats.forecasting.signal.change_dates import found_changes, sizes
from npsstats.forecasting.signal.change_law import Laws, Learned, Prior
from npsstats.forecasting.signal.change_points import change_points
from npsstats.forecasting.signal.decomposition import common_course, season_of
from npsstats.forecasting.signal.segmentation import Law, cuts, evidence, prior_mass, segments


def dense_segment(y, noise, centre, spread, law):
    """Mean and covariance of a segment's levels, and the log density of its values."""
    time = np.arange(len(y))
    level = spread + law.drift * np.minimum(time[:, None], time)
    seen = np.flatnonzero(np.isfinite(y))
    if not len(seen):
        return 0.0, np.full(len(y), centre), level
    total = level[np.ix_(seen, seen)] + np.diag(noise[seen] + law.flicker)
    log = stats.multivariate_normal.logpdf(y[seen], np.full(len(seen), centre), total)
    gain = np.linalg.solve(total, level[seen]).T
    return float(log), centre + gain @ (y[seen] - centre), level - gain @ level[seen]


def enumerated(y, noise, centre, spread, law, rate, shortest):
    """Every way to cut: its probability, its cuts, the jump at each cut (mean, variance)."""
    length, ways = len(y), []
    for many in range(length):
        for places in combinations(range(1, length), many):
            ends = [0, *places, length]
            if many and min(np.diff(ends)) < shortest:
                continue
            log = many * np.log(rate) + (length - 1 - many) * np.log1p(-rate)
            found = []
            for first, last in pairwise(ends):
                found.append(dense_segment(y[first:last], noise[first:last], centre, spread, law))
                log += found[-1][0]
            jumps = [
                (new[1][0] - old[1][-1], new[2][0, 0] + old[2][-1, -1])
                for old, new in pairwise(found)
            ]
            ways.append((log, places, jumps))
    return ways


@pytest.fixture(scope="module")
def short():
    rng = np.random.default_rng(3)
    y = np.array([30.0, 34, 29, 31, 12, 10, np.nan, 15, 9])
    noise = np.where(np.isfinite(y), rng.uniform(4, 30, len(y)), np.nan)
    return y, noise


@pytest.mark.parametrize("shortest", [1, 3])
@pytest.mark.parametrize("law", [Law(0.0, 0.0), Law(2.0, 5.0)])
def test_segmentation_equals_enumeration(short, law, shortest):
    y, noise = short
    centre, spread, rate = 20.0, 90.0, 0.07
    ways = enumerated(y, noise, centre, spread, law, rate, shortest)
    logs = np.array([log for log, _, _ in ways])
    weight = np.exp(logs - logs.max())
    total = logs.max() + np.log(weight.sum())
    weight /= weight.sum()
    log, levels = segments(
        y[None], noise[None], np.array([centre]), np.array([spread]), law, levels=True
    )
    found = cuts(log, rate, shortest)
    assert found.evidence[0] == pytest.approx(total, abs=1e-9)
    assert evidence(log, np.array([rate, 0.2]), shortest)[0, 0] == pytest.approx(total, abs=1e-9)
    change = [sum(w for w, way in zip(weight, ways, strict=True) if t in way[1]) for t in range(9)]
    np.testing.assert_allclose(found.change[0], change, atol=1e-10)
    spans = sum(w for w, way in zip(weight, ways, strict=True) if not {3, 4, 5} & set(way[1]))
    exact = np.cumsum(found.segment[0], axis=0)[:, ::-1].cumsum(axis=1)[:, ::-1][2, 5]
    assert exact == pytest.approx(spans, abs=1e-10)
    assert levels.start.shape == (1, 9, 9)


def test_prior_mass_is_one_when_every_cut_is_allowed():
    assert prior_mass(12, np.array([0.01, 0.3]), 1) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert (prior_mass(12, np.array([0.01, 0.3]), 3) < 0).all()


def test_probability_and_size_of_a_change_equal_enumeration(short):
    y, noise = short
    law, rate, shortest = Law(2.0, 5.0), 0.07, 1
    ways = enumerated(y, noise, 20.0, 90.0, law, rate, shortest)
    weight = np.exp([log for log, _, _ in ways])
    weight /= weight.sum()
    prior = Prior(np.array([20.0]), np.array([90.0]))
    log, _ = segments(y[None], noise[None], *prior, law)
    found = cuts(log, rate, shortest)
    laws = Laws(*(np.array([part]) for part in (law.drift, law.flicker, rate)), np.ones((1, 1)))
    learned = Learned(laws, found.change, found.segment, rate, 0.0, 0.0)
    (change,) = found_changes(learned, 0.5, 0.95)
    mean, sd = sizes(y[None], noise[None], prior, learned, [change], shortest)
    window = range(change.first, change.last + 1)
    parts = [
        (w, *jump)
        for w, (_, places, jumps) in zip(weight, ways, strict=True)
        for place, jump in zip(places, jumps, strict=True)
        if place in window
    ]
    w, jump, variance = np.array(parts).T
    assert mean[0] == pytest.approx((w @ jump) / w.sum(), abs=1e-8)
    second = (w @ (variance + jump**2)) / w.sum()
    assert sd[0] == pytest.approx(np.sqrt(second - mean[0] ** 2), abs=1e-8)
    assert change.date == 4
    some = sum(
        w for w, (_, places, _) in zip(weight, ways, strict=True) if set(places) & set(window)
    )
    assert 0.95 * change.probability <= some <= change.probability + 1e-9


def test_common_course_leaves_levels_of_single_stores_out():
    rng = np.random.default_rng(5)
    course = 3 * rng.standard_normal(15)
    level = 12 * rng.standard_normal(40)
    values = level[:, None] + course
    values[30:, :9] = np.nan  # stores that open late and are far from the others
    values[30:] += 40
    found = common_course(values, np.where(np.isfinite(values), 20.0, np.nan), 10.0)
    np.testing.assert_allclose(np.diff(found.common), np.diff(course), atol=1e-8)
    spread = np.nanstd(found.left, axis=1)
    assert spread.max() < 1e-8


def test_season_is_told_from_a_jump():
    rng = np.random.default_rng(1)
    wave = 5 * np.sin(2 * np.pi * np.arange(36) / 12)
    values = 30 + wave + rng.standard_normal(36)
    values[27:] += 10
    season, doubt = season_of(values, np.ones(36), 10.0, 12)
    assert np.sqrt(np.mean((season - wave) ** 2)) < 1.2
    assert (np.sqrt(doubt) < 2).all()


def test_season_needs_two_years():
    season, doubt = season_of(np.arange(23.0), np.ones(23), 10.0, 12)
    assert not season.any()
    assert not doubt.any()


def test_dates_and_sizes_of_known_changes_are_held():
    rng = np.random.default_rng(11)
    held, sized, found = 0, 0, 0
    for _ in range(25):
        at = int(rng.integers(6, 30))
        true = np.where(np.arange(36) < at, 30.0, 30.0 + 15 * rng.choice([-1, 1]))
        frame = change_points(months(counts_of(true[None], 400, rng))).frame
        assert len(frame) <= 2
        if len(frame):
            row, series = frame.iloc[0], months(np.ones((1, 36, 3)))
            found += 1
            held += row["first"] <= series.periods[at] <= row["last"]
            sized += row["lower"] <= true[-1] - true[0] <= row["upper"]
    assert found >= 16
    assert held >= 0.85 * found
    assert sized >= 0.85 * found


@pytest.mark.parametrize("kind", ["still", "walk", "line", "season"])
def test_drift_and_season_are_not_changes(kind):
    rng = np.random.default_rng(7)
    time, named = np.arange(36), 0
    for _ in range(25):
        true = {
            "still": np.zeros(36),
            "walk": 1.5 * np.cumsum(rng.standard_normal(36)),
            "line": -time / 2.0,
            "season": 7 * np.sin(2 * np.pi * (time + rng.integers(12)) / 12),
        }[kind]
        named += len(change_points(months(counts_of(30 + true[None], 1000, rng))).frame) > 0
    assert named <= 3


@pytest.mark.parametrize("kind", ["walk", "line", "flicker"])
def test_a_store_unlike_the_others_is_not_cut_into_changes(kind):
    named = 0
    for run in range(8):
        rng = np.random.default_rng([run, 7])
        true = 30 + 10 * rng.standard_normal((40, 1)) + np.zeros(36)
        steps = rng.standard_normal(36)
        true[0] += {
            "walk": 2 * np.cumsum(steps),
            "line": -np.arange(36.0),
            "flicker": 10 * steps,
        }[kind]
        frame = change_points(months(counts_of(true, 200, rng))).frame
        named += "1" in set(frame["series"])
    assert named <= 2


def test_the_order_of_stores_changes_nothing():
    rng = np.random.default_rng(5)
    true = 30 + 10 * rng.standard_normal((350, 1))
    true = true + rng.uniform(0, 4, (350, 1)) * rng.standard_normal((350, 12)).cumsum(axis=1)
    series = months(counts_of(true, 60, rng))
    order = rng.permutation(350)
    straight, shuffled = change_points(series), change_points(series.take(order))
    np.testing.assert_allclose(shuffled.own, straight.own[order], atol=1e-9)


def test_a_common_change_is_told_from_a_stores_own():
    rng = np.random.default_rng(2)
    true = 30 + 10 * rng.standard_normal((40, 1)) + np.zeros(36)
    true[:, 22:] -= 8
    true[3, 12:] -= 35
    found = change_points(months(counts_of(true, 300, rng)))
    network = found.frame[found.frame["reach"] == "network"]
    own = found.frame[found.frame["reach"] == "own"]
    assert network["period"].tolist() == ["2023-11"]
    assert network["series"].tolist() == ["(all)"]
    assert network["estimate"].iloc[0] == pytest.approx(-8, abs=3)
    assert own["series"].tolist() == ["4"]
    assert own["first"].iloc[0] <= "2023-01" <= own["last"].iloc[0]
    assert found.own is not None
    assert found.own.shape == (40, 36)
    assert found.headline().startswith("The network's level changed in 2023-11 (")
    assert found.expected_false == pytest.approx((1 - found.frame["probability"]).sum())


def test_share_of_false_changes_is_kept_by_the_list():
    rng = np.random.default_rng(2)
    true = 30 + 10 * rng.standard_normal((30, 1)) + np.zeros(36)
    true[:6, 15:] -= 25
    series = months(counts_of(true, 250, rng))
    found = change_points(series, max_false_share=0.05)
    assert len(found.frame) >= 2
    assert (1 - found.frame["probability"]).mean() <= 0.05


@pytest.mark.parametrize("periods", [1, 2, 5])
def test_short_series_have_no_change(periods):
    series = months(np.full((2, periods, 3), 5))
    found = change_points(series)
    assert not len(found.frame)
    assert "No change" in found.headline()
    assert "Empty" not in str(found)
    assert "less than two years" in " ".join(found.diagnostics)


def test_gaps_silent_stores_and_constants_pass():
    answers = np.full((4, 30, 3), 4)
    answers[0, 5:20] = 0
    answers[1] = 0
    answers[2, :, :2] = 0
    answers[3, 1:] = 0
    found = change_points(months(answers))
    assert np.isfinite(found.own).all()
    assert "hardly told apart" in " ".join(found.diagnostics)


def test_a_measure_is_searched_in_its_unit():
    rng = np.random.default_rng(4)
    values = 5 + 0.01 * rng.standard_normal((1, 36))
    values[:, 20:] += 0.25
    series = Series.of_measure(values, ["2022-01", "2024-12"])
    found = change_points(series)
    assert found.frame["period"].tolist() == ["2023-09"]
    assert found.frame["estimate"].iloc[0] == pytest.approx(0.25, abs=0.05)
    assert "in logs" in found.headline()


def test_nothing_observed_is_refused():
    with pytest.raises(InputError, match="holds no observed value"):
        change_points(months(np.zeros((2, 12, 3))))
    with pytest.raises(InputError, match="`sure` must be between 0 and 1"):
        change_points(months(np.ones((1, 12, 3))), sure=1.2)


def test_a_change_at_a_bridge_is_said_to_be_in_doubt():
    series = months(counts_of(np.full((1, 30), 30.0), 2000, np.random.default_rng(1)))
    led = np.arange(30) < 15
    options = {"bridged": led, "shift_sd": np.full(1, 6.0)}
    wrong = replace(series, values=series.values - 12.0 * led, **options)
    assert change_points(wrong).frame["period"].tolist() == ["2023-04"]
    assert "where the questionnaire changed" in change_points(wrong).diagnostics[0]
    assert "questionnaire" not in " ".join(change_points(replace(series, **options)).diagnostics)
