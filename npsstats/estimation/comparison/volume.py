"""Thin volumes and short periods, said in words: the same ones wherever periods are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.limits import adjusted_wald_limits, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["thin_cells", "thin_periods"]

FEW = 30
"""Answers under which a score says little: at a usual variance its margin is ±29 points."""

_SHOWN = 3


def thin_periods(
    kind: str,
    labels: Sequence[str],
    counts: Floats,
    days: Sequence[int] | None = None,
    *,
    level: float = 0.95,
    few: int = FEW,
) -> tuple[str, ...]:
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
        on = "" if days is None else f" on {days[place]} day{'s' if days[place] != 1 else ''}"
        margin = 100 * _half_width(counts[[place]], level)
        found.append(
            f"{kind.capitalize()} {label} has {n} answer{'s' if n != 1 else ''}{on}: its NPS is "
            f"known to ±{margin:.0f} points ({100 * level:g}%), so most of any change is chance."
        )
    return tuple(found)


def thin_cells(
    kind: str, labels: Sequence[str], n: Floats, *, few: int = FEW, what: str = "of its own change"
) -> tuple[str, ...]:
    """Return one sentence for all cells that have few answers.

    Parameters
    ----------
    kind
        What a cell is called: "segment".
    labels
        Of the cells.
    n
        (cells,) answers, the fewer of both sides where two are compared.
    few
        Answers under which a cell is thin.
    what
        What chance then makes most of.

    Examples
    --------
    >>> import numpy as np
    >>> thin_cells("segment", ["web", "shop"], np.array([12.0, 900]))
    ('1 of 2 segments has fewer than 30 answers (web): most of its own change is chance.',)
    """
    thin = np.flatnonzero(n < few)
    if not len(thin) or len(n) < 2:
        return ()
    names = ", ".join(labels[i] for i in thin[:_SHOWN]) + (", …" if len(thin) > _SHOWN else "")
    verb, whose = ("has", what) if len(thin) == 1 else ("have", what.replace("its", "their"))
    sentence = (
        f"{len(thin)} of {len(n)} {kind}s {verb} fewer than {few} answers ({names}): most "
        f"{whose} is chance."
    )
    return (sentence,)


def _half_width(counts: Floats, level: float) -> float:
    found = adjusted_wald_limits(np.asarray(counts, dtype=float), normal_quantile(level))
    return float(((np.minimum(found.upper, 1) - np.maximum(found.lower, -1)) / 2)[0])
