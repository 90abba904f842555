"""Rows → counts, in one query: a group-by of the keys and the score inside the database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import period_label
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError
from npsstats.data.intake import Intake, finish
from npsstats.data.prepared import prepare, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import Labels

__all__ = ["PERIODS", "as_counts", "count", "count_expression"]

PERIODS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W"}
"""Keys derived from `date`, and the unit that a date is cut to for each."""


def count(
    data: Any, by: str | Sequence[str] | None = None, cells: Labels | None = None
) -> ScoreCounts:
    """Count answers by score in every cell.

    One group-by, run where the rows are: the rows themselves never leave the database, and memory
    stays flat however many there are.

    Parameters
    ----------
    data
        An `Intake` of responses; an Ibis table with canonical columns whose `score` is a whole
        number from 0 to 10, such as `intake.accepted` filtered; or anything else that `read`
        takes, whose canonical columns are then read, judged and counted in the same scan, with
        its line printed to standard error.
    by
        Key or keys: canonical columns, segments, or "year", "quarter", "month", "week" made from
        the date ('2025', '2025-Q1', '2025-03', ISO week '2025-W07'). None counts all answers as
        one cell. Answers whose key is missing are counted in a cell labelled "(none)".
    cells
        Labels of the cells wanted, in the order wanted: stores without answers get zeros. None
        takes those that occur, sorted by label (as numbers where they are numbers).

    Returns
    -------
    ScoreCounts
        Shape (cells, 11).

    Raises
    ------
    InputError
        If a key is not there, a score in an Ibis table is not a whole number from 0 to 10, or a
        cell with answers is not among `cells`.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> answers = pd.DataFrame({"score": [9, 10, 3], "store_id": [2, 10, 2]})
    >>> counts = nps.count(nps.read(answers, quiet=True), by="store_id")
    >>> counts.labels, counts.nps
    (['2', '10'], array([  0., 100.]))
    """
    counts = _counted(data, [by] if isinstance(by, str) else list(by or ()))
    return counts if cells is None else counts.arrange(cells)


def _counted(data: Any, keys: list[str], beside: Sequence[str] = ()) -> ScoreCounts:
    """Count by `keys`, and by those of `beside` that the data have."""
    import ibis

    if len(set(keys)) != len(keys):
        raise InputError(f"`by` names a key twice: {', '.join(keys)}.")
    scale = (0, 10)
    if isinstance(data, Intake):
        if data.table != "responses":
            raise InputError(f"Only responses can be counted, this intake holds {data.table}.")
        scale = data.scale
        keys = _with(keys, beside, data.accepted.columns)
        grouped = _fetch(count_expression(data.accepted, keys))
    elif isinstance(data, ibis.Table):
        keys = _with(keys, beside, data.columns)
        grouped = _checked(_fetch(count_expression(data, keys)), data)
    else:
        grouped, keys = _count_source(data, keys, beside)
    return _scatter(grouped, keys, scale)


def _with(keys: list[str], beside: Sequence[str], columns: Sequence[str]) -> list[str]:
    return keys + [key for key in beside if key in columns and key not in keys]


def as_counts(data: Any, by: str | Sequence[str] | None, beside: Sequence[str] = ()) -> ScoreCounts:
    """Return the counts by `by` of whatever an analysis was handed: the one door to all of them.

    Parameters
    ----------
    data
        `ScoreCounts`, added up to those keys where they have more; or anything `count` takes.
    by
        Key or keys, or None for one cell. "store_id" alone is the analyses' default, so counts
        whose cells carry no such key are taken as they are.
    beside
        Keys that are kept too, where the data have them.

    Raises
    ------
    InputError
        If a key is not there.
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    if not isinstance(data, ScoreCounts):
        return _counted(data, keys, beside)
    if beside and (keys != ["store_id"] or "store_id" in data.keys):
        keys = _with(keys, beside, data.keys)
    if keys == data.keys or (keys == ["store_id"] and "store_id" not in data.keys):
        return data
    return data.by(*keys)


