"""Weighted NPS against known truths: `python benchmarks/weighting.py` (three minutes).

Coverage of 95 % intervals and bias, raw and weighted, over simulated surveys; and bias on simulated
networks where some answer more than others. Writes docs/tables/weighting.csv and weighting.md.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import npsstats as nps

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
CELLS = pd.DataFrame(
    [(channel, kind) for channel in ("email", "sms") for kind in ("hot", "cold")],
    columns=["channel", "kind"],
)
SHARES = np.array([[0.10, 0.30, 0.60], [0.20, 0.35, 0.45], [0.35, 0.30, 0.35], [0.50, 0.25, 0.25]])
POPULATION = np.array([0.30, 0.20, 0.30, 0.20])  # of the cells
RATES = np.array([0.45, 0.30, 0.15, 0.10])  # who answers, by cell
TRUTH = float(100 * POPULATION @ (SHARES[:, 2] - SHARES[:, 0]))


def scores(table: np.ndarray, cells: pd.DataFrame) -> nps.ScoreCounts:
    """Return counts of (cells, 3) detractors, passives, promoters."""
    array = np.zeros((len(table), 11), dtype=int)
    array[:, [3, 8, 10]] = table
    return nps.ScoreCounts(array, cells)


def surveys(invited: int, times: int, rng: np.random.Generator) -> Iterator[nps.InvitationCounts]:
    """Draw surveys in which the unhappy answer less, all of it by channel and kind."""
    sizes = np.round(invited * POPULATION).astype(int)
    for _ in range(times):
        came = rng.binomial(sizes, RATES)
        if (came == 0).any():
            came = np.maximum(came, 1)  # the refusal of empty strata is tested elsewhere
        table = np.stack([rng.multinomial(n, p) for n, p in zip(came, SHARES, strict=True)])
        yield nps.InvitationCounts(CELLS, sizes, came, scores(table, CELLS))


def margins(counts: nps.InvitationCounts) -> list[pd.DataFrame]:
    """Return how many were invited, by channel and by kind."""
    return [counts.by(key).cells.assign(population=counts.by(key).invited) for key in CELLS.columns]


def interval(frame: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return estimate, standard error and limits of the first row."""
    row = frame.iloc[0]
    return row["estimate"], row["std_error"], row["lower"], row["upper"]


METHODS: dict[str, Callable[[nps.InvitationCounts], pd.DataFrame]] = {
    "raw, adjusted Wald": lambda c: nps.adjusted_wald(c.scores.sum()).frame,
    "post-stratified": lambda c: nps.weighted_nps(c.scores, nps.post_stratify(c.scores, c)).frame,
    "post-stratified, Wald": lambda c: (
        nps.weighted_nps(c.scores, nps.post_stratify(c.scores, c), method="wald").frame
    ),
    "raked": lambda c: nps.weighted_nps(c.scores, nps.rake(c.scores, margins(c))).frame,
    "propensity": lambda c: nps.weighted_nps(c.scores, nps.response_propensity(c).weights()).frame,
}


def summary(name: str, size: str, truth: float, found: np.ndarray) -> dict[str, object]:
    """Return one line: bias, sd, mean standard error and coverage of (times, 4) results."""
    estimate, error, lower, upper = found.T
    return {
        "method": name,
        "size": size,
        "times": len(found),
        "bias": estimate.mean() - truth,
        "sd": estimate.std(),
        "std_error": np.sqrt((error**2).mean()),
        "coverage": ((lower <= truth) & (truth <= upper)).mean(),
    }


