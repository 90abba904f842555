"""The design that a plan states: its [design], and what its other tables say already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.experiments.power.design import design

if TYPE_CHECKING:
    from npsstats.experiments.power.result import Design
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_parts import DesignPlan

__all__ = ["design_of", "keywords_of"]

_KINDS = {"binary": "proportion", "score": "nps", "amount": "amount", "duration": "duration"}


def design_of(plan: Plan, **changed: Any) -> Design:
    """Return the design that a plan states, some of its keywords changed.

    Parameters
    ----------
    plan
        The plan, with a [design].
    changed
        Keywords of `design` that take the place of the plan's. Where units are stated so beside
        the plan's effect, the power is what is asked for.

    Raises
    ------
    InputError
        As of `keywords_of` and `design`.
    """
    given = keywords_of(plan)
    sized = changed.get("n_per_arm") is not None or changed.get("weeks") is not None
    if sized:
        for name in ("n_per_arm", "weeks", "power"):
            given.pop(name, None)
    return design(**(given | changed))


def keywords_of(plan: Plan) -> dict[str, Any]:
    """Return the keywords of `design` that a plan states.

    The kind and the window are those of the primary outcome, arms and their ratio those of [arms]
    (with unequal treatments, the smallest's), looks and spending those of [looks], the rule that of
    [decision], where an effect is worth while once it earns what a treatment costs.

    Raises
    ------
    InputError
        If the plan has no [design], or assigns whole clusters without saying how much units of
        one resemble each other.
    """
    stated = plan.design
    if stated is None:
        raise InputError(
            f"The plan {plan.name!r} has no [design]. Add one, such as:\n[design]\n"
            "baseline = 0.30\neffect = 0.03\nper_month = 800"
        )
    given = stated.model_dump(exclude_none=True)
    if plan.clustered and stated.icc is None:
        raise InputError(
            f"The plan {plan.name!r} assigns whole clusters: [design] needs `icc`, the share of "
            "the variance that lies between them, and `cluster_size` or `clusters`."
        )
    outcome = plan.outcomes[plan.primary]
    given["kind"] = _KINDS[outcome.kind]
    given["window_days"] = outcome.window or 0
    control = plan.arms.shares[plan.arms.control]
    given["ratio"] = min(plan.arms.shares[arm] for arm in plan.arms.treatments) / control
    given["arms"] = len(plan.arms.shares)
    given["randomized"] = "clusters" if plan.clustered else "units"
    if not plan.clustered:
        for name in ("cluster_size", "clusters", "cluster_cv"):
            given.pop(name, None)
    if plan.assignment is not None and stated.per_month is not None:
        given["per_month"] = stated.per_month * (1 - plan.assignment.holdout)
    return given | _looks(plan, stated) | _success(plan, stated)


def _looks(plan: Plan, stated: DesignPlan) -> dict[str, Any]:
    if plan.looks is None:
        return {}
    planned = len(plan.looks.dates) or None
    return {"spending": plan.looks.spending, "looks": stated.looks or planned}


def _success(plan: Plan, stated: DesignPlan) -> dict[str, Any]:
    """Return where success lies, and when the rule of the plan adopts."""
    outcome = plan.outcomes[plan.primary]
    # of a duration, days that shrink are a hazard that grows
    downward = (outcome.better == "lower") != (outcome.kind == "duration")
    found: dict[str, Any] = {}
    if downward and stated.margin is not None and stated.alternative == "two-sided":
        found |= {"alternative": "smaller", "alpha": stated.alpha / 2}
    if plan.decision is not None:
        found["adopt_probability"] = plan.decision.adopt_probability
        if stated.worthwhile is None and plan.decision.outcome in {None, plan.primary}:
            found |= _paying(plan, -1.0 if downward else 1.0)
    return found


def _paying(plan: Plan, sign: float) -> dict[str, float]:
    """Return the effect on those reached that earns what treating everybody assigned costs."""
    rule, stated = plan.decision, plan.design
    kind = plan.outcomes[plan.primary].kind
    if rule is None or stated is None or kind not in {"binary", "amount"}:
        return {}
    if not rule.cost or not rule.contribution:
        return {}
    return {"worthwhile": sign * rule.cost / abs(rule.contribution) / stated.reach}
