"""The units to assign: which rows can be used, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.keyed_hash import label_expression
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.data.engine import ROW, cell_name, connect, scratch
from npsstats.data.intake import Intake
from npsstats.data.sources import Options, find_column, open_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["OwnRows", "UnitRows", "own_rows", "read_units", "stored"]


@dataclass(frozen=True)
class UnitRows:
    """Rows of units, judged, in an embedded database of ours.

    Attributes
    ----------
    usable
        Ibis table, a row a unit: `row`, `unit`, `text`, `cluster` (where asked for) and
        "stratum 0" …; a missing stratum reads "(none)".
    rejected
        pandas frame of the rows that are not used: row (from 0), unit as written, reason.
    reasons
        Reason → rows, most frequent first.
    label
        What the source is called.
    ordered
        Rows have an order of their own.
    """

    usable: ir.Table
    rejected: pd.DataFrame
    reasons: dict[str, int]
    label: str
    ordered: bool


@dataclass(frozen=True)
class OwnRows:
    """Columns of a source as a table of our own database.

    Attributes
    ----------
    table
        Columns "0", "1" … in the order asked for, and `row`.
    broken
        The lines that are no rows, or None.
    label
        What the source is called.
    ordered
        `row` is the place in the source, not just a number.
    """

    table: ir.Table
    broken: ir.Table | None
    label: str
    ordered: bool


def own_rows(source: Any, columns: Sequence[str], connection: Any) -> OwnRows:
    """Return the columns of a source, named by their place, as a table of our own database.

    Parameters
    ----------
    source
        A path, a URL, a frame, an Arrow or Ibis table, or an intake (its accepted rows).
    columns
        The columns wanted.
    connection
        The DuckDB connection (Ibis) that shall hold them.
    """
    if isinstance(source, Intake):
        source = source.accepted
    opened = open_source(source, Options(), connection)
    places = [find_column(opened, name, name) for name in columns]
    rows = opened.select(sorted(set(places)))
    table = rows.table
    cells = {str(number): table[cell_name(place)] for number, place in enumerate(places)}
    ordered = ROW in table.columns
    if ordered:
        cells[ROW] = table[ROW]
    table = table.select(**cells)
    if table.get_backend() is not connection:
        path = scratch(connection) / "units.parquet"
        table.get_backend().to_parquet(table, path)
        table = connection.read_parquet(str(path), file_row_number=True)
        table = table.select(*cells, **({} if ordered else {ROW: table["file_row_number"]}))
    return OwnRows(table, rows.broken, opened.label, ordered)


def read_units(
    source: Any, unit: str, cluster: str | None = None, strata: Sequence[str] = ()
) -> UnitRows:
    """Read and judge the units to assign.

    Parameters
    ----------
    source
        As for `own_rows`.
    unit, cluster, strata
        Columns.

    Raises
    ------
    InputError
        If a column is not there, no unit can be used, or a unit is in two strata or clusters.
    """
    connection = connect()
    columns = [unit, *([cluster] if cluster else []), *strata]
    own = own_rows(source, columns, connection)
    broken, label = own.broken, own.label
    judged = stored(_judged(own.table, unit, cluster, len(strata)))
    keys = ["cluster"] * bool(cluster) + [f"stratum {place}" for place in range(len(strata))]
    usable = judged.filter(judged["reason"].isnull())  # noqa: PD003 - Ibis, not pandas
    usable, repeats = _once(usable, unit, keys, label)
    bad = judged.drop_null("reason").select("row", "written", "reason")
    if repeats is not None:
        bad = bad.union(repeats)
    rejected = bad.order_by("row", "reason").to_pyarrow().to_pandas()
    rejected = rejected.rename(columns={"written": unit})
    reasons = {str(why): int(n) for why, n in rejected["reason"].value_counts().items()}
    if broken is not None and (lines := broken.count().to_pyarrow().as_py()):
        reasons["unreadable line"] = int(lines)
    if not usable.count().to_pyarrow().as_py():
        why = ", ".join(f"{reason} {n:,}" for reason, n in reasons.items()) or "it holds no rows"
        raise InputError(f"No unit of {label} can be assigned: {why}.")
    return UnitRows(
        usable.select("row", "unit", "text", *keys), rejected, reasons, label, own.ordered
    )


def _judged(table: ir.Table, unit: str, cluster: str | None, strata: int) -> ir.Table:
    """Return every row with the texts that are hashed and what is wrong with it, lazy."""
    import ibis

    cell: Any = table["0"]
    text, odd = label_expression(cell)
    faults = [(_no(text), f"{unit} missing"), (odd, f"{unit} not a whole number")]
    kind = cell.type()
    typed: Any = cell if kind.is_integer() else text
    if kind.is_floating():
        typed = ibis.cases((~odd & ~_no(text), text), else_=ibis.null("string")).cast("int64")
    columns: dict[str, Any] = {"unit": typed, "text": text, "written": cell.cast("string")}
    if cluster:
        name, strange = label_expression(table["1"])
        faults += [
            (_no(name), f"{cluster} missing"),
            (strange, f"{cluster} not a whole number"),
        ]
        columns["cluster"] = name
    for place in range(strata):
        label, _ = label_expression(table[str(place + 1 + bool(cluster))])
        columns[f"stratum {place}"] = ibis.coalesce(label, NONE)
    return table.select(ROW, reason=ibis.cases(*faults, else_=ibis.null("string")), **columns)


def _no(text: Any) -> Any:
    return text.isnull()  # noqa: PD003 - Ibis, not pandas


def _once(
    usable: ir.Table, unit: str, keys: Sequence[str], label: str
) -> tuple[ir.Table, ir.Table | None]:
    """Return the first row of each unit, and the rows that repeat one (or None)."""
    import ibis

    total = usable.aggregate(n=usable.count(), different=usable["text"].nunique())
    counted = total.to_pyarrow().to_pylist()[0]
    if counted["n"] == counted["different"]:
        return usable, None
    ends = {f"low {key}": usable[key].min() for key in keys}
    ends |= {f"high {key}": usable[key].max() for key in keys}
    groups = usable.group_by("text").aggregate(first=usable["row"].min(), n=usable.count(), **ends)
    groups = stored(groups.filter(groups["n"] > 1))
    if keys:
        apart = [groups[f"low {key}"] != groups[f"high {key}"] for key in keys]
        both = groups.filter(reduce(lambda one, two: one | two, apart))
        found = both.order_by("text").limit(1).to_pyarrow().to_pylist()
        if found:
            raise InputError(
                f"{both.count().to_pyarrow().as_py():,} units of {label} come twice, in different "
                f"strata or clusters: {unit} {found[0]['text']!r} among them. Give each one row."
            )
    marked = usable.join(groups.select("text", "first"), "text")
    repeats = stored(marked.filter(marked["row"] > marked["first"]))
    listed = repeats.select("row", "written", reason=ibis.literal(f"duplicate {unit}"))
    return usable.anti_join(repeats, "row"), listed


def stored(table: ir.Table) -> ir.Table:
    """Return a table computed once, in a temporary file of its connection."""
    connection = table.get_backend()
    path = scratch(connection) / "judged.parquet"
    connection.to_parquet(table, path)
    return connection.read_parquet(str(path))
