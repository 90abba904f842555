"""Exact coverage of every interval for one NPS: `python benchmarks/intervals.py` (two minutes).

Every possible outcome of n answers is enumerated, so nothing here is simulated. Writes
docs/tables/coverage.csv and docs/tables/coverage.md.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

import npsstats as nps

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SIZES = (5, 10, 20, 50, 100, 200, 500, 1000)
POPULATIONS = {  # shares of detractors, passives, promoters
    "typical retail": (0.15, 0.30, 0.55),
    "polarized": (0.40, 0.10, 0.50),
    "nearly all promoters": (0.02, 0.08, 0.90),
    "mostly passive": (0.10, 0.75, 0.15),
    "balanced": (1 / 3, 1 / 3, 1 / 3),
    "low": (0.50, 0.30, 0.20),
}
METHODS = {
    "wald": nps.wald,
    "adjusted_wald": nps.adjusted_wald,
    "tango": nps.tango,
    "dirichlet": nps.dirichlet,
    "jeffreys": partial(nps.dirichlet, prior=(0.5, 0.5, 0.5)),
}


def outcomes(n: int) -> np.ndarray:
    """Return every (detractors, passives, promoters) that adds up to n."""
    detractors, passives = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    possible = detractors + passives <= n
    left = n - detractors - passives
    return np.stack([detractors[possible], passives[possible], left[possible]], axis=1)


def probability(counts: np.ndarray, shares: tuple[float, float, float]) -> np.ndarray:
    """Return the multinomial probability of every outcome."""
    log = special.gammaln(counts.sum(axis=1) + 1) - special.gammaln(counts + 1).sum(axis=1)
    return np.exp(log + special.xlogy(counts, shares).sum(axis=1))


def coverage(sizes: Sequence[int] = SIZES, level: float = 0.95) -> pd.DataFrame:
    """Return coverage and mean width in points, a row a method, size and population."""
    rows = []
    for n in sizes:
        counts = outcomes(n)
        for method, interval in METHODS.items():
            frame = interval(counts, level=level).frame
            lower, upper = frame["lower"].to_numpy(), frame["upper"].to_numpy()
            for population, shares in POPULATIONS.items():
                mass = probability(counts, shares)
                true = 100 * (shares[2] - shares[0])
                held = (lower - 1e-9 <= true) & (true <= upper + 1e-9)
                rows.append((n, method, population, mass @ held, mass @ (upper - lower)))
    return pd.DataFrame(rows, columns=["n", "method", "population", "coverage", "width"])


def page(table: pd.DataFrame) -> str:
    """Return the table as a page of Markdown."""
    lines = [
        "# Exact coverage of 95 % intervals for one NPS",
        "",
        "By full enumeration of the multinomial; `python benchmarks/intervals.py` makes this page.",
        "Shares of detractors, passives and promoters: "
        + "; ".join(f"{name} {d:.2f}/{s:.2f}/{p:.2f}" for name, (d, s, p) in POPULATIONS.items())
        + ".",
    ]
    for n, part in table.groupby("n"):
        cells = part.pivot_table(index="population", columns="method", values="coverage")
        widths = part.pivot_table(index="population", columns="method", values="width")
        lines += ["", f"## n = {n:,}", "", "| population | " + " | ".join(METHODS) + " |"]
        lines.append("|---|" + "---|" * len(METHODS))
        for name in POPULATIONS:
            values = (
                f"{cells.loc[name, method]:.3f} (±{widths.loc[name, method] / 2:.1f})"
                for method in METHODS
            )
            lines.append(f"| {name} | " + " | ".join(values) + " |")
    lines += ["", "In brackets: half the mean width, in points.", ""]
    return "\n".join(lines)


def main() -> None:
    """Write the table and print its summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    table = coverage(parser.parse_args().sizes)
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(TABLES / "coverage.csv", index=False, lineterminator="\n")
    (TABLES / "coverage.md").write_text(page(table), encoding="utf-8", newline="\n")
    print(table.groupby(["method", "n"])["coverage"].agg(["min", "mean", "max"]).round(4))


if __name__ == "__main__":
    main()
