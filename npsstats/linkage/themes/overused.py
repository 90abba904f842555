"""Words that one group uses more than another: log-odds with an informative Dirichlet prior.

With y_w the times (or the texts) in which word w occurs among n of a group, and α_w of α₀ in the
prior, which has the shares of both groups together::

    δ_w = log[(y_w + α_w)/(n + α₀ − y_w − α_w)] in the group − the same in the other
    σ²_w = 1/(y_w + α_w) + 1/(n + α₀ − y_w − α_w), of both groups added
    z_w = δ_w/σ_w

The prior shrinks the log-odds of rare words, which otherwise head every list. It shrinks them more
than σ knows, so that z is on the safe side.

Where stores are known, their answers resemble each other in words as in scores: σ² is then no less
than the variance of the sums of the stores' influences on δ (linearised, α held), ::

    u_s = c (y_sw − n_s y_w/n) in the group − the same in the other,
    c = 1/(y_w + α_w) + 1/(n + α₀ − y_w − α_w),    S/(S − 1) Σ_s u_s²

and z is held against t, with the degrees of freedom of the stores that say w, less one: the sum
rests on these.

References
----------
Monroe, B. L., Colaresi, M. P. & Quinn, K. M. (2008). Fightin' words: lexical feature selection and
evaluation for identifying the content of political conflict. Political Analysis 16(4), 372–403
(their equations 15, 18 and 22, with the variance of equation 19).
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.aggregates.written import CATEGORIES
from npsstats.checks import InputError, fraction, number, one_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.words import TermCounts

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

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
        If a group has nothing in it, or a word is in every text of both.

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
    if ((y + x) >= n + m).any():
        raise InputError(
            "A word that all texts of both groups hold has no odds to compare: leave it out."
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
        A row a term, those used most by the category first, without those that every text holds:
        term, n (texts or words that hold it), share, share_others, estimate (log-odds ratio),
        std_error, lower, upper, level, z, p_value, q_value (Benjamini–Hochberg, both directions).

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
    part = np.flatnonzero(said.sum(axis=1) < total.sum())
    said = said[part]
    ours, others = said[:, place], said.sum(axis=1) - said[:, place]
    n, m = float(total[place]), float(total.sum() - total[place])
    found = log_odds(ours, n, others, m, prior=alpha)
    df: Any = np.inf
    if counts.stores is not None:
        by_store = getattr(counts.stores, unit)[part]
        asked = getattr(counts.stores, f"n_{unit}")
        found, df = _clustered(found, by_store, asked, place, alpha)
    p = 2 * stats.t.sf(np.abs(found.z), df)
    z = stats.t.isf((1 - level) / 2, df)
    frame = pd.DataFrame(
        {
            "term": [counts.terms[one] for one in part.tolist()],
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


def _clustered(
    found: LogOdds, said: Any, asked: Ints, place: int, prior: float
) -> tuple[LogOdds, Any]:
    """Return the log-odds with errors no smaller than the stores', and degrees of freedom."""
    stores = int((asked.sum(axis=1) > 0).sum())
    if stores < 2:
        return found, np.inf
    kinds = len(CATEGORIES)
    sizes = asked[:, place].astype(float), (asked.sum(axis=1) - asked[:, place]).astype(float)
    mine = said[:, place::kinds]
    whole = sum((said[:, kind::kinds] for kind in range(kinds) if kind != place), 0 * mine)
    counts = [np.asarray(one.sum(axis=1), dtype=float) for one in (mine, whole)]
    alpha = prior * (counts[0] + counts[1]) / (sizes[0].sum() + sizes[1].sum())
    weight, mean = [], []
    for count, size in zip(counts, sizes, strict=True):
        yes = count + alpha
        weight.append(1 / yes + 1 / (size.sum() + prior - yes))
        mean.append(count / size.sum())
    # Σ u² without a dense table: u = s − t, s where the store says the term, t of its size alone
    s = mine.multiply(weight[0][:, None]) - whole.multiply(weight[1][:, None])
    s = s.tocsr()
    a, b = weight[0] * mean[0], weight[1] * mean[1]
    squares = np.asarray(s.multiply(s).sum(axis=1)) - 2 * (a * (s @ sizes[0]) - b * (s @ sizes[1]))
    squares += a**2 * (sizes[0] @ sizes[0]) + b**2 * (sizes[1] @ sizes[1])
    squares -= 2 * a * b * (sizes[0] @ sizes[1])
    variance = np.maximum(found.std_error**2, stores / (stores - 1) * squares)
    error = np.sqrt(variance)
    df = np.maximum(np.diff((mine + whole).tocsr().indptr) - 1, 1)
    return LogOdds(found.delta, error, found.delta / error), df


def _q_values(p: Floats) -> Floats:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p)) if len(p) else p
