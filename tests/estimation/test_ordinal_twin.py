"""The multilevel cumulative logit against its PyMC twin, through the door that users take.

PyMC samples every store's location itself, with none of our integrals or draws of stores.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import npsstats as nps
from npsstats.estimation.ordinal import fit

pytestmark = pytest.mark.twin

TUNE, DRAWS, CHAINS, CORES = 400, 600, 4, 2
REPLICATES = 6  # of ours: their spread is our own Monte Carlo error
FALSE_ALARM = 1e-3  # of a whole network, were the two the same
IMPORTANCE = 0.02  # sd: bias of a mean weighted by some 200 effective draws
SLICED = 0.004  # in probability: our quantiles stand on 2,000 draws
THRESHOLDS = np.array([-2.5, -1.9, -0.8, 0.1])  # of the scores 0, 6, 8, 9 and 10
SCORES = [0, 6, 8, 9, 10]


def simulated(stores, answers, seed, *, regions=1, spread=0.0):
    rng = np.random.default_rng(seed)
    region = np.arange(stores) % regions
    a = rng.normal(0, 0.5, regions)[region] * (regions > 1) + rng.normal(0, 0.6, stores)
    narrow = np.exp(-spread * rng.standard_normal(stores))
    counts, rows = [], []
    for store in range(stores):
        for channel, b in (("email", 0.0), ("sms", -0.4)):
            at = (THRESHOLDS - a[store] - b) * narrow[store]
            share = np.zeros(11)
            share[SCORES] = np.diff(special.expit(at), prepend=0, append=1)
            counts.append(rng.multinomial(rng.integers(*answers), share))
            rows.append((f"R{region[store]}", f"S{store}", channel))
    # a store without answers, and one whose answers are all tens
    counts[0] = counts[1] = np.zeros(11, dtype=int)
    counts[3] = np.eye(11, dtype=int)[10] * 4
    return nps.ScoreCounts(
        np.array(counts), pd.DataFrame(rows, columns=["region", "store_id", "channel"])
    )


def by_hand(sampled, counts, regions, spread):
    """Return (chains, draws, …) parameters and every store's NPS from the sampler's own draws."""
    first = sampled["first"].to_numpy()[..., None]
    steps = np.exp(sampled["steps"].to_numpy()).cumsum(axis=-1)
    theta = np.concatenate([first, first + steps], axis=-1)
    beta = sampled["beta"].to_numpy()
    sms = (counts.cells["channel"] == "sms").to_numpy(dtype=float)
    centred = sms - sms @ counts.n / counts.n.sum()
    at = np.repeat(sampled["location"].to_numpy(), 2, axis=-1) + beta * centred
    scale = np.ones_like(at)
    if spread:
        scale = np.exp(-np.repeat(sampled["spread"].to_numpy(), 2, axis=-1))
    promoters = special.expit((at - theta[..., [2]]) * scale)
    net = promoters - special.expit((theta[..., [1]] - at) * scale)
    weight = counts.n.reshape(-1, 2).astype(float)
    weight[0] = weight.sum(axis=0)  # the silent store: the network's mix
    weight /= weight.sum(axis=1, keepdims=True)
    store_nps = 100 * (net.reshape(*net.shape[:2], -1, 2) * weight).sum(axis=-1)
    sds = [sampled["store_sd"], *([sampled["region_sd"]] if regions else [])]
    sds += [sampled["spread_sd"]] if spread else []
    return np.concatenate([beta, np.stack(sds, axis=-1), theta], axis=-1), store_nps


def told(drawn):
    """Return (chains, draws, …) means and their Monte Carlo errors."""
    import arviz as az
    import xarray as xr

    effective = az.ess(xr.Dataset({"x": (("chain", "draw", "of"), drawn)}), method="mean")["x"]
    return drawn.mean(axis=(0, 1)), drawn.std(axis=(0, 1)) / np.sqrt(effective.to_numpy())


def z_scores(ours, drawn, allowed):
    """Return by how many errors (replicates, …) of ours and (chains, draws, …) differ in mean."""
    expected, error = told(drawn)
    both = np.hypot(error, ours.std(axis=0, ddof=1) / np.sqrt(len(ours)))
    return np.maximum(np.abs(ours.mean(axis=0) - expected) - allowed, 0) / both


CASES = {
    "covariate": (
        simulated(8, (2, 12), 1),
        {"formula": "~ channel"},
        "nuts",
    ),
    "covariate, regions and spread": (
        simulated(6, (2, 12), 2, regions=3, spread=0.4),
        {"formula": "~ channel", "levels": ["region", "store_id"], "spread": True},
        "auto",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_the_twin(case, monkeypatch):
    import pymc as pm

    counts, asked, method = CASES[case]
    asked = {"model": "ordinal", "by": "store_id", **asked}
    ours = [
        nps.estimate(counts, method="laplace", seed=seed, **asked) for seed in range(REPLICATES)
    ]
    assert all(one.k_hat < fit.RELIABLE for one in ours)

    caught = []
    sample = pm.sample

    def remembered(**how):
        how |= {"draws": DRAWS, "tune": TUNE, "chains": CHAINS, "cores": CORES}
        caught.append(sample(**how))
        return caught[-1]

    monkeypatch.setattr(pm, "sample", remembered)
    monkeypatch.setattr(fit, "RELIABLE", -10.0)  # no k̂ will do: "auto" must turn to PyMC
    theirs = nps.estimate(counts, method=method, seed=1, **asked)
    assert len(caught) == 1
    assert np.isnan(theirs.k_hat)
    assert "PyMC" in theirs.provenance.method
    fallen = [said for said in theirs.diagnostics if "sampled with PyMC instead" in said]
    assert len(fallen) == (method == "auto")

    parameters, store_nps = by_hand(
        caught[0]["posterior"], counts, "levels" in asked, "spread" in asked
    )
    draws = np.array([one.draws["posterior"]["nps"].to_numpy() for one in ours])
    draws = draws.reshape(REPLICATES, -1, draws.shape[-1])
    sizes = [parameters.shape[-1]] * 2 + [store_nps.shape[-1]] * 4
    # ours has the fewer degrees of freedom
    bound = stats.t.isf(FALSE_ALARM / (2 * sum(sizes)), REPLICATES - 1)

    tables = [one.coefficients for one in ours]
    mean = np.array([table["estimate"] for table in tables])
    centre, sd = mean.mean(axis=0), parameters.std(axis=(0, 1))
    assert z_scores(mean, parameters, IMPORTANCE * sd).max() < bound
    square = np.array([table["std_error"] ** 2 for table in tables]) + (mean - centre) ** 2
    # a variance's own sd is √2 times its size, or more
    assert z_scores(square, (parameters - centre) ** 2, 2 * IMPORTANCE * sd**2).max() < bound

    sd = store_nps.std(axis=(0, 1))
    centre = draws.mean(axis=(0, 1))
    assert z_scores(draws.mean(axis=1), store_nps, IMPORTANCE * sd).max() < bound
    square = ((draws - centre) ** 2).mean(axis=1)
    assert z_scores(square, (store_nps - centre) ** 2, 2 * IMPORTANCE * sd**2).max() < bound
    for q in (0.025, 0.975):
        end = np.quantile(draws, q, axis=(0, 1))
        below = (draws < end).mean(axis=1)
        assert z_scores(below, (store_nps < end).astype(float), SLICED).max() < bound, q

    # the result by NUTS is that of the same posterior: our integrals, given its parameters
    apart = theirs.frame["estimate"] - centre
    assert np.abs(apart / sd).max() < 0.25
    wide = (theirs.frame["upper"] - theirs.frame["lower"]) / (
        ours[0].frame["upper"] - ours[0].frame["lower"]
    )
    assert wide.between(0.8, 1.25).all()
