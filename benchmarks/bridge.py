"""Does a bridged series cover the truth after a simulated switch? `python benchmarks/bridge.py`.

Ten minutes of one core. Customers, stores, who answers and with what score are those of
`nps.simulate`: for everybody invited the probabilities of answering and of each score are known
for either place of the NPS question, and so is what the new way would have given.

* transport: without any sampling, what each map misses in stores unlike the experiment's network;
* switch: months whose network is as good as in the experiment, or up to 20 points better or worse,
  asked last and then first: coverage of each bridged month and of the change;
* stores: every store's months, the map's differences between stores estimated in the experiment.

Writes docs/tables/bridge.csv and docs/tables/bridge.md.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

import npsstats as nps
from npsstats.data.simulation import survey
from npsstats.data.simulation.engine import History, run
from npsstats.data.simulation.parameters import NetworkTruth
from npsstats.data.simulation.scale import cutpoints, person_variance
from npsstats.experiments.survey.crossing.bridge import bridge
from npsstats.experiments.survey.crossing.bridged import BridgedSeries
from npsstats.experiments.survey.crossing.score_maps import Cumulative, Equipercentile, net

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20260310
OLD, NEW = "last", "first"
LEVELS = (-0.46, 0.0, 0.48)  # logits: some −20, 0 and 20 points
SIZES = (500, 5_000, 20_000)
MONTHLY = (20, 50, 200, 1_000)
STORES, MONTHS, STORE_MONTH = 20, 6, 40
DRAWS = 1_000
JEFFREYS = (0.5, 0.5, 0.5)
NONE = {"first": 0.0, "before_last": 0.0, "last": 0.0}
OPEN = NetworkTruth(opening_share=0.0, closing_share=0.0)
WORLDS = {
    "as `nps.simulate`": OPEN,
    "same shift for good and poor experiences": replace(OPEN, position_poor=NONE),
    "much more shift for poor experiences": replace(
        OPEN, position_poor={"first": 1.0, "before_last": 0.0, "last": -0.5}
    ),
}


@cache
def network(world: str, stores: int, months: int) -> History:
    """Return a simulated network's history."""
    rng = np.random.default_rng([SEED, stores])
    return run(WORLDS[world], stores, months, 40_000, rng)


