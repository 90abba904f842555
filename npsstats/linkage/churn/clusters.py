"""Errors of a hazard summed over clusters, and what to doubt where clusters are few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.linkage.churn.newton import Fitted, cluster_covariance
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    Floats = NDArray[np.float64]

__all__ = ["ONE_STORE", "clustered", "doubts_of_clusters"]

ONE_STORE = said(
    "There is one store only: errors are by the model, as though customers left "
    "independently of one another. What happens to the whole store (works, a new "
    "manager) is not in the intervals."
)
"""What to doubt where there are no clusters to sum over."""
_FEW, _FEW_AT_LABEL = 20, 10


def clustered(
    each: HazardCells,
    rows: HazardCells,
    x: Floats,
    live: NDArray[np.bool_],
    fit: Fitted,
    link: str,
) -> tuple[Floats, int]:
    """Return the covariance over clusters and their number.

    Parameters
    ----------
    each
        The counts by the keys of `rows`, and last the cluster.
    rows, x, live
        What was fitted: cells, design of the identified columns (rows, p), rows not set apart.
    fit, link
        The fit and its link.

    Raises
    ------
    InputError
        If there is one cluster only.
    """
    keys, shop = each.keys[:-1], each.keys[-1]
    sizes = tuple(len(each.levels[key]) for key in keys)

    def flat(codes: NDArray[np.int32]) -> NDArray[np.int64]:
        if not keys:
            return np.zeros(len(codes), dtype=np.int64)
        return np.asarray(np.ravel_multi_index(tuple(codes.T.astype(np.int64)), sizes))

    row = np.searchsorted(flat(rows.codes), flat(each.codes[:, :-1]))
    inside = live[row]
    place = np.cumsum(live) - 1
    design = x[live]
    groups = len(np.unique(each.code(shop)[inside]))
    if groups < 2:
        raise InputError(
            f"`cluster`: there is only one {shop} at risk. Errors over clusters need several; "
            "write cluster=None."
        )
    covariance = cluster_covariance(
        design,
        np.asarray(design @ fit.coefficients),
        place[row[inside]],
        each.code(shop)[inside].astype(np.intp),
        each.at_risk[inside].astype(float),
        each.events[inside].astype(float),
        fit.covariance,
        link,
    )
    return covariance, groups


def doubts_of_clusters(each: HazardCells, keys: Sequence[str], groups: int) -> list[Said]:
    """Say where errors over clusters rest on few of them; `each` has the cluster last."""
    shop = each.keys[-1]
    if groups < _FEW:
        few_in_all = said(
            "Only {groups} clusters: errors summed over them are too small by some tens of "
            "percent. Read the intervals as a lower bound of the doubt.",
            groups=groups,
        )
        return [few_in_all]
    notes = []
    size = np.bincount(each.code(shop), each.at_risk).astype(float)
    effective = float(size.sum() ** 2 / (size**2).sum())
    if effective < _FEW:
        notes.append(
            said(
                "The {groups} clusters are of such unequal size that they count like "
                "{effective:.0f}: errors summed over them are too small. Read the intervals as "
                "a lower bound of the doubt.",
                groups=groups,
                effective=effective,
            )
        )
    few: dict[str, int] = {}
    for key in keys:
        pairs = each.by(key, shop)
        at = np.bincount(pairs.code(key), minlength=len(each.levels[key])).tolist()
        few |= {
            f"{key} {each.levels[key][i]}": at[i]
            for i in np.flatnonzero(at)
            if at[i] < _FEW_AT_LABEL
        }
    if few:
        names = ", ".join(f"{name} ({count})" for name, count in few.items())
        notes.append(
            said(
                "Fewer than {few_at_label} clusters have {names}: errors summed over clusters "
                "are far too small there, however many there are in all. Set errors without "
                "clusters beside them, or compare the stores themselves.",
                few_at_label=_FEW_AT_LABEL,
                names=names,
            )
        )
    return notes
