"""The embedded database, its temporary files, and what every kind of source hands over."""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = [
    "ROW",
    "Rows",
    "Source",
    "cell_name",
    "connect",
    "hold",
    "literal_path",
    "outdated_calls",
    "scratch",
]

ROW = "row"


@dataclass(frozen=True)
class Rows:
    """The rows of a source, not read yet.

    Attributes
    ----------
    table
        Ibis table with the columns asked for, named by `cell_name`, and `row` where the source
        has an order: the place of the row, from 0.
    broken
        Ibis table (line, text) of the lines that are no rows at all, or None.
    owned
        The rows are in a DuckDB connection of ours, where temporary tables may be made.
    lines
        Places of rows (from 1, ascending) → their lines in the text file, or None where that is not
        sure; None where there are no lines.
    """

    table: ir.Table
    broken: ir.Table | None = None
    owned: bool = False
    lines: Callable[[NDArray[np.int64]], NDArray[np.int64] | None] | None = None


@dataclass(frozen=True)
class Source:
    """A place rows come from, opened: its columns are known, its rows are not read.

    Attributes
    ----------
    label
        What to call it; holds no password.
    names
        The names of its columns, in order.
    select
        Positions of columns (from 0) → their rows.
    headed
        The columns have names of their own, not just positions.
    text
        Cells are text by nature (CSV, Excel), so their types are to be found out.
    notes
        What was found out on opening it.
    """

    label: str
    names: tuple[str, ...]
    select: Callable[[Sequence[int]], Rows]
    headed: bool = True
    text: bool = False
    notes: tuple[str, ...] = ()


def cell_name(position: int) -> str:
    """Return the name of a source's column in `Rows.table`.

    Positions, not the source's names: DuckDB holds `Score` and `score` to be one name.
    """
    return f"c{position}"


@contextmanager
def outdated_calls() -> Iterator[None]:
    """Ignore what DuckDB 2.0 says of the outdated calls that Ibis 12 makes to describe a table.

    Nothing can be done about it here, and it would be an error where warnings are errors.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        yield


def connect(database: Path | None = None) -> Any:
    """Return a DuckDB connection (Ibis) that spills to a temporary folder.

    Parameters
    ----------
    database
        An existing database file, opened read-only; None for one in memory.
    """
    import ibis

    # DuckDB's own default is a folder `.tmp` in the working directory
    folder = tempfile.mkdtemp(prefix="npsstats-")
    connection = ibis.duckdb.connect(
        ":memory:" if database is None else database,
        read_only=database is not None,
        temp_directory=folder,
    )
    # it would draw its bar into standard output, whoever reads that; in a notebook that cannot show
    # one DuckDB has it off, and refuses to be told so
    (drawn,) = connection.con.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    if drawn[0]:
        connection.con.execute("SET enable_progress_bar = false")
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def scratch(connection: Any) -> Path:
    """Return a new folder that lives as long as the connection."""
    folder = tempfile.mkdtemp(prefix="npsstats-")
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def literal_path(path: Path, connection: Any) -> str:
    """Return a path that DuckDB takes for that file and no other.

    In `a[1].csv` it sees a pattern, which `a1.csv` fits; nothing escapes it.
    """
    if not set("*?[") & set(str(path)):
        return str(path)
    alias = scratch(connection) / f"file{path.suffix}"
    try:
        alias.symlink_to(path.resolve())
    except OSError:  # where links need a privilege
        shutil.copyfile(path, alias)
    return str(alias)


def hold(connection: Any, frame: pa.Table) -> ir.Table:
    """Return an Arrow table as a table of the connection, without copying it."""
    import ibis

    name = ibis.util.gen_name("npsstats")
    connection.con.register(name, frame)
    return connection.table(name)
