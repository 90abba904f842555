"""Something followed over time or looks, with a limit that it may cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    canvas,
    number_ticks,
    panel,
    reference,
    shorten,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.reporting.style import Look, Picture

__all__ = ["course"]

_HEIGHT, _SIDE, _FOOT, _HEAD = 62.0, 13.0, 9.0, 8.0
_TICKS = 8
_STYLES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))


def course(
    labels: Sequence[str],
    lines: Mapping[str, NDArray[np.float64]],
    look: Look,
    *,
    title: str,
    limit: float | None = None,
    limit_said: str = "",
) -> Picture:
    """Draw lines over labelled places.

    Parameters
    ----------
    labels
        What stands under the places; as many as fit are written, first and last among them.
    lines
        Name of a line → its values, shape (places,).
    look
        Language and colours.
    title
        What is drawn.
    limit, limit_said
        A level across, and its name.
    """
    words = look.language
    names = [shorten(printable(name), 24) for name in lines]
    colours = [look.primary, look.secondary, INK, SOFT]
    with canvas(PAGE_WIDTH, _HEIGHT) as figure:
        right = max(text_width([*names, limit_said], 7.5, figure) + 4, 8)
        axes = panel(figure, _SIDE, _FOOT, right, _HEAD)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        x = np.arange(len(labels))
        for place, (name, values) in enumerate(zip(names, lines.values(), strict=True)):
            colour = colours[place % len(colours)]
            axes.plot(x, values, color=colour, linewidth=1.6, linestyle=_STYLES[place % 4],
                      marker="o" if len(labels) < 16 else "", markersize=3.5)  # fmt: skip
            last = values[np.isfinite(values)]
            if last.size:
                axes.annotate(
                    name, (1, last[-1]), (4, 0), xycoords=("axes fraction", "data"),
                    textcoords="offset points", va="center", fontsize=7.5, color=colour,
                )  # fmt: skip
        if limit is not None:
            reference(axes.axhline, limit, dashed=True)
            axes.annotate(
                limit_said, (1, limit), (4, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", fontsize=7.5, color=INK,
            )  # fmt: skip
        axes.margins(y=0.1)
        axes.set_xlim(-0.3, max(len(labels) - 0.7, 0.3))
        step = -(-len(labels) // _TICKS)
        ticks = [
            place for place in range(0, len(labels), step) if len(labels) - 1 - place >= step / 2
        ]
        ticks = sorted({*ticks, len(labels) - 1} if labels else ticks)
        axes.set_xticks(ticks, [shorten(printable(labels[place]), 14) for place in ticks])
        number_ticks(axes.yaxis, words)
        axes.set_title(
            title,
            x=-_SIDE / (PAGE_WIDTH - _SIDE - right),
            loc="left",
            fontsize=SMALL,
            color=SOFT,
            pad=4,
        )
        return figure
