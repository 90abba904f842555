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


def standing(lower: float, upper: float, level: float = 0.0, decimals: int = 1) -> Standing:
    """Return where an interval lies, judged on the numbers as they are printed.

    Examples
    --------
    >>> standing(0.2, 3.0), standing(0.04, 3.0), standing(-9.0, -0.1)
    (<Standing.ABOVE: 'above'>, <Standing.UNKNOWN: 'unknown'>, <Standing.BELOW: 'below'>)
    >>> standing(0.04, 3.0, decimals=2)
    <Standing.ABOVE: 'above'>
    """
    if shown(lower, decimals) > shown(level, decimals):
        return Standing.ABOVE
    if shown(upper, decimals) < shown(level, decimals):
        return Standing.BELOW
    return Standing.UNKNOWN
