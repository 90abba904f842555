"""How far the score of those who name a theme is from that of those who do not.

Two regressions of the NPS contribution (100 for a promoter, −100 for a detractor) and of the score
on what verbatims name: on every theme mentioned, and on every theme praised, blamed, or named
without either. So a theme is judged beside all others. Standard errors are clustered by store
(CR1), or robust (HC1) where stores are unknown.

A theme's *contribution* is its share of the verbatims times its coefficient: by how much the NPS of
those who write differs from what it would be if nobody had cause to name it *and the regression
were causal*. It is not: who is unhappy for another reason complains of the queue as well. Its
standard error counts both factors, which come from the same answers.

The regression is linear and may exceed what two groups can differ by: coefficients and their limits
are cut at ±200 NPS points and ±10 of the score.

References
----------
Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models.
Biometrika 73(1), 13–22.
MacKinnon, J. G. & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators
with improved finite sample properties. J. Econometrics 29(3), 305–325 (their HC1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special
from scipy.stats import false_discovery_control

from npsstats.linkage.themes.prevalence import own_cluster
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["LEAST_MENTIONS", "MENTIONS", "Regression", "regress", "theme_effects"]

LEAST_MENTIONS = 30
"""Verbatims that must name a theme, and as many that must not, for it to be judged."""

MENTIONS = ("any", "positive", "negative", "neutral")


class Regression(NamedTuple):
    """Coefficients of an indicator each, and what of each cluster they rest on.

    Attributes
    ----------
    estimate, std_error
        Coefficients of the columns, constant left out, (columns,).
    contribution, contribution_error
        Mean of the column times its coefficient, (columns,).
    df
        Degrees of freedom of t.
    rank
        Columns that can be told apart, constant included.
    """

    estimate: Floats
    std_error: Floats
    contribution: Floats
    contribution_error: Floats
    df: float
    rank: int


def regress(y: Floats, columns: Floats, cluster: Ints | None = None) -> Regression:
    """Regress y on a constant and columns, with clustered (CR1) or robust (HC1) errors.

    Parameters
    ----------
    y
        Shape (rows,).
    columns
        Shape (rows, columns).
    cluster
        Number of the cluster from 0, (rows,), or None.

    Examples
    --------
    >>> y, x = np.array([100.0, 100, -100, 0, 100, -100]), np.array([0.0, 0, 1, 1, 0, 1])
    >>> found = regress(y, x[:, None])
    >>> found.estimate.round(2).tolist(), found.std_error.round(2).tolist()
    ([-166.67], [33.33])
    >>> found.contribution.round(2).tolist()
    [-83.33]
    """
    n = len(columns)
    design = np.column_stack([np.ones(n), columns])
    # pinv: a column that repeats others shares their coefficient in place of breaking everything
    bread = np.linalg.pinv(design.T @ design, hermitian=True)
    beta = bread @ (design.T @ y)
    rank = int(np.linalg.matrix_rank(design))
    score = design * (y - design @ beta)[:, None]
    mean = columns.mean(axis=0)
    # influence of each row on the coefficients, and on mean × coefficient
    on_beta = (score @ bread)[:, 1:]
    on_both = on_beta * mean + beta[1:] * (columns - mean) / n
    if cluster is None:
        factor, df = n / max(n - rank, 1), float(max(n - rank, 1))
    else:
        groups = int(cluster.max()) + 1
        factor = groups / max(groups - 1, 1) * (n - 1) / max(n - rank, 1)
        df = float(max(groups - 1, 1))
        on_beta, on_both = (_sums(one, cluster, groups) for one in (on_beta, on_both))
    return Regression(
        beta[1:],
        np.sqrt(factor * (on_beta**2).sum(axis=0)),
        mean * beta[1:],
        np.sqrt(factor * (on_both**2).sum(axis=0)),
        df,
        rank,
    )


def _sums(rows: Floats, cluster: Ints, groups: int) -> Floats:
    return np.stack([np.bincount(cluster, column, groups) for column in rows.T], axis=1)


def theme_effects(
    mentions: dict[str, Bools],
    themes: Sequence[str],
    score: Ints,
    store: Ints | None = None,
    *,
    level: float = 0.95,
) -> tuple[pd.DataFrame, list[Said]]:
    """Return each theme's coefficient, share and contribution; and what to doubt.

    Parameters
    ----------
    mentions
        Whether a verbatim is `positive`, `negative` or `neutral` on a theme, (verbatims, themes)
        each.
    themes
        Names of the themes.
    score
        0 to 10, (verbatims,).
    store
        As for `theme_prevalence`.
    level
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        theme, mention ("any", adjusted for the other themes; "positive", "negative", "neutral",
        adjusted for all of these), n (verbatims that say it), share; estimate, std_error, lower,
        upper (NPS points), level, p_value, q_value; score, score_lower, score_upper (points of
        the 0–10 scale); contribution, contribution_lower, contribution_upper (NPS points).
    list[str]
        Sentences.
    """
    points = 100.0 * ((score >= 9).astype(float) - (score <= 6))
    cluster = None if store is None else own_cluster(store)
    if cluster is not None and int(cluster.max(initial=0)) < 1:
        cluster = None
    named = mentions["positive"] | mentions["negative"] | mentions["neutral"]
    tones = {name: mentions[name] for name in MENTIONS[1:]}
    parts, doubts, rare = [], [], set[str]()
    for model in ({"any": named}, tones):
        labels = [(theme, name) for name in model for theme in themes]
        columns = np.column_stack(list(model.values())).astype(float)
        times = columns.sum(axis=0)
        enough = (times >= LEAST_MENTIONS) & (len(score) - times >= LEAST_MENTIONS)
        rare |= {theme for (theme, name), ok in zip(labels, enough, strict=True) if not ok} & (
            set(themes) if "any" in model else set()
        )
        if not enough.any():
            continue
        kept = [label for label, ok in zip(labels, enough, strict=True) if ok]
        parts.append(_rows(points, score, columns[:, enough], kept, cluster, level))
    if rare:
        doubts.append(
            said(
                "Too few verbatims name, or do not name, {few}: no effect is given.",
                few=sorted(rare),
            )
        )
    if cluster is not None and (groups := int(cluster.max()) + 1) < _FEW_STORES:
        doubts.append(
            said("Only {groups} stores: the intervals of the differences are rough.", groups=groups)
        )
    frame = pd.concat(parts, ignore_index=True) if parts else _rows_of_none()
    if len(frame):
        frame["q_value"] = false_discovery_control(frame["p_value"])
        order = {name: place for place, name in enumerate(themes)}
        frame = frame.sort_values(
            by=["theme", "mention"],
            key=lambda column: column.map(order | {m: i for i, m in enumerate(MENTIONS)}),
            ignore_index=True,
        )
    return frame, doubts


_FEW_STORES = 20
_MOST_POINTS = 200.0  # all promoters against all detractors
_MOST_SCORE = 10.0


def _rows(
    points: Floats,
    score: Ints,
    columns: Floats,
    labels: list[tuple[str, str]],
    cluster: Ints | None,
    level: float,
) -> pd.DataFrame:
    net = regress(points, columns, cluster)
    mean = regress(score.astype(float), columns, cluster)
    t = float(special.stdtrit(net.df, (1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.stdtr(net.df, -np.abs(net.estimate / net.std_error))
    return _possible(
        pd.DataFrame(
            {
                "theme": [theme for theme, _ in labels],
                "mention": [name for _, name in labels],
                "n": columns.sum(axis=0).astype(np.int64),
                "share": columns.mean(axis=0),
                "estimate": net.estimate,
                "std_error": net.std_error,
                "lower": net.estimate - t * net.std_error,
                "upper": net.estimate + t * net.std_error,
                "level": level,
                "p_value": np.where(np.isfinite(p), p, 1.0),
                "score": mean.estimate,
                "score_lower": mean.estimate - t * mean.std_error,
                "score_upper": mean.estimate + t * mean.std_error,
                "contribution": net.contribution,
                "contribution_lower": net.contribution - t * net.contribution_error,
                "contribution_upper": net.contribution + t * net.contribution_error,
            }
        )
    )


def _possible(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with no difference beyond what two groups can differ by."""
    for names, most in (
        (["estimate", "lower", "upper"], _MOST_POINTS),
        (["score", "score_lower", "score_upper"], _MOST_SCORE),
    ):
        frame[names] = frame[names].clip(-most, most)
    return frame


def _rows_of_none() -> pd.DataFrame:
    empty = np.zeros((2, 0))
    none = np.zeros(2, dtype=np.int64)
    return _rows(np.zeros(2), none, empty, [], None, 0.95).assign(q_value=np.zeros(0))
