"""Answers with a weight each, reduced to sums a cell and score inside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats.aggregates.counting import PERIODS, _fetch, _ranks, _scatter, count_expression
from npsstats.checks import InputError
from npsstats.data.intake import Intake, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["WeightedScores", "count_weighted"]


class WeightedScores(NamedTuple):
    """Answers a cell and score: `counts`, Σw and Σw² of shape (cells, 11), the largest weight."""

    counts: ScoreCounts
    total: Floats
    squares: Floats
    largest: float


def count_weighted(data: Any, by: str | Sequence[str] | None, weight: str) -> WeightedScores:
    """Add up a column of weights, and their squares, by cell and score.

    Parameters
    ----------
    data
        An `Intake` of responses that kept the column (`segments=[...]` when reading), an Ibis
        table, or anything that `read` takes.
    by
        Key or keys, as for `npsstats.count`.
    weight
        Name of the column: a number of at least 0 for every answer.

    Returns
    -------
    WeightedScores
        Cells sorted by label, as `npsstats.count` sorts them.

    Raises
    ------
    InputError
        If the column is not there, or a weight is missing, negative or no number.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> rows = pd.DataFrame({"score": [9, 10, 3], "store_id": ["A", "A", "B"], "w": [1, 2, 0.5]})
    >>> sums = count_weighted(nps.read(rows, segments=["w"], quiet=True), "store_id", "w")
    >>> sums.total.sum(axis=1), sums.squares.sum(axis=1)
    (array([3. , 0.5]), array([5.  , 0.25]))
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    table, scale = _rows(data, [*keys, weight])
    if weight not in table.columns:
        raise InputError(
            f"There is no column {weight!r} of weights among {', '.join(table.columns)}. When "
            f"reading, keep it: segments=[{weight!r}]."
        )
    table = table.mutate(**{_WEIGHT: _number(table[weight])})
    keyed = count_expression(table, keys)  # checks the keys and the score
    groups = {name: _key(table, key) for name, key in zip(keyed.columns, keys, strict=False)}
    value = table[_WEIGHT]
    grouped = _fetch(
        table.group_by(**groups, score=table["score"]).aggregate(
            n=table.count(),
            known=value.count(),
            least=value.min(),
            largest=value.max(),
            total=value.sum(),
            squares=(value * value).sum(),
        )
    )
    _require_weights(grouped, weight)
    counts = _scatter(grouped[[*groups, "score", "n"]], keys, scale)
    row = _cell_of(grouped, keys, counts)
    score = grouped["score"].to_numpy(np.intp)
    sums = np.zeros((2, len(counts), 11))
    for place, name in enumerate(("total", "squares")):
        np.add.at(sums[place], (row, score), grouped[name].to_numpy(float))
    return WeightedScores(counts, sums[0], sums[1], float(grouped["largest"].max()))


_WEIGHT = " weight"  # a blank first: no key can be called so


def _rows(data: Any, names: Sequence[str]) -> tuple[ir.Table, tuple[int, int]]:
    import ibis

    if isinstance(data, ibis.Table):
        return data, (0, 10)
    if not isinstance(data, Intake):
        segments = [name for name in names if name not in PERIODS]
        data = read(data, segments=segments)
    if data.table != "responses":
        raise InputError(f"Only responses can be counted, this intake holds {data.table}.")
    return data.accepted, data.scale


def _number(column: Any) -> Any:
    """Return a column as numbers; segments are read as text, with a point or a comma."""
    if not column.type().is_string():
        return column.cast("float64")
    text = column.strip().replace(",", ".")
    # other databases cannot try: there, text that is no number is theirs to refuse
    duckdb = column.get_backend().name == "duckdb"
    return text.try_cast("float64") if duckdb else text.nullif("").cast("float64")


def _key(table: ir.Table, key: str) -> ir.Column:
    return table[key] if key in table.columns else table["date"].truncate(PERIODS[key])


def _require_weights(grouped: Any, weight: str) -> None:
    lost = int((grouped["n"] - grouped["known"]).sum())
    if lost:
        raise InputError(
            f"{lost:,} answers have no number in {weight!r}. Fill their weight in (0 leaves an "
            "answer out), or leave them out first."
        )
    low, high = float(grouped["least"].min()), float(grouped["largest"].max())
    if low < 0 or not np.isfinite(high) or high <= 0:
        raise InputError(
            f"`{weight}` must hold finite numbers of at least 0, not all 0; they go from {low:g} "
            f"to {high:g}."
        )


def _cell_of(grouped: Any, keys: Sequence[str], counts: ScoreCounts) -> NDArray[np.intp]:
    """Return the row of `counts` that each group of the query went to."""
    if not keys:
        return np.zeros(len(grouped), dtype=np.intp)
    # cells come in the order of their keys' values, as `_scatter` puts them
    names = [f"key {place}" for place in range(len(keys))]
    ranks = grouped[names].apply(_ranks)
    codes = ranks.groupby(names, sort=True).ngroup().to_numpy()
    if codes.max(initial=-1) + 1 != len(counts):
        raise AssertionError("groups and cells differ")
    return np.asarray(codes, dtype=np.intp)
