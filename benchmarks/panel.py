"""10,000 stores × 48 months beside linearmodels and pyfixest; and how often the placebo fails.

The peers live in an environment of their own, in which npsstats is installed beside them:

    python -m venv peers
    peers/bin/pip install linearmodels pyfixest && peers/bin/pip install --no-deps -e .
    peers/bin/python benchmarks/panel.py [rounds, default 3] [networks, default 500]

* speed: growth on last month's score and works, effects of stores and months, errors clustered by
  store; every store-month there, and with 3 % of them missing. All three start from what they take:
  grids, or a frame whose keys are whole numbers (linearmodels: its index set). Every round runs all
  three in turn; ratios are taken within rounds. Then `growth` as a whole, which fits dozens of such
  regressions.
* placebo: networks in which growth follows the score or not; how often next month's score goes
  with growth at 5 %, the score before held constant.

Writes docs/tables/panel.csv and docs/tables/panel.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE / "tests" / "linkage"))

from growth_panels import panel_of  # noqa: E402 - after the path
from networks import draw, score_of  # noqa: E402 - after the path

from npsstats.linkage.growth import growth  # noqa: E402 - after the path
from npsstats.linkage.growth_placebo import placebo_moments  # noqa: E402 - after the path
from npsstats.linkage.growth_terms import least_squares  # noqa: E402 - after the path

TABLES = HERE / "docs" / "tables"
STORES, MONTHS = 10_000, 48
SEED = 20260427


def grids(missing: float) -> tuple[Grid, Grid, Grid]:
    """Return growth, score and works, (stores, months), NaN where there is no growth."""
    rng = np.random.default_rng(SEED)
    shape = (STORES, MONTHS)
    score = rng.normal(30, 12, shape) + rng.normal(0, 15, (STORES, 1))
    works = (rng.random(shape) < 0.02).astype(float)
    grown = 0.05 * score - 5 * works + rng.normal(0, 1, MONTHS) + rng.normal(0, 1, (STORES, 1))
    grown = grown + rng.normal(0, 4, shape)
    grown[rng.random(shape) < missing] = np.nan
    return grown, score, works


def frames(grown: Grid, score: Grid, works: Grid) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the same as rows, and with the index that linearmodels takes."""
    rows = pd.DataFrame(
        {
            "store": np.repeat(np.arange(STORES), MONTHS),
            "month": np.tile(np.arange(MONTHS), STORES),
            "y": grown.ravel(),
            "score": score.ravel(),
            "works": works.ravel(),
        }
    ).dropna(ignore_index=True)
    return rows, rows.set_index(["store", "month"])


def ours(grown: Grid, score: Grid, works: Grid) -> tuple[float, float]:
    """Return slope and error."""
    fit = least_squares(grown, [score, works])
    return fit.estimate[0], np.sqrt(fit.covariance("cluster")[0, 0])


def pyfixest(rows: pd.DataFrame) -> tuple[float, float]:
    """Return slope and error."""
    import pyfixest as pf

    fit = pf.feols(
        "y ~ score + works | store + month",
        rows,
        vcov={"CRV1": "store"},
        ssc=pf.ssc(k_adj=False, G_adj=True),
    )
    return fit.coef()["score"], fit.se()["score"]


def linearmodels(indexed: pd.DataFrame) -> tuple[float, float]:
    """Return slope and error."""
    from linearmodels.panel import PanelOLS

    model = PanelOLS(
        indexed["y"], indexed[["score", "works"]], entity_effects=True, time_effects=True
    )
    fit = model.fit(
        cov_type="clustered",
        cluster_entity=True,
        debiased=False,
        group_debias=True,
        auto_df=False,
        count_effects=False,
    )
    return fit.params["score"], fit.std_errors["score"]


def speed(rounds: int) -> None:
    """Print a row a panel and program, as JSON."""
    for name, missing in (("all there", 0.0), ("3 % missing", 0.03)):
        parts = grids(missing)
        rows, indexed = frames(*parts)
        calls = {
            "npsstats": (ours, parts),
            "pyfixest": (pyfixest, (rows,)),
            "linearmodels": (linearmodels, (indexed,)),
        }
        found = {program: call(*given) for program, (call, given) in calls.items()}  # compiles too
        taken = {program: [] for program in calls}
        for _ in range(rounds):
            for program, (call, given) in calls.items():
                start = perf_counter()
                call(*given)
                taken[program].append(perf_counter() - start)
        for program, seconds in taken.items():
            ratios = [other / own for other, own in zip(seconds, taken["npsstats"], strict=True)]
            estimate, error = found[program]
            row = {"panel": name, "program": program, "seconds": median(seconds)}
            row |= {"times_ours": median(ratios)}
            print(json.dumps(row | {"estimate": float(estimate), "std_error": float(error)}))
    seconds, said = whole()
    print(
        json.dumps({"panel": "growth()", "program": "npsstats", "seconds": seconds, "said": said})
    )


