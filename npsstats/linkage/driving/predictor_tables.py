"""Gains of predictors, their differences and ratios, with errors that allow for clusters.

References
----------
Fieller, E. C. (1954). Some problems in interval estimation. JRSS B 16(2), 175–185.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.linkage.ratio import limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.foretelling import Foretold, Rows

    Floats = NDArray[np.float64]

__all__ = ["SCALE", "Means", "fieller", "gain_table", "means_of", "pair_table"]

SCALE = 1000.0
"""Answers that gains are told for."""


class Means(NamedTuple):
    """Means over answers (m,), their covariance (m, m), and the t distribution of their errors."""

    estimate: Floats
    covariance: Floats
    t: Any


def means_of(value: Floats, rows: Rows) -> Means:
    """Return means an answer of sums by unit (units, m), units being what may depend."""
    size, times = rows.sums(np.ones(len(rows.y))), rows.times
    total = float(times @ size)
    estimate = times @ value / total
    rest = value - size[:, None] * estimate
    units = times.sum()
    covariance = rest.T @ (times[:, None] * rest) * (units / (units - 1)) / total**2
    return Means(estimate, covariance, stats.t(units - 1))


def _pull_error(pull: Floats, rows: Rows) -> Floats:
    """Return the standard error of something from what each unit adds to it, (units, m)."""
    units = rows.times.sum()
    return np.asarray(np.sqrt(units / (units - 1) * (rows.times @ pull**2)))


def gain_table(
    names: list[str], found: list[Foretold], none: Foretold, means: Means, rows: Rows, level: float
) -> pd.DataFrame:
    """Return what each predictor adds to a forecast without any, a row each."""
    t = means.t.ppf((1 + level) / 2)
    error = np.sqrt(np.diag(means.covariance))
    area = np.array([one.concordance for one in found])
    reach = t * _pull_error(np.stack([one.pull for one in found], axis=1), rows)
    size = float(rows.n.sum())
    inside = np.array([one.inside for one in found])
    # McFadden's where the outcome is 0 or 1; of a normal line the same log densities give R²
    r2 = 1 - inside / none.inside if rows.binary else -np.expm1(2 * (none.inside - inside) / size)
    return pd.DataFrame(
        {
            "predictor": names,
            "estimate": SCALE * means.estimate,
            "std_error": SCALE * error,
            "lower": SCALE * (means.estimate - t * error),
            "upper": SCALE * (means.estimate + t * error),
            "level": level,
            "p_value": 2 * means.t.sf(np.abs(means.estimate) / error),
            "concordance": area,
            "concordance_lower": np.maximum(area - reach, 0.0),
            "concordance_upper": np.minimum(area + reach, 1.0),
            "r2_in_sample": r2,
        }
    )


def pair_table(
    names: list[str],
    reference: str,
    found: list[Foretold],
    means: Means,
    rows: Rows,
    level: float,
) -> pd.DataFrame:
    """Return each predictor against the reference."""
    base = names.index(reference)
    t = float(means.t.ppf((1 + level) / 2))
    out = []
    for place, name in enumerate(names):
        if place == base:
            continue
        both = means.estimate[[place, base]]
        covariance = means.covariance[np.ix_([place, base], [place, base])]
        gap = both[0] - both[1]
        error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
        low, high = fieller(both, covariance, t)
        pull = found[place].pull - found[base].pull
        out.append(
            {
                "predictor": name,
                "difference": SCALE * gap,
                "std_error": SCALE * error,
                "lower": SCALE * (gap - t * error),
                "upper": SCALE * (gap + t * error),
                "level": level,
                "p_value": 2 * means.t.sf(abs(gap) / error) if error else np.nan,
                "ratio": both[0] / both[1] if both[1] > 0 else np.nan,
                "ratio_lower": low,
                "ratio_upper": high,
                "concordance": found[place].concordance - found[base].concordance,
                "concordance_error": float(_pull_error(pull[:, None], rows)[0]),
            }
        )
    return pd.DataFrame(out)


def fieller(both: Floats, covariance: Floats, t: float) -> tuple[float, float]:
    """Return the limits of the ratio of two estimates; NaN where the second may be nothing.

    Examples
    --------
    >>> low, high = fieller(np.array([4.0, 2.0]), np.diag([0.04, 0.01]), 1.96)
    >>> round(low, 3), round(high, 3)
    (1.74, 2.299)
    """
    low, high = limits(both, covariance, t)
    return (low, high) if isfinite(low) else (nan, nan)
