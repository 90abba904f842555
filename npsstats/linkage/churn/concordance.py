"""Concordance and lift of predicted hazards, on grouped cells, with errors over clusters.

Pairs are a departure and a stay of the same period: whom would one have called first? The errors
are those of a U-statistic, summed over clusters.

References
----------
Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data. Biometrics 53(2),
567–578. Sen, P. K. (1960). On some convergence properties of U-statistics. Calcutta Statist. Assoc.
Bull. 10, 1–18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["concordance", "ratio_error", "top_share"]


def concordance(
    risk: Floats, n: Floats, y: Floats, period: Ints, cluster: Ints | None
) -> tuple[float, float]:
    """Return the share of pairs in which the one who left had the higher risk, and its error.

    Parameters
    ----------
    risk
        Predicted (cells,); ties count one half.
    n, y
        Person-periods and departures (cells,).
    period
        Code of the period (cells,): pairs are made within.
    cluster
        Code of the cluster (cells,), or None: every person-period is one.

    Examples
    --------
    >>> one = np.zeros(2, dtype=int)
    >>> risk, n, y = np.array([[0.1, 0.2], [10, 10], [1, 3]])
    >>> share, _ = concordance(risk, n, y, one, None)
    >>> round(share, 4)  # of 4 × 16 pairs: 3 × 9 won, 1 × 9 + 3 × 7 tied
    0.6562
    """
    stay = n - y
    won, lost = np.zeros(len(n)), np.zeros(len(n))
    pairs_y, pairs_s = np.zeros(len(n)), np.zeros(len(n))
    for now in np.unique(period):
        rows = np.flatnonzero(period == now)
        _, place = np.unique(risk[rows], return_inverse=True)
        stays, leaves = np.bincount(place, stay[rows]), np.bincount(place, y[rows])
        below = np.cumsum(stays) - stays / 2  # stays at a lower risk than each, ties half
        above = leaves.sum() - np.cumsum(leaves) + leaves / 2
        won[rows], lost[rows] = below[place], above[place]
        pairs_y[rows], pairs_s[rows] = stays.sum(), leaves.sum()
    pairs = float(y @ pairs_y)
    share = float(y @ won) / pairs
    # what each departure, and each stay, adds to won pairs beyond its share of all
    gain_y, gain_s = won - share * pairs_y, lost - share * pairs_s
    if cluster is None:
        variance = float(y @ gain_y**2 + stay @ gain_s**2)
    else:
        totals = np.bincount(cluster, y * gain_y + stay * gain_s)
        groups = len(np.unique(cluster))
        variance = float((totals**2).sum()) * groups / max(groups - 1, 1)
    return share, variance**0.5 / pairs


def top_share(risk: Floats, n: Floats, share: float) -> Floats:
    """Return the part of each cell that is among the highest risks, 0 to 1, shape (cells,).

    Cells of equal risk are taken in equal part, so the order of rows does not matter.

    Examples
    --------
    >>> top_share(np.array([0.1, 0.3, 0.2]), np.array([80.0, 10.0, 10.0]), 0.15).tolist()
    [0.0, 1.0, 0.5]
    """
    values, place = np.unique(-risk, return_inverse=True)
    size = np.bincount(place, n, len(values))
    before = np.cumsum(size) - size
    part = np.clip((share * n.sum() - before) / np.where(size > 0, size, 1), 0, 1)
    return np.asarray(part[place])


def ratio_error(
    top: Floats, bottom: Floats, n: Floats, cluster: Ints | None
) -> tuple[float, float]:
    """Return Σ top / Σ bottom and its error over clusters (or over cells as Poisson counts).

    Parameters
    ----------
    top, bottom
        Sums of each cell.
    n
        Person-periods of each cell: those with none are in no cluster.
    cluster
        Code of the cluster (cells,); None takes `top` as counts.
    """
    ratio = float(top.sum() / bottom.sum())
    if cluster is None:
        return ratio, float(np.sqrt(top.sum()) / bottom.sum())
    gain = np.bincount(cluster, top - ratio * bottom)
    groups = len(np.unique(cluster[n > 0]))
    variance = (gain**2).sum() * groups / max(groups - 1, 1)
    return ratio, float(np.sqrt(variance) / bottom.sum())
