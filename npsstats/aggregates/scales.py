"""Answers on a scale of any length reduced to counts a cell: CSAT, effort, yes and no.

`ScaleCounts` is to a k-point scale what `ScoreCounts` is to the eleven scores, and is made by the
same query: a group-by of keys and value inside the database. Yes and no is the scale 0–1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import PERIODS, _fetch, _label, _ranks, count_expression
from npsstats.aggregates.scores import _codes, _label_frame, _readable
from npsstats.checks import InputError, one_of
from npsstats.data.intake import Intake, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir
    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import Labels

__all__ = ["ScaleCounts", "checked_scale", "count_scale"]

_MOST_POINTS = 101


@dataclass(frozen=True, init=False, repr=False, eq=False)
class ScaleCounts:
    """How many answers gave each value of a scale, in every cell.

    Parameters
    ----------
    array
        Shape (cells, k), or (k,) for one cell: answers by value. Whole numbers, none negative.
    cells
        A label for each cell, as for `ScoreCounts`.
    scale
        Lowest and highest value, whole numbers; k is highest − lowest + 1.
    blank
        Rows that were looked at and hold no value.

    Raises
    ------
    InputError
        If the shape is another, a count is negative or not whole, or two cells have one label.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScaleCounts([[1, 0, 2, 5, 12], [3, 1, 1, 0, 0]], ["Lyon", "Lille"], (1, 5))
    >>> counts.n
    array([20,  5])
    >>> counts.top(2), counts.mean.round(2)
    (array([17,  0]), array([4.35, 1.6 ]))
    """

    counts: NDArray[np.int64]
    scale: tuple[int, int]
    blank: int = field(default=0)

    def __init__(
        self,
        array: ArrayLike,
        cells: Labels | None = None,
        scale: tuple[int, int] = (1, 5),
        *,
        blank: int = 0,
    ) -> None:
        low, high = checked_scale(scale)
        counts = _whole(array, high - low + 1)
        frame = _label_frame(cells, len(counts))
        if (again := frame.astype(str).duplicated()).any():
            raise InputError(
                f"`cells` must differ from each other, {_readable(frame[again])[0]!r} comes twice."
            )
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "scale", (low, high))
        object.__setattr__(self, "blank", int(blank))
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

    @cached_property
    def values(self) -> NDArray[np.int64]:
        """The values of the scale, (k,)."""
        return np.arange(self.scale[0], self.scale[1] + 1)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Answers, shape (cells,)."""
        return self.counts.sum(axis=1)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean answer on the scale, NaN where there is none, shape (cells,)."""
        mean = np.full(len(self), np.nan)
        np.divide(self.counts @ self.values, self.n, out=mean, where=self.n > 0)
        return mean

    def top(self, boxes: int) -> NDArray[np.int64]:
        """Return the answers in the highest `boxes` values; the lowest −`boxes` if negative."""
        taken = self.counts[:, -boxes:] if boxes > 0 else self.counts[:, :-boxes]
        return taken.sum(axis=1)

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of counts, labels and scale."""
        cells = self.cells.astype(str)
        names = json.dumps([self.keys, [cells[key].to_list() for key in self.keys], self.scale])
        return sha256(names.encode() + self.counts.astype("<i8").tobytes()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScaleCounts):
            return NotImplemented
        return self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __add__(self, other: object) -> ScaleCounts:
        if not isinstance(other, ScaleCounts):
            return NotImplemented
        if self.keys != other.keys or self.scale != other.scale:
            raise InputError(
                f"Counts by {', '.join(self.keys)} on {self.scale} and by {', '.join(other.keys)} "
                f"on {other.scale} cannot be added: keys and scales must be the same."
            )
        cells = pd.concat([self.cells.astype(object), other.cells.astype(object)])
        both = np.concatenate([self.counts, other.counts])
        return _added(both, cells.reset_index(drop=True), self.scale, self.blank + other.blank)

    def sum(self) -> ScaleCounts:
        """Return all answers as one cell."""
        return ScaleCounts(self.counts.sum(axis=0), scale=self.scale, blank=self.blank)

    def by(self, *keys: str) -> ScaleCounts:
        """Return the counts by fewer keys, cells in the order in which they first occur."""
        for key in keys:
            one_of("by", key, self.keys)
        if not keys:
            return self.sum()
        return _added(self.counts, self.cells[list(keys)], self.scale, self.blank)

    def __repr__(self) -> str:
        low, high = self.scale
        cells = f"{len(self):,} cell{'s' if len(self) != 1 else ''}"
        shown = self.cells.assign(n=self.n, mean=self.mean.round(2))
        table = shown.to_string(index=False, max_rows=10, na_rep="–")
        return f"ScaleCounts: {self.n.sum():,} answers from {low} to {high} in {cells}\n{table}"


