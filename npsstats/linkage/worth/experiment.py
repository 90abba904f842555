"""What an experiment on call-backs found, read from its result by what it offers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.known import Known
from npsstats.grades import RANDOMIZED

__all__ = ["CallEffect"]


@dataclass(frozen=True)
class CallEffect(Known):
    """What calling one detractor back changes, from a randomized comparison.

    Attributes
    ----------
    unit
        "share": of those called who buy again; "money": revenue a customer called.
    worth_of_one, worth_of_one_sd
        Contribution of one re-purchase, where the unit is a share, and how unsure it is; NaN where
        it is not known.
    cost, cost_sd
        Money a customer to be called, and how unsure it is; NaN where it is not known.
    what
        The outcome's name.
    """

    grade: str = RANDOMIZED.name
    unit: str = "share"
    worth_of_one: float = nan
    worth_of_one_sd: float = 0.0
    cost: float = nan
    cost_sd: float = 0.0
    what: str = "re-purchase"

    def __post_init__(self) -> None:
        """Refuse an effect without an end."""
        super().__post_init__()
        if not all(isfinite(value) for value in (self.estimate, *self.limits)):
            raise InputError(
                "The experiment's effect has no finite interval: it has no value yet. Leave "
                "`callback` out until it has."
            )

    @classmethod
    def of(cls, experiment: Any, *, arm: str | None = None) -> CallEffect:
        """Return the effect of an experiment: its primary outcome, or what its decision is about.

        Parameters
        ----------
        experiment
            A `CallEffect`, or anything with a `frame` of effects (`estimate, std_error, lower,
            upper, level, unit, n_treatment, n_control`), such as an `ExperimentResult`.
        arm
            The treatment arm; needed where there are several and the decision names none.

        Raises
        ------
        InputError
            If there is no effect in shares or in money, or several arms and none is named.
        """
        if isinstance(experiment, CallEffect):
            return experiment
        frame = getattr(experiment, "frame", None)
        if frame is None or not {"estimate", "lower", "upper", "unit"} <= set(frame.columns):
            raise InputError(
                f"`callback` must be an experiment's result, got {type(experiment).__name__}. "
                "Write callback=npsstats.analyze(plan)."
            )
        rule = getattr(getattr(experiment, "plan", None), "decision", None)
        name = getattr(rule, "outcome", None) or getattr(
            getattr(experiment, "plan", None), "primary", None
        )
        rows = frame[frame["unit"].isin(["share", "money"])]
        rows = rows[rows["outcome"] == name] if name and "outcome" in rows else rows
        if "arm" in rows and len(rows):
            arms = list(dict.fromkeys(rows["arm"]))
            decided = getattr(rule, "arm", None)
            arm = decided if arm is None and decided in arms else arm
            if arm is not None:
                checks.one_of("arm", arm, arms)
            elif len(arms) > 1:
                raise InputError(
                    f"The experiment has several arms ({', '.join(map(str, arms))}): say which one "
                    f"is valued, CallEffect.of(experiment, arm={arms[0]!r}), and hand that over as "
                    "callback=."
                )
            rows = rows[rows["arm"] == arm] if arm is not None else rows
        if not len(rows):
            units = ", ".join(sorted(set(frame["unit"].astype(str))))
            raise InputError(
                f"The experiment has no effect in shares or money to value (units: {units}). Name "
                "an outcome that is a re-purchase or an amount."
            )
        row = _believed(experiment, rows.iloc[0], getattr(rule, "arm", None))
        limits = float(row["lower"]), float(row["upper"])
        sign = 1.0
        if _lower_is_better(experiment, str(row.get("outcome", ""))):
            sign, limits = -1.0, (-limits[1], -limits[0])  # one departure fewer is one kept
        return cls(
            sign * float(row["estimate"]),
            float(row.get("std_error", nan)),
            *limits,
            float(row.get("level", 0.95)),
            n=int(row.get("n_treatment", 0)) + int(row.get("n_control", 0)),
            unit=str(row["unit"]),
            worth_of_one=float(getattr(rule, "contribution", nan)),
            worth_of_one_sd=float(getattr(rule, "contribution_sd", 0.0)),
            cost=float(getattr(rule, "cost", nan)),
            cost_sd=float(getattr(rule, "cost_sd", 0.0)),
            what=str(row.get("outcome", "re-purchase")),
        )


def _believed(experiment: Any, row: Any, decided: str | None) -> Any:
    """Return an effect as its decision believes it: its worth has one number, and not two."""
    frame = getattr(getattr(experiment, "decision", None), "frame", None)
    if frame is None or "quantity" not in frame or decided not in (None, row.get("arm")):
        return row
    effect = frame[(frame["quantity"] == "effect") & (frame["level"] == row.get("level", 0.95))]
    names = ["estimate", "std_error", "lower", "upper"]
    if not len(effect) or not isfinite(effect[names].iloc[0].astype(float).sum()):
        return row
    return {**row, **effect[names].iloc[0]}


def _lower_is_better(experiment: Any, name: str) -> bool:
    """Return whether the plan says that less of an outcome is better."""
    outcomes = getattr(getattr(experiment, "plan", None), "outcomes", None)
    if outcomes is None:
        return False
    found = outcomes.get(name) if hasattr(outcomes, "get") else None
    return getattr(found, "better", "higher") == "lower"