def count_expression(table: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return the group-by of keys and score as a lazy expression.

    Parameters
    ----------
    table
        Canonical columns, `score` among them.
    keys
        As for `count`.

    Returns
    -------
    ibis.Table
        `key 0`, `key 1`, …, `score` and `n`.
    """
    if "score" not in table.columns:
        raise InputError(
            f"Counting needs a column `score`; there are {', '.join(table.columns)}. "
            "Read the table first: npsstats.read(table, columns={'score': ...})."
        )
    groups: dict[str, Any] = {}
    for place, key in enumerate(keys):
        if key in table.columns:
            groups[f"key {place}"] = table[key]
        elif key in PERIODS and "date" in table.columns:
            groups[f"key {place}"] = table["date"].truncate(PERIODS[key])
        else:
            raise InputError(_no_key(key, table))
    return table.group_by(**groups, score=table["score"]).aggregate(n=table.count())


def _no_key(key: str, table: ir.Table) -> str:
    there = [name for name in table.columns if name != "score" and " " not in name]
    there += list(PERIODS) if "date" in there else []
    remedy = "map a `date`" if key in PERIODS else f"map it: columns={{{key!r}: ...}}"
    return (
        f"`by`: there is no {key!r} among {', '.join(there) or 'no keys'}. When reading, {remedy}."
    )


def _fetch(expression: ir.Table) -> pd.DataFrame:
    # without integer_object_nulls, whole-number keys with a null among them come out as floats
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas(integer_object_nulls=True)
    return frame


def _count_source(
    data: Any, keys: list[str], beside: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Read, judge and count a source; rows are looked at again only where some are rejected."""
    segments = [key for key in keys if key not in PERIODS]
    prepared = prepare(data, segments=segments)
    judged = prepared.judged
    keys = _with(keys, beside, judged.columns)
    usable = judged.filter(judged.reason.isnull())  # noqa: PD003 - Ibis, not pandas
    grouped = _fetch(count_expression(usable, keys))
    accepted = int(grouped["n"].sum())
    if accepted == judged.count().to_pyarrow().as_py():
        zeros = int(grouped["n"][grouped["score"] == 0].sum())
        summary = [{"reason": None, "n": accepted, "zeros": zeros}]
    else:
        reasons = judged.group_by("reason").aggregate(**tally(judged, prepared.plan))
        summary = reasons.to_pyarrow().to_pylist()
    print(finish(prepared, summary), file=sys.stderr)  # noqa: T201 - what happened, in a line
    return grouped, keys


def _checked(grouped: pd.DataFrame, table: ir.Table) -> pd.DataFrame:
    """Return the groups of a table that was not judged, if its scores are what they must be."""
    scores = grouped["score"]
    if not table["score"].type().is_integer() or not scores.between(0, 10).all():
        odd = next((score for score in scores if score not in range(11)), table["score"].type())
        raise InputError(
            f"`score` must be a whole number from 0 to 10 in every row, got {odd}. Let "
            "npsstats.read(table, ...) judge the rows first."
        )
    return grouped


def _scatter(grouped: pd.DataFrame, keys: Sequence[str], scale: tuple[int, int]) -> ScoreCounts:
    """Spread the groups of a query over cells and scores."""
    scores = grouped["score"].to_numpy(dtype=np.int64)
    n = grouped["n"].to_numpy(dtype=np.int64)
    if not keys:
        return ScoreCounts(
            np.bincount(scores, weights=n, minlength=11).astype(np.int64), scale=scale
        )
    names = [f"key {place}" for place in range(len(keys))]
    groups = grouped[names]
    ranks = {name: _ranks(groups[name]) for name in names}
    codes = pd.DataFrame(ranks).groupby(names, sort=True).ngroup().to_numpy()
    found, firsts = np.unique(codes, return_index=True)
    counts = np.zeros((len(found), 11), dtype=np.int64)
    np.add.at(counts, (codes, scores), n)
    cells = groups.iloc[firsts].reset_index(drop=True)
    labelled = {key: _label(cells[name], key) for key, name in zip(keys, names, strict=True)}
    return ScoreCounts(counts, pd.DataFrame(labelled), scale=scale)


def _ranks(values: pd.Series) -> NDArray[np.int64]:
    """Return the place of each value among the different ones, sorted, null after all others."""
    ranks, different = pd.factorize(values, sort=True)
    return np.where(ranks < 0, len(different), ranks)


def _label(values: pd.Series, key: str) -> pd.Series:
    """Return key values as labels: periods and dates as ISO writes them."""
    if not values.map(lambda value: hasattr(value, "isoformat")).any():
        return values
    return values.map(lambda value: None if pd.isna(value) else _period(value, key))


def _period(day: Any, key: str) -> str:
    if key in PERIODS:
        return period_label(day, key)
    return str(day.isoformat())
