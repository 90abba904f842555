"""Memos on rows that are held against a level: a record of words a kind of result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from npsstats.reporting.kinds.linkage.rows import (
    Row,
    Scale,
    drawn,
    known,
    number,
    side,
    span,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["Forest", "Kind"]

_LONGEST = 32  # letters of a name in an answer
_OPEN = mark("Both directions are compatible with the data.")
_LOST = mark("The data do not identify it: no number is given.")


@dataclass(frozen=True)
class Kind:
    """What is said of one kind of result; every text is marked for translation.

    Attributes
    ----------
    name
        Of the file.
    heading, question, row_head, n_head, column, axis
        Title; what was to be decided; heads of labels, of what rows rest on, of estimates; axis.
    above, below
        The answer by the side on which the row of the memo surely lies; ``{label}`` is its name.
    told, open, lost
        What to do next: it is told; it is not; it is not identified.
    scale
        Of the numbers.
    grade
        Of the evidence.
    told_below
        What to do next where it is told to be below; empty: as above.
    """

    name: str
    heading: str
    question: str
    row_head: str
    column: str
    axis: str
    above: str
    below: str
    told: str
    open: str
    lost: str
    n_head: str = mark("Answers")
    scale: Scale = field(default_factory=Scale)
    grade: Evidence = Evidence.CROSS_SECTION
    told_below: str = ""


class Forest(NamedTuple):
    """The memo and the picture of one type of result.

    Attributes
    ----------
    kind
        Its words.
    rows
        The rows of a result, one of them strong: the one that the answer is about; none strong,
        and the answer is about the one that is told most surely.
    subtitle
        What the result rests on.
    """

    kind: Kind
    rows: Callable[[Any, Language], list[Row]]
    subtitle: Callable[[Any, Language], str]

    def brief(self, result: Any, look: Look) -> Brief:
        """Return the memo."""
        words, kind = look.language, self.kind
        rows = self.rows(result, words)
        level = float(result.frame["level"].iloc[0])
        row = _most_told(rows, kind.scale)
        where = side(row, kind.scale)
        return brief_of(
            result,
            look,
            heading=words.say(kind.heading),
            subtitle=self.subtitle(result, words),
            question=words.say(kind.question),
            answer=_answer(words, kind, row, where),
            reason=_reason(words, kind, row, where, level),
            numbers=table(
                words,
                rows,
                kind.scale,
                (words.say(kind.row_head), words.say(kind.n_head), words.say(kind.column)),
                level,
            ),
            steps=[words.say(_step(kind, row, where))],
            grade=kind.grade,
            name=kind.name,
            picture=drawn(rows, kind.scale, look, words.say(kind.axis)),
            alt=words.say("Each row with its interval, and the line of no difference."),
        )

    def drawing(self, result: Any, look: Look) -> Picture:
        """Return the picture."""
        words = look.language
        rows = self.rows(result, words)
        return drawn(rows, self.kind.scale, look, words.say(self.kind.axis))


def _most_told(rows: list[Row], scale: Scale) -> Row:
    """Return the row that an answer is about: the strong one, or the one told most surely."""
    strong = [row for row in rows if row.strong]
    if strong:
        return strong[0]

    def sureness(row: Row) -> float:
        if not known(row) or row.upper <= row.lower:
            return -1.0
        far = abs(row.estimate - (scale.null or 0.0)) / (row.upper - row.lower)
        return far + 1e6 * (side(row, scale) is not Standing.UNKNOWN)

    return max(rows, key=sureness)


def _answer(words: Language, kind: Kind, row: Row, where: Standing) -> str:
    if where is Standing.UNKNOWN:
        return cannot_tell(words)
    message = kind.above if where is Standing.ABOVE else kind.below
    return words.say(message, label=shorten_middle(row.label, _LONGEST))


def _reason(words: Language, kind: Kind, row: Row, where: Standing, level: float) -> str:
    if not known(row):
        return words.say(_LOST)
    parts = [_first_said(words, kind, row, level)]
    if where is Standing.UNKNOWN:
        parts.append(words.say(_OPEN))
    return " ".join(parts)


def _first_said(words: Language, kind: Kind, row: Row, level: float) -> str:
    """Say a row with what is counted and with its interval."""
    column = words.say(kind.column)
    return words.say(
        "{label}: {estimate} ({what}, {level} interval {interval}).",
        label=row.label[:1].upper() + row.label[1:],
        estimate=number(words, row.estimate, kind.scale),
        what=column[:1].lower() + column[1:],
        level=words.percent(level),
        interval=span(words, row, kind.scale),
    )


def _step(kind: Kind, row: Row, where: Standing) -> str:
    if not known(row):
        return kind.lost
    if where is Standing.BELOW and kind.told_below:
        return kind.told_below
    return kind.open if where is Standing.UNKNOWN else kind.told
