"""The tables of a plan: arms, assignment, data, looks, decision, design."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from npsstats.experiments.spec_errors import PlanError
from npsstats.experiments.spec_kinds import Frozen, Share, Words

__all__ = [
    "Arms",
    "AssignmentPlan",
    "CallbackPlan",
    "DataPlan",
    "DecisionPlan",
    "DesignPlan",
    "LookPlan",
    "of_ratio",
]

_SHARES_SUM = 1e-6


def of_ratio(shares: object) -> object:
    """Return shares of whole-number ratios, and anything else as it is."""
    if not isinstance(shares, dict) or not all(type(x) is int and x > 0 for x in shares.values()):
        return shares
    return {arm: ratio / sum(shares.values()) for arm, ratio in shares.items()}


class Arms(Frozen):
    """The arms: which one is the control, and what share of the units each gets.

    Shares add up to 1; or they are whole numbers, as in 1 : 1 : 2. Labels say, by language, what
    reports call an arm.
    """

    control: str
    shares: dict[str, Share]
    labels: dict[str, Words] = Field(default_factory=dict)

    @field_validator("shares", mode="before")
    @classmethod
    def _of_ratio(cls, shares: object) -> object:
        return of_ratio(shares)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if len(self.shares) < 2:
            raise PlanError("shares", "an experiment has at least two arms: name each with a share")
        if self.control not in self.shares:
            raise PlanError("control", f"{self.control!r} is not among the arms of `shares`")
        total = sum(self.shares.values())
        if abs(total - 1) > _SHARES_SUM:
            raise PlanError(
                "shares", f"the shares add up to {total:g}, not 1; a holdout goes to [assignment]"
            )
        if unknown := [arm for arm in self.labels if arm not in self.shares]:
            raise PlanError("labels", f"{unknown[0]!r} is not among the arms of `shares`")
        if "holdout" in self.shares:
            raise PlanError("shares", "a holdout is no arm: write `holdout = …` in [assignment]")
        return self

    @property
    def treatments(self) -> tuple[str, ...]:
        """The arms that are compared with the control."""
        return tuple(arm for arm in self.shares if arm != self.control)


class AssignmentPlan(Frozen):
    """How units get their arm: keywords of `npsstats.assign`."""

    key: str
    method: Literal["independent", "blocked"] = "independent"
    strata: tuple[str, ...] = ()
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    holdout_key: str | None = None


class DataPlan(Frozen):
    """Where the data are.

    Attributes
    ----------
    units
        The table with a row a unit: a table of the network (callbacks, invitations), or a file.
    network
        The `network.toml` that holds `units` and the tables of events.
    arm
        Column of the arm; `arms` may name its values otherwise.
    date
        Column of the day of assignment; needed by every window.
    lag
        Column of the hours by which assignment came before `date`: of a delay from the experience
        to sending, drawn at the experience, where `date` is that of sending.
    until
        Last day on which events are complete; unless told, the last day with an event.
    columns
        Name in this plan → column of the table of units, where they differ.
    """

    units: str
    network: Path | None = None
    arm: str = "arm"
    date: str | None = None
    lag: str | None = None
    until: dt.date | None = None
    columns: dict[str, str | int] = Field(default_factory=dict)


class CallbackPlan(Frozen):
    """What the call-back study asks beside every experiment's questions.

    Attributes
    ----------
    super_cut
        Highest score of a super-detractor.
    retest
        Correlations of a customer's two scores that "no effect at all" is computed for.
    """

    super_cut: Annotated[int, Field(ge=0, le=5)] = 2
    retest: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = (0.5, 0.6, 0.7, 0.8)


class LookPlan(Frozen):
    """Looks before the end.

    Attributes
    ----------
    dates
        Days of the looks, the last one the end.
    planned_n
        Units, arms together, that the last look is to have: what information is a fraction of.
    spending
        How the error is spent over group-sequential looks.
    anytime
        Also say what holds at any time, however often one looks.
    """

    dates: tuple[dt.date, ...] = ()
    planned_n: Annotated[int, Field(ge=2)] | None = None
    spending: Literal["obrien_fleming", "pocock"] = "obrien_fleming"
    anytime: bool = False

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if list(self.dates) != sorted(set(self.dates)):
            raise PlanError("dates", "the days of looks must ascend")
        if self.dates and self.planned_n is None:
            raise PlanError("planned_n", "looks on dates need `planned_n`, the units at the last")
        return self


class DecisionPlan(Frozen):
    """The rule, with money: see `npsstats.experiments.decision`.

    Attributes
    ----------
    outcome
        What has a value; the primary outcome unless told.
    contribution
        Money that one unit of the outcome earns (the margin of a re-purchase; 1 for an amount
        that is margin already).
    contribution_sd
        How unsure that is.
    cost
        Money that treating one unit costs, reached or not.
    units_per_year
        Units a year that the decision is about.
    rope
        Effects too small to matter, in the outcome's unit: [from, to].
    adopt_probability
        Adopt when the probability that the value is above 0 reaches it, keep as it is when that
        of a value below 0 does.
    loss_threshold
        Decide anyway when the expected loss a unit falls below it, in money; None: never.
    minimum_n
        Units an arm below which nothing is decided.
    capacity
        Units that can be treated, as a share of all: whom to treat first.
    currency
        What money is in: EUR …
    """

    outcome: str | None = None
    contribution: Annotated[float, Field(gt=0)]
    contribution_sd: Annotated[float, Field(ge=0)] = 0.0
    cost: Annotated[float, Field(ge=0)] = 0.0
    units_per_year: Annotated[float, Field(gt=0)] | None = None
    rope: tuple[float, float] | None = None
    adopt_probability: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    loss_threshold: Annotated[float, Field(gt=0)] | None = None
    minimum_n: Annotated[int, Field(ge=1)] = 100
    capacity: Annotated[float, Field(gt=0, le=1)] | None = None
    currency: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.rope is not None and self.rope[0] >= self.rope[1]:
            raise PlanError("rope", f"from {self.rope[0]:g} to {self.rope[1]:g} is no range")
        return self


class DesignPlan(Frozen):
    """What the size was chosen for: keywords of `npsstats.design` that no other table says."""

    baseline: float | None = None
    effect: float | None = None
    n_per_arm: Annotated[int, Field(ge=2)] | None = None
    power: Share | None = None
    alpha: Share = 0.05
    alternative: Literal["two-sided", "larger", "smaller"] = "two-sided"
    margin: Annotated[float, Field(gt=0)] | None = None
    sd: Annotated[float, Field(gt=0)] | None = None
    cv: Annotated[float, Field(gt=0)] | None = None
    variance: Annotated[float, Field(gt=0)] | None = None
    r_squared: Annotated[float, Field(ge=0, lt=1)] = 0.0
    reach: Annotated[float, Field(gt=0, le=1)] = 1.0
    censoring: Annotated[float, Field(ge=0, lt=1)] = 0.0
    per_month: Annotated[float, Field(gt=0)] | None = None
    icc: Annotated[float, Field(ge=0, lt=1)] | None = None
    cluster_size: Annotated[float, Field(ge=1)] | None = None
    cluster_cv: Annotated[float, Field(ge=0)] = 0.0
    clusters: Annotated[int, Field(ge=2)] | None = None
    looks: Annotated[int, Field(ge=1)] | None = None
    prior_mean: float | None = None
    prior_sd: Annotated[float, Field(gt=0)] | None = None
    worthwhile: float | None = None
