"""Charts of the linkage: before and after a point of NPS, who stays, what to mend first.

They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    PALE,
    RULE,
    SMALL,
    SOFT,
    STRONG,
    canvas,
    number_ticks,
    panel,
    shorten,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.style import Look, Picture

__all__ = ["CATEGORIES", "lead_lag", "priorities", "survival"]

CATEGORIES = ("super-detractor", "detractor", "passive", "promoter")
_STEPS = (1.8, -3.6, 5.0, -6.8, 8.2, -10.0, 11.4)  # places of a label, in millimetres, best first
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": SMALL, "color": SOFT, "pad": 4}
_STYLES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (3, 3)),
    (0, (8, 2)),
)


def lead_lag(frame: pd.DataFrame, unit: str, look: Look) -> Picture:
    """Draw the level of trade before and after a point of NPS.

    Parameters
    ----------
    frame
        `horizon` (periods after the score; negative before it), `reading` ("naive", "corrected"),
        `estimate`, `lower`, `upper` in % of the level for one point. What is not identified is
        NaN or infinite: it is marked, not drawn.
    unit
        What a horizon counts, in the reader's words: "months after the score".
    look
        Language and colours.
    """
    words = look.language
    parts = {name: rows.sort_values("horizon") for name, rows in frame.groupby("reading")}
    corrected, naive = parts.get("corrected"), parts.get("naive")
    with canvas(PAGE_WIDTH, 58) as figure:
        axes = panel(figure, 13, 12, 2, 10)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.axvspan(-99, 0, color="#f6f6f4", linewidth=0, zorder=0)
        whole = [0.0]
        if naive is not None:
            known = naive[np.isfinite(naive["estimate"])]
            taken = words.say("naive: scores taken for truth")
            axes.plot(known["horizon"], known["estimate"], "o", color=SOFT, markersize=3,
                      markerfacecolor="white", label=taken)  # fmt: skip
            axes.vlines(known["horizon"], known["lower"], known["upper"], color=PALE, linewidth=1)
            whole += [*known["lower"], *known["upper"]]
        if corrected is not None:
            numbers = corrected[["estimate", "lower", "upper"]].to_numpy(float)
            known = corrected[np.isfinite(numbers).all(axis=1)]
            if len(known):
                label = words.say("corrected for the noise of scores")
                axes.vlines(known["horizon"] + 0.12, known["lower"], known["upper"],
                            color=look.primary, linewidth=1.6)  # fmt: skip
                axes.plot(known["horizon"] + 0.12, known["estimate"], "o", color=look.primary,
                          markersize=4.5, label=label)  # fmt: skip
                whole += [*known["lower"], *known["upper"]]
            lost = corrected[~np.isfinite(numbers).all(axis=1)]
            if len(lost):
                # at the foot, off the numbers: on the line of zero it would read as no effect
                axes.plot(lost["horizon"] + 0.12, np.full(len(lost), 0.05), "x", markersize=4,
                          color=look.secondary, label=words.say("corrected: cannot be told"),
                          transform=axes.get_xaxis_transform())  # fmt: skip
        reach = max(abs(min(whole)), abs(max(whole)), 1e-6) * 1.15
        horizons = np.arange(frame["horizon"].min(), frame["horizon"].max() + 1)
        axes.set_xlim(horizons[0] - 0.6, horizons[-1] + 0.6)
        axes.set_ylim(-reach, reach)
        axes.set_xticks(horizons, [words.number(value, 0, signed=True) for value in horizons])
        _ticks(axes.yaxis, reach, words)
        axes.set_xlabel(unit, fontsize=SMALL, color=SOFT)
        axes.annotate(words.say("before the score"), (0, 1), (-6, -3), ha="right", va="top",
                      xycoords=("data", "axes fraction"), textcoords="offset points",
                      fontsize=SMALL, color=SOFT)  # fmt: skip
        axes.annotate(words.say("after the score"), (0, 1), (6, -3), ha="left", va="top",
                      xycoords=("data", "axes fraction"), textcoords="offset points",
                      fontsize=SMALL, color=SOFT)  # fmt: skip
        figure.text(0, 1, words.say("Trade for one point of NPS, %"), va="top", fontsize=SMALL,
                    color=SOFT)  # fmt: skip
        figure.legend(loc="upper right", ncols=3, frameon=False, fontsize=SMALL, borderaxespad=0,
                      bbox_to_anchor=(1, 1.01), handlelength=1, columnspacing=1.4)  # fmt: skip
        return figure


def _ticks(axis: Any, reach: float, words: Any) -> None:
    """Write the numbers of an axis with as many decimals as its reach needs."""
    from matplotlib.ticker import FuncFormatter

    decimals = 0 if reach >= 10 else 1 if reach >= 1 else 2 if reach >= 0.1 else 3
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: words.number(value, decimals, signed=True))
    )


def survival(frame: pd.DataFrame, look: Look, *, axis: str = "") -> Picture:
    """Draw the share of customers still there, by the last score or what else it is.

    Parameters
    ----------
    frame
        `category`, `time`, `estimate`, `lower`, `upper` (shares); six curves at most.
    look
        Language and colours.
    axis
        What `time` counts; months unless told.
    """
    words = look.language
    names = {
        "super-detractor": words.say("Super-detractors"),
        "detractor": words.say("Detractors"),
        "passive": words.say("Passives"),
        "promoter": words.say("Promoters"),
        "never answered": words.say("Never answered"),
        "all": words.say("All customers"),
    }
    curves = dict.fromkeys(map(str, frame["category"]))
    there = [name for name in CATEGORIES if name in curves]
    there = [*there, *(name for name in curves if name not in there)][: len(_STYLES)]
    names |= {name: shorten(printable(name), 28) for name in there if name not in names}
    colours = dict(zip(CATEGORIES, (INK, look.secondary, SOFT, look.primary), strict=True))
    others = (look.primary, look.secondary, INK, SOFT, look.primary, look.secondary)
    colours = dict(zip(there, others, strict=False)) | colours
    with canvas(PAGE_WIDTH, 66) as figure:
        right = text_width([names[name] for name in there], 8, figure) + 5
        axes = panel(figure, 12, 11, right, 7)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        ends = []
        for style, name in zip(_STYLES, there, strict=False):
            rows = frame[frame["category"] == name].sort_values("time")
            x = np.concatenate([[0.0], rows["time"].to_numpy(float)])
            line = {
                end: np.concatenate([[1.0], rows[end].to_numpy(float)])
                for end in ("estimate", "lower", "upper")
            }
            axes.fill_between(x, line["lower"], line["upper"], color=colours[name], alpha=0.13,
                              linewidth=0)  # fmt: skip
            axes.plot(x, line["estimate"], color=colours[name], linewidth=1.7, linestyle=style)
            ends.append((float(line["estimate"][-1]), name))
        lowest = float(frame["lower"].min())
        axes.set_ylim(max(0.0, lowest - 0.06), 1.0)
        axes.set_xlim(0, float(frame["time"].max()))
        for height, name in _apart(ends, 0.05 * (1.0 - axes.get_ylim()[0])):
            axes.annotate(names[name], (1, height), (4, 0), xycoords=("axes fraction", "data"),
                          textcoords="offset points", va="center", color=colours[name],
                          **STRONG)  # fmt: skip
        percent_ticks(axes.yaxis, words)
        number_ticks(axes.xaxis, words)
        axes.set_xlabel(axis or words.say("Months"), fontsize=SMALL, color=SOFT)
        title = words.say("Customers still there")
        axes.set_title(title, x=-12 / (PAGE_WIDTH - 12 - right), **_TITLE)
        return figure


def _apart(ends: list[tuple[float, str]], least: float) -> list[tuple[float, str]]:
    """Move labels apart that would run into each other, from below."""
    placed: list[tuple[float, str]] = []
    for height, name in sorted(ends):
        low = placed[-1][0] + least if placed else height
        placed.append((max(height, low), name))
    return placed


def _beside(across: Any, up: Any, wide: list[float]) -> list[float]:
    """Return how far above its mark each label stands so that it meets no other, in millimetres.

    Marks are given by where they are, labels, beside them on the right, by how wide they are.
    """
    taken: list[tuple[int, float]] = []
    order = np.argsort(-np.asarray(up), kind="stable")
    for place in order:
        near = [
            up[other] + above
            for other, above in taken
            if abs(across[other] - across[place]) < max(wide[other], wide[place]) + 3
        ]
        above = next(
            step
            for step in _STEPS
            if step == _STEPS[-1] or all(abs(up[place] + step - each) >= 3.2 for each in near)
        )
        taken.append((int(place), above))
    found = dict(taken)
    return [found[place] for place in range(len(wide))]


def priorities(frame: pd.DataFrame, look: Look) -> Picture:
    """Draw importance against performance, with their intervals; the priorities' corner is named.

    Parameters
    ----------
    frame
        `driver` (in the reader's words), `importance`, `importance_lower`, `importance_upper`
        (shares), `performance`, `performance_lower`, `performance_upper` (0 to 100),
        `probability_priority`.
    look
        Language and colours.
    """
    words = look.language
    x, y = frame["performance"].to_numpy(float), frame["importance"].to_numpy(float)
    middle = float(np.median(x)), float(np.median(y))
    with canvas(PAGE_WIDTH, 84) as figure:
        axes = panel(figure, 12, 11, 4, 7)
        low = max(0.0, float(frame["performance_lower"].min()) - 4)
        high = min(100.0, float(frame["performance_upper"].max()) + 8)
        top = min(1.0, float(frame["importance_upper"].max()) * 1.12)
        bottom = min(0.0, float(frame["importance_lower"].min()))
        axes.set_xlim(low, high)
        axes.set_ylim(bottom, top)
        axes.fill_between([low, middle[0]], middle[1], top, color="#f1f1ee", linewidth=0, zorder=0)
        axes.axvline(middle[0], color=RULE, linewidth=0.7, zorder=1)
        axes.axhline(middle[1], color=RULE, linewidth=0.7, zorder=1)
        likely = (frame["probability_priority"] >= 0.8).to_numpy()
        for place, row in enumerate(records(frame)):
            colour = look.secondary if likely[place] else look.primary
            axes.hlines(y[place], row.performance_lower, row.performance_upper, color=colour,
                        linewidth=1.2, alpha=0.6)  # fmt: skip
            axes.vlines(x[place], row.importance_lower, row.importance_upper, color=colour,
                        linewidth=1.2, alpha=0.6)  # fmt: skip
            axes.plot(x[place], y[place], "s" if likely[place] else "o", color=colour,
                      markersize=5.5, zorder=3)  # fmt: skip
        names = [shorten(printable(str(name)), 28) for name in frame["driver"]]
        wide = [text_width([name], 8, figure) for name in names]
        across = (x - low) / (high - low) * (PAGE_WIDTH - 16)
        up = (y - bottom) / (top - bottom) * (84 - 18)
        for place, above in enumerate(_beside(across, up, wide)):
            axes.annotate(names[place], (x[place], y[place]), (6, above * 72 / 25.4),
                          textcoords="offset points", color=INK, zorder=4)  # fmt: skip
        axes.annotate(words.say("to mend first: matters more, done worse"), (0, 1), (4, -4),
                      xycoords="axes fraction", textcoords="offset points", va="top",
                      fontsize=SMALL, color=SOFT)  # fmt: skip
        number_ticks(axes.xaxis, words)
        percent_ticks(axes.yaxis, words)
        axes.set_xlabel(words.say("Performance: 0 worst answer, 100 best"), fontsize=SMALL,
                        color=SOFT)  # fmt: skip
        title = words.say("Importance: share of what drivers foretell of the score")
        axes.set_title(title, x=-12 / (PAGE_WIDTH - 16), **_TITLE)
        return figure
