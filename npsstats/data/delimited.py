"""Text files with separators: their dialect, their rows, and their broken lines.

A file is read once, as text, into a temporary Parquet file that the queries then run on. Lines
that cannot be read are kept with their number and their text.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.dates import YEAR_FIRST, YEAR_LAST
from npsstats.data.encodings import as_utf8, open_bytes
from npsstats.data.engine import ROW, Rows, Source, cell_name, hold, literal_path, scratch
from npsstats.data.mending import mend
from npsstats.data.values import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Dialect", "find_separator", "name_columns", "open_delimited"]

_SAMPLE = 1 << 18
_PIECE = 1 << 22
_SEPARATORS = "\t;|,"  # in order of preference: a comma may be a decimal mark
_LINES = 500
_HARMLESS = ("MISSING COLUMNS", "TOO MANY COLUMNS")  # errors after which DuckDB loses no line


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Attributes
    ----------
    separator
        One character.
    escape
        What makes a quote part of a value: the quote again, or a backslash.
    skip
        Lines before the first row.
    width
        Values in a row.
    """

    separator: str
    escape: str
    skip: int
    width: int


def open_delimited(
    path: Path,
    connection: Any,
    *,
    sep: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> Source:
    """Open a CSV, TSV or TXT file.

    Parameters
    ----------
    path
        The file, gzip-compressed if its name ends in `.gz`.
    connection
        The embedded database that will read it.
    sep, encoding
        The separator and the encoding, found out if None.
    header
        Whether the first line names the columns. None takes it for the header, unless it looks
        like data: that is an error that asks.

    Raises
    ------
    InputError
        If the file is empty, `sep` is not one character, or header and rows do not agree.
    """
    folder = scratch(connection)
    text = as_utf8(path, encoding, folder)
    with text.path.open(encoding="utf-8", newline="") as stream:
        sample = stream.read(_SAMPLE)
        if stream.read(1):  # the last line of the sample may be cut
            sample = sample[: sample.rfind("\n") + 1] or sample
    names, dialect = _dialect(path.name, sample, _separator(sep), header)
    notes = [] if text.encoding in {"utf-8", "ascii"} else [text.encoding]
    if sep is None and dialect.separator != ",":
        notes.append(f"separator {dialect.separator!r}")
    if text.damaged:
        notes.append(f"{text.damaged:,} damaged characters shown as \ufffd")

    def select(positions: Sequence[int]) -> Rows:
        return _rows(path.name, connection, text.path, dialect, positions)

    return Source(
        path.name, names, select, headed=header is not False, text=True, notes=tuple(notes)
    )


def find_separator(sample: str) -> str:
    r"""Return the separator of a text: the one that cuts its lines into equally many values.

    Examples
    --------
    >>> find_separator("score;store\n9,5;Lyon\n8,0;Paris\n")
    ';'
    """
    best, best_share = ",", 0.0
    for separator in _SEPARATORS:
        widths = _widths(sample, separator)
        if not widths:
            continue
        width, times = widths.most_common(1)[0]
        share = times / widths.total()
        if width > 1 and share > best_share + 0.02:
            best, best_share = separator, share
    return best


def name_columns(first: Sequence[str], header: bool | None, label: str) -> tuple[str, ...]:
    """Return the names of columns, given the first line of a source.

    Raises
    ------
    InputError
        If `header` is None and the line looks like data.
    """
    if header is False:
        return tuple(str(place + 1) for place in range(len(first)))
    cells = [cell.strip().lstrip("\ufeff") for cell in first]
    filled = [cell for cell in cells if cell]
    looks = [cell for cell in filled if re.search(f"{NUMBER}|{YEAR_FIRST}|{YEAR_LAST}", cell)]
    if header is None and 2 * len(looks) >= max(len(filled), 1):
        shown = "; ".join(cells[:6])
        raise InputError(
            f"The first line of {label} looks like data, not like names of columns ({shown}). If "
            "it is data, say header=False (--no-header) and give columns by position; if it does "
            "name the columns, say header=True."
        )
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cell or f"column {place}"
        again = sum(other == name for other in cells[: place - 1])
        names.append(f"{name} ({again + 1})" if again else name)
    return tuple(names)


def _separator(told: str | None) -> str | None:
    told = {"tab": "\t", "\\t": "\t"}.get(told or "", told)
    if told is not None and (len(told) != 1 or told in '"\r\n'):
        raise InputError(
            f"`sep` must be one character, got {told!r}. Usual ones: ',' ';' '|' or 'tab'."
        )
    return told


def _dialect(
    label: str, sample: str, separator: str | None, header: bool | None
) -> tuple[tuple[str, ...], Dialect]:
    # Excel writes and reads a first line that names the separator
    mark = re.match(r'"?sep=(.)"?\r?\n', sample)
    if mark:
        separator = separator or mark[1]
    body = sample[mark.end() :] if mark else sample
    if not body.strip():
        raise InputError(f"{label} is empty: expected a line of column names, then rows.")
    separator = separator or find_separator(body)
    # \" inside a value, not before a separator, where it would be the end of a Windows path
    backslash = re.search(rf'[^{re.escape(separator)}\n]\\"[^{re.escape(separator)}\r\n]', body)
    escape = "\\" if backslash and '""' not in body else '"'

    stream = csv.reader(StringIO(body, newline=""), delimiter=separator, **_quoting(escape))
    try:
        first = next(record for record in stream if record)
    except csv.Error as error:
        raise InputError(f"The first line of {label} cannot be read: {error}.") from None
    skip = 0 if header is False else stream.line_num
    rest = body if header is False else body.split("\n", skip)[-1]
    widths = _widths(rest, separator, escape)
    width = widths.most_common(1)[0][0] if widths else len(first)
    if header is False:
        first = [""] * width
    names = name_columns(first, header, label)
    # an empty value after a last separator on every line is no column
    if width != len(names) and not (width == len(names) + 1 and _trailing(rest, separator, escape)):
        raise InputError(
            f"The first line of {label} has {len(first)} names but most lines have {width} values "
            f"(separator {separator!r}). Mend the first line, or say header=False and give columns "
            "by position, or give the separator with `sep`."
        )
    width = len(names)
    return names, Dialect(separator, escape, skip + bool(mark), width)


def _rows(
    label: str, connection: Any, path: Path, dialect: Dialect, positions: Sequence[int]
) -> Rows:
    """Copy the columns asked for into a temporary Parquet file, and the broken lines beside."""
    import duckdb

    folder = scratch(connection)
    try:
        broken = _snapshot(connection, path, dialect, positions, folder / "rows.parquet")
    except duckdb.Error:
        broken = None
    if broken is None:
        # An open quote makes DuckDB lose every line up to the next quote, megabytes away
        parted = mend(path, folder, dialect)
        clean = Dialect(dialect.separator, '"', 0, dialect.width)
        try:
            again = _snapshot(connection, parted.good, clean, positions, folder / "rows.parquet")
        except duckdb.Error as error:
            again, reason = None, str(error).splitlines()[0]
        else:
            reason = "quotes do not match"
        if again is None or again.count().to_pyarrow().as_py():
            raise InputError(f"{label} cannot be read as a table of text: {reason}.")
        broken = connection.read_csv(
            str(parted.bad),
            columns={"line": "int64", "text": "string"},
            delim=",",
            quote='"',
            escape='"',
            header=False,
        )
    table = connection.read_parquet(str(folder / "rows.parquet"), file_row_number=True)

    def lines(rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
        from npsstats.data.line_numbers import lines_of_rows

        quoting = {"delimiter": dialect.separator, **_quoting(dialect.escape)}
        total = int(table.count().to_pyarrow().as_py())
        return lines_of_rows(
            path, rows, skip=dialect.skip, width=dialect.width, total=total, **quoting
        )

    return Rows(table.rename({ROW: "file_row_number"}), broken, owned=True, lines=lines)


def _snapshot(
    connection: Any, path: Path, dialect: Dialect, positions: Sequence[int], target: Path
) -> Any:
    """Write the rows to Parquet; return the broken lines, or None where lines may be lost."""
    import ibis

    rejects = ibis.util.gen_name("rejects")
    view = connection.read_csv(
        literal_path(path, connection),
        columns={cell_name(place): "string" for place in range(dialect.width)},
        delim=dialect.separator,
        quote='"',
        escape=dialect.escape,
        header=False,
        skip=dialect.skip,
        store_rejects=True,
        rejects_table=rejects,
        rejects_scan=f"{rejects}_scan",
        rejects_limit=0,
    )
    connection.to_parquet(view.select(*(cell_name(place) for place in positions)), target)
    errors = connection.table(rejects)
    text = errors.csv_line
    swallowed = text.rstrip().contains("\n")
    lost = errors.filter(~errors.error_type.cast("string").isin(_HARMLESS) | swallowed)
    if lost.count().to_pyarrow().as_py():
        return None
    if not errors.count().to_pyarrow().as_py():
        return errors.select(line=errors.line.cast("int64"), text=text)
    texts = errors.group_by(place=errors.line_byte_position.cast("int64")).aggregate(
        text=text.max()
    )
    places = texts.select("place").order_by("place").to_pyarrow()["place"]
    numbered = hold(connection, _line_numbers(path, places))
    return texts.join(numbered, "place").select("line", "text")


def _line_numbers(path: Path, places: pa.ChunkedArray) -> pa.Table:
    """Return the line (from 1) on which each place in a file lies, given in ascending order.

    DuckDB counts rows: a value with line breaks makes its lines fall behind the file's.
    """
    import numpy as np
    import pyarrow as pa

    wanted = places.to_numpy()
    found = np.empty(len(wanted), dtype=np.int64)
    start, line = 0, 1
    with open_bytes(path) as stream:
        while piece := stream.read(_PIECE):
            ends = np.flatnonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n")) + start
            first, last = np.searchsorted(wanted, (start, start + len(piece)))
            found[first:last] = line + np.searchsorted(ends, wanted[first:last])
            start, line = start + len(piece), line + len(ends)
    found[np.searchsorted(wanted, start) :] = line
    return pa.table({"place": places, "line": found})


def _quoting(escape: str) -> dict[str, Any]:
    if escape == "\\":
        return {"doublequote": False, "escapechar": "\\"}
    return {"doublequote": True}


def _lines(sample: str, separator: str, escape: str) -> Iterator[list[str]]:
    """Yield the values of the first lines, one by one, leaving out those with an open quote."""
    lines = (line for line in sample.splitlines() if line.strip() and line.count('"') % 2 == 0)
    for line in islice(lines, _LINES):
        try:
            yield from csv.reader([line], delimiter=separator, **_quoting(escape))
        except csv.Error:
            continue


def _widths(sample: str, separator: str, escape: str = '"') -> Counter[int]:
    return Counter(map(len, _lines(sample, separator, escape)))


def _trailing(sample: str, separator: str, escape: str) -> bool:
    return all(not values[-1].strip() for values in _lines(sample, separator, escape))