def count_scale(
    data: Any,
    by: str | Sequence[str] | None,
    scale: tuple[int, int],
    value: Callable[[ir.Table], ir.Value],
    name: str,
    *,
    table: str = "responses",
) -> ScaleCounts:
    """Count a value of a table in every cell, or bring counts to the wanted keys.

    Parameters
    ----------
    data
        `ScaleCounts`; an `Intake` of that table; an Ibis table, or a data frame without the
        column that the table requires, with canonical columns, taken as they are; or anything
        else that `npsstats.read` takes.
    by
        Key or keys as for `npsstats.count`; "store_id" alone, the analyses' default, is no key
        where there is none.
    scale
        Lowest and highest value.
    value
        From the table to the value to be counted; null where there is none.
    name
        What the value is called in errors.
    table
        What a source is read as.

    Raises
    ------
    InputError
        If a key or the value is not there, or a value is not a whole number on the scale.
    """
    scale = checked_scale(scale)
    keys = [by] if isinstance(by, str) else list(by or ())
    if len(set(keys)) != len(keys):
        raise InputError(f"`by` names a key twice: {', '.join(keys)}.")
    if isinstance(data, ScaleCounts):
        if data.scale != scale:
            raise InputError(
                f"These counts are on the scale {data.scale}, not on {scale}: say scale="
                f"{data.scale}."
            )
        if keys == data.keys or (keys == ["store_id"] and "store_id" not in data.keys):
            return data
        return data.by(*keys)
    rows = _rows(data, table, keys)
    if keys == ["store_id"] and "store_id" not in rows.columns:
        keys = []
    grouped = _fetch(count_expression(rows.mutate(score=value(rows).cast("float64")), keys))
    return _scatter(grouped, keys, scale, name)


def checked_scale(scale: Any) -> tuple[int, int]:
    """Return a scale's two ends if they are whole numbers, the lower first."""
    ends = tuple(scale) if isinstance(scale, tuple | list) else ()
    whole = all(isinstance(end, int) and not isinstance(end, bool) for end in ends)
    if len(ends) != 2 or not whole or not 0 < ends[1] - ends[0] < _MOST_POINTS:
        raise InputError(
            f"`scale` must be the lowest and the highest value, such as (1, 5), got {scale!r}."
        )
    return ends


def _rows(data: Any, table: str, keys: Sequence[str]) -> ir.Table:
    import ibis

    if isinstance(data, Intake):
        if data.table != table:
            raise InputError(f"This takes {table}, and the intake holds {data.table}.")
        return data.accepted
    if isinstance(data, ibis.Table):
        return data
    required = {"responses": "score", "invitations": "customer_id"}[table]
    if isinstance(data, pd.DataFrame) and required not in data.columns:
        import pyarrow as pa

        # by way of Arrow, which makes NaN a null
        return ibis.memtable(pa.Table.from_pandas(data, preserve_index=False))
    from npsstats.data.tables import table_named

    known = {*table_named(table).names, *PERIODS}
    return read(data, table=table, segments=[key for key in keys if key not in known]).accepted


def _scatter(
    grouped: pd.DataFrame, keys: Sequence[str], scale: tuple[int, int], name: str
) -> ScaleCounts:
    low, high = scale
    n = grouped["n"].to_numpy(np.int64)
    values = pd.to_numeric(grouped["score"]).to_numpy(float)
    blank = int(n[np.isnan(values)].sum())
    kept = ~np.isnan(values)
    odd = kept & ((values < low) | (values > high) | (values != np.floor(values)))
    if odd.any():
        raise InputError(
            f"`{name}` must be a whole number from {low} to {high}, got {values[odd][0]:g} "
            f"({n[odd].sum():,} answers are off the scale). Declare the survey's own scale, such "
            f"as scale=({min(low, int(values[kept].min()))}, "
            f"{max(high, int(np.ceil(values[kept].max())))})."
        )
    place = np.where(kept, values - low, 0).astype(np.int64)
    answers = np.where(kept, n, 0)
    if not keys:
        counted = np.bincount(place, weights=answers, minlength=high - low + 1).astype(np.int64)
        return ScaleCounts(counted, scale=scale, blank=blank)
    names = [f"key {number}" for number in range(len(keys))]
    ranks = pd.DataFrame({column: _ranks(grouped[column]) for column in names})
    codes = ranks.groupby(names, sort=True).ngroup().to_numpy()
    found, firsts = np.unique(codes, return_index=True)
    counts = np.zeros((len(found), high - low + 1), dtype=np.int64)
    np.add.at(counts, (codes, place), answers)
    cells = grouped[names].iloc[firsts].reset_index(drop=True)
    labelled = {key: _label(cells[column], key) for key, column in zip(keys, names, strict=True)}
    return ScaleCounts(counts, pd.DataFrame(labelled), scale, blank=blank)


def _added(
    counts: NDArray[np.int64], cells: pd.DataFrame, scale: tuple[int, int], blank: int
) -> ScaleCounts:
    codes = _codes(cells.astype(str))
    firsts = np.unique(codes, return_index=True)[1]
    total = np.zeros((len(firsts), counts.shape[1]), dtype=np.int64)
    np.add.at(total, codes, counts)
    return ScaleCounts(total, cells.iloc[list(firsts)].reset_index(drop=True), scale, blank=blank)


def _whole(array: ArrayLike, points: int) -> NDArray[np.int64]:
    given = np.atleast_2d(np.asarray(array))
    if given.ndim != 2 or given.shape[1] != points:
        raise InputError(
            f"`array` must have the shape (cells, {points}), a column for each value of the scale, "
            f"got {np.shape(array)}."
        )
    whole = given.dtype.kind in "iuf" and bool((np.isfinite(given) & (given % 1 == 0)).all())
    if not whole or (given < 0).any():
        raise InputError("`array` must hold whole numbers of answers, none of them negative.")
    return given.astype(np.int64)
