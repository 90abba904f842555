"""Answers reduced to eleven counts a cell: all that any analysis of scores needs of them.

Counts add: `a + b` counts the answers of both. Made by `count` inside a database, or directly
from an array.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

    type Labels = Sequence[Any] | pd.Series | pd.Index | pd.DataFrame

__all__ = ["NONE", "ScoreCounts"]

NONE = "(none)"
"""Label of the cell whose key is missing."""

_SCORES = 11
_FIRST_PASSIVE, _FIRST_PROMOTER = 7, 9
_SHOWN = 10


@dataclass(frozen=True, init=False, repr=False, eq=False)
class ScoreCounts:
    """How many answers gave each score from 0 to 10, in every cell.

    Parameters
    ----------
    array
        Shape (cells, 11), or (11,) for one cell: answers by score. Whole numbers, none negative.
    cells
        A label for each cell: a sequence, or a data frame with a column a key. None numbers them
        from 1, and calls a single one "all". A missing label reads "(none)".
    scale
        The scale the scores were declared on; on (1, 11) the first count is of the score 1.

    Attributes
    ----------
    counts
        int64, shape (cells, 11), read-only.
    cells
        pandas frame, a row a cell and a column a key.
    scale
        As declared.

    Raises
    ------
    InputError
        If the shape is another, a count is negative or not whole, or two cells have one label.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9], [2, 0, 0, 1, 0, 3, 1, 2, 2, 1, 0]],
    ...     cells=["Lyon", "Lille"],
    ... )
    >>> counts.n
    array([20, 12])
    >>> counts.nps.round(1)
    array([ 55., -50.])
    >>> counts.sum().nps.round(1)
    array([15.6])
    """

    counts: NDArray[np.int64]
    scale: tuple[int, int]

    def __init__(
        self, array: ArrayLike, cells: Labels | None = None, *, scale: tuple[int, int] = (0, 10)
    ) -> None:
        counts = _whole_counts(array)
        frame = _label_frame(cells, len(counts))
        repeated = frame[frame.astype(str).duplicated()]
        if len(repeated):
            raise InputError(
                f"`cells` must differ from each other, {_readable(repeated)[0]!r} comes twice. "
                "Add counts of the same cell with +."
            )
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "scale", tuple(scale))
        object.__setattr__(self, "_cells", frame)

    @property
    def cells(self) -> pd.DataFrame:
        """The cells' labels, a column a key."""
        frame: pd.DataFrame = vars(self)["_cells"]
        return frame.copy(deep=False)

    @property
    def keys(self) -> list[str]:
        """The names of the grouping keys."""
        return list(self.cells.columns)

    @property
    def labels(self) -> list[str]:
        """One readable label a cell."""
        return _readable(self.cells)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Answers, shape (cells,)."""
        return self.counts.sum(axis=1)

    @property
    def detractors(self) -> NDArray[np.int64]:
        """Answers from 0 to 6, shape (cells,)."""
        return self.categories[:, 0]

    @property
    def passives(self) -> NDArray[np.int64]:
        """Answers of 7 and 8, shape (cells,)."""
        return self.categories[:, 1]

    @property
    def promoters(self) -> NDArray[np.int64]:
        """Answers of 9 and 10, shape (cells,)."""
        return self.categories[:, 2]

    @cached_property
    def categories(self) -> NDArray[np.int64]:
        """Detractors, passives and promoters, shape (cells, 3)."""
        return np.add.reduceat(self.counts, [0, _FIRST_PASSIVE, _FIRST_PROMOTER], axis=1)

    @property
    def nps(self) -> NDArray[np.float64]:
        """Net Promoter Score in points, −100 to 100, NaN where there is no answer; (cells,)."""
        points = np.full(len(self), np.nan)
        np.divide(100.0 * (self.promoters - self.detractors), self.n, out=points, where=self.n > 0)
        return points

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of counts, labels and scale."""
        cells = self.cells.astype(str)
        names = json.dumps([self.keys, [cells[key].to_list() for key in self.keys], self.scale])
        return sha256(names.encode() + self.counts.astype("<i8").tobytes()).hexdigest()[:16]

    @property
    def frame(self) -> pd.DataFrame:
        """The cells with a column for each score, score_0 to score_10."""
        scores = pd.DataFrame(self.counts, columns=[f"score_{bin_}" for bin_ in range(_SCORES)])
        return pd.concat([self.cells, scores], axis=1)

    def __len__(self) -> int:
        return len(self.counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScoreCounts):
            return NotImplemented
        return self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __add__(self, other: object) -> ScoreCounts:
        if not isinstance(other, ScoreCounts):
            return NotImplemented
        if self.keys != other.keys:
            raise InputError(
                f"Counts by {', '.join(self.keys)} and by {', '.join(other.keys)} cannot be added. "
                "Bring both to the same keys with .by(...)."
            )
        if self.scale != other.scale:
            raise InputError(
                f"Counts on the scales {self.scale} and {other.scale} cannot be added: the same "
                "place does not stand for the same answer."
            )
        cells = pd.concat([self.cells.astype(object), other.cells.astype(object)])
        cells = cells.infer_objects().reset_index(drop=True)
        return _collapse(np.concatenate([self.counts, other.counts]), cells, self.scale)

    def __radd__(self, other: object) -> ScoreCounts:
        # sum([a, b, c]) starts from 0
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def sum(self) -> ScoreCounts:
        """Return all answers as one cell."""
        return ScoreCounts(self.counts.sum(axis=0), scale=self.scale)

    def by(self, *keys: str) -> ScoreCounts:
        """Return the counts by fewer keys, cells in the order in which they first occur."""
        for key in keys:
            one_of("by", key, self.keys)
        if not keys:
            return self.sum()
        return _collapse(self.counts, self.cells[list(keys)], self.scale)

    def where(self, key: str, value: Any) -> ScoreCounts:
        """Return the cells whose key has that value, or one of those in a list, tuple or set."""
        one_of("key", key, self.keys)
        wanted = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        labels = self.cells[key].astype(str)
        for item in wanted:
            one_of(key, str(item), list(dict.fromkeys(labels)))
        return self.take(labels.isin([str(item) for item in wanted]).to_numpy())

    def take(self, mask: ArrayLike) -> ScoreCounts:
        """Return the cells of a boolean mask, or at positions from 0, in that order."""
        chosen = np.asarray(mask)
        if chosen.dtype == bool and chosen.shape != (len(self),):
            raise InputError(f"`mask` must have {len(self)} values, got shape {chosen.shape}.")
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        cells = self.cells.iloc[places].reset_index(drop=True)
        return ScoreCounts(self.counts[places], cells, scale=self.scale)

    def arrange(self, cells: Labels) -> ScoreCounts:
        """Return the counts in the order of given cells; those without answers get zeros.

        Parameters
        ----------
        cells
            Labels as for the constructor; a data frame may have other columns than the keys.

        Raises
        ------
        InputError
            If a cell with answers is not among them: its answers would be lost.
        """
        if isinstance(cells, pd.DataFrame) and set(self.keys) <= set(cells.columns):
            cells = cells[self.keys]
        wanted = _label_frame(cells, None)
        if len(wanted.columns) != len(self.keys):
            raise InputError(
                f"`cells` must give {', '.join(self.keys)}, got {len(wanted.columns)} columns."
            )
        wanted.columns = pd.Index(self.keys)
        codes = _codes(pd.concat([wanted.astype(str), self.cells.astype(str)]))
        places, own = codes[: len(wanted)], codes[len(wanted) :]
        lost = self.take((self.n > 0) & ~np.isin(own, places))
        if len(lost):
            few = ", ".join(map(repr, lost.labels[:5])) + (", …" if len(lost) > 5 else "")
            raise InputError(
                f"{len(lost)} cells with {lost.n.sum():,} answers are not in `cells`: {few}. Add "
                "them, or leave them out first with .take(...)."
            )
        counts = np.zeros((codes.max(initial=-1) + 1, _SCORES), dtype=np.int64)
        counts[own] = self.counts
        return ScoreCounts(counts[places], wanted, scale=self.scale)

    def __repr__(self) -> str:
        shown = self._summary().to_string(index=False, max_rows=_SHOWN, na_rep="–")
        return f"{self._title()}\n{shown}"

    def _repr_html_(self) -> str:
        table = self._summary().to_html(
            index=False, max_rows=_SHOWN, na_rep="–", border=0, escape=True
        )
        return f"<div><h4>{escape(self._title())}</h4>{table}</div>"

    def _title(self) -> str:
        net = float(self.sum().nps[0])
        score = "" if np.isnan(net) else f", NPS {net:.1f}"
        cells = f"{len(self):,} cell{'s' if len(self) != 1 else ''}"
        return f"ScoreCounts: {self.n.sum():,} answers in {cells}{score}"

    def _summary(self) -> pd.DataFrame:
        numbers = {"n": self.n, "detractors": self.detractors, "passives": self.passives}
        numbers |= {"promoters": self.promoters}
        return self.cells.assign(**numbers, nps=self.nps.round(1))


