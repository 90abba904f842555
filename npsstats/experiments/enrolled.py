"""Who is in an experiment: arms, who was eligible, who could be followed; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.aggregates.enrolment import (
    among,
    days_of_sending,
    in_two_arms,
    sent_in_every_arm,
    with_combined,
    with_month,
    with_value,
    within,
)
from npsstats.aggregates.experiment import HOLDOUT
from npsstats.checks import InputError
from npsstats.experiments.spec_survey import JOINED

if TYPE_CHECKING:
    from datetime import date

    from npsstats.data.intake import Intake
    from npsstats.experiments.spec import Plan

__all__ = ["check_arms", "check_units", "eligible", "in_time", "with_arms"]


def with_arms(plan: Plan, units: Any) -> Any:
    """Return the units with the arm that their factors' levels make."""
    if not plan.factors:
        return units
    return with_combined(units, "arm", list(plan.factors), JOINED)


def eligible(plan: Plan, units: Any) -> tuple[Any, list[str]]:
    """Return the units that can be in the experiment, and what is said of the others."""
    rule = plan.eligible
    said: list[str] = []
    if rule is None:
        return units, said
    if rule.values:
        kept, others = among(units, rule.column, rule.values)
        wanted = f"other than {', '.join(rule.values)}"
    else:
        kept, others = within(units, rule.column, rule.low, rule.high)
        wanted = f"outside {rule.low:g} to {rule.high:g}"
    if others:
        said.append(f"{others:,} units are not eligible ({rule.column} {wanted}) and are left out.")
    kept, without = with_value(kept, "arm")
    if without:
        said.append(f"{without:,} eligible units have no arm and are left out: find out why.")
    return kept, said


def in_time(plan: Plan, table: Any, units: Any, until: date | None) -> tuple[Any, list[str]]:
    """Return the units that would have been sent in every arm, with their month, for a survey.

    Parameters
    ----------
    plan
        The plan.
    table
        The table of units, measured.
    units
        The units as they were read, which say on which days any was sent.
    until
        Last day on which events are complete.
    """
    if plan.survey is None or "assigned" not in table.columns:
        return table, []
    said = []
    data = plan.data
    if data is not None and data.lag is not None and data.date is not None and until is not None:
        first, last = days_of_sending(units, data.date)
        last = min(last, until)
        table, (early, late) = sent_in_every_arm(table, data.lag, first, last)
        if early or late:
            said.append(
                f"{early:,} units at the beginning and {late:,} at the end are left out: in some "
                f"arm they would have been sent before {first.isoformat()} or after "
                f"{last.isoformat()}, so that arms would not hold the same days."
            )
    return (table if "month" in table.columns else with_month(table)), said


def check_units(plan: Plan, units: Intake) -> None:
    """Refuse units in two arms, and outcomes with values that mean nothing."""
    repeated = any(reason.startswith("duplicate") for reason in units.reasons)
    if plan.unit is not None and repeated:
        both = in_two_arms(units.accepted, units.rejected, plan.unit)
        if both:
            raise InputError(
                f"{both:,} units ({plan.unit}) are in two arms: nobody can say what they were "
                "given. Keep the arm that each was assigned first, and find out how it came about."
            )
    for name, outcome in plan.outcomes.items():
        column = outcome.column or name
        for note in units.notes:
            if outcome.table is None and note.startswith(f"{column}: "):
                raise InputError(
                    f"Outcome {name!r}: {note.removeprefix(f'{column}: ')}. Leaving them out would "
                    "pick units by their outcome. Mend the column; leave a cell blank only where "
                    "the outcome is not known."
                )


def check_arms(plan: Plan, seen: dict[str, int]) -> None:
    """Refuse arms that the plan does not have, and an arm of it that nobody is in."""
    unknown = sorted(str(arm) for arm in seen if arm not in plan.arms.shares and arm != HOLDOUT)
    planned = ", ".join(map(repr, plan.arms.shares))
    if unknown:
        raise InputError(
            f"{sum(seen[arm] for arm in unknown):,} units are in {', '.join(map(repr, unknown))}, "
            f"which the plan {plan.name!r} does not have; its arms are {planned}. Name every arm "
            "in [arms] shares as the data write it."
        )
    empty = [arm for arm in plan.arms.shares if not seen.get(arm)]
    if empty:
        raise InputError(
            f"Nobody is in {', '.join(map(repr, empty))}. The arms seen are "
            f"{', '.join(map(repr, seen))}; the plan {plan.name!r} has {planned}."
        )
