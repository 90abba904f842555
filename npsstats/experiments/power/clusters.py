"""Units that share a store resemble each other: what that costs, or saves.

References
----------
Eldridge, S. M., Ashby, D. & Kerry, S. (2006). Sample size for cluster randomized trials: effect of
coefficient of variation of cluster size and analysis method. Int J Epidemiol 35(5), 1292–1300
(the design effect for unequal sizes).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

from npsstats import checks

__all__ = ["Clusters", "clusters_of"]


@dataclass(frozen=True)
class Clusters:
    """Clusters (stores) of the units.

    Attributes
    ----------
    icc
        Share of an outcome's variance that lies between clusters.
    size
        Mean units a cluster; None where the number of clusters is fixed, and n sets the size.
    cv
        Standard deviation of the sizes over their mean.
    control, treatment
        Clusters of the control and of each treatment where their number is fixed; else infinite.
    whole
        Whole clusters are assigned, not units one by one within them.
    """

    icc: float
    size: float | None
    cv: float
    control: float = inf
    treatment: float = inf
    whole: bool = True

    def of(self, n_control: float, n_treatment: float) -> tuple[float, float]:
        """Return how many clusters each arm has with so many units."""
        if not self.whole:
            return inf, inf
        if self.size is None:
            return self.control, self.treatment
        return n_control / self.size, n_treatment / self.size

    def design_effect(self, n_control: float) -> float:
        """Return how many times as many units are needed as if they did not resemble each other.

        1 + ((cv² + 1) m − 1) ρ where whole clusters of m are assigned; 1 − ρ where units are, and
        the analysis allows for the cluster.
        """
        if not self.whole:
            return 1 - self.icc
        size = n_control / self.control if self.size is None else self.size
        return 1 + ((self.cv**2 + 1) * size - 1) * self.icc

    def freedom(self, n_control: float, n_treatment: float) -> float:
        """Return the degrees of freedom of a comparison of cluster means."""
        return sum(self.of(n_control, n_treatment)) - 2


def clusters_of(
    icc: float | None,
    size: float | None,
    cv: float,
    count: int | None,
    randomized: str,
    ratio: float,
    arms: int,
) -> Clusters | None:
    """Return the clusters that the arguments of `design` describe, checked; None without any."""
    checks.one_of("randomized", randomized, ("clusters", "units"))
    if icc is None:
        if size is not None or count is not None or cv:
            raise checks.InputError(
                "`icc` is needed beside clusters: the share of the variance that lies between "
                "them, such as icc=0.02 for shares by store. Take it from last year's data."
            )
        return None
    checks.number("icc", icc, low=0, high=1)
    checks.number("cluster_cv", cv, low=0, high=10)
    if randomized == "units":
        if icc == 1:
            raise checks.InputError("`icc` must be below 1 where units are assigned one by one.")
        return Clusters(icc, None, cv, whole=False)
    if size is None and count is None:
        raise checks.InputError(
            "Whole clusters need `cluster_size`, the mean units a cluster, or `clusters`, how "
            'many there are. Where units are assigned one by one, say randomized="units".'
        )
    if size is not None:
        checks.number("cluster_size", size, low=1)
    if count is None:
        return Clusters(icc, size, cv)
    checks.count("clusters", count, least=arms)
    control = count / (1 + ratio * (arms - 1))
    fixed = Clusters(icc, None, cv, control, ratio * control)
    if min(fixed.control, fixed.treatment) < 2:
        raise checks.InputError(
            f"`clusters` {count} leave an arm with fewer than two: an arm's clusters could not be "
            f"told from its treatment. Take at least {ceil(2 * (1 + ratio * (arms - 1)))}, or "
            'assign units within them (randomized="units").'
        )
    return fixed
