"""Which rooms read an outcome, by its kind: from aggregates to rows of effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import InputError
from npsstats.experiments.amounts import amount
from npsstats.experiments.binary import binary
from npsstats.experiments.clusters.clustered import clustered
from npsstats.experiments.compliance.complier import compliance
from npsstats.experiments.duration import duration, effect_by_day, survival_curves
from npsstats.experiments.effects import Effects
from npsstats.experiments.scores.next_score import next_score
from npsstats.experiments.scores.room import score
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.spec import Plan
    from npsstats.results import Result
    from npsstats.said import Said

    type Read = tuple[list[Effects], dict[str, Result]]

__all__ = ["read_outcome"]

_MEANS = ("binary", "amount")
CELLS = 200
"""Cells of baseline keys an arm up to which a logistic regression adjusts for them."""


def read_outcome(plan: Plan, gathered: Gathered, name: str) -> Read:
    """Return the effects on an outcome, headline first, and further results by name.

    Parameters
    ----------
    plan
        The plan.
    gathered
        Its units.
    name
        One of its outcomes.
    """
    rooms: dict[str, Callable[[Plan, Gathered, str], Read]] = {
        "binary": _binary,
        "amount": _amount,
        "score": _score,
        "duration": _duration,
    }
    outcome = plan.outcomes[name]
    if plan.clustered and outcome.kind != "duration":
        # nothing but the clusters' own spread measures an error there
        if outcome.kind == "score" or outcome.per is not None:
            raise InputError(
                f"{name!r} cannot be read where whole clusters were assigned: nothing allows a "
                f"{'ratio' if outcome.per else 'score'} for them yet."
            )
        return [_by_cluster(plan, gathered, name)], {}
    effects, parts = rooms[outcome.kind](plan, gathered, name)
    if outcome.kind in _MEANS and outcome.per is None:
        if plan.cluster is not None:
            try:
                effects.append(_by_cluster(plan, gathered, name))
            except InputError as error:  # beside the headline only
                effects.append(
                    _nothing(
                        said(
                            "Errors of {name!r} by cluster are left out: {error}",
                            name=name,
                            error=error,
                        )
                    )
                )
        if plan.received is not None:
            effects.append(_compliers(plan, gathered, name))
    return effects, parts


def _nothing(doubt: Said) -> Effects:
    """Return no effect, and why."""
    return Effects.of([], [doubt], Provenance("none", {}, ""))


def _binary(plan: Plan, gathered: Gathered, name: str) -> Read:
    keys = gathered.keys if _few_cells(plan, gathered) else ()
    moments = gathered.units.moments(name, *keys)
    outcome = plan.outcomes[name]
    effects = binary(
        moments,
        name,
        control=plan.arms.control,
        covariates=keys,
        better=outcome.better,
        level=plan.level,
    )
    return [effects], {}


def _few_cells(plan: Plan, gathered: Gathered) -> bool:
    if not gathered.keys:
        return False
    cells = gathered.units.assigned(*gathered.keys)
    return len(cells) <= CELLS * len(plan.arms.shares)


def _amount(plan: Plan, gathered: Gathered, name: str) -> Read:
    outcome = plan.outcomes[name]
    per = (outcome.per,) if outcome.per is not None else ()
    covariates = tuple(plan.covariates)
    moments = gathered.units.moments(name, beside=(*per, *covariates))
    effects = amount(
        moments,
        name,
        control=plan.arms.control,
        covariates=covariates,
        denominator=outcome.per,
        tails=None if per else gathered.units.tails(name),
        level=plan.level,
        unit=outcome.unit or "money",
    )
    return [effects], {}


def _score(plan: Plan, gathered: Gathered, name: str) -> Read:
    counts = gathered.units.scores(name)
    if plan.outcomes[name].table is None:
        return [score(counts, name, control=plan.arms.control, level=plan.level)], {}
    # a score is only known of those who answer again, which the treatment may have moved
    assigned = gathered.units.followed(name)
    found = next_score(
        counts, assigned, name, control=plan.arms.control, level=plan.level, seed=plan.seed
    )
    return [found], {}


def _duration(plan: Plan, gathered: Gathered, name: str) -> Read:
    outcome = plan.outcomes[name]
    assert outcome.window is not None  # noqa: S101 - the plan has been checked
    keys = ("cluster",) if plan.cluster is not None else ()
    counts = gathered.units.durations(name, *keys)
    effects = duration(
        counts,
        name,
        control=plan.arms.control,
        window=outcome.window,
        cluster="cluster" if keys else None,
        better="longer" if outcome.better == "higher" else "shorter",
        seed=plan.seed,
        level=plan.level,
    )
    if plan.clustered:  # bands of curves would take customers of a store for strangers
        return [effects], {}
    whole = counts.by("arm")
    parts: dict[str, Result] = {
        f"curves of {name}": survival_curves(whole, window=outcome.window, level=plan.level),
        f"by day of {name}": effect_by_day(
            whole, control=plan.arms.control, window=outcome.window, level=plan.level
        ),
    }
    return [effects], parts


def _by_cluster(plan: Plan, gathered: Gathered, name: str) -> Effects:
    outcome = plan.outcomes[name]
    return clustered(
        gathered.units.moments(name, "cluster"),
        name,
        control=plan.arms.control,
        design="cluster" if plan.clustered else "within",
        level=plan.level,
        unit=outcome.scale,
        seed=plan.seed,
    )


def _compliers(plan: Plan, gathered: Gathered, name: str) -> Effects:
    outcome = plan.outcomes[name]
    covariates = tuple(plan.covariates)
    moments = gathered.units.moments(name, beside=("received", *covariates))
    everybody = None
    if moments.missing.any():  # whether the treatment came about is known of them all the same
        everybody = gathered.units.moments("received", "mature").only(mature=1).by("arm")
    return compliance(
        moments,
        name,
        received="received",
        control=plan.arms.control,
        covariates=covariates,
        assigned=everybody,
        level=plan.level,
        unit=outcome.scale,
        seed=plan.seed,
    )
