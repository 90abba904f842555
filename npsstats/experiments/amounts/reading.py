"""What is read off one treatment arm beside the control, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.amounts.means import behrens_fisher, difference, fieller, log_ratio
from npsstats.experiments.contrasts import LEAST_P
from npsstats.experiments.effects import Effect
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.experiments.amounts.means import Interval, Pair
    from npsstats.experiments.amounts.side import Side
    from npsstats.said import Said

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
    doubts: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)

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
                said(
                    "{label} and the posterior of {outcome!r} in arm {arm!r} disagree: "
                    "{lower:.4g} to {upper:.4g} against {lower_2:.4g} to {upper_2:.4g}. "
                    "With so few units the choice of method decides.",
                    label=label,
                    outcome=self.outcome,
                    arm=self.arm,
                    lower=found.lower,
                    upper=found.upper,
                    lower_2=posterior.lower,
                    upper_2=posterior.upper,
                )
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
                said(
                    "The control's mean of {outcome!r} cannot be told from 0: its ratio "
                    "to arm {arm!r} has no finite interval. Read the difference.",
                    outcome=self.outcome,
                    arm=self.arm,
                )
            )
        elif np.isnan(found.estimate):
            self.doubts.append(
                said(
                    "The control's mean of {outcome!r} is not above 0: there is no ratio to it.",
                    outcome=self.outcome,
                )
            )
