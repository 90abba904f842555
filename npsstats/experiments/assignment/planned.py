"""The rule of assignment that a plan states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.aggregates.allocation import Allocation
from npsstats.checks import InputError

if TYPE_CHECKING:
    from npsstats.experiments.spec import Plan

__all__ = ["allocation_of"]


def allocation_of(plan: Plan, size_tiers: int = 0) -> Allocation:
    """Return the rule that a plan's [assignment] and [arms] state.

    Parameters
    ----------
    plan
        The plan. Its `cluster` is what is assigned only where it says `clustered = true`.
    size_tiers
        Cut clusters into so many tiers by their number of units, as a stratum more.

    Raises
    ------
    InputError
        If the plan says nothing of assignment, or names no unit.
    """
    if plan.assignment is None:
        raise InputError(
            f"The plan {plan.name!r} has no [assignment]. Add one, such as:\n[assignment]\nkey = "
            f'"{plan.name}"'
        )
    if plan.unit is None:
        raise InputError(
            f'The plan {plan.name!r} names no unit to assign. Add `unit = "customer_id"`, the '
            "column that identifies one, at its top."
        )
    stated = plan.assignment
    return Allocation(
        stated.key,
        plan.arms.shares,
        plan.unit,
        stated.strata,
        plan.cluster if plan.clustered else None,
        stated.holdout,
        stated.holdout_key,
        stated.method,
        size_tiers,
    )
