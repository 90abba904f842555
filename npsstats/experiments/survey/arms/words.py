"""What to doubt of the arms of a survey experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.survey.arms.posterior import ArmDraws
    from npsstats.experiments.survey.arms.strata import ArmStrata

__all__ = ["doubts_of"]

_APART = 0.025


def doubts_of(strata: ArmStrata, drawn: ArmDraws, known: Sequence[str]) -> tuple[Said, ...]:
    """Return sentences, most serious first."""
    lines = []
    apart = drawn.response[:, 1:] - drawn.response[:, :1]
    sure = [
        arm
        for at, arm in enumerate(strata.arms[1:])
        if min((apart[:, at] > 0).mean(), (apart[:, at] < 0).mean()) < _APART
    ]
    if sure:
        lines.append(
            said(
                "Not as many answer in {arms} as in {control!r}: their scores are partly those of "
                "other people. Differences weighted to all asked take away what is known of them, "
                "bounds hold what is not.",
                arms=[said("{arm!r}", arm=arm) for arm in sure],
                control=strata.arms[0],
            )
        )
    if known:
        lines.append(
            said(
                "Weights know {known}, and nothing of why people with the same {known} answer or "
                "do not.",
                known=list(known),
            )
        )
    else:
        lines.append(
            said(
                "Nothing is known here of those who did not answer: name what is (journey, "
                "channel, an incident) in [subgroups], and answers are weighted to all who were "
                "asked."
            )
        )
    if strata.merged:
        share = 100 * strata.merged / strata.invited.sum()
        lines.append(
            said(
                "{n:,} invitations ({share:.1f}%) are of kinds too rare to be heard in every "
                "arm; they are weighted together.",
                n=strata.merged,
                share=share,
            )
        )
    lines.append(_worst(strata))
    return tuple(lines)


def _worst(strata: ArmStrata) -> Said:
    """Say what the silent could make of the NPS of all asked, in the arm that hears least."""
    invited = strata.invited.sum(axis=1)
    told = strata.told.sum(axis=1)
    silent = invited - told.sum(axis=1)
    at = int(np.argmax(silent / invited))
    net = told[at, 2] - told[at, 0]
    low, high = (100 * (net + sign * silent[at]) / invited[at] for sign in (-1, 1))
    share = 100 * told.sum() / invited.sum()
    return said(
        "{share:.0f}% answer. Were all the silent detractors, or all promoters, the NPS of all "
        "who were asked would be {low:+.0f} or {high:+.0f} in arm {arm!r}.",
        share=share,
        low=low,
        high=high,
        arm=strata.arms[at],
    )
