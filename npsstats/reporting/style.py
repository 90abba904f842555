"""What every chart of the reports has in common: paper, ink, face, axes.

Charts are vector, restrained, readable in grey, and the same bytes every time. Their letters are
letters, not outlines, so that the page sets them in its own face and a reader can search them.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import matplotlib as mpl
from matplotlib.figure import Figure

from npsstats.checks import InputError
from npsstats.reporting.typeface import FACE, FALLBACK, register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from matplotlib.axes import Axes

    from npsstats.reporting.language import Language

__all__ = [
    "INK",
    "PAGE_WIDTH",
    "PALE",
    "RULE",
    "SMALL",
    "SOFT",
    "STRONG",
    "Look",
    "Picture",
    "canvas",
    "number_ticks",
    "panel",
    "reference",
    "shorten",
    "shorten_middle",
    "text_width",
]

PAGE_WIDTH = 166.0
"""Width of the text on a page, in millimetres."""

INK = "#222222"
SOFT = "#6f6f6f"
RULE = "#d9d9d9"
PALE = "#c9ced6"
STRONG: dict[str, Any] = {"family": FACE, "weight": 600}  # for our words: data may need FALLBACK

_MILLIMETRE = 1 / 25.4
_SIZE = 8.0
SMALL = 7.0
_STYLE: dict[Any, Any] = {
    "font.family": [FACE, FALLBACK],
    "font.size": _SIZE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.parse_math": False,  # a store called $x$ is not a formula
    "svg.fonttype": "none",
    "svg.hashsalt": "npsstats",
    "path.simplify": False,
}


# what a writer would put in by itself: dates, and the version of matplotlib
_UNSAID = {
    "svg": ("Date", "Creator", "Format", "Type"),
    "pdf": ("CreationDate", "Producer"),
    "png": ("Software",),
}


@dataclass(frozen=True)
class Look:
    """What every chart of one report shares: its language and its two colours."""

    language: Language
    primary: str
    secondary: str


class Picture(Figure):
    """A figure of matplotlib that a notebook shows, and that is written the same every time."""

    def settle(self) -> Self:
        """Return the figure with its ticks made: later they would be made in another style."""
        with mpl.rc_context(_STYLE):
            self.draw_without_rendering()
        return self

    def svg(self) -> str:
        """Return SVG text that depends on nothing but what is drawn; its letters stay letters."""
        buffer = io.StringIO()
        nothing: dict[str, Any] = dict.fromkeys(_UNSAID["svg"])
        with mpl.rc_context(_STYLE):
            self.savefig(buffer, format="svg", metadata=nothing, transparent=True)
        return buffer.getvalue()

    def outlined(self) -> str:
        """Return SVG text whose letters are outlines: it needs no font of its reader's machine."""
        buffer = io.StringIO()
        self._save(buffer, "svg")
        return buffer.getvalue()

    def write(self, path: str | PathLike[str]) -> Path:
        """Write a file that needs no font of its reader's machine: .svg, .pdf or .png.

        Raises
        ------
        InputError
            If the name ends otherwise, or the file cannot be written.
        """
        path = Path(path)
        kind = path.suffix.lower().lstrip(".")
        if kind not in _UNSAID:
            raise InputError(f"A picture must end in .svg, .pdf or .png, got {path.name!r}.")
        try:
            self._save(path, kind)
        except OSError as error:
            raise InputError(
                f"{str(path)!r} cannot be written: {error.strerror}. Name another picture."
            ) from None
        return path

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self._save(buffer, "png", dpi=110)
        return buffer.getvalue()

    def _save(self, file: Any, kind: str, dpi: float = 200) -> None:
        nothing: dict[str, Any] = dict.fromkeys(_UNSAID[kind])
        with mpl.rc_context({**_STYLE, "svg.fonttype": "path"}):
            self.savefig(file, format=kind, metadata=nothing, dpi=dpi, facecolor="white")


@contextmanager
def canvas(width: float, height: float) -> Iterator[Picture]:
    """Give an empty figure of `width` × `height` millimetres in the common style."""
    register()
    with mpl.rc_context(_STYLE):
        yield Picture(figsize=(width * _MILLIMETRE, height * _MILLIMETRE))


def panel(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Add axes whose margins are given in millimetres, without a frame."""
    width, height = (side / _MILLIMETRE for side in figure.get_size_inches())
    axes: Axes = figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - bottom - top) / height,
        )
    )
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.tick_params(length=0)
    axes.patch.set_visible(False)
    return axes


def number_ticks(axis: Any, language: Language) -> None:
    """Write the numbers of an axis in the language's way, once its limits are set."""
    from matplotlib.ticker import FuncFormatter

    ticks = [float(tick) for tick in axis.get_ticklocs()]
    decimals = next(
        (k for k in range(3) if all(abs(tick - round(tick, k)) < 1e-9 for tick in ticks)), 3
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: language.number(value, decimals)))


def reference(line: Any, value: float, *, dashed: bool) -> None:
    """Draw a level across a chart: dashed for a target, thin and whole for the network."""
    line(value, color=INK, linewidth=0.7, linestyle=(0, (4, 2)) if dashed else "-", zorder=1)


def text_width(texts: Sequence[str], size: float, figure: Figure) -> float:
    """Return the width of the widest text in millimetres."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    widest = 0.0
    for text in texts:
        drawn = Text(0, 0, text, fontsize=size, figure=figure)
        widest = max(widest, drawn.get_window_extent(renderer).width)
    return widest / figure.dpi * 25.4


def shorten(text: str, most: int) -> str:
    """Cut a label to `most` characters, with an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def shorten_middle(text: str, most: int) -> str:
    """Cut a name to `most` characters in its middle: names of stores often differ at their ends.

    Examples
    --------
    >>> shorten_middle("Shop of the northern ring road, no. 12", 24)
    'Shop of the no…d, no. 12'
    """
    if len(text) <= most:
        return text
    end = 2 * (most - 1) // 5
    return f"{text[: most - 1 - end].rstrip()}…{text[-end:].lstrip()}"
