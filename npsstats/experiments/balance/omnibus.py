"""One test of all covariates together: whether arms differ more than randomization makes them.

References
----------
Hansen, B. B. & Bowers, J. (2008). Covariate balance in simple, stratified and clustered
comparative studies. Statistical Science 23(2), 219–236: d², the adjusted differences
in the metric of their covariance over randomizations. With more than two arms and no strata it is
(N − 1) times Pillai's trace of the scatter between arms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from npsstats.experiments.balance.ratio_test import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["Block", "Omnibus", "blocks_of", "omnibus"]

_RANK = 1e-8  # of correlations: smaller directions are those of covariates that say the same


class Block(NamedTuple):
    """What was randomized in one stratum.

    Attributes
    ----------
    n
        Shape (arms,): units (or clusters) of each arm.
    total
        Shape (arms, covariates): the sums of their values.
    scatter
        Shape (covariates, covariates): Σ (x − x̄)(y − ȳ) over all of them, whatever their arm.
    """

    n: Floats
    total: Floats
    scatter: Floats


class Omnibus(NamedTuple):
    """The joint test: `statistic` is about chi-square with `df` degrees of freedom.

    `rank` is the number of covariates that differ from each other; `units` of what was randomized.
    NaN where there is nothing to test.
    """

    statistic: float
    df: int
    p_value: float
    rank: int
    units: int


def omnibus(blocks: Sequence[Block]) -> Omnibus:
    """Return the joint test of balance over strata.

    In stratum b the sum of arm a's values departs from what its size makes expect by
    Dₐ = Σ_b (tₐ_b − nₐ_b x̄_b), whose covariance over randomizations is
    Σ_b S_b (nₐ_b 1[a = a'] − nₐ_b nₐ'_b / n_b), S_b being the covariance (n − 1) of the stratum.
    The last arm follows from the others and is left out.
    """
    used = [block for block in blocks if block.n.sum() > 1 and (block.n > 0).sum() > 1]
    units = int(sum(block.n.sum() for block in used))
    if not used:
        return Omnibus(np.nan, 0, np.nan, 0, units)
    arms, covariates = used[0].total.shape
    apart = np.zeros((arms - 1) * covariates)
    spread = np.zeros((len(apart), len(apart)))
    within = np.zeros((covariates, covariates))
    for block in used:
        n = block.n.sum()
        apart += (block.total - np.outer(block.n, block.total.sum(axis=0) / n))[:-1].ravel()
        sizes = (np.diag(block.n) - np.outer(block.n, block.n) / n)[:-1, :-1]
        spread += np.kron(sizes, block.scatter / (n - 1))
        within += block.scatter
    rank = _rank(within)
    # with as many covariates as units are free, every randomization has the same distance
    free = units - len(used)
    scale = np.sqrt(np.diagonal(spread))
    varies = scale > 0
    if not rank or rank >= free:
        return Omnibus(np.nan, 0, np.nan, rank, units)
    unit = scale[varies]
    values, vectors = np.linalg.eigh(spread[np.ix_(varies, varies)] / np.outer(unit, unit))
    kept = values > _RANK * values.max()
    along = vectors[:, kept].T @ (apart[varies] / unit)
    statistic = float((along**2 / values[kept]).sum())
    df = int(kept.sum())
    p_value = float(stats.chi2.sf(statistic, df))
    return Omnibus(statistic, df, max(p_value, SMALLEST), rank, units)


def _rank(scatter: Floats) -> int:
    scale = np.sqrt(np.diagonal(scatter))
    varies = scale > 0
    if not varies.any():
        return 0
    unit = scale[varies]
    values = np.linalg.eigvalsh(scatter[np.ix_(varies, varies)] / np.outer(unit, unit))
    return int((values > _RANK * values.max()).sum())


def blocks_of(
    moments: ArmMoments, arms: Sequence[str], strata: list[str], cluster: str | None
) -> list[Block]:
    """Return what was randomized, a block a stratum.

    Parameters
    ----------
    moments
        Of the covariates.
    arms
        Those compared, in order; units of others are left out.
    strata
        Keys within which was randomized.
    cluster
        Key of the clusters that were randomized, each then counting by the total of its units'
        deviations from the mean; None for units.
    """
    keys = ["arm", *strata, *([cluster] if cluster else [])]
    cells = moments.by(*keys)
    kept = cells.cells["arm"].astype(str).isin(arms).to_numpy() & (cells.n > 0)
    labels = cells.cells[kept].reset_index(drop=True)
    n, mean, scatter = cells.n[kept].astype(float), cells.mean[kept], cells.scatter[kept]
    if cluster is not None:
        center = (n @ mean) / n.sum()
        # a cluster is one thing, whose value is by how much its units exceed the mean in all
        mean = n[:, None] * (mean - center)
        n, scatter = np.ones(len(n)), np.zeros_like(scatter)
    groups = labels.groupby(strata, sort=True, dropna=False).ngroup() if strata else None
    codes = np.zeros(len(labels), dtype=int) if groups is None else groups.to_numpy()
    places = labels["arm"].astype(str).map({arm: i for i, arm in enumerate(arms)}).to_numpy()
    blocks = []
    for code in range(codes.max() + 1):
        inside = codes == code
        size, total = np.zeros(len(arms)), np.zeros((len(arms), mean.shape[1]))
        np.add.at(size, places[inside], n[inside])
        np.add.at(total, places[inside], n[inside, None] * mean[inside])
        apart = mean[inside] - total.sum(axis=0) / size.sum()
        between = np.einsum("c,cj,ck->jk", n[inside], apart, apart)
        blocks.append(Block(size, total, scatter[inside].sum(axis=0) + between))
    return blocks
