"""Every estimator of the call-back study against its truth, over and over.

    python benchmarks/experiments.py networks [--replications 500]
    python benchmarks/experiments.py pool [--replications 1000]
    python benchmarks/experiments.py page

*networks*: whole networks are simulated, each with its own stores, customers and draw of arms, and
go through `npsstats.experiments` from the tables on. The truth of each is known in closed form:
the effect of calling on re-purchase of its detractors (`truth.callback`), and on those whom a call
reaches.

*pool*: what has no closed form (money, time, next scores, whole stores, looks, whom to call). The
detractors of a large network, followed to the end, are put in pairs, one called and one ignored,
alike in store, stratum and past purchases: a pair is a customer of whom both outcomes are known. A
replication draws pairs with replacement and assigns each by lot, so that its truth is the mean
over the pairs, exactly.

Replications are kept in parts of 20 as they are done (--scratch) and not done again; their number
is their seed. Each command writes its table to docs/tables, experiments_networks.csv or
experiments_pool.csv, and docs/tables/experiments.md from both; *page* does so from the parts.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is: two processes share two cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import experiments_networks
import experiments_page
import experiments_pool
import pandas as pd

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SCRATCH = Path(tempfile.gettempdir()) / "npsstats-experiments"
PART = 20
WORKERS = 2
REPLICATIONS = {"networks": 500, "pool": 1000}


def studies(command: str) -> dict[str, tuple[Callable[[int], pd.DataFrame], int]]:
    """Return study → its replication, and one in how many replications it is done."""
    if command == "networks":
        return {"networks": (experiments_networks.network, 1)}
    return experiments_pool.STUDIES


def replicate(command: str, study: str, first: int, folder: Path) -> Path:
    """Do and keep `PART` replications from `first` on."""
    path = folder / f"{study}-{first:06d}.csv"
    if not path.exists():
        do = studies(command)[study][0]
        rows = pd.concat([do(first + place) for place in range(PART)], ignore_index=True)
        rows.to_csv(path.with_suffix(".part"), index=False)
        path.with_suffix(".part").rename(path)
    return path


def parts(command: str, replications: int, wanted: list[str]) -> Iterator[tuple[str, int]]:
    """Return study and first replication of every part, so that studies go ahead together."""
    for first in range(0, replications, PART):
        for study, (_, one_in) in studies(command).items():
            if first < replications // one_in and (not wanted or study in wanted):
                yield study, first


def run(command: str, replications: int, scratch: Path, wanted: list[str]) -> None:
    """Do all parts that are not there yet, on two processes."""
    folder = scratch / command
    folder.mkdir(parents=True, exist_ok=True)
    if command == "pool":
        experiments_pool.warm()
    with ProcessPoolExecutor(WORKERS) as pool:
        asked = parts(command, replications, wanted)
        jobs = [pool.submit(replicate, command, study, first, folder) for study, first in asked]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if done % 10 == 0:
                print(f"{done} of {len(jobs)} parts", flush=True)


def kept(command: str, scratch: Path) -> pd.DataFrame | None:
    """Return what has been done so far, or None."""
    paths = sorted((scratch / command).glob("*.csv"))
    return pd.concat(map(pd.read_csv, paths), ignore_index=True) if paths else None


def write(scratch: Path) -> None:
    """Write the tables and the page from what has been done."""
    TABLES.mkdir(parents=True, exist_ok=True)
    tables = {}
    for command in REPLICATIONS:
        rows = kept(command, scratch)
        if rows is None:
            continue
        tables[command] = experiments_page.summary(rows)
        path = TABLES / f"experiments_{command}.csv"
        tables[command].round(6).to_csv(path, index=False, lineterminator="\n")
    text = experiments_page.page(tables)
    (TABLES / "experiments.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


def main() -> None:
    """Run a study, write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=[*REPLICATIONS, "page"])
    parser.add_argument("--replications", type=int)
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    parser.add_argument("--studies", nargs="*", default=[], help="these of the pool, not all")
    asked = parser.parse_args()
    if asked.command in REPLICATIONS:
        replications = asked.replications or REPLICATIONS[asked.command]
        run(asked.command, replications, asked.scratch, asked.studies)
    write(asked.scratch)


if __name__ == "__main__":
    main()
