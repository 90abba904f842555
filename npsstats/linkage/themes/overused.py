"""Words that one group uses more than another: log-odds with an informative Dirichlet prior.

With y_w the times (or the texts) in which word w occurs among n of a group, and α_w of α₀ in the
prior, which has the shares of both groups together::

    δ_w = log[(y_w + α_w)/(n + α₀ − y_w − α_w)] in the group − the same in the other
    σ²_w = 1/(y_w + α_w) + 1/(n + α₀ − y_w − α_w), of both groups added
    z_w = δ_w/σ_w

The prior shrinks the log-odds of rare words, which otherwise head every list. It shrinks them more
than σ knows, so that z is on the safe side.

References
----------
Monroe, B. L., Colaresi, M. P. & Quinn, K. M. (2008). Fightin' words: lexical feature selection and
evaluation for identifying the content of political conflict. Political Analysis 16(4), 372–403
(their equations 15, 18 and 22, with the variance of equation 19).
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from npsstats.aggregates.written import CATEGORIES
from npsstats.checks import InputError, fraction, number, one_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.words import TermCounts

    Floats = NDArray[np.float64]

__all__ = ["PRIOR", "LogOdds", "log_odds", "overused"]

PRIOR = {"documents": 10.0, "tokens": 500.0}
"""Texts, or words, that the prior is worth."""


class LogOdds(NamedTuple):
    """δ, its standard error and z of each word."""

    delta: Floats
    std_error: Floats
    z: Floats


def log_odds(ours: ArrayLike, n: float, theirs: ArrayLike, m: float, *, prior: float) -> LogOdds:
    """Return the log-odds ratio of each word, shrunken by an informative Dirichlet prior.

    Parameters
    ----------
    ours, theirs
        Times each word occurs in either group, (words,).
    n, m
        All words (or texts) of either group.
    prior
        Words (or texts) that the prior is worth, α₀.

    Raises
    ------
    InputError
        If a group has nothing in it.

    Examples
    --------
    >>> found = log_odds([30, 5], 100, [20, 25], 200, prior=10)
    >>> found.delta.round(3).tolist(), found.z.round(2).tolist()
    ([1.257, -0.896], [4.06, -1.91])
    """
    y, x = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if n <= 0 or m <= 0:
        raise InputError(
            f"Both groups must have said something: got {n:g} and {m:g}. Words cannot be compared "
            "with those of nobody."
        )
    alpha = prior * (y + x) / (n + m)
    delta = np.zeros(len(y))
    variance = np.zeros(len(y))
    for side, count, total in ((1.0, y, n), (-1.0, x, m)):
        yes = count + alpha
        no = total + prior - yes
        delta += side * np.log(yes / no)
        variance += 1 / yes + 1 / no
    error = np.sqrt(variance)
    return LogOdds(delta, error, delta / error)


def overused(
    counts: TermCounts,
    *,
    category: str = "detractor",
    unit: Literal["documents", "tokens"] = "documents",
    prior: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how much more often one category says each term than the two others do.

    Parameters
    ----------
    counts
        Terms by category.
    category
        detractor, passive or promoter.
    unit
        "documents" counts a verbatim once, however often it repeats a word: verbatims are
        independent of each other, words are not. "tokens" counts every word, as the paper does.
    prior
        What the prior is worth, in texts or words; None takes 10 or 500.
    level
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a term, those used most by the category first: term, n (texts or words that hold
        it), share, share_others, estimate (log-odds ratio), std_error, lower, upper, level, z,
        p_value, q_value (Benjamini–Hochberg, both directions).

    Raises
    ------
    InputError
        If the category, or everybody else, wrote nothing.
    """
    one_of("category", category, CATEGORIES)
    one_of("unit", unit, tuple(PRIOR))
    level = fraction("level", level)
    alpha = PRIOR[unit] if prior is None else number("prior", prior, low=1e-6)
    said = counts.documents if unit == "documents" else counts.tokens
    total = counts.n_documents if unit == "documents" else counts.n_tokens
    place = CATEGORIES.index(category)
    ours, others = said[:, place], said.sum(axis=1) - said[:, place]
    n, m = float(total[place]), float(total.sum() - total[place])
    found = log_odds(ours, n, others, m, prior=alpha)
    p = 2 * special.ndtr(-np.abs(found.z))
    z = special.ndtri((1 + level) / 2)
    frame = pd.DataFrame(
        {
            "term": counts.terms,
            "n": ours + others,
            "share": ours / n,
            "share_others": others / m,
            "estimate": found.delta,
            "std_error": found.std_error,
            "lower": found.delta - z * found.std_error,
            "upper": found.delta + z * found.std_error,
            "level": level,
            "z": found.z,
            "p_value": p,
            "q_value": _q_values(p),
        }
    )
    return frame.sort_values(["z", "term"], ascending=[False, True], ignore_index=True)


def _q_values(p: Floats) -> Floats:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p)) if len(p) else p
