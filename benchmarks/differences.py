"""Exact coverage of intervals for the difference of two NPS: `python benchmarks/differences.py`.

Every pair of outcomes whose probability matters is enumerated (what is left out adds up to less
than 1e-6), so nothing here is simulated. Writes docs/tables/differences.csv and differences.md
(two minutes). The Bayesian interval covers where the posterior distribution function at the true
difference lies between its tails; it is integrated on a grid of NPS.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from intervals import outcomes, probability

from npsstats.estimation.limits import (
    adjusted_wald_limits,
    normal_quantile,
    tango_limits,
    wald_limits,
)
from npsstats.estimation.net_share import NetShare

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SIZES = ((5, 5), (5, 50), (10, 10), (10, 100), (20, 20), (50, 50), (20, 200), (200, 200))
PAIRS = {  # detractors, passives, promoters of either
    "typical, equal": ((0.15, 0.30, 0.55), (0.15, 0.30, 0.55)),
    "typical, 10 points apart": ((0.15, 0.30, 0.55), (0.20, 0.30, 0.50)),
    "typical v low": ((0.15, 0.30, 0.55), (0.50, 0.30, 0.20)),
    "nearly all promoters, equal": ((0.02, 0.08, 0.90), (0.02, 0.08, 0.90)),
    "nearly all promoters v typical": ((0.02, 0.08, 0.90), (0.15, 0.30, 0.55)),
    "nearly all promoters v low": ((0.02, 0.08, 0.90), (0.50, 0.30, 0.20)),
    "polarized v passive, equal": ((0.45, 0.10, 0.45), (0.05, 0.90, 0.05)),
    "mostly passive, equal": ((0.05, 0.90, 0.05), (0.05, 0.90, 0.05)),
    "balanced, equal": ((1 / 3, 1 / 3, 1 / 3), (1 / 3, 1 / 3, 1 / 3)),
}
METHODS = ("wald", "adjusted_wald", "tango", "bayes", "bayes_jeffreys")
_LEFT_OUT = 2e-7
_GRID = np.linspace(-1, 1, 401)
_ROWS = 400


def likely(n: int, shares: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the most probable outcomes of n answers and their probabilities."""
    counts = outcomes(n)
    mass = probability(counts, shares)
    order = np.argsort(-mass)
    kept = order[: 1 + np.searchsorted(np.cumsum(mass[order]), 1 - _LEFT_OUT)]
    return counts[kept].astype(float), mass[kept]


def _posterior(counts: np.ndarray, prior: np.ndarray, shift: float) -> np.ndarray:
    """Return P(NPS > t + shift) of every outcome on the grid, (outcomes, grid)."""
    at = np.tile(_GRID + shift, len(counts))
    net = NetShare.single(np.repeat(counts + prior, len(_GRID), axis=0))
    return net.sf(at).reshape(len(counts), -1)


def _blocks(length: int) -> Iterator[slice]:
    for start in range(0, length, _ROWS):
        yield slice(start, start + _ROWS)


def covered(
    sizes: tuple[int, int], shares: tuple[tuple[float, float, float], ...], methods: tuple[str, ...]
) -> Iterator[tuple[str, float, float]]:
    """Yield method, exact coverage, and mean half width in points (NaN for the Bayesian)."""
    z = normal_quantile(0.95)
    (a, mass_a), (b, mass_b) = (likely(n, s) for n, s in zip(sizes, shares, strict=True))
    true = shares[0][2] - shares[0][0] - shares[1][2] + shares[1][0]
    for method in methods:
        held = width = 0.0
        if method.startswith("bayes"):
            prior = np.full(3, 0.5 if method == "bayes_jeffreys" else 1.0)
            above_a, above_b = _posterior(a, prior, true), _posterior(b, prior, 0.0)
            # P(A − B > true) = Σ P(B in the step)·P(A > true + middle of the step)
            greater = (above_a[:, 1:] + above_a[:, :-1]) / 2 @ -np.diff(above_b, axis=1).T
            inside = (greater >= 0.025) & (greater <= 0.975)
            yield method, float(mass_a @ inside @ mass_b), float("nan")
            continue
        limits = {"wald": wald_limits, "adjusted_wald": adjusted_wald_limits}
        one, two = (limits.get(method, tango_limits)(counts, z) for counts in (a, b))
        for rows in _blocks(len(a)):
            estimate, lower, upper = (
                values[rows, None] for values in (one.estimate, one.lower, one.upper)
            )
            delta = estimate - two.estimate
            low = delta - np.hypot(estimate - lower, two.upper - two.estimate)
            high = delta + np.hypot(upper - estimate, two.estimate - two.lower)
            low, high = np.maximum(low, -2), np.minimum(high, 2)
            inside = (low <= true + 1e-9) & (high >= true - 1e-9)
            held += float(mass_a[rows] @ inside @ mass_b)
            width += float(mass_a[rows] @ (high - low) @ mass_b)
        yield method, held, 50 * width


def coverage(sizes: tuple[tuple[int, int], ...] = SIZES) -> pd.DataFrame:
    """Return coverage and mean half width in points, a row a method, sizes and pair."""
    rows = []
    for first, second in sizes:
        # posteriors of every outcome on a grid take too long beyond
        methods = METHODS if max(first, second) <= 20 else METHODS[:3]
        for name, shares in PAIRS.items():
            for turned in (False, True) if first != second and shares[0] != shares[1] else (False,):
                n = (second, first) if turned else (first, second)
                label = f"{n[0]} v {n[1]}"
                rows += [(label, name, *found) for found in covered(n, shares, methods)]
    return pd.DataFrame(rows, columns=["n", "populations", "method", "coverage", "half_width"])


def page(table: pd.DataFrame) -> str:
    """Return the table as a page of Markdown."""
    summary = table.groupby("method")["coverage"].agg(["min", "mean", "max"]).reindex(METHODS)
    lines = [
        "# Exact coverage of 95 % intervals for a difference of two NPS",
        "",
        "By enumeration of both multinomials; `python benchmarks/differences.py` makes this page.",
        "`tango` is MOVER on score limits, `bayes` has uniform priors and `bayes_jeffreys` priors",
        "of ½ an answer each. In brackets: half the mean width, in points.",
        "",
        "| method | lowest | mean | highest |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['min']:.3f} | {row['mean']:.3f} | {row['max']:.3f} |"
        for name, row in summary.iterrows()
    ]
    for label, part in table.groupby("n", sort=False):
        lines += ["", f"## n = {label}", "", "| populations | " + " | ".join(METHODS) + " |"]
        lines.append("|---|" + "---|" * len(METHODS))
        for name, group in part.groupby("populations", sort=False):
            found = group.set_index("method")
            cells = [
                "–"
                if method not in found.index
                else f"{found.loc[method, 'coverage']:.3f}"
                + (
                    ""
                    if np.isnan(found.loc[method, "half_width"])
                    else f" (±{found.loc[method, 'half_width']:.1f})"
                )
                for method in METHODS
            ]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the table and print its summary."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    table = coverage()
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(TABLES / "differences.csv", index=False, lineterminator="\n")
    (TABLES / "differences.md").write_text(page(table), encoding="utf-8", newline="\n")
    print(table.groupby(["method", "n"], sort=False)["coverage"].agg(["min", "mean", "max"]))


if __name__ == "__main__":
    main()
