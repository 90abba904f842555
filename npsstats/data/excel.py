"""Sheets of Excel and OpenDocument workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.delimited import name_columns
from npsstats.data.engine import ROW, Rows, Source, cell_name, hold
from npsstats.data.frames import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["open_excel"]


def open_excel(
    path: Path, connection: Any, sheet: str | int | None = None, *, header: bool | None = None
) -> Source:
    """Open a sheet of a workbook. A sheet holds a million rows at most, so it is read at once.

    Parameters
    ----------
    path
        The workbook: xlsx, xlsm, xlsb, xls or ods.
    connection
        The embedded database that will hold it.
    sheet
        The sheet's name, or its position from 1; None for the first.
    header
        Whether the first row names the columns; None as for text files.

    Raises
    ------
    InputError
        If it is no workbook, has no such sheet, or the sheet is empty.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        place = _place(path.name, names, sheet)
        cells = book.get_sheet_by_index(place).to_python(skip_empty_area=True)
    except CalamineError as error:
        raise InputError(
            f"{path.name} is not a workbook that can be read: {error}. Save it as .xlsx without a "
            "password, or as .csv."
        ) from None
    rows = [[as_text(cell) or "" for cell in row] for row in cells]
    if not rows:
        raise InputError(f"Sheet {names[place]!r} of {path.name} is empty.")
    columns = name_columns(rows[0], header, path.name)
    if header is not False:
        rows = rows[1:]
    notes = (f"sheet {names[place]!r} of {len(names)}",) if len(names) > 1 else ()

    def select(positions: Sequence[int]) -> Rows:
        import pyarrow as pa

        filled = [row for row in rows if any(row)]
        table = {
            cell_name(place): pa.array([row[place] for row in filled], pa.string())
            for place in positions
        }
        table[ROW] = pa.array(range(len(filled)), pa.int64())
        return Rows(hold(connection, pa.table(table)), owned=True)

    return Source(path.name, columns, select, headed=header is not False, text=True, notes=notes)


def _place(label: str, names: list[str], sheet: str | int | None) -> int:
    if sheet is None:
        return 0
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        return sheet - 1
    if sheet in names:
        return names.index(str(sheet))
    listed = ", ".join(map(repr, names))
    raise InputError(f"`sheet`: {label} has no sheet {sheet!r}. Sheets there: {listed}.")
