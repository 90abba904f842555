"""A source opened and understood: which column is what, and every row's reason, not yet run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError, one_of
from npsstats.data.cells import DateOrder, Facts
from npsstats.data.engine import outdated_calls
from npsstats.data.guessing import called_like
from npsstats.data.judging import Plan, find_facts, judge
from npsstats.data.settling import settle
from npsstats.data.sources import Options, find_column, listed, open_source
from npsstats.data.tables import Column, Table, table_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import NDArray

    from npsstats.data.engine import Source

__all__ = ["Prepared", "expected", "prepare", "tally"]

_RESERVED = ("row", "reason", "line")  # columns that the rejected rows have of their own

_USUAL = re.compile(r"(?i)nps|note|score|rating|recomm")  # what columns of scores are called


@dataclass(frozen=True)
class Prepared:
    """A source whose rows have a meaning and a reason, but have not been counted.

    Attributes
    ----------
    source
        The source.
    plan
        How its columns become those of the table.
    judged
        Every row with its values and its reason, lazy; see `judge`.
    broken
        The lines that are no rows (line, text), or None.
    lines
        Finds the lines of rows in a text file; see `Rows`.
    notes
        What was found out so far.
    """

    source: Source
    plan: Plan
    judged: ir.Table
    broken: ir.Table | None
    lines: Callable[[NDArray[np.int64]], NDArray[np.int64] | None] | None
    notes: tuple[str, ...]


def prepare(
    source: Any,
    columns: Mapping[str, str | int] | None = None,
    *,
    table: str | Table = "responses",
    rest: bool = False,
    segments: Sequence[str] = (),
    scale: tuple[int, int] = (0, 10),
    options: Options | None = None,
    date_format: DateOrder | None = None,
    decimal: str | None = None,
    today: date | None = None,
    beside: ir.Table | None = None,
) -> Prepared:
    """Open a source and find out what it holds; arguments and errors as for `read`."""
    declared = table if isinstance(table, Table) else table_named(table)
    facts = Facts(_scale(scale), _today(today))
    if date_format is not None:
        one_of("date_format", date_format, ("dmy", "mdy", "ymd"))
    if decimal is not None:
        one_of("decimal", decimal, (".", ","))
    with outdated_calls():
        opened = open_source(source, options or Options(), _connection(beside))
        places, notes = _places(opened, declared, columns, segments, rest=rest)
        rows = opened.select(sorted(set(places.values())))
        plan = Plan(declared, places, facts, text=opened.text)
        plan, found = find_facts(rows.table, plan, date_format, decimal)
        judged = settle(judge(rows.table, plan), rows, plan)
    found = (*opened.notes, *notes, *found)
    return Prepared(opened, plan, judged, rows.broken, rows.lines, found)


def tally(judged: ir.Table, plan: Plan) -> dict[str, Any]:
    """Return the aggregates of judged rows that the summary of an intake is made of."""
    counted: dict[str, Any] = {"n": judged.count()}
    if "score" in plan.places:
        counted["zeros"] = (judged.score == 0).sum()
        counted["elevens"] = (judged.score == 11).sum()
        counted["below"] = (judged.score < 0).sum()
    for name in judged.columns:
        if name.startswith("blank "):
            counted[name] = judged[name].sum()
    return counted


def expected(column: Column, facts: Facts) -> str:
    """Return the words for what a column must hold."""
    low, high = facts.scale
    return {
        "score": f"whole numbers from {low} to {high}",
        "whole": "whole numbers",
        "number": "numbers",
        "date": f"dates such as 2025-03-14 or 14/03/2025, none after {facts.today}",
        "moment": "days with times such as 2025-03-14 18:30",
        "flag": "yes or no",
        "id": "something that identifies",
        "text": "text",
    }[column.kind]


def _places(
    source: Source,
    table: Table,
    columns: Mapping[str, str | int] | None,
    segments: Sequence[str],
    *,
    rest: bool,
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return where each canonical column and segment is in the source, in the table's order."""
    own = _own(source, table)
    columns = own if columns is None else columns
    if not isinstance(columns, Mapping):
        raise InputError(
            "`columns` must map canonical names to columns of the source, such as "
            f"{{'score': 'nps'}}, got {columns!r}."
        )
    if isinstance(segments, str):
        segments = (segments,)
    wanted = {**{name: name for name in segments}, **columns}
    found: dict[str, int] = {}
    notes: list[str] = []
    for name, column in wanted.items():
        if not isinstance(name, str) or not name or name in _RESERVED:
            raise InputError(f"A segment cannot be called {name!r}; choose another name for it.")
        found[name] = find_column(source, _position(source, column), name)
        close = [other for other in table.names if other.startswith(f"{name}_")]
        close += get_close_matches(name, table.names, n=1)
        if name not in table.names and name in columns and close:
            notes.append(f"`{name}` is kept as a segment (is it `{close[0]}`?)")
    if rest:
        taken = set(found.values())
        more = {name: source.names.index(column) for name, column in own.items()}
        found = {**{name: at for name, at in more.items() if at not in taken}, **found}
        notes += _overlooked(source, table, found)
    absent = [
        column.name for column in table.columns if column.required and column.name not in found
    ]
    if absent:
        raise InputError(_absent(source, table, absent))
    order = {name: place for place, name in enumerate(table.names)}
    return (
        {name: found[name] for name in sorted(found, key=lambda name: order.get(name, len(order)))},
        tuple(notes),
    )


