"""What an effect is worth in money: the decision, and whom to treat first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from npsstats.checks import InputError
from npsstats.experiments.balance.sample_ratio import SampleRatio
from npsstats.experiments.decision import Guardrail, NormalEffect, decide
from npsstats.experiments.evidence import guardrail_effect, headline, valued_effect
from npsstats.experiments.sequential.looks import Looks
from npsstats.experiments.targeting import whom_to_call
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from npsstats.experiments.decision import Decision
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.results import Result
    from npsstats.said import Said

__all__ = ["decided_arm", "valued_outcome", "worth"]

_MEANS = ("binary", "amount")


def valued_outcome(plan: Plan) -> str:
    """Return the outcome that [decision] puts a value on.

    Raises
    ------
    InputError
        If it has no value in money.
    """
    assert plan.decision is not None  # noqa: S101 - asked for by the callers
    name = plan.decision.outcome or plan.primary
    outcome = plan.outcomes[name]
    if outcome.kind not in _MEANS:
        raise InputError(
            f"[decision] needs an outcome with a value in money, and {name!r} is a "
            f"{outcome.kind}. Name a binary outcome or an amount: outcome = …"
        )
    if outcome.per is not None:
        raise InputError(
            f"[decision] outcome: {name!r} is a ratio, per {outcome.per!r}, and money is made a "
            "unit. Value the amount itself, without `per`: outcome = …"
        )
    return name


def decided_arm(plan: Plan, parts: Mapping[str, Result]) -> str:
    """Return the treatment arm that parts["decision"] is about."""
    return next(arm for arm in plan.arms.treatments if f"decision on {arm}" not in parts)


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
        The checks, "sample ratio" among them: where it failed there is no decision. Nor is there
        one where "missing <outcome>" says that arms differ in it, and before "looks" have ended
        one goes on.
    state
        How the plan stands to its lock.

    Returns
    -------
    dict
        "decision" (of several treatment arms, of the one that is worth most among those to adopt,
        else among all; the others under "decision on <arm>") and "policy".

    Raises
    ------
    InputError
        If the plan's outcome has no value in money.

    Notes
    -----
    Of k treatment arms each is held to the probability 1 − (1 − p) / k in place of p
    (Bonferroni), so that the chance to adopt one of k that are worth nothing is that of one.
    """
    if plan.decision is None:
        return {}
    name = valued_outcome(plan)
    decisions = {
        arm: _checked(plan, parts, name, arm, _decision(plan, gathered, frame, parts, arm, state))
        for arm in plan.arms.treatments
    }
    best = max(decisions, key=lambda arm: _rank(decisions[arm]))
    found: dict[str, Result] = {}
    doubts = []
    if plan.decision.capacity is not None and plan.subgroups and plan.unit is not None:
        try:
            found["policy"] = _policy(plan, gathered, name, best)
        except InputError as error:
            doubts.append(said("Whom to treat first is left out: {error}", error=error))
    if len(decisions) > 1:
        asked = plan.decision.adopt_probability
        doubts.append(
            said(
                "The best of {n} arms was picked, {best!r}, so its value is "
                "overstated; each is held to a probability of {of_several:.4g} in "
                "place of {asked:g}.",
                n=len(decisions),
                best=best,
                of_several=_of_several(plan, asked),
                asked=asked,
            )
        )
    chosen = _doubted(decisions.pop(best), doubts)
    found |= {f"decision on {arm}": decision for arm, decision in decisions.items()}
    return {"decision": chosen, **found}


def _rank(decision: Decision) -> tuple[bool, float]:
    value = decision.value if np.isfinite(decision.value) else -np.inf
    return decision.verdict == "adopt", value


def _of_several(plan: Plan, probability: float) -> float:
    return 1 - (1 - probability) / len(plan.arms.treatments)


def _doubted(decision: Decision, doubts: Sequence[Said]) -> Decision:
    every = dict.fromkeys([*decision.diagnostics, *doubts])
    return replace(decision, diagnostics=tuple(every))


def _decision(
    plan: Plan,
    gathered: Gathered,
    frame: pd.DataFrame,
    parts: Mapping[str, Result],
    arm: str,
    state: Registration,
) -> Decision:
    rule = plan.decision
    assert rule is not None  # noqa: S101 - asked for by `worth`
    name = valued_outcome(plan)
    outcome = plan.outcomes[name]
    row = headline(frame, name, arm)
    effect = valued_effect(plan, gathered, row, name, arm)
    guards = {
        other: guardrail_effect(plan, frame, other, arm)
        for other, item in plan.outcomes.items()
        if item.role == "guardrail"
    }
    sizes = parts["sample ratio"]
    failed = isinstance(sizes, SampleRatio) and sizes.failed
    decision = decide(
        NormalEffect(0.0, 1.0) if effect is None else effect,
        contribution=rule.contribution,
        contribution_sd=rule.contribution_sd,
        cost=rule.cost,
        units_per_year=rule.units_per_year,
        better=outcome.better,
        rope=rule.rope,
        adopt_probability=_of_several(plan, rule.adopt_probability),
        loss_threshold=rule.loss_threshold,
        n=0 if row is None else int(min(row["n_control"], row["n_treatment"])),
        minimum_n=rule.minimum_n,
        margin=outcome.margin if outcome.role == "primary" else None,
        guardrails=[
            Guardrail(
                other,
                known,
                margin=cast("float", plan.outcomes[other].margin),
                better=plan.outcomes[other].better,
            )
            for other, known in guards.items()
            if known is not None
        ],
        srm_failed=failed or effect is None,
        exploratory=state.status != "registered",
        level=plan.level,
    )
    if effect is None and not failed:
        decision = _unknown(decision, row, rule.contribution, rule.cost, outcome.better)
    return _guarded(plan, decision, guards)


