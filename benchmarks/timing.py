"""Do the bands along the delay and the readings of fatigue hold? `python benchmarks/timing.py`.

Some ten minutes of one core. The truth is known in all three parts:

* cells drawn from curves, another truth in every study: arms (2, 24, 72, 168 hours), a continuous
  delay, and one with a bend that four degrees of freedom only approach. How often bands hold
  response, NPS and margin, and intervals the points a doubling; whether the expected loss of the
  delay chosen is the loss it has; how often the best delay lies within its interval;
* networks of `nps.simulate`: response and NPS at every delay and journey against their truth,
  and how far an unadjusted reading of fatigue, which nobody randomized there, is off;
* years in which every visit was asked: quarantines read from the counts against the same years
  lived through under each rule, where customers come alike and where they do not.

Writes docs/tables/timing.csv and docs/tables/timing.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special
from timing_page import DESIGNS, PURPOSES, page
from timing_years import SHAPES, quarantined

import npsstats as nps
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.experiments.survey.delay.delay_curve import DelayCurve, delay_curve
from npsstats.experiments.survey.tired.fatigue import fatigue

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED = 20260313
LEVEL = 0.95
ARMS = np.array([2.0, 24.0, 72.0, 168.0])
MANY = np.geomspace(2, 168, 32).round(1)
GRID = np.array([3.0, 6.0, 12.0, 24.0, 48.0, 96.0, 144.0])  # within what every study sends
QUANTITIES = ("response", "nps", "margin_1000", "nps_answered")
KINDS = pd.DataFrame(
    [(journey, channel) for journey in ("delivery", "grocery") for channel in ("email", "sms")],
    columns=["journey", "channel"],
)
SENT = np.array([1500, 700, 3000, 1800])  # by kind


class World:
    """A truth: response peaks at some delay in each journey, scores drift with log2 of the delay.

    Every study has a world of its own, so that expected losses can be held against losses had.
    """

    def __init__(self, design: str, rng: np.random.Generator) -> None:
        self.design = design
        self.peak = rng.uniform(2, 6.5, 2)  # log2 hours: 4 to 90 hours
        self.bend = rng.uniform(0.005, 0.04, 2)
        self.drift = rng.normal(0, 0.05, (2, 2))

    def shares(self, delay: np.ndarray, kind: pd.DataFrame) -> tuple[np.ndarray, ...]:
        """Return the true chances of answering, of a detractor, of a promoter."""
        t = np.log2(delay)
        journey = (kind["journey"] == "grocery").to_numpy().astype(int)
        sms = (kind["channel"] == "sms").to_numpy()
        away = t - self.peak[journey]
        fall = 6 * np.abs(away) if self.design == "bent" else away**2
        curve = -self.bend[journey] * fall
        response = special.expit(-0.9 + curve + 0.3 * sms)
        detractor = special.expit(-1.3 + (0.03 + self.drift[0, journey]) * t - 0.15 * sms)
        promoter = special.expit(0.5 - (0.03 + self.drift[1, journey]) * t + 0.1 * journey)
        return response, detractor, (1 - detractor) * promoter


def drawn(world: World, rng: np.random.Generator) -> InvitationCounts:
    """Return the counts of one study; a continuous delay takes 32 values, even on the log."""
    parts = []
    for index, row in KINDS.iterrows():
        n = SENT[int(index)]
        if world.design == "arms":
            delay, invited = ARMS, rng.multinomial(n, [0.25] * 4)
        else:
            delay, invited = MANY, rng.multinomial(n, np.full(len(MANY), 1 / len(MANY)))
        parts.append(pd.DataFrame({"delay_hours": delay, "invited": invited, **row}))
    cells = pd.concat(parts, ignore_index=True)
    cells = cells[cells["invited"] > 0].reset_index(drop=True)
    response, detractor, promoter = world.shares(cells["delay_hours"].to_numpy(), cells)
    invited = cells.pop("invited").to_numpy()
    came = rng.binomial(invited, response)
    down = rng.binomial(came, detractor)
    up = rng.binomial(came - down, promoter / (1 - detractor))
    eleven = np.zeros((len(cells), 11), dtype=int)
    eleven[:, [3, 8, 10]] = np.stack([down, came - down - up, up], axis=1)
    scores = nps.ScoreCounts(eleven, cells)
    return InvitationCounts(cells, invited, came, scores)


def true_curves(world: World, counts: InvitationCounts) -> dict[tuple[str, str], np.ndarray]:
    """Return the true curves on the grid over the mix that was drawn, by group and quantity."""
    sent = counts.frame.groupby(["journey", "channel"])["invited"].sum().reset_index()
    grid = ARMS if world.design == "arms" else GRID
    found = {}
    for group in ("delivery", "grocery", "all"):
        own = sent if group == "all" else sent[sent["journey"] == group]
        weight = own["invited"].to_numpy() / own["invited"].sum()
        rows = []
        for delay in grid:
            response, detractor, promoter = world.shares(np.full(len(own), delay), own)
            rate = weight @ response
            d, p = (weight * response) @ detractor / rate, (weight * response) @ promoter / rate
            spread = 100 * np.sqrt(p + d - (p - d) ** 2)
            margin = special.ndtri((1 + LEVEL) / 2) * spread / np.sqrt(1000 * rate)
            rows.append((rate, 100 * weight @ (promoter - detractor), margin, 100 * (p - d)))
        for name, values in zip(QUANTITIES, np.transpose(rows), strict=True):
            found[group, name] = values
    return found


def true_drift(world: World, counts: InvitationCounts) -> dict[str, float]:
    """Return NPS points a doubling, averaged over all that was sent."""
    found, frame, h = {}, counts.frame, 1e-4
    delay = frame["delay_hours"].to_numpy(float)
    ends = [world.shares(delay * 2**step, frame) for step in (-h, h)]
    slope = 100 * ((ends[1][2] - ends[1][1]) - (ends[0][2] - ends[0][1])) / (2 * h)
    for group in ("delivery", "grocery", "all"):
        own = (frame["journey"] == group).to_numpy() | (group == "all")
        found[group] = float(np.average(slope[own], weights=frame["invited"].to_numpy()[own]))
    return found


def one(task: tuple[str, int]) -> list[tuple[str, str, float]]:
    """Return (design, what, value) of one study: hits of bands, losses expected and had."""
    design, index = task
    rng = np.random.default_rng([SEED, list(DESIGNS).index(design), index])
    world = World(design, rng)
    counts = drawn(world, rng)
    grid = None if design == "arms" else GRID
    result = delay_curve(
        counts, by="journey", adjust=["channel"], grid=grid, level=LEVEL, seed=index, draws=1000
    )
    truth, found = true_curves(world, counts), []
    for (group, quantity), values in truth.items():
        rows = result.frame[(result.frame["group"] == group)]
        rows = rows[rows["quantity"] == quantity]
        inside = (rows["lower"] <= values) & (values <= rows["upper"])
        found.append((design, quantity, float(inside.mean())))
    for group, value in true_drift(world, counts).items():
        row = result.drift[result.drift["group"] == group].iloc[0]
        found.append((design, "drift", float(row.lower <= value <= row.upper)))
    fits = any("does not pass where its delays do" in said for said in result.diagnostics)
    found.append((design, "lack said", float(fits)))
    return found + losses(design, result, truth)


def losses(
    design: str, result: DelayCurve, truth: dict[tuple[str, str], np.ndarray]
) -> list[tuple[str, str, float]]:
    """Return expected and true loss of the delay chosen, and whether the interval holds."""
    curve = {
        "response": "response",
        "precision": "margin_1000",
        "communication": "nps_answered",
    }
    found = []
    for purpose in PURPOSES:
        for group in ("delivery", "grocery", "all"):
            best = result.best(purpose, group=group)
            values = truth[group, curve[purpose]] * (-1 if purpose == "precision" else 1)
            chosen = int(np.argmin(best.frame["expected_loss"]))
            scale = 100 if purpose == "response" else 1
            right = best.lower <= best.frame["delay_hours"].iloc[values.argmax()] <= best.upper
            found += [
                (design, f"{purpose} expected", scale * best.frame["expected_loss"].min()),
                (design, f"{purpose} had", scale * float(values.max() - values[chosen])),
                (design, f"{purpose} holds", float(right)),
                (design, f"{purpose} p_best", float(best.frame["p_best"].iloc[chosen])),
                (design, f"{purpose} is best", float(chosen == values.argmax())),
            ]
    return found


def simulated(seed: int) -> dict[str, float]:
    """Return hits of the bands in a network, and what fatigue reads there, in and out of truth."""
    made = nps.simulate(8, 12, 4_000, seed=seed, truth=nps.NetworkTruth(gaming_share=0.0))
    sent = nps.read(made.invitations, table="invitations", quiet=True)
    came = nps.read(made.responses, table="responses", beside=sent, quiet=True)
    counts = nps.count_invitations(sent, ["journey", "delay_hours"], responses=came)
    frame = delay_curve(counts, by="journey", seed=seed, draws=1000).frame
    truth = made.truth.delay.rename(columns={"journey": "group"})
    both = frame.merge(truth, on=["group", "delay_hours"])
    hits = {}
    for quantity, column in (("response", "response_rate"), ("nps_answered", "nps_answered")):
        rows = both[both["quantity"] == quantity]
        hits[quantity] = ((rows["lower"] <= rows[column]) & (rows[column] <= rows["upper"])).mean()
    keys = ["past_invitations", "days_since_last"]
    past = nps.count_invitations(sent, [*keys, "journey", "channel"], responses=came)
    true = made.truth.fatigue.set_index("past_solicitations")
    weight = past.by("past_invitations").frame.set_index("past_invitations")["invited"]
    steps = true[["response_rate", "nps_asked"]].diff().shift(-1).dropna()
    mean = steps.mul(weight, axis=0).dropna().sum() / weight[weight.index < 6].sum()
    for name, adjust in (("plain", []), ("adjusted", ["journey", "channel"])):
        read = fatigue(past, adjust=adjust, quarantine=[0], seed=seed, draws=1000).frame
        for row, scale, column in (
            (read.iloc[0], 100, "response_rate"),
            (read.iloc[1], 1, "nps_asked"),
        ):
            value = scale * float(mean[column])
            hits[f"{name} {row.quantity}"] = row.estimate
            hits[f"true {row.quantity}"] = value
            hits[f"{name} {row.quantity} holds"] = row.lower <= value <= row.upper
    return hits


def main() -> None:
    """Write the tables and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--bent", type=int, default=150)
    parser.add_argument("--networks", type=int, default=12)
    parser.add_argument("--years", type=int, default=30)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    studies = {design: asked.bent if design == "bent" else asked.studies for design in DESIGNS}
    tasks = [(design, index) for design, number in studies.items() for index in range(number)]
    with ProcessPoolExecutor(asked.workers) as pool:
        rows = [row for part in pool.map(one, tasks, chunksize=10) for row in part]
        made = pd.DataFrame(pool.map(simulated, range(500, 500 + asked.networks)))
        years = [(shape, seed) for shape in SHAPES for seed in range(asked.years)]
        rules = [row for part in pool.map(quarantined, years) for row in part]
    direct = pd.DataFrame(rows, columns=["design", "what", "value"])
    direct = direct.pivot_table(index="design", columns="what", values="value")
    text = page(
        direct,
        made.astype(float),
        pd.DataFrame(rules),
        (asked.studies, int(SENT.sum()), asked.years, asked.bent),
    )
    TABLES.mkdir(parents=True, exist_ok=True)
    direct.round(4).to_csv(TABLES / "timing.csv", lineterminator="\n")
    (TABLES / "timing.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
