"""Two outcomes with covariates over ten million rows: ours, tea-tasting, the bare SQL; one run.

    python benchmarks/arms.py [millions of rows, default 10] [rounds, default 7] [peer's python]

All three read the same DuckDB table, each over a connection of its own that is open before. Bare:
the SELECT that an analyst would write, with count, avg, var_samp and covar_samp by arm. Ours: the
moments by arm, then both outcomes adjusted by their covariate. The peer is tea-tasting's
`Experiment` with two adjusted means, in an interpreter that has it (an environment of its own: it
and npsstats need not agree on versions). Every round runs all; ratios are taken within rounds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import duckdb
import ibis

from npsstats.aggregates.arm_counting import arm_moments
from npsstats.experiments.amounts import amount

if TYPE_CHECKING:
    from collections.abc import Callable

_MAKE = """
CREATE TABLE units AS SELECT
  CASE WHEN hash(i) % 2 = 0 THEN 'called' ELSE 'ignored' END AS arm,
  (hash(i + 1) % 1000 < 255)::DOUBLE AS bought,
  (hash(i + 2) % 6)::DOUBLE AS visits,
  ln(1 + (hash(i + 3) % 100000) / 100.0) * 20 AS spent,
  ln(1 + (hash(i + 4) % 100000) / 100.0) * 30 AS spent_before
FROM range({rows}) AS r(i)
"""
_BARE = """
SELECT arm, count(*),
  avg(bought), avg(visits), var_samp(bought), var_samp(visits), covar_samp(bought, visits),
  avg(spent), avg(spent_before), var_samp(spent), var_samp(spent_before),
  covar_samp(spent, spent_before)
FROM units GROUP BY arm
"""
_PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import ibis, tea_tasting as tt
connection = ibis.duckdb.connect(sys.argv[1], read_only=True)
connection.raw_sql("SET enable_progress_bar = false")
table = connection.table("units")
experiment = tt.Experiment(
    bought=tt.Mean("bought", "visits"), spent=tt.Mean("spent", "spent_before")
)
for line in sys.stdin:
    start = time.perf_counter()
    result = experiment.analyze(table.rename(variant="arm"), control="ignored")
    took = time.perf_counter() - start
    print(took, result["bought"].effect_size, result["spent"].effect_size, flush=True)
"""


def ours(table: ibis.Table) -> list[float]:
    """Return the two adjusted differences."""
    sets = {"bought": ("bought", "visits"), "spent": ("spent", "spent_before")}
    moments = arm_moments(table, ["arm"], sets)
    found = []
    for outcome, variables in sets.items():
        effects = amount(moments[outcome], outcome, control="ignored", covariates=variables[1:])
        adjusted = effects.frame[effects.frame["method"].str.contains("Lin")]
        found.append(float(adjusted["estimate"].iloc[0]))
    return found


def timed(action: Callable[[], object]) -> tuple[float, object]:
    """Return how long an action takes, and what it gives."""
    start = perf_counter()
    found = action()
    return perf_counter() - start, found


def asked(peer: subprocess.Popen[str]) -> tuple[float, list[float]]:
    """Return how long the peer took, and its two effects."""
    send, receive = peer.stdin, peer.stdout
    assert send is not None
    assert receive is not None
    send.write("go\n")
    send.flush()
    took, *effects = map(float, receive.readline().split())
    return took, effects


def main(millions: str = "10", rounds: str = "7", python: str | None = None) -> None:
    """Print seconds and ratios, and that the effects agree."""
    with tempfile.TemporaryDirectory(prefix="npsstats-benchmark-") as folder:
        path = Path(folder) / "units.duckdb"
        with duckdb.connect(str(path)) as made:
            made.execute(_MAKE.format(rows=int(millions) * 1_000_000))
        bare = duckdb.connect(str(path), read_only=True)
        bare.execute("SET enable_progress_bar = false")
        connection = ibis.duckdb.connect(path, read_only=True)
        connection.raw_sql("SET enable_progress_bar = false")
        table = connection.table("units")
        peer = None
        if python is not None:
            peer = subprocess.Popen(  # noqa: S603 - the interpreter that was named
                [python, "-c", _PEER, str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        times: dict[str, list[float]] = {"bare SQL": [], "npsstats": [], "tea-tasting": []}
        effects: dict[str, object] = {}
        for _ in range(int(rounds) + 1):  # the first warms up
            took, _rows = timed(lambda: bare.execute(_BARE).fetchall())
            times["bare SQL"].append(took)
            took, effects["npsstats"] = timed(lambda: ours(table))
            times["npsstats"].append(took)
            if peer is not None:
                took, effects["tea-tasting"] = asked(peer)
                times["tea-tasting"].append(took)
        print(f"{millions} million rows, {rounds} rounds")
        print(f"{'':14}{'seconds: median':>16}{'min':>8}{'max':>8}{'ratio: median':>16}{'min':>7}")
        for name, series in times.items():
            took_all, base = series[1:], times["bare SQL"][1:]
            if not took_all:
                continue
            ratios = [own / other for own, other in zip(took_all, base, strict=True)]
            print(
                f"{name:14}{median(took_all):16.3f}{min(took_all):8.3f}{max(took_all):8.3f}"
                f"{median(ratios):16.2f}{min(took_all) / min(base):7.2f}"
            )
        for name, values in effects.items():
            print(f"{name}: adjusted differences {values}")
        if peer is not None:
            peer.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
