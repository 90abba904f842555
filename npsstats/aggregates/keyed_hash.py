"""A keyed hash that spreads units evenly over [0, 1), the same in Python, SQL and anywhere else.

The rule, byte for byte, so that anybody can recompute an assignment:

1. Write the unit as text: a whole number as its decimal digits (12, and 12.0 too); text without
   the spaces around it, leading zeros, capitals and accents as they stand.
2. Put the key and a bar before it, `<key>|<unit>`, in UTF-8.
3. Take its SHA-256, and of that the first 13 hexadecimal digits: a whole number below 2⁵².
4. Divide by 2⁵² = 4503599627370496.

Examples
--------
`printf 'callback|12' | sha256sum` begins with a430a2ad76a82, and 0xa430a2ad76a82 / 2⁵² is .641367.

>>> round(uniform("callback", 12), 6), round(uniform("callback", "12"), 6)
(0.641367, 0.641367)
>>> uniform("callback", "012") == uniform("callback", 12)
False
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.cells import as_text, missing

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "FIRST_BITS",
    "checked_key",
    "hash_expression",
    "hashed",
    "label_expression",
    "label_of",
    "uniform",
    "unit_text",
]

FIRST_BITS = 2**52
"""The hash is a whole number below this, which a double holds exactly."""

_DIGITS = 13
_SPACES = " \t\n\r\v\f"
_ABSENT = ("", "na", "n/a", "#n/a", "null", "nan")  # as intake has it
_NOTHING = ("NoneType", "NAType", "NaTType")
_EXACT = 2.0**53  # from here on a float skips whole numbers
_DECIMAL = r"^[+-]?[0-9]+\.0+$"


def uniform(key: str, unit: object) -> float:
    """Return the place of a unit in [0, 1) under a key.

    Parameters
    ----------
    key
        Names the draw: another key, another draw. Holds no `|`.
    unit
        Text or a whole number.

    Raises
    ------
    InputError
        If the unit is missing, or is a number that is not whole.
    """
    return hashed(f"{checked_key('key', key)}|{unit_text(unit)}") / FIRST_BITS


def hashed(text: str) -> int:
    """Return the first 52 bits of the SHA-256 of a text."""
    try:
        given = text.encode()
    except UnicodeEncodeError:
        raise InputError(f"{text!r} is not text that UTF-8 can write. Mend the unit.") from None
    return int(sha256(given).hexdigest()[:_DIGITS], 16)


def checked_key(name: str, key: object) -> str:
    """Return a key that can be hashed: text, not blank, without a bar."""
    if not isinstance(key, str) or not key.strip() or "|" in key:
        raise InputError(
            f"`{name}` must be a text without '|' that names the draw, such as 'callback-2026', "
            f"got {key!r}."
        )
    return key


def unit_text(unit: object) -> str:
    """Return a unit as the text that is hashed.

    Raises
    ------
    InputError
        If the unit is missing, or is a number that is not whole.

    Examples
    --------
    >>> unit_text(7.0), unit_text(" 007 "), unit_text("É")
    ('7', '007', 'É')
    """
    if hasattr(unit, "item"):  # a NumPy scalar
        unit = unit.item()
    if isinstance(unit, bool):
        raise InputError(f"A unit must be text or a whole number, got {unit!r}.")
    if isinstance(unit, float) and unit == unit:  # noqa: PLR0124 NaN
        if not unit.is_integer() or abs(unit) >= _EXACT:
            raise InputError(
                f"A unit must be text or a whole number, got {unit!r}. Keep identifiers as text."
            )
        unit = int(unit)
    text = "" if type(unit).__name__ in _NOTHING else str(unit).strip(_SPACES)
    if text.casefold() in _ABSENT:
        raise InputError(f"A unit must be text or a whole number, got {unit!r}: it is missing.")
    return text


def label_of(value: object) -> str | None:
    """Return a value as text, or None where it is missing; for labels such as strata."""
    try:
        return unit_text(value)
    except InputError:
        return str(value) if isinstance(value, bool | float) and value == value else None  # noqa: PLR0124 NaN


def label_expression(cell: ir.Value) -> tuple[ir.StringValue, ir.BooleanValue]:
    """Return, as database expressions, a cell's text (null where missing) and whether it is odd.

    The text is what `unit_text` makes of the cell; odd is a number that is not whole, whose text
    must not be hashed because no two programs write it alike.
    """
    import ibis

    kind = cell.type()
    value: Any = cell
    odd: Any = ibis.literal(False)
    if kind.is_integer():
        return value.cast("string"), odd
    if kind.is_floating():
        gone = value.isnull() | value.isnan()
        near = value.abs() < _EXACT  # Ibis casts a floor to a whole number, which may not hold it
        whole = ibis.cases((near, value == value.floor()), else_=ibis.literal(False))
        digits = ibis.cases((whole & ~gone, value.cast("int64").cast("string")))
        return ibis.coalesce(digits, ibis.cases((~gone, value.cast("string")))), ~gone & ~whole
    if kind.is_decimal():
        text = value.cast("string")
        plain = (kind.scale or 0) == 0
        whole = ibis.literal(True) if plain else text.re_search(_DECIMAL)
        short = text if plain else text.re_replace(r"\.0+$", "")
        return short, ~whole & value.notnull()
    text = as_text(cell)
    return ibis.cases((~missing(text), text)), ibis.literal(kind.is_boolean())


def hash_expression(key: str, text: ir.StringValue) -> ir.IntegerValue:
    """Return, as a DuckDB expression, the 52 bits of `<key>|<text>`."""
    import ibis

    digits = (ibis.literal(f"{key}|") + text).hexdigest("sha256").substr(0, _DIGITS)
    return (ibis.literal("0x") + digits).cast("int64")
