"""How customers who stay change state from one period to the next.

By counts of moves between labels, each row of the matrix uncertain as a Dirichlet; or by age, from
a band of periods to the next, spread evenly over the band.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]
    type Ints = NDArray[np.int64]

__all__ = ["Move", "aged", "are_bands", "counted"]

_BAND = re.compile(r"^(\d+)(?:-(\d+)|(\+))?$")


class Move(NamedTuple):
    """A matrix of one key's labels: counts (from, to), or shares that are sure.

    Attributes
    ----------
    key
        Whose labels.
    table
        (L, L): rows of shares that add up to 1, or counts.
    sure
        Whether they are shares.
    """

    key: str
    table: Floats
    sure: bool

    def draw(self, size: int, rng: np.random.Generator) -> Floats:
        """Return shares, (size, L, L); who has no count stays as he is."""
        if self.sure:
            return np.broadcast_to(self.table, (size, *self.table.shape))
        drawn = rng.standard_gamma(np.broadcast_to(self.table, (size, *self.table.shape)))
        total = drawn.sum(axis=2, keepdims=True)
        stay = np.eye(len(self.table))
        return np.where(total > 0, drawn / np.where(total > 0, total, 1.0), stay)

    def apply(
        self, shares: Floats, customers: Ints, money: Floats, rng: np.random.Generator
    ) -> tuple[Ints, Floats]:
        """Move customers (D, A, L, B) to their next label, and their money with them."""
        moved, worth = np.zeros_like(customers), np.zeros_like(money)
        for old in range(len(self.table)):
            left = customers[:, :, old]
            a_head = np.where(left > 0, money[:, :, old] / np.maximum(left, 1), 0.0)
            rest = np.ones(len(shares))
            goals = np.flatnonzero((shares[:, old] > 0).any(axis=0))
            for new in goals:
                share = np.clip(shares[:, old, new] / np.maximum(rest, 1e-300), 0, 1)
                last = new == goals[-1]
                taken = left if last else rng.binomial(left, share[:, None, None])
                moved[:, :, new] += taken
                worth[:, :, new] += taken * a_head
                left, rest = left - taken, rest - shares[:, old, new]
        return moved, worth


def counted(key: str, table: pd.DataFrame, labels: Sequence[str]) -> Move:
    """Return moves from counts: a square frame, labels before as rows and after as columns.

    Raises
    ------
    InputError
        If it is not square, a count is negative, or a label is not one of the states'.
    """
    rows, columns = [str(x) for x in table.index], [str(x) for x in table.columns]
    strange = [name for name in dict.fromkeys([*rows, *columns]) if name not in labels]
    if strange:
        raise InputError(
            f"`moves`: {strange[0]!r} is no label of {key!r}, which has "
            f"{', '.join(map(repr, labels))}."
        )
    counts = table.to_numpy(dtype=float)
    if not (np.isfinite(counts) & (counts >= 0)).all() or len(set(rows)) < len(rows):
        raise InputError(f"`moves` of {key!r} must be counts, none negative, a row a label before.")
    full = np.zeros((len(labels), len(labels)))
    at = {label: place for place, label in enumerate(labels)}
    for row, name in enumerate(rows):
        for column, other in enumerate(columns):
            full[at[name], at[other]] = counts[row, column]
    return Move(key, full, sure=False)


def are_bands(labels: Sequence[str]) -> bool:
    """Return whether some labels are bands of whole periods: "0-2", "3-5", "6+"."""
    return sum(_BAND.match(label) is not None for label in labels) > 1


def aged(key: str, labels: Sequence[str]) -> Move:
    """Return moves by age: of a band w periods wide, 1/w reach the next one in a period.

    Raises
    ------
    InputError
        If the labels are no bands.

    Examples
    --------
    >>> aged("tenure", ("0-1", "2-5", "6+")).table
    array([[0.5 , 0.5 , 0.  ],
           [0.  , 0.75, 0.25],
           [0.  , 0.  , 1.  ]])
    """
    if not are_bands(labels):
        raise InputError(
            f"`ageing`: the labels of {key!r} are no bands of periods, such as '0-2', '3-5', '6+'. "
            "Leave it out."
        )
    table = np.eye(len(labels))
    found = [(_BAND.match(label), place) for place, label in enumerate(labels)]
    bands = sorted((int(match[1]), place, match) for match, place in found if match)
    for (low, place, match), (_, after, _) in pairwise(bands):
        if not match[3]:
            width = int(match[2] or low) - low + 1
            table[place, place], table[place, after] = 1 - 1 / width, 1 / width
    return Move(key, table, sure=True)
