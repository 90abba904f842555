"""How alike units of one cluster are: the intracluster correlation, and what it costs.

References
----------
Donner, A. (1986). A review of inference procedures for the intraclass correlation coefficient in
the one-way random effects model. International Statistical Review 54(1), 67–82 (section 3.1: the
analysis-of-variance estimator with unequal clusters).
Searle, S. R. (1971). Linear Models. Wiley, p. 414 (limits, exact for equal clusters).
Kish, L. (1965). Survey Sampling. Wiley, section 5.4 (design effect).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["Icc", "IntraclusterCorrelation", "anova_icc", "intracluster_correlation"]


class Icc(NamedTuple):
    """The correlation with its limits, and the cluster size that it acts through.

    `typical` is Σn²/Σn, the size of the cluster that a unit finds itself in.
    """

    estimate: float
    lower: float
    upper: float
    typical: float

    @property
    def design_effect(self) -> float:
        """By how much clusters multiply the variance of a mean, were they assigned whole."""
        return 1 + (self.typical - 1) * max(self.estimate, 0.0)


@dataclass(frozen=True, repr=False)
class IntraclusterCorrelation(Result):
    """The intracluster correlation (a share), and the design effect that it makes."""

    title: ClassVar[str] = "How alike units of one cluster are"

    @override
    def headline(self) -> str:
        row = self.frame.iloc[0]
        return (
            f"Intracluster correlation {row.estimate:.3f} ({100 * row.level:g}% interval "
            f"{row.lower:.3f} to {row.upper:.3f}): were clusters assigned whole, {row.n:,.0f} "
            f"units would be worth {row.n / row.design_effect:,.0f} independent ones."
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy(deep=False)
        for name in ("estimate", "lower", "upper"):
            shown[name] = [f"{value:.4f}" for value in self.frame[name]]
        return shown


def intracluster_correlation(
    moments: ArmMoments, outcome: str, *, cluster: str = "cluster", level: float = 0.95
) -> IntraclusterCorrelation:
    """Return the correlation of two units of one cluster, by analysis of variance within arms.

    Where a cluster has units in several arms, it is that of two units of one cluster and one arm.

    Parameters
    ----------
    moments
        Moments by cluster, and by arm where there are arms, of the outcome.
    outcome, cluster
        The variable, and the key that names the clusters.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    IntraclusterCorrelation
        `frame` with n, clusters, estimate (0 where the estimator falls below), lower, upper, level
        and design_effect. The limits are exact for normal outcomes and equal clusters.

    Raises
    ------
    InputError
        If there are fewer than two clusters in every arm, or one unit a cluster.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"y": [1.0, 2.0, 2.0, 5.0, 6.0, 5.0]}, {"cluster": ["a"] * 3 + ["b"] * 3}
    ... )
    >>> intracluster_correlation(moments, "y").frame[["estimate", "lower", "upper"]].round(3)
       estimate  lower  upper
    0     0.952  0.568    1.0
    """
    level = checks.fraction("level", level)
    checks.one_of("cluster", cluster, moments.keys)
    keys = [key for key in ("arm", cluster) if key in moments.keys]
    by = moments.variables(outcome).by(*keys)
    there = by.n > 0
    arm = by.cells["arm"] if "arm" in keys else pd.Series(["all"] * len(by))
    code = pd.factorize(arm[there])[0]
    n, mean = by.n[there].astype(float), by.mean[there, 0]
    icc = anova_icc(n, mean, float(by.scatter[there, 0, 0].sum()), code, level)
    if np.isnan(icc.estimate):
        raise InputError(
            f"There are {len(n)} clusters with {n.sum():.0f} units: two clusters an arm, and more "
            "units than clusters, are the least that can tell how alike units of one cluster are."
        )
    frame = pd.DataFrame(
        {
            "n": [int(n.sum())],
            "clusters": [int(by.cells[cluster][there].nunique(dropna=False))],
            "estimate": [icc.estimate],
            "lower": [icc.lower],
            "upper": [icc.upper],
            "level": [level],
            "design_effect": [icc.design_effect],
        }
    )
    options = {"outcome": outcome, "cluster": cluster, "level": level}
    how = Provenance("analysis of variance (Donner 1986)", options, moments.fingerprint)
    return IntraclusterCorrelation(frame, (), how)


def anova_icc(n: Floats, mean: Floats, inner: float, group: NDArray[np.intp], level: float) -> Icc:
    """Return the correlation from clusters' sizes and means, and the scatter within them.

    Parameters
    ----------
    n, mean
        (clusters,) units and their mean.
    inner
        Σ over clusters of the scatter about their means.
    group
        (clusters,) arm codes: clusters are compared with others of their arm.
    level
        Confidence level.
    """
    size = np.bincount(group, weights=n)
    centre = np.bincount(group, weights=n * mean) / size
    outer = float(n @ (mean - centre[group]) ** 2)
    df_outer, df_inner = len(n) - len(size), float(n.sum()) - len(n)
    typical = float((n**2).sum() / n.sum())
    if df_outer < 1 or df_inner < 1:
        return Icc(np.nan, np.nan, np.nan, typical)
    # the size that equal clusters would have
    m = float((n.sum() - (np.bincount(group, weights=n**2) / size).sum()) / df_outer)
    if not inner > 0:
        alike = 1.0 if outer > 0 else np.nan
        return Icc(alike, alike, alike, typical)
    ratio = (outer / df_outer) / (inner / df_inner)
    tail = (1 - level) / 2
    f_high = float(special.fdtri(df_outer, df_inner, 1 - tail))
    f_low = float(special.fdtri(df_outer, df_inner, tail))
    # for very few clusters the lower quantile of F is next to 0, and the limit 1
    estimate, lower, upper = (
        min(max((value - 1) / (value + m - 1), 0.0), 1.0) if np.isfinite(value) else 1.0
        for value in (ratio, ratio / f_high, ratio / f_low)
    )
    return Icc(estimate, lower, upper, typical)
