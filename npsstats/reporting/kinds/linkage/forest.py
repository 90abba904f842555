"""Memos on rows that are held against a level: a record of words a kind of result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

from npsstats.reporting.kinds.linkage.rows import (
    Row,
    Scale,
    at_once,
    drawn,
    known,
    number,
    side,
    span,
    table,
)
from npsstats.reporting.kinds.linkage.sayable import renamed
from npsstats.reporting.kinds.making import FEWEST, brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["Forest", "Kind", "few_said"]

_LONGEST = 32  # letters of a name in an answer
_OPEN = mark("Both directions are compatible with the data.")
_LOST = mark("The data do not identify it: no number is given.")
_LUCK = mark("It was picked as the one farthest from no difference, which luck can do.")


def _nothing(_: Any, __: Language) -> str:
    return ""


def _same(name: str, _: Language) -> str:
    return name


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
    people
        Whether rows are groups of people: those of fewer than five are not shown.
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
    people: bool = False


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
    besides
        What to say as well where the answer is told; empty: nothing.
    named
        What the doubts call what the data call by a key.
    """

    kind: Kind
    rows: Callable[[Any, Language], list[Row]]
    subtitle: Callable[[Any, Language], str]
    besides: Callable[[Any, Language], str] = _nothing
    named: Callable[[str, Language], str] = _same

    def brief(self, result: Any, look: Look) -> Brief:
        """Return the memo."""
        words, kind = look.language, self.kind
        rows, few = self._told(result, words)
        level = float(result.frame["level"].iloc[0])
        row = _most_told(rows, kind.scale)
        where = side(at_once(row, kind.scale, level), kind.scale)
        reason = [_reason(words, kind, row, where, level)]
        if where is Standing.ABOVE:
            reason.append(self.besides(result, words))
        return brief_of(
            renamed(result, lambda name: self.named(name, words)),
            look,
            heading=words.say(kind.heading),
            subtitle=self.subtitle(result, words),
            question=words.say(kind.question),
            answer=_answer(words, kind, row, where),
            reason=" ".join(filter(None, reason)),
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
            doubts=few_said(words, few),
        )

    def drawing(self, result: Any, look: Look) -> Picture:
        """Return the picture."""
        words = look.language
        rows, _ = self._told(result, words)
        return drawn(rows, self.kind.scale, look, words.say(self.kind.axis))

    def _told(self, result: Any, words: Language) -> tuple[list[Row], int]:
        """Return the rows that may be shown, and how many may not."""
        rows = self.rows(result, words)
        if not self.kind.people:
            return rows, 0
        kept = [row for row in rows if not row.n < FEWEST]
        few = len(rows) - len(kept)
        return kept or [Row(words.say("No group of five or more"), nan, nan, nan)], few


def few_said(words: Language, few: int) -> list[str]:
    """Say that groups of customers are not shown as they are too small; nothing where none is."""
    if not few:
        return []
    return [
        words.say_many(
            "{n} group of fewer than {least} customers is not shown.",
            "{n} groups of fewer than {least} customers are not shown.",
            few,
            least=FEWEST,
        )
    ]


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

    return replace(max(rows, key=sureness), among=sum(known(row) for row in rows))


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
        lucky = side(row, kind.scale) is not Standing.UNKNOWN
        parts.append(words.say(_LUCK if lucky else _OPEN))
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
