"""How many must be treated for one more event: the reciprocal of a difference, with its limits.

Reference
---------
Altman, D. G. (1998). Confidence intervals for the number needed to treat. BMJ 317, 1309–1312
(where the difference may be 0 the interval is two half-lines that meet at infinity).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from npsstats.said import Said, said

__all__ = ["Needed", "needed"]


class Needed(NamedTuple):
    """Number needed with its limits, and the words for what they cannot say (None if they can)."""

    estimate: float
    lower: float
    upper: float
    words: Said | None


def needed(difference: float, lower: float, upper: float, *, arm: str, better: str) -> Needed:
    """Return 1/difference and its limits.

    Parameters
    ----------
    difference, lower, upper
        Treatment − control, in shares.
    arm
        The treatment's name, for the words.
    better
        "higher" where an event is to be sought, "lower" where it is to be avoided: the number is
        positive where the treatment does good.
    """
    if better == "lower":
        difference, lower, upper = -difference, -upper, -lower
    number = 1 / difference if difference != 0 else np.inf
    if lower > 0 or upper < 0:
        return Needed(number, 1 / upper, 1 / lower, None)
    good, bad = (
        (said("gained"), said("lost")) if better == "higher" else (said("avoided"), said("caused"))
    )
    halves = []
    if upper > 0:
        halves.append(
            said("from {number} treated for one event {good}", number=_round(1 / upper), good=good)
        )
    if lower < 0:
        halves.append(
            said("from {number} treated for one event {bad}", number=_round(-1 / lower), bad=bad)
        )
    words = (
        said(
            "Arm {arm!r} may have no effect, so the number needed has no single "
            "interval: it lies {halves} up to infinity.",
            arm=arm,
            halves=halves[0]
            if len(halves) == 1
            else said("{first} up to infinity, or {second}", first=halves[0], second=halves[1]),
        )
        if halves
        else said("Arm {arm!r}: no number needed, every difference is 0.", arm=arm)
    )
    return Needed(number, np.nan, np.nan, words)


def _round(number: float) -> str:
    return f"{number:,.1f}" if number < 10 else f"{number:,.0f}"
