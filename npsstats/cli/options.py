"""Options that several commands share, and how they become arguments of `npsstats.read`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from npsstats.data.intake import Intake

__all__ = ["parent_of", "read_source", "source_options"]

_OPTIONS = (
    click.option("--score", metavar="COLUMN", help="Column of the scores: a name or a position."),
    click.option("--store", metavar="COLUMN", help="Column of the stores."),
    click.option("--date", "date_", metavar="COLUMN", help="Column of the dates."),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=COLUMN",
        help="Any other column, such as response_id=ID (finds duplicates) or channel=Canal.",
    ),
    click.option(
        "--scale",
        default="0,10",
        show_default=True,
        metavar="LOW,HIGH",
        help="What the question offered: 0,10; 1,10; 1,11.",
    ),
    click.option("--header/--no-header", default=None, help="Does the first line name columns?"),
    click.option("--sep", help="Separator of a text file; found out unless told."),
    click.option("--encoding", help="Encoding of a text file; found out unless told."),
    click.option(
        "--date-format", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month."
    ),
    click.option("--sheet", help="Sheet of an Excel workbook."),
    click.option("--name", help="Table of a database."),
)


def source_options[F: Callable[..., Any]](command: F) -> F:
    """Add SOURCE and the options that say how to read it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.argument("source")(command)


def read_source(source: str, given: dict[str, Any], also: Sequence[str] = ()) -> Intake:
    """Read SOURCE as the options say; the one line of what happened goes to stderr.

    Columns in `also` are read under their own names where no option maps them.
    """
    import npsstats as nps

    columns: dict[str, str | int] = {}
    named = {"score": given["score"], "store_id": given["store"], "date": given["date_"]}
    for text in given["columns"]:
        key, equals, column = text.partition("=")
        if not equals or not key or not column:
            raise InputError(f"`--column` must be NAME=COLUMN, got {text!r}.")
        named[key] = column
    stated = {key: column for key, column in named.items() if column is not None}
    if stated:
        named = {**{key: key for key in also}, **stated}
    for key, column in named.items():
        if column is not None:
            columns[key] = int(column) if column.isdecimal() else column
    return nps.read(
        source,
        columns or None,
        segments=() if stated else tuple(also),
        scale=_scale(given["scale"]),
        sheet=given["sheet"],
        name=given["name"],
        sep=given["sep"],
        encoding=given["encoding"],
        header=given["header"],
        date_format=given["date_format"],
    )


def parent_of(path: str, source: str) -> Path:
    """Return an output's path, its folder made; the source itself is never overwritten."""
    out = Path(path)
    if out.exists() and Path(source).exists() and out.samefile(source):
        raise InputError(f"`--out` is the source itself, {path!r}. Name another file.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {str(out.parent)!r} cannot be made: {error.strerror}. Name another --out."
        ) from None
    return out


def _scale(text: str) -> tuple[int, int]:
    try:
        low, high = (int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"`--scale` must be two whole numbers such as 0,10 or 1,10, got {text!r}."
        ) from None
    return low, high
