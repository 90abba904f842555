"""Past solicitations as columns: how many there were, and how the last one fades.

The number enters as a straight line on the log-odds, up to a number beyond which more count no
further. The last one fades: as exp(−days / τ), or by bins of days; whoever was never asked is as
one asked long ago. Akaike's criterion of the three regressions together picks how.

References
----------
Akaike, H. (1974). A new look at the statistical model identification. IEEE TAC 19(6), 716–723.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.survey.delay.three_logits import Asked, ThreeLogits, akaike, fit
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Recency", "categories", "choose_recency", "design", "fades"]

_TAUS = (15.0, 30.0, 60.0, 90.0)
_EDGES = (30.0, 60.0, 90.0, 180.0)


class Recency(NamedTuple):
    """How the last solicitation fades: with `tau` days, or else by bins that end at `edges`."""

    tau: float | None
    edges: tuple[float, ...] = ()

    @property
    def words(self) -> Said:
        """Say it."""
        if self.tau is not None:
            return said("exp(−days / {tau:g})", tau=self.tau)
        return said("bins of days up to {edges}", edges=[f"{edge:g}" for edge in self.edges])


def fades(recency: Recency, since: Floats) -> Floats:
    """Return columns of the last solicitation, (…, k); zeros where `since` is NaN or long ago.

    Examples
    --------
    >>> fades(Recency(30.0), np.array([0.0, 30.0, np.nan])).round(2).ravel()
    array([1.  , 0.37, 0.  ])
    >>> fades(Recency(None, (30.0, 60.0)), np.array([10.0, 45.0, 90.0]))
    array([[1., 0.],
           [0., 1.],
           [0., 0.]])
    """
    days = np.where(np.isnan(since), np.inf, since)[..., None]
    if recency.tau is not None:
        return np.asarray(np.exp(-days / recency.tau))
    edges = np.array(recency.edges)
    starts = np.concatenate([[0.0], edges[:-1]])
    return np.asarray((days >= starts) & (days < edges), dtype=float)


def design(past: Floats, faded: Floats, others: Floats, most: int) -> Floats:
    """Return a column of ones, the capped number, the fading last one, and the covariates."""
    capped = np.minimum(past, most)[:, None]
    return np.hstack([np.ones_like(capped), capped, faded, others])


def categories(past: Floats, most: int) -> Floats:
    """Return a column a number of past solicitations but the least; the last is `most` or more."""
    capped = np.minimum(past, most)
    return np.asarray(capped[:, None] == np.unique(capped)[1:], dtype=float)


def choose_recency(
    past: Floats, since: Floats, others: Floats, most: int, asked: Asked
) -> tuple[Recency, ThreeLogits, dict[str, float]]:
    """Return how the last one fades, the fits, and Akaike's criterion of every candidate.

    Parameters
    ----------
    past, since
        (cells,) numbers; `since` is NaN where nobody was asked before.
    others
        (cells, q) columns of the covariates.
    most
        Further solicitations count no more.
    asked
        The cells' counts.
    """
    known = since[~np.isnan(since)]
    found = [Recency(tau) for tau in _TAUS]
    # a bin that holds nobody has no column, and the last one is "long ago"
    edges = tuple(edge for edge in _EDGES if known.min() < edge <= known.max())
    if edges:
        found.append(Recency(None, edges))
    fits = [fit(design(past, fades(one, since), others, most), asked) for one in found]
    criteria = [akaike(one, asked) for one in fits]
    best = int(np.argmin(criteria))
    table = {str(one.words): value for one, value in zip(found, criteria, strict=True)}
    return found[best], fits[best], table
