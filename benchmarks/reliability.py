"""Tell whether the corrected slope covers the truth, and is refused where it must be.

`python benchmarks/reliability.py [replications]`, a quarter of an hour of one core at 1,000. Panels
of 500 stores × 36 months (and of 50 × 36 and 500 × 8 quarters' worth) with a known slope of growth
on last month's true NPS; answers a month differ between stores (sd of logs 0.7).

* slopes: naive, shrunken scores plugged in, corrected, corrected with weights, halves;
* refusals: how often a slope is called identified;
* placebo: how often next month's score is significant, alone where nothing acts, and beside last
  month's where it acts;
* regions: growth shocks shared by neighbours, errors clustered by store and Driscoll–Kraay.

Writes docs/tables/reliability.csv and docs/tables/reliability.md.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "linkage"))

from networks import draw, score_of

from npsstats.linkage.corrected import (
    STRENGTH,
    NoisyScore,
    corrected_moments,
    halves_moments,
    signal_weights,
)
from npsstats.linkage.growth_placebo import placebo_moments

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SLOPE = 0.10
WORLDS = {
    "500 stores × 36 months": {"stores": 500, "periods": 36},
    "50 stores × 36 months": {"stores": 50, "periods": 36},
    "500 stores × 8 quarters": {"stores": 500, "periods": 8},
}
ANSWERS = (8, 20, 60, 200)


def plugged(score: NoisyScore) -> NoisyScore:
    """Return empirical-Bayes scores, as one would who shrinks each towards the network."""
    seen = score.n > 0
    noise = score.noise()
    spread = max(np.var(score.mean[seen]) - noise[seen].mean(), 1e-9)
    weight = spread / (spread + noise)
    centre = score.mean[seen].mean()
    mean = centre + weight * (np.where(seen, score.mean, centre) - centre)
    return NoisyScore(score.n, mean, score.variance)


def slopes(world: str, answers: int, times: int) -> list[dict]:
    """Return a row an estimator."""
    found: dict[str, list] = {}
    share = []
    for seed in range(times):
        rng = np.random.default_rng([20260411, answers, seed, len(world)])
        _, categories, growth = draw(answers, rng, slope=SLOPE, **WORLDS[world])
        score = score_of(categories).shifted(1)
        weights = signal_weights(growth, score)
        plain = corrected_moments(growth, score)
        share.append(plain.reliability)
        for name, moments in {
            "naive": plain.naive(),
            "shrunken, plugged in": corrected_moments(growth, plugged(score)).naive(),
            "corrected, all rows alike": plain,
            "corrected, weighted (ours)": corrected_moments(growth, score, weights=weights),
            "split halves": halves_moments(growth, score, weights=weights),
        }.items():
            found.setdefault(name, []).append((moments.slope(0.95), moments.sureness()))
    rows = []
    for name, results in found.items():
        value = np.array([one.estimate for one, _ in results])
        low, high = (
            np.array([getattr(one, side) for one, _ in results]) for side in ("lower", "upper")
        )
        told = np.array([sure >= STRENGTH for _, sure in results])
        told &= np.isfinite(low + high)
        held = (low <= SLOPE) & (high >= SLOPE)
        rows.append(
            {
                "world": world,
                "answers": answers,
                "reliability": np.mean(share),
                "estimator": name,
                "median": np.median(value),
                "mean": value[told].mean() if told.any() else np.nan,
                "sd": value[told].std() if told.any() else np.nan,
                "coverage": held.mean(),
                "told": told.mean(),
                "coverage_told": held[told].mean() if told.any() else np.nan,
                "replications": times,
            }
        )
    return rows


def placebos(answers: int, times: int) -> list[dict]:
    """Return how often the lead is significant at 5 %."""
    counted: dict[tuple, list] = {}
    for seed in range(times):
        for slope in (0.0, 0.3):
            rng = np.random.default_rng([77, answers, seed, int(slope > 0)])
            _, categories, growth = draw(answers, rng, slope=slope)
            score = score_of(categories)
            alone = corrected_moments(growth, score.shifted(-1))
            weights = signal_weights(growth, score.shifted(1))
            for name, moments in {
                "alone": alone,
                "beside the lag, naive": placebo_moments(growth, score, corrected=False),
                "beside the lag, corrected (ours)": placebo_moments(growth, score, (), weights),
            }.items():
                p = moments.slope(0.95).p_value
                counted.setdefault((slope, name), []).append(p < 0.05)
    return [
        {"slope": slope, "answers": answers, "placebo": name, "rejects": np.mean(hits), "n": times}
        for (slope, name), hits in counted.items()
    ]


def regions(times: int) -> list[dict]:
    """Return coverage where shocks are shared, in NPS and in growth."""
    held: dict[str, list] = {"cluster": [], "driscoll-kraay": []}
    for seed in range(times):
        rng = np.random.default_rng([5, seed])
        _, categories, growth = draw(100, rng, stores=200, periods=60, slope=SLOPE, shared=3.0)
        score = score_of(categories).shifted(1)
        moments = corrected_moments(growth, score, weights=signal_weights(growth, score))
        for errors, hits in held.items():
            one = moments.slope(0.95, errors=errors)
            hits.append(one.lower <= SLOPE <= one.upper)
    return [{"errors": name, "coverage": np.mean(hits), "n": times} for name, hits in held.items()]


def page(table: pd.DataFrame, placebo: pd.DataFrame, shared: pd.DataFrame) -> str:
    """Return the page in Markdown."""
    lines = [
        "# A slope on noisy scores",
        "",
        "`python benchmarks/reliability.py` makes this page. Growth of a store in a month is",
        "0.10 % for each point of its true NPS the month before, beside effects of stores and",
        "months and shocks of 5 %; true NPS moves by 5 points (sd, autocorrelation 0.6) within a",
        "store; what is seen is the NPS of so many answers in the median store. *Told*: share of",
        "panels in which the slope is called identified (a reliability of five of its errors, and",
        "limits with two ends); mean, sd and the last column are of those. 95 % intervals; *held*",
        "is of all panels, the line without ends where the set has none.",
        "",
        "| panel | answers | reliab. | estimator | median | mean | sd | told | held | told, held |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        cells = [
            row["world"],
            f"{row['answers']}",
            f"{row['reliability']:.3f}",
            row["estimator"],
            *(shown(row[name]) for name in ("median", "mean", "sd")),
            f"{row['told']:.3f}",
            f"{row['coverage']:.3f}",
            shown(row["coverage_told"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "## Placebo: next month's score on this month's growth",
        "",
        "Share of panels in which the lead is significant at 5 %, where NPS does nothing (slope 0)",
        "and where last month's acts (slope 0.3). Alone, or naive beside the lag, a lead stands in",
        "for the lag that noise hides; corrected together it does not.",
        "",
        "| slope | answers | placebo | rejects |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['slope']:g} | {row['answers']} | {row['placebo']} | {row['rejects']:.3f} |"
        for row in placebo.to_dict("records")
    ]
    lines += [
        "",
        "## Shocks that stores share",
        "",
        "200 stores × 60 months at 100 answers. Each month brings a shock to NPS and another to",
        "growth (sd of 3), unrelated, and each store takes both by a weight of its own.",
        "",
        "| errors | coverage |",
        "|---|---|",
    ]
    lines += [f"| {row['errors']} | {row['coverage']:.3f} |" for row in shared.to_dict("records")]
    lines += ["", f"{table['replications'].max():,} panels a row (placebos, shocks: a half)."]
    return "\n".join(lines) + "\n"


def shown(value: float) -> str:
    """Return three decimals, or a dash."""
    return "–" if not np.isfinite(value) else f"{value:.3f}"


def main() -> None:
    """Simulate, table, print."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    table = pd.DataFrame(
        [row for world in WORLDS for answers in ANSWERS for row in slopes(world, answers, times)]
    )
    placebo = pd.DataFrame(
        [row for answers in (60, 200) for row in placebos(answers, max(times // 2, 1))]
    )
    shared = pd.DataFrame(regions(max(times // 2, 1)))
    table.to_csv(TABLES / "reliability.csv", index=False, float_format="%.5g", lineterminator="\n")
    text = page(table, placebo, shared)
    (TABLES / "reliability.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
