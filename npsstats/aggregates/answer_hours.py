"""Hours from sending to the answer, counted by arm and class of hours inside the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray

__all__ = ["ENDS", "AnswerHours", "count_answer_hours"]

ENDS = (1, 2, 4, 8, 12, 24, 48, 72, 96, 168, 336, 720)
"""Ends of the classes, hours."""


@dataclass(frozen=True, eq=False)
class AnswerHours:
    """How many units answered in which class of hours, and how long each was followed.

    Attributes
    ----------
    arms
        Labels.
    ends
        Ends of the classes, hours, ascending; (classes,).
    counts
        int64, shape (arms, classes + 1, classes + 1): units by class of their answer (the last
        one: no answer until the last end) and by the number of ends they were followed to.
    """

    arms: tuple[str, ...]
    ends: NDArray[np.float64]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what cannot have been counted."""
        size = len(self.ends) + 1
        if self.counts.shape != (len(self.arms), size, size) or (self.counts < 0).any():
            raise InputError(
                f"`counts` must be whole numbers of shape {(len(self.arms), size, size)}, none "
                f"negative, got shape {self.counts.shape}."
            )

    @property
    def asked(self) -> NDArray[np.int64]:
        """Units of each arm, (arms,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)))

    @property
    def answered(self) -> NDArray[np.int64]:
        """Answers by class among units followed to its end, (arms, classes)."""
        steps = range(len(self.ends))
        return np.stack([self.counts[:, step, step + 1 :].sum(axis=-1) for step in steps], axis=1)

    @property
    def at_risk(self) -> NDArray[np.int64]:
        """Units followed to a class's end and without an answer before it, (arms, classes)."""
        steps = range(len(self.ends))
        return np.stack(
            [self.counts[:, step:, step + 1 :].sum(axis=(1, 2)) for step in steps], axis=1
        )

    def by(self, arm: str, step: int) -> tuple[int, int]:
        """Return how many of an arm's units followed to an end had answered by it, and of how many.

        Parameters
        ----------
        arm
            Label.
        step
            Place of the end.
        """
        followed = self.counts[self.arms.index(arm), :, step + 1 :]
        return int(followed[: step + 1].sum()), int(followed.sum())

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and counts."""
        head = "|".join((*self.arms, *map(str, self.ends)))
        return sha256(head.encode() + self.counts.astype("<i8").tobytes()).hexdigest()[:16]


def count_answer_hours(table: ir.Table, hours: str, sent: str, until: date) -> AnswerHours:
    """Count the units of a table by arm, hours to the answer, and hours followed.

    Parameters
    ----------
    table
        A row a unit: `arm`, the hours (null: no answer), and when it was sent.
    hours, sent
        The columns.
    until
        Last day on which answers are complete; the day of sending and it are followed whole days
        apart, so that nobody is taken to be silent for hours that were not seen.
    """
    import ibis

    value: Any = table[hours]
    days: Any = ibis.literal(until, "date").epoch_days() - table[sent].cast("date").epoch_days()
    answer = ibis.literal(0)
    follow = ibis.literal(0)
    for end in ENDS:
        late = value > end
        answer += ibis.ifelse(late.fill_null(True), 1, 0)
        follow += ibis.ifelse(24 * days >= end, 1, 0)
    grouped = table.group_by(arm=table["arm"].cast("string"), answer=answer, follow=follow)
    frame = grouped.aggregate(n=table.count()).to_pyarrow().to_pandas()
    arms = tuple(sorted(frame["arm"].unique()))
    size = len(ENDS) + 1
    counts = np.zeros((len(arms), size, size), dtype=np.int64)
    place = frame["arm"].map({arm: at for at, arm in enumerate(arms)}).to_numpy()
    np.add.at(counts, (place, frame["answer"], frame["follow"]), frame["n"].to_numpy(np.int64))
    return AnswerHours(arms, np.array(ENDS, dtype=float), counts)
