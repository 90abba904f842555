"""What the parts of a plan must not say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.experiments.spec_errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_survey import SurveyPlan

__all__ = ["check_plan"]

RESERVED = frozenset(
    {"arm", "unit", "cluster", "received", "fold", "look", "assigned", "eligible", "mature"}
)
_MEANS = ("binary", "amount")


def check_plan(plan: Plan) -> None:
    """Refuse a plan whose parts contradict each other; the fault says where."""
    primaries = [name for name, outcome in plan.outcomes.items() if outcome.role == "primary"]
    if len(primaries) != 1:
        raise PlanError(
            f"outcomes.{next(iter(plan.outcomes), '')}",
            f'one outcome must have role = "primary", {len(primaries)} have: the decision rests on '
            "one",
        )
    for table in ("outcomes", "covariates", "subgroups"):
        for name in getattr(plan, table):
            if name in RESERVED:
                raise PlanError(f"{table}.{name}", f"{name!r} is a word of ours; choose another")
    for name, outcome in plan.outcomes.items():
        over = plan.outcomes.get(outcome.per) if outcome.per is not None else outcome
        if outcome.per is not None and (over is None or over.kind != "amount"):
            raise PlanError(
                f"outcomes.{name}.per", f"{outcome.per!r} is not an outcome that is an amount"
            )
    _check_clusters(plan)
    _check_readings(plan)
    _check_survey(plan)
    _check_baseline(plan)


def _check_clusters(plan: Plan) -> None:
    if not plan.clustered:
        return
    if plan.cluster is None:
        raise PlanError("clustered", "whole clusters need `cluster`: the column that names them")
    primary = plan.outcomes[plan.primary]
    if primary.kind == "score" or primary.per is not None:
        raise PlanError(
            f"outcomes.{plan.primary}",
            "where whole clusters are assigned the primary outcome must be binary, an amount or a "
            "duration: nothing else allows for clusters yet",
        )


def _check_readings(plan: Plan) -> None:
    """Refuse looks and decisions on outcomes that they cannot read."""
    if plan.looks is not None and plan.outcomes[plan.primary].kind not in _MEANS:
        raise PlanError(
            "looks",
            f"looks read means, and the primary outcome {plan.primary!r} is a "
            f"{plan.outcomes[plan.primary].kind}. Leave [looks] out, or make another one primary",
        )
    if plan.decision is not None:
        valued = plan.decision.outcome or plan.primary
        if valued not in plan.outcomes:
            raise PlanError("decision.outcome", f"{valued!r} is not among the outcomes")
        outcome = plan.outcomes[valued]
        if outcome.kind not in _MEANS or outcome.per is not None:
            kind = "ratio" if outcome.per is not None else outcome.kind
            raise PlanError(
                "decision",
                f"a {kind} such as {valued!r} has no value in money. Name a binary outcome or an "
                "amount: outcome = …",
            )
    if plan.callback is not None and plan.eligible is None:
        raise PlanError("callback", "a call-back study is of detractors: say who in [eligible]")


def _check_survey(plan: Plan) -> None:
    """Refuse a survey that names outcomes or subgroups that are not there, or of another kind."""
    if plan.survey is None:
        if after := [name for name, outcome in plan.outcomes.items() if outcome.after]:
            raise PlanError(
                f"outcomes.{after[0]}.after", "only a plan with [survey] knows when a unit answers"
            )
        return
    survey = plan.survey
    kinds = {"score": "score", "answered": "binary", "completed": "binary"}
    for key, kind in kinds.items():
        name = getattr(survey, key)
        if name is None:
            continue
        if name not in plan.outcomes or plan.outcomes[name].kind != kind:
            raise PlanError(
                f"survey.{key}",
                f"{name!r} must be an outcome with kind = {kind!r}: [outcomes.{name}]",
            )
    _check_windows(plan, survey)
    for name in survey.validity:
        if name not in plan.outcomes or plan.outcomes[name].after is None:
            raise PlanError("survey.validity", f'{name!r} must be an outcome with after = "answer"')
    groups = {"known": survey.known or (), "quality": survey.quality}
    groups["journey"] = (survey.journey,) if survey.journey is not None else ()
    for key, names in groups.items():
        if unknown := [name for name in names if name not in plan.subgroups]:
            raise PlanError(f"survey.{key}", f"{unknown[0]!r} is not among [subgroups]")


def _check_windows(plan: Plan, survey: SurveyPlan) -> None:
    """Refuse windows that make answers those of other units than scores, or foretell backwards."""
    windows = {
        name: plan.outcomes[name].window
        for name in (survey.answered, survey.completed, survey.score)
        if name is not None and plan.outcomes[name].table is not None
    }
    if len(set(windows.values())) > 1:
        said = ", ".join(f"{name} {window}" for name, window in windows.items())
        raise PlanError(
            "survey",
            f"answers, completion and scores must be of the same units, so their windows must be "
            f"the same, got {said}",
        )
    if survey.delay is not None and "prediction" in survey.purposes:
        raise PlanError(
            "survey.purposes",
            "prediction cannot judge delays: what an answer foretells begins with the answer, "
            "and that comes on other days after the experience in every arm",
        )


def _check_baseline(plan: Plan) -> None:
    """Refuse covariates, subgroups, strata that are not known before assignment."""
    for name, subgroup in plan.subgroups.items():
        column = subgroup.column or name
        if subgroup.cuts and column not in plan.covariates:
            raise PlanError(
                f"subgroups.{name}.cuts", "only a covariate can be cut: declare it in [covariates]"
            )
        if subgroup.cuts and name in plan.covariates:
            raise PlanError(
                f"subgroups.{name}",
                f"a covariate has this name. Call the tiers otherwise: column = {column!r}",
            )
    for name, measure in plan.covariates.items():
        if measure.table is not None and measure.window is None:
            raise PlanError(
                f"covariates.{name}.window", f"events of {measure.table} need a `window` in days"
            )
    for place, column in _known_before(plan):
        _refuse_after(plan, place, column)


def _known_before(plan: Plan) -> Iterator[tuple[str, str]]:
    """Return where a plan takes a column to be known before assignment, and the column."""
    for name, subgroup in plan.subgroups.items():
        if not subgroup.cuts:
            yield f"subgroups.{name}", subgroup.column or name
    for name, measure in plan.covariates.items():
        if measure.table is None:
            yield f"covariates.{name}", measure.column or name
    for column in plan.assignment.strata if plan.assignment is not None else ():
        yield "assignment.strata", column
    if plan.eligible is not None:
        yield "eligible", plan.eligible.column
    if plan.cluster is not None:
        yield "cluster", plan.cluster


def _refuse_after(plan: Plan, place: str, column: str) -> None:
    """Refuse to condition on what came after assignment: it breaks the randomization."""
    mapped = plan.data.columns if plan.data is not None else {}

    def source(name: str) -> str | int:
        return mapped.get(name, name)

    if plan.received is not None and source(column) == source(plan.received):
        raise PlanError(
            place,
            f"{column!r} came after assignment, so groups by it are not comparable. Leave it in "
            "`received` and read the complier effect",
        )
    after = {
        source(part)
        for name, outcome in plan.outcomes.items()
        if outcome.table is None
        for part in (outcome.column or name, outcome.event)
        if part is not None
    }
    if source(column) in after:
        raise PlanError(place, f"{column!r} is an outcome: it came after assignment")
