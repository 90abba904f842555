"""Pictures that stand alone: sentences above curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.style import PAGE_WIDTH, SOFT, STRONG, canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from npsstats.reporting.style import Picture

__all__ = ["LINE", "Heading", "draw_picture"]

LINE = 4.2
"""Millimetres that a line of a heading takes."""

type Heading = list[tuple[str, dict[str, Any]]]
"""Lines above a picture, each with its style."""

_LETTER = 3.6  # width of a letter of a heading, in points, on average


def draw_picture(
    curves: float, said: tuple[Sequence[str], int], draw: Callable[[Figure, float], None]
) -> Picture:
    """Return a picture, `PAGE_WIDTH` millimetres wide.

    Parameters
    ----------
    curves
        Millimetres that the curves and their axes take.
    said
        The sentences above them, and how many of them are said in bold.
    draw
        Draws the curves on a figure, below so many millimetres of heading.
    """
    heading = _heading(*said)
    with canvas(PAGE_WIDTH, curves + LINE * len(heading)) as figure:
        _compose(figure, heading, draw)
    return figure


def _heading(said: Sequence[str], bold: int) -> Heading:
    """Return the lines above the picture, what was asked first and in bold, with their styles."""
    from textwrap import wrap

    most = int(PAGE_WIDTH / 25.4 * 72 / _LETTER)
    lines: Heading = []
    for part, style in ((said[:bold], STRONG), (said[bold:], {"color": SOFT})):
        lines += [(line, style) for line in wrap(" ".join(part), most, break_on_hyphens=False)]
    return lines


def _compose(figure: Figure, heading: Heading, draw: Callable[[Figure, float], None]) -> None:
    height = figure.get_size_inches()[1] * 25.4
    draw(figure, LINE * len(heading))
    for place, (line, look_of) in enumerate(heading):
        figure.text(0, 1 - (1 + LINE * place) / height, line, va="top", fontsize=8, **look_of)
