"""Posterior draws as the DataTree that ArviZ reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from xarray import DataTree

__all__ = ["tree"]

_CHAINS = 4


def tree(
    variables: dict[str, NDArray[np.float64]],
    frame: pd.DataFrame,
    keys: list[str] | None = None,
) -> DataTree:
    """Return a DataTree with a `posterior` group.

    The draws are independent; they are dealt to four chains because that is what convergence
    diagnostics expect to read.

    Parameters
    ----------
    variables
        Arrays of shape (draws,) or (draws, cells), draws a multiple of four.
    frame
        The result's frame: a row a cell, labelled by its columns before `n`.
    keys
        The label columns; by default those before `n`.
    """
    import xarray as xr

    keys = keys or list(frame.columns[: list(frame.columns).index("n")])
    labels = frame[keys].astype(str).agg(" · ".join, axis=1).to_numpy()
    data = {
        name: (
            ("chain", "draw", "cell")[: 1 + values.ndim],
            values.reshape(_CHAINS, -1, *values.shape[1:]),
        )
        for name, values in variables.items()
    }
    draws = len(next(iter(variables.values()))) // _CHAINS
    coords = {"chain": range(_CHAINS), "draw": range(draws), "cell": labels}
    posterior = xr.Dataset(data, coords=coords)
    posterior.attrs["inference_library"] = "npsstats"
    return xr.DataTree.from_dict({"posterior": posterior})
