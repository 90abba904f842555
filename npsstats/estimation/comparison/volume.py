"""Thin volumes and short periods, said in words: the same ones wherever periods are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.limits import adjusted_wald_limits, normal_quantile
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["thin_cells", "thin_periods"]

FEW = 30
"""Answers under which a score says little: at a usual variance its margin is ±29 points."""

_SHOWN = 3
_PERIODS = {
    "month": said("Month"),
    "quarter": said("Quarter"),
    "week": said("Week"),
    "year": said("Year"),
}


def thin_periods(
    kind: str,
    labels: Sequence[str],
    counts: Floats,
    days: Sequence[int] | None = None,
    *,
    level: float = 0.95,
    few: int = FEW,
) -> tuple[Said, ...]:
    """Return a sentence for each period that rests on too little.

    Parameters
    ----------
    kind
        What a period is called: "month".
    labels
        Of the periods.
    counts
        (periods, 3) detractors, passives, promoters of all cells together.
    days
        Days with answers in each period, where dates are known.
    level
        Level of the margin.
    few
        Answers under which a period is thin.

    Examples
    --------
    >>> import numpy as np
    >>> print(thin_periods("month", ["2025-03"], np.array([[3, 4, 7]]), [3])[0].split(",")[0])
    Month 2025-03 has 14 answers on 3 days: its NPS is known to ±37 points (95%)
    """
    found = []
    for place, label in enumerate(labels):
        n = int(counts[place].sum())
        if not 0 < n < few:
            continue
        answers = said_many("{n} answer", "{n} answers", n)
        if days is not None:
            on = said_many("{n} day", "{n} days", days[place])
            answers = said("{answers} on {days}", answers=answers, days=on)
        found.append(
            said(
                "{kind} {label} has {answers}: its NPS is known to ±{margin:.0f} points "
                "({level:g}%), so most of any change is chance.",
                kind=_PERIODS.get(kind, kind.capitalize()),
                label=label,
                answers=answers,
                margin=100 * _half_width(counts[[place]], level),
                level=100 * level,
            )
        )
    return tuple(found)


def thin_cells(
    labels: Sequence[str], n: Floats, kind: str = "segment", *, few: int = FEW
) -> tuple[Said, ...]:
    """Return one sentence for all cells that have few answers.

    Parameters
    ----------
    labels
        Of the cells.
    n
        (cells,) answers, the fewer of both sides where two are compared.
    kind
        What a cell is called: "segment", "cell", or "group", whose place is meant, not a change.
    few
        Answers under which a cell is thin.

    Examples
    --------
    >>> import numpy as np
    >>> thin_cells(["web", "shop"], np.array([12.0, 900]))
    ('1 of 2 segments has fewer than 30 answers (web): most of its own change is chance.',)
    """
    thin = np.flatnonzero(n < few)
    if not len(thin) or len(n) < 2:
        return ()
    names = ", ".join(labels[i] for i in thin[:_SHOWN]) + (", …" if len(thin) > _SHOWN else "")
    values = {"all": len(n), "few": few, "names": names}
    if kind == "group":
        text = said_many(
            "{n} of {all} groups has fewer than {few} answers ({names}): most of where its own "
            "answers put it is chance.",
            "{n} of {all} groups have fewer than {few} answers ({names}): most of where their own "
            "answers put it is chance.",
            len(thin),
            **values,
        )
    elif kind == "cell":
        text = said_many(
            "{n} of {all} cells has fewer than {few} answers ({names}): most of its own change "
            "is chance.",
            "{n} of {all} cells have fewer than {few} answers ({names}): most of their own change "
            "is chance.",
            len(thin),
            **values,
        )
    else:
        text = said_many(
            "{n} of {all} segments has fewer than {few} answers ({names}): most of its own "
            "change is chance.",
            "{n} of {all} segments have fewer than {few} answers ({names}): most of their own "
            "change is chance.",
            len(thin),
            **values,
        )
    return (text,)


def _half_width(counts: Floats, level: float) -> float:
    found = adjusted_wald_limits(np.asarray(counts, dtype=float), normal_quantile(level))
    return float(((np.minimum(found.upper, 1) - np.maximum(found.lower, -1)) / 2)[0])
