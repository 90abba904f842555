"""Rows → moments by arm, in one query: sums and sums of products inside the database."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.data.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    from numpy.typing import NDArray

__all__ = ["arm_moments"]

_SAMPLE = 1000  # rows that say where the numbers lie
_WHOLE = 2**20  # whole numbers up to here have exact sums of products over billions of rows
_LOST = 1e9  # mean² over variance at which half of the digits of a variance are gone


def arm_moments(
    table: Any,
    by: str | Sequence[str],
    sets: Mapping[str, Sequence[str]],
    *,
    filled: Sequence[str] = (),
) -> dict[str, ArmMoments]:
    """Return n, means and centred second moments of several sets of variables, by cell.

    One scan: sums and sums of products of the numbers less a value near their middle, so that
    nothing cancels; a second one only where numbers are missing in some rows, or where the
    middle turns out to be far off.

    Parameters
    ----------
    table
        A row a unit: an Ibis table, a pandas or Polars frame, or an Arrow table.
    by
        Columns of the cells, `arm` first.
    sets
        Name → variables (numeric or boolean columns) whose moments are wanted together: an
        outcome, its covariates, whether the treatment was received.
    filled
        Variables (covariates) whose missing values are put at their overall mean, so that no unit
        is lost; it is the same value in every arm, so no bias comes of it.

    Returns
    -------
    dict
        Name → `ArmMoments` over the units that have a value in every variable of the set.

    Raises
    ------
    InputError
        If there is no row, a column is not there or does not hold numbers, or `sets` is not a
        mapping.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["a", "a", "b", "b"], "spend": [3.0, 5, 4, 8]})
    >>> arm_moments(rows, ["arm"], {"spend": ["spend"]})["spend"].column("spend")
    array([4., 6.])
    """
    import ibis

    table = table if isinstance(table, ibis.Table) else ibis.memtable(to_arrow(table))
    by = [by] if isinstance(by, str) else list(by)
    names = _names(sets)
    for name in (*by, *names):
        if name not in table.columns:
            raise InputError(f"There is no column {name!r} among {', '.join(table.columns)}.")
    for name in names:
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_boolean() or kind.is_null()):
            raise InputError(
                f"Column {name!r} holds {kind}, not numbers, so it has no mean. Make it a number, "
                "or true and false, first."
            )
    shift = _middles(table, names)
    made = _attempt(table, by, sets, shift, filled)
    off = _far_off(made, shift)
    if off:  # the first rows were nothing like the others
        made = _attempt(table, by, sets, {**shift, **off}, filled)
    return made


def _names(sets: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the variables of all sets, each once."""
    if not isinstance(sets, Mapping) or any(isinstance(items, str) for items in sets.values()):
        raise InputError(
            f"`sets` must map names to lists of columns, such as {{'spend': ['spend', 'age']}}, "
            f"got {sets!r}."
        )
    return list(dict.fromkeys(name for variables in sets.values() for name in variables))


def _attempt(
    table: ir.Table,
    by: Sequence[str],
    sets: Mapping[str, Sequence[str]],
    shift: Mapping[str, float],
    filled: Sequence[str],
) -> dict[str, ArmMoments]:
    """Return the moments with sums taken about `shift`."""
    pairs = dict.fromkeys(
        pair for variables in sets.values() for pair in combinations_with_replacement(variables, 2)
    )
    # the product of a and b is that of b and a
    unlike = {frozenset(pair): pair for pair in pairs}
    frame = _fetch(_query(table, by, list(unlike.values()), shift))
    if not len(frame):
        raise InputError("There is no unit to analyse: the table of units is empty.")
    names = list(shift)
    known = frame[[f"n {name}" for name in names]].to_numpy(np.int64)
    total = frame["n"].to_numpy(np.int64)
    if (known == total[:, None]).all():
        return {name: _moments(frame, by, variables, shift) for name, variables in sets.items()}
    means = {
        name: shift[name] + frame[f"sum {name}"].sum() / max(frame[f"n {name}"].sum(), 1)
        for name in filled
        if name in shift
    }
    table = table.mutate(
        **{name: table[name].cast("float64").fill_null(mean) for name, mean in means.items()}
    )
    made = {}
    for name, variables in sets.items():
        rows = table.filter([table[item].notnull() for item in variables])  # noqa: PD004
        wanted = list(combinations_with_replacement(variables, 2))
        part = _fetch(_query(rows, by, wanted, shift))
        made[name] = _moments(_aligned(part, frame, by), by, variables, shift, total)
    return made


