"""The marks that charts of stores share: a colour and a shape for each standing, and a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.style import INK, PAGE_WIDTH, SOFT, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from npsstats.reporting.style import Look

__all__ = ["MARKS", "UNTOLD", "Levels", "colours", "legend"]

Levels = dict[str, tuple[float, bool]]
"""Levels drawn across a chart: name → (points, dashed)."""

UNTOLD = "#8a919c"
MARKS = {"above": "^", "below": "v", "unknown": "o"}
_LEGEND_MARK = 11.0  # a mark of the legend with the space around it


def colours(look: Look) -> dict[str, str]:
    """Return the colour of each standing: the two of the brand, and grey."""
    return {"unknown": UNTOLD, "above": look.primary, "below": look.secondary}


def legend(
    figure: Figure,
    rows: pd.DataFrame,
    levels: Levels,
    look: Look,
    *,
    upright: bool = False,
) -> None:
    """Say what the marks are, and only those that are there."""
    from matplotlib.lines import Line2D

    say, colour = look.language.say, colours(look)
    words = {
        "above": say("surely above"),
        "below": say("surely below"),
        "unknown": say("cannot tell"),
    }
    handles: list[Line2D] = []
    for standing in ("above", "unknown", "below"):
        if (rows["standing"] == standing).any():
            mark = "|" if upright else MARKS[standing]
            style: dict[str, Any] = {
                "color": colour[standing],
                "markersize": 7 if upright else 4.5,
            }
            width = 0 if upright else 1.1
            handles.append(
                Line2D([], [], marker=mark, linewidth=width, label=words[standing], **style)
            )
    if upright:
        handles.append(Line2D([], [], color=INK, linewidth=1.1, label=say("estimate")))
        raw = Line2D([], [], marker="_", color=SOFT, linewidth=0, markersize=3)
    else:
        raw = Line2D([], [], marker="o", color=SOFT, markerfacecolor="white", linewidth=0)
        raw.set_markersize(3)
    raw.set_label(say("raw score"))
    handles.append(raw)
    for name, (_, dashed) in levels.items():
        dashes: dict[str, Any] = {"linestyle": (0, (4, 2))} if dashed else {}
        handles.append(Line2D([], [], color=INK, linewidth=0.7, label=name, **dashes))
    words_wide = sum(text_width([str(handle.get_label())], 7, figure) for handle in handles)
    one_line = words_wide + _LEGEND_MARK * len(handles) <= PAGE_WIDTH
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles) if one_line else -(-len(handles) // 2),
        frameon=False,
        fontsize=7,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.6,
        columnspacing=1.6,
        labelcolor=INK,
    )
