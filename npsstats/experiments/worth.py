"""What an effect is worth in money: the decision, and whom to treat first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from npsstats.checks import InputError
from npsstats.experiments.balance.sample_ratio import SampleRatio
from npsstats.experiments.decision import BetaEffect, Guardrail, NormalEffect, decide
from npsstats.experiments.targeting import whom_to_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from npsstats.experiments.decision import Decision
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.results import Result

__all__ = ["worth"]

_MEANS = ("binary", "amount")


def worth(
    plan: Plan,
    gathered: Gathered,
    frame: pd.DataFrame,
    parts: Mapping[str, Result],
    state: Registration,
) -> dict[str, Result]:
    """Return the decision and, under a capacity, the policy, as far as the plan asks for them.

    Parameters
    ----------
    plan, gathered
        The plan and its units.
    frame
        The effects found, the headline of an outcome first.
    parts
        The checks, "sample ratio" among them: where it failed there is no decision.
    state
        How the plan stands to its lock.

    Returns
    -------
    dict
        "decision" (of several treatment arms, of the one that is worth most; the others under
        "decision on <arm>") and "policy".
    """
    if plan.decision is None:
        return {}
    name = plan.decision.outcome or plan.primary
    if plan.outcomes[name].kind not in _MEANS:
        raise InputError(
            f"[decision] needs an outcome with a value in money, and {name!r} is a "
            f"{plan.outcomes[name].kind}. Name a binary outcome or an amount: outcome = …"
        )
    sizes = parts["sample ratio"]
    failed = isinstance(sizes, SampleRatio) and sizes.failed
    decisions = {
        arm: _decision(plan, gathered, frame, name, arm, state, failed=failed)
        for arm in plan.arms.treatments
    }
    best = max(decisions, key=lambda arm: decisions[arm].value)
    found: dict[str, Result] = {"decision": decisions.pop(best)}
    found |= {f"decision on {arm}": decision for arm, decision in decisions.items()}
    if plan.decision.capacity is not None and plan.subgroups and plan.unit is not None:
        found["policy"] = whom_to_call(
            gathered.units.moments(name, "fold", *plan.subgroups),
            name,
            control=plan.arms.control,
            treatment=best,
            capacity=plan.decision.capacity,
            contribution=plan.decision.contribution,
            cost=plan.decision.cost,
            keys=list(plan.subgroups),
            declared=list(plan.subgroups),
            share=plan.arms.shares[best]
            / (plan.arms.shares[best] + plan.arms.shares[plan.arms.control]),
            level=plan.level,
            seed=plan.seed,
        )
    return found


def _decision(
    plan: Plan,
    gathered: Gathered,
    frame: pd.DataFrame,
    name: str,
    arm: str,
    state: Registration,
    *,
    failed: bool,
) -> Decision:
    rule, outcome = plan.decision, plan.outcomes[name]
    assert rule is not None  # noqa: S101 - asked for by `worth`
    effect: BetaEffect | NormalEffect
    row = _headline(frame, name, arm)
    if outcome.kind == "binary" and not plan.clustered:
        moments = gathered.units.moments(name)
        effect = BetaEffect.of_moments(moments, name, control=plan.arms.control, treatment=arm)
    else:
        effect = NormalEffect(float(row["estimate"]), float(row["std_error"]))
    guards = [
        Guardrail(
            other,
            _normal(frame, other, arm),
            margin=cast("float", item.margin),
            better=item.better,
        )
        for other, item in plan.outcomes.items()
        if item.role == "guardrail"
    ]
    return decide(
        effect,
        contribution=rule.contribution,
        contribution_sd=rule.contribution_sd,
        cost=rule.cost,
        units_per_year=rule.units_per_year,
        better=outcome.better,
        rope=rule.rope,
        adopt_probability=rule.adopt_probability,
        loss_threshold=rule.loss_threshold,
        n=int(min(row["n_control"], row["n_treatment"])),
        minimum_n=rule.minimum_n,
        margin=outcome.margin if outcome.role == "primary" else None,
        guardrails=guards,
        srm_failed=failed,
        exploratory=state.status != "registered",
        level=plan.level,
    )


def _headline(frame: pd.DataFrame, name: str, arm: str) -> pd.Series:
    rows = frame[(frame["outcome"] == name) & (frame["arm"] == arm)]
    return rows.iloc[0]


def _normal(frame: pd.DataFrame, name: str, arm: str) -> NormalEffect:
    """Return the normal reading of an outcome's headline estimand."""
    first = _headline(frame, name, arm)
    rows = frame[(frame["outcome"] == name) & (frame["arm"] == arm)]
    same = rows[(rows["estimand"] == first["estimand"]) & np.isfinite(rows["std_error"])]
    if not len(same) or not (same["std_error"] > 0).any():
        raise InputError(
            f"The guardrail {name!r} has no standard error (too few units in arm {arm!r}), so "
            "nothing can be said of its margin."
        )
    row = same[same["std_error"] > 0].iloc[0]
    return NormalEffect(float(row["estimate"]), float(row["std_error"]))
