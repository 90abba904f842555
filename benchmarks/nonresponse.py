"""What a randomized reminder tells of those who stay silent. `python benchmarks/nonresponse.py`.

Some ten minutes on two idle cores.

* Direct: answers drawn from the model itself, weak and strong reminders: how often the limits of
  the NPS of all asked and of the selection gap hold the truth, how often the usual standard error
  and the posterior do, how wide they are, and how often the result says that it cannot tell;
* networks of `nps.simulate`, where answering depends on the *experience* and not on the score, so
  that the model is wrong: how far off the correction is, beside the NPS of those who answered.

Writes docs/tables/nonresponse.csv, docs/tables/nonresponse_networks.csv and
docs/tables/nonresponse.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

import npsstats as nps
from npsstats.experiments.survey.silent.resistance import resistance
from npsstats.experiments.survey.silent.resistance_fit import SHAPES, Survey
from npsstats.experiments.survey.silent.resistance_profile import draw, profile, read

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20261127
LAW = np.array([3, 1, 1, 2, 2, 7, 6, 14, 25, 15, 24.0]) / 100
NET = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])
# invitations; log-odds of answering at a score of 5, of a 10 against a 0, of the reminder
SETTINGS = (
    (2_000, -1.2, 1.0, 0.35),
    (20_000, -1.2, 1.0, 0.35),
    (100_000, -1.2, 1.0, 0.35),
    (20_000, -1.2, 1.0, 1.2),
    (2_000, 0.0, 1.0, 1.2),
    (20_000, -1.2, -1.0, 0.7),
    (20_000, -1.2, 1.0, 0.0),
)
NETWORKS = ((0.35, 0.4), (1.2, 0.4), (1.2, 0.0))  # reminder, dependence on the experience

DIRECT = (
    "Answers drawn from the model; half of the invitations are reminded. Log-odds of",
    "answering: at a score of 5, of a 10 against a 0, and of the reminder. Coverage of 95 %",
    "limits; widths in points of NPS, medians. *Usual* is the estimate ± 1.96 standard",
    "errors, which the result prints and says not to use where it cannot tell. *Flat* is how",
    "often the likelihood goes on to the end of the model and the result says so. *Needed*:",
    "invitations for ± 3 points, the median of what the results say.",
)
HEADER = (
    "| invited | at 5 | 10 : 0 | reminder | true gap | NPS held | gap held | usual held "
    "| posterior held | width | posterior width | flat | gap told from 0 | needed |"
)
WRONG = (
    "The posterior leans on its prior, N(0, 2²) on the log-odds of a 10 against a 0, and",
    "these truths lie near the prior's middle: that it holds them so often is no merit.",
    "",
    "## Where the model is wrong: networks of `nps.simulate`",
    "",
    "20 stores, 12 months, some 20,000 answers. There, answering depends on the experience",
    "(log-odds for one sd of it, and a little more at both extremes), on channel, delay and",
    "fatigue; not on the score, which is a noisy reading of the experience. People so differ",
    "in readiness to answer for reasons that the model does not know, and it takes what the",
    "reminder does to them for dependence on the score. Means over networks, in points: the",
    "error of the NPS of those who answered and of the corrected one, against the expected",
    "NPS of all who were asked.",
    "",
)
WORLDS = (
    "| reminder | experience | shape | answered − asked | corrected − asked | largest error | held "
    "| width | fit rejected |"
)


def drawn(task: tuple[int, int]) -> dict[str, float]:
    """Return what one replication of a setting holds."""
    place, turn = task
    n, level, beta, delta = SETTINGS[place]
    rng = np.random.default_rng([SEED, place, turn])
    chance = special.expit(level + beta * SHAPES["linear"][:, 0] + delta * np.array([[0.0], [1.0]]))
    cell = LAW * chance
    law = np.column_stack([cell, 1 - cell.sum(axis=1)])
    counts = np.stack([rng.multinomial(n // 2, row) for row in law])[None, :, :11].astype(float)
    truth = float(LAW @ NET)
    lean = float(cell.sum(axis=0) @ NET / cell.sum()) - truth
    made = profile(Survey(counts, np.full((1, 2), n / 2)), SHAPES["linear"], 0.95)
    asked, gap = (read(made, row, 0.95) for row in np.eye(3)[:2])
    _, values = draw(made, 2000, rng)
    low, high = np.quantile(values[:, 0], [0.025, 0.975])
    return {
        "setting": place,
        "true_gap": lean,
        "nps": asked.lower <= truth <= asked.upper,
        "gap": gap.lower <= lean <= gap.upper,
        "usual": abs(asked.estimate - truth) <= 1.96 * asked.std_error,
        "posterior": low <= truth <= high,
        "width": asked.upper - asked.lower,
        "width_posterior": high - low,
        "unbounded": made.unbounded,
        "gap_told": gap.lower > 0 or gap.upper < 0,
        "n_needed": n * (1.96 * asked.std_error / 3) ** 2,
    }


def network(task: tuple[float, float, int]) -> list[dict[str, float]]:
    """Return truth, naive and corrected NPS of one simulated network."""
    reminder, experience, seed = task
    truth = nps.NetworkTruth(reminder_response=reminder, response_experience=experience)
    made = nps.simulate(20, 12, 20_000, seed=seed, truth=truth)
    sent = nps.read(made.invitations, table="invitations", quiet=True)
    came = nps.read(made.responses, table="responses", beside=sent, quiet=True)
    counts = nps.count_invitations(sent, "reminder", responses=came)
    cells = counts.cells.assign(arm="all")
    counts = nps.InvitationCounts(
        cells, counts.invited, counts.answered, nps.ScoreCounts(counts.scores.counts, cells)
    )
    asked = float(made.truth.reminder["nps_asked"].mean())
    rows = []
    for shape in ("linear", "quadratic"):
        found = resistance(counts, shape=shape)
        row = found.row("all", "NPS of all asked")
        rows.append(
            {
                "reminder": reminder,
                "experience": experience,
                "seed": seed,
                "shape": shape,
                "invited": int(counts.invited.sum()),
                "asked": asked,
                "answered": float(found.row("all", "NPS of those who answered")["estimate"]),
                "corrected": float(row["estimate"]),
                "lower": float(row["lower"]),
                "upper": float(row["upper"]),
                "p_model": found.p_model,
            }
        )
    return rows


def page(table: pd.DataFrame, networks: pd.DataFrame, sizes: tuple[int, int]) -> str:
    """Return the tables as a page of Markdown."""
    lines = ["# What a randomized reminder tells of those who stay silent", "", *DIRECT, ""]
    lines[2:2] = ["`python benchmarks/nonresponse.py` makes this page.", ""]
    lines += [f"{sizes[0]} replications of each row.", "", HEADER, "|---" * 14 + "|"]
    for place, row in table.iterrows():
        n, level, beta, delta = SETTINGS[int(str(place))]
        needed = "–"
        if row["unbounded"] < 0.1:
            needed = f"{float(format(row['n_needed'], '.1g')):,.0f}"
        lines.append(
            f"| {n:,} | {level:g} | {beta:g} | {delta:g} | {row['true_gap']:+.1f} "
            f"| {row['nps']:.3f} | {row['gap']:.3f} | {row['usual']:.3f} | {row['posterior']:.3f} "
            f"| {row['width']:.0f} | {row['width_posterior']:.0f} | {row['unbounded']:.2f} "
            f"| {row['gap_told']:.2f} | {needed} |"
        )
    lines += ["", *WRONG, f"{sizes[1]} networks of each kind.", "", WORLDS, "|---" * 9 + "|"]
    for key, part in networks.groupby(["reminder", "experience", "shape"], sort=False):
        reminder, experience, shape = key
        off = part["corrected"] - part["asked"]
        held = ((part["lower"] <= part["asked"]) & (part["asked"] <= part["upper"])).sum()
        lines.append(
            f"| {reminder:g} | {experience:g} | {shape} "
            f"| {(part['answered'] - part['asked']).mean():+.1f} | {off.mean():+.1f} "
            f"| {off.abs().max():.1f} | {held} of {len(part)} "
            f"| {(part['upper'] - part['lower']).median():.0f} "
            f"| {(part['p_model'] < 0.01).sum()} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--networks", type=int, default=4)
    asked = parser.parse_args()
    tasks = [(place, turn) for place in range(len(SETTINGS)) for turn in range(asked.replications)]
    worlds = [(*kind, 700 + turn) for kind in NETWORKS for turn in range(asked.networks)]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        rows = pd.DataFrame(pool.map(drawn, tasks, chunksize=20))
        networks = pd.DataFrame([row for some in pool.map(network, worlds) for row in some])
    medians = ["width", "width_posterior", "n_needed"]
    groups = rows.groupby("setting")
    table = groups.mean().assign(**{name: groups[name].median() for name in medians})
    text = page(table, networks, (asked.replications, asked.networks))
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(TABLES / "nonresponse.csv", lineterminator="\n")
    networks.round(4).to_csv(TABLES / "nonresponse_networks.csv", index=False, lineterminator="\n")
    (TABLES / "nonresponse.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
