"""Tied events in closed form against sums written out."""

import numpy as np
import pytest

from npsstats.experiments.duration.efron import TiedEvents, fit_cox
from npsstats.experiments.duration.harmonic import inverse_squares, inverses, logs


@pytest.mark.parametrize("d", [1, 2, 7, 50, 3000])
def test_sums_over_ties_keep_their_digits(d):
    for x in (d, d + 0.3, d + 5, d + 99.4, d + 99.6, d + 1000, d * 1e5 + 0.5, d * 1e13):
        terms = np.longdouble(x) - np.arange(d)
        at = np.array([float(x)]), np.array([float(d)])
        assert inverses(*at)[0] == pytest.approx(float((1 / terms).sum()), rel=1e-12)
        assert inverse_squares(*at)[0] == pytest.approx(float((1 / terms**2).sum()), rel=1e-12)
        assert logs(*at)[0] == pytest.approx(float(np.log(terms).sum()), rel=1e-12, abs=1e-12)


def made(d0, d1, y0, y1):
    parts = (np.array(part, dtype=float) for part in (d0, d1, y0, y1))
    return TiedEvents(np.zeros(len(d0), dtype=int), np.arange(len(d0)), *parts)


@pytest.mark.parametrize("beta", [-20.0, -3.0, 0.0, 0.4, 12.0])
def test_every_sum_is_the_one_written_out(beta):
    tied = made([3, 0, 1, 40], [2, 1, 0, 25], [30, 25, 24, 300], [40, 33, 20, 200])
    sums, likelihood, score = tied.sums(beta), 0.0, 0.0
    theta = np.exp(beta)
    for j in range(4):
        late = np.arange(tied.d[j]) / tied.d[j]
        weight = (tied.y0[j] - late * tied.d0[j]) + theta * (tied.y1[j] - late * tied.d1[j])
        w = theta * (tied.y1[j] - late * tied.d1[j]) / weight
        scaled = weight / np.exp(beta / 2)
        assert sums.weight[j] == pytest.approx(w.sum(), rel=1e-8, abs=1e-9)
        assert sums.spread[j] == pytest.approx((w * (1 - w)).sum(), rel=1e-7, abs=1e-9)
        assert sums.hazard[j] == pytest.approx((1 / scaled).sum(), rel=1e-9)
        assert sums.weighted[j] == pytest.approx((w / scaled).sum(), rel=1e-7, abs=1e-9)
        assert sums.late[j] == pytest.approx((late / scaled).sum(), rel=1e-7, abs=1e-9)
        assert sums.late_weighted[j] == pytest.approx((w * late / scaled).sum(), rel=1e-6, abs=1e-9)
        likelihood += beta * tied.d1[j] - np.log(weight).sum()
        score += tied.d1[j] - w.sum()
    apart = tied.log_likelihood(beta) - tied.log_likelihood(0.0)
    none = -sum(np.log(tied.y0[j] + tied.y1[j] - np.arange(tied.d[j])).sum() for j in range(4))
    assert apart == pytest.approx(likelihood - none, rel=1e-10, abs=1e-9)
    assert tied.score(beta) == pytest.approx(score, rel=1e-8)


def test_one_event_in_an_arm_is_not_none():
    # a ratio far from 1 but finite, where rounding once said infinite
    tied = made(
        [0, 1, 0, 0, 0, 0], [1, 0, 1, 1, 1, 1], [28, 28, 27, 26, 24, 21], [32, 31, 31, 25, 24, 19]
    )
    fit = fit_cox(tied)
    assert 0.5 < fit.beta < 3
    lower, upper = fit.profile(1.96)
    assert lower < fit.beta < upper < 6
    for side in (lower, upper):
        assert fit.deviance(side) == pytest.approx(1.96**2, rel=1e-6)
    assert 0.05 < fit.p_value() < 1


@pytest.mark.parametrize("seed", range(40))
def test_few_events_have_a_ratio_just_when_both_arms_have_some(seed):
    rng = np.random.default_rng(seed)
    left = rng.integers(5, 40, 2)
    rows = []
    for _ in range(4):
        d = rng.integers(0, 3, 2)
        if d.sum() and (left > d).all():
            rows.append((*d, *left))
            left = left - d
    if not rows:
        return
    fit = fit_cox(made(*np.array(rows).T))
    d0, d1 = np.array(rows)[:, :2].sum(axis=0)
    expected = {(True, True): True, (True, False): False, (False, True): False}
    assert np.isfinite(fit.beta) == expected[bool(d0), bool(d1)]
    lower, upper = fit.profile(1.96)
    assert np.isinf(lower) == (d1 == 0)
    assert np.isinf(upper) == (d0 == 0)
