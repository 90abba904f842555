"""The tables of a decomposed change: a row a segment, and a row a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.estimation.comparison.kitagawa import net

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.comparison.kitagawa import Levels, Pieces

    Floats = NDArray[np.float64]

__all__ = ["TOTAL", "levels_frame", "pieces_frame"]

TOTAL = "total"
"""Label of the last row, the change as a whole."""


def pieces_frame(
    cells: pd.DataFrame,
    keys: list[str],
    tables: Floats,
    parts: tuple[Pieces, Pieces],
    total: Floats,
    level: float,
) -> pd.DataFrame:
    """Return a row a segment and one for the total: pieces, sums and their intervals."""
    plain, drawn = parts
    tails = [(1 - level) / 2, (1 + level) / 2]
    n = tables.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 100 * net(tables)
    overall = 100 * net(tables.sum(axis=1))
    names = cells.agg(" · ".join, axis=1) if keys else pd.Series(["all"])
    columns: dict[str, Any] = {
        "segment": [*names, TOTAL],
        "n_before": [*n[0].astype(int), int(n[0].sum())],
        "n_after": [*n[1].astype(int), int(n[1].sum())],
        "nps_before": [*score[0], overall[0]],
        "nps_after": [*score[1], overall[1]],
    }
    for name, value, sample in (
        ("within", plain.within, drawn.within),
        ("mix", plain.mix, drawn.mix),
        ("estimate", plain.within + plain.mix, drawn.within + drawn.mix),
    ):
        prefix = "" if name == "estimate" else f"{name}_"
        # the change as a whole does not depend on how it is taken apart
        last = total if name == "estimate" else sample.sum(axis=-1)
        lower, upper = np.quantile(np.column_stack([sample, last]), tails, axis=0)
        columns[name] = [*value, value.sum()]
        # a raw estimate from next to no answers may lie beyond what the prior believes
        columns[f"{prefix}lower"] = np.minimum(lower, columns[name])
        columns[f"{prefix}upper"] = np.maximum(upper, columns[name])
    frame = pd.DataFrame(columns).assign(level=level)
    once = np.append((n == 0).any(axis=0), False)
    frame.loc[once, ["within_lower", "within_upper"]] = np.nan
    if len(keys) > 1:
        labels = pd.concat([cells, pd.DataFrame([dict.fromkeys(keys, TOTAL)])], ignore_index=True)
        frame = pd.concat([labels, frame], axis=1)
    return frame


def levels_frame(keys: list[str], plain: Levels, drawn: Levels, level: float) -> pd.DataFrame:
    """Return one row a level of mix and one for what is within, adding up to the total."""
    inside = [f"mix of {key}" for key in keys[:1]]
    inside += [f"mix of {key} within {keys[i]}" for i, key in enumerate(keys[1:])]
    mix = len(keys)  # without segments, all is within
    sample = np.column_stack([drawn.mix[:, :mix], drawn.within])
    lower, upper = np.quantile(sample, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {
            "part": [*inside, "within"],
            "estimate": [*plain.mix[:mix], float(plain.within)],
            "lower": lower,
            "upper": upper,
            "level": level,
        }
    )
