"""The steps of every analysis of an experiment, from its gathered units to results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.balance.covariates import covariate_balance
from npsstats.experiments.balance.maturity import maturity
from npsstats.experiments.balance.missing_outcome import missing_outcome
from npsstats.experiments.balance.sample_ratio import sample_ratio
from npsstats.experiments.compliance import reach_rates
from npsstats.experiments.effects import gather as together
from npsstats.experiments.experiment import ExperimentResult
from npsstats.experiments.heterogeneity import subgroups
from npsstats.experiments.outcomes import read_outcome
from npsstats.experiments.sequential.anytime import confidence_sequence
from npsstats.experiments.sequential.looks import look
from npsstats.experiments.worth import worth
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.effects import Effects
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.said import Said

__all__ = ["checks_of", "looks_of", "read", "subgroups_of"]

_MEANS = ("binary", "amount")


def read(plan: Plan, gathered: Gathered, state: Registration) -> ExperimentResult:
    """Return every effect, the checks, who gains, and the decision."""
    parts = checks_of(plan, gathered)
    effects: list[Effects] = []
    left: list[Said] = []
    for name in sorted(plan.outcomes, key=lambda name: name != plan.primary):
        if plan.outcomes[name].after is not None:
            continue  # known of those who answer only: no comparison of arms
        try:
            found, more = read_outcome(plan, gathered, name)
        except InputError as error:
            if name == plan.primary:
                raise
            left.append(said("Outcome {name!r} is left out: {error}", name=name, error=error))
            continue
        effects += found
        parts |= more
    if plan.clustered:
        left += [
            said(
                "{what} are left out: they take customers of a store for strangers, "
                "and whole clusters were assigned.",
                what=what,
            )
            for what, asked in ((said("Looks"), plan.looks), (said("Subgroups"), plan.subgroups))
            if asked
        ]
    else:
        parts |= looks_of(plan, gathered)
        parts |= subgroups_of(plan, gathered, left)
    provenance = provenance_of(plan, gathered)
    table = together(effects, provenance)
    parts |= worth(plan, gathered, table.frame, parts, state)
    doubts: dict[Said, None] = dict.fromkeys(
        [
            *([state.sentence()] if state.status != "registered" or state.late else []),
            *left,
            *(doubt for part in parts.values() for doubt in part.diagnostics),
            *table.diagnostics,
        ]
    )
    return ExperimentResult(
        table.frame, tuple(doubts), provenance, plan, state, parts, gathered.notes
    )


def checks_of(plan: Plan, gathered: Gathered) -> dict[str, Result]:
    """Return what is looked at before any outcome: sizes, follow-up, covariates, reach."""
    units = gathered.units
    strata = plan.assignment.strata if plan.assignment is not None else ()
    cluster = "cluster" if plan.clustered else None
    assigned = units.assigned(*strata, *([cluster] if cluster else []))
    parts: dict[str, Result] = {
        "arms": levels_of(plan, gathered),
        "sample ratio": sample_ratio(
            assigned,
            plan.arms.shares,
            by=strata,
            cluster=cluster,
        ),
    }
    if gathered.until is not None:
        parts["maturity"] = maturity(
            assigned.by("arm"),
            "mature",
            window=plan.outcomes[plan.primary].window,
            until=gathered.until,
        )
    if plan.covariates:
        parts["balance"] = covariate_balance(
            assigned,
            tuple(plan.covariates),
            control=plan.arms.control,
            strata=strata,
            cluster=cluster,
            level=plan.level,
        )
    for name, outcome in plan.outcomes.items():
        if outcome.table is None and outcome.kind != "duration":
            known = units.moments(name, *([cluster] if cluster else []))
            if known.missing.any():
                parts[f"missing {name}"] = missing_outcome(
                    known, name, control=plan.arms.control, cluster=cluster, level=plan.level
                )
    if plan.received is not None:
        parts["reach"] = reach_rates(units.moments("received"), "received", level=plan.level)
    return parts


@dataclass(frozen=True, repr=False)
class ArmLevels(Result):
    """The mean of every outcome in every arm: outcome, arm, n, missing, mean, sd."""

    title: ClassVar[str] = "Outcomes by arm"

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy()
        for name in ("mean", "sd"):
            shown[name] = [f"{value:.4g}" for value in self.frame[name]]
        return shown


def levels_of(plan: Plan, gathered: Gathered) -> ArmLevels:
    """Return shares and mean amounts by arm, as they are: what effects are differences of."""
    rows = []
    for name, outcome in plan.outcomes.items():
        if outcome.kind not in _MEANS or outcome.after is not None:
            continue
        try:
            moments = gathered.units.moments(name)
        except InputError:  # nobody's window is over: said where its effect would stand
            continue
        columns = (moments.cells["arm"], moments.n, moments.missing, moments.column(name))
        spread = np.sqrt(moments.variance(name))
        rows += [
            {"outcome": name, "arm": str(arm), "n": n, "missing": gone, "mean": mean, "sd": sd}
            for arm, n, gone, mean, sd in zip(*columns, spread, strict=True)
        ]
    names = ["outcome", "arm", "n", "missing", "mean", "sd"]
    return ArmLevels(pd.DataFrame(rows, columns=names), (), provenance_of(plan, gathered))


def looks_of(plan: Plan, gathered: Gathered) -> dict[str, Result]:
    """Return the reading of an experiment that was looked at before its end."""
    if plan.looks is None:
        return {}
    name = plan.primary
    control = plan.arms.control
    parts: dict[str, Result] = {}
    stages = _stages(plan, gathered) if plan.looks.dates else []
    if stages:
        parts["looks"] = look(
            stages,
            name,
            control=control,
            planned=plan.looks.planned_n,
            shares=plan.arms.shares,
            spending=plan.looks.spending,
            cumulative=False,
            final=gathered.until is not None and gathered.until >= plan.looks.dates[-1],
            level=plan.level,
        )
    if plan.looks.anytime:
        parts["anytime"] = confidence_sequence(
            stages or gathered.units.moments(name),
            name,
            control=control,
            planned=plan.looks.planned_n or 10_000,
            cumulative=False,
            level=plan.level,
        )
    return parts


def _stages(plan: Plan, gathered: Gathered) -> list[ArmMoments]:
    """Return what each look that has taken place added."""
    assert plan.looks is not None  # noqa: S101 - asked for by `looks_of`
    if gathered.until is None:
        raise InputError(
            "[looks] dates need the day of assignment and outcomes in a window; these outcomes are "
            "columns. Leave the dates out, and read the anytime-valid interval."
        )
    moments = gathered.units.moments(plan.primary, "look")
    taken = [place for place, day in enumerate(plan.looks.dates) if day <= gathered.until]
    there = set(moments.cells["look"])
    return [moments.only(look=place).by("arm") for place in taken if place in there]


def subgroups_of(plan: Plan, gathered: Gathered, left: list[Said]) -> dict[str, Result]:
    """Return who gains, by the keys that the plan declared; an arm each, or why not in `left`."""
    keys = list(plan.subgroups)
    outcome = plan.outcomes[plan.primary]
    if not keys or outcome.kind not in _MEANS:
        return {}
    if outcome.per is not None:
        left.append(
            said(
                "Subgroups are left out: {primary!r} is a ratio, and they read means.",
                primary=plan.primary,
            )
        )
        return {}
    several = len(plan.arms.treatments) > 1
    found: dict[str, Result] = {}
    for arm in plan.arms.treatments:
        try:
            name = f"subgroups of {arm}" if several else "subgroups"
            found[name] = _subgroups(plan, gathered, keys, arm)
        except InputError as error:
            left.append(said("Subgroups are left out: {error}", error=error))
    return found


def _subgroups(plan: Plan, gathered: Gathered, keys: list[str], arm: str) -> Result:
    outcome = plan.outcomes[plan.primary]
    return subgroups(
        gathered.units.moments(plan.primary, *keys),
        plan.primary,
        control=plan.arms.control,
        treatment=arm,
        by=keys,
        declared=keys,
        unit=outcome.scale,
        level=plan.level,
        seed=plan.seed,
    )


def provenance_of(plan: Plan, gathered: Gathered) -> Provenance:
    options: dict[str, Any] = {
        "plan": plan.name,
        "units": gathered.source,
        "until": None if gathered.until is None else gathered.until.isoformat(),
        "level": plan.level,
    }
    fingerprint = gathered.units.assigned().fingerprint
    method = "intention to treat, as planned"
    return Provenance(method, options, fingerprint, seed=plan.seed)
