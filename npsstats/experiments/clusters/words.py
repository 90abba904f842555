"""What is said of clusters: too few, too unequal, too alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from npsstats.experiments.clusters.intracluster import Icc
    from npsstats.experiments.effects import Effect

__all__ = [
    "FEW",
    "LOW_DF",
    "alike",
    "differ",
    "few",
    "low_df",
    "one_in_an_arm",
    "one_within",
    "realized",
]

FEW = 20
"""Clusters an arm below which a warning and a randomization test are due."""

LOW_DF = 4.0
"""Satterthwaite degrees of freedom below which the t-test is rough (Pustejovsky & Tipton 2018)."""

_APART = 0.25  # of an interval's width, between limits of two readings


def one_in_an_arm(cluster: str, control: int, treatment: int, least: float) -> str:
    """Say that the effect cannot be told from what one cluster is like."""
    return (
        f"Cannot tell: by {cluster!r} the control arm has {control}, the treatment arm "
        f"{treatment}. With one cluster in an arm, its own level and the effect are the same "
        f"number; more units of it do not help. The smallest p-value that a randomization test "
        f"could give is {least:.2g}. Assign more clusters."
    )


def one_within(cluster: str, both: int) -> str:
    """Say that one cluster with both arms tells nothing of others."""
    return (
        f"{both} by {cluster!r} has units in both arms: what holds there is known, how effects "
        "differ from one to the next is not. Cannot tell for others."
    )


def few(cluster: str, counts: tuple[int, int], level: float, least: float | None) -> list[str]:
    """Warn of few clusters, and of a randomization test that cannot reach the level."""
    if min(counts) >= FEW:
        return []
    said = []
    if least is not None and least > 1 - level:
        said.append(
            f"The smallest p-value that re-assigning so few clusters can give is {least:.2g}, "
            f"above {1 - level:.2g}: the randomization test cannot tell, whatever the outcomes."
        )
    text = (
        f"Few clusters by {cluster!r}, {counts[0]} in the control and {counts[1]} in the treatment"
    )
    if least is None:
        text = f"Few clusters by {cluster!r}, {counts[0]} with both arms"
    said.append(f"{text}: intervals lean on assumptions that {FEW} an arm would make harmless.")
    return said


def low_df(method: str, df: float) -> str:
    """Warn of degrees of freedom that make even CR2 rough."""
    return (
        f"{method}: only {df:.1f} degrees of freedom, for {LOW_DF:g} or more are wanted; a few "
        "clusters carry most of the weight."
    )


def alike(icc: Icc, level: float, *, whole: bool, n: int) -> list[str]:
    """Say how alike units of one cluster are, and what whole clusters cost."""
    if np.isnan(icc.estimate):
        return []
    text = (
        f"Intracluster correlation {icc.estimate:.3f} ({100 * level:g} % interval {icc.lower:.3f} "
        f"to {icc.upper:.3f})"
    )
    if whole:
        text += (
            f": with {icc.typical:.1f} units in a typical unit's cluster, {n:,} units count as "
            f"{n / icc.design_effect:,.0f} (design effect {icc.design_effect:.2f})"
        )
    return [text + "."]


def realized(effect: float) -> str:
    """Say the design effect that the variances show."""
    return (
        f"Realized design effect {effect:.2f}: the variance with clusters over that without. "
        "It is itself rough where clusters are few."
    )


def differ(row: Effect, bayes: Effect) -> list[str]:
    """Say so where the Bayesian reading and the interval tell different stories."""
    limits = np.array([row.lower, row.upper, bayes.lower, bayes.upper])
    if not np.isfinite(limits).all():
        return []
    told = [low > 0 or high < 0 for low, high in (limits[:2], limits[2:])]
    apart = max(abs(row.lower - bayes.lower), abs(row.upper - bayes.upper))
    if told[0] == told[1] and apart <= _APART * (row.upper - row.lower):
        return []
    text = (
        f"Two readings differ: {row.method} {row.lower:.4g} to {row.upper:.4g}, Bayesian "
        f"{bayes.lower:.4g} to {bayes.upper:.4g}. The second weighs clusters by what they tell, "
        "and its prior holds down how much clusters differ."
    )
    return [text]
