"""Charts of the network's score: its distribution, its interval, its course, its change.

A chart function takes numbers and a `Look` and returns a `Picture`. Nothing here decides what a
number means: `wording` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import period_start
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
    reference,
    shorten,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Score
    from npsstats.reporting.style import Look, Picture

__all__ = ["changes", "distribution", "gauge", "period_labels", "periods"]

GAUGE_WIDTH = 100.0
_COURSE = 66.0  # height of the course over time, in millimetres
_TICKS_READ = 14  # more period labels than this run into each other


def distribution(answers: Mapping[int, int], look: Look) -> Picture:
    """Draw the shares of the answers, grouped as the NPS groups them.

    Parameters
    ----------
    answers
        Answer → responses, from the lowest answer of the scale to the highest.
    look
        Language and colours.

    Returns
    -------
    Picture
        `PAGE_WIDTH` millimetres wide.
    """
    from matplotlib.transforms import ScaledTranslation

    say, percent = look.language.say, look.language.percent
    counts = np.fromiter(answers.values(), dtype=float)
    shares = counts / max(counts.sum(), 1.0)
    top = len(shares) - 1
    groups = (
        (0, top - 4, look.secondary, say("Detractors")),
        (top - 3, top - 2, PALE, say("Passives")),
        (top - 1, top, look.primary, say("Promoters")),
    )
    with canvas(PAGE_WIDTH, 48) as figure:
        axes = panel(figure, 0, 14, 0, 5)
        below = axes.get_xaxis_transform() + ScaledTranslation(0, -19 / 72, figure.dpi_scale_trans)
        for first, last, colour, name in groups:
            here = np.arange(first, last + 1)
            axes.bar(here, shares[here], width=0.72, color=colour, linewidth=0)
            text = f"{name}  {percent(shares[here].sum(), 1)}"
            axes.annotate(
                text,
                ((first + last) / 2, 0),
                (0, -31),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                **STRONG,
            )
            axes.plot(
                [first - 0.36, last + 0.36],
                [0, 0],
                color=colour,
                linewidth=1.6,
                transform=below,
                clip_on=False,
                solid_capstyle="butt",
            )
        for score, share in enumerate(shares):
            axes.annotate(
                percent(share, 1),
                (score, share),
                (0, 2.5),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=SOFT,
            )
        axes.set_xlim(-0.5, top + 0.5)
        axes.set_ylim(0, max(shares.max() * 1.02, 1e-9))
        axes.set_yticks([])
        axes.set_xticks(range(top + 1), [str(answer) for answer in answers])
        axes.tick_params(axis="x", labelcolor=INK, labelsize=8)
        return figure


def gauge(score: Score, target: float | None, look: Look) -> Picture:
    """Draw one NPS with its interval and the target, on as much of the scale as they need.

    Parameters
    ----------
    score
        The interval is a bar, the observed score a mark on it.
    target
        A level to draw, in points, or None.
    look
        Language and colours.
    """
    ends = [score.lower, score.upper, score.nps, *([] if target is None else [target])]
    room = max(5.0, 0.35 * (max(ends) - min(ends)))
    with canvas(GAUGE_WIDTH, 20) as figure:
        axes = panel(figure, 3, 8, 3, 4.5)
        axes.spines["bottom"].set_visible(False)
        axes.set_xlim(max(min(ends) - room, -100), min(max(ends) + room, 100))
        axes.set_ylim(-1, 1)
        axes.axhline(0, color=RULE, linewidth=1, zorder=1)
        axes.hlines(0, score.lower, score.upper, color=look.primary, linewidth=7, zorder=2)
        axes.plot(
            score.nps,
            0,
            "o",
            color="white",
            markeredgecolor=look.primary,
            markersize=7,
            markeredgewidth=1.4,
            clip_on=False,
        )
        if target is not None:
            axes.axvline(target, color=INK, linewidth=0.9, linestyle=(0, (3, 1.5)), zorder=3)
            axes.annotate(
                look.language.say("target"),
                (target, 1),
                (0, 1.5),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=INK,
            )
        axes.set_yticks([])
        number_ticks(axes.xaxis, look.language)
        return figure


def periods(frame: pd.DataFrame, target: float | None, look: Look) -> Picture:
    """Draw the NPS of each period with its interval, and how many responses it rests on.

    Parameters
    ----------
    frame
        One row per period in time order: `period` (label), `n`, `estimate`, `lower`, `upper`.
        A period without responses stays empty: the line is broken there.
    target
        A level to draw, in points, or None.
    look
        Language and colours.
    """
    language = look.language
    x = np.arange(len(frame))
    held = frame["n"].to_numpy() > 0
    middle, lower, upper = (
        np.where(held, frame[name].to_numpy(float), np.nan)
        for name in ("estimate", "lower", "upper")
    )
    with canvas(PAGE_WIDTH, _COURSE) as figure:
        axes = panel(figure, 9, 24, 2, 4)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        if target is not None:
            reference(axes.axhline, target, dashed=True)
        axes.plot(x, middle, color=look.primary, linewidth=0.8, alpha=0.6)
        axes.vlines(x, lower, upper, color=look.primary, linewidth=1.4)
        axes.plot(x, middle, "o", color=look.primary, markersize=4)
        number_ticks(axes.yaxis, language)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])

        counts = panel(figure, 9, 9, 2, _COURSE - 21)
        counts.bar(x, frame["n"], width=0.6, color=PALE, linewidth=0)
        counts.set_yticks([])
        counts.set_ylim(0, max(frame["n"].max() * 1.45, 1))
        every = -(-len(frame) // _TICKS_READ)
        marks = x[::-1][::every][::-1]  # the last period always has its label
        labels = frame["period"].iloc[marks].tolist()
        counts.set_xticks(marks, period_labels(labels, language))
        for mark in marks:
            text = language.whole(float(frame["n"].iloc[mark]))
            height = float(frame["n"].iloc[mark])
            counts.annotate(
                text,
                (mark, height),
                (0, 1.5),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
                color=SOFT,
            )
        figure.text(0, 19.5 / _COURSE, language.say("n"), fontsize=SMALL, color=SOFT, va="top")
        for each in (axes, counts):
            each.set_xlim(-0.7, len(frame) - 0.3)
        return figure


def changes(frame: pd.DataFrame, look: Look) -> Picture:
    """Draw what each segment added to a change of the NPS: within it, and by its weight.

    Parameters
    ----------
    frame
        One row per segment: `label`, `within`, `mix` in points, in the order to draw.
    look
        Language and colours.
    """
    language = look.language
    rows = len(frame)
    height = 14 + 8.5 * rows
    within, mix = frame["within"].to_numpy(float), frame["mix"].to_numpy(float)
    reach = 1.12 * max(np.abs([within, mix]).max(), 0.1)
    with canvas(PAGE_WIDTH, height) as figure:
        names = [shorten(printable(str(name)), 40) for name in frame["label"]]
        left = text_width(names, 8, figure) + 4
        axes = panel(figure, left, 9, 2, 5)
        y = np.arange(rows)
        for values, offset, colour, name in (
            (within, -0.19, look.primary, language.say("score of the group")),
            (mix, 0.19, PALE, language.say("weight of the group among responses")),
        ):
            axes.barh(y + offset, values, height=0.34, color=colour, linewidth=0, label=name)
            for row, value in enumerate(values):
                axes.annotate(
                    language.number(value, signed=True),
                    (value, row + offset),
                    (3 if value >= 0 else -3, 0),
                    textcoords="offset points",
                    ha="left" if value >= 0 else "right",
                    va="center",
                    fontsize=6.5,
                    color=SOFT,
                )
        axes.axvline(0, color=SOFT, linewidth=0.6)
        axes.set_yticks(y, names)
        axes.tick_params(axis="y", labelcolor=INK, labelsize=8)
        axes.set_ylim(rows - 0.45, -0.55)
        axes.set_xlim(-reach, reach)
        number_ticks(axes.xaxis, language)
        figure.legend(
            loc="upper left",
            ncols=2,
            frameon=False,
            fontsize=SMALL,
            borderaxespad=0,
            bbox_to_anchor=(left / PAGE_WIDTH, 1),
            handlelength=1,
            handleheight=0.8,
        )
        return figure


def period_labels(labels: Sequence[str], language: Language) -> list[str]:
    """Write period labels; the year only where it changes, so that they stay short."""
    written, year = [], None
    for label in labels:
        start = period_start(label)
        text = language.period(label, short=True)
        if start is not None and len(label) == 7 and str(start.year) in text:
            bare = text.replace(str(start.year), "").strip(" ,")
            text = bare if start.year == year else f"{bare}\n{start.year}"
            year = start.year
        written.append(text)
    return written
