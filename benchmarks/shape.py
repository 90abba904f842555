"""Are the intervals of `nps.shape` honest? `python benchmarks/shape.py` (four idle minutes).

Three studies, all with known truth:

* networks as they are met, 40 stores of 1 to 200 answers (log-uniform), whose stores differ by a
  Dirichlet (as no model of ours has it), or by a cumulative logit with a location and a spread a
  store (as the simulated network has it): how often the 95 % intervals hold the truth;
* simulation-based calibration: the Dirichlet tree drawn from its own prior, 12 stores; the rank of
  the truth among the draws must be uniform (Talts et al. 2018);
* two stores told apart: how often the permutation tests reject at 5 %, with and without a
  difference.

Writes docs/tables/shape.csv, docs/tables/shape_ranks.csv and docs/tables/shape.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats

import npsstats as nps
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.estimation.shapes.measures import measures
from npsstats.estimation.shapes.score_tree import score_tree

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20260101
FRENCH = np.array([0.028, 0.009, 0.014, 0.018, 0.019, 0.072, 0.060, 0.144, 0.251, 0.154, 0.231])
CUTS = special.logit(np.cumsum(FRENCH)[:-1])
TOLD = np.array([-10.0, 0.0, 3.0])
SIZES = ((1, 10), (11, 50), (51, 200))
CAVEAT = (
    "Under a cumulative logit all scores of a store move together, which forks that are",
    "independent of each other do not know: the intervals of polarization, super-detractors and",
    "word of mouth are then too narrow, most of all in small cells.",
)
BINS = 10
TOL = 1e-9


def dirichlet_stores(rng: np.random.Generator, stores: int) -> np.ndarray:
    """Return shares of stores that differ by a Dirichlet over eleven scores."""
    kappa = np.exp(rng.uniform(np.log(10), np.log(300)))
    return rng.dirichlet(kappa * rng.dirichlet(60 * FRENCH), stores)


def logit_stores(rng: np.random.Generator, stores: int) -> np.ndarray:
    """Return shares of stores that differ in where they stand and in how spread they are."""
    place = rng.normal(0, rng.uniform(0.1, 0.6), stores)
    spread = np.exp(rng.normal(0, rng.uniform(0, 0.25), stores))
    below = special.expit((CUTS - place[:, None]) / spread[:, None])
    return np.diff(below, axis=1, prepend=0, append=1)


def as_met(task: tuple[str, int]) -> pd.DataFrame:
    """Return a row a store and measure of one network: n, held, width."""
    kind, index = task
    rng = np.random.default_rng([SEED, len(kind), index])
    shares = (dirichlet_stores if kind == "Dirichlet" else logit_stores)(rng, 40)
    n = np.exp(rng.uniform(0, np.log(201), 40)).astype(int)
    counts = [rng.multinomial(*pair) for pair in zip(n, shares, strict=True)]
    result = nps.shape(nps.ScoreCounts(counts), draws=1000, seed=index)
    true = np.stack(list(measures(shares, 2, TOLD).values()), axis=1).ravel()
    frame = result.frame[["measure", "lower", "upper"]].assign(true=true, n=n.repeat(4))
    scores = result.distribution[["lower", "upper"]].assign(
        measure="share of a score", true=shares.ravel(), n=n.repeat(11)
    )
    rows = pd.concat([frame, scores])
    # shares of next to nothing are next to nothing in the draws too
    held = rows["lower"].le(rows["true"] + TOL) & rows["true"].le(rows["upper"] + TOL)
    return rows.assign(held=held, width=rows["upper"] - rows["lower"], stores=kind)


def from_prior(index: int) -> list[float]:
    """Return the ranks, in (0, 1), of one store's measures among their posterior draws."""
    rng = np.random.default_rng([SEED, 7, index])
    stores, prior = 12, np.log(PRIOR_CONCENTRATION)

    def kappa() -> float:
        return float(np.exp(rng.logistic(prior, 1)))

    least = 1e-9
    root = rng.dirichlet(np.maximum(kappa() * rng.dirichlet(np.ones(3)), least), stores)
    shares = np.repeat(root, [7, 2, 2], axis=1)
    for fork in score_tree(np.zeros((1, 11)), 2, 50.0, 50.0).forks:
        sizes = np.array([fork.middle - fork.first, fork.last - fork.middle])
        m, k = rng.beta(*(2 * sizes / sizes.sum())), kappa()
        left = rng.beta(max(k * m, least), max(k * (1 - m), least), stores)[:, None]
        shares[:, fork.first : fork.middle] *= left
        shares[:, fork.middle : fork.last] *= 1 - left
    n = np.exp(rng.uniform(0, np.log(201), stores)).astype(int)
    shares /= shares.sum(axis=1, keepdims=True)
    counts = np.array([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)], dtype=float)
    tree = score_tree(counts, 2, PRIOR_CONCENTRATION, PRIOR_CONCENTRATION)
    drawn = measures(next(tree.draws(counts, 400, index))[1][:, 0], 2, TOLD)
    true = measures(shares[0], 2, TOLD)
    ranks = []
    for name, posterior in drawn.items():
        values, value = np.nan_to_num(posterior), np.nan_to_num(true[name])
        below, ties = (values < value - TOL).sum(), (np.abs(values - value) <= TOL).sum()
        ranks.append((below + rng.uniform() * (ties + 1)) / (len(values) + 1))
    return ranks


