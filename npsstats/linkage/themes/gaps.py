"""By how much detractors name each theme more often than promoters do.

The interval of the difference is that of Agresti & Caffo (one mention more and one less in either
group), its variance no smaller than that of the stores' sums where stores are known, and its level
corrected for the number of themes (Bonferroni): the largest of many differences is never small.

References
----------
Agresti, A. & Caffo, B. (2000). Simple and effective confidence intervals for proportions and
differences of proportions. The American Statistician 54(4), 280–288.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from npsstats.linkage.themes.prevalence import own_cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["theme_gaps"]

_DETRACTOR, _PROMOTER = 0, 2


def theme_gaps(
    named: Bools,
    themes: Sequence[str],
    category: Ints,
    store: Ints | None = None,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the share of detractors less that of promoters that names each theme.

    Parameters
    ----------
    named, themes, category, store
        As for `npsstats.linkage.themes.prevalence.theme_prevalence`.
    level
        Confidence level of all intervals together.

    Returns
    -------
    pandas.DataFrame
        theme, n (verbatims of both), estimate (difference of the shares), std_error, lower, upper
        (that hold for all themes at once), level, p_value (times the number of themes). Empty
        where either group wrote nothing.

    Examples
    --------
    >>> named = np.repeat([[True], [False], [True], [False]], [30, 10, 10, 30], axis=0)
    >>> category = np.repeat([0, 2], 40)
    >>> theme_gaps(named, ["price"], category)[["estimate", "lower", "upper"]].round(2).values
    array([[0.5 , 0.29, 0.66]])
    """
    groups = [category == _DETRACTOR, category == _PROMOTER]
    n = [int(one.sum()) for one in groups]
    columns = ["theme", "n", "estimate", "std_error", "lower", "upper", "level", "p_value"]
    if 0 in n or not len(themes):
        return pd.DataFrame({name: [] for name in columns})
    yes = [named[one].sum(axis=0).astype(float) for one in groups]
    near = [(said + 1) / (size + 2) for said, size in zip(yes, n, strict=True)]
    variance = sum(p * (1 - p) / (size + 2) for p, size in zip(near, n, strict=True))
    df = np.inf
    if store is not None:
        cluster = own_cluster(store)
        stores = np.unique(cluster[groups[0] | groups[1]]).size
        if stores > 1:
            df = stores - 1
            variance = np.maximum(
                variance, _clustered(named, groups, cluster) * stores / (stores - 1)
            )
    error = np.sqrt(variance)
    tail = (1 - level) / len(themes) / 2
    t = -(special.ndtri(tail) if np.isinf(df) else special.stdtrit(df, tail))
    middle = near[0] - near[1]
    beyond = -np.abs(middle) / error
    p = 2 * (special.ndtr(beyond) if np.isinf(df) else special.stdtr(df, beyond))
    return pd.DataFrame(
        {
            "theme": list(themes),
            "n": sum(n),
            "estimate": yes[0] / n[0] - yes[1] / n[1],
            "std_error": error,
            "lower": np.maximum(middle - t * error, -1.0),
            "upper": np.minimum(middle + t * error, 1.0),
            "level": level,
            "p_value": np.minimum(p * len(themes), 1.0),
        }
    )


def _clustered(named: Bools, groups: list[Bools], cluster: Ints) -> Floats:
    """Return the squares of the stores' parts of the difference, summed, (themes,)."""
    parts = np.zeros((int(cluster.max()) + 1, named.shape[1]))
    for side, inside in zip((1.0, -1.0), groups, strict=True):
        said = named[inside]
        away = (said - said.mean(axis=0)) * (side / len(said))
        np.add.at(parts, cluster[inside], away)
    return np.asarray((parts**2).sum(axis=0))
