"""Beside the mean, what depends less on the largest amounts; and who has any amount at all.

These answer other questions than the mean does, and money is a matter of the mean: they are shown
to tell whether a few customers carry an effect, never to replace it.

References
----------
Yuen (1974), as in `aggregates.tails`.
Kohavi, R. et al. (2014). Seven rules of thumb for web site experimenters. KDD 2014, rule 7: a mean
is about normal from 355 × skewness² units on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.amounts.means import Mean, Pair
from npsstats.said import said

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.aggregates.tails import TailMoments
    from npsstats.experiments.amounts.side import Side
    from npsstats.said import Said

__all__ = ["any_pair", "capped_pair", "doubts_of_moments", "doubts_of_tails", "trimmed_pair"]

_RULE = 355  # units per squared skewness (Kohavi et al. 2014)
_LARGE = 0.2  # share of the total that the largest amounts hold, worth a word


def trimmed_pair(treated: pd.Series, control: pd.Series) -> Pair:
    """Return both trimmed means with Yuen's variance, winsorized scatter over h(h − 1)."""
    means = []
    for arm in (treated, control):
        h = int(arm.trimmed_n)
        variance = arm.winsor_scatter / (h * (h - 1)) if h > 1 else np.nan
        means.append(Mean(float(arm.trimmed_mean), float(variance), h - 1))
    return Pair(*means)


def capped_pair(treated: pd.Series, control: pd.Series) -> Pair:
    """Return both means of amounts moved to the common cut points where they lie beyond."""
    return _pair(*((arm.n, arm.capped_mean, arm.capped_scatter) for arm in (treated, control)))


def any_pair(treated: pd.Series, control: pd.Series) -> Pair:
    """Return both means among the units with an amount other than 0."""
    parts: list[tuple[Any, Any, Any]] = []
    for arm in (treated, control):
        some = max(int(arm["any"]), 1)
        mean = arm.n * arm["mean"] / some if arm["any"] else np.nan
        parts.append((arm["any"], mean, arm.scatter + arm.n * arm["mean"] ** 2 - some * mean**2))
    return _pair(*parts)


def _pair(*parts: tuple[Any, Any, Any]) -> Pair:
    means = []
    for n, mean, scatter in parts:
        variance = max(float(scatter), 0.0) / (n - 1) / n if n > 1 else np.nan
        means.append(Mean(float(mean), float(variance), float(n - 1)))
    return Pair(*means)


def doubts_of_moments(outcome: str, arms: dict[str, Side]) -> list[Said]:
    """Return what mean and variance alone tell of a heavy tail.

    Numbers of which none is negative have a skewness of at least CV − 1/CV, whatever they are.
    """
    sentences = []
    for arm, side in arms.items():
        if not side.mean > 0 or not side.variance > 0:
            continue
        cv = np.sqrt(side.variance) / side.mean
        if cv > 1 and side.n < _RULE * (cv - 1 / cv) ** 2:
            sentences.append(
                said(
                    "In arm {arm!r} the standard deviation of {outcome!r} is {cv:.1f} times its "
                    "mean: with {n:,} units a few large amounts may decide, and intervals may "
                    "cover less than they say. How heavy its tails are shows how much.",
                    arm=arm,
                    outcome=outcome,
                    cv=cv,
                    n=side.n,
                )
            )
    return sentences


def doubts_of_tails(tails: TailMoments, arms: list[str]) -> list[Said]:
    """Return what the tails tell."""
    sentences = []
    for label in arms:
        arm = tails.of(label)
        spread = arm.scatter / arm.n if arm.n else 0.0
        skewness = arm.third / arm.n / spread**1.5 if spread > 0 else 0.0
        if arm.n < _RULE * skewness**2:
            sentences.append(
                said(
                    "{outcome!r} is heavy-tailed in arm {label!r} (skewness "
                    "{skewness:.1f}): with {n:,} units, below {rule} × skewness² = "
                    "{rule_2:,.0f}, its mean is not normal yet. In a difference of arms "
                    "of one size much of this cancels; look at the capped reading too.",
                    outcome=tails.outcome,
                    label=label,
                    skewness=skewness,
                    n=int(arm.n),
                    rule=_RULE,
                    rule_2=_RULE * skewness**2,
                )
            )
        total = arm.n * arm["mean"]
        if total > 0 and not arm.negative and arm.top_sum > _LARGE * total and arm.n >= 100:
            share = arm.top_sum / total
            sentences.append(
                said(
                    "In arm {label!r} the {top_n:,} largest amounts, {top:g}% of the units, hold "
                    "{share:.0f}% of the total.",
                    label=label,
                    top_n=int(arm.top_n),
                    top=100 * tails.top,
                    share=100 * share,
                )
            )
    return sentences
