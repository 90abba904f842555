"""What an experiment on call-backs found, read from its result by what it offers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from npsstats.checks import InputError
from npsstats.linkage.grades import RANDOMIZED
from npsstats.linkage.worth.inputs import Known

__all__ = ["CallEffect"]


@dataclass(frozen=True)
class CallEffect(Known):
    """What calling one detractor back changes, from a randomized comparison.

    Attributes
    ----------
    unit
        "share": of those called who buy again; "money": revenue a customer called.
    worth_of_one
        Contribution of one re-purchase, where the unit is a share; NaN where it is not known.
    cost
        Money a customer to be called; NaN where it is not known.
    what
        The outcome's name.
    """

    grade: str = RANDOMIZED.name
    unit: str = "share"
    worth_of_one: float = nan
    cost: float = nan
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
            The treatment arm; the first unless told.

        Raises
        ------
        InputError
            If there is no effect in shares or in money.
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
        rows = rows[rows["arm"] == arm] if arm is not None and "arm" in rows else rows
        if not len(rows):
            units = ", ".join(sorted(set(frame["unit"].astype(str))))
            raise InputError(
                f"The experiment has no effect in shares or money to value (units: {units}). Name "
                "an outcome that is a re-purchase or an amount."
            )
        row = rows.iloc[0]
        return cls(
            float(row["estimate"]),
            float(row.get("std_error", nan)),
            float(row["lower"]),
            float(row["upper"]),
            float(row.get("level", 0.95)),
            n=int(row.get("n_treatment", 0)) + int(row.get("n_control", 0)),
            unit=str(row["unit"]),
            worth_of_one=float(getattr(rule, "contribution", nan)),
            cost=float(getattr(rule, "cost", nan)),
            what=str(row.get("outcome", "re-purchase")),
        )
