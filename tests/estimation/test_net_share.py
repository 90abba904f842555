"""The exact law of a net share against slow quadrature and against draws."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from npsstats.estimation.net_share import NetShare

_spec = importlib.util.spec_from_file_location("brute", Path(__file__).with_name("brute.py"))
brute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(brute)

CORNERS = [
    (0.05, 0.5, 0.1), (0.3, 0.3, 0.3), (0.5, 2, 30), (0.01, 0.01, 50), (9.3, 722, 0.03),
    (3.9, 122, 0.0145), (0.38, 1960, 19.5), (2000, 0.5, 0.5), (0.5, 0.5, 2700), (1, 6, 1),
    (49, 14, 590), (1e5, 2e5, 7e5), (5e-3, 300, 6e-3), (1, 1, 1), (0.1, 1e4, 3),
]  # fmt: skip


@pytest.mark.parametrize("alpha", CORNERS)
def test_corners_agree_with_slow_quadrature(alpha):
    net = NetShare.single(np.array([alpha], float))
    mean, sd = net.moments()
    for shift in (-3, -1, 0, 0.01, 1, 2.5):
        t = float(np.clip(mean[0] + shift * sd[0], -0.9999, 0.9999))
        assert net.sf(t)[0] == pytest.approx(brute.net_share_above(alpha, t), abs=2e-6), t


def test_random_concentrations_agree_with_slow_quadrature():
    rng = np.random.default_rng(11)
    alpha = np.exp(rng.uniform(np.log(0.05), np.log(3000), (120, 3)))
    net = NetShare.single(alpha)
    mean, sd = net.moments()
    t = np.clip(mean + sd * rng.uniform(-4, 4, len(mean)), -0.9999, 0.9999)
    slow = [brute.net_share_above(a, x) for a, x in zip(alpha, t, strict=True)]
    assert np.abs(net.sf(t) - slow).max() < 1e-6


@pytest.mark.parametrize("counts", [(8, 13, 15), (2, 0, 9), (0, 0, 5), (0, 5, 0)])
def test_ten_million_draws(counts):
    alpha = np.array([counts], float) + 1
    drawn = np.random.default_rng(1).dirichlet(alpha[0], 10_000_000)
    drawn = drawn[:, 2] - drawn[:, 0]
    net = NetShare.single(alpha)
    mean, sd = net.moments()
    assert mean[0] == pytest.approx(drawn.mean(), abs=5e-4)
    assert sd[0] == pytest.approx(drawn.std(), abs=5e-4)
    for q in (0.025, 0.5, 0.975):
        assert net.ppf(q)[0] == pytest.approx(np.quantile(drawn, q), abs=5e-4)
    assert net.sf(0.3)[0] == pytest.approx((drawn > 0.3).mean(), abs=5e-4)


def test_quantiles_undo_probabilities():
    rng = np.random.default_rng(2)
    alpha = np.exp(rng.uniform(np.log(0.5), np.log(2000), (300, 3)))
    net = NetShare.single(alpha)
    for q in (0.001, 0.025, 0.5, 0.975, 0.999):
        assert 1 - net.sf(net.ppf(q)) == pytest.approx(np.full(300, q), abs=2e-6)


def test_density_is_the_slope_of_the_probability():
    net = NetShare.single(np.array([[9.0, 14, 16], [3, 1, 10], [76, 676, 251]]))
    mean, sd = net.moments()
    h = 1e-4 * sd
    for shift in (-2, -0.5, 0.7):
        t = mean + shift * sd
        slope = (net.sf(t - h) - net.sf(t + h)) / (2 * h)
        assert net.pdf(t) == pytest.approx(slope, rel=1e-5)


def test_the_ends_of_the_scale():
    net = NetShare.single(np.array([[9.0, 14, 16]]))
    assert net.sf(-1.0)[0] == 1
    assert net.sf(1.0)[0] == 0
    assert net.sf(-1.5)[0] == 1


def test_a_mixture_is_the_sum_of_its_parts():
    alpha = np.array([[9.0, 14, 16], [90, 140, 160]])
    weights = np.array([0.3, 0.7])
    mixture = NetShare(alpha[None], weights)
    parts = NetShare.single(alpha)
    assert mixture.sf(0.2)[0] == pytest.approx(weights @ parts.sf(0.2))
    drawn = np.random.default_rng(3)
    which = drawn.random(400_000) < 0.3
    net = [drawn.dirichlet(a, 400_000) @ [-1, 0, 1] for a in alpha]
    both = np.where(which, *net)
    mean, sd = mixture.moments()
    assert mean[0] == pytest.approx(both.mean(), abs=1e-3)
    assert sd[0] == pytest.approx(both.std(), abs=1e-3)
    assert mixture.ppf(0.025)[0] == pytest.approx(np.quantile(both, 0.025), abs=2e-3)
