"""The effect of assignment, of how many are reached, and the complier effect that joins the two.

The headline stays the effect of assignment (intention to treat). The complier average causal effect
(CACE) is what it comes to per unit reached because of assignment. Its reported interval is Anderson
and Rubin's, which holds however few are reached; the delta-method (2SLS) one stands beside it.

References
----------
As in `stages`, and
Lee, D. S., McCrary, J., Moreira, M. J. & Porter, J. (2022). Valid t-ratio inference for IV.
American Economic Review 112(10), 3260–3290 (F of 104.7 for a nominal 5 % t-test).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.amounts.adjusted import usable
from npsstats.experiments.amounts.side import side
from npsstats.experiments.compliance import words
from npsstats.experiments.compliance.normal_ratio import normal_ratio
from npsstats.experiments.compliance.principal import principal_strata
from npsstats.experiments.compliance.reach import ReachRates, reach_rates, refuse_conditioning
from npsstats.experiments.compliance.rows import assigned_row, ratio_rows
from npsstats.experiments.compliance.stages import (
    Kept,
    adjusted_stages,
    plain_stages,
    stages_of_all,
)
from npsstats.experiments.contrasts import share_difference, treatments
from npsstats.experiments.effects import Effect, Effects
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["CACE", "Compliance", "compliance"]

CACE = "complier average causal effect"


@dataclass(frozen=True, repr=False)
class Compliance(Effects):
    """The first stage, the effect of assignment and the complier effect.

    Attributes
    ----------
    reach
        The share of every arm that received the treatment, with its interval.
    kept
        By treatment arm, what the Anderson–Rubin test keeps: an interval, two rays, the line.
    """

    reach: ReachRates = field(kw_only=True)
    kept: dict[str, Kept] = field(kw_only=True)

    title: ClassVar[str] = "Assigned against reached"


@dataclass(frozen=True)
class _Asked:
    outcome: str
    received: str
    control: str
    covariates: tuple[str, ...]
    level: float
    unit: str
    seed: int


def compliance(
    moments: ArmMoments,
    outcome: str,
    *,
    received: str,
    control: str,
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    assigned: ArmMoments | None = None,
    level: float = 0.95,
    unit: str = "share",
    seed: int = 0,
) -> Compliance:
    """Return the first stage, the intention-to-treat effect and the complier effect.

    Parameters
    ----------
    moments
        Moments by arm of (outcome, received, covariates…).
    outcome, received
        Their names; `received` is 0 or 1: whether the treatment came about.
    control, treatment
        The arms; without `treatment`, every other arm against the control.
    covariates
        What was known before assignment: the complier effect is then given adjusted as well.
    assigned
        Moments by arm of `received` over all who were assigned, where the outcome is missing for
        some: the first stage is then everybody's, the intention-to-treat effect that of those with
        an outcome, and the complier effect their ratio. Complete cases alone are a further row.
    level
        Confidence level, between 0 and 1.
    unit
        The outcome's unit.
    seed
        Of the Bayesian reading's draws.

    Returns
    -------
    Compliance
        An arm's rows: "first stage"; "intention to treat"; the complier effect by "Anderson–Rubin"
        (the interval to report; its p-value is the intention-to-treat test's), "2SLS, delta
        method", both adjusted where there are covariates, and "Bayes" (principal strata for a 0/1
        outcome, else normal means with flat priors and a first stage above 0).

    Raises
    ------
    InputError
        If a variable or arm is not there, `received` is not 0 or 1, a cell is keyed by `received`,
        or `received` is a covariate.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"bought": [1] * 30 + [0] * 70 + [1] * 20 + [0] * 80,
    ...      "reached": [1] * 60 + [0] * 40 + [0] * 100},
    ...     {"arm": ["called"] * 100 + ["ignored"] * 100},
    ... )
    >>> found = compliance(moments, "bought", received="reached", control="ignored")
    >>> found.frame.loc[:2, ["estimand", "estimate", "lower", "upper"]].round(3)
                             estimand  estimate  lower  upper
    0                     first stage     0.600  0.502  0.691
    1              intention to treat     0.100 -0.021  0.221
    2  complier average causal effect     0.167 -0.037  0.352
    """
    level = checks.fraction("level", level)
    refuse_conditioning(moments.keys, received)
    refuse_conditioning(covariates, received, "covariates")
    refuse_conditioning([outcome], received, "outcome")
    by_arm = moments.variables(outcome, received, *covariates).by("arm")
    arms = treatments(by_arm.arms, control, treatment)
    everyone = None if assigned is None else assigned.variables(received).by("arm")
    reach = reach_rates(by_arm if everyone is None else everyone, received, level=level)
    by_arm.events(received)
    asked = _Asked(outcome, received, control, tuple(covariates), level, unit, seed)
    rows: list[Effect] = []
    sentences: list[Said] = []
    kept: dict[str, Kept] = {}
    for arm in arms:
        found = _one(by_arm, everyone, arm, asked)
        rows += found[0]
        kept[arm] = found[1]
        sentences += (
            [said("{arm}: {doubt}", arm=arm, doubt=doubt) for doubt in found[2]]
            if len(arms) > 1
            else found[2]
        )
    sentences.append(said("Received the treatment, {rates}.", rates=reach.headline()))
    options: dict[str, Any] = {
        "outcome": outcome,
        "received": received,
        "control": control,
        "treatment": treatment,
        "covariates": list(covariates),
        "level": level,
    }
    how = Provenance(
        "Wald ratio with the Anderson–Rubin interval", options, moments.fingerprint, seed
    )
    made = Effects.of(rows, sentences, how)
    return Compliance(made.frame, made.diagnostics, how, reach=reach, kept=kept)


def _one(
    by_arm: ArmMoments, everyone: ArmMoments | None, arm: str, asked: _Asked
) -> tuple[list[Effect], Kept, list[Said]]:
    """Return one treatment's rows, what its Anderson–Rubin test keeps, and what to doubt."""
    cells = [by_arm.only(arm=label) for label in (arm, asked.control)]
    n_treatment, n_control = (int(cell.n[0]) for cell in cells)
    if min(n_treatment, n_control) < 2:
        few = arm if n_treatment < 2 else asked.control
        raise InputError(
            f"Arm {few!r} has {min(n_treatment, n_control)} unit with `{asked.outcome}` and "
            f"`{asked.received}`: nothing says how units vary. Two an arm are the least."
        )
    plain = [cell.variables(asked.outcome, asked.received) for cell in cells]
    complete = plain_stages(plain[0], plain[1])
    stages, suffix = complete, ""
    sentences: list[Said] = []
    counted = cells
    if everyone is not None:
        counted = [everyone.only(arm=label) for label in (arm, asked.control)]
        left = sum(int(cell.n[0]) for cell in counted) - n_treatment - n_control
        if left < 0:
            raise InputError(
                f"`assigned` has {-left} units fewer than `moments`. It must hold all who were "
                "assigned, with an outcome or without."
            )
        if left > 0:
            stages = stages_of_all((plain[0], counted[0]), (plain[1], counted[1]))
            suffix = ", first stage of all assigned"
            sentences.append(words.missing(asked.outcome, left, n_treatment + n_control))
    base = Effect(
        outcome=asked.outcome,
        arm=arm,
        estimand=CACE,
        method="",
        unit=asked.unit,
        estimate=np.nan,
        level=asked.level,
        n_control=n_control,
        n_treatment=n_treatment,
    )
    got = [(int(c.events(asked.received)[0]), int(c.n[0])) for c in counted]
    first = share_difference(asked.received, arm, "first stage", got[0], got[1], asked.level)
    kept, rows = ratio_rows(stages, base, suffix)
    rows = [first, assigned_row(stages, base), *rows]
    if suffix:
        rows += ratio_rows(complete, base, ", complete cases")[1]
    rows += _adjusted(cells, base, asked, sentences)
    bayes = _bayes(by_arm, plain, base, asked, sentences)
    rows.append(bayes)
    noticed = words.compliance(stages, kept, got, asked.received, asked.unit, asked.level)
    return rows, kept, [*noticed, *words.disagree(rows, bayes), *sentences]


