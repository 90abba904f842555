"""What a memo says, before it is a page: the same whichever result, language and format."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from npsstats.reporting.language import mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.render import Chart

__all__ = ["Brief", "Evidence", "Numbers", "evidence"]


class Evidence(StrEnum):
    """What kind of evidence a result is: the vocabulary of `npsstats.grades`, and what is no link.

    The value is what tables show of it.
    """

    RANDOMIZED = "randomized"
    WITHIN = "within-store lagged"
    CROSS_SECTION = "cross-section"
    ASSUMED = "assumed"
    DESCRIPTION = "description"
    ASSIGNED = "description of the assigned"
    FORECAST = "forecast"
    CHECK = "check"
    PLAN = "plan"


_EVIDENCE = {
    Evidence.RANDOMIZED: mark("Evidence: randomized. Chance dealt who got what."),
    Evidence.WITHIN: mark(
        "Evidence: association within stores, the score first. What moves both is not excluded."
    ),
    Evidence.CROSS_SECTION: mark(
        "Evidence: association. Whatever else sets apart those compared is in the number."
    ),
    Evidence.ASSUMED: mark(
        "Evidence: assumed. The result is arithmetic on a number that was given."
    ),
    Evidence.DESCRIPTION: mark(
        "Evidence: description of those who answered; it says nothing of causes."
    ),
    Evidence.ASSIGNED: mark(
        "Evidence: description of the customers assigned; it says nothing of causes."
    ),
    Evidence.FORECAST: mark("Evidence: forecast. It holds if what moved scores so far goes on."),
    Evidence.CHECK: mark(
        "Evidence: check. It finds faults; it does not prove that there are none."
    ),
    Evidence.PLAN: mark("Evidence: none yet. This is arithmetic on what a plan takes for granted."),
}


def evidence(words: Language, grade: Evidence) -> str:
    """Say what kind of evidence something is, and what it leaves open."""
    return words.say(_EVIDENCE[grade])


@dataclass(frozen=True)
class Numbers:
    """The table that a memo rests on: texts, as they are printed.

    Attributes
    ----------
    head
        One text a column, the first that of the rows' names.
    rows
        As many texts a row.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Brief:
    """All that a memo says. Every text is in the reader's language.

    Attributes
    ----------
    heading, subtitle
        What the memo is on, and on which data.
    question
        What was to be decided, in a sentence.
    answer
        The decision, in a line.
    reason
        The two or three numbers that the decision rests on, in sentences.
    numbers
        The table.
    doubts
        What could be wrong, most serious first.
    steps
        What to do next.
    grade
        Kind of evidence: see `evidence`.
    name
        Of the file, where the memo is put in a folder.
    fingerprint, version
        Which data, and which npsstats.
    status, registered, changes
        How the plan stands to its lock, where there is a plan; whether it was kept; what changed.
    charts
        Most telling first: what does not fit on the page is left out from the end.
    template
        Of the page (`templates/pages`).
    more
        What only that template shows, JSON values.
    """

    heading: str
    subtitle: str
    question: str
    answer: str
    reason: str
    numbers: Numbers
    doubts: Sequence[str]
    steps: Sequence[str]
    grade: str
    name: str
    fingerprint: str
    version: str
    status: str = ""
    registered: bool = True
    changes: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    template: str = "memo"
    more: Mapping[str, Any] = field(default_factory=dict)

    def tables(self) -> list[tuple[Sequence[str], list[list[str]]]]:
        """Return the tables that only the template of this memo shows: verdicts by purpose."""
        rows = self.more.get("verdicts", ())
        if not rows:
            return []
        said = [
            [". ".join(text for text in (row["cells"][0], row["note"]) if text), *row["cells"][1:]]
            for row in rows
        ]
        return [(self.more["verdict_head"], said)]
