"""The size that an experiment's plan asks for, and whether it was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import InputError
from npsstats.experiments.power.planned import design_of

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult

__all__ = ["ended", "planned_arm", "smaller_arm"]


def planned_arm(result: ExperimentResult) -> int | None:
    """Return the customers of the smaller arm that the plan's [design] asks for, if it has one."""
    if result.plan.design is None:
        return None
    try:
        row = design_of(result.plan).frame.iloc[0]
    except InputError:  # of a plan that can be analysed, but whose design cannot be worked out
        return None
    return int(min(row["n_per_arm"], row["n_treatment"]))


def smaller_arm(result: ExperimentResult) -> int | None:
    """Return the customers of the smaller arm that the decision rests on, where it knows them."""
    n = result.decision.provenance.options.get("n")
    return None if n is None else int(n)


def ended(result: ExperimentResult) -> bool:
    """Return whether the planned size was reached, and no looks were planned beside it."""
    planned, n = planned_arm(result), smaller_arm(result)
    return result.plan.looks is None and planned is not None and n is not None and n >= planned
