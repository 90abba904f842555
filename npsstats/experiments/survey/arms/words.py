"""What to doubt of the arms of a survey experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.survey.arms.posterior import ArmDraws
    from npsstats.experiments.survey.arms.strata import ArmStrata

__all__ = ["doubts_of"]

_APART = 0.025


def doubts_of(strata: ArmStrata, drawn: ArmDraws, known: Sequence[str]) -> tuple[str, ...]:
    """Return sentences, most serious first."""
    said = []
    apart = drawn.response[:, 1:] - drawn.response[:, :1]
    sure = [
        arm
        for at, arm in enumerate(strata.arms[1:])
        if min((apart[:, at] > 0).mean(), (apart[:, at] < 0).mean()) < _APART
    ]
    if sure:
        said.append(
            f"Not as many answer in {', '.join(map(repr, sure))} as in {strata.arms[0]!r}: their "
            "scores are partly those of other people. Differences weighted to all asked take away "
            "what is known of them, bounds hold what is not."
        )
    if known:
        said.append(
            f"Weights know {', '.join(known)}, and nothing of why people with the same "
            f"{', '.join(known)} answer or do not."
        )
    else:
        said.append(
            "Nothing is known here of those who did not answer: name what is (journey, channel, an "
            "incident) in [subgroups], and answers are weighted to all who were asked."
        )
    if strata.merged:
        share = 100 * strata.merged / strata.invited.sum()
        said.append(
            f"{strata.merged:,} invitations ({share:.1f} %) are of kinds too rare to be heard in "
            "every arm; they are weighted together."
        )
    said.append(_worst(strata))
    return tuple(said)


def _worst(strata: ArmStrata) -> str:
    """Say what the silent could make of the NPS of all asked, in the arm that hears least."""
    invited = strata.invited.sum(axis=1)
    told = strata.told.sum(axis=1)
    silent = invited - told.sum(axis=1)
    at = int(np.argmax(silent / invited))
    net = told[at, 2] - told[at, 0]
    low, high = (100 * (net + sign * silent[at]) / invited[at] for sign in (-1, 1))
    share = 100 * told.sum() / invited.sum()
    return (
        f"{share:.0f} % answer. Were all the silent detractors, or all promoters, the NPS of all "
        f"who were asked would be {low:+.0f} or {high:+.0f} in arm {strata.arms[at]!r}."
    )
