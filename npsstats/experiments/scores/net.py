"""The NPS of two arms and its two shares, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.estimation.comparison.differences import difference
from npsstats.experiments.contrasts import LEAST_P, share_differences
from npsstats.experiments.effects import Effect
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["by_arm", "nps_rows"]

_APART = 0.25  # of the interval's width: two readings differ


def by_arm(counts: ScoreCounts) -> dict[str, Floats]:
    """Return the eleven counts of every arm.

    Raises
    ------
    InputError
        If there is no key `arm`.
    """
    if "arm" not in counts.keys:
        raise InputError(
            f"The counts have the keys {', '.join(map(repr, counts.keys))} and none named 'arm': "
            "there is nothing to compare. Count by arm."
        )
    whole = counts.by("arm")
    return {
        str(arm): row for arm, row in zip(whole.labels, whole.counts.astype(float), strict=True)
    }


def nps_rows(
    outcome: str, arm: str, one: Floats, two: Floats, level: float, unit: str = "points"
) -> tuple[list[Effect], list[Said]]:
    """Return the rows of the NPS and of its two shares, treated `one` against control `two`."""
    sides = [np.add.reduceat(side, [0, 7, 9]).astype(np.int64) for side in (one, two)]
    n = [int(side.sum()) for side in sides]
    rows = []
    for label, method in (("MOVER, score limits", "tango"), ("Dirichlet posterior", "bayes")):
        found = difference(*sides, method=method, level=level).frame.iloc[0]
        bayes = method == "bayes"
        row = Effect(
            outcome=outcome,
            arm=arm,
            estimand="NPS difference",
            method=label,
            unit=unit,
            estimate=float(found["estimate"]),
            std_error=float(found["std_error"]),
            lower=float(found["lower"]),
            upper=float(found["upper"]),
            level=level,
            p_value=np.nan if bayes else max(float(found["p_value"]), LEAST_P),
            probability=float(found["p_first_greater"]) if bayes else np.nan,
            n_control=n[1],
            n_treatment=n[0],
        )
        rows.append(row)
    for place, name in ((0, "detractor"), (2, "promoter")):
        parts = [(int(side[place]), total) for side, total in zip(sides, n, strict=True)]
        rows += share_differences(
            outcome, arm, f"{name} share difference", parts[0], parts[1], level
        )
    doubts = []
    plain, bayes_row = rows[0], rows[1]
    off = max(abs(plain.lower - bayes_row.lower), abs(plain.upper - bayes_row.upper))
    if off > _APART * (plain.upper - plain.lower):
        doubts.append(
            said(
                "With {n:,} and {n_2:,} answers two readings of the NPS in arm "
                "{arm!r} differ: {lower:+.0f} to {upper:+.0f} points against "
                "{lower_2:+.0f} to {upper_2:+.0f}. The uniform prior still counts.",
                n=n[0],
                n_2=n[1],
                arm=arm,
                lower=plain.lower,
                upper=plain.upper,
                lower_2=bayes_row.lower,
                upper_2=bayes_row.upper,
            )
        )
    return rows, doubts