def _own(source: Source, table: Table) -> dict[str, str]:
    """Return the columns of the source that bear canonical names."""
    there = {name.casefold(): name for name in reversed(source.names)}
    return {name: there[name] for name in table.names if name in there and source.headed}


def _overlooked(source: Source, table: Table, found: Mapping[str, int]) -> list[str]:
    """Return a note on each column that nobody asked for and that is called like one of answers."""
    if not source.headed or table is not table_named("responses"):
        return []
    return [
        f"{source.names[at]!r} looks like {name} and is not read: say "
        f"columns={{{name!r}: {source.names[at]!r}}}"
        for name, at in called_like(source.names).items()
        if name not in found and at not in found.values()
    ]


def _position(source: Source, column: str | int) -> str | int:
    """Return a position written as text as a number, where columns have no names."""
    written = isinstance(column, str) and column.strip().isdecimal() and not source.headed
    return int(column) if written else column


def _absent(source: Source, table: Table, absent: Sequence[str]) -> str:
    names = " and ".join(f"`{name}`" for name in absent)
    if not source.names:
        return f"Reading {table.name} needs {names}, but {source.label} has no columns at all."
    close = get_close_matches(absent[0], source.names, n=1)
    close += [name for name in source.names if _USUAL.search(name)] if absent[0] == "score" else []
    example = (close or source.names)[0] if source.headed else 2
    return (
        f"Reading {table.name} needs {names}, which {source.label} does not have under that name. "
        f"Say which column it is, for example columns={{{absent[0]!r}: {example!r}}}. "
        f"{listed(source)}"
    )


def _connection(beside: ir.Table | None) -> Any:
    if beside is None:
        return None
    connection = beside.get_backend()
    if connection.name != "duckdb":
        raise InputError(
            f"`beside` must be an intake of files or frames; this one is in {connection.name}."
        )
    return connection


def _scale(scale: tuple[int, int]) -> tuple[int, int]:
    ends = tuple(scale) if isinstance(scale, tuple | list) else ()
    whole = all(isinstance(end, int) and not isinstance(end, bool) for end in ends)
    low, high = ends if len(ends) == 2 and whole else (0, 0)
    if not (high == 10 > low >= 0 or high - low == 10):
        raise InputError(
            f"`scale` must be (0, 10), (1, 10) or eleven steps such as (1, 11), got {scale!r}."
        )
    return low, high


def _today(today: date | None) -> date:
    if today is None:
        return date.today()  # noqa: DTZ011 - the day where the user is
    if isinstance(today, datetime):
        return today.date()
    if not isinstance(today, date):
        raise InputError(f"`today` must be a date, got {today!r}.")
    return today
