"""The tables of a plan that make it a survey experiment: [survey] and [factors]."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from npsstats.experiments.spec_errors import PlanError
from npsstats.experiments.spec_kinds import Frozen, Name, Share, Words
from npsstats.experiments.spec_parts import Arms, of_ratio

__all__ = ["JOINED", "PURPOSES", "Closed", "Factor", "FatiguePlan", "SurveyPlan", "crossed"]

type Purpose = Literal[
    "communication", "representativeness", "prediction", "response", "completion", "precision"
]

PURPOSES: dict[Purpose, float] = {
    "communication": 1.0,
    "representativeness": 1.0,
    "prediction": 0.005,
    "response": 0.002,
    "completion": 0.002,
    "precision": 0.1,
}
"""What a survey may be for, and the expected loss that does not matter: points of NPS (of its
margin, for precision), probability of concordance, shares of those asked."""

JOINED = " · "
"""What stands between the levels of an arm that is a combination of factors."""


class Factor(Frozen):
    """One of several things varied at once: the arms are all combinations of the factors' levels.

    Attributes
    ----------
    column
        Column of the units that holds its level; the factor's own name unless told.
    control
        The level that the others are held against.
    shares
        Level → share of the units, or whole-number ratios; factors are drawn independently.
    label, labels
        What reports call it and its levels, by language.
    """

    column: str | None = None
    control: str
    shares: dict[str, Share]
    label: Words = Field(default_factory=dict)
    labels: dict[str, Words] = Field(default_factory=dict)

    @field_validator("shares", mode="before")
    @classmethod
    def _of_ratio(cls, shares: object) -> object:
        return of_ratio(shares)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        Arms(control=self.control, shares=self.shares, labels=self.labels)  # the same rules
        return self


def crossed(content: dict[str, Any]) -> dict[str, Any]:
    """Return a plan's content with the arms that its factors make, where it has factors."""
    factors = content.get("factors")
    if not isinstance(factors, dict) or "arms" in content:
        return content
    try:
        known = {name: Factor.model_validate(factor) for name, factor in factors.items()}
    except ValueError:
        return content  # the fault is said where the factor stands
    arms: dict[str, float] = {"": 1.0}
    words: dict[str, Words] = {"": {}}
    for factor in known.values():
        arms, before = {}, arms
        words, said = {}, words
        for start, share in before.items():
            for level, part in factor.shares.items():
                name = f"{start}{JOINED}{level}" if start else level
                arms[name] = share * part
                label = factor.labels.get(level, {})
                words[name] = {
                    code: f"{said[start][code]}{JOINED}{text}" if start else text
                    for code, text in label.items()
                    if not start or code in said[start]
                }
    control = JOINED.join(factor.control for factor in known.values())
    labels = {name: label for name, label in words.items() if label}
    return {**content, "arms": {"control": control, "shares": arms, "labels": labels}}


class Closed(Frozen):
    """A closed question of the same questionnaire that tells how the experience was.

    Attributes
    ----------
    column
        Of the answers; the question's own name unless told.
    poor
        Highest rating of a poor experience.
    """

    column: str | None = None
    poor: float
    label: Words = Field(default_factory=dict)


class FatiguePlan(Frozen):
    """How often and how lately a customer was asked before.

    Attributes
    ----------
    past, since
        Columns of the units: times asked before; days since the last time.
    randomized
        Who was asked how often was drawn by lot; otherwise what is seen is an association.
    quarantine
        Days without a further question that are weighed against each other.
    send_cost, answer_value
        Money: of one invitation sent, and of one answer.
    """

    past: str = "past_invitations"
    since: str = "days_since_last"
    randomized: bool = False
    quarantine: tuple[Annotated[int, Field(ge=0, le=3650)], ...] = (0, 30, 60, 90, 180)
    send_cost: Annotated[float, Field(ge=0)] | None = None
    answer_value: Annotated[float, Field(ge=0)] | None = None


class SurveyPlan(Frozen):
    """What a survey experiment asks beside every experiment's questions.

    Attributes
    ----------
    score, answered, completed
        Outcomes: the score of those who answer; whether an answer came, of all who were asked;
        whether the questionnaire was filled in to its end.
    known
        Subgroups known of all who were asked, by which answers are weighted to them; all of the
        plan's subgroups unless told.
    quality
        Subgroups that say how the experience was.
    closed
        Closed questions that do, in the same questionnaire: what they say may itself depend on
        the arm.
    validity
        Binary outcomes after the answer (`after = "answer"`) that a score should tell.
    purposes
        What the survey may be for: each gets its verdict.
    tolerance
        Purpose → expected loss that does not matter, in its unit (see `PURPOSES`).
    sure
        Probability of being best at which an arm is chosen.
    delay
        Column of the hours from the experience to sending: the study is of timing.
    sent
        Column of the moment of sending, for days of the week and hours.
    journey
        Subgroup by which timing is judged apart.
    reminder
        Column that says whether a reminder was drawn by lot.
    fatigue
        Past solicitations, weighed.
    """

    score: Name = "score"
    answered: Name = "answered"
    completed: Name | None = None
    known: tuple[Name, ...] | None = None
    quality: tuple[Name, ...] = ()
    closed: dict[Name, Closed] = Field(default_factory=dict)
    validity: tuple[Name, ...] = ()
    purposes: tuple[Purpose, ...] = ("communication", "representativeness", "prediction")
    tolerance: dict[Purpose, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    sure: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    delay: str | None = None
    sent: str | None = None
    journey: Name | None = None
    reminder: str | None = None
    fatigue: FatiguePlan | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.purposes:
            raise PlanError("purposes", f"name at least one of {', '.join(PURPOSES)}")
        if "prediction" in self.purposes and not self.validity:
            raise PlanError(
                "validity",
                "prediction needs an outcome that a score should tell: validity = ['…'], or "
                "leave it out of `purposes`",
            )
        if "completion" in self.purposes and self.completed is None:
            raise PlanError("completed", "completion needs the outcome that says so")
        return self

    def loss(self, purpose: Purpose) -> float:
        """Return the expected loss that does not matter."""
        return self.tolerance.get(purpose, PURPOSES[purpose])
