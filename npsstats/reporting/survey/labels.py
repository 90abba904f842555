"""Names of arms that fit into a picture, and stay apart there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.style import text_width
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

__all__ = ["SHAPES", "fitted", "labels_of"]

SHAPES = "osD^vP"
"""Marks of the arms, in the plan's order."""

_ONE, _TWO = (7.5, 3.7), (6.5, 6.2)  # points, and millimetres that a name takes


def fitted(text: str, room: float, size: float, figure: Figure) -> str:
    """Return a text cut to so many millimetres, with an ellipsis where something is missing."""
    text = printable(text)
    if text_width([text], size, figure) <= room:
        return text
    # wider texts have more letters, so the longest that fits is found by halving
    fits, over = 0, len(text)
    while over - fits > 1:
        middle = (fits + over) // 2
        wide = text_width([text[:middle].rstrip() + "…"], size, figure)
        fits, over = (middle, over) if wide <= room else (fits, middle)
    return text[:fits].rstrip() + "…"


def labels_of(names: Sequence[str], room: float, figure: Figure) -> tuple[list[str], float, float]:
    """Return names cut to so many millimetres, their size in points and the height of each.

    They take one line; where that would make two of them the same, two lines.
    """
    size, height = _ONE
    found = [fitted(name, room, size, figure) for name in names]
    if len(set(found)) == len(set(names)):
        return found, size, height
    size, height = _TWO
    return [_wrapped(name, room, size, figure) for name in names], size, height


def _wrapped(text: str, room: float, size: float, figure: Figure) -> str:
    """Return a text on two lines, the second cut where it does not fit."""
    parts = printable(text).split(" ")
    first = 1
    while first < len(parts) and text_width([" ".join(parts[: first + 1])], size, figure) <= room:
        first += 1
    lines = [" ".join(parts[:first]), " ".join(parts[first:])]
    return "\n".join(fitted(line, room, size, figure) for line in lines if line)
