"""The effect of assignment, and the two classical readings of the complier effect, as rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.experiments.compliance.stages import Kept, Stages, anderson_rubin, wald

if TYPE_CHECKING:
    from npsstats.experiments.effects import Effect

__all__ = ["assigned_row", "ratio_rows"]


def assigned_row(stages: Stages, base: Effect) -> Effect:
    """Return the effect of assignment on the outcome, by Welch's test."""
    delta, variance, df = stages.along([1.0, 0.0])
    se = float(np.sqrt(variance))
    if not se > 0:
        return replace(base, estimand="intention to treat", method="Welch", estimate=delta)
    t = float(special.stdtrit(df, (1 + base.level) / 2))
    return replace(
        base,
        estimand="intention to treat",
        method="Welch",
        estimate=delta,
        std_error=se,
        lower=delta - t * se,
        upper=delta + t * se,
        p_value=_two_sided(delta / se, df),
    )


def _two_sided(t: float, df: float) -> float:
    return 2 * float(special.stdtr(df, -abs(t)))


def ratio_rows(stages: Stages, base: Effect, suffix: str) -> tuple[Kept, list[Effect]]:
    """Return what the Anderson–Rubin test keeps, and its row above that of 2SLS."""
    ratio, se, lower, upper, p = wald(stages, base.level)
    delta, variance, df = stages.along([1.0, 0.0])
    # without scatter in the outcome a test keeps one number, which is no interval
    blind = not variance > 0
    kept = Kept(np.nan, np.nan, "none") if blind else anderson_rubin(stages, base.level)
    rows = [
        replace(
            base,
            method=f"Anderson–Rubin{suffix}",
            estimate=ratio,
            std_error=np.nan if blind else se,
            lower=kept.lower,
            upper=kept.upper,
            p_value=np.nan if blind else _two_sided(delta / np.sqrt(variance), df),
        ),
        replace(
            base,
            method=f"2SLS, delta method{suffix}",
            estimate=ratio,
            std_error=np.nan if blind else se,
            lower=np.nan if blind else lower,
            upper=np.nan if blind else upper,
            p_value=np.nan if blind else p,
        ),
    ]
    return kept, rows
