"""What the questions of this room are asked of: series, or whatever series are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from npsstats.checks import InputError
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.models import model as named
from npsstats.forecasting.series import Series
from npsstats.forecasting.series_of import score_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.forecasting.protocols import Model
    from npsstats.forecasting.series_levels import Level

__all__ = ["Source", "model_of", "one_level", "series_from"]


class Source(TypedDict, total=False):
    """How series are made from data, each as for `npsstats.score_series`."""

    by: str | Sequence[str] | None
    period: str
    levels: Sequence[Level] | None
    stores: Any
    through: str | None
    changed: str | None
    bridge: Any
    across_kinds: bool


def series_from(data: Any, source: Source) -> Series:
    """Return the series, made from the data where they are none.

    Raises
    ------
    InputError
        If an option is unknown, or there are any beside a `Series`, or the data are none.
    """
    known = Source.__annotations__
    if strange := sorted(source.keys() - known):
        raise InputError(f"{strange[0]!r} is no option. Those of the data are {', '.join(known)}.")
    if isinstance(data, Series):
        if source:
            raise InputError(
                f"`{next(iter(source))}` says how series are made, and `data` are series already. "
                "Write it where they are made: npsstats.score_series(...)."
            )
        return data
    return score_series(data, **source)


def one_level(series: Series, why: str) -> None:
    """Raise an InputError where the same answers are in several groupings."""
    if len(levels := series.by_level()) > 1:
        raise InputError(
            f"`data` hold the same answers by {' and by '.join(levels)}: {why}. Ask of one at a "
            "time: by=... instead of levels=..., or one of series.by_level()."
        )


def model_of(model: Any) -> Model:
    """Return a model given as such, by its name or not at all.

    Raises
    ------
    InputError
        If it is none.
    """
    if model is None:
        return Hierarchical()
    if isinstance(model, str):
        return named(model)
    if isinstance(model, type) or not hasattr(model, "fit") or not hasattr(model, "name"):
        given = model.__name__ if isinstance(model, type) else type(model).__name__
        raise InputError(
            f"`model` must be a model's name or a model with `fit`, such as Hierarchical(), got "
            f"{given}."
        )
    found: Model = model
    return found
