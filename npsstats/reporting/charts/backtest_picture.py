"""A back-test as a picture: error by how far ahead, and whether intervals hold what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks, value_ticks
from npsstats.reporting.charts.picture import LINE, draw_picture
from npsstats.reporting.forecast.wording import model, percents
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.style import PAGE_WIDTH, RULE, SMALL, SOFT, panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from npsstats.forecasting.backtest import Backtest
    from npsstats.reporting.style import Look, Picture

__all__ = ["backtest_curves"]

_CURVES = 62.0
_REFERENCES = ("seasonal naive", "last value")
_VERDICTS = (
    ("worse", mark("“{model}” was worse than simply repeating past figures")),
    ("does not beat", mark("“{model}” did not beat simply repeating past figures")),
    ("ahead", mark("“{model}” was ahead of simply repeating past figures, not surely")),
    ("beats", mark("“{model}” beat simply repeating past figures")),
    ("nothing", mark("“{model}” has nothing to be compared with")),
)
_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1.2, 1.5)), (0, (1.2, 1.2)))
_MARKS = "osD^v"


def backtest_curves(result: Backtest, look: Look) -> Picture:
    """Draw error by periods ahead of every model, and coverage against its promise.

    Parameters
    ----------
    result
        What `npsstats.backtest` returned.
    look
        Language and colours.
    """
    return draw_picture(
        _CURVES,
        (_said(result, look), 1),
        lambda figure, above: _draw(figure, above, result, look),
    )


def _said(result: Backtest, look: Look) -> list[str]:
    """Return the verdict on every model, the first one first, and its error."""
    words = look.language
    said = []
    for row in records(result.frame[~result.frame["model"].isin(_REFERENCES)]):
        found = next((text for key, text in _VERDICTS if str(row.verdict).startswith(key)), None)
        if found is None:
            continue
        text = words.say(found, model=model(words, row.model))
        if np.isfinite(row.estimate):
            given = {
                "saved": words.percent(row.estimate),
                "reference": model(words, row.reference),
            }
            if np.isfinite(row.lower):
                text += " " + words.say(
                    "(of the error, CRPS, of “{reference}” it saved {saved}; {level} interval: "
                    "{interval})",
                    level=words.percent(row.level),
                    interval=percents(words, row.lower, row.upper),
                    **given,
                )
            else:
                text += " " + words.say(
                    "(of the error, CRPS, of “{reference}” it saved {saved})", **given
                )
        said.append(text + ".")
    return said or [words.say("Only past figures repeated: there is no model to judge.")]


def _draw(figure: Figure, above: float, result: Backtest, look: Look) -> None:
    words = look.language
    names = list(dict.fromkeys(result.frame["model"]))
    top, legend = above + 8, 4 + LINE * -(-len(names) // 2)
    left = panel(figure, 11, 10 + legend, PAGE_WIDTH / 2 + 6, top)
    right = panel(figure, PAGE_WIDTH / 2 + 10, 10 + legend, 6, top)
    for axes in (left, right):
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
    right.plot([0, 1], [0, 1], color=SOFT, linewidth=0.6)
    shown = [name for name in names if name not in _REFERENCES]
    for name in names:
        plain = name in _REFERENCES
        place = _REFERENCES.index(name) if plain else shown.index(name)
        style: dict[str, Any] = {
            "color": SOFT if plain else look.secondary if place else look.primary,
            "linestyle": _STYLES[(place + 2 * plain) % len(_STYLES)],
            "linewidth": 0.9 if plain else 1.4,
            "marker": _MARKS[place % len(_MARKS)],
            "markersize": 2.5,
        }
        rows = result.by_horizon[result.by_horizon["model"] == name]
        scale = 100 if result.unit == "log" else 1
        left.plot(rows["horizon"], scale * rows["crps"], label=model(words, name), **style)
        held = result.calibration[result.calibration["model"] == name]
        right.plot(held["level"], held["coverage"], **{**style, "marker": None})
    ahead = np.unique(result.by_horizon["horizon"])
    left.set_xticks(ahead, [words.whole(each) for each in ahead])
    left.set_ylim(0, None)
    value_ticks(left.yaxis, words)
    right.set_xlim(0, 1)
    right.set_ylim(0, 1)
    percent_ticks(right.xaxis, words)
    percent_ticks(right.yaxis, words)
    left.set_xlabel(words.say("Periods ahead"), fontsize=SMALL, color=SOFT)
    right.set_xlabel(words.say("Level of the interval"), fontsize=SMALL, color=SOFT)
    titles = (
        (left, words.say("Error (CRPS), %") if result.unit == "log" else
         words.say("Error (CRPS), points")),
        (right, words.say("Share of what came that lay in it")),
    )  # fmt: skip
    for axes, title in titles:
        axes.set_title(title, loc="left", fontsize=SMALL, color=SOFT, pad=4)
    figure.legend(loc="lower left", ncols=2, frameon=False, fontsize=SMALL, borderaxespad=0,
                  bbox_to_anchor=(0, 0), handlelength=2.4, columnspacing=1.6)  # fmt: skip
