"""Is the ordinal posterior honest? Simulated networks: `python benchmarks/ordinal_calibration.py`.

Some ten minutes on two cores. Two studies, both with known truth:

* networks as they are met: 60 stores of 1 to 200 answers (log-uniform) in two channels, whose
  shares differ from store to store; sd of the stores uniform on 0.1…0.8 on the logit scale, effect
  of the channel Normal(0, ½²), shares of the scores about those of a retailer; the whole of
  `estimate(…, model="ordinal", formula="~ channel")` with its own prior; how often the 95 %
  intervals hold the store's true NPS, at its own mix of channels, and the squared error; beside it
  the pooled model's and the raw score's;
* simulation-based calibration: every parameter from the prior itself, 20 stores in two channels,
  1 to 29 answers in each; with a level of five regions, and with a store's own spread too. The
  place of the truth in its posterior must be uniform (Talts et al. 2018, with exact posterior
  probabilities in place of ranks where the draws are weighted). The prior is passed to the fit and
  is what truths are drawn from: the shares of the eleven scores Dirichlet(2, …, 2), so that every
  score is in use, effects Normal(0, 1), sd of stores and of regions half-Normal(0.7), sd of the
  log spread half-Normal(0.4).

Writes docs/tables/ordinal.csv, docs/tables/ordinal_ranks.csv and ordinal.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is: workers share two cores

import numpy as np
import pandas as pd
from scipy import special, stats

import npsstats as nps
from npsstats.estimation.ordinal.cells import Cells
from npsstats.estimation.ordinal.draws import Mixture, draw_nps
from npsstats.estimation.ordinal.likelihood import Marginal
from npsstats.estimation.ordinal.posterior import RELIABLE, Prior, importance, maximize

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20260201
SIZES = ((1, 3), (4, 10), (11, 30), (31, 100), (101, 200))
SHARES = np.array([2.5, 0.8, 1, 1.2, 1.3, 3.5, 3.5, 9, 16, 17, 44.2]) / 100
BINS = 10
STORES, REGIONS = 20, 5
ALPHA, BETA_SD, LEVEL_SD, SPREAD_SD = 2.0, 1.0, 0.7, 0.4
STUDIES = {"one level": (False, False), "regions": (True, False), "spread": (False, True)}
CUTS = 6, 8  # thresholds below the passives and below the promoters
Floats = np.ndarray


def store_nps(at: Floats, thresholds: Floats, scale: Floats) -> Floats:
    """Return NPS as a share at places on the latent scale."""
    promoters = special.expit((at - thresholds[CUTS[1]]) * scale)
    return promoters - special.expit((thresholds[CUTS[0]] - at) * scale)


def answers(rng: np.random.Generator, n: Floats, at: Floats, cuts: Floats, scale: Floats) -> Floats:
    """Return (cells, 11) counts."""
    bound = (cuts - at[:, None]) * scale[:, None]
    return rng.multinomial(n, np.diff(special.expit(bound), axis=1, prepend=0, append=1))


def as_met(index: int) -> pd.DataFrame:
    """Return a row a store of one network: n, held, and squared errors in points²."""
    rng = np.random.default_rng([SEED, 1, index])
    cuts = special.logit(np.cumsum(rng.dirichlet(200 * SHARES))[:-1])
    a = rng.uniform(0.1, 0.8) * rng.standard_normal(60)
    effect = rng.normal(0, 0.5)
    n = np.exp(rng.uniform(0, np.log(201), 60)).astype(int)
    texted = rng.binomial(n, rng.beta(2, 2, 60))
    each = np.stack([n - texted, texted], axis=1)
    at = a[:, None] + effect * np.array([-0.5, 0.5])
    counts = answers(rng, each.ravel(), at.ravel(), cuts, np.ones(120))
    keys = pd.DataFrame(
        {
            "store_id": np.repeat([f"S{store:02d}" for store in range(60)], 2),
            "channel": np.tile(["email", "sms"], 60),
        }
    )
    table = nps.ScoreCounts(counts, keys)
    asked = {"model": "ordinal", "by": "store_id", "method": "laplace", "seed": index}
    found = nps.estimate(table, formula="~ channel", **asked)
    frame = found.frame.set_index("store_id").loc[keys["store_id"][::2]]
    true = 100 * (store_nps(at, cuts, 1.0) * each).sum(axis=1) / n
    raw = 100 * (counts[:, 9:].sum(axis=1) - counts[:, :7].sum(axis=1)).reshape(-1, 2).sum(axis=1)
    pooled = nps.estimate(table, by="store_id").frame.set_index("store_id").loc[frame.index]
    return pd.DataFrame(
        {
            "n": n,
            "held": _held(frame, true),
            "held_pooled": _held(pooled, true),
            "ours": (frame["estimate"].to_numpy() - true) ** 2,
            "pooled": (pooled["estimate"].to_numpy() - true) ** 2,
            "raw": (raw / n - true) ** 2,
        }
    )


def _held(frame: pd.DataFrame, true: Floats) -> Floats:
    return (frame["lower"].to_numpy() <= true) & (true <= frame["upper"].to_numpy())


def from_prior(index: int, study: str) -> dict[str, float]:
    """Return where the truths lie in their posterior, in (0, 1), and k̂."""
    regions, spread = STUDIES[study]
    rng = np.random.default_rng([SEED, 2 + list(STUDIES).index(study), index])
    alpha = np.full(11, ALPHA)
    cuts = special.logit(np.cumsum(rng.dirichlet(alpha))[:-1])
    effect = rng.normal(0, BETA_SD)
    scale_sd = np.array([LEVEL_SD] * (1 + regions) + [SPREAD_SD] * spread)
    scales = np.abs(rng.normal(0, scale_sd))
    region = np.arange(STORES) % REGIONS if regions else np.zeros(STORES, dtype=int)
    a = scales[0] * rng.standard_normal(STORES)
    if regions:
        a += scales[1] * rng.standard_normal(REGIONS)[region]
    lam = scales[-1] * rng.standard_normal(STORES) if spread else np.zeros(STORES)
    store, pattern = np.repeat(np.arange(STORES), 2), np.tile([0, 1], STORES)
    design = np.array([[-0.5], [0.5]])
    at, narrow = a[store] + effect * design[pattern, 0], np.exp(-lam)[store]
    counts = answers(rng, rng.integers(1, 30, len(store)), at, cuts, narrow)
    cells = Cells(counts.astype(float), store, pattern, design, region, regions, spread)
    marginal, prior = Marginal(cells), Prior(alpha, np.array([BETA_SD]), scale_sd)
    found = importance(marginal, prior, maximize(marginal, prior), rng)
    mixture = Mixture(store, store, design[pattern], np.full(len(store), 0.5), STORES, *CUTS)
    drawn = draw_nps(cells, mixture, found.resample(50, rng), 20, rng)
    true = store_nps(at, cuts, narrow)[:2].mean()
    names = ["beta", "log sd of stores", *["log sd of regions"] * regions]
    names += ["log sd of spread"] * spread
    truths = [effect, *np.log(scales)]
    below = found.weights @ (found.draws[:, len(cuts) :] < truths)
    # a store's draws are equally weighted: the place between two of them is drawn, as in a rank
    rank = (drawn.nps[:, 0] < true).sum() + rng.uniform()
    places = {"store NPS": rank / (len(drawn.nps) + 1), "k": found.k_hat}
    return places | dict(zip(names, below, strict=True))


def by_size(stores: pd.DataFrame) -> pd.DataFrame:
    """Return coverage and root mean squared errors in points, by the stores' size."""
    parts = {"all": stores, "n ≤ 10": stores[stores["n"] <= 10]}
    parts |= {f"{low}–{high}": stores[stores["n"].between(low, high)] for low, high in SIZES}
    rows = []
    for name, part in parts.items():
        root = {f"rmse_{key}": np.sqrt(part[key].mean()) for key in ("ours", "pooled", "raw")}
        held = {"coverage": part["held"].mean(), "coverage_pooled": part["held_pooled"].mean()}
        rows.append({"answers": name, "stores": len(part)} | held | root)
    return pd.DataFrame(rows)


