"""How many were asked, answered and went on to the end, as counts of no and yes a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.aggregates.scales import ScaleCounts, count_scale
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["count_answered", "count_completed", "count_rating"]

_YES_NO = (0, 1)


def count_answered(data: Any, by: str | Sequence[str] | None) -> ScaleCounts:
    """Count, among invitations, who did not and who did answer.

    An invitation was answered if its flag `answered` says so; where there is no such column, if
    it has a `response_id`. Invitations whose flag is empty are counted as blank.
    """
    return count_scale(data, by, _YES_NO, _answered, "answered", table="invitations")


def count_completed(data: Any, by: str | Sequence[str] | None) -> ScaleCounts:
    """Count, among answers, who did not and who did fill in the whole questionnaire."""
    return count_scale(data, by, _YES_NO, _column("completed"), "completed")


def count_rating(
    data: Any, by: str | Sequence[str] | None, name: str, scale: tuple[int, int]
) -> ScaleCounts:
    """Count, among answers, the values of one rated question, `csat` or `ces`."""
    return count_scale(data, by, scale, _column(name), name)


def _column(name: str) -> Any:
    def take(table: ir.Table) -> ir.Value:
        if name not in table.columns:
            raise InputError(
                f"There is no column {name!r} among {', '.join(table.columns)}. When reading, map "
                f"it: columns={{{name!r}: ...}}."
            )
        column = table[name]
        return column.cast("int8") if column.type().is_boolean() else column

    return take


def _answered(table: ir.Table) -> ir.Value:
    if "answered" in table.columns:
        return _column("answered")(table)
    if "response_id" in table.columns:
        return table["response_id"].notnull().cast("int8")
    raise InputError(
        f"Whether an invitation was answered must be in a column `answered` or `response_id`; "
        f"there are {', '.join(table.columns)}. When reading, map it: columns={{'answered': ...}}."
    )
