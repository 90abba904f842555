"""Whole simulated networks through the rooms of re-purchase: one replication a network."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import npsstats as nps
from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.balance.covariates import covariate_balance
from npsstats.experiments.balance.sample_ratio import sample_ratio
from npsstats.experiments.binary import binary
from npsstats.experiments.compliance import compliance
from npsstats.experiments.effects import Effects
from npsstats.experiments.gathering import gather
from npsstats.experiments.spec import Plan, load_plan

__all__ = ["COLUMNS", "network", "rows_of"]

PLAN = Path(__file__).resolve().parents[1] / "experiments" / "callback" / "plan.toml"
STORES, MONTHS, RESPONSES = 8, 10, 7000  # some 900 detractors followed for 60 days
WINDOW = 60
OUTCOME = "repurchase"
BEFORE = ("visits_before", "amount_before")
COLUMNS = [
    "study",
    "estimand",
    "method",
    "unit",
    "replication",
    "truth",
    "estimate",
    "lower",
    "upper",
    "p_value",
]


def rows_of(
    study: str, replication: int, effects: Effects, truths: dict[str, float]
) -> pd.DataFrame:
    """Return the rows whose estimand has a truth, with it."""
    frame = effects.frame[effects.frame["estimand"].isin(list(truths))]
    truth = frame["estimand"].map(truths)
    return frame.assign(study=study, replication=replication, truth=truth)[COLUMNS]


def p_rows(study: str, replication: int, p_values: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Return a row a test, of which only the p-value is of interest."""
    rows = [
        {"study": study, "estimand": estimand, "method": method, "p_value": p_value}
        for (estimand, method), p_value in p_values.items()
    ]
    return pd.DataFrame(rows).assign(replication=replication).reindex(columns=COLUMNS)


@cache
def protocol() -> Plan:
    """Return the call-back plan with re-purchase alone."""
    plan = load_plan(PLAN)
    kept = {OUTCOME: plan.outcomes[OUTCOME]}
    nothing = {"subgroups": {}, "callback": None, "looks": None, "decision": None}
    return plan.model_copy(update={"outcomes": kept} | nothing)


def network(replication: int) -> pd.DataFrame:
    """Return the rows of one network; its number is its seed."""
    plan = protocol()
    simulated = nps.simulate(STORES, MONTHS, RESPONSES, seed=replication)
    units = gather(plan, simulated).units
    truth: Any = simulated.truth.callback.query("window == @WINDOW").set_index("stratum")
    moments = units.moments(OUTCOME, "stratum", beside=("received", *BEFORE))
    parts = []
    for stratum in ("all", "super", "moderate"):
        part = moments if stratum == "all" else moments.only(stratum=stratum)
        parts += _stratum(stratum, replication, part, truth.loc[stratum].to_dict())
    assigned = units.assigned("stratum")
    strata = ("stratum",)
    control = plan.arms.control
    ratio = sample_ratio(assigned, plan.arms.shares, by=strata).p_value
    plain = covariate_balance(assigned, BEFORE, control=control).p_value
    within = covariate_balance(assigned, BEFORE, control=control, strata=strata).p_value
    p_values = {
        ("sample ratio", "chi-square"): ratio,
        ("covariate balance", "omnibus"): plain,
        ("covariate balance", "omnibus, within strata"): within,
    }
    return pd.concat([*parts, p_rows("checks", replication, p_values)], ignore_index=True)


def _stratum(
    stratum: str, replication: int, moments: ArmMoments, truth: dict[str, float]
) -> list[pd.DataFrame]:
    low, high = truth["control"], truth["treatment"]
    shares = {
        "risk difference": truth["itt"],
        "risk ratio": high / low,
        "odds ratio": high * (1 - low) / (low * (1 - high)),
    }
    reached = {
        "first stage": truth["reach"],
        "intention to treat": truth["itt"],
        "complier average causal effect": truth["cace"],
    }
    whole = stratum == "all"
    covariates = ("stratum",) if whole else ()
    effects = binary(moments, OUTCOME, control="ignored", covariates=covariates)
    compliers = compliance(
        moments,
        OUTCOME,
        received="received",
        control="ignored",
        covariates=BEFORE if whole else (),
        seed=replication,
    )
    study = f"re-purchase, {stratum}"
    return [
        rows_of(study, replication, effects, shares),
        rows_of(study, replication, compliers, reached),
    ]
