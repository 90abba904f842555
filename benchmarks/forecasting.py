"""Forecasts beside statsforecast on polls and sales; coverage in networks whose truth is known.

    python benchmarks/forecasting.py polls DATA PEERS [KEPT]
    python benchmarks/forecasting.py walmart DATA PEERS [KEPT]
    python benchmarks/forecasting.py coverage [networks, default 100] [kinds, default all]
    python benchmarks/forecasting.py speed [stores, default 2000]

DATA holds the real series (`forecasting_data.py` says which); PEERS is the Python of an environment
that has statsforecast (`forecasting_peers.py` says how); what they said is kept in KEPT, and not
asked again. Each part writes its own docs/tables/forecasting_*.csv, and the page
docs/tables/forecasting.md anew from all of them.

* polls, walmart: the default, its members and the naive ones, and AutoETS and AutoARIMA, on the
  same origins and targets; theirs estimated at each origin, ours at every third or sixth only and
  conditioned on what is known in between. Ours are scored by the CRPS of what so many answers would
  show; peers, whose errors hold the targets' sampling noise already, by that of their normal law.
* coverage: networks of 40 stores with 36 months known and 12 to come, one origin each;
  `forecasting_networks.py` says how they are drawn. Errors are clustered by network.
* speed: seconds to fit the default and to draw six months, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from forecasting_data import Study, polls, walmart  # noqa: E402 - after the path
from forecasting_networks import KINDS, network  # noqa: E402 - after the path
from forecasting_page import page  # noqa: E402 - after the path

from npsstats.forecasting.backtest_folds import Plan, scored  # noqa: E402 - after the path
from npsstats.forecasting.combined import Combined, candidates  # noqa: E402 - after the path
from npsstats.forecasting.hierarchical import Hierarchical  # noqa: E402 - after the path
from npsstats.forecasting.naive import LastValue, SeasonalNaive  # noqa: E402 - after the path
from npsstats.forecasting.scoring import covered, crps_normal  # noqa: E402 - after the path
from npsstats.forecasting.skill import skill  # noqa: E402 - after the path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLES = HERE.parent / "docs" / "tables"
SEED = 20261127
LEVELS = (0.5, 0.8, 0.95)
SIZES = (10, 50, 500)
STORES, MONTHS, AHEAD = 40, 36, 12
JUDGED = (Combined(), Hierarchical())


def asked(study: Study, peers: str, kept: Path) -> dict[str, np.ndarray]:
    """Return CRPS and whether 80 and 95 % intervals held, of each peer.

    Grids (origins, series, horizon).
    """
    grid, horizon = study.series.values, study.horizon  # noqa: PD011 - a grid of ours
    given, said = (kept / f"{study.name} {part}.npz" for part in ("asked", "said"))
    question = {"values": grid, "origins": np.array(study.origins)}
    question |= {"horizon": np.array(horizon), "season": np.array(study.series.season)}
    if not said.exists() or not _same(np.load(given), question):
        np.savez(given, **question)
        command = [peers, str(HERE / "forecasting_peers.py"), str(given), str(said)]
        subprocess.run(command, check=True)  # noqa: S603 - the user's own Python
    found = dict(np.load(said))
    came = np.full((len(study.origins), len(grid), horizon), np.nan)
    for place, origin in enumerate(study.origins):
        window = grid[:, origin : origin + horizon]
        came[place, :, : window.shape[1]] = window
    grids = {"version": found.pop("version")}
    for name in sorted({key.rsplit(" ", 1)[0] for key in found}):
        mean, sd = found[f"{name} mean"], np.maximum(found[f"{name} sd"], 1e-9)
        known = np.isfinite(came) & np.isfinite(mean)
        z = np.where(known, np.abs(came - mean) / sd, np.nan)
        grids[name] = np.where(known, crps_normal(mean, sd, came), np.nan)
        for level, far in ((0.8, 1.2816), (0.95, 1.96)):
            grids[f"{name} {level}"] = np.where(known, z <= far, np.nan)
    return grids


def _same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], grid, equal_nan=True) for name, grid in other.items())


def compared(study: Study, peers: str, kept: Path) -> pd.DataFrame:
    """Return a row a model on one study, ours and theirs."""
    plan = Plan(study.origins, study.horizon, study.refit, 1000, SEED)
    default = Combined()
    folds = {}
    hedges = {model.name: model for model in (LastValue(), SeasonalNaive())}
    members = {model.name: model for model in candidates(study.series)}
    for model in (default, *(hedges | members).values()):
        start = perf_counter()
        folds[model.name] = scored(study.series, model, plan)
        print(f"{study.name}: {model.name} {perf_counter() - start:.0f} s", flush=True)
    scores = {name: said.shown.crps for name, said in folds.items()}
    held = {
        name: [covered(said.shown.rank, level) for level in LEVELS[1:]]
        for name, said in folds.items()
    }
    theirs = asked(study, peers, kept)
    print(f"{study.name}: statsforecast {theirs.pop('version')}", flush=True)
    for name in ("AutoETS", "AutoARIMA"):
        scores[name] = theirs[name]
        held[name] = [theirs[f"{name} {level}"] for level in LEVELS[1:]]
    # a series that begins between two estimations of ours is known to peers earlier
    common = np.logical_and.reduce([np.isfinite(grid) for grid in scores.values()])
    scores = {name: np.where(common, grid, np.nan) for name, grid in scores.items()}
    held = {
        name: [np.where(common, grid, np.nan) for grid in grids] for name, grids in held.items()
    }
    overlap = study.horizon / float(np.median(np.diff(study.origins)))
    rows = []
    for name, grid in scores.items():
        row = {"study": study.name, "model": name, "n": int(np.isfinite(grid).sum())}
        row |= {"origins": len(study.origins), "refit": study.refit}
        row["crps"] = float(np.nanmean(grid))
        row |= {f"crps_{h}": float(np.nanmean(grid[..., h - 1])) for h in (1, 3, 6, 12)}
        row |= {
            f"coverage_{percent}": float(np.nanmean(inside))
            for percent, inside in zip((80, 95), held[name], strict=True)
        }
        saved = skill(scores[default.name], grid, overlap=overlap)
        row |= {"saved": saved.estimate, "lower": saved.lower, "upper": saved.upper}
        rows.append(row)
    return pd.DataFrame(rows)


def coverage(networks: int, kinds: Sequence[str] = KINDS) -> pd.DataFrame:
    """Return a row a kind of network, n, model, level and horizon: how often intervals held."""
    plan = Plan((MONTHS,), AHEAD, 1, 600, SEED)
    rows = []
    for kind in kinds:
        for n in SIZES:
            held: dict[str, list] = {model.name: [] for model in JUDGED}
            start = perf_counter()
            for seed in range(networks):
                rng = np.random.default_rng([SEED, seed, n, list(KINDS).index(kind)])
                series, truth = network(kind, rng, stores=STORES, months=MONTHS + AHEAD, n=n)
                for model in JUDGED:
                    said = scored(series, model, plan, truth)
                    held[model.name].append(
                        [
                            [_held(scores.rank, level) for level in LEVELS]
                            for scores in (said.latent, said.shown)
                        ]
                    )
            for name, each in held.items():
                rows += _shares(kind, n, name, np.array(each))
            print(kind, n, f"{(perf_counter() - start) / networks:.1f} s a network", flush=True)
    return pd.DataFrame(rows)


def _held(rank: object, level: float) -> np.ndarray:
    """Return the share of stores at each horizon, and over all of them, (horizon + 1)."""
    grid = covered(rank, level)[0]
    return np.r_[np.nanmean(grid, axis=0), np.nanmean(grid)]


def _shares(kind: str, n: int, model: str, held: np.ndarray) -> list[dict]:
    """Return rows of what intervals held: (networks, latent or shown, levels, horizons)."""
    rows = []
    for place, level in enumerate(LEVELS):
        for ahead in range(AHEAD + 1):
            row = {"kind": kind, "n": n, "model": model, "level": level}
            row |= {"horizon": "all" if ahead == AHEAD else str(ahead + 1), "networks": len(held)}
            for target, name in enumerate(("latent", "shown")):
                each = held[:, target, place, ahead]
                row |= {name: each.mean(), f"{name}_error": each.std(ddof=1) / np.sqrt(len(each))}
            rows.append(row)
    return rows


def speed(stores: int) -> pd.DataFrame:
    """Return seconds of the default from series to draws."""
    series, _ = network("ours", np.random.default_rng(SEED), stores=stores, months=MONTHS, n=50)
    start = perf_counter()
    fitted = Combined().fit(series)
    half = perf_counter()
    fitted.predict(6)
    end = perf_counter()
    row = {"stores": stores, "months": MONTHS, "cores": os.cpu_count()}
    return pd.DataFrame([row | {"fit": half - start, "predict": end - half, "total": end - start}])


def main() -> None:
    """Run a part, write its table and the page."""
    part, *given = sys.argv[1:]
    file = TABLES / f"forecasting_{part}.csv"
    if part in {"polls", "walmart"}:
        studies = {"polls": polls, "walmart": walmart}[part](Path(given[0]))
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(given[2] if len(given) > 2 else folder)
            found = [compared(study, given[1], kept) for study in studies]
        table = pd.concat(found, ignore_index=True)
    elif part == "coverage":
        kinds = given[1:] or KINDS
        table = coverage(int(given[0]) if given else 100, kinds)
        if file.exists():
            before = pd.read_csv(file)
            table = pd.concat([before[~before["kind"].isin(kinds)], table], ignore_index=True)
    else:
        table = speed(int(given[0]) if given else 2000)
    table.to_csv(file, index=False, lineterminator="\n", float_format="%.6g")
    print(table.to_string())
    (TABLES / "forecasting.md").write_text(page(TABLES), encoding="utf-8")


if __name__ == "__main__":
    main()
