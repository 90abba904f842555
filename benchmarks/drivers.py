"""Do the intervals of drivers, predictors and correlations cover? `python benchmarks/drivers.py`.

Five minutes of two cores. Answers are made up so that everything asked can be known: stores
differ, a mood moves all answers of a customer, ratings are noisy steps, two drivers nearly say the
same, one says nothing. What is true is what the same method finds on 600,000 answers of
other stores, or, for correlations, what was put in.

* drivers: points of NPS a step, held-out importance and its share, points of mending, best quarter;
* predictors: gains of three questions over none, their differences and ratios;
* correlations: of the true store means, beside the observed ones;
* time: against statsmodels on the same rows, side by side.

Writes docs/tables/drivers.csv and docs/tables/drivers.md.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.linkage.correlations import correlations
from npsstats.linkage.drivers import drivers
from npsstats.linkage.driving.predictors import predictors_compared
from npsstats.linkage.driving.priorities import priorities
from npsstats.linkage.driving.regression import regression

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20261127
ASKED = ["welcome", "advice", "checkout", "parking"]
CUTS = (-1.7, -1.0, -0.2, 0.9)
SCORE_CUTS = (-3.4, -3.0, -2.7, -2.4, -2.1, -1.5, -1.1, -0.3, 0.8, 1.6)
NETWORKS = ((15, 40), (60, 50), (200, 50))
PLACE = 0.35  # sd between stores
STORES, ANSWERS = (30, 100, 300), (20, 100)
CORRELATIONS = (0.0, 0.5, 0.9)


def answers(stores: int, each: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return answers of a made-up network: score, four ratings, csat, ces and a later purchase."""
    n = stores * each
    store = np.repeat(np.arange(stores), each)
    place = PLACE * rng.normal(size=stores)[store]
    mood = rng.normal(size=n)
    kindness, till = rng.normal(size=(2, n))
    lived = {"welcome": kindness, "advice": kindness, "checkout": till, "parking": 0.0}
    frame = pd.DataFrame({"store_id": store})
    for name, part in lived.items():
        well = place * (name != "parking") + 0.4 * mood * (name != "parking") + part
        frame[name] = 1.0 + np.searchsorted(CUTS, well + 0.6 * rng.normal(size=n))
    whole = place + 0.6 * mood + 0.8 * kindness + 0.5 * till
    frame["score"] = np.searchsorted(SCORE_CUTS, whole + 0.8 * rng.normal(size=n)).astype(float)
    frame["csat"] = 1.0 + np.searchsorted(CUTS, whole + 0.8 * rng.normal(size=n))
    frame["ces"] = 1.0 + np.searchsorted(CUTS, 0.6 * whole + rng.normal(size=n))
    frame["bought_again"] = 1.0 * (rng.random(n) < 1 / (1 + np.exp(0.3 - 0.5 * whole)))
    return frame


