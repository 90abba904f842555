"""Numbers cut into tiers, inside the database."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["binned"]


def binned(column: ir.Column, key: str, cuts: Sequence[float]) -> ir.Column:
    """Return the label of the tier of each number, "2 to under 4", null where it is missing.

    Raises
    ------
    InputError
        If the column is not a number or the cuts do not ascend.
    """
    import ibis

    if not column.type().is_numeric():
        raise InputError(f"`bins`: {key!r} is {column.type()}, not a number; leave it as it is.")
    if not len(cuts) or any(b <= a for a, b in pairwise(cuts)):
        raise InputError(f"`bins` of {key!r} must be ascending numbers, got {list(cuts)!r}.")
    labels = [f"under {cuts[0]:g}"]
    labels += [f"{a:g} to under {b:g}" for a, b in pairwise(cuts)]
    missing = column.isnull()
    steps = [(column < cut, label) for cut, label in zip(cuts, labels, strict=True)]
    return ibis.cases((missing, ibis.null("string")), *steps, else_=f"{cuts[-1]:g} and more")
