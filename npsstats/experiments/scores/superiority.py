"""The probability that a treated answer beats one of the control: P(T > C) + ½ P(T = C).

References
----------
Brunner, E. & Munzel, U. (2000). The nonparametric Behrens–Fisher problem: asymptotic theory and a
small-sample approximation. Biometrical Journal 42(1), 17–25 (section 3).
Brunner, E., Bathke, A. C. & Konietschke, F. (2018). Rank and Pseudo-Rank Procedures for
Independent Observations in Factorial Designs, section 3.5 (logit-transformed interval).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Superiority",
    "superiority",
    "superiority_of",
    "variance_parts",
    "wilcoxon_p_value",
]


class Superiority(NamedTuple):
    """The probability, its standard error and interval, and Brunner and Munzel's p-value."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    p_value: float


def superiority_of(treated: Floats, control: Floats) -> Floats:
    """Return P(T > C) + ½ P(T = C) of shares or counts by score, (…, scores) each."""
    beaten = np.cumsum(control, axis=-1) - control / 2
    total = treated.sum(axis=-1) * control.sum(axis=-1)
    return np.asarray((treated * beaten).sum(axis=-1) / total)


def variance_parts(treated: Floats, control: Floats) -> tuple[float, float]:
    """Return what the answers of either arm, (scores,) counts each, add to the variance.

    DeLong, DeLong & Clarke-Pearson (1988) found the same two for the area under the ROC curve.
    NaN for an arm of one answer.
    """
    parts = []
    # where each answer stands among those of the other arm
    for own, other in ((treated, control), (control, treated)):
        n = own.sum()
        placed = (np.cumsum(other) - other / 2) / other.sum()
        mean = own @ placed / n
        square = own @ (placed - mean) ** 2
        parts.append(float(square / (n - 1) / n) if n > 1 else np.nan)
    return parts[0], parts[1]


def superiority(treated: Floats, control: Floats, level: float) -> Superiority:
    """Return the estimate from (scores,) counts; NaN limits where all answers are on one side."""
    n1, n0 = treated.sum(), control.sum()
    share = float(superiority_of(treated, control))
    parts = variance_parts(treated, control)
    variance = parts[0] + parts[1]
    # what is left of nothing is rounding
    if not variance > 1e-14 / (n1 + n0):
        return Superiority(share, 0.0 if variance == variance else np.nan, *[np.nan] * 3)  # noqa: PLR0124
    se = float(np.sqrt(variance))
    df = variance**2 / (parts[0] ** 2 / (n1 - 1) + parts[1] ** 2 / (n0 - 1))
    p_value = 2 * float(special.stdtr(df, -abs(share - 0.5) / se))
    if not 0 < share < 1:
        return Superiority(share, se, np.nan, np.nan, p_value)
    half = float(special.stdtrit(df, (1 + level) / 2)) * se / (share * (1 - share))
    ends = special.expit(special.logit(share) + np.array([-half, half]))
    return Superiority(share, se, float(ends[0]), float(ends[1]), p_value)


def wilcoxon_p_value(treated: Floats, control: Floats) -> float:
    """Return the rank-sum test's two-sided p, normal with its correction for ties; 1 if all tie."""
    total = treated + control
    n1, n0 = treated.sum(), control.sum()
    n = n1 + n0
    ties = 1 - ((total**3 - total).sum()) / (n**3 - n) if n > 1 else 0.0
    variance = ties * (n + 1) / (12 * n1 * n0)
    if not variance > 0:
        return 1.0
    z = (float(superiority_of(treated, control)) - 0.5) / np.sqrt(variance)
    return 2 * float(special.ndtr(-abs(z)))
