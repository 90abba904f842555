"""Replications from pairs of detractors: money, shares, time, scores, and who is reached."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import experiments_pairs
import numpy as np
import pandas as pd
from experiments_designs import (
    anytime,
    looks,
    no_subgroups,
    policy,
    subgroup_effects,
    whole_stores,
    within_stores,
)
from experiments_networks import rows_of
from experiments_pairs import FOLLOWED, Trial, draw, next_scores, pairs

from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.durations import DurationCounts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.aggregates.tails import TailMoments
from npsstats.experiments.amounts import amount
from npsstats.experiments.binary import binary
from npsstats.experiments.compliance import compliance
from npsstats.experiments.duration import duration
from npsstats.experiments.scores import next_score, score

__all__ = ["STUDIES", "warm"]

UNITS = 2000  # assigned, both arms together
ANSWERS = 400  # an arm
ASSIGNED = 4000  # an arm, where few answer
WINDOW = 60
LEAST_FOLLOWED = 20  # days; from here to FOLLOWED follow-up is uniform
BEFORE = ("visits_before", "amount_before")
CONTROL = "ignored"
DRAWS = 3000  # of a posterior by draws
BREAKS = (10, 20, 30, 40, 50)


def name_of(study: str, *, effect: bool) -> str:
    """Return what the table calls a study."""
    return study if effect else f"{study}, no effect"


@cache
def money_truths(*, effect: bool) -> dict[str, float]:
    """Return the pool's own effects on amounts."""
    table = pairs()
    zero, one = (table[f"amount_{arm}"].to_numpy() for arm in (0, int(effect)))
    bought, again = (table[f"repurchase_{arm}"].to_numpy() for arm in (0, int(effect)))
    per = zero.sum() / bought.sum(), one.sum() / again.sum()
    both = np.repeat([CONTROL, "called"], len(table))
    tails = TailMoments.from_values("amount", np.concatenate([zero, one]), both)
    trimmed = tails.frame.set_index("arm")["trimmed_mean"]
    return {
        "mean difference": one.mean() - zero.mean(),
        "ratio of means": one.mean() / zero.mean(),
        "trimmed mean difference": float(trimmed["called"] - trimmed[CONTROL]),
        "share with any": (one > 0).mean() - (zero > 0).mean(),
        "mean difference per repurchase": per[1] - per[0],
        "ratio of means per repurchase": per[1] / per[0],
    }