def told(seed: int) -> tuple[float, ...]:
    """Return p-values of one pair of stores alike, and of one pair of equal NPS."""
    rng = np.random.default_rng([SEED, 8, seed])
    divided = np.array([0.15, 0, 0, 0, 0, 0.05, 0.05, 0, 0.1, 0.1, 0.55])
    calm = np.array([0, 0, 0, 0, 0, 0, 0, 0.2, 0.4, 0.2, 0.2])  # NPS 40 either way
    both = []
    for a, b in ((FRENCH, FRENCH), (divided, calm)):
        pair = rng.multinomial(30, a), rng.multinomial(60, b)
        tests = nps.tell_apart(*pair, draws=100, permutations=199, seed=seed).tests
        both += [float(p) for p in tests["p_value"]]
    return tuple(both)


def page(table: pd.DataFrame, ranks: pd.DataFrame, pairs: np.ndarray, sizes: tuple) -> str:
    """Return the tables as a page of Markdown."""
    networks, replications = sizes
    lines = [
        "# Calibration of the shape of the answers",
        "",
        "`python benchmarks/shape.py` makes this page.",
        "",
        f"## Coverage of 95 % intervals, {networks} networks of 40 stores each",
        "",
        "| stores differ by | answers | " + " | ".join(table["measure"].unique()) + " |",
        "|---|---|" + "---|" * table["measure"].nunique(),
    ]
    for (kind, answers), part in table.groupby(["stores", "answers"], sort=False):
        cells = " | ".join(f"{value:.3f}" for value in part["coverage"])
        lines.append(f"| {kind} | {answers} | {cells} |")
    lines += ["", *CAVEAT]
    lines += [
        "",
        f"## Ranks of the truth among posterior draws, {replications} networks from the prior",
        "",
        f"Counts in {BINS} equal bins, and the chi-square p-value of uniformity.",
        "",
        "| measure | " + " | ".join(str(i + 1) for i in range(BINS)) + " | p |",
        "|---|" + "---|" * (BINS + 1),
    ]
    for name, row in ranks.iterrows():
        counts = row.to_numpy()
        p = stats.chisquare(counts).pvalue
        lines.append(f"| {name} | " + " | ".join(map(str, counts)) + f" | {p:.2f} |")
    power = (pairs <= 0.05).mean(axis=0)
    lines += [
        "",
        f"## Two stores of 30 and 60 answers, {len(pairs)} pairs, tests at 5 %",
        "",
        "| | eleven scores (G) | order (Cliff's delta) |",
        "|---|---|---|",
        f"| one distribution: rejected | {power[0]:.3f} | {power[1]:.3f} |",
        f"| NPS 40 both, one divided: rejected | {power[2]:.3f} | {power[3]:.3f} |",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the tables and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--replications", type=int, default=200)
    asked = parser.parse_args()
    tasks = [(kind, i) for kind in ("Dirichlet", "cumulative logit") for i in range(asked.networks)]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        met = pd.concat(pool.map(as_met, tasks, chunksize=5))
        places = np.array(list(pool.map(from_prior, range(asked.replications), chunksize=10)))
        pairs = np.array(list(pool.map(told, range(asked.replications), chunksize=10)))
    parts = {"all": met} | {f"{a}–{b}": met[met["n"].between(a, b)] for a, b in SIZES}
    table = pd.concat(
        [
            part.groupby(["stores", "measure"], sort=False)
            .agg(coverage=("held", "mean"), width=("width", "mean"), intervals=("held", "size"))
            .reset_index()
            .assign(answers=answers)
            for answers, part in parts.items()
        ]
    )
    names = list(measures(FRENCH, 2, TOLD))
    edges = np.linspace(0, 1, BINS + 1)
    ranks = pd.DataFrame(
        [np.histogram(column, edges)[0] for column in places.T],
        index=pd.Index(names, name="measure"),
    )
    text = page(table, ranks, pairs, (asked.networks, asked.replications))
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(TABLES / "shape.csv", index=False, lineterminator="\n")
    ranks.to_csv(TABLES / "shape_ranks.csv", lineterminator="\n")
    (TABLES / "shape.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
