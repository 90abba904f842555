"""Replications of designs: whole stores, units within stores, looks, subgroups, whom to call."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from experiments_networks import COLUMNS, rows_of
from experiments_pairs import SEED, draw, pairs

from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.clusters import clustered
from npsstats.experiments.heterogeneity import subgroups
from npsstats.experiments.sequential.anytime import confidence_sequence
from npsstats.experiments.sequential.looks import look
from npsstats.experiments.targeting import whom_to_call

__all__ = [
    "anytime",
    "looks",
    "no_subgroups",
    "policy",
    "subgroup_effects",
    "whole_stores",
    "within_stores",
]

CONTROL = "ignored"
PER_ARM = 12  # stores, where whole stores are assigned
WITHIN = 16  # stores, where customers are assigned in each
PART = 4  # one in so many of a store's pairs are drawn
STORE_SD, EFFECT_SD = 4.0, 3.0  # EUR: of stores' levels, and of their effects, beyond the pool's
PLANNED, LOOKS, PEEKS = 2000, 4, 10
GROUPS, SPREAD, OVERALL, DF = 8, 2.0, 3.0, 4
CALLABLE, CAPACITY, CONTRIBUTION, COST = 4000, 0.3, 22.0, 0.9
FOLDS = 5


@cache
def stores() -> list[np.ndarray]:
    """Return the places of each store's pairs."""
    places = pairs().reset_index(drop=True).groupby("cluster").indices
    return [places[name] for name in sorted(places)]


