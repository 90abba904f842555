"""Our pooled posterior against PyMC with nutpie, side by side in one process.

    python benchmarks/pooled.py                      # 1,000 and 10,000 stores
    python benchmarks/pooled.py --sizes 1000 --explicit

Both compute the mean, sd, 95 % interval and P(above target) of every store's NPS from the same
counts. PyMC's time includes compiling, as a user meets it; its own import is left out. Two peers:
the marginal model (Dirichlet-multinomial, store shares drawn afterwards), the fastest that we know
to write, and with --explicit the textbook one with a Dirichlet for every store.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pymc as pm

from npsstats.estimation.pooled import PRIOR_CONCENTRATION, hyperposterior

TARGET = 0.3
CONCENTRATION = 60
MEAN = np.array([0.15, 0.30, 0.55])


def network(stores: int, seed: int = 1) -> np.ndarray:
    """Return (stores, 3) counts of 1 to 200 answers."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(CONCENTRATION * MEAN, stores)
    n = rng.integers(1, 201, stores)
    return np.array([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)], dtype=float)


def ours(counts: np.ndarray) -> np.ndarray:
    """Return (stores, 5): mean, sd, lower, upper, P(above target), exactly."""
    net = hyperposterior(counts).cells(counts)
    return np.stack([*net.moments(), net.ppf(0.025), net.ppf(0.975), net.sf(TARGET)], axis=1)


def summary(nps: np.ndarray) -> np.ndarray:
    """Return the same five columns from (draws, stores)."""
    lower, upper = np.quantile(nps, [0.025, 0.975], axis=0)
    above = (nps > TARGET).mean(axis=0)
    return np.stack([nps.mean(axis=0), nps.std(axis=0), lower, upper, above], axis=1)


def marginal(counts: np.ndarray) -> np.ndarray:
    """Sample (κ, μ), then draw every store's shares given them."""
    with pm.Model():
        mean = pm.Dirichlet("mean", np.ones(3))
        log_kappa = pm.Logistic("log_kappa", np.log(PRIOR_CONCENTRATION), 1)
        total = counts.sum(axis=1).astype(int)
        pm.DirichletMultinomial("counts", total, mean * pm.math.exp(log_kappa), observed=counts)
        draws = sample()
    kappa = np.exp(draws["log_kappa"].to_numpy().ravel())
    alpha = kappa[:, None] * draws["mean"].to_numpy().reshape(-1, 3)
    rng = np.random.default_rng(0)
    nps = np.empty((len(kappa), len(counts)))
    for row, own in zip(nps, alpha, strict=True):
        gamma = rng.standard_gamma(counts + own)
        row[:] = (gamma[:, 2] - gamma[:, 0]) / gamma.sum(axis=1)
    return summary(nps)


def explicit(counts: np.ndarray) -> np.ndarray:
    """Sample everything: a Dirichlet for every store."""
    with pm.Model():
        mean = pm.Dirichlet("mean", np.ones(3))
        log_kappa = pm.Logistic("log_kappa", np.log(PRIOR_CONCENTRATION), 1)
        alpha = mean * pm.math.exp(log_kappa)
        shares = pm.Dirichlet("shares", alpha, shape=counts.shape)
        pm.Multinomial("counts", counts.sum(axis=1).astype(int), shares, observed=counts)
        draws = sample()
    shares = draws["shares"].to_numpy().reshape(-1, *counts.shape)
    return summary(shares[:, :, 2] - shares[:, :, 0])


def sample() -> dict:
    """Sample with nutpie, 4 chains of 1,000 draws on 2 cores."""
    tree = pm.sample(
        draws=1000,
        tune=400,
        chains=4,
        cores=2,
        random_seed=1,
        nuts_sampler="nutpie",
        progressbar=False,
        compute_convergence_checks=False,
    )
    return tree["posterior"]


def timed(work: Callable[[np.ndarray], np.ndarray], counts: np.ndarray) -> tuple[float, np.ndarray]:
    """Return seconds and what `work` computed."""
    start = time.perf_counter()
    found = work(counts)
    return time.perf_counter() - start, found


def main() -> None:
    """Print the times, their ratios, and how far the answers lie apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--explicit", action="store_true", help="the textbook model as well")
    parser.add_argument("--repeats", type=int, default=7, help="of ours; the median counts")
    options = parser.parse_args()
    peers = [marginal, explicit] if options.explicit else [marginal]
    for stores in options.sizes:
        counts = network(stores)
        runs = [timed(ours, counts) for _ in range(options.repeats)]
        seconds = statistics.median(run[0] for run in runs)
        spread = f"{min(run[0] for run in runs):.3f}–{max(run[0] for run in runs):.3f}"
        print(f"{stores:,} stores: ours {seconds:.3f} s (of {options.repeats} runs {spread})")
        mine = runs[0][1]
        for peer in peers:
            taken, theirs = timed(peer, counts)
            apart = np.abs(theirs[:, 0] - mine[:, 0]) / mine[:, 1]
            print(
                f"  PyMC + nutpie, {peer.__name__}: {taken:.1f} s, {taken / seconds:.0f} × ours; "
                f"means differ by {apart.mean():.3f} sd on average, {apart.max():.3f} at most"
            )


if __name__ == "__main__":
    main()
