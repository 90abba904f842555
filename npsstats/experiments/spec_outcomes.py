"""What a plan measures, of whom: outcomes, covariates, subgroups, who is eligible."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from npsstats.experiments.spec_errors import PlanError
from npsstats.experiments.spec_kinds import Days, Frozen, Words

__all__ = ["Eligible", "Measure", "Outcome", "Subgroup"]


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
