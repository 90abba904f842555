"""Curves of an experiment: value against capacity, and time to the event with its effect by day.

They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.targeting.valued import RULE as BY_RULE
from npsstats.reporting.charts.experiment_scales import percent_ticks, value_ticks
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
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
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.experiments.duration import EffectByDay, SurvivalCurves
    from npsstats.experiments.targeting import Policy
    from npsstats.reporting.style import Look, Picture

__all__ = ["event_curves", "value_curve"]

_VALUE_HEIGHT = 74.0
_CURVES_HEIGHT, _BELOW = 70.0, 44.0
_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
_APART = 0.045  # least distance of two labels, of the height of the axes
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": SMALL, "color": SOFT, "pad": 4}


def value_curve(policy: Policy, look: Look) -> Picture:
    """Draw what calling is worth against how many are called, the best first and at random.

    Parameters
    ----------
    policy
        What `npsstats.whom_to_call` returned. The band holds the whole curve at once.
    look
        Language and colours.
    """
    words, curve = look.language, policy.curve
    capacity = curve["capacity"].to_numpy(float)
    with canvas(PAGE_WIDTH, _VALUE_HEIGHT) as figure:
        first, chance = words.say("best first"), words.say("at random")
        right = text_width([first, chance], 8, figure) + 4
        axes = panel(figure, 14, 11, right, 7)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        bands = curve["band_lower"], curve["band_upper"]
        axes.fill_between(capacity, *bands, color=look.primary, alpha=0.13, linewidth=0)
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.plot(capacity, curve["random"], color=SOFT, linewidth=1.2, linestyle=_STYLES[1])
        axes.plot(capacity, curve["estimate"], color=look.primary, linewidth=1.8)
        row = policy.row(BY_RULE)
        axes.vlines(row["calls"], row["lower"], row["upper"], color=look.primary, linewidth=1.2)
        axes.plot(row["calls"], row["estimate"], "o", color=look.primary, markersize=5, zorder=4)
        axes.annotate(
            words.say("{share} called", share=words.percent(row["calls"])),
            (row["calls"], row["upper"]),
            (0, 4),
            textcoords="offset points",
            ha="center",
            **STRONG,
        )
        axes.set_xlim(0, 1)
        _ends(
            axes,
            {first: float(curve["gain"].max()), chance: 0.0},
            float(curve["estimate"].iloc[-1]),
            {first: look.primary, chance: SOFT},
        )
        percent_ticks(axes.xaxis, words)
        value_ticks(axes.yaxis, words)
        axes.set_xlabel(words.say("Share of customers called"), fontsize=SMALL, color=SOFT)
        title = words.say("Value a customer, against calling nobody")
        axes.set_title(title, x=-14 / (PAGE_WIDTH - 14 - right), **_TITLE)
        return figure


def event_curves(
    curves: SurvivalCurves, look: Look, *, by_day: EffectByDay | None = None, title: str = ""
) -> Picture:
    """Draw the share with the event by days since assignment, an arm a curve.

    Parameters
    ----------
    curves
        What `npsstats.survival_curves` returned; the bands hold a whole curve at once.
    look
        Language and colours.
    by_day
        The effect by stretch of days, drawn below; arms in the same colours.
    title
        What the event is, in the reader's words; "Share with the event" if empty.
    """
    words, frame = look.language, curves.frame
    arms = list(frame["arm"].drop_duplicates())
    colours = _colours(arms, by_day, look)
    below = 0.0 if by_day is None else _BELOW
    with canvas(PAGE_WIDTH, _CURVES_HEIGHT + below) as figure:
        names = {arm: shorten(printable(str(arm)), 24) for arm in arms}
        right = text_width(list(names.values()), 8, figure) + 4
        axes = panel(figure, 12, 11 + below, right, 7)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        ends = {}
        for place, arm in enumerate(arms):
            part = frame[frame["arm"] == arm]
            day, share = part["day"].to_numpy(float), 1 - part["estimate"].to_numpy(float)
            style: dict[str, Any] = {
                "color": colours[arm],
                "linewidth": 0,
                "alpha": 0.16,
                "step": "post",
            }
            axes.fill_between(day, *_band(part), **style)
            axes.step(
                day,
                share,
                where="post",
                color=colours[arm],
                linewidth=1.6,
                linestyle=_STYLES[place % len(_STYLES)],
            )
            ends[names[arm]] = float(share[-1])
        last = float(frame["day"].max())
        axes.set_xlim(0, last)
        axes.set_ylim(bottom=0)
        _spread(axes, ends, {names[arm]: colours[arm] for arm in arms})
        percent_ticks(axes.yaxis, words)
        value_ticks(axes.xaxis, words)
        axes.set_xlabel(words.say("Days since assignment"), fontsize=SMALL, color=SOFT)
        said = title or words.say("Share with the event")
        axes.set_title(said, x=-12 / (PAGE_WIDTH - 12 - right), **_TITLE)
        if by_day is not None:
            _hazards(figure, by_day.frame, last, right, colours, look)
        return figure


def _hazards(
    figure: Figure,
    frame: pd.DataFrame,
    last: float,
    right: float,
    colours: dict[Any, str],
    look: Look,
) -> None:
    """Draw hazard ratios by stretch of days on the days' own axis."""
    words = look.language
    axes = panel(figure, 12, 10, right, _CURVES_HEIGHT + 8)
    axes.set_yscale("log")
    reference(axes.axhline, 1.0, dashed=False)
    arms = list(frame["arm"].drop_duplicates())
    raw: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": SOFT, "markersize": 4}
    for place, arm in enumerate(arms):
        part: Any = frame[frame["arm"] == arm].itertuples()
        for row in part:
            start, stop = float(row.first_day) - 1, float(row.last_day)
            middle = (start + stop) / 2 + (place - (len(arms) - 1) / 2) * 0.02 * last
            axes.hlines(row.shrunk, start, stop, color=colours[arm], linewidth=0.8, alpha=0.5)
            ends = max(row.shrunk_lower, 1e-3), row.shrunk_upper
            axes.vlines(middle, *ends, color=colours[arm], linewidth=1.4)
            axes.plot(middle, row.shrunk, "o", color=colours[arm], markersize=4.5)
            axes.plot(middle, row.estimate, "o", zorder=1.5, **raw)
    axes.set_xlim(0, last)
    axes.margins(y=0.12)
    _ratio_ticks(axes, look)
    axes.set_xticks([])
    for edge in sorted(set(frame["last_day"]))[:-1]:
        axes.axvline(float(edge), color=RULE, linewidth=0.5, zorder=0)
    spans = frame.drop_duplicates(["first_day", "last_day"])
    for first, stop in spans[["first_day", "last_day"]].to_numpy():
        text = words.say("days {first}–{last}", first=words.whole(first), last=words.whole(stop))
        axes.annotate(
            text,
            ((first - 1 + stop) / 2, 0),
            (0, -10),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL,
            color=SOFT,
        )
    title = words.say("Hazard ratio by stretch of days: full drawn together, open as seen")
    axes.set_title(title, x=-12 / (PAGE_WIDTH - 12 - right), **_TITLE)


