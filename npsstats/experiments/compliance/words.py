"""What is said of a first stage, of a set that is no interval, and of readings that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.compliance.stages import Kept, Stages
    from npsstats.experiments.effects import Effect
    from npsstats.said import Said

__all__ = ["compliance", "disagree", "missing"]

WEAK = 10.0
"""First-stage F below which an instrument is called weak (Staiger & Stock 1997)."""

EXACT_T = 104.7
"""First-stage F from which the usual t-interval holds its 95 % (Lee et al. 2022)."""

_APART = 0.25  # of an interval's width, between limits of two readings


def missing(outcome: str, left: int, n: int) -> Said:
    """Say for how many the outcome is missing, and what that asks one to believe."""
    return said(
        "'{outcome}' is missing for {left:,} of {left_2:,} assigned units. The complier effect "
        "divides the effect among those with an outcome by the first stage of all: it holds if "
        "having an outcome has nothing to do with arm, reach or the outcome itself. Complete "
        "cases are a row of their own.",
        outcome=outcome,
        left=left,
        left_2=left + n,
    )


def compliance(
    stages: Stages,
    kept: Kept,
    got: Sequence[tuple[int, int]],
    received: str,
    unit: str,
    level: float,
) -> list[Said]:
    """Return what to doubt of a complier effect; `got` is (received, n) of treatment, control."""
    sentences = _first_stage(stages, kept, unit, level)
    (yes, n), (other, m) = got
    if yes == n and other == 0:
        sentences.append(
            said(
                "Everybody assigned to it has '{received}', and nobody else: the complier effect "
                "is the effect of assignment.",
                received=received,
            )
        )
    elif other == 0:
        sentences.append(
            said(
                "Noncompliance is one-sided: nobody in the control arm has '{received}', so the "
                "complier effect is that on those who were reached.",
                received=received,
            )
        )
    elif yes == n:
        sentences.append(
            said(
                "Everybody assigned to the treatment has '{received}', and {other:,} of {m:,} in "
                "the control arm: the complier effect is that on those who get it only when "
                "assigned.",
                received=received,
                other=other,
                m=m,
            )
        )
    else:
        sentences.append(
            said(
                "Noncompliance is two-sided: {other:,} of {m:,} in the control arm have "
                "'{received}' all the same. The complier effect is that on those whom assignment "
                "made receive it, if nobody does the opposite of their assignment (monotonicity).",
                other=other,
                m=m,
                received=received,
            )
        )
    sentences.append(
        said(
            "The complier effect takes assignment to act through '{received}' alone; the "
            "sensitivity to exclusion shows what a direct effect would change.",
            received=received,
        )
    )
    return sentences


def _first_stage(stages: Stages, kept: Kept, unit: str, level: float) -> list[Said]:
    first, variance, _ = stages.along([0.0, 1.0])
    if kept.shape == "none":
        return [said("The outcome is the same for every unit: the complier effect cannot be told.")]
    if first == 0:
        return [said("The arms were reached equally: the complier effect is not defined.")]
    sentences = []
    strength = first**2 / variance if variance > 0 else np.inf
    percent = said("{level:g}%", level=100 * level)
    if kept.shape == "line":
        sentences.append(
            said(
                "Assignment hardly changed who was reached (F = {strength:.1f}): no "
                "complier effect, however large, can be excluded at {percent}. The "
                "interval is the whole line.",
                strength=strength,
                percent=percent,
            )
        )
    elif kept.shape == "rays":
        low, high = kept.gap
        sentences.append(
            said(
                "Assignment hardly changed who was reached (F = {strength:.1f}): the "
                "{percent} Anderson–Rubin set is two rays, everything below "
                "{low:.4g} and above {high:.4g} ({unit}). It excludes what lies "
                "between, and bounds nothing.",
                strength=strength,
                percent=percent,
                low=low,
                high=high,
                unit=unit,
            )
        )
    elif strength < WEAK:
        sentences.append(
            said(
                "The first stage is weak (F = {strength:.1f}, below {weak:g}): do "
                "not read the 2SLS standard error. The Anderson–Rubin interval holds "
                "all the same.",
                strength=strength,
                weak=WEAK,
            )
        )
    elif strength < EXACT_T:
        sentences.append(
            said(
                "The first stage is of middling strength (F = {strength:.0f}, below "
                "{exact_t:g}): the 2SLS interval may be a little too short, the "
                "Anderson–Rubin one is not.",
                strength=strength,
                exact_t=EXACT_T,
            )
        )
    if first < 0:
        sentences.append(
            said(
                "The treatment arm received less than the control arm. Are the arms, or the "
                "column, swapped?"
            )
        )
    return sentences


def disagree(rows: Sequence[Effect], bayes: Effect) -> list[Said]:
    """Say so where the Bayesian reading and the Anderson–Rubin interval tell different stories."""
    row = next(row for row in rows if row.method.startswith("Anderson–Rubin"))
    limits = np.array([row.lower, row.upper, bayes.lower, bayes.upper])
    if not np.isfinite(limits).all():
        return []
    apart = max(abs(row.lower - bayes.lower), abs(row.upper - bayes.upper))
    told = [low > 0 or high < 0 for low, high in (limits[:2], limits[2:])]
    if told[0] == told[1] and apart <= _APART * (row.upper - row.lower):
        return []
    text = said(
        "Two readings of the complier effect differ: Anderson–Rubin "
        "{lower:.4g} to {upper:.4g}, Bayesian {lower_2:.4g} to "
        "{upper_2:.4g}. The first assumes less; the second also uses that "
        "shares lie between 0 and 1 and that reach is a matter of type.",
        lower=row.lower,
        upper=row.upper,
        lower_2=bayes.lower,
        upper_2=bayes.upper,
    )
    return [text]