@cache
def store_means(*, effect: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return how many pairs are drawn of each store, and its mean effect on amounts."""
    gain = (pairs()["amount_1"] - pairs()["amount_0"]).to_numpy() * effect
    drawn = np.array([round(len(here) / PART) for here in stores()])
    return drawn, np.array([gain[here].mean() for here in stores()])


def _of_stores(rng: np.random.Generator, chosen: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return pairs of the stores chosen, and which of the choices they belong to."""
    drawn = store_means(effect=True)[0]
    rows = [rng.choice(stores()[store], drawn[store]) for store in chosen]
    which = np.repeat(np.arange(len(chosen)), [len(each) for each in rows])
    return pairs().iloc[np.concatenate(rows)], which


def whole_stores(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effect on amounts where whole stores, drawn from the network's, are assigned."""
    rng = np.random.default_rng([SEED, 200 + effect, replication])
    drawn, gain = store_means(effect=effect)
    chosen, which = _of_stores(rng, rng.integers(0, len(drawn), 2 * PER_ARM))
    level = rng.normal(0, STORE_SD, 2 * PER_ARM)[which]
    called = which >= PER_ARM
    shown = np.where(called & effect, chosen["amount_1"], chosen["amount_0"]) + level
    found = _clustered(shown, chosen, called, which, "cluster")
    truths = {
        "mean difference": float(drawn @ gain / drawn.sum()),
        "mean difference per cluster": float(gain.mean()),
    }
    name = "whole stores" + ("" if effect else ", no effect")
    return rows_of(name, replication, found, truths)


def within_stores(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return the effect on amounts where customers are assigned within stores drawn."""
    rng = np.random.default_rng([SEED, 300 + effect, replication])
    drawn, gain = store_means(effect=effect)
    places = rng.integers(0, len(drawn), WITHIN)
    chosen, which = _of_stores(rng, places)
    order = rng.permutation(len(which))
    called = np.zeros(len(which), dtype=bool)
    for store in range(WITHIN):
        mine = order[which[order] == store]
        called[mine[: len(mine) // 2]] = True
    more = rng.normal(0, EFFECT_SD * effect, WITHIN)
    level = rng.normal(0, STORE_SD, WITHIN)
    shown = np.where(called & effect, chosen["amount_1"], chosen["amount_0"])
    shown = shown + level[which] + more[which] * called
    found = _clustered(shown, chosen, called, which, "within")
    size = drawn[places]
    truths = {
        "mean difference": float(drawn @ gain / drawn.sum()),
        "mean difference per cluster": float(gain.mean()),
        "mean difference in these clusters": float(size @ (gain[places] + more) / size.sum()),
    }
    name = "within stores" + ("" if effect else ", no effect")
    return rows_of(name, replication, found, truths)


def _clustered(
    shown: np.ndarray, chosen: pd.DataFrame, called: np.ndarray, which: np.ndarray, design: str
) -> Any:
    values = {"amount": shown, "visits_before": chosen["visits_before"].to_numpy()}
    by = {"arm": np.where(called, "called", CONTROL), "cluster": which}
    return clustered(
        ArmMoments.from_values(values, by),
        "amount",
        control=CONTROL,
        design=design,
        covariates=("visits_before",),
        unit="EUR",
    )


def _stages(study: str, replication: int, parts: int, *, effect: bool) -> list[ArmMoments]:
    lot, _ = draw(study, replication, PLANNED, effect=effect)
    ends = np.linspace(0, PLANNED, parts + 1).astype(int)[1:]
    bought = lot.table["repurchase"].to_numpy()
    return [
        ArmMoments.from_values({"repurchase": bought[:end]}, {"arm": lot.arm[:end]}) for end in ends
    ]


def _risk(*, effect: bool) -> tuple[float, float]:
    """Return the pool's risk difference and odds ratio."""
    low, high = (pairs()[f"repurchase_{arm}"].mean() for arm in (0, int(effect)))
    return high - low, high * (1 - low) / (low * (1 - high))


def looks(replication: int, *, effect: bool) -> pd.DataFrame:
    """Return what is reported where one looks four times and stops at the first bound crossed."""
    stages = _stages("looks", replication, LOOKS, effect=effect)
    truth = _risk(effect=effect)[0]
    common = {
        "study": "four looks" + ("" if effect else ", no effect"),
        "estimand": "risk difference",
        "unit": "share",
        "replication": replication,
        "truth": truth,
    }
    found = look(stages, "repurchase", control=CONTROL, planned=PLANNED, final=True)
    last = found.frame.iloc[-1]
    names = ("unbiased", "unbiased_lower", "unbiased_upper", "p_value")
    of_end = dict(zip(("estimate", "lower", "upper", "p_value"), last[list(names)], strict=True))
    wide = {
        "estimate": last["estimate"],
        "lower": found.frame["lower"].max(),
        "upper": found.frame["upper"].min(),
        "p_value": np.nan,
    }
    stopped = found.frame[found.frame["decision"] == "stop"]
    end = stopped.iloc[0] if len(stopped) else last
    half = 1.959964 * end["std_error"]
    naive = {
        "estimate": end["estimate"],
        "lower": end["estimate"] - half,
        "upper": end["estimate"] + half,
        "p_value": end["p_nominal"],
    }
    rows = [
        common | {"method": "obrien_fleming: median-unbiased, stage-wise"} | of_end,
        common | {"method": "obrien_fleming: repeated intervals, all looks"} | wide,
        common | {"method": "obrien_fleming: naive, at the stop (not a reading of ours)"} | naive,
    ]
    return pd.DataFrame(rows)[COLUMNS]


def anytime(replication: int) -> pd.DataFrame:
    """Return the intervals that must hold at all of ten looks together."""
    stages = _stages("anytime", replication, PEEKS, effect=True)
    found = confidence_sequence(stages, "repurchase", control=CONTROL, planned=PLANNED).frame
    difference, ratio = _risk(effect=True)
    rows = []
    for method, part in found.groupby("method", sort=False):
        last = part.iloc[-1]
        rows.append(
            {
                "study": "ten looks",
                "estimand": last["estimand"],
                "method": f"{method}, all looks",
                "unit": last["unit"],
                "replication": replication,
                "truth": ratio if last["estimand"] == "odds ratio" else difference,
                "estimate": last["estimate"],
                "lower": part["lower"].max(),
                "upper": part["upper"].min(),
                "p_value": last["p_value"],
            }
        )
    return pd.DataFrame(rows)[COLUMNS]


def _grouped(rng: np.random.Generator, spread: float) -> tuple[ArmMoments, np.ndarray]:
    """Return amounts in groups of 50 to 500 an arm, and each group's effect."""
    effect = OVERALL + spread * rng.standard_normal(GROUPS)
    n = np.exp(rng.uniform(np.log(50), np.log(500), GROUPS)).astype(int)
    group = np.repeat(np.arange(GROUPS), 2 * n)
    called = rng.permuted(np.tile([False, True], len(group) // 2))
    level = 15 + rng.normal(0, 3, GROUPS)[group]
    shown = rng.gamma(4.0, level / 4) + effect[group] * called
    by = {"arm": np.where(called, "called", CONTROL), "group": group}
    return ArmMoments.from_values({"amount": shown}, by), effect


def subgroup_effects(replication: int) -> pd.DataFrame:
    """Return subgroups' effects, where these come from the model's own prior."""
    rng = np.random.default_rng([SEED, 400, replication])
    moments, effect = _grouped(rng, SPREAD * abs(rng.standard_t(DF)))
    found = subgroups(
        moments, "amount", control=CONTROL, by=["group"], declared=["group"], prior_sd=SPREAD
    )
    frame = found.frame.assign(truth=effect[found.frame["subgroup"].astype(int)])
    common = {"study": "subgroups", "unit": "EUR", "replication": replication}
    raw = ["truth", "raw", "raw_lower", "raw_upper", "raw_p_value"]
    names = ["truth", "estimate", "lower", "upper", "p_value"]
    alone = frame[raw].set_axis(names, axis=1).assign(method="raw")
    drawn = frame[names[:-1]].assign(p_value=np.nan, method="shrunken")
    both = pd.concat([alone, drawn]).assign(estimand="effect in a subgroup", **common)
    return both[COLUMNS]


def no_subgroups(replication: int) -> pd.DataFrame:
    """Return the test of interaction where all subgroups have the same effect."""
    rng = np.random.default_rng([SEED, 401, replication])
    moments, _ = _grouped(rng, 0.0)
    found = subgroups(moments, "amount", control=CONTROL, by=["group"], declared=["group"])
    row = {
        "study": "subgroups, no effect",
        "estimand": "interaction",
        "method": "Cochran's Q",
        "replication": replication,
        "p_value": found.keys["p_value"].iloc[0],
    }
    return pd.DataFrame([row]).reindex(columns=COLUMNS)


@cache
def _cells() -> pd.DataFrame:
    """Return the pool's share of each cell and what a call brings there, net."""
    table = pairs()
    gain = CONTRIBUTION * (table["repurchase_1"] - table["repurchase_0"]) - COST
    cells = table.assign(net=gain).groupby(["stratum", "frequency"])["net"]
    return pd.DataFrame({"pool": cells.size() / len(table), "net": cells.mean()}).reset_index()


def policy(replication: int) -> pd.DataFrame:
    """Return what a rule is said to be worth; its truth is what it brings in the pool."""
    lot, rng = draw("policy", replication, CALLABLE)
    keys = lot.table[["stratum", "frequency"]]
    by = keys.assign(arm=lot.arm, fold=rng.integers(0, FOLDS, CALLABLE))
    found = whom_to_call(
        ArmMoments.from_values(lot.table[["repurchase"]], by),
        "repurchase",
        control=CONTROL,
        capacity=CAPACITY,
        contribution=CONTRIBUTION,
        cost=COST,
    )
    rule = found.cells.merge(_cells(), on=["stratum", "frequency"])
    everybody = float(_cells()["pool"] @ _cells()["net"])
    worth = float((rule["called"] * rule["pool"]) @ rule["net"])
    calls = float(rule["called"] @ rule["pool"])
    truths = {
        "the rule, against calling nobody": worth,
        "everybody, against calling nobody": everybody,
        "as many at random, against calling nobody": calls * everybody,
        "the rule, against as many at random": worth - calls * everybody,
    }
    kept = found.frame[found.frame["estimand"].isin(truths)]
    kept = kept.assign(
        study="whom to call",
        method="cross-fitted, doubly robust",
        unit="EUR",
        replication=replication,
        truth=kept["estimand"].map(truths),
    )
    return kept[COLUMNS]