def _query(
    table: ir.Table, by: Sequence[str], pairs: Sequence[tuple[str, str]], shift: Mapping[str, float]
) -> ir.Table:
    """Return the group-by of sums and sums of products as a lazy expression."""
    import ibis

    groups = {f"key {place}": table[name] for place, name in enumerate(by)}
    names = dict.fromkeys(name for pair in pairs for name in pair)
    about: dict[str, Any] = {}
    for name in names:
        value: Any = table[name]
        value = value.cast("int64") if value.type().is_boolean() else value
        about[name] = value.cast("float64") - ibis.literal(shift[name], "float64")
    found: dict[str, Any] = {"n": table.count()}
    for name in names:
        found[f"n {name}"] = table[name].count()
        found[f"sum {name}"] = about[name].sum()
    for first, second in pairs:
        found[f"{first} by {second}"] = (about[first] * about[second]).sum()
    return table.group_by(**groups).aggregate(**found)


def _middles(table: ir.Table, names: Sequence[str]) -> dict[str, float]:
    """Return a number near the middle of each variable, 0 for small whole numbers.

    Sums of products of small whole numbers are exact as they are.
    """
    sample = table.select(*names).limit(_SAMPLE).to_pyarrow().to_pandas()
    middles = {}
    for name in names:
        values = sample[name].dropna().to_numpy(dtype=float)
        small = np.abs(values) <= _WHOLE
        whole = small.all() and (values == np.floor(values)).all()
        middles[name] = 0.0 if whole or not len(values) else float(values.mean())
    return middles


def _far_off(made: Mapping[str, ArmMoments], shift: Mapping[str, float]) -> dict[str, float]:
    """Return the means of variables whose sums were taken so far from them that digits are lost."""
    off = {}
    for moments in made.values():
        whole = moments.by()
        for name in moments.names:
            mean, variance = whole.column(name)[0], whole.variance(name)[0]
            if (mean - shift[name]) ** 2 > _LOST * max(variance, np.finfo(float).tiny):
                off[name] = float(mean)
    return off


def _fetch(query: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = query.to_pyarrow().to_pandas(integer_object_nulls=True)
    keys = [name for name in frame.columns if name.startswith("key ")]
    return frame.sort_values(keys, key=lambda column: column.astype(str), ignore_index=True)


def _aligned(part: pd.DataFrame, whole: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the sums of a part in the cells of the whole, 0 where it has none."""
    keys = [f"key {place}" for place in range(len(by))]
    merged = whole[keys].merge(part, how="left", on=keys)
    numbers = [name for name in merged.columns if name not in keys]
    merged[numbers] = merged[numbers].fillna(0)
    return merged


def _moments(
    frame: pd.DataFrame,
    by: Sequence[str],
    variables: Sequence[str],
    shift: Mapping[str, float],
    total: NDArray[np.int64] | None = None,
) -> ArmMoments:
    """Centre the sums of a query."""
    n = frame["n"].to_numpy(np.int64)
    k = len(variables)
    sums = frame[[f"sum {name}" for name in variables]].to_numpy(float)
    products = np.zeros((len(n), k, k))
    for i, j in combinations_with_replacement(range(k), 2):
        first, second = variables[i], variables[j]
        name = f"{first} by {second}"
        column = name if name in frame.columns else f"{second} by {first}"
        products[:, i, j] = products[:, j, i] = frame[column].to_numpy(float)
    mean = sums / np.maximum(n, 1)[:, None]
    scatter = products - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    diagonal = np.arange(k)
    scatter[:, diagonal, diagonal] = np.maximum(scatter[:, diagonal, diagonal], 0)
    cells = frame[[f"key {place}" for place in range(len(by))]].copy()
    cells.columns = pd.Index(list(by))
    cells = cells.astype(object).where(cells.notna(), NONE)
    shifted = mean + np.array([shift[name] for name in variables])
    missing = np.zeros_like(n) if total is None else total - n
    shifted[n == 0] = 0
    return ArmMoments(cells, tuple(variables), n, shifted, scatter, missing)