def _whole_counts(array: ArrayLike) -> NDArray[np.int64]:
    try:
        given = np.array(array)
    except ValueError:
        given = np.array(None)
    if given.ndim == 1 and given.shape == (_SCORES,):
        given = given[np.newaxis]
    if given.ndim != 2 or given.shape[1] != _SCORES:
        raise InputError(
            f"`array` must have the shape (cells, {_SCORES}), a column for each score from 0 to "
            f"10, got {given.shape}. Count rows with npsstats.count(...)."
        )
    whole = given.dtype.kind in "iu"
    if given.dtype.kind == "f":
        whole = bool((np.isfinite(given) & (given == np.floor(given))).all())
    if not whole or (given < 0).any():
        raise InputError("`array` must hold whole numbers of answers, none of them negative.")
    return given.astype(np.int64)


def _label_frame(cells: Labels | None, length: int | None) -> pd.DataFrame:
    """Return labels as a frame with a column a key and a RangeIndex."""
    if cells is None:
        cells = ["all"] if length == 1 else list(range(1, (length or 0) + 1))
    if isinstance(cells, str):
        raise InputError(f"`cells` must be a sequence of labels, got the text {cells!r}.")
    if isinstance(cells, pd.DataFrame):
        frame = cells.reset_index(drop=True)
    else:
        name = getattr(cells, "name", None) or "cell"
        frame = pd.DataFrame({name: pd.Series(list(cells), dtype=None if len(cells) else object)})
    if not len(frame.columns) or (length is not None and len(frame) != length):
        raise InputError(
            f"`cells` must have a label for each of the {length} rows of `array`, got {len(frame)}."
        )
    for key in frame.columns[frame.isna().any()]:
        frame[key] = frame[key].astype(object).where(frame[key].notna(), NONE)
    return frame.rename(columns=str)


def _readable(cells: pd.DataFrame) -> list[str]:
    text = cells.astype(str)
    return [" · ".join(row) for row in text.itertuples(index=False, name=None)]


def _codes(text: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number for each row, equal for equal rows, from 0 in order of first occurrence."""
    return np.asarray(text.groupby(list(text.columns), sort=False).ngroup(), dtype=np.int64)


def _collapse(
    counts: NDArray[np.int64], cells: pd.DataFrame, scale: tuple[int, int]
) -> ScoreCounts:
    """Add the counts of equal labels, in the order in which they first occur."""
    codes = _codes(cells.astype(str))
    firsts: Collection[int] = np.unique(codes, return_index=True)[1]
    total = np.zeros((len(firsts), _SCORES), dtype=np.int64)
    np.add.at(total, codes, counts)
    return ScoreCounts(total, cells.iloc[list(firsts)].reset_index(drop=True), scale=scale)
