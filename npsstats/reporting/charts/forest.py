"""Stores side by side: a row each, or a line each when they are too many to name.

Both charts show the same three things: the shrunken estimate, its interval, and the raw score
as an open mark, so that the eye sees what a few responses are worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from npsstats.reporting.charts.store_marks import MARKS, UNTOLD, colours, legend
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SOFT,
    STRONG,
    canvas,
    number_ticks,
    panel,
    reference,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.reporting.charts.store_marks import Levels
    from npsstats.reporting.style import Look, Picture

__all__ = ["FOOT", "HEAD", "ROW", "caterpillar", "forest", "span"]


ROW = 4.2
"""Height of one store in a forest, in millimetres."""

HEAD, FOOT = 7.0, 12.0
"""Height of what is above and below the rows of a forest, in millimetres."""

_NAME_SIZES = ((7.5, 62.0), (7.0, 62.0), (6.5, 62.0), (6.0, 62.0), (6.0, 78.0))  # points, mm
_COUNTS = 13.0
_GAP = 4.0
_DRAWN_MOST = 2_500  # lines that a page can tell apart are far fewer; keeps the file small


def forest(
    rows: pd.DataFrame,
    reach: tuple[float, float],
    levels: Levels,
    look: Look,
    heading: str | None = None,
) -> Picture:
    """Draw one row per store: its interval, its estimate, its raw score.

    Parameters
    ----------
    rows
        In the order to draw: `store` (text), `n`, `nps` (raw, NaN without responses),
        `estimate`, `lower`, `upper` (points), `expected_rank`, `rank_lower`,
        `rank_upper`, and `standing` (the mark's shape and colour). Of one row no rank is told.
    reach
        Ends of the axis in points, shared by the charts of one report. A raw score outside is
        drawn at the end as an arrow.
    levels
        Levels drawn across the chart.
    look
        Language and colours.
    heading
        What a row is, "Store" unless told.
    """
    language = look.language
    y = np.arange(len(rows))
    height = HEAD + FOOT + ROW * len(rows)
    with canvas(PAGE_WIDTH, height) as figure:
        names, size = _fit([printable(str(name)) for name in rows["store"]], figure)
        counts = [language.whole(n) for n in rows["n"]]
        numbers = [language.number(value) for value in rows["estimate"]]
        bounds = [language.interval(*pair) for pair in _pairs(rows, "lower", "upper")]
        ranks = [
            f"{language.whole(rank)} ({language.ranks(*pair)})"
            for rank, pair in zip(
                rows["expected_rank"], _pairs(rows, "rank_lower", "rank_upper"), strict=True
            )
        ]
        heads = {
            "nps": language.say("NPS"),
            "interval": language.say("Interval"),
            "rank": language.say("Expected rank (bounds)"),
        }
        heading = heading or language.say("Store")
        wide = max(text_width(names, size, figure), text_width([heading], 7, figure))
        left = wide + 3 + _COUNTS
        at_ranks = at_bounds = PAGE_WIDTH
        if len(rows) > 1:
            at_bounds -= text_width([*ranks, heads["rank"]], 7, figure) + _GAP
        at_numbers = at_bounds - text_width([*bounds, heads["interval"]], 7, figure) - _GAP
        right = PAGE_WIDTH - at_numbers + text_width([*numbers, heads["nps"]], 7, figure) + _GAP
        axes = panel(figure, left, FOOT, right, HEAD)
        axes.set_xlim(*reach)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        _rows(axes, rows, reach, look)
        for value, dashed in levels.values():
            reference(axes.axvline, value, dashed=dashed)
        axes.set_yticks([])
        number_ticks(axes.xaxis, language)

        column = _Columns(figure, len(rows))
        column.write(0, "left", heading, names, size)
        column.write(left - 3, "right", language.say("Responses"), counts, 7)
        column.write(at_numbers, "right", heads["nps"], numbers, 7, **STRONG)
        column.write(at_bounds, "right", heads["interval"], bounds, 7)
        if len(rows) > 1:
            column.write(at_ranks, "right", heads["rank"], ranks, 7)
        for row in y[:-1]:
            _hairline(figure, HEAD + ROW * (row + 1), height)
        legend(figure, rows, levels, look)
        return figure


def caterpillar(rows: pd.DataFrame, levels: Levels, look: Look) -> Picture:
    """Draw every store of a large network as one upright line, in order of its estimate.

    Parameters
    ----------
    rows
        As for `forest`; drawn from the lowest estimate to the highest. Beyond 2,500 stores,
        evenly spaced ones are drawn.
    levels
        Levels drawn across the chart.
    look
        Language and colours.
    """
    language = look.language
    rows = rows.sort_values("estimate", kind="stable")
    keep = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _DRAWN_MOST)).round())
    rows = rows.iloc[keep.astype(int)]
    x = np.arange(len(rows))
    low, high = span(rows)
    with canvas(PAGE_WIDTH, 88) as figure:
        axes = panel(figure, 9, 13, 2, 3)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.spines["bottom"].set_visible(False)
        thin = float(np.clip(300 / len(rows), 0.25, 2.0))
        for standing, colour in colours(look).items():
            here = (rows["standing"] == standing).to_numpy()
            ends = rows["lower"][here], rows["upper"][here]
            _strokes(axes, x[here], ends, _pale(colour), thin)
        raw = rows["nps"].to_numpy(float).clip(low - 2, high + 2)
        _strokes(axes, x, (raw - 0.35, raw + 0.35), SOFT, max(0.9, thin))
        axes.plot(x, rows["estimate"], color=INK, linewidth=1.1)
        for value, dashed in levels.values():
            reference(axes.axhline, value, dashed=dashed)
        axes.set_xlim(-1, len(rows))
        axes.set_ylim(low - 3, high + 3)
        axes.set_xticks([])
        number_ticks(axes.yaxis, language)
        legend(figure, rows, levels, look, upright=True)
        return figure


def span(rows: pd.DataFrame) -> tuple[float, float]:
    """Return an axis that holds every interval and nine raw scores out of ten, in points."""
    ends = [rows["lower"].min(), rows["upper"].max()]
    raw = rows["nps"].dropna()
    if len(raw):
        ends += [raw.quantile(0.05), raw.quantile(0.95)]
    return float(min(ends)), float(max(ends))


def _rows(axes: Axes, rows: pd.DataFrame, reach: tuple[float, float], look: Look) -> None:
    """Draw intervals, raw scores and estimates of a forest."""
    y = np.arange(len(rows))
    raw = rows["nps"].to_numpy(float)
    inside = (raw >= reach[0]) & (raw <= reach[1])
    open_mark: dict[str, Any] = {"facecolors": "white", "edgecolors": SOFT, "linewidths": 0.6}
    axes.scatter(raw[inside], y[inside], s=9, zorder=2, **open_mark)
    carets: tuple[tuple[Any, float, Literal[4, 5]], ...] = (
        (raw < reach[0], reach[0], 4),
        (raw > reach[1], reach[1], 5),
    )
    for outside, end, caret in carets:
        at = np.full(int(outside.sum()), end)
        axes.scatter(at, y[outside], s=14, marker=caret, color=SOFT, linewidths=0, clip_on=False)
    for standing, colour in colours(look).items():
        here = (rows["standing"] == standing).to_numpy()
        part = rows[here]
        axes.hlines(y[here], part["lower"], part["upper"], color=colour, linewidth=1.1, zorder=3)
        axes.scatter(
            part["estimate"],
            y[here],
            s=13,
            marker=MARKS[standing],
            color=colour,
            linewidths=0,
            zorder=4,
        )


class _Columns:
    """Writes columns of text beside the rows of a forest, at millimetres from the left."""

    def __init__(self, figure: Figure, rows: int) -> None:
        self.figure = figure
        self.height = HEAD + FOOT + ROW * rows

    def write(
        self, x: float, align: Any, head: str, cells: Sequence[str], size: float, **style: Any
    ) -> None:
        """Write a heading and one text per row."""
        place = {"ha": align, "va": "center_baseline"}
        y = 1 - (HEAD - 3.5) / self.height
        self.figure.text(x / PAGE_WIDTH, y, head, fontsize=7, color=SOFT, **place)
        for row, text in enumerate(cells):
            y = 1 - (HEAD + ROW * (row + 0.5)) / self.height
            self.figure.text(x / PAGE_WIDTH, y, text, fontsize=size, **place, **style)


def _fit(names: list[str], figure: Figure) -> tuple[list[str], float]:
    """Choose a size at which the names fit; cut those that fit at none."""
    for size, room in _NAME_SIZES:
        if text_width(names, size, figure) <= room:
            return names, size
    cut = []
    for name in names:
        text = name
        while text_width([text], size, figure) > room:
            text = text.removesuffix("…")[:-1].rstrip() + "…"
        cut.append(text)
    return cut, size


def _pale(colour: str) -> str:
    """Mix a colour with white: behind the estimates, which are dark."""
    kept = 0.35 if colour == UNTOLD else 0.55
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(kept * c + (1 - kept) * 255):02x}" for c in channels)


def _strokes(axes: Axes, x: Any, ends: tuple[Any, Any], colour: str, width: float) -> None:
    """Draw many upright lines as one path: 2,000 stores stay a small file."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    lower, upper = (np.asarray(end, float) for end in ends)
    held = np.isfinite(lower) & np.isfinite(upper)
    if not held.any():
        return
    lines = np.stack([np.column_stack([x, lower]), np.column_stack([x, upper])], axis=1)[held]
    codes = np.tile([Path.MOVETO, Path.LINETO], len(lines))
    path = Path(lines.reshape(-1, 2), codes)
    strokes = PathPatch(path, edgecolor=colour, linewidth=width, fill=False, capstyle="butt")
    strokes.set_transform(axes.transData)
    axes.add_artist(strokes)  # unlike add_patch, it does not look for limits among 2,000 lines


def _pairs(rows: pd.DataFrame, first: str, second: str) -> list[tuple[float, float]]:
    return list(zip(rows[first].tolist(), rows[second].tolist(), strict=True))


def _hairline(figure: Figure, below: float, height: float) -> None:
    from matplotlib.lines import Line2D

    y = 1 - below / height
    figure.add_artist(Line2D([0, 1], [y, y], color="#ececec", linewidth=0.35, zorder=0))
