"""The plan of an experiment: what is asked, of whom, how it is judged, before data are seen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from npsstats.checks import InputError
from npsstats.experiments.spec_checks import check_plan
from npsstats.experiments.spec_errors import explain, first_fault
from npsstats.experiments.spec_kinds import Frozen, Name, Share, Words
from npsstats.experiments.spec_outcomes import Eligible, Measure, Outcome, Subgroup
from npsstats.experiments.spec_parts import (
    Arms,
    AssignmentPlan,
    CallbackPlan,
    DataPlan,
    DecisionPlan,
    DesignPlan,
    LookPlan,
)
from npsstats.experiments.spec_survey import Factor, SurveyPlan, crossed

__all__ = ["Plan", "load_plan", "parse_plan", "read_plan"]


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
    survey
        The plan is a survey experiment: see `npsstats.experiments.position` and `timing`.
    factors
        Several things varied at once; their combinations are the arms, which need not be written.
    customer
        Column of the customer, where a unit is something else (an invitation): events that do not
        name the unit are found by it.
    received
        Column that says whether the treatment came about (the customer was reached).
    """

    name: Name
    title: Words = Field(default_factory=dict)
    hypothesis: str | Words
    unit: str | None = None
    customer: str | None = None
    cluster: str | None = None
    clustered: bool = False
    factors: dict[Name, Factor] = Field(default_factory=dict)
    arms: Arms
    assignment: AssignmentPlan | None = None
    data: DataPlan | None = None
    outcomes: dict[Name, Outcome]
    covariates: dict[Name, Measure] = Field(default_factory=dict)
    subgroups: dict[Name, Subgroup] = Field(default_factory=dict)
    received: str | None = None
    eligible: Eligible | None = None
    callback: CallbackPlan | None = None
    survey: SurveyPlan | None = None
    looks: LookPlan | None = None
    decision: DecisionPlan | None = None
    design: DesignPlan | None = None
    level: Share = 0.95
    seed: int = 0

    @model_validator(mode="after")
    def _sound(self) -> Self:
        check_plan(self)
        return self

    @property
    def primary(self) -> str:
        """Name of the primary outcome."""
        return next(name for name, outcome in self.outcomes.items() if outcome.role == "primary")


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
        return Plan.model_validate(crossed(_placed(content, folder or Path())))
    except ValidationError as error:
        problem = explain(label, text, first_fault(error.errors(include_url=False)), Plan)
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
