"""The exact pooled posterior against its PyMC twin, within the twin's Monte Carlo error."""

import importlib.util
from pathlib import Path

import arviz as az
import numpy as np
import pytest
import xarray as xr
from scipy import special

from npsstats.estimation.pooled import hyperposterior

pytestmark = pytest.mark.twin

FALSE_ALARM = 1e-3  # of a whole network, were the two the same
SLICED = 0.004  # in probability: what one Dirichlet a slice of κ costs a quantile


def simulated(stores, seed, kappa=60.0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(kappa * np.array([0.15, 0.3, 0.55]), stores)
    return np.array(
        [rng.multinomial(*pair) for pair in zip(rng.integers(1, 201, stores), shares, strict=True)]
    )


def with_odd_ones(counts):
    """Return the counts with a store without answers, and two that are all promoters."""
    return np.concatenate([counts[:-3], [[0, 0, 0], [0, 0, 3], [0, 0, 60]]])


NETWORKS = {
    "one store": np.array([[3, 5, 12]]),
    "one store without answers": np.array([[0, 0, 0]]),
    "5 stores": simulated(5, 1),
    "5 stores, odd ones among them": with_odd_ones(simulated(5, 2)),
    "5 identical stores": np.tile([6, 11, 23], (5, 1)),
    "50 stores, odd ones among them": with_odd_ones(simulated(50, 3)),
    "50 stores that differ much": simulated(50, 4, kappa=8.0),
    "50 identical stores": np.tile([6, 11, 23], (50, 1)),
    "500 stores, odd ones among them": with_odd_ones(simulated(500, 5)),
}


@pytest.fixture(scope="module")
def twins():
    """Return a function from counts to the smallest compiled twin that holds them."""
    spec = importlib.util.spec_from_file_location("twin", Path(__file__).with_name("twin.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = {}

    def at_least(stores):
        size = 50 if stores <= 50 else 500
        if size not in made:
            made[size] = module.Twin(size)
        return made[size]

    return at_least


def z_scores(drawn, expected, allowed=0.0):
    """Return how many Monte Carlo errors the means of (chains, draws, …) lie from `expected`."""
    effective = az.ess(xr.Dataset({"x": (("chain", "draw", "of"), drawn)}), method="mean")["x"]
    error = drawn.std(axis=(0, 1)) / np.sqrt(effective.to_numpy())
    apart = np.abs(drawn.mean(axis=(0, 1)) - expected) - allowed
    return np.maximum(apart, 0) / error


@pytest.mark.parametrize("name", NETWORKS)
def test_agrees_with_the_twin(name, twins):
    counts = NETWORKS[name]
    log_kappa, nps = twins(len(counts)).sample(counts)
    found = hyperposterior(counts.astype(float))
    net = found.cells(counts.astype(float))
    mean, sd = net.moments()
    bound = -special.ndtri(FALSE_ALARM / (8 * len(counts) + 4))
    assert z_scores(nps, mean).max() < bound
    assert z_scores((nps - mean) ** 2, sd**2).max() < bound
    for q in (0.025, 0.975):
        below = (nps < net.ppf(q)).astype(float)
        assert z_scores(below, q, SLICED).max() < bound, q
    # κ itself, as a share of κ + 50: its own scale has no mean
    line = found.line
    weight = special.expit(line.tau - np.log(50))
    drawn = special.expit(log_kappa - np.log(50))[..., None]
    centre = weight @ line.weights
    assert z_scores(drawn, centre).max() < bound
    assert z_scores((drawn - centre) ** 2, (weight - centre) ** 2 @ line.weights).max() < bound
