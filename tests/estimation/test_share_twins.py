"""The exact pooled shares against their PyMC twin, within the twin's Monte Carlo error."""

import numpy as np
import pytest
from scipy import special

from npsstats.estimation.neighbours.shares import share_posterior

pytestmark = pytest.mark.twin

CHAINS, TUNE, DRAWS, STORES = 4, 600, 1500, 40
FALSE_ALARM = 1e-3  # of a whole network, were the two the same
PATCHED = 0.002  # in probability: what one Beta a patch of the lattice costs a quantile


def simulated(stores, seed, kappa):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 201, stores)
    return rng.binomial(n, rng.beta(0.7 * kappa, 0.3 * kappa, stores)), n


def with_odd_ones(yes, n):
    """Return the cells with one without answers, and two that are all yes."""
    return np.append(yes[:-3], [0, 3, 60]), np.append(n[:-3], [0, 3, 60])


NETWORKS = {
    "one store": (np.array([17]), np.array([20])),
    "5 stores, odd ones among them": with_odd_ones(*simulated(5, 1, 60.0)),
    "40 stores that differ much": simulated(40, 2, 6.0),
    "40 stores, odd ones among them": with_odd_ones(*simulated(40, 3, 60.0)),
    "20 identical stores": (np.full(20, 14), np.full(20, 20)),
}


@pytest.fixture(scope="module")
def sample():
    """Return a function from counts to draws of log κ and of shares, (chains, draws, …)."""
    import nutpie
    import pymc as pm

    with pm.Model() as model:
        yes, n = pm.Data("yes", np.zeros(STORES)), pm.Data("n", np.zeros(STORES))
        mean = pm.Uniform("mean", 0, 1)
        kappa = pm.math.exp(pm.Logistic("log_kappa", np.log(50.0), 1.0))
        # stores without answers pad the data: for them the beta-binomial is 1
        pm.BetaBinomial("answers", alpha=kappa * mean, beta=kappa * (1 - mean), n=n, observed=yes)
    compiled = nutpie.compile_pymc_model(model)

    def draw(yes, n, seed=1):
        padded = {
            name: np.concatenate([values, np.zeros(STORES - len(values))])
            for name, values in (("yes", yes), ("n", n))
        }
        drawn = nutpie.sample(
            compiled.with_data(**padded),
            chains=CHAINS,
            tune=TUNE,
            draws=DRAWS,
            cores=1,
            seed=seed,
            progress_bar=False,
        )["posterior"]
        log_kappa, m = drawn["log_kappa"].to_numpy(), drawn["mean"].to_numpy()
        prior = np.exp(log_kappa)[..., None] * np.stack([m, 1 - m])[..., None]
        rng = np.random.default_rng(seed)
        return log_kappa, rng.beta(yes + prior[0], n - yes + prior[1])

    return draw


def z_scores(drawn, expected, allowed=0.0):
    """Return how many Monte Carlo errors the means of (chains, draws, …) lie from `expected`."""
    import arviz as az
    import xarray as xr

    effective = az.ess(xr.Dataset({"x": (("chain", "draw", "of"), drawn)}), method="mean")["x"]
    error = drawn.std(axis=(0, 1)) / np.sqrt(effective.to_numpy())
    return np.maximum(np.abs(drawn.mean(axis=(0, 1)) - expected) - allowed, 0) / error


@pytest.mark.parametrize("name", NETWORKS)
def test_agrees_with_the_twin(name, sample):
    yes, n = NETWORKS[name]
    log_kappa, shares = sample(yes, n)
    found = share_posterior(yes.astype(float), (n - yes).astype(float), "partial", 50.0)
    mean, sd = found.law.moments()
    bound = -special.ndtri(FALSE_ALARM / (8 * len(n) + 4))
    assert z_scores(shares, mean).max() < bound
    assert z_scores((shares - mean) ** 2, sd**2).max() < bound
    for q in (0.025, 0.975):
        below = (shares < found.law.ppf(q)).astype(float)
        assert z_scores(below, q, PATCHED).max() < bound, q
    # κ itself, as a share of κ + 50: its own scale has no mean
    line = found.network.line
    centre = special.expit(line.tau - np.log(50)) @ line.weights
    assert z_scores(special.expit(log_kappa - np.log(50))[..., None], centre).max() < bound
