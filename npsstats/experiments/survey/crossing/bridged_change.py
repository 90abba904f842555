"""The change between two parts of a bridged series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.results import Provenance, Result, interval_text
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.crossing.mapped_cells import MappedCells

    Floats = NDArray[np.float64]

__all__ = ["BridgedChange", "change_of"]


@dataclass(frozen=True, repr=False)
class BridgedChange(Result):
    """Second minus first, both on the new footing, in points (−200…200).

    `frame` has one row: first, second, n_first, n_second, naive (the raw scores' difference,
    change of questionnaire included), estimate, std_error, lower, upper, level, p_increase.
    """

    title: ClassVar[str] = "Change across a change of questionnaire"

    @override
    def headline(self) -> str:
        row = self.frame.iloc[0]
        return (
            f"{row.second} against {row['first']}: {row.estimate:+.1f} points "
            f"({interval_text(row, 'credible interval')}); the raw scores differ by "
            f"{row.naive:+.1f}."
        )


def change_of(
    cells: MappedCells,
    sides: tuple[NDArray[np.int64], NDArray[np.int64]],
    names: tuple[str, str],
    frame: pd.DataFrame,
    provenance: Provenance,
) -> BridgedChange:
    """Return the change between two sets of cells, by their places.

    Raises
    ------
    InputError
        If a cell is on both sides, or a side has no answers.
    """
    shared = np.intersect1d(*sides)
    if len(shared):
        label = cells.names[shared[0]]
        raise InputError(f"Cell {label!r} is on both sides of the change. Leave it out of one.")
    n, raw = [], []
    for name, side in zip(names, sides, strict=True):
        counts = frame["n"].to_numpy()[side]
        if not counts.sum():
            raise InputError(f"There are no answers in {name!r}: nothing has changed from or to.")
        n.append(int(counts.sum()))
        raw.append(float(np.nansum(counts * frame["nps"].to_numpy()[side]) / n[-1]))
    drawn = cells.draw_together(sides[1], 1) - cells.draw_together(sides[0], 0)
    level = float(provenance.options["level"])
    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    row = {
        "first": names[0],
        "second": names[1],
        "n_first": n[0],
        "n_second": n[1],
        "naive": raw[1] - raw[0],
        "estimate": drawn.mean(),
        "std_error": drawn.std(),
        "lower": lower,
        "upper": upper,
        "level": level,
        "p_increase": ((drawn > 0).sum() + 0.5) / (len(drawn) + 1),
    }
    lines = []
    if frame["bridged"].to_numpy()[np.concatenate(sides)].any():
        lines.append(
            said(
                "The customers who answer may have changed with the times as well: this is a "
                "change of the published score, on one footing."
            )
        )
    options = {**provenance.options, "first": names[0], "second": names[1]}
    return BridgedChange(pd.DataFrame([row]), tuple(lines), replace(provenance, options=options))
