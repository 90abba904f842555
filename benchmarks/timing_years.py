"""Years of solicitations lived through under quarantines, for `timing.py`."""

import numpy as np
import pandas as pd
from scipy import special

import npsstats as nps
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.experiments.survey.tired.fatigue import fatigue

SEED = 20260314
CUSTOMERS, RULES = 6000, (15, 30, 60, 90, 180)
SHAPES = (1000.0, 1.5)  # of the gamma between customers: alike, and not


def histories(rng: np.random.Generator, shape: float) -> np.ndarray:
    """Return days of visits within a year, (customers, visits), ascending, inf beyond."""
    rate = rng.gamma(shape, 1 / shape, CUSTOMERS) / 50  # a visit every 50 days on average
    day = np.cumsum(rng.exponential(1 / rate[:, None], (CUSTOMERS, 40)), axis=1)
    return np.where(day < 365, np.floor(day), np.inf)


def sendings(day: np.ndarray, held: int) -> tuple[np.ndarray, ...]:
    """Return which visits are asked under a quarantine, past solicitations, days since the last."""
    last, count = np.full(len(day), -np.inf), np.zeros(len(day))
    asked = np.zeros(day.shape, dtype=bool)
    past, since = np.zeros(day.shape), np.full(day.shape, np.inf)
    for k in range(day.shape[1]):
        with np.errstate(invalid="ignore"):
            gap = day[:, k] - last
        asked[:, k] = np.isfinite(day[:, k]) & (gap >= held)
        past[:, k], since[:, k] = count, gap
        last = np.where(asked[:, k], day[:, k], last)
        count = count + asked[:, k]
    return asked, past, since


def chance(past: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Return the true chance of answering."""
    return special.expit(-0.9 - 0.12 * np.minimum(past, 6) - 0.6 * np.exp(-since / 30))


def quarantined(task: tuple[float, int]) -> list[dict[str, float]]:
    """Return rules read from a year in which every visit was asked, and the rules lived through."""
    shape, seed = task
    rng = np.random.default_rng([SEED, int(10 * shape), seed])
    day = histories(rng, shape)
    asked, past, since = sendings(day, 0)
    rows = pd.DataFrame({"past_invitations": past[asked], "days_since_last": since[asked]})
    rows["days_since_last"] = rows["days_since_last"].replace(np.inf, np.nan)
    rows["answered"] = rng.random(len(rows)) < chance(past[asked], since[asked])
    keys = ["past_invitations", "days_since_last"]
    cells = rows.groupby(keys, dropna=False)["answered"].agg(["size", "sum"]).reset_index()
    eleven = np.zeros((len(cells), 11), dtype=int)
    eleven[:, 8] = cells["sum"] - 2 * (cells["sum"] // 3)
    eleven[:, 2] = eleven[:, 10] = cells["sum"] // 3
    scores = nps.ScoreCounts(eleven, cells[keys])
    counts = InvitationCounts(scores.cells, cells["size"].to_numpy(), scores.n, scores)
    read = fatigue(counts, quarantine=RULES, seed=seed, draws=400, randomized=True).rules
    found, total = [], asked.sum()
    for days, part in read.groupby("quarantine_days"):
        values = part.set_index("quantity")
        row = values.loc["answers"]
        kept, number, gap = sendings(day, int(days))
        true = 1000 * chance(number[kept], gap[kept]).sum() / total
        found.append(
            {
                "shape": shape,
                "days": float(days),
                "not sent": values.loc["not_sent", "estimate"],
                "not sent, lived": 1000 * (1 - kept.sum() / total),
                "lost": values.loc["answers_lost", "estimate"],
                "won back": values.loc["answers_won_back", "estimate"],
                "answers": row["estimate"],
                "answers, lived": true,
                "holds": float(row["lower"] <= true <= row["upper"]),
            }
        )
    return found
