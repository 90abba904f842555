"""The tables of a plan: arms, assignment, data, outcomes, looks, decision, design."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it when the model is made
from pathlib import Path  # noqa: TC003 - the same
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from npsstats.experiments.spec_errors import PlanError

__all__ = [
    "Arms",
    "AssignmentPlan",
    "CallbackPlan",
    "DataPlan",
    "DecisionPlan",
    "DesignPlan",
    "Eligible",
    "Frozen",
    "LookPlan",
    "Measure",
    "Name",
    "Outcome",
    "Share",
    "Subgroup",
    "Words",
    "of_ratio",
]

type Share = Annotated[float, Field(gt=0, lt=1)]
type Days = Annotated[int, Field(ge=1, le=3650)]
type Words = dict[Literal["en", "fr"], str]
type Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_\-]*$")]

_SHARES_SUM = 1e-6


class Frozen(BaseModel):
    """Frozen, strict, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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


class Eligible(Frozen):
    """Who can be in the experiment, by what was known before: detractors, by their score.

    Attributes
    ----------
    column
        Of the units.
    low, high
        Smallest and largest value; the others are left out, and counted.
    values
        Or else the labels that count.
    """

    column: str = "score"
    low: float = -float("inf")
    high: float = float("inf")
    values: tuple[str, ...] = ()


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


class Measure(Frozen):
    """Something measured of a unit: a column of its own, or what events in a window come to.

    Attributes
    ----------
    table
        The table of events (purchases, responses, invitations); None for a column of the units.
    column
        The column: of the units (the measure's own name unless told), or summed over events.
    window
        Days after assignment (before it, for a covariate); the day of assignment is in neither.
    """

    table: Literal["purchases", "responses", "invitations"] | None = None
    column: str | None = None
    window: Days | None = None


class Outcome(Measure):
    """An outcome.

    Attributes
    ----------
    kind
        binary (0/1; any event in the window), amount (a number; the sum of `column` over the
        events, or their number), score (0–10; of the first answer), duration (days to the first
        event, censored where follow-up ends).
    role
        primary (one only), secondary, or guardrail (must not get worse by more than `margin`).
    better
        Which way is good.
    margin
        How much worse a guardrail may be, in the outcome's unit (a share, points, money, days).
    unit
        Of an amount, in words: EUR, visits …
    label
        What to call it in reports, by language.
    per
        Another amount that this one is divided by: a ratio metric.
    event
        Of a duration kept in columns: the column that says whether the event came.
    absent
        Of a binary outcome that events make: that none came (a customer who stays away).
    after
        "answer": the window opens when the unit answers, not when it is assigned. Known only of
        those who answer: for what a score tells, never for the effect of an arm.
    """

    kind: Literal["binary", "amount", "score", "duration"]
    role: Literal["primary", "secondary", "guardrail"] = "secondary"
    better: Literal["higher", "lower"] = "higher"
    margin: Annotated[float, Field(gt=0)] | None = None
    unit: str | None = None
    label: Words = Field(default_factory=dict)
    per: str | None = None
    event: str | None = None
    absent: bool = False
    after: Literal["answer"] | None = None

    @property
    def scale(self) -> str:
        """The unit that an effect on the mean is in: a share, or the amount's own."""
        return "share" if self.kind == "binary" else self.unit or "money"

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.table is not None and self.window is None and self.kind != "score":
            raise PlanError("window", f"events of {self.table} need a `window` in days")
        if self.role == "guardrail" and self.margin is None:
            raise PlanError("margin", "a guardrail needs a `margin`: how much worse it may get")
        if self.kind == "duration" and self.window is None:
            raise PlanError("window", "a duration needs a `window`: the days it is judged over")
        if self.per is not None and self.kind != "amount":
            raise PlanError("per", "only an amount can be taken per another outcome")
        if (self.absent or self.after) and (self.kind != "binary" or self.table is None):
            key = "absent" if self.absent else "after"
            raise PlanError(key, "only a binary outcome that events make (`table`) has it")
        if self.after and self.role != "secondary":
            raise PlanError(
                "after",
                "what is known only of those who answer cannot judge arms: make it secondary",
            )
        if self.kind == "duration" and self.table is None and self.event is None:
            raise PlanError("event", "a duration in a column needs `event`, the column of its end")
        return self


class Subgroup(Frozen):
    """A key known before assignment: a column of the units, or a covariate cut into tiers.

    `label` is what reports call the key, `labels` what they call its values, by language.
    """

    column: str | None = None
    cuts: tuple[float, ...] = ()
    label: Words = Field(default_factory=dict)
    labels: dict[str, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if list(self.cuts) != sorted(set(self.cuts)):
            raise PlanError("cuts", f"cuts must ascend, got {list(self.cuts)}")
        return self


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