def histogram(places: pd.DataFrame, study: str) -> pd.DataFrame:
    """Return a row a quantity: truths in each tenth, outside of 99 %, and the p of χ²."""
    rows = []
    for name, x in places.drop(columns="k").items():
        counts = np.bincount(np.minimum((x * BINS).astype(int), BINS - 1), minlength=BINS)
        tenths = {f"tenth_{i + 1}": count for i, count in enumerate(counts)}
        ends = {"lowest_1%": (x < 0.01).mean(), "highest_1%": (x > 0.99).mean()}
        p_value = stats.chisquare(counts).pvalue
        row = {"study": study, "quantity": name, "networks": len(x)}
        rows.append(row | tenths | ends | {"chi2_p": p_value})
    return pd.DataFrame(rows)


def page(sizes: pd.DataFrame, ranks: pd.DataFrame, networks: int, doubted: int) -> str:
    """Return both tables as a page of Markdown."""
    tenths = " | ".join(map(str, range(1, BINS + 1)))
    lines = [
        "# Calibration of the ordinal posterior",
        "",
        "Simulated networks, as `python benchmarks/ordinal_calibration.py`, which makes this page,",
        "says in its first lines.",
        "",
        "## Networks as they are met",
        "",
        f"{networks:,} networks of 60 stores that move along one scale, in two channels: how many",
        "of the 95 % intervals hold the stores' NPS, and root mean squared error in points. The",
        "pooled model does not expect such stores; `npsstats.estimate` says so where it sees them.",
        "",
        "| answers of the store | stores | ordinal | pooled | RMSE ordinal | pooled | raw |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.answers} | {row.stores:,} | {row.coverage:.3f} | {row.coverage_pooled:.3f} | "
        f"{row.rmse_ours:.2f} | {row.rmse_pooled:.2f} | {row.rmse_raw:.2f} |"
        for row in sizes.itertuples()
    ]
    lines += [
        "",
        "## Simulation-based calibration",
        "",
        "Truths in each tenth of their posterior, uniform if the posterior is right, and the share",
        "of truths in its lowest and highest hundredth.",
        f"Networks whose Pareto k̂ was {RELIABLE} or more, counted in all the same: {doubted}.",
        "",
        f"| study | quantity | networks | {tenths} | lowest 1 % | highest 1 % | χ² p |",
        "|---|---|---|" + "---|" * (BINS + 3),
    ]
    for row in ranks.to_dict("records"):
        tenths = " | ".join(str(row[f"tenth_{i + 1}"]) for i in range(BINS))
        lines.append(
            f"| {row['study']} | {row['quantity']} | {row['networks']} | {tenths} | "
            f"{row['lowest_1%']:.3f} | {row['highest_1%']:.3f} | {row['chi2_p']:.3f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Run both studies, write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=160)
    networks = parser.parse_args().networks
    sizes_of = {"one level": networks, "regions": networks * 3 // 5, "spread": networks // 12}
    ranks, doubted = [], 0
    with ProcessPoolExecutor(2) as pool:
        stores = pd.concat(pool.map(as_met, range(networks * 3 // 10), chunksize=5))
        print(by_size(stores), flush=True)
        for study, size in sizes_of.items():
            run = pool.map(partial(from_prior, study=study), range(size), chunksize=4)
            places = pd.DataFrame(list(run))
            ranks.append(histogram(places, study))
            print(ranks[-1].to_string(), flush=True)
            doubted += int((places["k"] >= RELIABLE).sum())
    sizes, table = by_size(stores).round(4), pd.concat(ranks).round(4)
    TABLES.mkdir(parents=True, exist_ok=True)
    sizes.to_csv(TABLES / "ordinal.csv", index=False, lineterminator="\n")
    table.to_csv(TABLES / "ordinal_ranks.csv", index=False, lineterminator="\n")
    text = page(sizes, table, networks * 3 // 10, doubted)
    (TABLES / "ordinal.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
