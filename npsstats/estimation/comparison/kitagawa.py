"""The arithmetic of a decomposed change: pieces a segment, pieces a level, and posterior draws.

Tables are (…, 2, segments, 3): weights of detractors, passives and promoters of every segment,
before and after; any number of draws in front. Pieces are in points.

References
----------
Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50(272), 1168–1194.
Das Gupta, P. (1993). Standardization and decomposition of rates. Current Population Reports
P23-186, US Bureau of the Census (several factors).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.dirichlet import JEFFREYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Levels", "Pieces", "levels", "net", "pieces", "posterior_tables"]


class Pieces(NamedTuple):
    """Of every segment, (…, segments) points."""

    within: Floats
    mix: Floats


class Levels(NamedTuple):
    """Of the whole: change within the finest segments, and mix at every level, coarsest first."""

    within: Floats  # (…,) points
    mix: Floats  # (…, levels)


def net(weights: Floats) -> Floats:
    """Return promoters minus detractors over all, as a share, of weights (…, 3)."""
    return np.asarray((weights[..., 2] - weights[..., 0]) / weights.sum(axis=-1))


def pieces(tables: Floats, seen: Floats | None = None) -> Pieces:
    """Take a change apart by segment.

    Parameters
    ----------
    tables
        (…, 2, segments, 3) weights.
    seen
        (2, segments, 3) the answers themselves, where `tables` are draws: a segment that one
        period has not seen moves the total by its mix alone.
    """
    size, score = _sizes_and_scores(tables, seen)
    share = size / size.sum(axis=-1, keepdims=True)
    overall = (share * score).sum(axis=-1)
    within = share.mean(axis=-2) * (score[..., 1, :] - score[..., 0, :])
    apart = score.mean(axis=-2) - overall.mean(axis=-1)[..., None]
    return Pieces(100 * within, 100 * (share[..., 1, :] - share[..., 0, :]) * apart)


def levels(
    tables: Floats, parents: Sequence[NDArray[np.intp]], seen: Floats | None = None
) -> Levels:
    """Take a change apart by level: mix of coarse groups, of finer ones inside them, and within.

    Within a coarse group its change is again a within and a mix of finer groups, weighted by the
    coarse group's mean share, and so on down; the parts add up to the whole exactly. With one
    level this is `pieces`, added up.

    Parameters
    ----------
    tables, seen
        As for `pieces`; segments are the groups of the finest level.
    parents
        For each level from the coarsest to the finest, (segments,) the group, from 0, that each
        segment belongs to; the last is 0, 1, 2, …
    """
    size, score = _sizes_and_scores(tables, seen)
    top = np.zeros(size.shape[-1], dtype=np.intp)
    above = _group(size, score, top)
    weight = np.ones((*size.shape[:-2], 1))  # mean share of a group along its path
    mix = []
    for up, down in zip([top, *parents[:-1]], parents, strict=True):
        below = _group(size, score, down)
        of = np.zeros(int(down.max()) + 1, dtype=np.intp)
        of[down] = up
        with np.errstate(invalid="ignore", divide="ignore"):
            share = below.size / above.size[..., of]
        empty = above.size[..., of] == 0  # a group not seen keeps the shares of the other period
        share = np.where(empty, share[..., ::-1, :], share)
        share = np.nan_to_num(share)
        outer = weight[..., of]
        apart = below.score.mean(axis=-2) - above.score.mean(axis=-2)[..., of]
        mix.append((outer * (share[..., 1, :] - share[..., 0, :]) * apart).sum(axis=-1))
        weight, above = outer * share.mean(axis=-2), below
    within = (weight * (above.score[..., 1, :] - above.score[..., 0, :])).sum(axis=-1)
    return Levels(100 * within, 100 * np.stack(mix, axis=-1))


def posterior_tables(answers: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Draw weights of segment × category from the posterior, (draws, 2, segments, 3).

    A segment's own shares have a prior worth an answer and a half (as Jeffreys' has), spread as
    all answers of its period are: a thin segment without a detractor is not taken to be free of
    them, and the segments together are not pulled anywhere.
    """
    whole = answers.sum(axis=1, keepdims=True) + JEFFREYS
    prior = JEFFREYS.sum() * whole / whole.sum(axis=2, keepdims=True)
    shares = rng.standard_gamma(answers + prior, size=(draws, *answers.shape))
    shares /= shares.sum(axis=-1, keepdims=True)
    size = rng.standard_gamma(
        answers.sum(axis=2) + 1 / answers.shape[1], size=(draws, *answers.shape[:2])
    )
    return np.asarray(shares * size[..., None])


class _Group(NamedTuple):
    size: Floats  # (…, 2, groups)
    score: Floats


def _group(size: Floats, score: Floats, code: NDArray[np.intp]) -> _Group:
    """Add segments up to groups; a group not seen in one period has the other's score."""
    member = np.eye(int(code.max()) + 1)[code]  # (segments, groups)
    total = size @ member
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (size * score) @ member / total
    mean = np.where(total == 0, mean[..., ::-1, :], mean)
    return _Group(total, np.nan_to_num(mean))


def _sizes_and_scores(tables: Floats, seen: Floats | None) -> tuple[Floats, Floats]:
    seen = tables if seen is None else seen
    size = tables.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = net(tables)
    unseen = seen.sum(axis=-1) == 0
    score = np.where(unseen, score[..., ::-1, :], score)
    return size, np.nan_to_num(score)
