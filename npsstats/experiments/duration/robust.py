"""Variances that allow units of one cluster to be alike, from sums by cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.duration.pairs import Pair

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

__all__ = ["arm_sums", "clusters_by_arm", "codes_of", "freedom", "score_variance"]


def codes_of(both: Pair) -> Places:
    """Return the clusters of the rows."""
    if both.cluster is None:
        raise ValueError("these units have no clusters")
    return both.cluster


def clusters_by_arm(both: Pair) -> tuple[NDArray[np.bool_], int]:
    """Return which arms each cluster has units in, (clusters, 2), and how many clusters there are.

    Raises
    ------
    InputError
        If an arm is a single cluster, or there is only one.
    """
    codes = codes_of(both)
    groups = int(codes.max()) + 1
    there = np.zeros((groups, 2), dtype=bool)
    occupied = both.at_risk[:, 0] > 0
    there[codes[occupied], both.arm[occupied]] = True
    fewest = int(there.sum(axis=0).min())
    if fewest < 2:
        raise InputError(
            "An arm has units in only one cluster: whether a difference is the arm's or that "
            "cluster's cannot be told. Add clusters, or leave `cluster` out and claim nothing "
            "beyond these clusters."
        )
    return there, groups


def freedom(both: Pair) -> float:
    """Return G − 1 degrees of freedom, G − 2 where every cluster is in one arm."""
    there, groups = clusters_by_arm(both)
    return float(groups - (1 if there.all(axis=1).any() else 2))


def arm_sums(values: Floats, both: Pair) -> Floats:
    """Return the sums of the rows' values by cluster and arm, (clusters, 2)."""
    codes = codes_of(both)
    sums = np.zeros((int(codes.max()) + 1, 2))
    np.add.at(sums, (codes, both.arm), values)
    return sums


def score_variance(values: Floats, both: Pair) -> float:
    """Return G/(G − 1) times the sum of squares of the rows' values summed by cluster."""
    sums = arm_sums(values, both).sum(axis=1)
    return float((sums**2).sum() * len(sums) / (len(sums) - 1))
