"""The methods of clustered means that are not CR2, each as a row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.experiments.clusters.hierarchical import Summaries, posterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.clusters.randomization import Tested
    from npsstats.experiments.clusters.table import ClusterTable
    from npsstats.experiments.effects import Effect

    Floats = NDArray[np.float64]

__all__ = [
    "hierarchical",
    "paired",
    "randomization",
    "summaries",
    "these_clusters",
    "unclustered_variance",
    "welch",
]


def welch(base: Effect, control: Floats, treated: Floats) -> Effect:
    """Return Welch's t-test of cluster means, each cluster counting once."""
    row = replace(base, method="t-test of cluster means")
    estimate = float(treated.mean() - control.mean())
    if min(len(treated), len(control)) < 2:
        return replace(row, estimate=estimate, lower=-np.inf, upper=np.inf)
    each = np.array([arm.var(ddof=1) / len(arm) for arm in (control, treated)])
    df = np.array([len(control), len(treated)]) - 1
    return _with_t(row, estimate, each, df)


def paired(base: Effect, apart: Floats) -> Effect:
    """Return the t-test of each cluster's own difference, each cluster counting once."""
    row = replace(base, method="paired t-test of cluster means")
    if len(apart) < 2:
        return replace(row, estimate=float(apart.mean()), lower=-np.inf, upper=np.inf)
    each = np.array([apart.var(ddof=1) / len(apart)])
    return _with_t(row, float(apart.mean()), each, np.array([len(apart) - 1]))


def these_clusters(base: Effect, table: ClusterTable) -> Effect:
    """Return the effect in these clusters, each by its units, stratified by cluster (Neyman)."""
    row = replace(
        base, estimand="mean difference in these clusters", method="stratified by cluster"
    )
    zero, one = table.pairs()
    weight = table.n[zero] + table.n[one]
    weight = weight / weight.sum()
    estimate = float(weight @ (table.mean[one, 0] - table.mean[zero, 0]))
    places = np.concatenate([zero, one])
    df = table.n[places] - 1
    if (df < 1).any():  # one unit: nothing says how units of that cell vary
        return replace(row, estimate=estimate)
    spread = table.scatter[places, 0, 0] / df / table.n[places]
    return _with_t(row, estimate, np.concatenate([weight, weight]) ** 2 * spread, df)


def _with_t(row: Effect, estimate: float, each: Floats, df: Floats | NDArray[np.int_]) -> Effect:
    """Return the row with a t-interval, Satterthwaite's degrees of freedom from the parts."""
    variance = float(each.sum())
    if not variance > 0:
        return replace(row, estimate=estimate)
    free = variance**2 / float((each**2 / df).sum())
    se = float(np.sqrt(variance))
    t = float(special.stdtrit(free, (1 + row.level) / 2))
    return replace(
        row,
        estimate=estimate,
        std_error=se,
        lower=estimate - t * se,
        upper=estimate + t * se,
        p_value=2 * float(special.stdtr(free, -abs(estimate) / se)),
    )


def randomization(base: Effect, table: ClusterTable, tested: Tested) -> Effect:
    """Return the randomization test's row: the plain difference with the effects that are kept."""
    one = table.treated == 1
    means = [np.average(table.mean[arm, 0], weights=table.n[arm]) for arm in (one, ~one)]
    return replace(
        base,
        estimate=float(means[0] - means[1]),
        lower=tested.lower,
        upper=tested.upper,
        p_value=tested.p_value,
    )


def unclustered_variance(table: ClusterTable) -> float:
    """Return the variance of the difference of means, had units nothing to do with clusters."""
    total = 0.0
    for arm in (0, 1):
        rows = table.treated == arm
        n, mean = table.n[rows], table.mean[rows, 0]
        if n.sum() < 2:
            return np.nan
        centre = np.average(mean, weights=n)
        square = table.scatter[rows, 0, 0].sum() + n @ (mean - centre) ** 2
        total += float(square / (n.sum() - 1) / n.sum())
    return total


def summaries(table: ClusterTable, *, paired: bool) -> Summaries:
    """Return what the hierarchical model reads: cluster means, or each cluster's difference."""
    scatter, df = table.within
    if paired:
        zero, one = table.pairs()
        value = table.mean[one, 0] - table.mean[zero, 0]
        ratio = 1 / table.n[one] + 1 / table.n[zero]
        return Summaries(value, ratio, np.zeros(len(value), dtype=np.intp), scatter, df)
    group = table.treated.astype(np.intp)
    return Summaries(table.mean[:, 0], 1 / table.n, group, scatter, df)


def hierarchical(base: Effect, table: ClusterTable, *, paired: bool) -> Effect:
    """Return the posterior of the mean difference between clusters drawn from one normal law."""
    row = replace(
        base, estimand="mean difference per cluster", method="Bayes: cluster effects, normal"
    )
    given = summaries(table, paired=paired)
    if given.df < 1 or not given.scatter > 0:
        return row
    law = posterior(given)
    tail = (1 - base.level) / 2
    return replace(
        row,
        estimate=float(law.mean[0]),
        std_error=float(law.sd[0]),
        lower=float(law.quantile(tail)[0]),
        upper=float(law.quantile(1 - tail)[0]),
        probability=float(law.above()[0]),
    )
