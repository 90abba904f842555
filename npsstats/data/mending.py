"""A careful reading of a text file whose quotes do not match.

One open quote makes a fast reader take everything up to the next quote for a single value. Here
a line whose quote does not close within a few lines is set aside alone, and reading goes on with
the next line.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

__all__ = ["Lines", "mend"]

_LONGEST_RECORD = 50  # lines that one answer with line breaks may span
_SHOWN = 2_000  # characters kept of a broken line
_LONGEST_LINE = 1_000_000  # characters; DuckDB's limit is two million bytes


class _Dialect(Protocol):
    @property
    def separator(self) -> str: ...
    @property
    def escape(self) -> str: ...
    @property
    def skip(self) -> int: ...
    @property
    def width(self) -> int: ...


@dataclass(frozen=True)
class Lines:
    """The two files that a broken one was parted into.

    Attributes
    ----------
    good
        The rows, without header, quotes doubled.
    bad
        Line number (from 1) and text of every line that is no row.
    """

    good: Path
    bad: Path


def mend(path: Path, folder: Path, dialect: _Dialect) -> Lines:
    """Part a UTF-8 text file into rows and broken lines, in a stream.

    Parameters
    ----------
    path
        The file.
    folder
        Where the two files go.
    dialect
        Separator, escape, lines to skip and values in a row.
    """
    lines = Lines(folder / "good.csv", folder / "bad.csv")
    with (
        path.open(encoding="utf-8", newline="\n") as source,
        lines.good.open("w", encoding="utf-8", newline="") as good,
        lines.bad.open("w", encoding="utf-8", newline="") as bad,
    ):
        keep = csv.writer(good, delimiter=dialect.separator, lineterminator="\n")
        drop = csv.writer(bad, lineterminator="\n")
        waiting: deque[tuple[int, str]] = deque()
        numbered = _numbered(source, dialect.skip)
        while True:
            if not waiting:
                following = next(numbered, None)
                if following is None:
                    return lines
                waiting.append(following)
            used, record = _record(waiting, numbered, dialect)
            number, text = waiting[0]
            for _ in range(used):
                waiting.popleft()
            if record is not None:
                # one kind of line break in the whole file, or DuckDB cannot read it again
                keep.writerow(value.replace("\r\n", "\n") for value in record)
            elif text.strip():
                drop.writerow((number, text.rstrip("\r\n")[:_SHOWN]))


def _numbered(source: TextIO, skip: int) -> Iterator[tuple[int, str]]:
    number = 0
    while line := source.readline(_LONGEST_LINE):
        number += 1
        rest = line
        while not rest.endswith("\n") and (rest := source.readline(_LONGEST_LINE)):
            pass  # the end of a line too long to be a row; what is kept of it will not be one
        if number > skip:
            yield number, line


def _record(
    waiting: deque[tuple[int, str]], numbered: Iterator[tuple[int, str]], dialect: _Dialect
) -> tuple[int, list[str] | None]:
    """Return how many waiting lines make the next record, and its values or None if broken."""
    text = ""
    used = 0
    while used < _LONGEST_RECORD:
        if used == len(waiting):
            following = next(numbered, None)
            if following is None:
                break
            waiting.append(following)
        text += waiting[used][1]
        used += 1
        if len(text) >= _LONGEST_LINE:
            break
        try:
            record = _parse(text, dialect)
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                continue  # the quote is open still
            break
        if len(record) == dialect.width + 1 and not record[-1]:
            record.pop()
        if len(record) == dialect.width and (dialect.width > 1 or used == 1):
            return used, record
        break
    return 1, None


def _parse(text: str, dialect: _Dialect) -> list[str]:
    text = text.removesuffix("\n").removesuffix("\r")
    if '"' not in text:
        return text.split(dialect.separator)
    doubled = dialect.escape == '"'
    records = list(
        csv.reader(
            StringIO(text, newline=""),
            delimiter=dialect.separator,
            doublequote=doubled,
            escapechar=None if doubled else dialect.escape,
            strict=True,
        )
    )
    if len(records) != 1:
        raise csv.Error("a line break outside quotes")
    return records[0]