def readings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what is asked of one network, a row a quantity: estimate, lower, upper."""
    patterns = AnswerPatterns.of(frame, ["score", *ASKED], cluster="store_id")
    rows = []

    def add(what: str, name: str, *told: float) -> None:
        rows.append((what, name, *told))

    for row in drivers(patterns, ASKED).frame.itertuples():
        add("points a step", row.term, row.estimate, row.lower, row.upper)
    found = priorities(patterns, ASKED, scales=dict.fromkeys(ASKED, (1, 5)))
    for row in found.frame.itertuples():
        add("points of mending", row.driver, row.estimate, row.lower, row.upper)
        add("best quarter", row.driver, row.gap, row.gap_lower, row.gap_upper)
    for row in found.importance.frame.itertuples():
        add("held-out gain, %", row.driver, row.estimate, row.lower, row.upper)
        if row.driver != "(all)":
            add("share of the gain", row.driver, row.share, row.share_lower, row.share_upper)
    asked = ["score", "csat", "ces"]
    later = AnswerPatterns.of(frame, [*asked, "bought_again"], cluster="store_id")
    compared = predictors_compared(later, "bought_again", asked)
    for row in compared.frame.itertuples():
        add("nats of 1,000", row.predictor, row.estimate, row.lower, row.upper)
        add(
            "concordance",
            row.predictor,
            row.concordance,
            row.concordance_lower,
            row.concordance_upper,
        )
    for row in compared.pairs.itertuples():
        add("nats, difference", row.predictor, row.difference, row.lower, row.upper)
        add("ratio of gains", row.predictor, row.ratio, row.ratio_lower, row.ratio_upper)
    return pd.DataFrame(rows, columns=["what", "name", "estimate", "lower", "upper"])


@cache
def truth() -> pd.Series:
    """Return the readings of a network of 600,000 answers."""
    rows = readings(answers(1_500, 400, np.random.default_rng([SEED, 1])))
    return rows.set_index(["what", "name"])["estimate"]


def network(task: tuple[int, int]) -> pd.DataFrame:
    """Return one network's readings with its size."""
    place, i = task
    stores, each = NETWORKS[place]
    rows = readings(answers(stores, each, np.random.default_rng([SEED, 2, place, i])))
    return rows.assign(stores=stores, each=each)


def store_means(task: tuple[int, int, float, int]) -> dict[str, float]:
    """Return the disattenuated and the naive correlation of one made-up network, with intervals."""
    stores, each, true, i = task
    rng = np.random.default_rng([SEED, 3, stores, each, int(10 * true), i])
    first, second = rng.normal(size=(2, stores))
    other = true * first + np.sqrt(1 - true**2) * second
    store = np.repeat(np.arange(stores), each)
    noise = rng.normal(size=stores * each)
    score = 7.6 + 0.8 * first[store] + 2.2 * noise
    ces = 4.8 + 0.35 * other[store] + 0.6 * noise + rng.normal(size=stores * each)
    frame = pd.DataFrame({"store_id": store, "score": np.clip(np.round(score), 0, 10)})
    frame["ces"] = np.clip(np.round(ces), 1, 7)
    patterns = AnswerPatterns.of(frame, ["score", "ces"], cluster="store_id")
    row = correlations(patterns, questions=["ces"], draws=1000).frame.iloc[0]
    z, reach = np.arctanh(row.observed), 1.96 / np.sqrt(stores - 3)
    return {
        "stores": stores,
        "each": each,
        "true": true,
        "identified": row.identified,
        "estimate": row.estimate,
        "covers": row.lower <= true <= row.upper,
        "width": row.upper - row.lower,
        "observed": row.observed,
        "naive": np.tanh(z - reach) <= true <= np.tanh(z + reach),
    }


def timed(function: Callable[[], object]) -> float:
    """Return seconds, the best of three."""
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def times() -> list[tuple[str, int, float, float]]:
    """Return rows of (what, answers, ours, theirs): seconds on the same rows, in one run."""
    import statsmodels.api as sm
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    frame = answers(200, 250, np.random.default_rng([SEED, 4]))
    three = np.select([frame["score"] <= 6, frame["score"] <= 8], [0, 1], 2)

    def count() -> AnswerPatterns:
        return AnswerPatterns.of(frame, ["score", *ASKED], cluster="store_id")

    def theirs() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            OrderedModel(three, frame[ASKED], distr="logit").fit(method="bfgs", disp=False)

    def line() -> None:
        regression(count(), f"score ~ {' + '.join(ASKED)}", errors="cluster", cluster="store_id")

    def their_line() -> None:
        model = sm.OLS(frame["score"], sm.add_constant(frame[ASKED]))
        model.fit(cov_type="cluster", cov_kwds={"groups": frame["store_id"]})

    patterns = count()
    return [
        ("cumulative logit, from rows (ours with errors by store)", len(frame),
         timed(lambda: drivers(count(), ASKED)), timed(theirs)),
        ("the same, from patterns counted before", len(frame),
         timed(lambda: drivers(patterns, ASKED)), float("nan")),
        ("line with errors by store, from rows", len(frame), timed(line), timed(their_line)),
    ]  # fmt: skip


