"""Argument checks: one wording for every error.

An `InputError` is the user's to mend: its text names the thing, the value, the rule and the
remedy, and the command line prints it without a traceback and exits with code 2. Any other
exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["InputError", "count", "fraction", "number", "one_of"]


class InputError(ValueError):
    """Something handed to npsstats that it cannot use, with what to do about it."""


def fraction(name: str, value: float) -> float:
    """Return `value` if it lies strictly between 0 and 1."""
    if not isinstance(value, int | float) or not 0 < value < 1:
        share = 0.05 if "false" in name else 0.3 if name == "margin" else 0.95
        raise InputError(
            f"`{name}` must be between 0 and 1 (exclusive), got {value!r}. "
            f"For {100 * share:g} %, write {name}={share}."
        )
    return float(value)


def number(
    name: str, value: float, *, low: float = -float("inf"), high: float = float("inf")
) -> float:
    """Return `value` if it is a finite number with low ≤ value ≤ high."""
    if not isinstance(value, int | float) or not isfinite(value) or not low <= value <= high:
        raise InputError(f"`{name}` must be a number from {low:g} to {high:g}, got {value!r}.")
    return float(value)


def count(name: str, value: int, *, least: int = 0) -> int:
    """Return `value` if it is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"`{name}` must be a whole number of at least {least}, got {value!r}.")
    return value


def one_of(name: str, value: str, allowed: Collection[str]) -> str:
    """Return `value` if it is one of `allowed`."""
    if value not in allowed:
        choices = ", ".join(repr(item) for item in allowed)
        raise InputError(f"`{name}` must be one of {choices}, got {value!r}.")
    return value
