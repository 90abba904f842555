"""How many must be treated for one more event: the reciprocal of a difference, with its limits.

Reference
---------
Altman, D. G. (1998). Confidence intervals for the number needed to treat. BMJ 317, 1309–1312
(where the difference may be 0 the interval is two half-lines that meet at infinity).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Needed", "needed"]


class Needed(NamedTuple):
    """Number needed with its limits, and the words for what they cannot say ("" if they can)."""

    estimate: float
    lower: float
    upper: float
    words: str


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
        return Needed(number, 1 / upper, 1 / lower, "")
    good, bad = ("gained", "lost") if better == "higher" else ("avoided", "caused")
    halves = []
    if upper > 0:
        halves.append(f"from {_round(1 / upper)} treated for one event {good}")
    if lower < 0:
        halves.append(f"from {_round(-1 / lower)} treated for one event {bad}")
    words = (
        f"Arm {arm!r} may have no effect, so the number needed has no single interval: it lies "
        f"{' up to infinity, or '.join(halves)} up to infinity."
        if halves
        else f"Arm {arm!r}: no number needed, every difference is 0."
    )
    return Needed(number, np.nan, np.nan, words)


def _round(number: float) -> str:
    return f"{number:,.1f}" if number < 10 else f"{number:,.0f}"
