"""Labels that mean yes or no, however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["flags"]

_MEANING = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "oui"), 1.0),
    **dict.fromkeys(("0", "0.0", "false", "no", "non"), 0.0),
    NONE: np.nan,
}


def flags(cells: pd.DataFrame, key: str) -> NDArray[np.float64]:
    """Return 1 for yes, 0 for no and NaN for a missing label, (cells,).

    Raises
    ------
    InputError
        If there is no such key, or a label means neither.
    """
    if key not in cells.columns:
        raise InputError(
            f"The counts have the keys {', '.join(map(repr, cells.columns))} and none named "
            f"{key!r}. Count by it."
        )
    given = cells[key].astype(object)
    labels = given.where(given.notna(), NONE).astype(str)
    meant = labels.str.strip()
    meant = meant.where(meant.isin(list(_MEANING)), meant.str.lower())
    odd = labels[~meant.isin(list(_MEANING))]
    if len(odd):
        raise InputError(
            f"`{key}` must say yes or no (1 or 0, true or false), got {odd.iloc[0]!r}. Recode it "
            "before counting."
        )
    return np.array([_MEANING[label] for label in meant])
