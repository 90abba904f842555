"""What to doubt about a binary effect, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.binary.pairs import Pairs
    from npsstats.experiments.effects import Effect
    from npsstats.said import Said

__all__ = [
    "disagreements",
    "doubts",
    "holm",
    "not_estimable",
    "nothing_to_adjust",
    "separation",
]

_FEW = 5  # events in an arm, below which a normal approximation is not to be trusted
_APART = 0.25  # of the interval's width, by which two readings may differ unsaid
_NAMED = 5


def doubts(
    moments: ArmMoments,
    outcome: str,
    control: str,
    treatments: list[str],
    pairs: Pairs,
    covariates: Sequence[str],
) -> list[Said]:
    """Return doubts about the data: missing outcomes, clusters, arms of one kind, few events."""
    sentences = []
    whole = moments.by("arm")
    chosen = np.isin(np.array(whole.arms), [control, *treatments])
    if whole.missing[chosen].any():
        shares = [
            said("{arm!r} {share:.1f}%", arm=arm, share=100 * missing / (missing + n))
            for arm, missing, n, there in zip(
                whole.arms, whole.missing, whole.n, chosen, strict=True
            )
            if there
        ]
        sentences.append(
            said(
                "Units without a value of {outcome!r}, or of a variable beside it, "
                "are left out ({shares}): if arm and missing go together, so does "
                "the effect.",
                outcome=outcome,
                shares=shares,
            )
        )
    if "cluster" in moments.keys and "cluster" not in covariates:
        sentences.append(
            said(
                "The cells come by cluster and are added up here: the intervals take "
                "units as independent, which is too narrow if clusters, not units, "
                "were assigned."
            )
        )
    numbers = {control: (pairs.events_control[0], pairs.n_control[0])}
    for place, arm in enumerate(treatments):
        numbers[arm] = (pairs.events_treatment[place], pairs.n_treatment[place])
    for arm, (events, n) in numbers.items():
        fewest = min(events, n - events)
        kind = said("events") if events <= n - events else said("units without the event")
        if fewest == 0:
            sentences.append(
                said(
                    "Arm {arm!r} has no {kind} among {n:,.0f}: read Miettinen–Nurminen, "
                    "Newcombe or MOVER-R; Wald's and the log limits are blind to it, and "
                    "the posterior leans on its prior.",
                    arm=arm,
                    kind=kind,
                    n=n,
                )
            )
        elif fewest < _FEW:
            sentences.append(
                said(
                    "Arm {arm!r} has only {fewest:.0f} {kind}: Wald's and the log limits "
                    "are not to be trusted.",
                    arm=arm,
                    fewest=fewest,
                    kind=kind,
                )
            )
    return sentences


def disagreements(rows: list[Effect]) -> list[Said]:
    """Say where the first frequentist row of a risk difference and the posterior part ways."""
    sentences = []
    for arm in dict.fromkeys(row.arm for row in rows):
        own = [row for row in rows if row.arm == arm and row.estimand == "risk difference"]
        first = own[0]
        bayes = next(row for row in own if row.method == "Beta posterior")
        width = first.upper - first.lower
        off = max(abs(first.lower - bayes.lower), abs(first.upper - bayes.upper))
        if _leaves_out_zero(first) != _leaves_out_zero(bayes):
            one, other = (first, bayes) if _leaves_out_zero(first) else (bayes, first)
            sentences.append(
                said(
                    "Arm {arm!r}: the {level:g}% interval of {method} leaves out 0 and that of "
                    "{method_2} does not: the evidence is at the edge.",
                    arm=arm,
                    level=100 * first.level,
                    method=one.method,
                    method_2=other.method,
                )
            )
        elif off > _APART * width:
            sentences.append(
                said(
                    "Arm {arm!r}: the limits of {method} and Beta posterior differ by "
                    "more than a quarter of their width: with so few events the method, "
                    "or the prior, matters.",
                    arm=arm,
                    method=first.method,
                )
            )
    return sentences


def _leaves_out_zero(row: Effect) -> bool:
    return row.lower > 0 or row.upper < 0


def holm(arms: list[str], p_values: NDArray[np.float64]) -> Said:
    """Return the p-values of several arms, adjusted for their number."""
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(p_values, method="holm")[1]
    each = [
        said("{arm!r} below .001", arm=arm) if p < 0.001 else said("{arm!r} {p:.3f}", arm=arm, p=p)
        for arm, p in zip(arms, adjusted, strict=True)
    ]
    return said(
        "{n} arms are compared with one control: the p-values shown are each "
        "arm's own; adjusted by Holm they are {each}.",
        n=len(arms),
        each=each,
    )


def nothing_to_adjust(arm: str, control: str) -> Said:
    """Say that a regression has nothing to work on."""
    return said(
        "No adjusted effect of {arm!r}: in it or in {control!r} the outcome "
        "is the same for every unit, and a logistic regression needs both "
        "kinds.",
        arm=arm,
        control=control,
    )


def not_estimable(arm: str, cells: list[str]) -> Said:
    """Say that an arm's share is unknown in some cells."""
    return said(
        "No adjusted effect of {arm!r}: what the other arm would have done "
        "in {some} is not determined by the data. Merge levels that occur in "
        "one arm only, or leave out the interaction.",
        arm=arm,
        some=_some(cells),
    )


def separation(arm: str, cells: list[str]) -> Said:
    """Say in which cells the likeliest share is 0 or 1."""
    return said(
        "The regression that adjusts {arm!r} separates: in {some} its share "
        "is exactly 0 or 1, which adds no variance, so that the adjusted "
        "interval is somewhat narrow. Merge such levels with others.",
        arm=arm,
        some=_some(cells),
    )


def _some(cells: list[str]) -> Said:
    named = ", ".join(map(repr, cells[:_NAMED]))
    if len(cells) <= _NAMED:
        return said("{cells}", cells=named)
    return said("{cells} and {more} cells more", cells=named, more=len(cells) - _NAMED)
