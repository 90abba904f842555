"""What is said of clusters: too few, too unequal, too alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.experiments.clusters.intracluster import Icc
    from npsstats.experiments.effects import Effect
    from npsstats.said import Said

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


def one_in_an_arm(cluster: str, control: int, treatment: int, least: float) -> Said:
    """Say that the effect cannot be told from what one cluster is like."""
    return said(
        "Cannot tell: by {cluster!r} the control arm has {control}, the "
        "treatment arm {treatment}. With one cluster in an arm, its own "
        "level and the effect are the same number; more units of it do not "
        "help. The smallest p-value that a randomization test could give is "
        "{least:.2g}. Assign more clusters.",
        cluster=cluster,
        control=control,
        treatment=treatment,
        least=least,
    )


def one_within(cluster: str, both: int) -> Said:
    """Say that one cluster with both arms tells nothing of others."""
    return said(
        "{both} by {cluster!r} has units in both arms: what holds there is "
        "known, how effects differ from one to the next is not. Cannot tell "
        "for others.",
        both=both,
        cluster=cluster,
    )


def few(cluster: str, counts: tuple[int, int], level: float, least: float | None) -> list[Said]:
    """Warn of few clusters, and of a randomization test that cannot reach the level."""
    if min(counts) >= FEW:
        return []
    sentences = []
    if least is not None and least > 1 - level:
        sentences.append(
            said(
                "The smallest p-value that re-assigning so few clusters can give is "
                "{least:.2g}, above {level:.2g}: the randomization test cannot tell, "
                "whatever the outcomes.",
                least=least,
                level=1 - level,
            )
        )
    if least is None:
        few = said(
            "Few clusters by {cluster!r}, {both} with both arms: intervals lean on assumptions "
            "that {few} an arm would make harmless.",
            cluster=cluster,
            both=counts[0],
            few=FEW,
        )
    else:
        few = said(
            "Few clusters by {cluster!r}, {control} in the control and {treatment} in the "
            "treatment: intervals lean on assumptions that {few} an arm would make harmless.",
            cluster=cluster,
            control=counts[0],
            treatment=counts[1],
            few=FEW,
        )
    return [*sentences, few]


def low_df(method: str, df: float) -> Said:
    """Warn of degrees of freedom that make even CR2 rough."""
    return said(
        "{method}: only {df:.1f} degrees of freedom, for {low_df:g} or more "
        "are wanted; a few clusters carry most of the weight.",
        method=method,
        df=df,
        low_df=LOW_DF,
    )


def alike(icc: Icc, level: float, *, whole: bool, n: int) -> list[Said]:
    """Say how alike units of one cluster are, and what whole clusters cost."""
    if np.isnan(icc.estimate):
        return []
    alike = said(
        "Intracluster correlation {icc:.3f} ({level:g}% interval {lower:.3f} to {upper:.3f})",
        icc=icc.estimate,
        level=100 * level,
        lower=icc.lower,
        upper=icc.upper,
    )
    if not whole:
        return [said("{alike}.", alike=alike)]
    return [
        said(
            "{alike}: with {typical:.1f} units in a typical unit's cluster, {n:,} units count as "
            "{worth:,.0f} (design effect {effect:.2f}).",
            alike=alike,
            typical=icc.typical,
            n=n,
            worth=n / icc.design_effect,
            effect=icc.design_effect,
        )
    ]


def realized(effect: float) -> Said:
    """Say the design effect that the variances show."""
    return said(
        "Realized design effect {effect:.2f}: the variance with clusters "
        "over that without. It is itself rough where clusters are few.",
        effect=effect,
    )


def differ(row: Effect, bayes: Effect) -> list[Said]:
    """Say so where the Bayesian reading and the interval tell different stories."""
    limits = np.array([row.lower, row.upper, bayes.lower, bayes.upper])
    if not np.isfinite(limits).all():
        return []
    told = [low > 0 or high < 0 for low, high in (limits[:2], limits[2:])]
    apart = max(abs(row.lower - bayes.lower), abs(row.upper - bayes.upper))
    if told[0] == told[1] and apart <= _APART * (row.upper - row.lower):
        return []
    text = said(
        "Two readings differ: {method} {lower:.4g} to {upper:.4g}, Bayesian "
        "{lower_2:.4g} to {upper_2:.4g}. The second weighs clusters by what "
        "they tell, and its prior holds down how much clusters differ.",
        method=row.method,
        lower=row.lower,
        upper=row.upper,
        lower_2=bayes.lower,
        upper_2=bayes.upper,
    )
    return [text]
