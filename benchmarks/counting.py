"""Counting Parquet rows by store: ours beside the bare DuckDB query, in the same run.

    python benchmarks/counting.py [millions of rows, default 100] [rounds, default 7]

Bare: `SELECT store_id, score, count(*) GROUP BY ALL`. Ours: `count(intake)` once the file has been
read and judged; `count(path)`, which judges each row's score, store and date on the way; and
`read(path)` alone. Each round runs all of them, so that a machine busy with something else is busy
for all; the ratios are taken within the rounds. Then the file is counted with less memory than it
is large.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import duckdb

import npsstats as nps

if TYPE_CHECKING:
    from collections.abc import Callable

_STORES = 2_000
_MEMORY = """
import resource, sys, npsstats as nps
intake = nps.read(sys.argv[1], quiet=True)
intake.accepted.get_backend().con.execute(f"SET memory_limit = '{sys.argv[2]}'")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
n = int(nps.count(intake, by="store_id").n.sum())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([n, before / 1024, after / 1024])
"""


def make(path: Path, millions: int) -> None:
    """Write the file: stores, scores and days as they come, about 3 bytes a row."""
    duckdb.sql(
        f"COPY (SELECT (hash(i) % {_STORES})::INTEGER + 1 AS store_id, "
        "(hash(i + 7) % 11)::TINYINT AS score, DATE '2023-01-01' + (hash(i * 3) % 730)::INTEGER AS "
        f"date FROM range({millions}000000) AS r(i)) TO '{path}' (FORMAT parquet)"
    )


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes, its one line of output set aside."""
    with redirect_stderr(io.StringIO()):
        start = perf_counter()
        action()
        return perf_counter() - start


def main(millions: int = 100, rounds: int = 7) -> None:
    """Print the ratios to the bare query, and the memory."""
    with tempfile.TemporaryDirectory(prefix="npsstats-benchmark-") as folder:
        path = Path(folder) / "responses.parquet"
        print(f"writing {millions} million rows … ", end="", flush=True)
        make(path, millions)
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
        query = f"SELECT store_id, score, count(*) FROM read_parquet('{path}') GROUP BY ALL"
        bare = duckdb.connect()
        bare.execute("SET enable_progress_bar = false")
        with redirect_stderr(io.StringIO()):
            intake = nps.read(path)
        assert nps.count(intake, by="store_id").n.sum() == millions * 1_000_000
        runs: dict[str, Callable[[], object]] = {
            "bare DuckDB": lambda: bare.sql(query).fetchall(),
            "count(intake)": lambda: nps.count(intake, by="store_id"),
            "count(path)": lambda: nps.count(path, by="store_id"),
            "read(path)": lambda: nps.read(path),
        }
        times: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, action in runs.items():
                times[name].append(seconds(action))
        print(
            f"\n{'':15}{'seconds: median':>16}{'min':>8}{'max':>8}{'ratio: median':>16}{'min':>7}"
        )
        for name, took in times.items():
            ratios = [own / other for own, other in zip(took, times["bare DuckDB"], strict=True)]
            print(
                f"{name:15}{median(took):16.3f}{min(took):8.3f}{max(took):8.3f}"
                f"{median(ratios):16.2f}{min(took) / min(times['bare DuckDB']):7.2f}"
            )
        limit = f"{path.stat().st_size // 2_000_000}MB"
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _MEMORY, str(path), limit],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        n, before, after = ast.literal_eval(done.stdout)
        print(
            f"\nwith memory_limit {limit} and a file of {path.stat().st_size / 1e6:,.0f} MB: "
            f"{n:,} rows counted, peak memory {before:,.0f} → {after:,.0f} MB"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
