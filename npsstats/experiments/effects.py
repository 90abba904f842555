"""What every room of experiments returns: a row an effect, treatment against control.

The same columns everywhere, so that the effects of several rooms make one table.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from npsstats.results import Provenance
    from npsstats.said import Said

__all__ = ["COLUMNS", "Effect", "Effects", "gather"]

_NUMBERS = ("estimate", "std_error", "lower", "upper")


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One effect of a treatment against the control.

    Attributes
    ----------
    outcome
        Its name in the plan.
    arm
        The treatment arm that is compared with the control.
    estimand
        What is estimated: "risk difference", "risk ratio", "mean difference", "hazard ratio" …
    method
        How, by the name that the literature uses.
    unit
        "share" (0–1), "points" (NPS), "ratio", "days", "money", or the outcome's own unit.
    estimate, std_error, lower, upper
        In that unit, treatment minus (or over) control. A ratio's standard error is that of its
        logarithm. NaN where the method gives none; limits may be infinite.
    level
        Of the interval: confidence, or credible where `probability` is given.
    p_value
        Two-sided, of no effect; NaN for a Bayesian reading.
    probability
        Posterior probability that treatment is greater than control (a difference above 0, a
        ratio above 1); NaN for a frequentist reading.
    n_control, n_treatment
        Units that entered.
    """

    outcome: str
    arm: str
    estimand: str
    method: str
    unit: str
    estimate: float
    std_error: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    level: float = 0.95
    p_value: float = np.nan
    probability: float = np.nan
    n_control: int
    n_treatment: int


COLUMNS = tuple(field.name for field in fields(Effect))


@dataclass(frozen=True, repr=False)
class Effects(Result):
    """A row an effect, with the columns of `Effect`."""

    title: ClassVar[str] = "Effects, treatment against control"

    @classmethod
    def of(
        cls, effects: Iterable[Effect], diagnostics: Iterable[Said], provenance: Provenance
    ) -> Effects:
        """Return the effects as a result."""
        rows = [astuple(effect) for effect in effects]
        return cls(pd.DataFrame(rows, columns=list(COLUMNS)), tuple(diagnostics), provenance)

    def row(self, estimand: str, method: str | None = None) -> pd.Series:
        """Return the first row of that estimand (and method)."""
        mask = self.frame["estimand"] == estimand
        if method is not None:
            mask &= self.frame["method"] == method
        return self.frame[mask].iloc[0]

    @override
    def shown(self) -> pd.DataFrame:
        return readable(self.frame)


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with four significant digits, whatever the unit of the row."""
    shown = frame.copy(deep=False)
    for name in _NUMBERS:
        shown[name] = [None if value != value else f"{value:.4g}" for value in frame[name]]  # noqa: PLR0124 NaN
    return shown


def gather(parts: Iterable[Effects], provenance: Provenance) -> Effects:
    """Return the effects of several rooms as one table; each row and each doubt is there once.

    The effect on who is reached comes with the effect on every outcome.
    """
    parts = list(parts)
    rows = [part.frame for part in parts if len(part.frame)]
    frame = pd.concat(rows) if rows else pd.DataFrame(columns=list(COLUMNS))
    frame = frame.drop_duplicates(ignore_index=True)
    doubts = dict.fromkeys(doubt for part in parts for doubt in part.diagnostics)
    return Effects(frame, tuple(doubts), provenance)
