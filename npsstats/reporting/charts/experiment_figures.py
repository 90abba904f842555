"""Who gains and whom to call first, in pictures: subgroups, and the cells of a rule.

Both charts show a raw and a shrunken reading, or an expected gain, a row a group, with what it
rests on beside. They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats.experiments.heterogeneity.reading import ALONE
from npsstats.reporting.charts.experiment_scales import decimals, in_points, value_ticks
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SOFT,
    STRONG,
    canvas,
    panel,
    reference,
    shorten,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.experiments.heterogeneity import Subgroups
    from npsstats.experiments.targeting import Policy
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["call_order", "subgroup_forest"]

_ROW, _HEAD, _FOOT = 4.6, 7.0, 13.0  # millimetres
_GAP, _INDENT = 4.0, 3.0
_MOST_OF_KEY = 12  # subgroups of a key that are drawn one by one …
_ENDS = 5  # … beyond them, as many at either end
_MOST_CELLS = 20
_SURE = 0.975
_LONGEST = 42


class _Row(NamedTuple):
    """A line of a chart: its texts by column, the place of its numbers, if any, how it stands."""

    name: str
    texts: tuple[str, ...] = ()
    at: int | None = None
    strong: bool = False
    indent: float = 0.0


def subgroup_forest(result: Subgroups, look: Look) -> Picture:
    """Draw the effect in every subgroup: raw as an open mark, shrunken as a full one.

    Parameters
    ----------
    result
        What `npsstats.subgroups` returned; each key is read alone. Of a key with more than a
        dozen subgroups those at either end are drawn.
    look
        Language and colours.
    """
    words = look.language
    share = result.overall.unit == "share"
    frame = result.frame[result.frame["reading"] == ALONE].reset_index(drop=True)
    numbers = in_points(frame, share)
    overall = (100 if share else 1) * np.array(
        [result.overall.estimate, result.overall.lower, result.overall.upper]
    )
    digits = decimals(np.append(numbers["estimate"], overall[0]))

    def told(row: Any) -> tuple[str, ...]:
        bounds = _ends(row.lower, row.upper, digits, words)
        return (
            words.number(row.estimate, digits, signed=True),
            bounds,
            words.probability(row.p_more),
        )

    everyone = (
        words.number(overall[0], digits, signed=True),
        _ends(overall[1], overall[2], digits, words),
        "",
    )
    total = result.overall.n_control + result.overall.n_treatment
    rows = [_Row(words.say("Everyone"), (words.whole(total), *everyone), -1, strong=True)]
    for key, part in numbers.groupby("key", sort=False):
        rows.append(_Row(printable(str(key)), strong=True))
        for group in _drawn(part, words):
            if isinstance(group, str):
                rows.append(_Row(group, indent=_INDENT))
                continue
            row: Any = numbers.loc[group]
            n = words.whole(row.n_control + row.n_treatment)
            name = shorten(printable(str(row.subgroup)), _LONGEST)
            rows.append(_Row(name, (n, *told(row)), group, indent=_INDENT))
    heads = (
        words.say("Subgroup"),
        words.say("Customers"),
        words.say("Effect"),
        words.say("Interval"),
        words.say("Gains more?"),
    )
    height = _HEAD + _FOOT + _ROW * len(rows)
    with canvas(PAGE_WIDTH, height) as figure:
        axes = _columns(figure, rows, heads)
        places = {row.at: y for y, row in enumerate(rows) if row.at is not None}
        shown = [at for at in places if at != -1]
        _forest(axes, numbers.loc[shown], [places[at] for at in shown], look)
        axes.hlines(places[-1], overall[1], overall[2], color=INK, linewidth=1.4)
        axes.scatter(overall[0], places[-1], s=22, marker="D", color=INK, linewidths=0, zorder=4)
        axes.axvline(0, color=SOFT, linewidth=0.6, zorder=0)
        reference(axes.axvline, float(overall[0]), dashed=True)
        value_ticks(axes.xaxis, words)
        unit = words.say("Effect, in percentage points") if share else words.say("Effect")
        axes.set_xlabel(unit, fontsize=7, color=SOFT, labelpad=2)
        _forest_legend(figure, look)
        return figure


def call_order(policy: Policy, look: Look) -> Picture:
    """Draw what a call is expected to bring in each cell, whom to call first on top.

    Parameters
    ----------
    policy
        What `npsstats.whom_to_call` returned; at most twenty cells are drawn.
    look
        Language and colours.
    """
    words = look.language
    cells = policy.cells.head(_MOST_CELLS)
    digits = decimals(cells["expected"].to_numpy(float))
    rows = []
    table: Any = cells.itertuples()
    for at, row in enumerate(table):
        name = " · ".join(printable(str(cells[key].iloc[at])) for key in policy.keys)
        texts = (
            words.percent(row.share),
            words.number(row.expected, digits, signed=True),
            _ends(row.expected_lower, row.expected_upper, digits, words),
            words.percent(row.called),
        )
        rows.append(_Row(shorten(name, _LONGEST), texts, at, strong=row.called > 0))
    if left := len(policy.cells) - len(cells):
        rows.append(_Row(words.say_many("{n} more group", "{n} more groups", left)))
    heads = (
        words.say("Whom to call first"),
        words.say("Share"),
        words.say("Gain per call"),
        words.say("Interval"),
        words.say("Called"),
    )
    height = _HEAD + _FOOT - 4 + _ROW * len(rows)
    with canvas(PAGE_WIDTH, height) as figure:
        axes = _columns(figure, rows, heads, foot=_FOOT - 4)
        y = np.arange(len(cells))
        some = cells["called"].to_numpy(float) > 0
        for here, colour in ((some, look.primary), (~some, SOFT)):
            part = cells[here]
            ends = part["expected_lower"], part["expected_upper"]
            axes.hlines(y[here], *ends, color=colour, linewidth=1.3)
            face = colour if colour != SOFT else "white"
            axes.scatter(
                part["expected"], y[here], s=20, facecolors=face, edgecolors=colour, zorder=4
            )
        axes.axvline(0, color=SOFT, linewidth=0.6, zorder=0)
        value_ticks(axes.xaxis, words)
        label = words.say("Expected gain of a call, its cost taken off")
        axes.set_xlabel(label, fontsize=7, color=SOFT, labelpad=2)
        return figure


def _ends(lower: float, upper: float, digits: int, words: Language) -> str:
    """Write two bounds with as many decimals as the estimates have."""
    text = words.say(
        "{lower} to {upper}", lower=words.number(lower, digits), upper=words.number(upper, digits)
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _drawn(part: pd.DataFrame, words: Language) -> list[Any]:
    """Return which rows of a key to draw, and what is said of those left out."""
    if len(part) <= _MOST_OF_KEY:
        return list(part.index)
    order = part["estimate"].sort_values(ascending=False, kind="stable").index
    left = len(part) - 2 * _ENDS
    said = words.say_many("… {n} more between", "… {n} more between them", left)
    return [*order[:_ENDS], said, *order[-_ENDS:]]


def _forest(axes: Axes, rows: pd.DataFrame, y: Sequence[int], look: Look) -> None:
    places = np.asarray(y)
    more = rows["p_more"].to_numpy(float)
    marks = (
        (more >= _SURE, look.primary, "^"),
        (more <= 1 - _SURE, look.secondary, "v"),
        ((more < _SURE) & (more > 1 - _SURE), look.primary, "o"),
    )
    low, high = rows["lower"].min(), rows["upper"].max()
    room = 0.35 * max(high - low, 1e-9)
    raw = rows["raw"].to_numpy(float).clip(low - room, high + room)
    axes.scatter(raw, places, s=15, facecolors="white", edgecolors=SOFT, linewidths=0.7, zorder=2)
    for here, colour, mark in marks:
        part = rows[here]
        axes.hlines(
            places[here], part["lower"], part["upper"], color=colour, linewidth=1.3, zorder=3
        )
        axes.scatter(
            part["estimate"], places[here], s=18, marker=mark, color=colour, linewidths=0, zorder=4
        )


def _forest_legend(figure: Figure, look: Look) -> None:
    from matplotlib.lines import Line2D

    say = look.language.say
    bare: dict[str, Any] = {"linewidth": 0, "markersize": 4}
    handles = [
        Line2D([], [], marker="o", color=look.primary, label=say("drawn to the average"), **bare),
        Line2D([], [], marker="^", color=look.primary, label=say("surely gains more"), **bare),
        Line2D([], [], marker="v", color=look.secondary, label=say("surely gains less"), **bare),
        Line2D(
            [], [], marker="o", color=SOFT, markerfacecolor="white", label=say("as seen"), **bare
        ),
        Line2D([], [], color=INK, linewidth=0.7, linestyle=(0, (4, 2)), label=say("everyone")),
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=7,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.4,
        columnspacing=1.6,
        labelcolor=INK,
    )


def _columns(
    figure: Figure, rows: Sequence[_Row], heads: Sequence[str], *, foot: float = _FOOT
) -> Axes:
    """Write the texts, first column left, the second right of it, the rest right of the axes."""
    height = _HEAD + foot + _ROW * len(rows)
    names = [row.name for row in rows] + [heads[0]]
    cells = [
        [row.texts[place] for row in rows if row.texts] + [heads[place + 1]]
        for place in range(len(heads) - 1)
    ]
    wide = [text_width(column, 7.5, figure) for column in cells]
    indent = max(row.indent for row in rows)
    left = text_width(names, 7.5, figure) + indent + _GAP + wide[0]
    ends = [left]
    right = PAGE_WIDTH
    for width in wide[:0:-1]:
        ends.insert(1, right)
        right -= width + _GAP
    axes = panel(figure, left + _GAP, foot, PAGE_WIDTH - right, _HEAD)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])

    def write(x: float, y: float, text: str, align: Any, **style: Any) -> None:
        place = x / PAGE_WIDTH, 1 - y / height
        figure.text(*place, text, ha=align, va="center_baseline", **{"fontsize": 7.5} | style)

    write(0, _HEAD - 3.5, heads[0], "left", color=SOFT, fontsize=7)
    for end, head in zip(ends, heads[1:], strict=True):
        write(end, _HEAD - 3.5, head, "right", color=SOFT, fontsize=7)
    for place, row in enumerate(rows):
        y = _HEAD + _ROW * (place + 0.5)
        style = STRONG if row.strong else {}
        # names are data and may need the fallback face, which has no such weight
        write(row.indent, y, row.name, "left", color=INK if row.texts else SOFT)
        for column, (end, text) in enumerate(zip(ends, row.texts, strict=False)):
            write(end, y, text, "right", **(style if column == 1 else {}))
        if place:
            line = 1 - (_HEAD + _ROW * place) / height
            _hairline(figure, line)
    return axes


def _hairline(figure: Figure, y: float) -> None:
    from matplotlib.lines import Line2D

    figure.add_artist(Line2D([0, 1], [y, y], color=RULE, linewidth=0.3, zorder=0))
