"""The multilevel cumulative logit: its fit beside R's clmm, and the whole posterior.

    python benchmarks/ordinal.py [rounds, default 3] [stores of the largest network, default 10000]

Two parts. The maximum likelihood fit, from counts to estimates with their covariance, beside
`ordinal::clmm` with nine adaptive Gauss–Hermite nodes, on the same 200 and 1,000 stores with two
channels; clmm is given counts as weights, and is timed inside R around itself alone. It runs once
a network (minutes at 1,000 stores; the machine should have nothing else to do), between our
rounds, and the two log-likelihoods must agree. Left out, and said, where R or the package is
absent. Then `estimate(…, model="ordinal")` from counts to intervals and ranks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import special

import npsstats as nps
from npsstats.estimation.ordinal.design import lay_out
from npsstats.estimation.ordinal.likelihood import Marginal
from npsstats.estimation.ordinal.posterior import maximize

_THRESHOLDS = np.array([-4, -3.6, -3.2, -2.8, -2.5, -1.9, -1.5, -0.8, 0.1, 0.8])
_FLOOR = 500  # times as fast as clmm at 1,000 stores
_LIMIT = 10.0  # seconds for the whole posterior of 10,000 stores
_CLMM = """
suppressMessages(library(ordinal))
rows <- read.csv(commandArgs(TRUE)[1])
rows$score <- factor(rows$score, levels = 0:10, ordered = TRUE)
rows$store_id <- factor(rows$store_id)
rows$channel <- factor(rows$channel)
seconds <- system.time(
  fit <- clmm(score ~ channel + (1 | store_id), rows, weights = n, nAGQ = 9)
)[["elapsed"]]
cat(seconds, logLik(fit), fit$beta, sqrt(VarCorr(fit)[[1]][1]), sep = "\\n")
"""


def network(stores: int, seed: int = 1) -> nps.ScoreCounts:
    """Return counts by store and channel: 10 to 40 answers a store, as stores come."""
    rng = np.random.default_rng(seed)
    a = rng.normal(0, 0.4, stores)
    at = np.stack([a, a - 0.4], axis=1).ravel()
    shares = np.diff(special.expit(_THRESHOLDS - at[:, None]), axis=1, prepend=0, append=1)
    counts = rng.multinomial(rng.integers(5, 21, 2 * stores), shares)
    keys = pd.DataFrame(
        {
            "store_id": np.repeat([f"S{store:05d}" for store in range(stores)], 2),
            "channel": np.tile(["email", "sms"], stores),
        }
    )
    return nps.ScoreCounts(counts, keys)


def clmm(counts: nps.ScoreCounts) -> tuple[float, float, float, float]:
    """Return clmm's seconds, log-likelihood, effect of the channel, and sd of the stores."""
    cells = counts.cells.reset_index(drop=True)
    rows = cells.join(pd.DataFrame(counts.counts)).melt(
        ["store_id", "channel"], var_name="score", value_name="n"
    )
    with tempfile.TemporaryDirectory(prefix="npsstats-benchmark-") as folder:
        path, script = Path(folder) / "rows.csv", Path(folder) / "clmm.R"
        rows[rows["n"] > 0].to_csv(path, index=False)
        script.write_text(_CLMM, encoding="utf-8")
        told = subprocess.run(  # noqa: S603
            ["Rscript", str(script), str(path)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    seconds, loglik, beta, sd = map(float, told.stdout.split())
    return seconds, loglik, beta, sd


def has_clmm() -> bool:
    """Return whether R and its package are here."""
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('ordinal', quietly = TRUE))"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0  # noqa: S603


def fit(counts: nps.ScoreCounts) -> tuple[float, float, float, float]:
    """Return our seconds and what clmm tells."""
    begun = perf_counter()
    layout = lay_out(counts, "~ channel", ["store_id"], spread=False)
    mode = maximize(Marginal(layout.cells), layout.prior._replace(on=False))
    seconds = perf_counter() - begun
    par = layout.cells.unpack(mode.p)
    return seconds, mode.value, float(par.beta[0]), par.store_sd


def load() -> str:
    """Return how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def against_clmm(rounds: int) -> None:
    """Print our fit beside clmm's."""
    print("| stores | answers | clmm, s | ours, s: median | min | ratio | log-likelihoods apart |")
    print("|---|---|---|---|---|---|---|", flush=True)
    ratios = {}
    for stores in (200, 1000):
        counts = network(stores)
        fit(counts)  # imports and caches
        ours = [fit(counts) for _ in range(rounds)]
        theirs = clmm(counts)
        ours += [fit(counts) for _ in range(rounds)]
        times = [one[0] for one in ours]
        apart = ours[0][1] - theirs[1]
        ratios[stores] = theirs[0] / median(times)
        print(
            f"| {stores:,} | {counts.n.sum():,} | {theirs[0]:.1f} | {median(times):.3f} | "
            f"{min(times):.3f} | {ratios[stores]:,.0f} | {apart:+.4f} |",
            flush=True,
        )
        assert abs(apart) < 0.05, (ours[0], theirs)
        assert np.allclose(ours[0][2:], theirs[2:], atol=2e-3), (ours[0], theirs)
    print(
        f"\nAt 1,000 stores {ratios[1000]:,.0f} times as fast; to be at least {_FLOOR}. {load()}."
    )


def posterior(rounds: int, largest: int) -> None:
    """Print how long the whole posterior takes."""
    print('\nThe whole posterior: estimate(counts, model="ordinal", …), 2,000 draws, with ranks.\n')
    print("| stores | formula | standardize | seconds: median | min | Pareto k̂ |")
    print("|---|---|---|---|---|---|", flush=True)
    slowest = 0.0
    for stores in (largest // 10, largest):
        counts = network(stores)
        for asked in ({}, {"formula": "~ channel", "standardize": "network"}):
            times = []
            for _ in range(rounds):
                begun = perf_counter()
                found = nps.estimate(counts, model="ordinal", by="store_id", **asked)
                times.append(perf_counter() - begun)
            slowest = max(slowest, median(times)) if stores == largest else slowest
            print(
                f"| {stores:,} | {asked.get('formula', '')} | {asked.get('standardize', '')} | "
                f"{median(times):.2f} | {min(times):.2f} | {found.k_hat:.2f} |",
                flush=True,
            )
    print(f"\nAt {largest:,} stores {slowest:.1f} s; to be at most {_LIMIT:.0f} s. {load()}.")


def main(rounds: int = 3, largest: int = 10_000) -> None:
    """Print both tables."""
    print(load(), flush=True)
    if has_clmm():
        against_clmm(rounds)
    else:
        print("R's ordinal::clmm is not here: the comparison with it is LEFT OUT.")
    posterior(rounds, largest)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
