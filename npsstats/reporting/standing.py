"""On which side of a level an interval lies: what every sentence on direction rests on."""

from __future__ import annotations

from enum import StrEnum

from npsstats.reporting.language import shown

__all__ = ["Standing", "standing"]


class Standing(StrEnum):
    """On which side of a level an interval lies, or that it cannot be told."""

    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


def standing(lower: float, upper: float, level: float = 0.0) -> Standing:
    """Return where an interval lies, judged on the numbers as they are printed.

    Examples
    --------
    >>> standing(0.2, 3.0), standing(0.04, 3.0), standing(-9.0, -0.1)
    (<Standing.ABOVE: 'above'>, <Standing.UNKNOWN: 'unknown'>, <Standing.BELOW: 'below'>)
    """
    if shown(lower) > shown(level):
        return Standing.ABOVE
    if shown(upper) < shown(level):
        return Standing.BELOW
    return Standing.UNKNOWN
