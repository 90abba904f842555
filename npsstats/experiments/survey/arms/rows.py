"""The rows of what arms bring, and of their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.experiments.contrasts import LEAST_P
from npsstats.experiments.effects import Effect
from npsstats.experiments.survey.arms.weighted import weighted_means

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from npsstats.experiments.survey.arms.posterior import ArmDraws
    from npsstats.experiments.survey.arms.strata import ArmStrata

    Floats = NDArray[np.float64]

__all__ = ["WEIGHTED", "difference_rows", "level_rows"]

WEIGHTED = "NPS difference, weighted to all asked"
_SELECTION = "NPS difference that known selection makes"
_JEFFREYS = 0.5


def level_rows(
    strata: ArmStrata, drawn: ArmDraws, completed: Mapping[str, int] | None, level: float
) -> list[dict[str, Any]]:
    """Return a row an arm and quantity."""
    rows = []
    for at, arm in enumerate(strata.arms):
        invited, answered = strata.invited[at].sum(), strata.answered[at].sum()
        low, high = _worst(strata, at)
        response = _summary(drawn.response[:, at], level)
        rows.append(_row(arm, "response", "share", response, level, invited))
        if completed is not None:
            full = float(completed[arm])
            ends = special.betaincinv(
                full + _JEFFREYS, invited - full + _JEFFREYS, [(1 - level) / 2, (1 + level) / 2]
            )
            mean = (full + _JEFFREYS) / (invited + 1)
            error = float(np.sqrt(mean * (1 - mean) / (invited + 2)))
            rows.append(
                _row(arm, "completion", "share", (mean, error, *map(float, ends)), level, invited)
            )
        for name, values, n in (
            ("NPS of those who answer", drawn.answered, answered),
            ("NPS weighted to all asked", drawn.weighted, answered),
            ("selection through what is known", drawn.gap, answered),
            ("margin of NPS per 1,000 asked", drawn.margin, invited),
        ):
            rows.append(_row(arm, name, "points", _summary(values[:, at], level), level, n))
        bounds = (np.nan, np.nan, low, high)
        rows.append(_row(arm, "NPS of all asked, worst case", "points", bounds, level, invited))
    return rows


def _row(
    arm: str, quantity: str, unit: str, numbers: tuple[float, ...], level: float, n: float
) -> dict[str, Any]:
    names = ("estimate", "std_error", "lower", "upper")
    said = dict(zip(names, numbers, strict=True))
    return {"arm": arm, "quantity": quantity, "unit": unit, **said, "level": level, "n": int(n)}


def _summary(values: Floats, level: float) -> tuple[float, float, float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(values.std()), float(low), float(high)


def _worst(strata: ArmStrata, at: int) -> tuple[float, float]:
    """Return the NPS (points) if all who were silent were detractors, or promoters."""
    invited, told = strata.invited[at].sum(), strata.told[at].sum(axis=0)
    silent = invited - told.sum()
    net = told[2] - told[0]
    return float(100 * (net - silent) / invited), float(100 * (net + silent) / invited)


def difference_rows(
    outcome: str,
    strata: ArmStrata,
    drawn: ArmDraws,
    designs: tuple[Floats, Floats] | None,
    level: float,
) -> list[Effect]:
    """Return differences from the control in what all asked would say, as far as known things go.

    Each in a frequentist and a Bayesian reading.
    """
    mean, error = weighted_means(strata, None if designs is None else designs[1])
    rows = []
    heads = strata.answered.sum(axis=1).astype(int)
    for at in range(1, len(strata.arms)):
        blank: dict[str, Any] = {
            "outcome": outcome,
            "arm": strata.arms[at],
            "unit": "points",
            "level": level,
            "n_control": int(heads[0]),
            "n_treatment": int(heads[at]),
        }
        gap, se = float(mean[at] - mean[0]), float(np.hypot(error[at], error[0]))
        half = float(special.ndtri((1 + level) / 2)) * se
        rows.append(
            Effect(
                **blank,
                estimand=WEIGHTED,
                method="post-stratification",
                estimate=gap,
                std_error=se,
                lower=max(gap - half, -200.0),
                upper=min(gap + half, 200.0),
                p_value=_p_value(gap, se),
            )
        )
        for estimand, values in (
            (WEIGHTED, drawn.weighted[:, at] - drawn.weighted[:, 0]),
            (_SELECTION, drawn.gap[:, at] - drawn.gap[:, 0]),
        ):
            estimate, spread, lower, upper = _summary(values, level)
            rows.append(
                Effect(
                    **blank,
                    estimand=estimand,
                    method="Dirichlet posterior by stratum, by draws",
                    estimate=estimate,
                    std_error=spread,
                    lower=lower,
                    upper=upper,
                    probability=float(((values > 0).sum() + 0.5) / (len(values) + 1)),
                )
            )
    return rows


def _p_value(gap: float, error: float) -> float:
    """Return the two-sided p-value; where all answers agree there is nothing to test."""
    if not error > 0:
        return 1.0 if gap == 0 else LEAST_P
    return max(2 * float(special.ndtr(-abs(gap) / error)), LEAST_P)
