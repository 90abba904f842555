"""What a forecast of scores rests on, said where it is little; arguments that would do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.predictive import Predictive
    from npsstats.forecasting.series import Series

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


def series_doubts(series: Series, horizon: int) -> list[str]:
    """Say what the forecast of these series rests on where that is little."""
    said = []
    stores, length = series.shape
    if length < series.season:
        said.append(
            f"{length} {series.period}{'s are' if length > 1 else ' is'} less than a year: no "
            "season can be seen, and the forecast has none."
        )
    if horizon > length:
        said.append(
            f"{horizon} {series.period}s are forecast from {length}: the intervals rest on what "
            "such series do elsewhere."
        )
    if series.categories is not None and stores > 1:
        thin = int((series.n.sum(axis=1) < _FEW)[~series.ended].sum())
        if thin:
            said.append(
                f"{thin:,} series have fewer than {_FEW:g} answers in all: they are forecast from "
                "the others."
            )
    return said


def ended_doubt(ended: int) -> str:
    """Say how many series have ended."""
    verbs = ("has", "is") if ended == 1 else ("have", "are")
    return f"{ended:,} series {verbs[0]} ended and {verbs[1]} not forecast."


def closing_doubts(alive: NDArray[np.bool_]) -> list[str]:
    """Say what stands in periods in which a series is not open, (S, H)."""
    shut = int((~alive).any(axis=1).sum())
    if not shut:
        return []
    said = (
        f"{shut:,} series {'is' if shut == 1 else 'are'} not open in all periods to come: where "
        "one is not, no answer is expected, and the score is what it would be if it were."
    )
    return [said]


def level_doubts(levels: Sequence[str], predictive: Predictive, answers: Grid) -> list[str]:
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
    shown = ", ".join(f"{name} {score:+.1f}" for name, score in zip(names, whole, strict=True))
    said = (
        "Each level is forecast by itself and need not add up to another: in the last period, "
        f"weighted by the answers expected, they come to {shown}."
    )
    return [said]