def strata(times: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Return lines for weighted NPS of one cell."""
    lines = []
    for invited in (200, 600, 2400):
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in METHODS}
        for counts in surveys(invited, times, rng):
            for name, method in METHODS.items():
                found[name].append(interval(method(counts)))
        size = f"{invited:,} invited"
        lines += [summary(name, size, TRUTH, np.array(rows)) for name, rows in found.items()]
    return lines


def accounts(times: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Return lines for NPS over accounts, whose people think alike; the truth is 0."""
    lines = []
    for number, skew in ((8, 0.7), (20, 0.7), (20, 1.5), (100, 1.0)):
        parts, plain = [], []
        for survey in range(times):
            size = 1 + rng.poisson(2, number)
            account = np.repeat(np.arange(number), size)
            mood = rng.normal(0, 1, number)
            odds = np.exp(np.stack([-mood, np.full(number, 0.2), mood], axis=1))
            odds = (odds / odds.sum(axis=1, keepdims=True)).cumsum(axis=1)[account]
            place = (rng.random(len(account))[:, None] > odds).sum(axis=1)
            part = pd.DataFrame({"score": np.array([3, 8, 10])[place], "store_id": survey})
            part["account_id"] = account + number * survey
            parts.append(part.assign(revenue=rng.lognormal(10, skew, number)[account]))
            plain.append(np.bincount(place, minlength=3))
        read = nps.read(pd.concat(parts), segments=["revenue"], quiet=True)
        frames = {
            "answers as if alone": nps.adjusted_wald(plain).frame,
            "account, each answer": nps.account_nps(read, "store_id", weight="respondent").frame,
            "account, each account": nps.account_nps(read, "store_id").frame,
            "account, revenue": nps.account_nps(
                read, "store_id", weight="revenue", revenue="revenue"
            ).frame,
        }
        columns = ["estimate", "std_error", "lower", "upper"]
        text = f"{number} accounts, log-sd of revenue {skew:g}"
        lines += [
            summary(name, text, 0.0, frame[columns].to_numpy(float))
            for name, frame in frames.items()
        ]
    return lines


def stores(networks: int, rng: np.random.Generator, number: int = 200) -> list[dict[str, object]]:
    """Return lines for the posterior of stores whose answers are weighted."""
    lines = []
    for mean in (20, 80):
        held, raw_held, gap, raw_gap, error = [], [], [], [], []
        for _ in range(networks):
            shares = rng.dirichlet([12, 12, 26], number)
            true = 100 * (shares[:, 2] - shares[:, 0])
            cells, table = [], []
            for channel, lift, part in (("email", 0.2, 0.75), ("sms", -0.2, 0.25)):
                moved = np.minimum(lift * shares[:, 2], shares[:, 0])
                own = shares + np.stack([-moved, 0 * moved, moved], axis=1)
                n = rng.poisson(part * mean, number)
                cells += [(f"S{i}", channel) for i in range(number)]
                table += [rng.multinomial(*pair) for pair in zip(n, own, strict=True)]
            frame = pd.DataFrame(cells, columns=["store_id", "channel"])
            counts = scores(np.array(table), frame)
            given = nps.post_stratify(counts, {"email": 0.5, "sms": 0.5}, "channel")
            weighted = nps.estimate(counts, weights=given, draws=100).frame
            plain = nps.estimate(counts.by("store_id"), draws=100).frame
            for kept, dist, result in (
                (held, gap, weighted),
                (raw_held, raw_gap, plain),
            ):
                kept.append((result["lower"] <= true) & (true <= result["upper"]))
                dist.append(result["estimate"] - true)
            error.append(weighted["std_error"])
        for name, kept, dist in (
            ("estimate, raw", raw_held, raw_gap),
            ("estimate, weighted", held, gap),
        ):
            lines.append(
                {
                    "method": name,
                    "size": f"{number} stores of {mean} answers",
                    "times": networks,
                    "bias": np.mean(dist),
                    "sd": np.std(dist),
                    "std_error": np.sqrt(np.mean(np.square(error)))
                    if "weighted" in name
                    else np.nan,
                    "coverage": np.mean(kept),
                }
            )
    return lines


def networks(seeds: int) -> pd.DataFrame:
    """Return bias against NPS of all who were asked, on simulated networks."""
    strong = {
        "channel_effects": {"email": 0.0, "sms": 0.7, "app": 0.4},
        "channel_response": {"email": 0.0, "sms": 1.2, "app": 0.6},
    }
    hidden = {"response_experience": 0.0, "response_extremes": 0.0}
    kinds = {
        "observed covariates only": nps.NetworkTruth(**strong, **hidden),
        "satisfaction itself as well": nps.NetworkTruth(**strong, response_experience=0.3),
    }
    keys = ["channel", "kind", "journey", "question_position", "past_invitations", "reminder"]
    rows = []
    for what, truth in kinds.items():
        for seed in range(1, seeds + 1):
            made = nps.simulate(40, 12, 12_000, seed=seed, truth=truth)
            sent = nps.read(made.invitations, table="invitations", quiet=True)
            came = nps.read(made.responses, beside=sent, quiet=True)
            counts = nps.count_invitations(
                sent, keys, responses=came, bins={"past_invitations": [1, 2, 4]}
            )
            asked = made.invitations.groupby("store_id", observed=False).size()
            table = made.truth.stores.set_index("store_id")["nps_asked"]
            true = float(np.average(table.loc[asked.index], weights=asked))
            post = nps.weighted_nps(
                counts.scores, nps.post_stratify(counts.scores, counts.by("channel"))
            )
            inverse = nps.weighted_nps(counts.scores, nps.response_propensity(counts).weights())
            row = inverse.frame.iloc[0]
            rows.append(
                {
                    "response depends on": what,
                    "seed": seed,
                    "truth": true,
                    "raw": counts.scores.sum().nps[0] - true,
                    "post-stratified by channel": post.frame["estimate"][0] - true,
                    "inverse propensity": row["estimate"] - true,
                    "std_error": row["std_error"],
                    "R": nps.representativeness(counts).frame["estimate"][0],
                }
            )
    return pd.DataFrame(rows)


def page(table: pd.DataFrame, biases: pd.DataFrame) -> str:
    """Return both tables as a page of Markdown."""
    lines = [
        "# Weighted NPS against known truths",
        "",
        "`python benchmarks/weighting.py` makes this page. Bias, sd and standard error in points;",
        "coverage of 95 % intervals. In the first part the unhappy answer less, all of it by",
        f"channel and kind (NPS of the population {TRUTH:+.1f}); in the second, people of one",
        "account think alike; in the third, every store's intervals count.",
        "",
        "| method | size | times | bias | sd | std. error | coverage |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in table.itertuples():
        error = "–" if np.isnan(row.std_error) else f"{row.std_error:.2f}"
        lines.append(
            f"| {row.method} | {row.size} | {row.times} | {row.bias:+.2f} | {row.sd:.2f} | {error} "
            f"| {row.coverage:.3f} |"
        )
    lines += [
        "",
        "## Bias on simulated networks",
        "",
        "Against NPS of all who were asked (known), in points, mean of the networks. What",
        "covariates explain is mended; what satisfaction itself does to answering is not. By",
        "channel: post-stratified; propensity: inverse, by six covariates, and its standard error.",
        "",
        "| response depends on | networks | raw | by channel | propensity | std. error | R |",
        "|---|---|---|---|---|---|---|",
    ]
    for what, part in biases.groupby("response depends on"):
        mean = part.drop(columns=["response depends on"]).mean()
        lines.append(
            f"| {what} | {len(part)} | {mean['raw']:+.2f} | "
            f"{mean['post-stratified by channel']:+.2f} | {mean['inverse propensity']:+.2f} | "
            f"{mean['std_error']:.2f} | {mean['R']:.3f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=120)
    times = parser.parse_args().times
    rng = np.random.default_rng(20250314)
    lines = strata(times, rng) + accounts(10 * times, rng) + stores(3, rng)
    table = pd.DataFrame(lines)
    biases = networks(2)
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(TABLES / "weighting.csv", index=False, lineterminator="\n")
    biases.round(6).to_csv(TABLES / "weighting_networks.csv", index=False, lineterminator="\n")
    text = page(table, biases)
    (TABLES / "weighting.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
