"""Lines of a scenario as tables print them, and which way its differences point as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.forecast.business_wording import amount, step, stepped
from npsstats.reporting.linkage.names import GRADES
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["is_sum", "line", "side"]


def is_sum(row: Any) -> bool:
    """Tell whether a row is of money or of people: these are written in round numbers."""
    return str(row.unit) in ("money", "customers")


def line(words: Language, name: str, row: Any, *, sums: bool) -> list[str]:
    """Return a line that adds up as printed: its sums are written in the same unit.

    Returns
    -------
    list of str
        The name, as things go, in the scenario, the difference, its interval, the evidence.
    """
    grade = words.say(GRADES[row.grade])
    sums = sums and not str(row.unit).startswith("%")
    if not row.identified:
        start = amount(words, row.baseline) if sums else words.number(row.baseline)
        return [name, start, words.say("cannot be told"), "–", "–", grade]
    unit = _unit(row, sums=sums)
    start, moved = (np.rint(value / unit) * unit for value in (row.baseline, row.estimate))

    def write(value: float, *, signed: bool = False) -> str:
        return stepped(words, value, unit, signed=signed)

    lower, upper = write(row.lower, signed=True), write(row.upper, signed=True)
    held = words.say("{lower} to {upper}", lower=lower, upper=upper)
    return [
        name,
        write(start),
        write(start + moved),
        write(moved, signed=True),
        held.replace(" ", "\N{NO-BREAK SPACE}") if row.upper > row.lower else "–",
        grade,
    ]


def side(row: Any) -> Standing:
    """Return which way a difference points, judged on its limits as they are printed."""
    unit = _unit(row, sums=is_sum(row))
    if np.rint(row.lower / unit) > 0:
        return Standing.ABOVE
    return Standing.BELOW if np.rint(row.upper / unit) < 0 else Standing.UNKNOWN


def _unit(row: Any, *, sums: bool) -> float:
    return step(row.lower, row.upper) if sums else 0.1
