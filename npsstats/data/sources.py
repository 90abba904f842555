"""Where rows come from: path, URL, data frame or Ibis table → columns and rows to judge."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.databases import from_ibis, is_url, open_url
from npsstats.data.delimited import open_delimited
from npsstats.data.engine import ROW, Rows, Source, cell_name, connect, hold, literal_path

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Options", "find_column", "open_source"]

_TEXT = (".csv", ".tsv", ".txt")
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Options:
    """How to open a source; None leaves it to be found out.

    Attributes
    ----------
    sep, encoding
        Separator and encoding of a text file.
    header
        Whether the first line of a text file or a sheet names the columns.
    sheet
        An Excel sheet, by name or by position from 1.
    name
        A database table's name.
    """

    sep: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | int | None = None
    name: str | None = None


def open_source(source: Any, options: Options, beside: Any = None) -> Source:
    """Open anything that holds rows, without reading them.

    Parameters
    ----------
    source
        A path (CSV, TSV, TXT, also gzip-compressed; Parquet; Excel), a database URL, a pandas or
        Polars frame, an Arrow table, or an Ibis table.
    options
        How to open it.
    beside
        A DuckDB connection (Ibis) to read files and frames into, so that several tables can be
        joined; None for one of its own.

    Raises
    ------
    InputError
        If there is nothing of that name, it cannot be read, its kind is not known, or an option
        does not concern its kind.
    """
    import ibis

    if isinstance(source, ibis.Table):
        return _only(options, (), from_ibis(source))
    if isinstance(source, str) and is_url(source):
        _only(options, ("name",), None)
        return open_url(source, options.name)
    if isinstance(source, str | Path):
        return _open_path(Path(source), options, beside or connect())
    return _only(options, (), _open_frame(source, beside or connect()))


def find_column(source: Source, wanted: str | int, canonical: str) -> int:
    """Return the position (from 0) of a column given by its name or its position from 1.

    Parameters
    ----------
    source
        The source, opened.
    wanted
        The column's name (capitals do not matter unless two names differ by them alone), or its
        position from 1.
    canonical
        What the column is wanted for, to name it in the error.

    Raises
    ------
    InputError
        If there is no such column; the message lists those that there are.
    """
    names = source.names
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        if 1 <= wanted <= len(names):
            return wanted - 1
        raise InputError(
            f"`{canonical}`: {source.label} has {len(names)} columns, there is no column {wanted}. "
            f"{listed(source)}"
        )
    if not isinstance(wanted, str):
        raise InputError(
            f"`{canonical}` must be a column's name or its position from 1, got {wanted!r}."
        )
    if wanted in names:
        return names.index(wanted)
    alike = [
        place for place, name in enumerate(names) if name.casefold() == wanted.strip().casefold()
    ]
    if len(alike) == 1:
        return alike[0]
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.6)
    meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise InputError(
        f"`{canonical}`: {source.label} has no column {wanted!r}.{meant} {listed(source)}"
    )


def listed(source: Source) -> str:
    """Return a sentence that lists the columns of a source."""
    if not source.headed:
        return f"It has no header: give a position from 1 to {len(source.names)}."
    names = ", ".join(map(repr, source.names[:30]))
    return f"Columns there: {names}{', …' if len(source.names) > 30 else ''}."


def _only[T](options: Options, concerned: Sequence[str], result: T) -> T:
    """Return the result if no option is given but those that concern this kind of source."""
    for name, value in vars(options).items():
        if value is not None and name not in concerned:
            kinds = {
                "sep": "text files",
                "encoding": "text files",
                "header": "text and Excel files",
                "sheet": "Excel files",
                "name": "database URLs",
            }
            raise InputError(f"`{name}` only concerns {kinds[name]}; leave it out here.")
    return result


def _open_path(path: Path, options: Options, connection: Any) -> Source:
    path = path.expanduser()
    if not path.exists():
        near = difflib.get_close_matches(path.name, _siblings(path), n=1, cutoff=0.6)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"There is no file {str(path)!r}.{meant}")
    if not path.is_file():
        raise InputError(f"{str(path)!r} is not a file. Give the file that holds the table.")
    ending = path.suffixes[-2:-1] if path.suffix.lower() == ".gz" else path.suffixes[-1:]
    kind = ending[0].lower() if ending else ""
    try:
        if kind in _TEXT:
            _only(options, ("sep", "encoding", "header"), None)
            return open_delimited(
                path,
                connection,
                sep=options.sep or ("\t" if kind == ".tsv" else None),
                encoding=options.encoding,
                header=options.header,
            )
        if kind in _PARQUET and path.suffix.lower() != ".gz":
            return _only(options, (), _open_parquet(path, connection))
        if kind in _EXCEL and path.suffix.lower() != ".gz":
            from npsstats.data.excel import open_excel

            _only(options, ("header", "sheet"), None)
            return open_excel(path, connection, options.sheet, header=options.header)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    known = ", ".join((*_TEXT, *_PARQUET, *_EXCEL))
    raise InputError(
        f"{path.name!r} ends in {kind or 'nothing'!r}, which is not a known kind of file. Known: "
        f"{known}; text files may be gzip-compressed (.csv.gz)."
    )


def _siblings(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir()]
    except OSError:
        return []


def _open_parquet(path: Path, connection: Any) -> Source:
    import duckdb

    try:
        table = connection.read_parquet(literal_path(path, connection), file_row_number=True)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path.name} is not a Parquet file that can be read: {reason}") from None
    names = tuple(name for name in table.columns if name != "file_row_number")

    def select(positions: Sequence[int]) -> Rows:
        cells = {cell_name(place): table[names[place]] for place in positions}
        return Rows(table.select(**cells, **{ROW: table.file_row_number}), owned=True)

    return Source(path.name, names, select)


def _open_frame(frame: Any, connection: Any) -> Source:
    from npsstats.data.frames import to_arrow

    arrow = to_arrow(frame)
    names = tuple(map(str, arrow.column_names))

    def select(positions: Sequence[int]) -> Rows:
        import numpy as np
        import pyarrow as pa

        cells = {cell_name(place): arrow.column(place) for place in positions}
        cells[ROW] = pa.array(np.arange(arrow.num_rows))
        return Rows(hold(connection, pa.table(cells)), owned=True)

    return Source(f"the {type(frame).__name__}", names, select)