def both_threads(rounds: int) -> pd.DataFrame:
    """Return the rows of `speed` with one thread for products of matrices, and with all."""
    tables = []
    for threads, setting in (("one", {"OPENBLAS_NUM_THREADS": "1"}), ("all", {})):
        command = [sys.executable, __file__, "speed", str(rounds)]
        done = subprocess.run(  # noqa: S603 - this script
            command, env=os.environ | setting, capture_output=True, text=True, check=True
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        tables.append(pd.DataFrame(lines).assign(threads=threads))
        print(tables[-1].to_string(), flush=True)
    return pd.concat(tables, ignore_index=True)


def whole() -> tuple[float, str]:
    """Return the seconds of `growth` on a panel of that size, and what it says."""
    rng = np.random.default_rng(SEED)
    _, categories, grown = draw(60, rng, stores=STORES, periods=MONTHS)
    panel = panel_of(categories, grown)
    start = perf_counter()
    found = growth(panel)
    seconds = perf_counter() - start
    return seconds, found.headline()


def placebo(networks: int) -> pd.DataFrame:
    """Return how often the placebo fails, by size of the network and truth."""
    table = []
    for stores, months, answers in ((60, 12, 60), (200, 24, 60), (200, 24, 200)):
        for slope in (0.0, 0.3):
            counted = {"naive": [], "corrected": []}
            for seed in range(networks):
                rng = np.random.default_rng([SEED, seed, stores, answers])
                _, categories, grown = draw(
                    answers, rng, stores=stores, periods=months, slope=slope, moves=10.0
                )
                score = score_of(categories)
                for reading, into in counted.items():
                    found = placebo_moments(grown, score, corrected=reading == "corrected")
                    into.append(found.slope(0.95).p_value < 0.05)
            row = {"stores": stores, "months": months, "answers": answers, "slope": slope}
            row |= {reading: float(np.mean(failed)) for reading, failed in counted.items()}
            table.append(row)
            print(row, flush=True)
    return pd.DataFrame(table)


def few(networks: int) -> pd.DataFrame:
    """Return how often a slope that is nil is called one, by number of stores.

    Shocks of stores differ (log sd of .6), as they do between small and large ones.
    """
    table = []
    for stores, months in ((10, 12), (15, 24), (25, 24), (40, 24)):
        failed = []
        for seed in range(networks):
            rng = np.random.default_rng([SEED, seed, stores])
            _, categories, grown = draw(60, rng, stores=stores, periods=months, slope=0.0)
            grown = grown * np.exp(rng.normal(0, 0.6, (stores, 1)))
            fit = least_squares(grown, [np.roll(score_of(categories).mean, 1, axis=1)])
            far = abs(fit.estimate[0]) / np.sqrt(fit.covariance("cluster")[0, 0])
            failed.append(2 * stats.t.sf(far, stores - 1) < 0.05)
        table.append({"stores": stores, "months": months, "called": float(np.mean(failed))})
        print(table[-1], flush=True)
    return pd.DataFrame(table)


def page(
    fits: pd.DataFrame, failures: pd.DataFrame, scarce: pd.DataFrame, rounds: int, networks: int
) -> str:
    """Return the page."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("pyfixest", "linearmodels"))
    said = fits["said"].dropna().iloc[0]
    speeds = [
        f"| {row.threads} | {row.panel} | {row.program} | {row.seconds:.2f} | "
        + (
            f"{row.times_ours:.1f} | {row.estimate:.9f} | {row.std_error:.9f} |"
            if row.panel != "growth()"
            else "– | – | – |"
        )
        for row in fits.itertuples()
    ]
    failed = [
        f"| {row.stores} | {row.months} | {row.answers} | {row.slope:g} | {row.naive:.3f} | "
        f"{row.corrected:.3f} |"
        for row in failures.itertuples()
    ]
    called = [f"| {row.stores} | {row.months} | {row.called:.3f} |" for row in scarce.itertuples()]
    return f"""# Growth of 10,000 stores in 48 months, and its placebo

`python benchmarks/panel.py` makes this page; its head says in which environment.

## Beside linearmodels and pyfixest

npsstats {version("npsstats")}, {versions}; {rounds} rounds in turn in one process, medians. Growth
on score and works, effects of stores and months, errors clustered by store × G/(G − 1)
(linearmodels: × √((n − 1)/n) besides). *Threads* is how many may multiply matrices: on cores that
others use too, threads wait for each other.

| threads | panel | program | seconds | times ours | slope | error |
|---|---|---|---|---|---|---|
{chr(10).join(speeds)}

`growth()` is the whole analysis on as large a panel: all readings, both kinds of errors, placebo,
twelve horizons. It said: {said}

## How often the placebo fails at 5 %

{networks:,} networks a row; simulation error {np.sqrt(0.0475 / networks):.3f}. Scores move by 10
points with a memory of .6 a month; growth follows last month's score by `slope` % a point. *Naive*
takes scores for truth.

| stores | months | answers a month | slope | naive | corrected |
|---|---|---|---|---|---|
{chr(10).join(failed)}

Where growth does follow the score, a naive placebo fails by itself: next month's score resembles
last month's true one, which a noisy score holds constant in part only.

## How often a slope that is nil is called one at 5 %, by number of stores

Naive slope, errors clustered by store, t with stores − 1 degrees of freedom; as many networks,
stores with shocks of different size.

| stores | months | called |
|---|---|---|
{chr(10).join(called)}
"""


def main() -> None:
    """Run all, write the tables."""
    if sys.argv[1:2] == ["speed"]:
        speed(int(sys.argv[2]))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    networks = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    scarce = few(networks)
    failures = placebo(networks)
    fits = both_threads(rounds)
    parts = {"speed": fits, "placebo": failures, "few stores": scarce}
    both = pd.concat([table.assign(part=name) for name, table in parts.items()])
    both.to_csv(TABLES / "panel.csv", index=False, lineterminator="\n", float_format="%.10g")
    (TABLES / "panel.md").write_text(page(fits, failures, scarce, rounds, networks))


if __name__ == "__main__":
    main()