def _unknown(
    decision: Decision, row: pd.Series | None, contribution: float, cost: float, better: str
) -> Decision:
    """Return no decision: the effect has no standard error, and so no posterior."""
    point = np.nan if row is None else float(row["estimate"])
    value = (point if better == "higher" else -point) * contribution - cost
    frame = decision.frame.copy()
    mine = ~frame["quantity"].str.startswith("guardrail ")
    frame.loc[mine, ["estimate", "std_error", "lower", "upper", "probability"]] = np.nan
    frame.loc[frame["quantity"] == "effect", "estimate"] = point
    frame.loc[frame["quantity"] == "value per unit", "estimate"] = value
    return replace(
        decision,
        frame=frame,
        reason=said("The effect has no standard error: too few clusters (or units) to decide on."),
        probability=np.nan,
        value=value,
        loss_adopt=np.nan,
        loss_keep=np.nan,
        perfect_information=np.nan,
    )


def _guarded(plan: Plan, decision: Decision, guards: Mapping[str, object]) -> Decision:
    """Hold adoption back for guardrails of which nothing is known; say what others speak of."""
    doubts = []
    for name, known in guards.items():
        outcome = plan.outcomes[name]
        if known is None:
            unsure = said(
                "The guardrail {name!r} has no standard error: it is not shown to be safe.",
                name=name,
            )
            doubts.append(unsure)
            if decision.verdict == "adopt":
                decision = replace(decision, verdict="continue", reason=unsure)
        elif outcome.kind == "score" and outcome.table is not None:
            doubts.append(
                said(
                    "The guardrail {name!r} compares those who answered again, whom the "
                    "treatment may have chosen: its NPS difference is not a randomized "
                    "comparison.",
                    name=name,
                )
            )
    return _doubted(decision, doubts)


def _checked(
    plan: Plan, parts: Mapping[str, Result], name: str, arm: str, decision: Decision
) -> Decision:
    """Return the decision as the checks of the experiment leave it, its arm named."""
    missing = parts.get(f"missing {name}")
    found = decision.verdict, decision.reason
    if missing is not None and any("missing differently" in doubt for doubt in missing.diagnostics):
        if decision.verdict != "no decision":
            reason = said(
                "{name!r} is missing differently by arm: those in whom it is known "
                "are not comparable, so that its effect cannot be told from who is "
                "missing.",
                name=name,
            )
            decision = replace(decision, verdict="no decision", reason=reason)
    elif decision.verdict in ("adopt", "keep") and not _ended(plan, parts, arm):
        reason = said("A look before the end: the boundary is not crossed.")
        decision = replace(decision, verdict="continue", reason=reason)
    if (decision.verdict, decision.reason) != found:
        other = said(
            "Without this the verdict would be {verdict!r}: {reason}",
            verdict=found[0],
            reason=found[1],
        )
        decision = _doubted(decision, [other])
    if len(plan.arms.treatments) > 1:
        decision = replace(decision, reason=said("{arm}: {doubt}", arm=arm, doubt=decision.reason))
    return decision


def _ended(plan: Plan, parts: Mapping[str, Result], arm: str) -> bool:
    """Return whether looks, if any are planned, have ended the comparison of this arm."""
    if plan.looks is None or not plan.looks.dates or plan.clustered:
        return True
    looks = parts.get("looks")
    if not isinstance(looks, Looks):  # none has taken place: no boundary can have been crossed
        return False
    rows = looks.frame[looks.frame["arm"].astype(str) == arm]
    return bool(rows["p_value"].notna().any())


def _policy(plan: Plan, gathered: Gathered, name: str, arm: str) -> Result:
    rule = plan.decision
    assert rule is not None  # noqa: S101 - asked for by `worth`
    assert rule.capacity is not None  # noqa: S101 - asked for by `worth`
    if plan.clustered:
        raise InputError("whole clusters were assigned: a rule for customers cannot be valued.")
    sign = 1 if plan.outcomes[name].better == "higher" else -1
    return whom_to_call(
        gathered.units.moments(name, "fold", *plan.subgroups),
        name,
        control=plan.arms.control,
        treatment=arm,
        capacity=rule.capacity,
        # what is to fall is worth less the more there is of it
        contribution=sign * rule.contribution,
        cost=rule.cost,
        keys=list(plan.subgroups),
        declared=list(plan.subgroups),
        share=plan.arms.shares[arm] / (plan.arms.shares[arm] + plan.arms.shares[plan.arms.control]),
        level=plan.level,
        seed=plan.seed,
    )
