"""From what a cell holds to the value it means, as portable database expressions.

Nothing here runs: each function takes an Ibis column and returns Ibis expressions that DuckDB,
Postgres and Spark all understand. There is no `try_cast` outside DuckDB, so text is tested by a
regular expression first and cast only inside the CASE branch where the test held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import ibis.expr.types as ir

    from npsstats.data.tables import Column

__all__ = ["DateOrder", "Facts", "Reading", "Shape", "clean", "missing", "read_cell"]

type DateOrder = Literal["dmy", "mdy", "ymd"]
type Shape = Literal["dmy", "mdy", "ymd", "compact"]

MISSING = ("", "na", "n/a", "#n/a", "null", "nan")
_TRUE = ("true", "t", "1", "yes", "y", "oui", "o", "vrai")
_FALSE = ("false", "f", "0", "no", "n", "non", "faux")
_SPACES = "[ \u00a0\u2009\u202f]"  # the thousands separators of French and SI writing

NUMBER = r"^[+-]?([0-9]{1,15}([.,][0-9]{0,30})?|[.,][0-9]{1,30})([eE][+-]?[0-9]{1,2})?$"
_WHOLE = r"^[+-]?[0-9]{1,15}([.,]0*)?$"
_FRACTION = r"[.,]0*$"
WHOLE_ID = r"^(0|[1-9][0-9]{0,17})$"
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
# Where year, month and day stand in the groups of each shape.
_SHAPES: dict[Shape, tuple[str, int, int, int]] = {
    "ymd": (YEAR_FIRST, 1, 2, 3),
    "compact": (COMPACT, 1, 2, 3),
    "dmy": (YEAR_LAST, 3, 2, 1),
    "mdy": (YEAR_LAST, 3, 1, 2),
}


@dataclass(frozen=True)
class Facts:
    """What a look at all rows told, because no single cell tells it.

    Attributes
    ----------
    scale
        The declared scale (lo, hi).
    today
        Dates after it are in the future.
    shapes
        Canonical date column → the ways in which dates are written in its text.
    decimals
        Canonical number column → its decimal mark, where commas occur in its text.
    whole_ids
        Canonical id columns that hold whole numbers only.
    """

    scale: tuple[int, int]
    today: date
    shapes: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    decimals: Mapping[str, str] = field(default_factory=dict)
    whole_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reading:
    """A cell's value, and what can be wrong with it, in the order in which it is judged.

    `fine`, where given, is a quick test that no fault holds: nearly every row passes it, and the
    others are then judged at leisure.
    """

    value: ir.Value
    faults: tuple[tuple[str, ir.BooleanValue], ...]
    fine: ir.BooleanValue | None = None


def clean(cell: ir.Value) -> ir.StringValue:
    """Return a cell as text without spaces around it, non-breaking ones included."""
    text = cell if cell.type().is_string() else cell.cast("string")
    return text.replace("\u00a0", " ").strip()


def missing(text: ir.StringValue) -> ir.BooleanValue:
    """Tell whether cleaned text stands for no value: blank, NA, N/A, null, nan."""
    return text.isnull() | text.lower().isin(MISSING)


def read_cell(column: Column, cell: ir.Value, facts: Facts) -> Reading:
    """Return the value that a cell means and the faults that can make it unusable.

    Parameters
    ----------
    column
        What the table declares of it.
    cell
        The Ibis column as the source holds it, of any type.
    facts
        The scale, today's date, and what a look at all rows told.

    Returns
    -------
    Reading
        A value (null or meaningless where a fault holds) and its faults.
    """
    if column.kind == "score":
        return _score(column, cell, facts.scale)
    if column.kind in {"number", "whole"}:
        return _number(column, cell, facts.decimals.get(column.name))
    if column.kind == "date":
        return _date(column, cell, facts)
    if column.kind == "flag":
        return _flag(column, cell)
    if column.kind == "id":
        return _identifier(column, cell, whole=column.name in facts.whole_ids)
    return _text(column, cell)


def _score(column: Column, cell: ir.Value, scale: tuple[int, int]) -> Reading:
    """Read a score into its bin: the value itself where the scale ends at 10, else from lo up."""
    import ibis

    low, high = scale
    label = column.label
    number: Any = cell
    whole: Any = None
    kind = number.type()
    faults: tuple[tuple[str, Any], ...]
    if kind.is_integer():
        faults = ((f"{label} missing", number.isnull()),)
    elif kind.is_floating() or kind.is_decimal():
        decimal, faults = _numeric(label, cell, None)
        faults = (*faults, (f"{label} not a whole number", decimal != decimal.floor()))
        # what is infinite or huge cannot be cast
        near = (decimal >= low) & (decimal <= high + 1)
        number = ibis.cases((near, decimal.cast("int64")), else_=ibis.null("int64"))
    else:
        text = clean(cell)
        whole = text.re_search(_WHOLE)
        faults = (
            (f"{label} missing", missing(text)),
            (f"{label} not a number", ~text.re_search(NUMBER)),
            (f"{label} not a whole number", ~whole),
        )
        digits = text.re_replace(_FRACTION, "")
        number = ibis.cases((whole, digits.cast("int64")), else_=ibis.null("int64"))
    inside = number.between(low, high)
    return Reading(
        number if high == 10 else number - low,
        # a number that was too far off to be cast is null by now
        (*faults, (f"{label} out of range", ibis.coalesce(~inside, ibis.literal(True)))),
        None if whole is None else whole & inside,
    )


def _number(column: Column, cell: ir.Value, decimal: str | None) -> Reading:
    import ibis

    number, faults = _numeric(column.label, cell, decimal, grouped=True)
    if column.kind == "whole" and not number.type().is_integer():
        faults = (*faults, (f"{column.label} not a whole number", number != number.floor()))
        number = ibis.cases((number.abs() < 1e15, number.cast("int64")), else_=ibis.null("int64"))
    outside = [number < column.low] if column.low is not None else []
    outside += [number > column.high] if column.high is not None else []
    return Reading(number, (*faults, *((f"{column.label} out of range", rule) for rule in outside)))


def _numeric(
    label: str, cell: ir.Value, decimal: str | None, *, grouped: bool = False
) -> tuple[Any, tuple[tuple[str, Any], ...]]:
    """Return a cell as a number, with the faults of lacking one."""
    import ibis

    kind = cell.type()
    number: Any = cell
    if kind.is_integer():
        return number, ((f"{label} missing", number.isnull()),)
    if kind.is_decimal():
        return number.cast("float64"), ((f"{label} missing", number.isnull()),)
    if kind.is_floating():
        return number, (
            (f"{label} missing", number.isnull() | number.isnan()),
            (f"{label} not a number", number.isinf()),
        )
    text = clean(cell)
    digits = text
    if grouped:
        digits = digits.re_replace(_SPACES, "")
        if decimal is not None:
            mark = r"\." if decimal == "," else ","
            groups = digits.re_search(rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+([^0-9].*)?$")
            digits = ibis.cases((groups, digits.re_replace(mark, "")), else_=digits)
    matches = digits.re_search(NUMBER)
    value = ibis.cases(
        (matches, digits.replace(",", ".").cast("float64")), else_=ibis.null("float64")
    )
    return value, ((f"{label} missing", missing(text)), (f"{label} not a number", ~matches))


def _date(column: Column, cell: ir.Value, facts: Facts) -> Reading:
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
        written = _year_month_day(text, facts.shapes.get(column.name, ("ymd",)))
        exists = written.re_search(_DAY)
        day = ibis.cases((exists, written.cast("date")), else_=ibis.null("date"))
        faults = ((f"{label} missing", missing(text)), (f"{label} unreadable", ~exists))
        fine = exists
    if not column.future:
        today = ibis.literal(facts.today)
        faults = (*faults, (f"{label} in the future", day > today))
        fine = fine if fine is None else day <= today
    return Reading(day, faults, fine)


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


def _flag(column: Column, cell: ir.Value) -> Reading:
    import ibis

    if cell.type().is_boolean():
        return Reading(cell, ((f"{column.label} missing", cell.isnull()),))
    text = clean(cell).lower()
    value = ibis.cases(
        (text.isin(_TRUE), True), (text.isin(_FALSE), False), else_=ibis.null("boolean")
    )
    return Reading(
        value,
        (
            (f"{column.label} missing", missing(text)),
            (f"{column.label} not yes or no", value.isnull()),
        ),
    )


def _identifier(column: Column, cell: ir.Value, *, whole: bool) -> Reading:
    import ibis

    kind = cell.type()
    value: Any = cell
    if kind.is_integer():
        absent = value.isnull()
    elif kind.is_numeric() and not kind.is_boolean():
        # 12.0 is the store 12: a missing value elsewhere in the column made it a float
        absent = value.isnull() | value.isnan() if kind.is_floating() else value.isnull()
        value = ibis.cases(
            (~absent, value.cast("int64" if whole else "string")),
            else_=ibis.null("int64" if whole else "string"),
        )
    else:
        text = clean(cell)
        absent = missing(text)
        if whole:
            value = ibis.cases(
                (text.re_search(WHOLE_ID), text.cast("int64")), else_=ibis.null("int64")
            )
        else:
            value = ibis.cases((~absent, text), else_=ibis.null("string"))
    return Reading(value, ((f"{column.label} missing", absent),))


def _text(column: Column, cell: ir.Value) -> Reading:
    value: Any = clean(cell).nullif("") if cell.type().is_string() else cell
    return Reading(value, ((f"{column.label} missing", value.isnull()),))
