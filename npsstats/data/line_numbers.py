"""On which line of a text file its rows stand, for those who look at it in an editor."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.data.engine import hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import ibis.expr.types as ir
    from numpy.typing import NDArray

__all__ = ["lines_of_rows", "with_lines"]


def with_lines(
    rejected: ir.Table, lines: Callable[[NDArray[np.int64]], NDArray[np.int64] | None] | None
) -> ir.Table:
    """Return rejected rows with the lines on which they stand, where `lines` can tell."""
    import ibis
    import pyarrow as pa

    if lines is None:
        return rejected
    places = rejected.filter(rejected.row.notnull()).row.to_pyarrow().to_numpy()
    rows = np.sort(places.astype(np.int64))
    if (stand := lines(rows)) is None:
        return rejected
    text = pa.array([f"line {line}" for line in stand.tolist()], pa.string())
    known = hold(rejected.get_backend(), pa.table({"place": rows, "stands": text}))
    both = rejected.left_join(known, rejected.row == known.place)
    line = ibis.coalesce(both.line, both.stands)
    return both.mutate(line=line).select(*rejected.columns)


def lines_of_rows(
    path: Path, rows: NDArray[np.int64], *, skip: int, width: int, total: int, **quoting: Any
) -> NDArray[np.int64] | None:
    """Return the line (from 1) on which each of some rows begins, or None where it is not sure.

    Values may hold line breaks, lines may be blank or broken: so the file is read again. Where this
    reading finds another number of rows than there are, nothing is said.

    Parameters
    ----------
    path
        The file, in UTF-8.
    rows
        Places of rows (from 1), ascending; (n,).
    skip
        Lines before the first row.
    width
        Values in a row.
    total
        Rows that the file has.
    quoting
        Delimiter and escapes, as `csv.reader` takes them.
    """
    found = np.zeros(len(rows), dtype=np.int64)
    wanted = iter(enumerate(rows.tolist()))
    place, row = next(wanted, (0, 0))
    seen, begins = 0, skip + 1
    with path.open(encoding="utf-8", newline="\n") as stream:
        for _ in range(skip):
            next(stream, None)
        reader = csv.reader(stream, **quoting)
        try:
            for record in reader:
                if len(record) == width or (len(record) == width + 1 and not record[-1]):
                    seen += 1
                    if seen == row:
                        found[place] = begins
                        place, row = next(wanted, (0, 0))
                begins = skip + reader.line_num + 1
        except csv.Error:
            return None
    return found if seen == total else None
