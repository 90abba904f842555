"""Pictures that stand alone: sentences above curves, as a file that anyone can open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.reporting.language import language
from npsstats.reporting.style import PAGE_WIDTH, SOFT, STRONG, Look, canvas, vector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = ["LINE", "Heading", "draw_picture", "write_picture"]

LINE = 4.2
"""Millimetres that a line of a heading takes."""

type Heading = list[tuple[str, dict[str, Any]]]
"""Lines above a picture, each with its style."""

_LETTER = 3.6  # width of a letter of a heading, in points, on average
_FORMATS = {".svg": "svg", ".pdf": "pdf", ".png": "png"}
_PRIMARY, _SECONDARY = "#1f3a5f", "#a3532b"


def draw_picture(
    curves: float, said: tuple[Sequence[str], int], draw: Callable[[Figure, float], None]
) -> str:
    """Return a picture as SVG, `PAGE_WIDTH` millimetres wide.

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
        return vector(figure)


def write_picture(
    path: str | Path,
    lang: str,
    curves: float,
    said: Callable[[Look], tuple[Sequence[str], int]],
    draw: Callable[[Figure, float, Look], None],
) -> Path:
    """Write a picture as a file that needs no font of its reader's machine.

    Parameters
    ----------
    path
        A name ending in .svg, .pdf or .png.
    lang
        "en" or "fr".
    curves, said, draw
        As of `draw_picture`, in the look that the language makes.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the name ends otherwise, the file cannot be written, or there is no such language.
    """
    import matplotlib as mpl

    path = Path(path)
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"A picture must end in .svg, .pdf or .png, got {path.name!r}.")
    look = Look(language(lang), _PRIMARY, _SECONDARY)
    dated = {"svg": ("Date", "Creator"), "pdf": ("CreationDate", "Producer"), "png": ("Software",)}
    nothing: dict[str, Any] = dict.fromkeys(dated[kind])
    heading = _heading(*said(look))
    size = PAGE_WIDTH, curves + LINE * len(heading)
    with canvas(*size) as figure, mpl.rc_context({"svg.fonttype": "path"}):
        _compose(figure, heading, lambda drawn, above: draw(drawn, above, look))
        try:
            figure.savefig(path, format=kind, metadata=nothing, dpi=200, facecolor="white")
        except OSError as error:
            raise InputError(
                f"{str(path)!r} cannot be written: {error.strerror}. Name another picture."
            ) from None
    return path


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
