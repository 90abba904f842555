"""What is read off one treatment arm beside the control, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.amounts.means import behrens_fisher, difference, fieller, log_ratio
from npsstats.experiments.contrasts import LEAST_P
from npsstats.experiments.effects import Effect

if TYPE_CHECKING:
    from npsstats.experiments.amounts.means import Interval, Pair
    from npsstats.experiments.amounts.side import Side

__all__ = ["Reading"]

_APART = 0.25  # of the interval's width: two readings differ


@dataclass
class Reading:
    """One treatment arm beside the control: what is found, doubted, and said besides."""

    outcome: str
    arm: str
    unit: str
    level: float
    per: str
    treated: Side
    control: Side
    effects: list[Effect] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        estimand: str,
        method: str,
        found: Interval,
        *,
        bayes: bool = False,
        unit: str | None = None,
        n: tuple[int, int] | None = None,
    ) -> None:
        """Keep one row."""
        n_treatment, n_control = n or (self.treated.n, self.control.n)
        effect = Effect(
            outcome=self.outcome,
            arm=self.arm,
            estimand=estimand,
            method=method,
            unit=unit or self.unit,
            estimate=found.estimate,
            std_error=found.std_error,
            lower=found.lower,
            upper=found.upper,
            level=self.level,
            p_value=np.nan if bayes else max(found.p, LEAST_P),
            probability=found.p if bayes else np.nan,
            n_control=n_control,
            n_treatment=n_treatment,
        )
        self.effects.append(effect)

    def two(self, label: str, pair: Pair, tag: str = "") -> Interval:
        """Keep a classical and a Bayesian difference of one pair."""
        found, posterior = difference(pair, self.level), behrens_fisher(pair, self.level)
        estimand = "mean difference" + self.per
        self.add(estimand, label, found)
        self.add(estimand, "Behrens–Fisher posterior" + tag, posterior, bayes=True)
        width = found.upper - found.lower
        off = max(abs(found.lower - posterior.lower), abs(found.upper - posterior.upper))
        if off > _APART * width:
            self.doubts.append(
                f"{label} and the posterior of {self.outcome!r} in arm {self.arm!r} disagree: "
                f"{found.lower:.4g} to {found.upper:.4g} against {posterior.lower:.4g} to "
                f"{posterior.upper:.4g}. With so few units the choice of method decides."
            )
        return found

    def ratio(self, pair: Pair, tag: str = "") -> None:
        """Keep the ratios of one pair."""
        estimand = "ratio of means" + self.per
        found = fieller(pair, self.level)
        self.add(estimand, "Fieller" + tag, found, unit="ratio")
        if not tag:
            self.add(estimand, "log ratio, delta method", log_ratio(pair, self.level), unit="ratio")
        if np.isinf(found.upper):
            self.doubts.append(
                f"The control's mean of {self.outcome!r} cannot be told from 0: its ratio to arm "
                f"{self.arm!r} has no finite interval. Read the difference."
            )
        elif np.isnan(found.estimate):
            self.doubts.append(
                f"The control's mean of {self.outcome!r} is not above 0: there is no ratio to it."
            )
