"""What to doubt of a hazard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.scores import NONE
from npsstats.linkage.churn.concordance import concordance
from npsstats.linkage.churn.separation import (
    deciding_levels,
    separated_levels,
    words_of,
    words_of_deciding,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.design import Scheme

__all__ = ["doubts_of_hazard"]

_KNOWS = 0.98  # area under the curve from which a covariate is held to know the outcome
_FEW_CLUSTERS, _FEW_EVENTS = 20, 10
_BY_CONSTRUCTION = "recency"


def doubts_of_hazard(
    rows: HazardCells,
    scheme: Scheme,
    keep: NDArray[np.bool_],
    apart: NDArray[np.bool_],
    frame: pd.DataFrame,
    groups: int,
    base: set[str],
    *,
    settled: bool,
) -> list[str]:
    """Return the sentences, most serious first; arguments are the parts of the fit."""
    said = []
    keys = [key for key in scheme.keys if key not in base]
    deciding = {key: deciding_levels(rows, key) for key in keys}
    said += [words_of_deciding(k, levels, rows) for k, levels in deciding.items() if levels]
    perfect = separated_levels(rows, keys)
    said += [words_of(k, levels, rows) for k, levels in perfect.items() if not deciding[k]]
    alone = np.zeros(len(rows), dtype=bool)
    for key, levels in deciding.items():
        alone |= np.isin(rows.code(key), [rows.levels[key].index(label) for label in levels])
    # periods in which nobody left are no news
    for key, levels in separated_levels(rows.where(~alone), scheme.keys).items():
        alone |= np.isin(rows.code(key), [rows.levels[key].index(label) for label in levels])
    mixed = apart & ~alone
    if mixed.any() and perfect:
        said.append(
            f"Of the others, {int(rows.at_risk[mixed].sum()):,} person-periods are foretold "
            "perfectly by the covariates together, and are set apart too."
        )
    elif mixed.any():
        said.append(
            f"Covariates together foretell {int(rows.at_risk[mixed].sum()):,} person-periods "
            "perfectly (no single one does); these are set apart. Merge labels that have few "
            "departures, or leave out an interaction."
        )
    if not settled:
        said.append("The fit did not settle: its numbers are not to be used.")
    if _BY_CONSTRUCTION in keys and "purchase" in rows.churn:
        said.append(
            "`recency` foretells by construction: a departure told by silence is dated right after "
            "a purchase, so nobody leaves who has been silent for long. Leave it out."
        )
    said += _knowing(rows, [key for key in keys if not deciding[key]])
    told_of = [key for key, levels in deciding.items() if levels]
    columns = scheme.design(rows).columns
    lost = [column.name for column, kept in zip(columns, keep, strict=True) if not kept]
    told = [
        name for name in lost if name.split("=")[0].split(":")[0] not in {*perfect, *base, *told_of}
    ]
    if told:
        said.append(
            f"{', '.join(told)} cannot be told apart from the terms before: not estimated. Leave "
            "out one of the terms that say the same."
        )
    if 0 < groups < _FEW_CLUSTERS:
        said.append(
            f"Only {groups} clusters: errors summed over them are too small by some tens of "
            "percent. Read the intervals as a lower bound of the doubt."
        )
    few = frame[(frame["events"] < _FEW_EVENTS) & (frame["events"] > 0)]
    if len(few):
        names = ", ".join(f"{row.term} {row.label} ({row.events})" for row in few.itertuples())
        said.append(f"Fewer than {_FEW_EVENTS} departures at {names}: its interval is rough.")
    return said


def _knowing(rows: HazardCells, keys: list[str]) -> list[str]:
    """Say which covariates, or their missing labels, foretell nearly perfectly."""
    said = []
    n, y = rows.at_risk.astype(float), rows.events.astype(float)
    always = np.zeros(len(rows), dtype=np.intp)
    for key in keys:
        code, labels = rows.code(key), rows.levels[key]
        size = np.bincount(code, n, len(labels))
        rate = np.bincount(code, y, len(labels)) / np.maximum(size, 1)
        area = concordance(rate[code], n, y, always, None)[0]
        if area >= _KNOWS:
            said.append(
                f"`{key}` foretells nearly perfectly (area under the curve {area:.3f}). Ask "
                "whether it was recorded after the departure, and leave it out if so."
            )
        elif NONE in labels:
            missing = (code == labels.index(NONE)).astype(float)
            lack = concordance(missing, n, y, always, None)[0]
            if max(lack, 1 - lack) >= _KNOWS:
                said.append(
                    f"Where `{key}` is missing foretells nearly perfectly: it is filled in when "
                    "the outcome is known. Leave it out."
                )
    return said
