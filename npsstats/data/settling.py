"""Judged rows put where later queries are cheap, and repeated keys found among them.

Reading numbers and dates out of text costs far more than counting them. Where the rows are in
our own embedded database, this is done once, into a temporary Parquet file; rows that are typed
already are left where they are, and so is everything in a database of the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.data.engine import scratch
from npsstats.data.judging import without_repeats

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from npsstats.data.engine import Rows
    from npsstats.data.judging import Plan

__all__ = ["settle", "stored"]

_PARSED = ("score", "whole", "number", "date", "moment", "flag")


def settle(judged: ir.Table, rows: Rows, plan: Plan) -> ir.Table:
    """Return judged rows, duplicates rejected, in a form that is cheap to query again.

    Parameters
    ----------
    judged
        What `judge` made of the rows.
    rows
        The rows of the source.
    plan
        What they mean.
    """
    if not rows.owned:
        return judged if plan.unique else without_repeats(judged, plan)
    parsed = any(
        plan.table.column(name).kind in _PARSED and plan.cell(rows.table, name).type().is_string()
        for name in plan.places
    )
    if parsed:
        judged = stored(judged)
    return judged if plan.unique else _repeats_marked(judged, plan)


def stored(judged: ir.Table) -> ir.Table:
    """Return the rows written once, of a DuckDB connection of ours, to be read again cheaply."""
    connection = judged.get_backend()
    path = scratch(connection) / "judged.parquet"
    connection.to_parquet(judged, path)
    return connection.read_parquet(str(path))


def _repeats_marked(judged: ir.Table, plan: Plan) -> ir.Table:
    """Reject all rows of a key but the first usable one, by the places of the few that repeat it.

    A window over all rows, as in `without_repeats`, would sort every column of every row.
    """
    import ibis

    usable = judged.filter(judged.reason.isnull()).select("row", key=plan.table.key)
    usable = usable.filter(usable.key.notnull())
    firsts = usable.group_by("key").aggregate(first=usable.row.min(), rows=usable.count())
    firsts = firsts.filter(firsts.rows > 1)
    joined = usable.join(firsts, "key")
    repeats = joined.filter(joined.row > joined.first).select(repeat="row")
    connection = judged.get_backend()
    held = connection.create_table(ibis.util.gen_name("repeats"), repeats, temp=True)
    marked = judged.left_join(held, judged.row == held.repeat)
    reason = ibis.cases(
        (marked.repeat.notnull(), f"duplicate {plan.table.noun}"), else_=marked.reason
    )
    return marked.mutate(reason=reason).drop("repeat")
