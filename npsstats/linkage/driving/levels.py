"""Levels too rare to be told of are pooled; levels that no model can measure are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEAST", "pooled", "rarely_blank", "refuse_one_sided"]

LEAST = 30
"""Answers that a level, or a mark of blanks, needs."""
_OTHER = "(other)"


def pooled(
    rows: pd.DataFrame, n: Floats, drivers: Sequence[str]
) -> tuple[pd.DataFrame, tuple[Said, ...]]:
    """Return the rows with rare levels of text as one, "(other)", and what was pooled.

    Where all rare levels together are too few, the next rarest joins them.

    Raises
    ------
    InputError
        If a category is left with one level.

    Examples
    --------
    >>> rows = pd.DataFrame({"channel": ["web", "store", "app", "kiosk"]}, dtype=object)
    >>> found, said = pooled(rows, np.array([50.0, 90.0, 3.0, 2.0]), ["channel"])
    >>> found["channel"].tolist()
    ['(other)', 'store', '(other)', '(other)']
    >>> said[0]
    'channel: kiosk (2), app (3), web (50) are one level, (other), for under 30 answers do not do.'
    """
    notes = []
    for driver in drivers:
        if rows[driver].dtype.kind == "f":
            continue
        size = pd.Series(n, index=rows.index).groupby(rows[driver]).sum()
        size = size.sort_values(kind="stable")
        few = int((size < LEAST).sum())
        if not few:
            continue
        together = size.cumsum().to_numpy()
        taken = max(few, int(np.searchsorted(together, LEAST)) + 1)
        if taken >= len(size):
            raise InputError(
                f"{driver!r} has {len(size) - few} of {len(size)} levels with {LEAST} answers or "
                "more, and needs two to be compared. Leave it out, or take a longer period."
            )
        names = list(size.index[:taken])
        listed = ", ".join(f"{name} ({int(size[name]):,})" for name in names)
        rows = rows.assign(**{driver: rows[driver].where(~rows[driver].isin(names), _OTHER)})
        notes.append(
            said(
                "{driver}: {listed} are one level, {other}, for under {least} answers do not do.",
                driver=driver,
                listed=listed,
                other=_OTHER,
                least=LEAST,
            )
        )
    return rows, tuple(notes)


def rarely_blank(rows: pd.DataFrame, n: Floats, drivers: Sequence[str]) -> NDArray[np.bool_]:
    """Return the rows that leave a driver blank which hardly anybody leaves blank."""
    out = np.zeros(len(rows), dtype=bool)
    for driver in drivers:
        blank = rows[driver].isna().to_numpy()
        if n[blank].sum() < LEAST:
            out |= blank
    return out


def refuse_one_sided(x: Floats, names: Sequence[str], counts: Floats) -> None:
    """Refuse a level whose answers all fall in the lowest or the highest category.

    Parameters
    ----------
    x
        (U, p) the design.
    names
        Of its columns.
    counts
        (U, K) answers.

    Raises
    ------
    InputError
        Naming the level: its effect would run to infinity.
    """
    for name, column in zip(names, x.T, strict=True):
        if not np.isin(column, (0.0, 1.0)).all():
            continue
        for inside, which in ((column == 1, name), (column == 0, f"{name} (the others)")):
            own = counts[inside].sum(axis=0)
            if own.sum() and own.sum() in (own[0], own[-1]):
                raise InputError(
                    f"All {int(own.sum()):,} answers of {which!r} are in one category of the "
                    "score: it separates the categories, and its effect runs to infinity. Merge "
                    "it with another level, or leave it out."
                )
