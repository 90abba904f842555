"""What a decomposed change makes one doubt, in words: reversals, thin volumes, unseen segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.estimation.comparison.volume import thin_cells, thin_periods
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from npsstats.estimation.comparison.kitagawa import Pieces

    Floats = NDArray[np.float64]

__all__ = ["Reversal", "doubts", "reversal"]

_NOTABLE = 0.5  # of the answers, in segments that move against the whole
_PROBABLE = 0.8


class Reversal(NamedTuple):
    """How the whole and its segments disagree on the direction (Simpson's paradox).

    Attributes
    ----------
    total, within
        Observed change of the whole and within segments, points.
    share
        Share of the answers in segments whose own score moved against the whole.
    probability
        Posterior probability that the whole and the change within have opposite signs.
    every
        Whether every segment seen in both periods moved against the whole.
    """

    total: float
    within: float
    share: float
    probability: float
    every: bool


def reversal(tables: Floats, plain: Pieces, drawn: Pieces) -> Reversal:
    """Compare directions, observed and posterior.

    Parameters
    ----------
    tables
        (2, segments, 3) answers.
    plain, drawn
        Their pieces, (segments,) and (draws, segments).
    """
    total = float((plain.within + plain.mix).sum())
    size = tables.sum(axis=2)
    both = (size > 0).all(axis=0)
    share = (size / size.sum(axis=1, keepdims=True)).mean(axis=0)
    against = both & (plain.within * total < 0)
    inside = drawn.within.sum(axis=1)
    whole = inside + drawn.mix.sum(axis=1)
    return Reversal(
        total,
        float(plain.within.sum()),
        float(share[against].sum()),
        float((inside * whole < 0).mean()),
        bool(both.sum() > 1 and (against == both).all()),
    )


def doubts(
    period: str,
    between: tuple[str, str],
    segments: Sequence[str],
    tables: Floats,
    turned: Reversal,
    level: float,
) -> tuple[Said, ...]:
    """Return the sentences that a decomposition needs, most serious first."""
    n = tables.sum(axis=2)
    words = [*thin_periods(period, between, tables.sum(axis=1), level=level)]
    words += _simpson(turned) if len(segments) > 1 else []
    words += thin_cells(segments, n.min(axis=0))
    once = int(((n == 0).any(axis=0) & (n > 0).any(axis=0)).sum())
    if once:
        words.append(
            said_many(
                "{n} segment has answers in one of the two periods only: whether the score there "
                "moved cannot be told, and all of the contribution counts as mix.",
                "{n} segments have answers in one of the two periods only: whether the score "
                "there moved cannot be told, and all of the contribution counts as mix.",
                once,
            )
        )
    return tuple(words)


def _simpson(turned: Reversal) -> list[Said]:
    up = turned.total > 0
    total = abs(turned.total)
    if turned.total * turned.within < 0:
        end = (
            said(
                "what moved it is who answered (Simpson's paradox; probability {p:.2f}).",
                p=turned.probability,
            )
            if turned.probability >= _PROBABLE
            else said(
                "chance alone can produce this (probability {p:.2f} that the signs truly differ).",
                p=turned.probability,
            )
        )
        if turned.every:
            end = said("in every segment, {end}", end=end)
        within = abs(turned.within)
        if up:
            text = said(
                "The whole rose by {total:.1f} points although within segments the score fell by "
                "{within:.1f}: {end}",
                total=total,
                within=within,
                end=end,
            )
        else:
            text = said(
                "The whole fell by {total:.1f} points although within segments the score rose by "
                "{within:.1f}: {end}",
                total=total,
                within=within,
                end=end,
            )
        return [text]
    if turned.share > _NOTABLE:
        share = turned.share
        if up:
            text = said(
                "The whole rose by {total:.1f} points although the score fell in segments that "
                "hold {share:.0%} of the answers: a few segments carry it.",
                total=total,
                share=share,
            )
        else:
            text = said(
                "The whole fell by {total:.1f} points although the score rose in segments that "
                "hold {share:.0%} of the answers: a few segments carry it.",
                total=total,
                share=share,
            )
        return [text]
    return []
