"""The columns that say which series a row is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from npsstats.forecasting.series import Series

__all__ = ["labelled"]


def labelled(series: Series) -> pd.DataFrame:
    """Return a row a series with the parts of its label, or its name."""
    parts = series.parts or tuple((name,) for name in series.names)
    return pd.DataFrame(list(parts), columns=list(series.keys), dtype=object)
