"""Days, and moments, out of dates of every writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.data.cells import Facts, Reading, Shape, clean, missing

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from npsstats.data.tables import Column

__all__ = ["COMPACT", "YEAR_FIRST", "YEAR_LAST", "read_date", "read_moment"]

_TIME = r"([T ]+[0-9]{1,2}:[0-9]{2}.*)?$"
YEAR_FIRST = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})" + _TIME
YEAR_LAST = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})" + _TIME
COMPACT = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"
# Every day from 1900 to 2199 that exists, as year-month-day: 31, 30 and 28 days, leap days.
_DAY = (
    "^((19|20|21)[0-9]{2}-("
    "(0?[13578]|1[02])-(0?[1-9]|[12][0-9]|3[01])"
    "|(0?[469]|11)-(0?[1-9]|[12][0-9]|30)"
    "|0?2-(0?[1-9]|1[0-9]|2[0-8]))"
    "|((19|20|21)(0[48]|[2468][048]|[13579][26])|2000)-0?2-29)$"
)
_MOMENT = (  # ISO, the time optional
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?)?$"
)
# Where year, month and day stand in the groups of each shape.
_SHAPES: dict[Shape, tuple[str, int, int, int]] = {
    "ymd": (YEAR_FIRST, 1, 2, 3),
    "compact": (COMPACT, 1, 2, 3),
    "dmy": (YEAR_LAST, 3, 2, 1),
    "mdy": (YEAR_LAST, 3, 1, 2),
}


def read_date(column: Column, cell: ir.Value, facts: Facts) -> Reading:
    """Return the day that a cell means: typed, or written in one of the shapes found."""
    import ibis

    label = column.label
    kind = cell.type()
    day: Any = cell
    fine: Any = None
    faults: tuple[tuple[str, ir.BooleanValue], ...]
    if kind.is_date() or kind.is_timestamp():
        day = day.date() if kind.is_timestamp() else day
        faults = ((f"{label} missing", day.isnull()),)
    else:
        text = clean(cell)
        written = _year_month_day(text, facts.shapes.get(column.name, ("ymd", "compact")))
        exists = written.re_search(_DAY)
        day = ibis.cases((exists, written.cast("date")), else_=ibis.null("date"))
        faults = ((f"{label} missing", missing(text)), (f"{label} unreadable", ~exists))
        fine = exists
    if not column.future:
        today = ibis.literal(facts.today)
        faults = (*faults, (f"{label} in the future", day > today))
        fine = fine if fine is None else day <= today
    return Reading(day, faults, fine)


def read_moment(column: Column, cell: ir.Value) -> Reading:
    """Return the moment that a cell means: typed, or written as ISO 8601."""
    import ibis

    kind = cell.type()
    if kind.is_timestamp() or kind.is_date():
        moment = cell if kind.is_timestamp() else cell.cast("timestamp")
        return Reading(moment, ((f"{column.label} missing", cell.isnull()),))
    text = clean(cell)
    exists = text.re_search(_MOMENT) & text[0:10].re_search(_DAY)
    moment = ibis.cases((exists, text.cast("timestamp")), else_=ibis.null("timestamp"))
    return Reading(
        moment,
        ((f"{column.label} missing", missing(text)), (f"{column.label} unreadable", ~exists)),
    )


def _year_month_day(text: ir.StringValue, shapes: tuple[Shape, ...]) -> ir.StringValue:
    """Return a written date as 2025-3-14, or something that is no date.

    Groups are extracted one by one: Spark writes references to groups in a replacement otherwise
    than DuckDB and Postgres.
    """
    import ibis

    found = []
    for shape in shapes:
        pattern, *places = _SHAPES[shape]
        year, month, day = (text.re_extract(pattern, place) for place in places)
        found.append((text.re_search(pattern), year + "-" + month + "-" + day))
    written = found[0][1] if len(found) == 1 else ibis.cases(*found, else_="")
    # where nothing matches, Postgres extracts null and the others an empty text
    return ibis.coalesce(written, "")
