"""Is the hazard of leaving right, and is it fast? `python benchmarks/hazard.py`.

Five minutes of one core, and the peers' time. Parts (`--part definitions scores speed`):

* definitions: silences against the simulated customers' true last days;
* scores: the slope of a store's NPS, naive and corrected, in simulated networks;
* speed: a million customers over 24 months, from Parquet tables to the fit, side by side with
  lifelines' Cox regression of the same customers (`--peers` names a Python that has lifelines).

Writes docs/tables/hazard*.csv and docs/tables/hazard.md from the parts that have been run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.aggregates.customer_tables import lives_of
from npsstats.aggregates.departures import Departure, contract, rhythm, silence
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.person_periods import person_periods
from npsstats.data.engine import connect
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.churn.noisy_store import store_score_hazard

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20261127
END = date(2025, 12, 31)
RATES = (0.5, 1.5, 4.0)  # purchases a month of the average customer
CUSTOMERS, STORES, DAYS = 1_000_000, 500, 730
SLOPE = -0.08  # log hazard for ten points


def definitions() -> pd.DataFrame:
    """Return how well each definition finds those who left, by the customers' rhythm."""
    rows = []
    for rate in RATES:
        truth = nps.NetworkTruth(purchase_rate=rate, closing_share=0.0)
        network = nps.simulate(60, 36, 30_000, seed=SEED, truth=truth)
        bought = nps.read(network.purchases, table="purchases", quiet=True)
        told = nps.read(network.responses, beside=bought, quiet=True)
        people = network.truth.customers.set_index("customer_id")
        first = network.purchases.groupby("customer_id")["date"].min()
        accounts = pd.DataFrame({"signed": first, "ended": people["left"].reindex(first.index)})
        accounts["store_id"] = people["store_id"].reindex(first.index)
        true = person_periods(
            responses=told,
            accounts=accounts.reset_index(),
            churn=contract("signed", "ended"),
            until=END,
        )
        kinds = {
            "silence 90 days": silence(90),
            "silence 180 days": silence(180),
            "silence 365 days": silence(365),
            "rhythm, 5 % of silences": rhythm(0.05, per="silence"),
            "rhythm, 1 % of silences": rhythm(0.01, per="silence"),
            "rhythm, 5 % of years": rhythm(0.05),
        }
        for name, kind in kinds.items():
            rows.append(
                {"rate": rate, "definition": name, **_judged(kind, bought, told, people, true)}
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def _judged(
    kind: Departure, bought: nps.Intake, told: nps.Intake, people: pd.DataFrame, true: HazardCells
) -> dict[str, float]:
    """Return what a definition finds and misses, and its hazard beside the true one."""
    lives = lives_of(
        bought,
        told,
        churn=kind,
        covariates=(),
        accounts=None,
        contacts=None,
        stores=None,
        period="month",
        until=None,
    )
    found = lives.table.to_pyarrow().to_pandas().set_index("customer_id")
    day0 = pd.Timestamp("1970-01-01")
    left = people["left"].reindex(found.index)
    onset = day0 + pd.to_timedelta(found["left"], unit="D")
    last = bought.accepted.to_pyarrow().to_pandas().groupby("customer_id")["date"].max()
    last = pd.to_datetime(last).reindex(found.index)
    flagged = found["left"].notna().to_numpy()
    # a flag is right if the customer was gone before the silence could have ended: no purchase
    # after it, and the true last day within 90 days of it
    right = flagged & left.notna() & (last == onset) & (left - onset < pd.Timedelta(days=365))
    gone = left.notna() & (last < pd.Timestamp(END) - pd.Timedelta(days=365))
    back = flagged & (last > onset)
    still = flagged & left.isna()
    cells = person_periods(bought, told, churn=kind)
    # the true hazard of the same months
    same = set(cells.by("period").frame["period"].astype(str))
    truly = true.where(np.isin(np.array(true.levels["period"])[true.code("period")], sorted(same)))
    rates = [part.events.sum() / part.at_risk.sum() for part in (cells, truly)]
    ratios = []
    for part in (cells, truly):
        frame = hazard(part).frame.set_index("label")
        ratios += [frame.loc["detractor", "ratio"], frame.loc["detractor", "std_error"]]
    return {
        "sensitivity": float((right & gone).sum() / gone.sum()),
        "came back": float(back.sum() / flagged.sum()),
        "false": float((back | still).sum() / flagged.sum()),
        "days early": float((left - onset)[right].dt.days.mean()),
        "hazard": 100 * float(rates[0]),
        "true hazard": 100 * float(rates[1]),
        "ratio": float(ratios[0]),
        "ratio error": float(ratios[0] * ratios[1]),
        "true ratio": float(ratios[2]),
    }


def scores(replications: int) -> pd.DataFrame:
    """Return bias and coverage of the slope of a store's NPS, by answers a month."""
    rows = []
    for effects in (False, True):
        for answers in (8, 20, 60, 200):
            found = []
            for index in range(replications):
                rng = np.random.default_rng([SEED, answers, index])
                cells, counted = store_network(rng, answers)
                result = store_score_hazard(cells, counted, store_effects=effects)
                each = result.frame.set_index("method")
                naive, ours = each.loc["naive"], each.loc["corrected"]
                found.append(
                    {
                        "reliability": result.reliability,
                        "naive": naive["estimate"],
                        "naive_covered": naive["lower"] <= SLOPE <= naive["upper"],
                        "corrected": ours["estimate"],
                        "std_error": ours["std_error"],
                        "covered": ours["lower"] <= SLOPE <= ours["upper"],
                    }
                )
            frame = pd.DataFrame(found)
            told = frame.dropna()
            rows.append(
                {
                    "store_effects": effects,
                    "answers": answers,
                    "reliability": frame["reliability"].mean(),
                    "naive": frame["naive"].mean(),
                    "naive_coverage": frame["naive_covered"].mean(),
                    "corrected": told["corrected"].mean(),
                    "sd": told["corrected"].std(),
                    "std_error": told["std_error"].mean(),
                    "coverage": told["covered"].mean(),
                    "refused": 1 - len(told) / len(frame),
                    "replications": len(frame),
                }
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def store_network(
    rng: np.random.Generator, answers: int, stores: int = 200, months: int = 24
) -> tuple[HazardCells, nps.ScoreCounts]:
    """Return person-months by store and month, and answers, of stores whose NPS matters."""
    level = rng.normal(0, 1.1, (stores, 1))
    moves = np.zeros((stores, months))
    moves[:, 0] = rng.normal(0, 0.46, stores)
    for t in range(1, months):
        moves[:, t] = 0.6 * moves[:, t - 1] + 0.8 * rng.normal(0, 0.46, stores)
    promoters = np.clip((0.7 + (2 + level + moves) / 10) / 2, 0.02, 0.68)
    shares = np.stack([0.7 - promoters, np.full_like(promoters, 0.3), promoters], axis=2)
    true = 10 * (2 * promoters - 0.7)
    n = rng.poisson(answers, (stores, months))
    drawn = rng.multinomial(n.ravel(), shares.reshape(-1, 3))
    pooled = np.stack([true[:, t - 3 : t].mean(axis=1) for t in range(3, months)], axis=1)
    own = rng.normal(0, 0.2, (stores, 1))
    left = rng.binomial(300, np.exp(-3.2 + own + SLOPE * (pooled - 2)))
    labels = [f"{2024 + t // 12}-{t % 12 + 1:02d}" for t in range(months)]
    names = [f"S{i:03d}" for i in range(stores)]
    frame = pd.DataFrame(
        {
            "store_id": np.repeat(names, months - 3),
            "period": np.tile(labels[3:], stores),
            "at_risk": 300,
            "events": left.ravel(),
        }
    )
    counts = np.zeros((stores * months, 11), dtype=int)
    counts[:, [3, 8, 10]] = drawn
    cells = pd.DataFrame({"store_id": np.repeat(names, months), "month": np.tile(labels, stores)})
    return HazardCells.from_frame(frame, ["store_id", "period"]), nps.ScoreCounts(counts, cells)


def tables(folder: Path) -> None:
    """Write a million customers' purchases, answers and contracts, and their rows for Cox."""
    rng = np.random.default_rng(SEED)
    start = rng.integers(0, 500, CUSTOMERS)
    kind = rng.choice(5, CUSTOMERS, p=[0.4, 0.05, 0.15, 0.2, 0.2])  # 0 never answers
    risk = np.array([0.03, 0.06, 0.045, 0.03, 0.02])[kind] / 30.4
    life = rng.exponential(1 / risk)
    span = np.minimum(life, DAYS - start)
    n = rng.poisson(rng.gamma(2, 0.5, CUSTOMERS) * 0.5 / 30.4 * span)
    who = np.concatenate([np.arange(CUSTOMERS), np.repeat(np.arange(CUSTOMERS), n)])
    later = np.repeat(start, n) + 1 + rng.random(n.sum()) * np.repeat(span, n)
    day = np.concatenate([start, np.minimum(later, DAYS).astype(int)])
    store = np.array([f"S{i:03d}" for i in range(STORES)])[rng.integers(0, STORES, CUSTOMERS)]
    base = np.datetime64("2024-01-01", "s")

    def dated(days: np.ndarray) -> np.ndarray:
        return base + days.astype("timedelta64[D]")

    order = np.argsort(day, kind="stable")
    pd.DataFrame(
        {
            "customer_id": who[order],
            "date": dated(day[order]),
            "amount": np.round(rng.gamma(2, 20, len(order)), 2),
            "store_id": store[who[order]],
        }
    ).to_parquet(folder / "purchases.parquet", index=False)
    times = rng.poisson(1.2, CUSTOMERS) + 1
    times[kind == 0] = 0
    asked = np.repeat(np.arange(CUSTOMERS), times)
    when = (start[asked] + 1 + rng.random(len(asked)) * span[asked]).astype(int)
    low, high = np.array([[0, 0], [0, 3], [3, 7], [7, 9], [9, 11]]).T
    score = (low[kind[asked]] + rng.random(len(asked)) * (high - low)[kind[asked]]).astype(int)
    order = np.argsort(when, kind="stable")
    pd.DataFrame(
        {
            "customer_id": asked[order],
            "date": dated(when[order]),
            "score": score[order],
            "store_id": store[asked[order]],
        }
    ).to_parquet(folder / "responses.parquet", index=False)
    ended = start + life <= DAYS
    pd.DataFrame(
        {
            "customer_id": np.arange(CUSTOMERS),
            "store_id": store,
            "signed": dated(start),
            "ended": np.where(ended, dated((start + span).astype(int)), np.datetime64("NaT", "s")),
        }
    ).to_parquet(folder / "accounts.parquet", index=False)
    pd.DataFrame(
        {
            "days": np.maximum(span, 1).astype(int),
            "left": ended.astype(int),
            **{f"kind_{i}": (kind == i).astype(float) for i in range(1, 5)},
            "store": np.unique(store, return_inverse=True)[1],
        }
    ).to_csv(folder / "cox.csv", index=False)


def same_rows(months: pd.DataFrame, repeats: int) -> list[dict[str, object]]:
    """Return seconds for what lifelines is given: a row a customer in memory, days as months."""
    rows: list[dict[str, object]] = []
    alike = pd.DataFrame({"months": months["days"] // 30, "left": months["left"]})
    alike["kind"] = months.filter(like="kind_").to_numpy() @ np.arange(1, 5)
    alike["store_id"] = months["store"]
    for cluster in (None, "store_id"):
        for _ in range(repeats):
            start, used = time.perf_counter(), time.process_time()
            cells = person_periods(
                accounts=alike,
                churn=contract(tenure="months", event="left"),
                covariates=["kind"],
                cluster=cluster,
                tenure=(),
            )
            fit = hazard(cells, cluster=cluster)
            by = "" if cluster is None else ", by store"
            rows.append(
                {
                    "what": f"npsstats: lifelines' rows{by}",
                    "seconds": time.perf_counter() - start,
                    "cpu": time.process_time() - used,
                    "rows": int(cells.at_risk.sum()),
                    "ratio": float(fit.frame.iloc[0]["ratio"]),
                }
            )
            print(rows[-1], flush=True)
    return rows


PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from lifelines import CoxPHFitter
frame = pd.read_csv(sys.argv[1]).drop(columns="store")
mode = {"batch": True, "single": False, "default": None}[sys.argv[2]]
if len(sys.argv) > 3:
    frame = frame.sample(int(sys.argv[3]), random_state=1)
start, used = time.perf_counter(), time.process_time()
CoxPHFitter().fit(frame, "days", "left", batch_mode=mode)
print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}))
"""


def speed(peers: str | None, repeats: int) -> pd.DataFrame:
    """Return seconds from the tables to the fit, and those of the peer's fit alone."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables(folder)
        months = pd.read_csv(folder / "cox.csv")
        print(f"{len(pd.read_parquet(folder / 'purchases.parquet', columns=['date'])):,} purchases")
        for label, options, cluster in (
            ("silence of 180 days", {"churn": silence(180)}, None),
            ("silence of 180 days, by store", {"churn": silence(180)}, "store_id"),
            ("contracts", {"churn": contract("signed", "ended"), "until": END}, None),
            (
                "contracts, by store",
                {"churn": contract("signed", "ended"), "until": END},
                "store_id",
            ),
        ):
            for _ in range(repeats):
                connection = connect()
                told = connection.read_parquet(str(folder / "responses.parquet"))
                start, used = time.perf_counter(), time.process_time()
                if "contracts" in label:
                    accounts = connection.read_parquet(str(folder / "accounts.parquet"))
                    cells = person_periods(
                        responses=told, accounts=accounts, cluster=cluster, **options
                    )
                else:
                    bought = connection.read_parquet(str(folder / "purchases.parquet"))
                    cells = person_periods(bought, told, cluster=cluster, **options)
                fit = hazard(cells, cluster=cluster)
                rows.append(
                    {
                        "what": f"npsstats: {label}",
                        "seconds": time.perf_counter() - start,
                        "cpu": time.process_time() - used,
                        "rows": int(cells.at_risk.sum()),
                        "ratio": float(fit.frame.iloc[-2]["ratio"]),
                    }
                )
                print(rows[-1], flush=True)
        rows += same_rows(months, repeats)
        for mode in ("batch", "default") if peers else ():
            done = subprocess.run(  # noqa: S603 - our own text
                [str(peers), "-c", PEER, str(folder / "cox.csv"), mode],
                capture_output=True,
                text=True,
                check=True,
            )
            rows.append(
                {
                    "what": f"lifelines: Cox, {mode}",
                    **json.loads(done.stdout),
                    "rows": len(months),
                }
            )
            print(rows[-1], flush=True)
        if peers:  # one row after another takes hours at a million: a hundredth, times a hundred
            done = subprocess.run(  # noqa: S603
                [str(peers), "-c", PEER, str(folder / "cox.csv"), "single", "10000"],
                capture_output=True,
                text=True,
                check=True,
            )
            rows.append(
                {
                    "what": "lifelines: Cox, row by row, 10,000",
                    **json.loads(done.stdout),
                    "rows": 10_000,
                }
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def page() -> str:
    """Return the tables that there are as a page of Markdown."""
    lines = ["# The hazard of leaving", "", "`python benchmarks/hazard.py` makes this page.", ""]
    if (path := TABLES / "hazard_definitions.csv").exists():
        lines += [
            "## Definitions of churn against the truth",
            "",
            "60 stores × 36 months of `nps.simulate`, by purchases a month of an average customer.",
            "Sensitivity: of those who truly left and had not bought for a year at the end, whose",
            "last purchase the silence begins at. Came back: of the flags, those that a purchase",
            "followed. False: those, and who was still a customer at the end. Days early: from the",
            "onset to the true last day, of the right flags. Hazard: % a month, beside the true",
            "one of the same months. Ratio: hazard of detractors against promoters, with its",
            "standard error, beside that of the fit to the true last days.",
            "Flags that came back are no departures: they raise the hazard, and dilute the log",
            "ratio towards 0, as detractors and promoters are away for a while alike.",
            "",
            *_markdown(pd.read_csv(path)),
            "",
            *_found(pd.read_csv(path)),
            "",
        ]
    if (path := TABLES / "hazard_scores.csv").exists():
        lines += [
            "## The slope of a store's NPS",
            "",
            f"200 stores × 24 months, 300 customers each; true slope {SLOPE} for ten points of the",
            "last three months. Coverage of intervals of 95 %, of those that are told.",
            "",
            *_markdown(pd.read_csv(path)),
            "",
        ]
    if (path := TABLES / "hazard_speed.csv").exists():
        lines += [
            "## Time",
            "",
            f"{CUSTOMERS:,} customers over 24 months. npsstats: from Parquet tables to the fit",
            "with its errors; lifelines: the fit alone, of one row a customer in memory. Best of",
            "the runs; `cpu` are the processor seconds that it took, on all cores together.",
            "Two cores, with nothing else to do; compare seconds within one run. Like",
            "with like are lifelines' Cox and the rows named after it (the same customers, the fit",
            "alone); the others read and count the tables as well.",
            "",
            *_markdown(pd.read_csv(path)),
            "",
        ]
    return "\n".join(lines)


def _found(frame: pd.DataFrame) -> list[str]:
    """Say over all rhythms what each definition does, from the numbers."""
    lines = ["Over these rhythms:", ""]
    frame = frame.assign(times=frame["hazard"] / frame["true hazard"])
    frame["pulled"] = np.log(frame["ratio"]) / np.log(frame["true ratio"])
    for name, part in frame.groupby("definition", sort=False):
        low, high = part.min(numeric_only=True), part.max(numeric_only=True)
        lines.append(
            f"- {name}: {100 * low['false']:.0f} to {100 * high['false']:.0f} % of the flags "
            f"are false; the hazard is {low['times']:.2f} to {high['times']:.2f} times the true "
            f"one; of the log hazard ratio {100 * low['pulled']:.0f} to "
            f"{100 * high['pulled']:.0f} % is left."
        )
    return lines


def _markdown(frame: pd.DataFrame) -> list[str]:
    head = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * len(frame.columns)]
    body = [
        "| " + " | ".join(_cell(value) for value in row) + " |"
        for row in frame.itertuples(index=False)
    ]
    return head + body


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def main() -> None:
    """Run the parts asked for, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ["definitions", "scores", "speed"]
    parser.add_argument("--part", nargs="+", choices=parts, default=parts)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", default=None)
    options = parser.parse_args()
    if "definitions" in options.part:
        definitions().to_csv(TABLES / "hazard_definitions.csv", index=False, float_format="%.4f")
    if "scores" in options.part:
        frame = scores(options.replications)
        frame.to_csv(TABLES / "hazard_scores.csv", index=False, float_format="%.4f")
    if "speed" in options.part:
        every = speed(options.peers, options.repeats)
        best = every.loc[every.groupby("what", sort=False)["seconds"].idxmin()]
        best.to_csv(TABLES / "hazard_speed.csv", index=False, float_format="%.3f")
    (TABLES / "hazard.md").write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{TABLES / 'hazard.md'}\n")


if __name__ == "__main__":
    main()
