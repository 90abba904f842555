"""Two arms' moments by cluster, as the arrays that every method of this room starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["ClusterTable", "cluster_table"]


@dataclass(frozen=True)
class ClusterTable:
    """Cells (arm × cluster) of two arms, without empty ones.

    Attributes
    ----------
    cluster, stratum
        (cells,) codes from 0.
    labels
        (clusters,) their names.
    treated
        (cells,) 1 in the treatment arm, 0 in the control.
    n
        (cells,) units.
    mean, scatter
        (cells, k) and (cells, k, k): outcome first, then covariates.
    """

    cluster: Ints
    stratum: Ints
    labels: tuple[str, ...]
    treated: Floats
    n: Floats
    mean: Floats
    scatter: Floats

    @property
    def clusters(self) -> int:
        """How many there are."""
        return int(self.cluster.max()) + 1

    @cached_property
    def per_arm(self) -> tuple[int, int]:
        """How many clusters have units in the control arm, and in the treatment arm."""
        return int((self.treated == 0).sum()), int((self.treated == 1).sum())

    @property
    def within(self) -> tuple[float, float]:
        """The outcome's scatter about the cells' means, and its degrees of freedom."""
        return float(self.scatter[:, 0, 0].sum()), float((self.n - 1).sum())

    def pairs(self) -> tuple[Ints, Ints]:
        """Return the places of the control's and the treatment's cells of clusters with both."""
        place = np.full((2, self.clusters), -1, dtype=np.intp)
        place[self.treated.astype(int), self.cluster] = np.arange(len(self.n))
        both = (place >= 0).all(axis=0)
        return place[0, both], place[1, both]

    def products(self, *, fixed: bool, adjusted: bool) -> tuple[Floats, Floats, int]:
        """Return X_g'X_g, X_g'y_g, and the place of the treatment's column.

        X has the treatment, an intercept a stratum (or, if `fixed`, one a cluster, which is
        absorbed) and, if `adjusted`, the covariates. Outcome and covariates are centred, and the
        covariates scaled, so that large means and unlike units cost no digits.
        """
        mean = self.mean - self.n @ self.mean / self.n.sum()
        square = self.n @ mean**2 + np.diagonal(self.scatter, axis1=1, axis2=2).sum(axis=0)
        scale = np.sqrt(square / self.n.sum())
        scale[0] = 1.0
        scale[~(scale > 0)] = 1.0
        mean, scatter = mean / scale, self.scatter / np.outer(scale, scale)
        dummies = np.eye(int(self.stratum.max()) + 1)[self.stratum]
        parts = [self.treated[:, None]] + ([] if fixed else [dummies])
        extra = mean.shape[1] - 1 if adjusted else 0
        parts.append(mean[:, 1 : 1 + extra])
        parts.append(mean[:, :1])
        rows = np.concatenate(parts, axis=1)
        k = rows.shape[1]
        cells = self.n[:, None, None] * rows[:, :, None] * rows[:, None, :]
        own = [*range(k - 1 - extra, k - 1), k - 1]
        of = [*range(1, 1 + extra), 0]
        cells[np.ix_(range(len(rows)), own, own)] += scatter[np.ix_(range(len(rows)), of, of)]
        every = np.zeros((self.clusters, k, k))
        np.add.at(every, self.cluster, cells)
        if fixed:
            sums = np.zeros((self.clusters, k))
            np.add.at(sums, self.cluster, self.n[:, None] * rows)
            size = np.bincount(self.cluster, weights=self.n)
            every -= sums[:, :, None] * sums[:, None, :] / size[:, None, None]
        return every[:, :-1, :-1], every[:, :-1, -1], 0


def cluster_table(
    moments: ArmMoments,
    outcome: str,
    arms: tuple[str, str],
    *,
    cluster: str,
    stratum: str | None,
    covariates: Sequence[str] = (),
) -> ClusterTable:
    """Return the arrays of (control, treatment).

    Raises
    ------
    InputError
        If a key is not there, an arm has no units, or a cluster lies in several strata.
    """
    for key in ("arm", cluster, *([stratum] if stratum else [])):
        if key not in moments.keys:
            there = ", ".join(map(repr, moments.keys))
            raise InputError(
                f"The moments have the keys {there}, and none named {key!r}. Group the units by "
                f"arm and {cluster!r}{f' and {stratum!r}' if stratum else ''}."
            )
    keys = ["arm", cluster, *([stratum] if stratum else [])]
    by = moments.variables(outcome, *covariates).by(*keys)
    label = by.cells["arm"].astype(str).to_numpy()
    kept = np.isin(label, arms) & (by.n > 0)
    for arm in arms:
        if not (kept & (label == arm)).any():
            raise InputError(f"Arm {arm!r} has no unit with `{outcome}`.")
    cells = by.cells[kept]
    code, names = pd.factorize(cells[cluster], sort=True, use_na_sentinel=False)
    layer = np.zeros(len(cells), dtype=np.intp)
    if stratum:
        layer = pd.factorize(cells[stratum], sort=True, use_na_sentinel=False)[0]
        strata = pd.Series(layer).groupby(code).nunique()
        if (strata > 1).any():
            first = cells[cluster].to_numpy()[code == int(strata.to_numpy().argmax())][0]
            raise InputError(
                f"Cluster {first!r} lies in {int(strata.max())} values of {stratum!r}. Clusters "
                "are assigned within strata: each belongs to one."
            )
    treated = (label[kept] == arms[1]).astype(float)
    n = by.n[kept].astype(float)
    return ClusterTable(
        code, layer, tuple(map(str, names)), treated, n, by.mean[kept], by.scatter[kept]
    )
