"""How memos on forecasts call series and periods, and write what is in points or in logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.forecasting.series_labels import LEVELS
from npsstats.reporting.forecast.business_wording import amount, percent_signed
from npsstats.reporting.language import mark_many, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.reporting.language import Language

__all__ = ["LONGEST", "Scale", "picked", "series_names", "span_of"]

LONGEST = 40
"""Letters of a name within a sentence."""

_NETWORK = ("(all)", "(network)")
_POINTS = mark_many("{size} points", "{size} points")  # 1.5 is singular in French alone


def series_names(words: Language, frame: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Return what each row's series is called: its labels, or that it is all of them."""
    shown = [key for key in keys if key != LEVELS[0]] or list(keys)
    whole = words.say("Network") if LEVELS[0] in keys else words.say("All")
    return [
        words.say("Network")
        if all(part in _NETWORK for part in parts)
        else whole
        if parts == ("all",)
        else " · ".join(map(str, parts))
        for parts in frame[shown].itertuples(index=False, name=None)
    ]


def span_of(words: Language, label: str) -> str:
    """Write a period, or the first and the last of several."""
    first, _, last = label.partition(" to ")
    if not last:
        return words.period(label)
    return words.say("{lower} to {upper}", lower=words.period(first), upper=words.period(last))


def picked(rows: int, most: int) -> list[int]:
    """Return places evenly spread over so many rows, first and last among them."""
    if rows <= most:
        return list(range(rows))
    return [int(place) for place in np.unique(np.linspace(0, rows - 1, most).round())]


@dataclass(frozen=True)
class Scale:
    """How values of series are written: scores in points; other measures, known in logs, as sums.

    Attributes
    ----------
    words
        The language.
    unit
        "points" or "log".
    """

    words: Language
    unit: str

    @property
    def of_moves(self) -> str:
        """The unit of a move, as heads of columns and axes say it."""
        return self.words.say("points") if self.unit == "points" else "%"

    def moved(self, value: float) -> float:
        """Return a move in points, or in percent."""
        return value if self.unit == "points" else 100 * float(np.expm1(value))

    def value(self, value: float) -> str:
        """Write a level."""
        if self.unit == "points":
            return self.words.number(value)
        return amount(self.words, float(np.exp(value))) if np.isfinite(value) else "–"

    def values(self, lower: float, upper: float) -> str:
        """Write the limits of a level."""
        if self.unit == "points":
            return self.words.interval(lower, upper)
        text = self.words.say(
            "{lower} to {upper}", lower=self.value(lower), upper=self.value(upper)
        )
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def move(self, value: float) -> str:
        """Write a move, its sign before it."""
        return self.words.number(self.moved(value), signed=True)

    def sized(self, value: float) -> str:
        """Write a move with its unit, as a sentence does."""
        moved = self.moved(value)
        if self.unit != "points":
            return percent_signed(self.words, moved)
        return self.words.say_many(*_POINTS, int(abs(shown(moved))), size=self.move(value))

    def moves(self, lower: float, upper: float) -> str:
        """Write the limits of a move."""
        return self.words.interval(self.moved(lower), self.moved(upper), signed=True)
