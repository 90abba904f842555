"""What an experiment's rows of effects tell a decision: a posterior an outcome and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

from npsstats.checks import InputError
from npsstats.experiments.decision import BetaEffect, DrawnEffect, NormalEffect

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.spec import Plan

    type Known = BetaEffect | DrawnEffect | NormalEffect

__all__ = ["guardrail_effect", "headline", "posterior", "valued_effect"]

_POINTS = 20_000  # of the quantile grid of a t law
_LEAST, _MOST = 0.5, 1e5  # degrees of freedom; above the most a t law is normal
_EVEN = 1e-6  # how uneven, of its width, the limits of a t interval may be
_ESTIMANDS = {"duration": "restricted mean difference", "score": "NPS difference"}


def headline(frame: pd.DataFrame, name: str, arm: str) -> pd.Series | None:
    """Return the first row of an outcome and arm; None where the outcome was left out."""
    rows = frame[(frame["outcome"] == name) & (frame["arm"] == arm)]
    return rows.iloc[0] if len(rows) else None


def posterior(row: pd.Series) -> NormalEffect | DrawnEffect | None:
    """Return what is known of an effect by its row; None without finite error and limits.

    Parameters
    ----------
    row
        estimate, std_error, lower, upper, level.

    Returns
    -------
    NormalEffect or DrawnEffect
        A t posterior, as a fixed grid of its quantiles, where the limits are those of a t
        interval: few clusters leave few degrees of freedom, and the tails are heavy then.

    Examples
    --------
    >>> import pandas as pd
    >>> row = pd.Series(
    ...     {"estimate": 1.0, "std_error": 0.5, "lower": -0.388, "upper": 2.388, "level": 0.95}
    ... )
    >>> round(posterior(row).quantile(0.975), 2)  # 4 degrees of freedom
    2.39
    """
    estimate, error = float(row["estimate"]), float(row["std_error"])
    if not (np.isfinite(estimate) and np.isfinite(error) and error > 0):
        return None
    lower, upper, level = (float(row[name]) for name in ("lower", "upper", "level"))
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return None
    even = abs(lower + upper - 2 * estimate) <= _EVEN * (upper - lower)
    if not even or not _t(level, _MOST) < (upper - estimate) / error:
        return NormalEffect(estimate, error)
    reach = min((upper - estimate) / error, _t(level, _LEAST))
    df = optimize.brentq(lambda free: _t(level, free) - reach, _LEAST, _MOST)
    places = (np.arange(_POINTS) + 0.5) / _POINTS
    return DrawnEffect(estimate + error * special.stdtrit(df, places))


def _t(level: float, df: float) -> float:
    return float(special.stdtrit(df, (1 + level) / 2))


def valued_effect(
    plan: Plan, gathered: Gathered, row: pd.Series | None, name: str, arm: str
) -> Known | None:
    """Return the posterior of the effect that money is made of; None where there is none.

    Parameters
    ----------
    plan, gathered
        The plan and its units.
    row
        The headline of this outcome and arm.
    name, arm
        The outcome and the treatment arm.
    """
    if row is None:
        return None
    if plan.outcomes[name].kind != "binary" or plan.clustered:
        return posterior(row)
    moments = gathered.units.moments(name)
    try:
        return BetaEffect.of_moments(moments, name, control=plan.arms.control, treatment=arm)
    except InputError:
        return None


def guardrail_effect(
    plan: Plan, frame: pd.DataFrame, name: str, arm: str
) -> NormalEffect | DrawnEffect | None:
    """Return the posterior of a guardrail on the scale of its margin; None where there is none.

    Days for a duration (the restricted mean difference), points for a score (the NPS difference,
    of those who answer where not all do), else the scale of the outcome's headline.
    """
    rows = frame[(frame["outcome"] == name) & (frame["arm"] == arm) & (frame["unit"] != "ratio")]
    if not len(rows):
        return None
    estimand = _ESTIMANDS.get(plan.outcomes[name].kind, rows.iloc[0]["estimand"])
    rows = rows[(rows["estimand"] == estimand) & np.isfinite(rows["estimate"])]
    rows = rows[np.isfinite(rows["std_error"]) & (rows["std_error"] > 0)]
    return posterior(rows.iloc[0]) if len(rows) else None
