"""The rows of one treatment arm: every estimand by every method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.binary import differences, ratios, words
from npsstats.experiments.binary.covariates import grouped
from npsstats.experiments.binary.needed import needed
from npsstats.experiments.binary.pairs import Pairs
from npsstats.experiments.binary.standardized import estimable, separated, standardize
from npsstats.experiments.effects import Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.binary.betas import BetaPair
    from npsstats.experiments.binary.differences import Limits
    from npsstats.said import Said

__all__ = ["METHODS", "Arm", "adjusted_rows", "bayesian_rows", "frequentist_rows", "needed_row"]

_SURE = 1e-9

METHODS = {
    "miettinen-nurminen": ("Miettinen–Nurminen", differences.miettinen_nurminen),
    "newcombe": ("Newcombe", differences.newcombe),
    "wald": ("Wald", differences.wald),
}


class Arm:
    """One treatment's place among the pairs, and what all its rows have in common."""

    def __init__(self, outcome: str, arm: str, level: float, pairs: Pairs, place: int) -> None:
        self.arm, self.level = arm, level
        self.pair = Pairs(*(part[[place]] for part in pairs))
        self.place, self.outcome = place, outcome

    def row(self, estimand: str, method: str, unit: str, estimate: float, **more: float) -> Effect:
        """Return an effect with what all of this arm's have in common."""
        return Effect(
            outcome=self.outcome,
            arm=self.arm,
            estimand=estimand,
            method=method,
            unit=unit,
            estimate=float(estimate),
            level=self.level,
            n_control=int(self.pair.n_control[0]),
            n_treatment=int(self.pair.n_treatment[0]),
            **{name: float(value) for name, value in more.items()},
        )


def frequentist_rows(arm: Arm, limits: dict[str, Limits], first: str) -> list[Effect]:
    """Return differences, the method `first` before the others, ratios and odds."""
    pair, at = arm.pair, arm.place
    apart = float(pair.treatment[0] - pair.control[0])
    se = float(differences.std_error(pair)[0])
    score, pearson = (
        float(differences.score_p_value(pair, corrected=flag)[0]) for flag in (True, False)
    )
    p_values = {
        "miettinen-nurminen": score,
        "newcombe": pearson,
        "wald": float(differences.wald_p_value(pair)[0]),
    }
    rows = []
    for name in sorted(METHODS, key=lambda name: name != first):
        lower, upper = limits[name].lower[at], limits[name].upper[at]
        rows.append(
            arm.row(
                "risk difference",
                METHODS[name][0],
                "share",
                apart,
                std_error=se,
                lower=lower,
                upper=upper,
                p_value=p_values[name],
            )
        )
    spread = {
        "risk ratio": float(ratios.log_ratio_std_error(pair)[0]),
        "odds ratio": float(ratios.log_odds_std_error(pair)[0]),
    }
    risk, odds = float(ratios.risk_ratio(pair)[0]), float(ratios.odds_ratio(pair)[0])
    by_log = ratios.normal_p_value(
        np.log(risk) if 0 < risk < np.inf else np.nan, spread["risk ratio"]
    )
    for estimand, method, estimate, by, p_value in (
        ("risk ratio", "MOVER-R", risk, ratios.mover_ratio, pearson),
        ("risk ratio", "log", risk, ratios.log_ratio, by_log),
        ("odds ratio", "Miettinen–Nurminen", odds, ratios.odds_score, score),
    ):
        found = by(pair, arm.level)
        rows.append(
            arm.row(
                estimand,
                method,
                "ratio",
                estimate,
                std_error=spread[estimand],
                lower=found.lower[0],
                upper=found.upper[0],
                p_value=p_value,
            )
        )
    return rows


def needed_row(arm: Arm, limits: Limits, better: str, doubts: list[Said]) -> Effect:
    """Return the number needed; what its limits cannot say is appended to the doubts."""
    apart = float(arm.pair.treatment[0] - arm.pair.control[0])
    lower, upper = float(limits.lower[arm.place]), float(limits.upper[arm.place])
    number = needed(apart, lower, upper, arm=arm.arm, better=better)
    if number.words:
        doubts.append(number.words)
    return arm.row(
        "number needed",
        "reciprocal of the risk difference",
        "units",
        number.estimate,
        lower=number.lower,
        upper=number.upper,
    )


def bayesian_rows(
    outcome: str, arms: list[str], posterior: BetaPair, pairs: Pairs, level: float
) -> list[Effect]:
    """Return difference and ratio of the posteriors of all arms."""
    mean, sd = posterior.moments()
    log_sd = posterior.log_ratio_moments()[1]
    apart, ratio = posterior.difference_limits(level), posterior.ratio_limits(level)
    median = posterior.ratio_quantile(0.5)
    # the nodes leave out as much of the better known share, so nothing is surer than this
    greater = np.clip(posterior.greater(), _SURE, 1 - _SURE)
    rows = []
    for at, name in enumerate(arms):
        arm = Arm(outcome, name, level, pairs, at)
        parts = (
            ("risk difference", "share", mean[at], sd[at], apart),
            ("risk ratio", "ratio", median[at], log_sd[at], ratio),
        )
        for estimand, unit, estimate, spread, limits in parts:
            rows.append(
                arm.row(
                    estimand,
                    "Beta posterior",
                    unit,
                    estimate,
                    std_error=spread,
                    lower=limits.lower[at],
                    upper=limits.upper[at],
                    probability=greater[at],
                )
            )
    return rows


def adjusted_rows(
    moments: ArmMoments,
    arm: Arm,
    control: str,
    covariates: Sequence[str],
    linear: Collection[str],
    interaction: bool,
) -> tuple[list[Effect], list[Said]]:
    """Return difference and ratio standardized by logistic regression, with what to doubt."""
    pair = arm.pair
    cells = grouped(moments, arm.outcome, (control, arm.arm), covariates, linear)
    if any(share[0] in (0, 1) for share in (pair.treatment, pair.control)):
        return [], [words.nothing_to_adjust(arm.arm, control)]
    known = estimable(cells, interaction=interaction)
    if not known.all():
        return [], [words.not_estimable(arm.arm, np.array(cells.labels)[~known].tolist())]
    apart_from = separated(cells, interaction=interaction)
    doubts = []
    if apart_from.any():
        doubts = [words.separation(arm.arm, np.array(cells.labels)[apart_from].tolist())]
    found = standardize(cells, interaction=interaction)
    z = normal_quantile(arm.level)
    rows = []
    for estimand, unit, (estimate, se) in (
        ("risk difference", "share", found.difference),
        ("risk ratio", "ratio", found.log_ratio),
    ):
        low, high = estimate - z * se, estimate + z * se
        of = np.exp if unit == "ratio" else float
        rows.append(
            arm.row(
                estimand,
                "standardized logistic",
                unit,
                of(estimate),
                std_error=se,
                lower=of(low),
                upper=of(high),
                p_value=ratios.normal_p_value(estimate, se),
            )
        )
    return rows, doubts
