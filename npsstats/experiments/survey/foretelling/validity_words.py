"""What to doubt of a comparison of predictive validity, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

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
) -> tuple[str, ...]:
    """Return the doubts, most serious first."""
    said = []
    base = next(arm for arm in arms if arm.name == control)
    for arm in arms:
        rare = min(arm.events, arm.n - arm.events)
        if rare < _FEW:
            said.append(
                f"Arm {arm.name!r} has {rare:,} customers of the rarer outcome: its limits are "
                "rough."
            )
        if np.isnan(arm.line.estimate):
            said.append(
                f"Scores part the two outcomes of arm {arm.name!r}, or do not differ: no finite "
                "odds ratio is the likeliest."
            )
        elif arm.line.misfit < _BENT:
            said.append(
                f"The log-odds are no straight line in the score in arm {arm.name!r} (p "
                f"{max(arm.line.misfit, 1e-300):.2g}): read the concordance and the rates by "
                "category, not the odds ratio."
            )
        if np.isnan(arm.found.interval(level)[0]):
            said.append(
                f"The concordance of arm {arm.name!r} has no standard error: its scores do not "
                "overlap, do not differ, or an outcome has one answer. Read the posterior."
            )
    if missing:
        said.append(
            f"{missing:,} answers have no outcome yet and are left out: compare arms that were "
            "followed equally long."
        )
    if left_out:
        said.append(
            f"{left_out:,} answers are in strata without both outcomes in every arm; concordance "
            "leaves them out."
        )
    said.extend(
        f"To tell a difference in concordance of {_DIFFERENCE:g} between {arm.name!r} and "
        f"{control!r} with power {_POWER:g}, some {needed(arm, base, level):,} answers an arm are "
        f"needed; there are {arm.n:,} and {base.n:,}."
        for arm in arms
        if arm.name != control and np.isfinite(arm.found.std_error + base.found.std_error)
    )
    said.append(
        "A customer's several answers count as independent: they share what was bought later, so "
        "an arm's limits are too narrow where customers answer often. Those of differences are "
        "too narrow as well where a customer stays in one arm; where they fall in every "
        "arm, what they share cancels."
    )
    said.append(
        "This is of those who answered only: an arm that makes other customers answer changes "
        "what a score predicts, even where it measures no better."
    )
    said.append("The score foretells what customers do; that it causes it is not shown here.")
    return tuple(said)
