"""The fan of a forecast: the past with its sampling errors, and the bands of what is to come.

They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.network_figures import period_labels
from npsstats.reporting.charts.picture import draw_picture
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    number_ticks,
    panel,
    reference,
    shorten_middle,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["SHOWN", "Fan", "fan", "fans", "overhang", "period_ticks"]

SHOWN = 36
"""Past periods drawn at most."""

_ALONE, _EACH, _LEGEND = 72.0, 46.0, 6.0  # millimetres
_LONGEST = 46  # letters of a name above a fan
_TICKS, _LONG_TICKS = 14, 9  # labels of months are short, the year being said once
_BANDS = ((95, 0.16), (80, 0.2), (50, 0.28))
_USUAL = 2.0  # of the median bar: how much of any bar is sure to be seen


@dataclass(frozen=True)
class Fan:
    """One series.

    Attributes
    ----------
    name
        Above its fan; none where it stands alone.
    history, ahead
        As for `fan`.
    """

    name: str
    history: pd.DataFrame
    ahead: pd.DataFrame | None

    @property
    def past(self) -> pd.DataFrame:
        """The past periods that are drawn."""
        return self.history.tail(SHOWN).reset_index(drop=True)

    @property
    def labels(self) -> list[str]:
        """The labels of all periods drawn."""
        ahead = [] if self.ahead is None else list(self.ahead["period"])
        return [*self.past["period"], *ahead]


def fan(
    history: pd.DataFrame,
    ahead: pd.DataFrame | None,
    look: Look,
    *,
    target: float | None = None,
    changes: pd.DataFrame | None = None,
) -> Picture:
    """Draw the past with its sampling errors, and the bands of what is to come.

    Parameters
    ----------
    history
        `period, nps, lower, upper`; NaN where nothing was answered.
    ahead
        `period, estimate, lower_50 … upper_95, shown_lower, shown_upper`; None for the past alone.
    look
        Language and colours.
    target
        A level to draw, in points.
    changes
        `first, last` of changes of level, which are shaded.
    """
    return fans([Fan("", history, ahead)], look, target=target, changes=changes)


def fans(
    shown: Sequence[Fan],
    look: Look,
    *,
    target: float | None = None,
    changes: pd.DataFrame | None = None,
    note: str = "",
) -> Picture:
    """Draw one fan, or several of the same periods on one scale, two in a row.

    Parameters
    ----------
    shown
        What to draw.
    look, target, changes
        As for `fan`.
    note
        A sentence above them.
    """
    rows = -(-len(shown) // 2)
    height = _ALONE if len(shown) == 1 else _LEGEND + _EACH * rows

    def draw(figure: Figure, above: float) -> None:
        reach = _reach(shown, target)
        for place, one in enumerate(shown):
            axes = _place(figure, place, rows, above, one, target, look)
            _draw(axes, one, look, target=target, changes=changes, reach=reach)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        top = 1 - above / (25.4 * figure.get_size_inches()[1])
        figure.legend(handles, labels, loc="upper right", ncols=6, frameon=False, fontsize=SMALL,
                      borderaxespad=0, bbox_to_anchor=(1, top), handlelength=1.2,
                      columnspacing=1.2, handletextpad=0.5)  # fmt: skip

    return draw_picture(height, ([note] if note else [], 0), draw)


def _place(
    figure: Figure, place: int, rows: int, above: float, one: Fan, target: float | None, look: Look
) -> Axes:
    """Return the axes of one fan, with its name above them."""
    words = look.language
    named = "" if target is None else words.say("target")
    right = text_width([named], SMALL, figure) + 1.5 if named else 2.0
    right = max(right, overhang(one.labels, figure, words))
    if rows == 1 and not one.name:
        return panel(figure, 9, 9, right, above + 10)
    row, column = divmod(place, 2)
    half = PAGE_WIDTH / 2
    axes = panel(
        figure,
        9 + column * half,
        9 + _EACH * (rows - 1 - row),
        right + (1 - column) * half,
        above + _LEGEND + _EACH * row + 5,
    )
    name = shorten_middle(printable(one.name), _LONGEST)
    axes.set_title(name, loc="left", fontsize=SMALL, color=INK, pad=4)
    return axes


def _draw(
    axes: Axes,
    one: Fan,
    look: Look,
    *,
    target: float | None,
    changes: pd.DataFrame | None,
    reach: tuple[float, float],
) -> None:
    from matplotlib.ticker import MaxNLocator

    words, past, ahead, labels = look.language, one.past, one.ahead, one.labels
    x = np.arange(len(past))
    axes.grid(axis="y", color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlim(-0.7, len(labels) - 0.3)
    if target is not None:
        reference(axes.axhline, target, dashed=True)
    _shade(axes, changes, labels, words.say("change of level"))
    axes.vlines(x, past["lower"], past["upper"], color=look.primary, linewidth=0.9, alpha=0.45)
    axes.plot(x, past["nps"], "o", color=look.primary, markersize=3 if not one.name else 2.2,
              label=words.say("shown, with its sampling error"))  # fmt: skip
    if ahead is not None:
        _bands(axes, ahead, len(past), look)
    axes.set_ylim(*reach)
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=True))
    number_ticks(axes.yaxis, words)
    period_ticks(axes, labels, words, share=0.45 if one.name else 1.0)
    if target is not None:
        # beside the plot, where no error bar stands
        axes.annotate(words.say("target"), (1, target), (3, 0), va="center",
                      xycoords=("axes fraction", "data"), textcoords="offset points",
                      fontsize=SMALL, color=INK)  # fmt: skip


def _reach(shown: Sequence[Fan], target: float | None) -> tuple[float, float]:
    """Return limits that hold all fans, so that they can be compared."""
    every = [_limits(one.past, one.ahead, target) for one in shown]
    return min(low for low, _ in every), max(high for _, high in every)


def _bands(axes: Any, ahead: pd.DataFrame, start: int, look: Look) -> None:
    words = look.language
    x = start + np.arange(len(ahead))
    axes.axvline(start - 0.5, color=SOFT, linewidth=0.5)
    if len(x) == 1:  # a band needs some width
        x = np.array([start - 0.25, start + 0.25])
        ahead = ahead.iloc[[0, 0]]
    for band, alpha in _BANDS:
        axes.fill_between(x, ahead[f"lower_{band}"], ahead[f"upper_{band}"], color=look.primary,
                          alpha=alpha, linewidth=0,
                          label=words.percent(band / 100))  # fmt: skip
    axes.plot(x, ahead["estimate"], color=look.primary, linewidth=1.2,
              label=words.say("expected"))  # fmt: skip
    if ahead["shown_lower"].notna().any():
        said = words.say("what the answers will show")
        for name, label in (("shown_lower", said), ("shown_upper", None)):
            axes.plot(x, ahead[name], color=look.secondary, linewidth=0.9,
                      linestyle=(0, (1.2, 1.6)), label=label)  # fmt: skip


def _shade(axes: Any, changes: pd.DataFrame | None, labels: list[str], said: str) -> None:
    if changes is None:
        return
    for row in records(changes):
        if row.first in labels and row.last in labels:
            first, last = labels.index(row.first), labels.index(row.last)
            axes.axvspan(first - 0.5, last + 0.5, color="#efe9df", linewidth=0, zorder=0)
            axes.annotate(said, (first - 0.5, 0), (3, 3), xycoords=("data", "axes fraction"),
                          textcoords="offset points", fontsize=SMALL, color=SOFT,
                          clip_on=True)  # fmt: skip


def _limits(
    past: pd.DataFrame, ahead: pd.DataFrame | None, target: float | None
) -> tuple[float, float]:
    """Return limits that hold scores, bands and target, and the bars as far as they matter."""
    held = [*past["nps"].dropna()]
    # the bar of a month of three answers must not flatten all the others
    usual = _USUAL * float((past["upper"] - past["lower"]).median()) / 2
    middle, lower, upper = (past[name].to_numpy(float) for name in ("nps", "lower", "upper"))
    ends = np.append(np.maximum(lower, middle - usual), np.minimum(upper, middle + usual))
    held += ends[np.isfinite(ends)].tolist()
    if ahead is not None:
        held += [*ahead["lower_95"], *ahead["upper_95"]]
        held += [*ahead["shown_lower"].dropna(), *ahead["shown_upper"].dropna()]
    if target is not None:
        held.append(target)
    low, high = min(held, default=-1.0), max(held, default=1.0)
    room = max(0.06 * (high - low), 0.5)
    return max(low - room, -103.0), min(high + room, 103.0)


def overhang(labels: list[str], figure: Any, words: Language) -> float:
    """Return the millimetres that half the last label takes beyond the last period's room."""
    last = period_labels(labels[-1:], words)[0].split("\n")
    room = 0.7 * (PAGE_WIDTH - 20) / (len(labels) + 0.4)
    return text_width(last, SMALL, figure) / 2 - room + 0.5


def period_ticks(axes: Any, labels: list[str], words: Language, *, share: float = 1.0) -> None:
    """Name some periods, the last always; `share` is what the axes take of the page's width."""
    most = _TICKS if len(labels[0]) == len("2025-03") and "Q" not in labels[0] else _LONG_TICKS
    most = max(int(share * most), 3)
    marks = np.arange(len(labels))[::-1][:: -(-len(labels) // most)][::-1]
    axes.set_xticks(marks, period_labels([labels[place] for place in marks], words))