def expected(history: History, arm: str, group: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """Return expected shares of the scores of those who answer, (groups, 11), all asked one way."""
    truth = history.truth
    stores = replace(history.stores, path=history.stores.path + shift)
    who = history.invitations
    code = list(truth.position_shares).index(arm)
    who = replace(
        who,
        position=np.full(len(who), code, dtype=who.position.dtype),
        experience=who.experience + np.float32(shift),
    )
    odds = survey.propensity(truth, who, survey.response_intercept(truth))
    chance = survey.response_probability(truth, odds, who.reminder)
    place, weight = survey.location(truth, stores, who), survey.reliability(truth, who)
    noise = np.sqrt(1 - weight**2 * person_variance(truth))
    below = np.ones((group.max() + 1, 11))
    total = np.bincount(group, chance)
    for k, cut in enumerate(cutpoints(truth)):
        p = ndtr((ndtri(expit((cut - place) / stores.spread[who.store])) - weight * who.u) / noise)
        below[:, k] = np.bincount(group, chance * p) / total
    return np.diff(np.hstack([np.zeros((len(below), 1)), below]), axis=1)


def transport() -> pd.DataFrame:
    """Return what each map misses in 100 stores, from expected shares, points."""
    rows = []
    for world in WORLDS:
        history = network(world, 100, 6)
        everybody = np.zeros(len(history.invitations), dtype=int)
        store = history.invitations.store
        for old, new in ((OLD, NEW), (NEW, OLD)):
            home = [expected(history, arm, everybody) for arm in (old, new)]
            here, truth = (expected(history, arm, store) for arm in (old, new))
            level = net(here) - net(home[0])
            shift = net(home[1]) - net(home[0])
            found = {
                "equipercentile": Equipercentile.between(*home).at(here)[0],
                "cumulative": Cumulative.between(*home).at(here)[0],
                "one shift": net(here) + shift,
                "naive": net(here),
            }
            for name, value in found.items():
                miss = value - net(truth)
                rows.append(
                    {
                        "world": world,
                        "way": f"{old} → {new}",
                        "map": name,
                        "shift": float(shift[0]),
                        "rms": float(np.sqrt((miss**2).mean())),
                        "low": float(miss[level < -10].mean()),
                        "high": float(miss[level > 10].mean()),
                    }
                )
    return pd.DataFrame(rows)


@cache
def levels(world: str) -> dict[str, np.ndarray]:
    """Return expected shares by level of the network, (levels, 11), both ways."""
    history = network(world, 100, 6)
    group = np.zeros(len(history.invitations), dtype=int)
    return {
        arm: np.vstack([expected(history, arm, group, shift) for shift in LEVELS])
        for arm in (OLD, NEW)
    }


def counts(array: np.ndarray, **keys: list) -> nps.ScoreCounts:
    """Return counts with these labels."""
    return nps.ScoreCounts(array, pd.DataFrame(keys))


def inside(rows: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """Return whether each row's interval holds the truth."""
    return ((rows["lower"] <= truth) & (truth <= rows["upper"])).to_numpy()


def switch(task: tuple[str, int, int]) -> list[dict]:
    """Return a replication of months asked the old way, then the new: what was covered."""
    method, size, index = task
    shares = levels("as `nps.simulate`")
    rng = np.random.default_rng([SEED, 1, size, index])
    middle = LEVELS.index(0.0)
    experiment = counts(
        np.stack([rng.multinomial(size, shares[arm][middle]) for arm in (OLD, NEW)]),
        arm=[OLD, NEW],
    )
    over = bridge(experiment, old=OLD, new=NEW, method=method, draws=DRAWS, seed=index)
    cells = [(arm, i, n) for arm in (OLD, NEW) for i in range(len(LEVELS)) for n in MONTHLY]
    series = counts(
        np.stack([rng.multinomial(n, shares[arm][i]) for arm, i, n in cells]),
        cell=[f"{arm} {i} {n}" for arm, i, n in cells],
        arm=[arm for arm, _, _ in cells],
    )
    result = over(series)
    raw = nps.dirichlet(series.by("cell"), prior=JEFFREYS).frame
    truth = np.array([net(shares[NEW][i]) for _, i, _ in cells])
    covered, plain = inside(result.frame, truth), inside(raw, truth)
    found = []
    for place, (_, i, n) in enumerate(cells[: len(cells) // 2]):
        row = result.frame.iloc[place]
        found.append(
            {
                "method": method,
                "size": size,
                "index": index,
                "level": LEVELS[i],
                "n": n,
                "cell": covered[place],
                "naive": plain[place],
                "error": row["estimate"] - truth[place],
                "naive_error": row["nps"] - truth[place],
                "width": row["upper"] - row["lower"],
                "naive_width": raw["upper"].iloc[place] - raw["lower"].iloc[place],
                **(_change(result, raw, place, len(cells) // 2) if n == max(MONTHLY) else {}),
            }
        )
    return found


def _change(result: BridgedSeries, raw: pd.DataFrame, place: int, after: int) -> dict[str, float]:
    """Return whether a change that did not take place is covered, with a bridge and without."""
    labels = raw["cell"]
    row = result.change(labels[place], labels[place + after]).frame.iloc[0]
    half = 1.96 * np.hypot(raw["std_error"][place], raw["std_error"][place + after])
    return {
        "change": float(row["lower"] <= 0 <= row["upper"]),
        "naive_change": float(abs(row["naive"]) <= half),
    }


@cache
def store_months(world: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return expected shares by store, and by store and month, both ways."""
    history = network(world, STORES, MONTHS)
    who = history.invitations
    cell = who.store.astype(np.int64) * MONTHS + who.month
    by_store = {arm: expected(history, arm, who.store.astype(np.int64)) for arm in (OLD, NEW)}
    by_cell = {arm: expected(history, arm, cell) for arm in (OLD, NEW)}
    return by_store, by_cell


def in_stores(task: tuple[str, int, int]) -> dict:
    """Return a replication of stores × months: half of the months the old way, then the new."""
    world, size, index = task
    by_store, by_cell = store_months(world)
    rng = np.random.default_rng([SEED, 2, size, index])
    each = size // STORES
    stores, months = (
        [f"S{i:02d}" for i in range(STORES)],
        [f"2025-{m + 1:02d}" for m in range(MONTHS)],
    )
    experiment = counts(
        np.vstack([rng.multinomial(each, by_store[arm]) for arm in (OLD, NEW)]),
        arm=[OLD] * STORES + [NEW] * STORES,
        store_id=stores * 2,
    )
    old = np.arange(MONTHS) < MONTHS // 2
    n = rng.poisson(STORE_MONTH * rng.gamma(4, 0.25, (STORES, 1)), (STORES, MONTHS)) + 1
    shares = np.where(np.tile(old, STORES)[:, None], by_cell[OLD], by_cell[NEW])
    series = counts(
        rng.multinomial(n.ravel(), shares),
        store_id=list(np.repeat(stores, MONTHS)),
        month=months * STORES,
    )
    truth = net(by_cell[NEW]).reshape(STORES, MONTHS)
    over = bridge(experiment, old=OLD, new=NEW, strata="store_id", draws=DRAWS, seed=index)
    plain = bridge(experiment, old=OLD, new=NEW, draws=DRAWS, seed=index)
    changed = months[MONTHS // 2]
    cells, network_months = over(series, changed=changed), over(series, changed=changed, by="month")
    bare_months = plain(series, changed=changed, by="month")
    before = np.tile(old, STORES)
    monthly = (truth * n).sum(axis=0) / n.sum(axis=0)
    change = (truth * n)[:, ~old].sum() / n[:, ~old].sum() - (truth * n)[:, old].sum() / n[
        :, old
    ].sum()
    raw = nps.dirichlet(series, prior=JEFFREYS).frame
    raw_months = nps.dirichlet(series.by("month"), prior=JEFFREYS).frame
    found = {"world": world, "size": size, "spread": over.frame["estimate"].iloc[-1]}
    found["strata cell"] = inside(cells.frame, truth.ravel())[before].mean()
    found["strata width"] = (cells.frame["upper"] - cells.frame["lower"])[before].mean()
    for name, one in (("strata", network_months), ("plain", bare_months)):
        row = one.change().frame.iloc[0]
        found[f"{name} month"] = inside(one.frame, monthly)[old].mean()
        found[f"{name} change"] = row["lower"] <= change <= row["upper"]
    half = 1.96 * np.hypot(*(100 * 0.85 / np.sqrt(n[:, side].sum()) for side in (old, ~old)))
    naive = network_months.change().frame["naive"].iloc[0]
    found["naive cell"] = inside(raw, truth.ravel())[before].mean()
    found["naive month"] = inside(raw_months, monthly)[old].mean()
    found["naive change"] = abs(naive - change) <= half
    found["naive width"] = (raw["upper"] - raw["lower"])[before].mean()
    return found


def _means(months: pd.DataFrame) -> list[str]:
    """Return coverage over all levels and n; a replication's cells share its map's error."""
    lines = ["| map | arm | cells | ± | changes | ± |", "|---|---|---|---|---|---|"]
    for (method, size), part in months.groupby(["method", "size"]):
        each = part.groupby("index")[["cell", "change"]].mean()
        mean, error = each.mean(), each.std() / np.sqrt(len(each))
        lines.append(
            f"| {method} | {size:,} | {mean['cell']:.3f} | {error['cell']:.3f} "
            f"| {mean['change']:.3f} | {error['change']:.3f} |"
        )
    return lines


def page(
    moved: pd.DataFrame, months: pd.DataFrame, stores: pd.DataFrame, sizes: tuple[int, int]
) -> str:
    """Return the tables as a page of Markdown."""
    lines = [
        "# Coverage of a series over a bridge",
        "",
        "`python benchmarks/bridge.py` makes this page. Customers, stores and questionnaires are",
        "those of `nps.simulate`; the series is asked last, then first, and the truth is the NPS",
        "of those who answer had all been asked first. Intervals of 95 %.",
        "",
        "## Which map holds elsewhere",
        "",
        "No sampling: maps between the network's expected shares, applied to 100 stores' expected",
        "shares. Points: root mean square of what is missed, and its mean in stores more than 10",
        "points below and above the network.",
        "",
        "| world | way | shift | map | missed | low stores | high stores |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.world} | {row.way} | {row.shift:+.1f} | {row.map} | {row.rms:.2f} "
        f"| {row.low:+.2f} | {row.high:+.2f} |"
        for row in moved.itertuples()
    ]
    lines += [
        "",
        f"## A switch of the whole network, {sizes[0]} replications",
        "",
        "Arm: answers an arm of the experiment. Level: points of the network, when these months",
        "were asked, above the experiment's. Cell: a bridged month of n answers. Change: of",
        f"{max(MONTHLY):,} answers, that month against one asked the new way, where nothing has",
        "changed. Naive: without a bridge. Error: mean of estimate − truth, points; width: of the",
        "month's interval.",
        "",
        f"A row is sure to ±{np.sqrt(0.95 * 0.05 / sizes[0]):.3f} (one standard error); here are",
        "all levels and n together:",
        "",
        *_means(months),
        "",
        "| map | arm | level | n | cell | naive | error | naive | width | naive | change | naive |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    points = net(levels("as `nps.simulate`")[OLD])
    points = dict(zip(LEVELS, points - points[LEVELS.index(0.0)], strict=True))
    keys = ["method", "size", "level", "n"]
    for (method, size, level, n), part in months.groupby(keys, sort=True):
        mean = part.mean(numeric_only=True)
        lines.append(
            f"| {method} | {size:,} | {points[level]:+.0f} | {n:,} | {mean['cell']:.3f} "
            f"| {mean['naive']:.3f} | {mean['error']:+.1f} | {mean['naive_error']:+.1f} "
            f"| {mean['width']:.1f} | {mean['naive_width']:.1f} | {mean['change']:.3f} "
            f"| {mean['naive_change']:.3f} |".replace("nan", "–")
        )
    lines += [
        "",
        f"## {STORES} stores × {MONTHS} months, {sizes[1]} replications of each row",
        "",
        f"Some {STORE_MONTH} answers a store and month, half of the months asked the old way. With",
        "strata: the map's differences between stores are estimated in the experiment (sd: mean of",
        "its posterior mean, points). Month: all stores together; change: after against before.",
        "Stores added up are taken as one multinomial, and how far the map differs is never taken",
        "to be nought.",
        "",
        "| world | answers an arm | bridge | store-month | month | change | width | sd |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (world, size), part in stores.groupby(["world", "size"], sort=False):
        mean = part.mean(numeric_only=True)
        for name, label in (("strata", "strata"), ("plain", "no strata"), ("naive", "naive")):
            sd = f"{mean['spread']:.1f}" if name == "strata" else "–"
            cell, width = "–", "–"
            if name != "plain":
                cell, width = f"{mean[f'{name} cell']:.3f}", f"{mean[f'{name} width']:.1f}"
            lines.append(
                f"| {world} | {size:,} | {label} | {cell} | {mean[f'{name} month']:.3f} "
                f"| {mean[f'{name} change']:.3f} | {width} | {sd} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--stores", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    tasks = [("equipercentile", size, i) for size in SIZES for i in range(asked.replications)]
    tasks += [("cumulative", 20_000, i) for i in range(asked.replications)]
    worlds = list(WORLDS)
    places = [
        (world, size, i)
        for world, size in ((worlds[0], 3_000), (worlds[2], 15_000))
        for i in range(asked.stores)
    ]
    with ProcessPoolExecutor(asked.workers) as pool:
        months = pd.DataFrame(
            [row for rows in pool.map(switch, tasks, chunksize=20) for row in rows]
        )
        stores = pd.DataFrame(pool.map(in_stores, places, chunksize=20))
    text = page(transport(), months, stores, (asked.replications, asked.stores))
    TABLES.mkdir(parents=True, exist_ok=True)
    keys = ["method", "size", "level", "n"]
    months.drop(columns="index").groupby(keys).mean().round(4).to_csv(
        TABLES / "bridge.csv", lineterminator="\n"
    )
    (TABLES / "bridge.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