def _ratio_ticks(axes: Axes, look: Look) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    low, high = axes.get_ylim()
    steps = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
    ticks = [tick for tick in steps if low <= tick <= high] or [1.0]
    ticks = (
        ticks
        if len(ticks) <= 6
        else [tick for tick in ticks if tick in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    )
    axes.set_yticks(ticks, [look.language.number(tick, 2) for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _band(part: pd.DataFrame) -> tuple[Any, Any]:
    """Return the band of 1 − S, its pointwise limits where there is none."""
    low = np.where(part["band_upper"].isna(), part["upper"], part["band_upper"])
    high = np.where(part["band_lower"].isna(), part["lower"], part["band_lower"])
    return 1 - low, 1 - high


def _colours(arms: list[Any], by_day: EffectByDay | None, look: Look) -> dict[Any, str]:
    """Return the control in grey, the others in the brand's two colours and ink."""
    control = None if by_day is None else by_day.provenance.options["control"]
    control = control if control in arms else arms[0]
    others = [arm for arm in arms if arm != control]
    palette = [look.primary, look.secondary, INK]
    found = {arm: palette[place % 3] for place, arm in enumerate(others)}
    return {control: SOFT, **found}


def _ends(axes: Axes, lift: dict[str, float], end: float, colours: dict[str, str]) -> None:
    """Name two curves that meet at the end, the higher one above."""
    order = sorted(lift, key=lambda name: -lift[name])
    for place, name in enumerate(order):
        offset = (4, 5 - 10 * place)
        axes.annotate(
            name, (1, end), offset, textcoords="offset points", va="center", color=colours[name]
        )


def _spread(axes: Axes, ends: dict[str, float], colours: dict[str, str]) -> None:
    """Name curves at their right ends, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    previous = -np.inf
    for name in sorted(ends, key=lambda key: ends[key]):
        at = max((ends[name] - low) / (high - low), previous + _APART)
        previous = at
        axes.annotate(
            name,
            (1, at),
            (4, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=colours[name],
        )
