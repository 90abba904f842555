"""What a forecast of scores rests on, said where it is little; arguments that would do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.periods import periods_said
from npsstats.checks import InputError
from npsstats.forecasting.spoken import level_said
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.predictive import Predictive
    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["closing_doubts", "ended_doubt", "level_doubts", "refuse_unused", "series_doubts"]

_FEW = 30.0  # answers in all below which a series is forecast from the others


def refuse_unused(series: Series, period: str, given: Mapping[str, Any]) -> None:
    """Refuse arguments that say what becomes a series, where the series are there already.

    Raises
    ------
    InputError
        If one of `given` was told, or `period` is neither the default nor the series' own.
    """
    told = [name for name, value in given.items() if value is not None and value is not False]
    if period not in ("month", series.period):
        told.insert(0, "period")
    if told:
        raise InputError(
            f"`{told[0]}` does nothing where `data` is a Series, which is made already: hand it to "
            "npsstats.score_series(...), or hand over the answers instead."
        )


def series_doubts(series: Series, horizon: int) -> list[Said]:
    """Say what the forecast of these series rests on where that is little."""
    found = []
    stores, length = series.shape
    if length < series.season:
        found.append(
            said_many(
                "{periods} is less than a year: no season can be seen, and the forecast has none.",
                "{periods} are less than a year: no season can be seen, and the forecast has none.",
                length,
                periods=periods_said(length, series.period),
            )
        )
    if horizon > length:
        found.append(
            said(
                "{periods} are forecast from {length}: the intervals rest on what such series do "
                "elsewhere.",
                periods=periods_said(horizon, series.period),
                length=length,
            )
        )
    if series.categories is not None and stores > 1:
        thin = int((series.n.sum(axis=1) < _FEW)[~series.ended].sum())
        if thin:
            found.append(
                said(
                    "{n:,} series have fewer than {few:g} answers in all: they are forecast from "
                    "the others.",
                    n=thin,
                    few=_FEW,
                )
            )
    return found


def ended_doubt(ended: int) -> Said:
    """Say how many series have ended."""
    return said_many(
        "{n:,} series has ended and is not forecast.",
        "{n:,} series have ended and are not forecast.",
        ended,
    )


def closing_doubts(alive: NDArray[np.bool_]) -> list[Said]:
    """Say what stands in periods in which a series is not open, (S, H)."""
    shut = int((~alive).any(axis=1).sum())
    if not shut:
        return []
    return [
        said_many(
            "{n:,} series is not open in all periods to come: where one is not, no answer is "
            "expected, and the score is what it would be if it were.",
            "{n:,} series are not open in all periods to come: where one is not, no answer is "
            "expected, and the score is what it would be if it were.",
            shut,
        )
    ]


def level_doubts(levels: Sequence[str], predictive: Predictive, answers: Grid) -> list[Said]:
    """Say how far levels that are forecast each by itself are from each other.

    Parameters
    ----------
    levels
        (S,) level of each series, one level after another.
    predictive, answers
        Their forecast and (S, H) answers expected.
    """
    names = list(dict.fromkeys(levels))
    if len(names) == 1:
        return []
    places = np.array([names.index(level) for level in levels])
    n, mean = answers[:, -1], predictive.mean[:, -1]
    totals = np.bincount(places, n)
    if not (totals > 0).all():
        return []
    whole = np.bincount(places, n * mean) / totals
    return [
        said(
            "Each level is forecast by itself and need not add up to another: in the last period, "
            "weighted by the answers expected, they come to {scores}.",
            scores=[
                said("{level} {score:+.1f}", level=level_said(name), score=score)
                for name, score in zip(names, whole, strict=True)
            ],
        )
    ]
