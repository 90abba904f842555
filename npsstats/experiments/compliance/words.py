"""What is said of a first stage, of a set that is no interval, and of readings that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.compliance.stages import Kept, Stages
    from npsstats.experiments.effects import Effect

__all__ = ["compliance", "disagree", "missing"]

WEAK = 10.0
"""First-stage F below which an instrument is called weak (Staiger & Stock 1997)."""

EXACT_T = 104.7
"""First-stage F from which the usual t-interval holds its 95 % (Lee et al. 2022)."""

_APART = 0.25  # of an interval's width, between limits of two readings


def missing(outcome: str, left: int, n: int) -> str:
    """Say for how many the outcome is missing, and what that asks one to believe."""
    return (
        f"`{outcome}` is missing for {left:,} of {left + n:,} assigned units. The complier effect "
        "divides the effect among those with an outcome by the first stage of all: it holds if "
        "having an outcome has nothing to do with arm, reach or the outcome itself. Complete cases "
        "are a row of their own."
    )


def compliance(
    stages: Stages,
    kept: Kept,
    got: Sequence[tuple[int, int]],
    received: str,
    unit: str,
    level: float,
) -> list[str]:
    """Return what to doubt of a complier effect; `got` is (received, n) of treatment, control."""
    said = _first_stage(stages, kept, unit, level)
    (yes, n), (other, m) = got
    if yes == n and other == 0:
        said.append(
            f"Everybody assigned to it has `{received}`, and nobody else: the complier effect is "
            "the effect of assignment."
        )
    elif other == 0:
        said.append(
            f"Noncompliance is one-sided: nobody in the control arm has `{received}`, so the "
            "complier effect is that on those who were reached."
        )
    elif yes == n:
        said.append(
            f"Everybody assigned to the treatment has `{received}`, and {other:,} of {m:,} in the "
            "control arm: the complier effect is that on those who get it only when assigned."
        )
    else:
        said.append(
            f"Noncompliance is two-sided: {other:,} of {m:,} in the control arm have `{received}` "
            "all the same. The complier effect is that on those whom assignment made receive it, "
            "if nobody does the opposite of their assignment (monotonicity)."
        )
    said.append(
        "The complier effect takes assignment to act through "
        f"`{received}` alone; see exclusion_sensitivity for what a direct effect would change."
    )
    return said


def _first_stage(stages: Stages, kept: Kept, unit: str, level: float) -> list[str]:
    first, variance, _ = stages.along([0.0, 1.0])
    if kept.shape == "none":
        return ["The outcome is the same for every unit: the complier effect cannot be told."]
    if first == 0:
        return ["The arms were reached equally: the complier effect is not defined."]
    said = []
    strength = first**2 / variance if variance > 0 else np.inf
    percent = f"{100 * level:g} %"
    if kept.shape == "line":
        said.append(
            f"Assignment hardly changed who was reached (F = {strength:.1f}): no complier effect, "
            f"however large, can be excluded at {percent}. The interval is the whole line."
        )
    elif kept.shape == "rays":
        low, high = kept.gap
        said.append(
            f"Assignment hardly changed who was reached (F = {strength:.1f}): the {percent} "
            f"Anderson–Rubin set is two rays, everything below {low:.4g} and above {high:.4g} "
            f"({unit}). It excludes what lies between, and bounds nothing."
        )
    elif strength < WEAK:
        said.append(
            f"The first stage is weak (F = {strength:.1f}, below {WEAK:g}): do not read the 2SLS "
            "standard error. The Anderson–Rubin interval holds all the same."
        )
    elif strength < EXACT_T:
        said.append(
            f"The first stage is of middling strength (F = {strength:.0f}, below {EXACT_T:g}): the "
            "2SLS interval may be a little too short, the Anderson–Rubin one is not."
        )
    if first < 0:
        said.append(
            "The treatment arm received less than the control arm. Are the arms, or the column, "
            "swapped?"
        )
    return said


def disagree(rows: Sequence[Effect], bayes: Effect) -> list[str]:
    """Say so where the Bayesian reading and the Anderson–Rubin interval tell different stories."""
    row = next(row for row in rows if row.method.startswith("Anderson–Rubin"))
    limits = np.array([row.lower, row.upper, bayes.lower, bayes.upper])
    if not np.isfinite(limits).all():
        return []
    apart = max(abs(row.lower - bayes.lower), abs(row.upper - bayes.upper))
    told = [low > 0 or high < 0 for low, high in (limits[:2], limits[2:])]
    if told[0] == told[1] and apart <= _APART * (row.upper - row.lower):
        return []
    text = (
        f"Two readings of the complier effect differ: Anderson–Rubin {row.lower:.4g} to "
        f"{row.upper:.4g}, Bayesian {bayes.lower:.4g} to {bayes.upper:.4g}. The first assumes "
        "less; the second also uses that shares lie between 0 and 1 and that reach is a matter of "
        "type."
    )
    return [text]
