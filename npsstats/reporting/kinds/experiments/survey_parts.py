"""What the memos of the parts of a survey experiment share: rows, their table, their picture."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, interval_head
from npsstats.reporting.memos.brief import Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture
    from npsstats.results import Result

__all__ = [
    "Row",
    "between",
    "forest",
    "quoted",
    "read",
    "row_of",
    "scale_of",
    "sides",
    "table",
    "warned",
]

_NAMED = 28  # letters of an arm's name in a sentence


@dataclass(frozen=True)
class Row:
    """One reading, in the unit in which it is printed to a tenth.

    Attributes
    ----------
    label
        In the reader's words.
    estimate, lower, upper
        NaN where nothing is known.
    more
        Cells between the label and the estimate.
    after
        Cells after the interval.
    """

    label: str
    estimate: float
    lower: float
    upper: float
    more: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def side(self) -> Standing:
        """On which side of nothing it is, as printed."""
        return standing(self.lower, self.upper) if self.known else Standing.UNKNOWN

    @property
    def known(self) -> bool:
        """Whether there is an interval to print."""
        return isfinite(self.lower) and isfinite(self.upper)


def row_of(
    label: str,
    numbers: Any,
    unit: str = "points",
    *,
    more: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Row:
    """Return the row of what has an estimate with its bounds; shares are said in percent."""
    scale = scale_of(unit)
    low, middle, high = (scale * float(x) for x in (numbers.lower, numbers.estimate, numbers.upper))
    return Row(label, middle, low, high, more, after)


def quoted(words: Language, name: object) -> str:
    """Return a name of the data in quotes, as long as a sentence bears."""
    return words.say("“{arm}”", arm=shorten_middle(str(name).strip(), _NAMED).strip())


def between(words: Language, row: Row, *, signed: bool = True) -> str:
    """Write the interval of a row; a dash where there is none."""
    return words.interval(row.lower, row.upper, signed=signed) if row.known else "–"


def read(words: Language, row: Row, *, signed: bool = True) -> str:
    """Write a row's estimate and interval; the estimate alone where it has none."""
    if not row.known:
        return words.number(row.estimate, signed=signed)
    return words.say(
        "{estimate} ({interval})",
        estimate=words.number(row.estimate, signed=signed),
        interval=between(words, row, signed=signed),
    )


def table(
    words: Language,
    rows: Sequence[Row],
    head: Sequence[str],
    level: float,
    *,
    after: Sequence[str] = (),
    signed: bool = True,
    told: str = "",
) -> Numbers:
    """Return the table of rows: label, what else is said, estimate, interval, what comes after.

    `head` names all columns up to the estimate's. Of more rows than a page has room for, that
    labelled `told`, of which the memo speaks, comes first.
    """
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: row.label != told)
    return Numbers(
        [*head, interval_head(words, level), *after],
        [
            [
                row.label,
                *row.more,
                words.number(row.estimate, signed=signed) if isfinite(row.estimate) else "–",
                between(words, row, signed=signed),
                *row.after,
            ]
            for row in rows[:MOST_ROWS]
        ],
    )


def forest(
    rows: Sequence[Row],
    look: Look,
    *,
    axis: str,
    level: float | None = 0.0,
    target: float | None = None,
    signed: bool = True,
) -> Picture:
    """Draw rows with their intervals."""
    lines = [
        Line(row.label, row.estimate, row.lower, row.upper, read(look.language, row, signed=signed))
        for row in rows[:MOST]
    ]
    return intervals(lines, look, axis=axis, level=level, target=target)


def scale_of(unit: str) -> float:
    """Return what makes a value one that is printed to a tenth: shares are said in percent."""
    return 100.0 if unit == "share" else 1.0


def warned(result: Result, *parts: str) -> bool:
    """Return whether a result says of itself what forbids a firm answer.

    Parameters
    ----------
    result
        Whose diagnostics are read, in English.
    parts
        Words of the sentences looked for; one of them is enough.
    """
    return any(part in doubt for doubt in result.diagnostics for part in parts)


def sides(rows: Sequence[Row]) -> set[Standing]:
    """Return on which sides of nothing the rows are."""
    return {row.side for row in rows}
