"""From what a cell holds to the value it means, as portable database expressions.

Nothing here runs: each function takes an Ibis column and returns Ibis expressions that DuckDB,
Postgres and Spark all understand. There is no `try_cast` outside DuckDB, so text is tested by a
regular expression first and cast only inside the CASE branch where the test held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.data.cells import Facts, Reading, as_text, clean, missing
from npsstats.data.dates import read_date, read_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from npsstats.data.tables import Column

__all__ = ["NUMBER", "WHOLE_ID", "read_cell"]

_TRUE = ("true", "t", "1", "1.0", "yes", "y", "oui", "o", "vrai")
_FALSE = ("false", "f", "0", "0.0", "no", "n", "non", "faux")
_SPACES = "[ \u00a0\u2009\u202f]"  # the thousands separators of French and SI writing

NUMBER = r"^[+-]?([0-9]{1,15}([.,][0-9]{0,30})?|[.,][0-9]{1,30})([eE][+-]?[0-9]{1,2})?$"
_WHOLE = r"^[+-]?[0-9]{1,15}([.,]0*)?$"
_FRACTION = r"[.,]0*$"
WHOLE_ID = r"^(0|[1-9][0-9]{0,17})$"


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
    readers: dict[str, Callable[[], Reading]] = {
        "score": lambda: _score(column, cell, facts.scale),
        "number": lambda: _number(column, cell, facts.decimals.get(column.name)),
        "whole": lambda: _number(column, cell, facts.decimals.get(column.name)),
        "date": lambda: read_date(column, cell, facts),
        "moment": lambda: read_moment(column, cell),
        "flag": lambda: _flag(column, cell),
        "id": lambda: _identifier(column, cell, whole=column.name in facts.whole_ids),
        "text": lambda: _text(column, cell),
    }
    return readers[column.kind]()


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
        near = (decimal >= low) & (decimal <= high + 1)
        faults = (*faults, (f"{label} not a whole number", _broken(decimal, near)))
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
        near = number.abs() < 1e15
        faults = (
            *faults,
            (f"{column.label} not a whole number", _broken(number, near)),
            (f"{column.label} out of range", ~near),
        )
        number = ibis.cases((near, number.cast("int64")), else_=ibis.null("int64"))
    outside = [number < column.low] if column.low is not None else []
    outside += [number > column.high] if column.high is not None else []
    return Reading(number, (*faults, *((f"{column.label} out of range", rule) for rule in outside)))


def _broken(number: Any, near: Any) -> Any:
    """Tell whether a number is not whole, where it is near enough for its floor to be cast."""
    import ibis

    return ibis.cases((near, number != number.floor()), else_=ibis.literal(False))


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


def _flag(column: Column, cell: ir.Value) -> Reading:
    import ibis

    label = column.label
    kind = cell.type()
    if kind.is_boolean():
        return Reading(cell, ((f"{label} missing", cell.isnull()),))
    faults: tuple[tuple[str, Any], ...]
    if kind.is_numeric():
        # 1.0 is the flag 1: a missing value elsewhere in the column made it a float
        number, faults = _numeric(label, cell, None)
        yes, no, faults = number == 1, number == 0, faults[:1]
    else:
        text = clean(cell).lower()
        yes, no, faults = (
            text.isin(_TRUE),
            text.isin(_FALSE),
            ((f"{label} missing", missing(text)),),
        )
    value = ibis.cases((yes, True), (no, False), else_=ibis.null("boolean"))
    return Reading(value, (*faults, (f"{label} not yes or no", value.isnull())))


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
        text = as_text(cell)
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