def page(
    found: pd.DataFrame,
    pairs: pd.DataFrame,
    clock: list[tuple[str, int, float, float]],
    sizes: tuple[int, int],
) -> str:
    """Return the page."""
    lines = [
        "# Coverage of drivers, predictors and correlations",
        "",
        "`python benchmarks/drivers.py` makes this page. Intervals of 95 %. Answers are made up:",
        "stores differ, a mood moves all answers of a customer, `welcome` and `advice` nearly say",
        "the same, `parking` says nothing. True is what the same method finds on 600,000 answers",
        "of 1,500 other stores; of correlations, what was put in.",
        "",
        f"## Drivers and predictors, {sizes[0]} networks of each size",
        "",
        f"A row is sure to ±{np.sqrt(0.95 * 0.05 / sizes[0]):.3f} (one standard error).",
        "",
        "| quantity | of | true | "
        + " | ".join(f"{s} × {e}: mean | covers" for s, e in NETWORKS) + " |",
        "|---|---|---|" + "---|---|" * len(NETWORKS),
    ]  # fmt: skip
    for (what, name), part in found.groupby(["what", "name"], sort=False):
        true = part["true"].iloc[0]
        cells = []
        for stores, each in NETWORKS:
            own = part[(part["stores"] == stores) & (part["each"] == each)].iloc[0]
            cells.append(f"{own['estimate']:.2f} | {own['covers']:.3f}")
        lines.append(f"| {what} | {name} | {true:.2f} | {' | '.join(cells)} |")
    lines += [
        "",
        f"## Correlations of true store means, {sizes[1]} networks of each row",
        "",
        "Naive: Fisher's interval of the observed correlation. Identified: share of the networks",
        "in which a correlation is told at all; covers and mean are of those.",
        "",
        "| stores | answers each | true | mean | covers | width | identified | observed | naive |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.stores} | {r.each} | {r.true:.1f} | {r.estimate:.2f} | {r.covers:.3f} "
        f"| {r.width:.2f} | {r.identified:.3f} | {r.observed:.2f} | {r.naive:.3f} |"
        for r in pairs.itertuples()
    ]
    lines += [
        "",
        "## Time, seconds, best of three in one run",
        "",
        "| what | answers | npsstats | statsmodels |",
        "|---|---|---|---|",
    ]
    lines += [f"| {w} | {n:,} | {a:.2f} | {b:.2f} |".replace("nan", "–") for w, n, a, b in clock]
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--stores", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    clock = times()
    true = truth()
    tasks = [(place, i) for place in range(len(NETWORKS)) for i in range(asked.networks)]
    cells = [
        (s, e, r, i) for s in STORES for e in ANSWERS for r in CORRELATIONS
        for i in range(asked.stores)
    ]  # fmt: skip
    with ProcessPoolExecutor(asked.workers) as pool:
        found = pd.concat(list(pool.map(network, tasks, chunksize=10)))
        pairs = pd.DataFrame(list(pool.map(store_means, cells, chunksize=20)))
    found["true"] = true.loc[list(zip(found["what"], found["name"], strict=True))].to_numpy()
    inside = (found["lower"] <= found["true"]) & (found["true"] <= found["upper"])
    # an interval that is not told (a ratio to what may be nothing) leaves everything possible
    found["covers"] = inside | found["lower"].isna()
    keys = ["what", "name", "stores", "each"]
    table = found.groupby(keys, sort=False)[["true", "estimate", "covers"]].mean().reset_index()
    told = pairs.where(pairs["identified"])[["estimate", "covers", "width"]].astype(float)
    pairs[["estimate", "covers", "width"]] = told
    summary = pairs.groupby(["stores", "each", "true"]).mean().reset_index()
    text = page(table, summary, clock, (asked.networks, asked.stores))
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(TABLES / "drivers.csv", index=False, lineterminator="\n")
    (TABLES / "drivers.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
