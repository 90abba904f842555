"""What every reading of a cell shares: the facts it needs, the form it takes, cleaned text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import ibis.expr.types as ir

__all__ = ["DateOrder", "Facts", "Reading", "Shape", "as_text", "clean", "missing"]

type DateOrder = Literal["dmy", "mdy", "ymd"]
type Shape = Literal["dmy", "mdy", "ymd", "compact"]

_MISSING = ("", "na", "n/a", "#n/a", "null", "nan")
_LONGEST = max(map(len, _MISSING))


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


def as_text(cell: ir.Value) -> ir.StringValue:
    """Return a cell as text without spaces around it."""
    text = cell if cell.type().is_string() else cell.cast("string")
    return text.strip()


def clean(cell: ir.Value) -> ir.StringValue:
    """Return a cell as text without spaces around it, non-breaking ones included."""
    text = cell if cell.type().is_string() else cell.cast("string")
    return text.replace("\u00a0", " ").strip()


def missing(text: ir.StringValue) -> ir.BooleanValue:
    """Tell whether cleaned text stands for no value: blank, NA, N/A, null, nan."""
    # most text is longer: its length is known without looking at it
    return text.isnull() | ((text.length() <= _LONGEST) & text.lower().isin(_MISSING))
