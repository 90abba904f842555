"""When series begin and end: as the stores' table says, or by a silence that is no chance.

A store that fell silent while the others went on is not forecast as if it were open. How long a
silence has to be depends on how many answers it had: those expected in it, at the store's own
share of the others' answers, must be so many that none of them coming is a chance of less than
one in a hundred over all series; and it must last some periods. Chance is the negative binomial
law, as answers come in bursts: how much so is learned from all series together. A series' share
is taken lower by its own standard error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Life", "lives"]

_LEAST = {"week": 6, "month": 3, "quarter": 2, "year": 2}  # periods that a silence must last
_REMEMBERED = {"week": 26, "month": 12, "quarter": 4, "year": 3}  # periods a rate is learned from
_CHANCE = 0.01  # of taking any of all open series for one that has ended
_SHOWN = 5


class Life(NamedTuple):
    """`opens`, `closes` as in `Series`, (S,) each; and what to say of them."""

    opens: Grid
    closes: Grid
    notes: tuple[Said, ...]


def lives(
    n: Grid,
    names: Sequence[str],
    periods: Sequence[str],
    period: str,
    told: tuple[Grid, Grid] | None = None,
) -> Life:
    """Return when each series begins and ends.

    Parameters
    ----------
    n
        (S, T) answers of series that have none in common.
    names, periods, period
        Labels of the series and of the periods, and their kind.
    told
        Opening and closing as the stores' table gives them, (S,) places, NaN where it does not.
        A table that knows the closing of any store is believed of the others too.
    """
    length = n.shape[1]
    unknown = np.full(len(n), np.nan)
    opened, closed = (unknown, unknown) if told is None else told
    ended, began = _fell_silent(n, period), length - _fell_silent(n[:, ::-1], period)
    opens = np.maximum(np.nan_to_num(np.where(np.isnan(opened), began, opened), nan=0.0), 0.0)
    notes = []
    quiet = np.isfinite(ended) & np.isnan(closed)
    named: list[str] = [
        said("{name} from {period}", name=names[at], period=PeriodLabel(periods[int(ended[at])]))
        for at in np.flatnonzero(quiet)[:_SHOWN]
    ]
    named += ["…"] if quiet.sum() > _SHOWN else []
    if quiet.any() and np.isfinite(closed).any():
        notes.append(
            said(
                "{n:,} fell silent while the others went on ({names}), though the stores' table "
                "does not say that they closed: look whether they are still asked",
                n=int(quiet.sum()),
                names=named,
            )
        )
        ended = unknown
    elif quiet.any():
        notes.append(
            said(
                "{n:,} fell silent while the others went on ({names}): taken as ended and not "
                "forecast. Hand over the stores with the days they closed to say which did",
                n=int(quiet.sum()),
                names=named,
            )
        )
    closes = np.where(np.isnan(closed), ended, closed)
    late = n * (np.arange(length) >= closes[:, None])
    early = n * (np.arange(length) < opens[:, None])
    for odd, when in (
        (early, said("before its opening")),
        (late, said("after its closing")),
    ):
        if odd.sum() > 0:
            notes.append(
                said(
                    "{answers:,.0f} answers of {n:,} series come in periods {when}; they are kept",
                    answers=odd.sum(),
                    n=int((odd.sum(axis=1) > 0).sum()),
                    when=when,
                )
            )
    if shut := int((closes <= length).sum() - (quiet & (closes <= length)).sum()):
        notes.append(said("{n:,} closed by {period}", n=shut, period=PeriodLabel(periods[-1])))
    return Life(opens, np.nan_to_num(closes, nan=np.inf, posinf=np.inf), tuple(notes))


def _fell_silent(n: Grid, period: str) -> Grid:
    """Return the place of the first period of a last silence that is no chance, NaN where none."""
    series, length = n.shape
    others = n.sum(axis=0) - n
    answered = n > 0
    last = np.where(answered.any(axis=1), length - 1 - answered[:, ::-1].argmax(axis=1), length)
    place = np.arange(length)
    spoke = (place <= last[:, None]) & (place > last[:, None] - _REMEMBERED[period])
    heard = (others * spoke).sum(axis=1)
    rate = (n * spoke).sum(axis=1) / np.where(heard > 0, heard, np.inf)
    # the limit of small variance is Poisson's law
    varying = max(_overdispersion(n), 1e-9)
    # a rate that was high by chance makes what follows look like a silence
    error = 1 / np.maximum((n * spoke).sum(axis=1), 1) + varying / np.maximum(spoke.sum(axis=1), 1)
    rate *= np.maximum(1 - np.sqrt(error), 0.0)
    expected = rate[:, None] * others * (place > last[:, None])
    chance = -(np.log1p(varying * expected) / varying).sum(axis=1)
    sure = (chance <= np.log(_CHANCE / series)) & (length - 1 - last >= _LEAST[period])
    return np.where(sure, last + 1.0, np.nan)


def _overdispersion(n: Grid) -> float:
    """Return the squared coefficient of variation of rates around series times period.

    By moments, over the periods from each series' first answer to its last.
    """
    lived = (np.cumsum(n, axis=1) > 0) & (np.cumsum(n[:, ::-1], axis=1)[:, ::-1] > 0)
    volume = np.where(lived, n.sum(axis=0), 0.0)
    rate = n.sum(axis=1) / np.maximum(volume.sum(axis=1), 1e-9)
    mean = rate[:, None] * volume
    excess = ((n - mean) ** 2 - mean)[lived].sum()
    return float(max(excess, 0.0) / max((mean[lived] ** 2).sum(), 1e-9))
