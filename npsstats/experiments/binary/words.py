"""What to doubt about a binary effect, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.binary.pairs import Pairs
    from npsstats.experiments.effects import Effect

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
) -> list[str]:
    """Return doubts about the data: missing outcomes, clusters, arms of one kind, few events."""
    said = []
    whole = moments.by("arm")
    chosen = np.isin(np.array(whole.arms), [control, *treatments])
    if whole.missing[chosen].any():
        shares = ", ".join(
            f"{arm!r} {100 * missing / (missing + n):.1f} %"
            for arm, missing, n, there in zip(
                whole.arms, whole.missing, whole.n, chosen, strict=True
            )
            if there
        )
        said.append(
            f"Units without a value of {outcome!r}, or of a variable beside it, are left out "
            f"({shares}): if arm and missing go together, so does the effect."
        )
    if "cluster" in moments.keys and "cluster" not in covariates:
        said.append(
            "The cells come by cluster and are added up here: the intervals take units as "
            "independent, which is too narrow if clusters, not units, were assigned."
        )
    numbers = {control: (pairs.events_control[0], pairs.n_control[0])}
    for place, arm in enumerate(treatments):
        numbers[arm] = (pairs.events_treatment[place], pairs.n_treatment[place])
    for arm, (events, n) in numbers.items():
        fewest = min(events, n - events)
        kind = "events" if events <= n - events else "units without the event"
        if fewest == 0:
            said.append(
                f"Arm {arm!r} has no {kind} among {n:,.0f}: read Miettinen–Nurminen, Newcombe "
                "or MOVER-R; Wald's and the log limits are blind to it, and the posterior "
                "leans on its prior."
            )
        elif fewest < _FEW:
            said.append(
                f"Arm {arm!r} has only {fewest:.0f} {kind}: Wald's and the log limits are not to "
                "be trusted."
            )
    return said


def disagreements(rows: list[Effect]) -> list[str]:
    """Say where the first frequentist row of a risk difference and the posterior part ways."""
    said = []
    for arm in dict.fromkeys(row.arm for row in rows):
        own = [row for row in rows if row.arm == arm and row.estimand == "risk difference"]
        first = own[0]
        bayes = next(row for row in own if row.method == "Beta posterior")
        width = first.upper - first.lower
        off = max(abs(first.lower - bayes.lower), abs(first.upper - bayes.upper))
        if _leaves_out_zero(first) != _leaves_out_zero(bayes):
            one, other = (first, bayes) if _leaves_out_zero(first) else (bayes, first)
            said.append(
                f"Arm {arm!r}: the {100 * first.level:g} % interval of {one.method} leaves out 0 "
                f"and that of {other.method} does not: the evidence is at the edge."
            )
        elif off > _APART * width:
            said.append(
                f"Arm {arm!r}: the limits of {first.method} and Beta posterior differ by more "
                "than a quarter of their width: with so few events the method, or the prior, "
                "matters."
            )
    return said


def _leaves_out_zero(row: Effect) -> bool:
    return row.lower > 0 or row.upper < 0


def holm(arms: list[str], p_values: NDArray[np.float64]) -> str:
    """Return the p-values of several arms, adjusted for their number."""
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(p_values, method="holm")[1]
    each = ", ".join(
        f"{arm!r} {'below .001' if p < 0.001 else f'{p:.3f}'}"
        for arm, p in zip(arms, adjusted, strict=True)
    )
    return (
        f"{len(arms)} arms are compared with one control: the p-values shown are each arm's own; "
        f"adjusted by Holm they are {each}."
    )


def nothing_to_adjust(arm: str, control: str) -> str:
    """Say that a regression has nothing to work on."""
    return (
        f"No adjusted effect of {arm!r}: in it or in {control!r} the outcome is the same for every "
        "unit, and a logistic regression needs both kinds."
    )


def not_estimable(arm: str, cells: list[str]) -> str:
    """Say that an arm's share is unknown in some cells."""
    return (
        f"No adjusted effect of {arm!r}: what the other arm would have done in {_some(cells)} is "
        "not determined by the data. Merge levels that occur in one arm only, or leave out the "
        "interaction."
    )


def separation(arm: str, cells: list[str]) -> str:
    """Say in which cells the likeliest share is 0 or 1."""
    return (
        f"The regression that adjusts {arm!r} separates: in {_some(cells)} its share is exactly 0 "
        "or 1, which adds no variance, so that the adjusted interval is somewhat narrow. Merge "
        "such levels with others."
    )


def _some(cells: list[str]) -> str:
    more = f" and {len(cells) - _NAMED} cells more" if len(cells) > _NAMED else ""
    return ", ".join(map(repr, cells[:_NAMED])) + more
