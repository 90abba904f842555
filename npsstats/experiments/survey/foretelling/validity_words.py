"""What to doubt of a comparison of predictive validity, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.survey.foretelling.validity_rows import Arm

__all__ = ["doubts", "needed"]

_FEW = 30  # of either outcome, below which limits are rough
_BENT = 0.01  # p below which a line is said not to describe the log-odds
_POWER, _DIFFERENCE = 0.8, 0.01


def needed(one: Arm, two: Arm, level: float, difference: float = _DIFFERENCE) -> int:
    """Return the answers an arm that tell such a difference in concordance with power .8."""
    spread = one.n * one.found.std_error**2 + two.n * two.found.std_error**2
    reach = special.ndtri((1 + level) / 2) + special.ndtri(_POWER)
    return int(np.ceil(spread * (reach / difference) ** 2))


def doubts(
    arms: Sequence[Arm], control: str, level: float, *, missing: int, left_out: int
) -> tuple[Said, ...]:
    """Return the doubts, most serious first."""
    lines = []
    base = next(arm for arm in arms if arm.name == control)
    for arm in arms:
        rare = min(arm.events, arm.n - arm.events)
        if rare < _FEW:
            lines.append(
                said(
                    "Arm {arm!r} has {n:,} customers of the rarer outcome: its limits are rough.",
                    arm=arm.name,
                    n=rare,
                )
            )
        if np.isnan(arm.line.estimate):
            lines.append(
                said(
                    "Scores part the two outcomes of arm {arm!r}, or do not differ: no finite "
                    "odds ratio is the likeliest.",
                    arm=arm.name,
                )
            )
        elif arm.line.misfit < _BENT:
            lines.append(
                said(
                    "The log-odds are no straight line in the score in arm {arm!r} (p {p:.2g}): "
                    "read the concordance and the rates by category, not the odds ratio.",
                    arm=arm.name,
                    p=max(arm.line.misfit, 1e-300),
                )
            )
        if np.isnan(arm.found.interval(level)[0]):
            lines.append(
                said(
                    "The concordance of arm {arm!r} has no standard error: its scores do not "
                    "overlap, do not differ, or an outcome has one answer. Read the posterior.",
                    arm=arm.name,
                )
            )
    if missing:
        lines.append(
            said(
                "{n:,} answers have no outcome yet and are left out: compare arms that were "
                "followed equally long.",
                n=missing,
            )
        )
    if left_out:
        lines.append(
            said(
                "{n:,} answers are in strata without both outcomes in every arm; concordance "
                "leaves them out.",
                n=left_out,
            )
        )
    lines.extend(
        said(
            "To tell a difference in concordance of {gap:g} between {arm!r} and {control!r} with "
            "power {power:g}, some {more:,} answers an arm are needed; there are {one:,} and "
            "{two:,}.",
            gap=_DIFFERENCE,
            arm=arm.name,
            control=control,
            power=_POWER,
            more=needed(arm, base, level),
            one=arm.n,
            two=base.n,
        )
        for arm in arms
        if arm.name != control and np.isfinite(arm.found.std_error + base.found.std_error)
    )
    lines.append(
        said(
            "A customer's several answers count as independent: they share what was bought later, "
            "so an arm's limits are too narrow where customers answer often. Those of differences "
            "are too narrow as well where a customer stays in one arm; where they fall in every "
            "arm, what they share cancels."
        )
    )
    lines.append(
        said(
            "This is of those who answered only: an arm that makes other customers answer changes "
            "what a score predicts, even where it measures no better."
        )
    )
    lines.append(
        said("The score foretells what customers do; that it causes it is not shown here.")
    )
    return tuple(lines)
