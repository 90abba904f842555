"""The plan of an experiment: what is asked, of whom, how it is judged, before data are seen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from npsstats.checks import InputError
from npsstats.experiments.spec_errors import PlanError, explain
from npsstats.experiments.spec_parts import (
    Arms,
    AssignmentPlan,
    CallbackPlan,
    DataPlan,
    DecisionPlan,
    DesignPlan,
    Eligible,
    Frozen,
    LookPlan,
    Measure,
    Name,
    Outcome,
    Share,
    Subgroup,
    Words,
)

__all__ = ["Plan", "load_plan", "parse_plan", "read_plan"]

RESERVED = frozenset({"arm", "unit", "cluster", "received", "fold", "look", "assigned", "eligible"})


class Plan(Frozen):
    """An experiment, as its `plan.toml` says; paths made absolute.

    Attributes
    ----------
    unit
        Column that identifies a unit; None where every row is one.
    cluster
        Column of what units belong to (their store): errors allow for it.
    clustered
        Whole clusters were assigned, not units one by one.
    covariates
        What was known before assignment and predicts outcomes.
    subgroups
        Keys known before assignment, of whom one may gain more than another.
    eligible
        Who can be in it, by a column known before assignment.
    callback
        The plan is a call-back study: see `npsstats.experiments.callback`.
    received
        Column that says whether the treatment came about (the customer was reached).
    """

    name: Name
    title: Words = Field(default_factory=dict)
    hypothesis: str | Words
    unit: str | None = None
    cluster: str | None = None
    clustered: bool = False
    arms: Arms
    assignment: AssignmentPlan | None = None
    data: DataPlan | None = None
    outcomes: dict[Name, Outcome]
    covariates: dict[Name, Measure] = Field(default_factory=dict)
    subgroups: dict[Name, Subgroup] = Field(default_factory=dict)
    received: str | None = None
    eligible: Eligible | None = None
    callback: CallbackPlan | None = None
    looks: LookPlan | None = None
    decision: DecisionPlan | None = None
    design: DesignPlan | None = None
    level: Share = 0.95
    seed: int = 0

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check(self)
        return self

    @property
    def primary(self) -> str:
        """Name of the primary outcome."""
        return next(name for name, outcome in self.outcomes.items() if outcome.role == "primary")


def _check(plan: Plan) -> None:
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
    if plan.clustered and plan.cluster is None:
        raise PlanError("clustered", "whole clusters need `cluster`: the column that names them")
    valued = plan.decision.outcome if plan.decision is not None else None
    if valued is not None and valued not in plan.outcomes:
        raise PlanError("decision.outcome", f"{valued!r} is not among the outcomes")
    if plan.callback is not None and plan.eligible is None:
        raise PlanError("callback", "a call-back study is of detractors: say who in [eligible]")
    _check_baseline(plan)


def _check_baseline(plan: Plan) -> None:
    """Refuse covariates and subgroups that are not known before assignment."""
    for name, subgroup in plan.subgroups.items():
        column = subgroup.column or name
        _refuse_after(plan, f"subgroups.{name}", column)
        if subgroup.cuts and column not in plan.covariates:
            raise PlanError(
                f"subgroups.{name}.cuts", "only a covariate can be cut: declare it in [covariates]"
            )
    if plan.eligible is not None:
        _refuse_after(plan, "eligible", plan.eligible.column)
    for name, measure in plan.covariates.items():
        if measure.table is None:
            _refuse_after(plan, f"covariates.{name}", measure.column or name)


def _refuse_after(plan: Plan, place: str, column: str) -> None:
    """Refuse to condition on what came after assignment: it breaks the randomization."""
    if column == plan.received:
        raise PlanError(
            place,
            f"{column!r} came after assignment, so groups by it are not comparable. Leave it in "
            "`received` and read the complier effect",
        )
    after = {
        outcome.column or name for name, outcome in plan.outcomes.items() if outcome.table is None
    }
    if column in after:
        raise PlanError(place, f"{column!r} is an outcome: it came after assignment")


def load_plan(path: str | Path) -> Plan:
    """Read and check a `plan.toml`.

    Parameters
    ----------
    path
        The file. Paths in it are relative to its folder.

    Raises
    ------
    InputError
        If the file is not there, is not TOML, or says something that cannot be used; the message
        gives the line and what to do.
    """
    path = Path(path).expanduser()
    return parse_plan(read_plan(path), path.name, path.parent.resolve())


def read_plan(path: Path) -> str:
    """Return the text of a plan's file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no plan {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read as UTF-8 text: {error}.") from None


def parse_plan(text: str, label: str = "plan.toml", folder: Path | None = None) -> Plan:
    """Return the plan that a TOML text says; `folder` is what its paths are relative to."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'{label} is not TOML: {error}. Text needs quotes: "…".') from None
    try:
        return Plan.model_validate(_placed(content, folder or Path()))
    except ValidationError as error:
        problem = explain(label, text, error.errors(include_url=False)[0], Plan)
    raise InputError(problem)


def _placed(value: Any, folder: Path) -> Any:
    """Return the content with arrays as tuples and paths made absolute."""
    content = _with_tuples(value)
    data = content.get("data")
    if isinstance(data, dict):
        data = dict(data)
        if isinstance(data.get("network"), str):
            data["network"] = folder / Path(data["network"]).expanduser()
        if isinstance(units := data.get("units"), str) and "." in units and "://" not in units:
            data["units"] = str(folder / Path(units).expanduser())
        content = {**content, "data": data}
    return content


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
