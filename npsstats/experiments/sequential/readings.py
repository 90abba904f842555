"""The rows of a confidence sequence: the asymptotic reading and the exact one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.experiments.sequential.batches import MOST, Batches
from npsstats.experiments.sequential.mixture import log_e_value, radius, tuning
from npsstats.experiments.sequential.stages import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.sequential.contrast import Contrast

__all__ = ["ASYMPTOTIC", "EXACT", "asymptotic", "batches", "exact"]

ASYMPTOTIC, EXACT = "anytime, asymptotic", "anytime, exact given totals"
_LARGEST = 700.0  # a log e-value beyond which its exponential overflows


def asymptotic(
    found: Sequence[Contrast], end: float, alpha: float, least: int
) -> list[dict[str, Any]]:
    """Return a row a look for the difference of means.

    Parameters
    ----------
    found
        The contrasts.
    end
        n₀ n₁ / (n₀ + n₁) at the planned end.
    alpha, least
        As in `confidence_sequence`.
    """
    binary = any(one.binary for one in found)
    rows = []
    most = 0.0
    for look, one in enumerate(found, 1):
        taken = one.evidence >= least and not np.isnan(one.z)
        both = one.n_control + one.n_treatment
        g = tuning(alpha) * one.n_control * one.n_treatment / max(both, 1) / end
        log_e = float(log_e_value(one.z, g)) if taken else 0.0
        wide = float(radius(g, alpha)) * one.std_error if taken else np.inf
        # a z from Welch's t is nearer to 0 than the ratio of estimate and standard error
        wide *= abs(one.estimate / one.std_error / one.z) if taken and one.z else 1.0
        most = max(most, log_e)
        rows.append(
            {
                "estimand": "risk difference" if binary else "mean difference",
                "method": ASYMPTOTIC,
                "look": look,
                "estimate": one.estimate,
                "std_error": one.std_error,
                "lower": one.estimate - wide if taken else -np.inf,
                "upper": one.estimate + wide if taken else np.inf,
                "e_value": np.exp(min(log_e, _LARGEST)),
                "p_value": np.exp(-most),
                "p_nominal": 2 * special.ndtr(-abs(one.z)),
                "n_control": one.n_control,
                "n_treatment": one.n_treatment,
                "decision": _decision(log_e, alpha) if taken else "too few",
            }
        )
    return rows


def exact(found: Sequence[Contrast], counted: Batches, alpha: float) -> list[dict[str, Any]]:
    """Return a row a look for the odds ratio, or none where a batch is too large for it."""
    if counted.events.sum(axis=1).max(initial=0) > MOST:
        return []
    rows = []
    most = 0.0
    for look, (one, read) in enumerate(zip(found, counted.read(alpha), strict=True), 1):
        most = max(most, read.log_e_value)
        rows.append(
            {
                "estimand": "odds ratio",
                "method": EXACT,
                "unit": "ratio",
                "look": look,
                "estimate": read.estimate,
                "std_error": np.nan,
                "lower": read.lower,
                "upper": read.upper,
                "e_value": np.exp(min(read.log_e_value, _LARGEST)),
                "p_value": np.exp(-most),
                "p_nominal": np.nan,
                "n_control": one.n_control,
                "n_treatment": one.n_treatment,
                "decision": _decision(read.log_e_value, alpha),
            }
        )
    return rows


def batches(
    sums: Sequence[ArmMoments], outcome: str, control: str, treatment: str, planned: float
) -> Batches:
    """Return what came in between the looks, from the running totals of a 0/1 outcome."""
    units, events = np.zeros((2, len(sums), 2), dtype=np.int64)
    for look, moments in enumerate(sums):
        for place, arm in enumerate((control, treatment)):
            units[look, place] = units_of(moments, arm)
            if units[look, place]:
                events[look, place] = moments.only(arm=arm).events(outcome).sum()
    none = np.zeros((1, 2), dtype=np.int64)
    return Batches(
        np.diff(events, axis=0, prepend=none), np.diff(units, axis=0, prepend=none), planned
    )


def _decision(log_e: float, alpha: float) -> str:
    return "stop" if log_e >= -np.log(alpha) else "continue"
