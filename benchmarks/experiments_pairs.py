"""Detractors of whom both outcomes are known: one called and one ignored, otherwise alike."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
from experiments_networks import PLAN

import npsstats as nps
from npsstats.experiments.gathering import gather
from npsstats.experiments.spec import load_plan

__all__ = ["FOLLOWED", "SEED", "Trial", "draw", "next_scores", "pairs", "trial"]

SEED = 2024
STORES, MONTHS, RESPONSES = 40, 14, 120_000
FOLLOWED = 90  # days that every unit of the pool was followed
DAYS, EVENT = "days_to_repurchase days", "days_to_repurchase event"
OUTCOMES = ["repurchase", "amount", "received", "days", "event"]
BEFORE = ["stratum", "frequency", "visits_before", "amount_before"]


@cache
def units() -> pd.DataFrame:
    """Return the detractors of one large network who were followed for `FOLLOWED` days."""
    plan = load_plan(PLAN).model_copy(update={"callback": None, "looks": None, "decision": None})
    gathered = gather(plan, nps.simulate(STORES, MONTHS, RESPONSES, seed=SEED))
    table: pd.DataFrame = gathered.units.table.to_pyarrow().to_pandas()
    assert gathered.until is not None
    early = pd.to_datetime(table["assigned"]) <= pd.Timestamp(
        gathered.until - timedelta(days=FOLLOWED)
    )
    table = table[early].rename(columns={DAYS: "days", EVENT: "event"})
    # nobody is looked at beyond the days that all were followed
    table["event"] = ((table["event"] == 1) & (table["days"] <= FOLLOWED)).astype(int)
    table["days"] = table["days"].clip(upper=FOLLOWED)
    order = ["cluster", "stratum", "visits_before", "amount_before", "assigned", "days", "amount"]
    return table.sort_values(order).reset_index(drop=True)


@cache
def pairs() -> pd.DataFrame:
    """Return a row a pair: cluster, what was known before, and outcomes ignored (0) and called (1).

    Within store and stratum both arms are put in order of past visits and amounts and joined rank
    by rank, so that each has as many; what is left over of the larger arm is dropped.
    """
    joined = []
    for (cluster, _), part in units().groupby(["cluster", "stratum"]):
        ignored, called = (part[part["arm"] == arm] for arm in ("ignored", "called"))
        n = min(len(ignored), len(called))
        one, two = (
            arm.iloc[np.linspace(0, len(arm) - 1, n).round().astype(int)] if n else arm.iloc[:0]
            for arm in (ignored, called)
        )
        pair = one[BEFORE].reset_index(drop=True).assign(cluster=cluster)
        for name in OUTCOMES:
            pair[f"{name}_0"] = one[name].to_numpy(float)
            pair[f"{name}_1"] = two[name].to_numpy(float)
        joined.append(pair)
    return pd.concat(joined, ignore_index=True)


@cache
def next_scores() -> tuple[np.ndarray, np.ndarray]:
    """Return counts of next scores ignored and called, (11,), and who gave none as a twelfth."""
    found = []
    for arm in ("ignored", "called"):
        score = units().loc[units()["arm"] == arm, "next_score"].fillna(11).astype(int)
        found.append(np.bincount(score, minlength=12))
    return found[0], found[1]


@dataclass(frozen=True)
class Trial:
    """Units assigned by lot: their arm, what was known before, and what came of it."""

    called: np.ndarray
    table: pd.DataFrame

    @property
    def arm(self) -> np.ndarray:
        """The arms' names."""
        return np.where(self.called, "called", "ignored")


def trial(chosen: pd.DataFrame, rng: np.random.Generator, *, effect: bool = True) -> Trial:
    """Assign half of the pairs by lot and show the outcome of the arm; without effect that of 0."""
    called = rng.permutation(len(chosen)) < len(chosen) // 2
    table = chosen[[*BEFORE, "cluster"]].copy()
    for name in OUTCOMES:
        shown = called & effect if name != "received" else called
        table[name] = np.where(shown, chosen[f"{name}_1"], chosen[f"{name}_0"])
    return Trial(called, table.reset_index(drop=True))


def draw(
    study: str, replication: int, n: int, *, effect: bool = True
) -> tuple[Trial, np.random.Generator]:
    """Return a trial of n pairs drawn with replacement, and the generator that goes on."""
    seed = [SEED, int(effect), replication, *study.encode()]
    rng = np.random.default_rng(seed)
    return trial(pairs().iloc[rng.integers(0, len(pairs()), n)], rng, effect=effect), rng
