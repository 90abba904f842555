"""Data frames in memory as Arrow tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["as_text", "to_arrow"]


def to_arrow(frame: Any) -> pa.Table:
    """Return a pandas or Polars frame, or an Arrow table, as an Arrow table.

    Columns keep their types; a pandas column of mixed objects becomes text.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> to_arrow(pd.DataFrame({"score": [9, "N/A", None]})).to_pydict()
    {'score': ['9', 'N/A', None]}
    """
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return _plain(frame.columns, frame.column_names)
    kind = type(frame).__module__.partition(".")[0]
    if kind == "polars" and hasattr(frame, "collect"):
        frame = frame.collect()
    if kind == "polars" and hasattr(frame, "to_arrow") and hasattr(frame, "columns"):
        arrow = frame.to_arrow()
        return _plain(arrow.columns, arrow.column_names)
    if kind == "pandas" and hasattr(frame, "columns"):
        columns = (_column(frame.iloc[:, place]) for place in range(frame.shape[1]))
        return _plain(columns, frame.columns)
    raise InputError(
        f"`source` must be a path, a database URL, a pandas or Polars frame, an Arrow table or an "
        f"Ibis table, got {type(frame).__name__}."
    )


def as_text(value: Any) -> str | None:
    """Return a cell as a person would write it: 9 for 9.0, an ISO date for a date.

    Examples
    --------
    >>> as_text(9.0), as_text(True), as_text(None)
    ('9', 'true', None)
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _column(series: Any) -> Any:
    import pyarrow as pa

    if series.dtype != object:
        return pa.Array.from_pandas(series)
    try:
        return pa.Array.from_pandas(series)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        cells = zip(series, series.isna(), strict=True)
        return pa.array([None if absent else as_text(cell) for cell, absent in cells], pa.string())


def _plain(columns: Iterable[Any], names: Iterable[Any]) -> pa.Table:
    """Return columns as a table, categories spelled out, moments as their clock shows them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = []
    for column in columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)  # noqa: PLW2901 - the same column, spelled out
        elif pa.types.is_timestamp(kind) and kind.tz:
            # the day is that of the clock on the wall, which a database would not know
            column = pc.local_timestamp(column)  # noqa: PLW2901 - the same moments, as shown
        elif pa.types.is_null(kind):
            column = column.cast(pa.string())  # noqa: PLW2901 - an empty column has no type
        plain.append(column)
    return pa.table(plain, names=[str(name) for name in names])
