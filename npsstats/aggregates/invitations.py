"""Invitations reduced to counts a cell: how many were asked, how many answered, with what score.

Counts add: `a + b` counts the invitations of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["InvitationCounts", "collapsed"]


@dataclass(frozen=True, eq=False, repr=False)
class InvitationCounts:
    """How many were invited in every cell, how many answered, and what they scored.

    Attributes
    ----------
    cells
        pandas frame, a row a cell and a column a key; a missing label reads "(none)".
    invited, answered
        int64, shape (cells,); nowhere more answered than invited.
    scores
        `ScoreCounts` of the answers in the same cells, or None where no answers were joined.
    """

    cells: pd.DataFrame
    invited: NDArray[np.int64]
    answered: NDArray[np.int64]
    scores: ScoreCounts | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot have been counted."""
        for name, values in (("invited", self.invited), ("answered", self.answered)):
            if values.shape != (len(self.cells),) or (values < 0).any():
                raise InputError(
                    f"`{name}` must be {len(self.cells)} whole numbers, none negative, "
                    f"got shape {values.shape}."
                )
        over = np.flatnonzero(self.answered > self.invited)
        if len(over):
            label = " · ".join(map(str, self.cells.iloc[over[0]]))
            raise InputError(
                f"Cell {label!r} has {self.answered[over[0]]:,} answers to "
                f"{self.invited[over[0]]:,} invitations. Leave out answers that were not invited, "
                "and keep one answer an invitation."
            )

    @property
    def keys(self) -> list[str]:
        """The names of the grouping keys."""
        return list(self.cells.columns)

    @property
    def rate(self) -> NDArray[np.float64]:
        """Share of the invitations that were answered, NaN where nobody was invited; (cells,)."""
        rate = np.full(len(self), np.nan)
        np.divide(self.answered, self.invited, out=rate, where=self.invited > 0)
        return rate

    @property
    def frame(self) -> pd.DataFrame:
        """The cells with `invited`, `answered` and `rate`."""
        return self.cells.assign(invited=self.invited, answered=self.answered, rate=self.rate)

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and counts."""
        text = self.cells.astype(str).to_csv(index=False)
        numbers = np.stack([self.invited, self.answered]).astype("<i8").tobytes()
        scores = self.scores.fingerprint if self.scores is not None else ""
        return sha256(text.encode() + numbers + scores.encode()).hexdigest()[:16]

    def by(self, *keys: str) -> InvitationCounts:
        """Return the counts by fewer keys, cells in the order in which they first occur."""
        for key in keys:
            one_of("by", key, self.keys)
        cells = self.cells[list(keys)] if keys else pd.DataFrame({"cell": ["all"] * len(self)})
        return collapsed(cells, self.invited, self.answered, self.scores)

    def relabelled(self, **keys: Sequence[object]) -> InvitationCounts:
        """Return the counts with further keys, or other labels of those that there are.

        Parameters
        ----------
        keys
            Key → a label a cell. Equal labels in every key add up.
        """
        cells = self.cells.copy()
        for key, values in keys.items():
            cells[key] = pd.Series(list(values), index=cells.index)
        return collapsed(
            cells,
            self.invited,
            self.answered,
            None,
            None if self.scores is None else self.scores.counts,
        )

    def __add__(self, other: object) -> InvitationCounts:
        if not isinstance(other, InvitationCounts):
            return NotImplemented
        if self.keys != other.keys:
            raise InputError(
                f"Invitations by {', '.join(self.keys)} and by {', '.join(other.keys)} cannot be "
                "added. Bring both to the same keys with .by(...)."
            )
        if (self.scores is None) != (other.scores is None):
            raise InputError(
                "Invitations with scores and without cannot be added. Count both with "
                "`responses`, or neither."
            )
        both = [*(part for part in (self.scores, other.scores) if part is not None)]
        cells = pd.concat([self.cells.astype(object), other.cells.astype(object)])
        return collapsed(
            cells.reset_index(drop=True),
            np.concatenate([self.invited, other.invited]),
            np.concatenate([self.answered, other.answered]),
            both[0] + both[1] if both else None,
        )

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        asked, came = int(self.invited.sum()), int(self.answered.sum())
        share = f" ({100 * came / asked:.1f} %)" if asked else ""
        shown = self.frame.to_string(index=False, max_rows=10, na_rep="–")
        return f"InvitationCounts: {came:,} answers to {asked:,} invitations{share}\n{shown}"


def collapsed(
    cells: pd.DataFrame,
    invited: NDArray[np.int64],
    answered: NDArray[np.int64],
    scores: ScoreCounts | None,
    table: NDArray[np.int64] | None = None,
) -> InvitationCounts:
    """Add the counts of equal labels, in the order in which they first occur."""
    if not len(cells):
        raise InputError("There is no invitation to count.")
    codes = cells.astype(str).groupby(list(cells.columns), sort=False).ngroup().to_numpy()
    firsts = np.unique(codes, return_index=True)[1]
    kept = cells.iloc[firsts].reset_index(drop=True)
    totals = np.zeros((2, len(firsts)), dtype=np.int64)
    np.add.at(totals[0], codes, invited)
    np.add.at(totals[1], codes, answered)
    if table is not None:
        sums = np.zeros((len(firsts), 11), dtype=np.int64)
        np.add.at(sums, codes, table)
        scores = ScoreCounts(sums, kept)
    elif scores is not None:
        scores = (scores.by(*kept.columns) if list(kept) != ["cell"] else scores.sum()).arrange(
            kept
        )
    return InvitationCounts(kept, totals[0], totals[1], scores)
