"""Are the pooled intervals honest? 1,000 simulated networks: `python benchmarks/calibration.py`.

Ten minutes or so on two cores. Two studies, both with known truth:

* networks as they are met: 60 stores of 1 to 200 answers (log-uniform, so that many have ten or
  fewer), κ log-uniform on 10…300, mean shares around 15/30/55; how often the 95 % intervals hold
  the truth, and the squared error against the raw and the fully pooled score;
* simulation-based calibration: κ and the mean shares from the prior itself, 20 stores; the place
  of the truth in its posterior must be uniform (Talts et al. 2018, with exact posterior
  probabilities in place of ranks).

Writes docs/tables/calibration.csv, docs/tables/calibration_ranks.csv and calibration.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.estimation.pooled import PRIOR_CONCENTRATION, hyperposterior

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20260101
SIZES = ((1, 3), (4, 10), (11, 30), (31, 100), (101, 200))
BINS = 20


def drawn(
    rng: np.random.Generator, stores: int, kappa: float, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (stores, 3) counts and the stores' true NPS, a share."""
    n = np.exp(rng.uniform(0, np.log(201), stores)).astype(int)
    shares = rng.dirichlet(np.maximum(kappa * mean, 1e-3), stores)
    counts = np.array([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)])
    return counts.astype(float), shares[:, 2] - shares[:, 0]


def as_met(index: int) -> pd.DataFrame:
    """Return a row a store of one network: n, held, and squared errors in points²."""
    rng = np.random.default_rng([SEED, 1, index])
    kappa = float(np.exp(rng.uniform(np.log(10), np.log(300))))
    mean = rng.dirichlet(20 * np.array([0.15, 0.30, 0.55]))
    counts, true = drawn(rng, 60, kappa, mean)
    net = hyperposterior(counts).cells(counts)
    centre, _ = net.moments()
    raw = (counts[:, 2] - counts[:, 0]) / counts.sum(axis=1)
    total = counts.sum(axis=0)
    pooled = (total[2] - total[0]) / total.sum()
    return pd.DataFrame(
        {
            "n": counts.sum(axis=1).astype(int),
            "held": (net.ppf(0.025) <= true) & (true <= net.ppf(0.975)),
            "ours": 1e4 * (centre - true) ** 2,
            "raw": 1e4 * (raw - true) ** 2,
            "pooled": 1e4 * (pooled - true) ** 2,
        }
    )


def from_prior(index: int) -> tuple[float, float]:
    """Return where the truth lies in its posterior, in (0, 1): one store's NPS, and κ."""
    rng = np.random.default_rng([SEED, 2, index])
    kappa = float(np.exp(rng.logistic(np.log(PRIOR_CONCENTRATION), 1)))
    counts, true = drawn(rng, 20, kappa, rng.dirichlet(np.ones(3)))
    found = hyperposterior(counts)
    below = 1 - found.cells(counts[:1]).sf(true[:1])[0]
    line = found.line
    edges = np.append(line.tau - line.spacing / 2, line.tau[-1] + line.spacing / 2)
    place = np.interp(np.log(kappa), edges, np.append(0.0, np.cumsum(line.weights)))
    return float(below), float(place)


def by_size(stores: pd.DataFrame) -> pd.DataFrame:
    """Return coverage and root mean squared errors in points, by the stores' size."""
    parts = {"all": stores, "n ≤ 10": stores[stores["n"] <= 10]}
    parts |= {f"{low}–{high}": stores[stores["n"].between(low, high)] for low, high in SIZES}
    rows = []
    for name, part in parts.items():
        root = {f"rmse_{key}": np.sqrt(part[key].mean()) for key in ("ours", "raw", "pooled")}
        rows.append({"answers": name, "stores": len(part), "coverage": part["held"].mean()} | root)
    return pd.DataFrame(rows)


def histogram(places: np.ndarray) -> pd.DataFrame:
    """Return how many truths lie in each twentieth of their posterior."""
    counts = [
        np.bincount(np.minimum((x * BINS).astype(int), BINS - 1), minlength=BINS) for x in places.T
    ]
    return pd.DataFrame({"bin": range(1, BINS + 1), "store_nps": counts[0], "kappa": counts[1]})


def page(sizes: pd.DataFrame, ranks: pd.DataFrame, networks: int) -> str:
    """Return both tables as a page of Markdown."""
    lines = [
        "# Calibration of the pooled posterior",
        "",
        f"{networks:,} simulated networks; `python benchmarks/calibration.py` makes this page.",
        "",
        "## Networks as they are met",
        "",
        "95 % intervals, and root mean squared error in points.",
        "",
        "| answers of the store | stores | coverage | ours | raw | fully pooled |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.answers} | {row.stores:,} | {row.coverage:.4f} | {row.rmse_ours:.2f} | "
        f"{row.rmse_raw:.2f} | {row.rmse_pooled:.2f} |"
        for row in sizes.itertuples()
    ]
    lines += [
        "",
        "## Simulation-based calibration",
        "",
        "Truths in each twentieth of their posterior; uniform if the posterior is right.",
        "",
        "| twentieth | " + " | ".join(map(str, ranks["bin"])) + " | χ² p |",
        "|---|" + "---|" * (BINS + 1),
    ]
    for name in ("store_nps", "kappa"):
        p_value = stats.chisquare(ranks[name]).pvalue
        lines.append(f"| {name} | " + " | ".join(map(str, ranks[name])) + f" | {p_value:.3f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Run both studies, write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=1000)
    networks = parser.parse_args().networks
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor() as pool:
        stores = pd.concat(pool.map(as_met, range(networks), chunksize=10))
        places = np.array(list(pool.map(from_prior, range(networks), chunksize=10)))
    sizes, ranks = by_size(stores), histogram(places)
    TABLES.mkdir(parents=True, exist_ok=True)
    sizes.round(4).to_csv(TABLES / "calibration.csv", index=False, lineterminator="\n")
    ranks.to_csv(TABLES / "calibration_ranks.csv", index=False, lineterminator="\n")
    text = page(sizes, ranks, networks)
    (TABLES / "calibration.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
