"""How many of those who write name a theme, by category of score; and who writes at all.

Shares have Jeffreys' interval. Where the stores are known, the answers of one store may resemble
each other: the interval is that of the effective number of answers, which is the number divided by
the design effect (never less than 1) and by the square of t over z for so many stores.

References
----------
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected
number of positive counts estimated from survey data. Survey Methodology 24(2), 193–201.
Brown, Cai & DasGupta (2001). Interval estimation for a binomial proportion. Statistical Science
16(2), 101–133.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from npsstats.aggregates.written import CATEGORIES
from npsstats.estimation.neighbours.shares import JEFFREYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["ALL", "NO_THEME", "own_cluster", "share_rows", "theme_prevalence", "verbatim_rates"]

ALL = "all"
"""Category of the rows that hold everybody."""

NO_THEME = "(none)"
"""Theme of the rows of texts that name none."""


def theme_prevalence(
    named: Bools,
    themes: Sequence[str],
    category: Ints,
    store: Ints | None = None,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the share of the verbatims of each category that name each theme.

    Parameters
    ----------
    named
        Whether a verbatim names a theme, (verbatims, themes).
    themes
        Names of the themes.
    category
        0, 1, 2 for detractor, passive, promoter, (verbatims,).
    store
        Number of the store, −1 where unknown, (verbatims,); None where there are none.
    level
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        theme (the last is "(none)": no theme said), category ("all" and the three), n (verbatims),
        yes, estimate, std_error, lower, upper (shares), level, n_effective.

    Examples
    --------
    >>> named = np.array([[True], [False], [True], [True]])
    >>> frame = theme_prevalence(named, ["price"], np.array([0, 0, 2, 2]))
    >>> frame[["theme", "category", "n", "yes"]].head(4).values.tolist()
    [['price', 'all', 4, 3], ['price', 'detractor', 2, 1], ['price', 'passive', 0, 0],
     ['price', 'promoter', 2, 2]]
    """
    every = np.column_stack([named, ~named.any(axis=1)])
    parts = []
    for kind, name in enumerate((ALL, *CATEGORIES)):
        inside = np.ones(len(category), dtype=bool) if kind == 0 else category == kind - 1
        frame = share_rows(every[inside], None if store is None else store[inside], level)
        frame.insert(0, "category", name)
        frame.insert(0, "theme", [*themes, NO_THEME])
        parts.append(frame)
    # theme by theme, the categories of each together
    order = np.arange(len(parts) * every.shape[1]).reshape(len(parts), -1).T.ravel()
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)


def verbatim_rates(
    asked: pd.DataFrame, by_store: pd.DataFrame | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Return the share of the answers of each category that hold a text.

    Parameters
    ----------
    asked
        Columns category, n, yes.
    by_store
        Columns category, known, n, yes, a row a category and store; an answer whose store is not
        known stands alone. None where there are no stores.
    level
        Confidence level of the intervals.
    """
    n, yes = (asked[name].to_numpy(dtype=float) for name in ("n", "yes"))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = yes / n
        error = np.sqrt(share * (1 - share) / n)
    effective = n.copy()
    by_store = asked.iloc[:0] if by_store is None else by_store
    for place, name in enumerate(asked["category"]):
        cells = by_store[(by_store["category"] == name) & (by_store["n"] > 0)]
        if len(cells):
            effective[place], error[place] = _effective_of_cells(cells, share[place], level)
    lower, upper = _limits(share * effective, effective, level)
    return asked.assign(
        estimate=share,
        std_error=error,
        lower=lower,
        upper=upper,
        level=level,
        n_effective=effective,
    )


def _effective_of_cells(cells: pd.DataFrame, share: float, level: float) -> tuple[float, float]:
    """Return the effective number of answers that stores' counts are worth, and the error."""
    known = cells["known"].to_numpy(dtype=bool)
    n, yes = (cells[name].to_numpy(dtype=float) for name in ("n", "yes"))
    lone, said = n[~known].sum(), yes[~known].sum()
    squares = ((yes - share * n)[known] ** 2).sum()
    squares += said * (1 - share) ** 2 + (lone - said) * share**2
    groups = int(known.sum() + lone)
    effective, error = _worth(np.array([squares]), np.array([share]), int(n.sum()), groups, level)
    return float(effective[0]), float(error[0])


def share_rows(yes: Bools, store: Ints | None, level: float) -> pd.DataFrame:
    """Return the share of the rows of each column, with its interval.

    Parameters
    ----------
    yes
        Shape (rows, columns).
    store
        As for `theme_prevalence`.
    level
        Confidence level.
    """
    n = len(yes)
    said = yes.sum(axis=0).astype(float)
    share = said / n if n else np.full(yes.shape[1], np.nan)
    effective = np.full(yes.shape[1], float(n))
    error = np.sqrt(share * (1 - share) / n) if n else share.copy()
    if store is not None and n > 1:
        effective, error = _effective(yes, share, own_cluster(store), level)
    lower, upper = _limits(share * effective, effective, level)
    return pd.DataFrame(
        {
            "n": n,
            "yes": said.astype(np.int64),
            "estimate": share,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "level": level,
            "n_effective": effective,
        }
    )


def own_cluster(store: Ints) -> Ints:
    """Return clusters from 0: the stores, and each answer without a store by itself."""
    lone = store < 0
    cluster = store.copy()
    cluster[lone] = store.max(initial=-1) + 1 + np.arange(int(lone.sum()))
    return np.unique(cluster, return_inverse=True)[1].astype(np.int64)


def _effective(yes: Bools, share: Floats, cluster: Ints, level: float) -> tuple[Floats, Floats]:
    """Return the effective number of rows of each column, and the standard error of its share."""
    n, groups = len(yes), int(cluster.max()) + 1
    sums = np.stack([np.bincount(cluster, column, groups) for column in (yes - share).T])
    return _worth((sums**2).sum(axis=1), share, n, groups, level)


def _worth(
    squares: Floats, share: Floats, n: int, groups: int, level: float
) -> tuple[Floats, Floats]:
    """Return effective number and error, from the squares of the groups' residuals, summed."""
    plain = share * (1 - share) / n
    if groups < 2:
        return np.full(len(share), float(n)), np.sqrt(plain)
    variance = groups / (groups - 1) * squares / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = np.where(plain > 0, variance / plain, 1.0)
    tail = (1 + level) / 2
    wider = (special.stdtrit(groups - 1, tail) / special.ndtri(tail)) ** 2
    return n / np.maximum(effect, 1.0) / wider, np.sqrt(np.maximum(variance, 0.0))


def _limits(yes: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Return Jeffreys' limits; the numbers need not be whole."""
    tail = (1 - level) / 2
    a, b = yes + JEFFREYS, n - yes + JEFFREYS
    with np.errstate(invalid="ignore"):
        lower = np.where(yes <= 0, 0.0, special.betaincinv(a, b, tail))
        upper = np.where(yes >= n, 1.0, special.betaincinv(a, b, 1 - tail))
    return np.where(n > 0, lower, np.nan), np.where(n > 0, upper, np.nan)