def _adjusted(
    cells: list[ArmMoments], base: Effect, asked: _Asked, sentences: list[Said]
) -> list[Effect]:
    if not asked.covariates:
        return []
    sides = [side(cell, str(cell.arms[0]), asked.outcome, asked.covariates, None) for cell in cells]
    able = usable(sides[0], sides[1], asked.covariates)
    sentences += able.said
    if not able.places:
        return []
    names = [asked.covariates[place] for place in able.places]
    held = [cell.variables(asked.outcome, asked.received, *names) for cell in cells]
    stages = adjusted_stages(held[0], held[1])
    return ratio_rows(stages, base, f", adjusted for {', '.join(names)}")[1]


def _bayes(
    by_arm: ArmMoments, plain: list[ArmMoments], base: Effect, asked: _Asked, sentences: list[Said]
) -> Effect:
    """Return principal strata where the outcome is 0 or 1, else the ratio of two normal means."""
    if asked.unit == "share" and _binary(by_arm, asked.outcome):
        found = principal_strata(
            by_arm,
            asked.outcome,
            received=asked.received,
            control=asked.control,
            treatment=base.arm,
            level=asked.level,
            seed=asked.seed,
        )
        sentences += found.diagnostics
        return found.effect
    return normal_ratio(plain, base, asked.seed)


def _binary(by_arm: ArmMoments, outcome: str) -> bool:
    try:
        by_arm.events(outcome)
    except InputError:
        return False
    return True