def money(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effects on amounts, a customer and a buyer."""
    lot, _ = draw("money", replication, UNITS, effect=effect)
    values = lot.table[["amount", "repurchase", *BEFORE]]
    moments = ArmMoments.from_values(values, {"arm": lot.arm})
    asked: dict[str, Any] = {"control": CONTROL, "covariates": BEFORE}
    found = [
        amount(moments, "amount", **asked),
        amount(moments, "amount", denominator="repurchase", **asked),
    ]
    truths, name = money_truths(effect=effect), name_of("money", effect=effect)
    return pd.concat([rows_of(name, replication, each, truths) for each in found])


def tails(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effects on amounts that depend less on the largest."""
    lot, _ = draw("tails", replication, UNITS, effect=effect)
    spent = lot.table["amount"].to_numpy()
    found = amount(
        ArmMoments.from_values({"amount": spent}, {"arm": lot.arm}),
        "amount",
        control=CONTROL,
        tails=TailMoments.from_values("amount", spent, lot.arm),
    )
    truths = {
        name: value
        for name, value in money_truths(effect=effect).items()
        if name in {"trimmed mean difference", "share with any"}
    }
    return rows_of(name_of("money, tails", effect=effect), replication, found, truths)


def shares(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effects on re-purchase, adjusted for stratum and frequency."""
    lot, _ = draw("shares", replication, UNITS, effect=effect)
    keys = lot.table[["stratum", "frequency"]].assign(arm=lot.arm)
    moments = ArmMoments.from_values(lot.table[["repurchase"]], keys)
    found = binary(
        moments,
        "repurchase",
        control=CONTROL,
        covariates=("stratum", "frequency"),
        interaction=True,
    )
    table = pairs()
    low, high = (table[f"repurchase_{arm}"].mean() for arm in (0, int(effect)))
    truths = {
        "risk difference": high - low,
        "risk ratio": high / low,
        "odds ratio": high * (1 - low) / (low * (1 - high)),
    }
    return rows_of(name_of("re-purchase", effect=effect), replication, found, truths)


def reached(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effect on what those spend whom a call reaches."""
    lot, _ = draw("reached", replication, UNITS, effect=effect)
    moments = ArmMoments.from_values(lot.table[["amount", "received", *BEFORE]], {"arm": lot.arm})
    found = compliance(
        moments,
        "amount",
        received="received",
        control=CONTROL,
        covariates=BEFORE,
        unit="EUR",
        seed=replication,
    )
    reach = pairs()["received_1"].mean()
    itt = money_truths(effect=effect)["mean difference"]
    truths = {
        "first stage": reach,
        "intention to treat": itt,
        "complier average causal effect": itt / reach,
    }
    return rows_of(name_of("money of the reached", effect=effect), replication, found, truths)


def counts_of(lot: Trial, followed: np.ndarray) -> DurationCounts:
    """Return durations as seen after so many days of follow-up."""
    days, event = (lot.table[name].to_numpy() for name in ("days", "event"))
    seen = np.minimum(days, followed)
    return DurationCounts.from_values(seen, (days <= followed) * event, {"arm": lot.arm})


@cache
def time_truths(*, effect: bool) -> dict[str, float]:
    """Return the pool's own effects on time.

    The hazard ratio that Cox estimates where it is not one ratio depends on who is censored when:
    its truth is that of every pair under every follow-up.
    """
    table = pairs()
    days = [table[f"days_{arm}"].to_numpy() for arm in (0, int(effect))]
    event = [table[f"event_{arm}"].to_numpy() for arm in (0, int(effect))]
    risk = [(x * (d <= WINDOW)).mean() for d, x in zip(days, event, strict=True)]
    mean = [np.minimum(d, WINDOW).mean() for d in days]
    called = np.repeat([False, True], len(table))
    both = pd.DataFrame({"days": np.concatenate(days), "event": np.concatenate(event)})
    every = np.arange(LEAST_FOLLOWED, FOLLOWED + 1)
    tiled = pd.concat([both] * len(every), ignore_index=True)
    counts = counts_of(Trial(np.tile(called, len(every)), tiled), np.repeat(every, len(both)))
    limit = duration(counts, "days", control=CONTROL, window=WINDOW, draws=100).frame
    ratio = limit.loc[limit["estimand"] == "hazard ratio", "estimate"].iloc[0]
    truths = {
        "risk difference": risk[1] - risk[0],
        "restricted mean difference": mean[1] - mean[0],
        "restricted mean ratio": mean[1] / mean[0],
        "hazard ratio": float(ratio),
    }
    return truths if effect else truths | {"events beyond expected": 0.0}


def time(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effects on the days to the next purchase, of units followed 20 to 90 days."""
    lot, rng = draw("time", replication, UNITS, effect=effect)
    counts = counts_of(lot, rng.integers(LEAST_FOLLOWED, FOLLOWED + 1, len(lot.table)))
    asked: dict[str, Any] = {
        "control": CONTROL,
        "window": WINDOW,
        "seed": replication,
        "draws": DRAWS,
    }
    found = [duration(counts, "days", **asked)]
    if effect:
        pieces = duration(counts, "days", breaks=BREAKS, **asked)
        frame = pieces.frame[pieces.frame["method"].str.startswith("Bayes, piecewise")]
        found.append(type(pieces)(frame, (), pieces.provenance))
    truths, name = time_truths(effect=effect), name_of("time", effect=effect)
    return pd.concat([rows_of(name, replication, each, truths) for each in found])


def answers(rng: np.random.Generator, n: int, *, effect: bool, silent: bool) -> ScoreCounts:
    """Return next scores of n an arm, drawn from those of the pool."""
    last = 12 if silent else 11
    zero, one = (counts[:last] / counts[:last].sum() for counts in next_scores())
    drawn = [rng.multinomial(n, law) for law in (zero, one if effect else zero)]
    return ScoreCounts(np.stack(drawn)[:, :11], pd.DataFrame({"arm": [CONTROL, "called"]}))


@cache
def score_truths(*, effect: bool) -> dict[str, float]:
    """Return the pool's own effects on scores; the odds ratio is that of maximum likelihood."""
    counts = next_scores()
    zero, one = counts[0][:11], counts[int(effect)][:11]
    both = ScoreCounts(np.stack([zero, one]), pd.DataFrame({"arm": [CONTROL, "called"]}))
    odds = score(both, control=CONTROL).frame.set_index("estimand")["estimate"]
    p, q = zero / zero.sum(), one / one.sum()
    detractors = q[:7].sum() - p[:7].sum()
    promoters = q[9:].sum() - p[9:].sum()
    return {
        "NPS difference": 100 * (promoters - detractors),
        "detractor share difference": detractors,
        "promoter share difference": promoters,
        "mean score difference": float((q - p) @ np.arange(11)),
        "probability of superiority": float(q @ (np.cumsum(p) - p / 2)),
        "cumulative odds ratio": float(odds["cumulative odds ratio"]),
    }


def scores(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effects on scores of arms that all answer."""
    rng = np.random.default_rng([experiments_pairs.SEED, 100, replication])
    found = score(
        answers(rng, ANSWERS, effect=effect, silent=False), control=CONTROL, seed=replication
    )
    name = name_of("next score, all answer", effect=effect)
    return rows_of(name, replication, found, score_truths(effect=effect))


def _bounds(frame: pd.DataFrame) -> tuple[Any, Any]:
    lee = frame[frame["method"].str.startswith("Lee bounds")]
    return lee.iloc[0], lee.iloc[1]


@cache
def answer_truths() -> tuple[float, float, float]:
    """Return the pool's own effect on answering, and its own trimming bounds of NPS."""
    zero, one = next_scores()
    both = ScoreCounts(np.stack([zero, one])[:, :11], pd.DataFrame({"arm": [CONTROL, "called"]}))
    assigned = {CONTROL: int(zero.sum()), "called": int(one.sum())}
    ends, _ = _bounds(next_score(both, assigned, control=CONTROL).frame)
    return one[:11].sum() / one.sum() - zero[:11].sum() / zero.sum(), ends.lower, ends.upper


def silence(replication: int) -> pd.DataFrame:
    """Return the effect on answering, and each end of Lee's bounds in the interval around them."""
    rng = np.random.default_rng([experiments_pairs.SEED, 101, replication])
    counts = answers(rng, ASSIGNED, effect=True, silent=True)
    assigned = dict.fromkeys((CONTROL, "called"), ASSIGNED)
    found = next_score(counts, assigned, control=CONTROL, seed=replication)
    response, low, high = answer_truths()
    name = "next score, few answer"
    rows = rows_of(name, replication, found, {"response difference": response})
    ends, wide = _bounds(found.frame)
    common = {"study": name, "replication": replication, "unit": "points", "p_value": np.nan}
    common |= {"method": "Lee bounds with sampling error", "lower": wide.lower, "upper": wide.upper}
    more = [
        common | {"estimand": "NPS difference, lowest", "truth": low, "estimate": ends.lower},
        common | {"estimand": "NPS difference, highest", "truth": high, "estimate": ends.upper},
    ]
    return pd.concat([rows, pd.DataFrame(more)[list(rows.columns)]])


STUDIES: dict[str, tuple[Callable[[int], pd.DataFrame], int]] = {
    "money": (partial(money, effect=True), 1),
    "money-none": (partial(money, effect=False), 2),
    "tails": (partial(tails, effect=True), 2),
    "tails-none": (partial(tails, effect=False), 2),
    "shares": (partial(shares, effect=True), 1),
    "shares-none": (partial(shares, effect=False), 2),
    "reached": (partial(reached, effect=True), 1),
    "reached-none": (partial(reached, effect=False), 2),
    "time": (partial(time, effect=True), 1),
    "time-none": (partial(time, effect=False), 2),
    "scores": (partial(scores, effect=True), 2),
    "scores-none": (partial(scores, effect=False), 2),
    "silence": (silence, 2),
    "whole": (partial(whole_stores, effect=True), 1),
    "whole-none": (partial(whole_stores, effect=False), 2),
    "within": (partial(within_stores, effect=True), 1),
    "within-none": (partial(within_stores, effect=False), 2),
    "looks": (partial(looks, effect=True), 1),
    "looks-none": (partial(looks, effect=False), 2),
    "anytime": (anytime, 2),
    "subgroups": (subgroup_effects, 1),
    "subgroups-none": (no_subgroups, 2),
    "policy": (policy, 2),
}


def warm() -> None:
    """Make the pool and its truths once, before processes part."""
    for effect in (True, False):
        money_truths(effect=effect)
        time_truths(effect=effect)
        score_truths(effect=effect)
    answer_truths()
