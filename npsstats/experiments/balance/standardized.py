"""Standardized mean differences between two arms, from their moments.

References
----------
Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates
between treatment groups. Statistics in Medicine 28(25), 3083–3107.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from npsstats.aggregates.arms import ArmMoments

__all__ = ["is_binary", "standardized"]

_CONSTANT = 1e-12  # relative to the mean: rounding, no variance


def standardized(
    whole: ArmMoments, control: str, arm: str, limit: float, level: float, by_unit: bool
) -> list[dict[str, object]]:
    """Return a row a covariate; columns as `CovariateBalance.frame` has them.

    Parameters
    ----------
    whole
        Moments by arm.
    control, arm
        The two that are compared.
    limit
        Beyond it a difference is large.
    level
        Of the intervals.
    by_unit
        Units were randomized one by one; otherwise no standard error is known.
    """
    from scipy.special import ndtri

    one, two = (whole.only(arm=name) for name in (control, arm))
    pair = one + two
    error = float(np.sqrt(1 / one.n[0] + 1 / two.n[0])) if by_unit else np.nan
    z = float(ndtri(0.5 + level / 2))
    rows: list[dict[str, object]] = []
    for name in whole.names:
        binary = is_binary(pair, name)
        means = [float(part.column(name)[0]) for part in (one, two)]
        variances = [
            mean * (1 - mean) if binary else float(part.variance(name)[0])
            for part, mean in zip((one, two), means, strict=True)
        ]
        pooled = np.sqrt(sum(variances) / 2)
        varies = pooled > _CONSTANT * max(map(abs, means))
        smd = (means[1] - means[0]) / pooled if varies else np.nan
        if not varies and means[0] == means[1]:
            smd = 0.0
        ratio = np.nan
        if not binary and variances[0] > 0:
            ratio = variances[1] / variances[0]
        rows.append(
            {
                "covariate": name,
                "arm": arm,
                "kind": "binary" if binary else "numeric",
                "mean_control": means[0],
                "mean_treatment": means[1],
                "smd": smd,
                "std_error": error,
                "lower": smd - z * error,
                "upper": smd + z * error,
                "level": level,
                "variance_ratio": ratio,
                "large": bool(abs(smd) > limit) or bool(np.isnan(smd) and means[0] != means[1]),
            }
        )
    return rows


def is_binary(moments: ArmMoments, name: str) -> bool:
    """Tell whether a variable is 0 or 1 for every unit."""
    try:
        moments.events(name)
    except InputError:
        return False
    return True
