"""What growth is forecast from: the panel's levels in logs, and models for them."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks
from npsstats.aggregates.periods import period_said
from npsstats.checks import InputError
from npsstats.forecasting.models import model as named
from npsstats.forecasting.spoken import measure_said
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel
    from npsstats.forecasting.protocols import Model
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["checked", "logs_of", "models_of"]

_SILENT = 2  # periods without the measure after which a store counts as closed
_ADDED = ("sales", "visits", "customers")


def checked(panel: StorePanel, measure: str, lag: int, score: bool | None) -> None:
    """Refuse what growth cannot be forecast from.

    Raises
    ------
    InputError
        If it is no panel, or an argument is not one of those that it allows.
    """
    if not all(hasattr(panel, name) for name in ("measures", "categories", "whole", "stores")):
        raise InputError(
            f"`panel` must be a panel of stores, got {type(panel).__name__}. Write "
            "panel=npsstats.store_panel(responses, purchases)."
        )
    if score not in (None, True, False):
        raise InputError(
            f"`score` must be True, False, or None to have it where it helps, got {score!r}."
        )
    if measure in panel.measures and measure not in _ADDED:
        raise InputError(
            f"`measure` must add up over stores: {', '.join(map(repr, _ADDED))}, got {measure!r}."
        )
    checks.one_of("measure", measure, panel.measures)
    checks.count("lag", lag, least=1)
    if panel.shape[1] < 3:
        raise InputError(
            f"The panel has {panel.shape[1]} periods: growth needs three at least. Hand over a "
            "longer panel, or shorter periods."
        )
    if lag >= panel.shape[1]:
        raise InputError(
            f"`lag` must be less than the panel's {panel.shape[1]} periods, got {lag}: no growth "
            "has a score so long before it. Write lag=1."
        )


def models_of(period: str, model: str | Model | None) -> tuple[Model, Model]:
    """Return the models of the common level, which has seasons, and of what stores have besides."""
    if model is not None:
        chosen = named(model) if isinstance(model, str) else model
        if not hasattr(chosen, "fit") or not hasattr(chosen, "name"):
            raise InputError(
                f"`model` must be a model's name or a model with `fit`, got "
                f"{type(model).__name__}. Leave it out, or write model='last value'."
            )
        return chosen, chosen
    from npsstats.forecasting.business.own_levels import OwnLevel
    from npsstats.forecasting.hierarchical.model import Hierarchical
    from npsstats.forecasting.naive import SeasonalNaive

    # a season of 52 takes the state space a minute, and two waves a year miss its holidays
    return SeasonalNaive() if period == "week" else Hierarchical(), OwnLevel()


def logs_of(panel: StorePanel, measure: str) -> tuple[Grid, NDArray[np.bool_], list[Said]]:
    """Return log levels, which stores are there at the end, and what to say of the others."""
    level = panel.measures[measure]
    usable = panel.whole & np.isfinite(level) & (np.nan_to_num(level) > 0)
    there = usable[:, -_SILENT:].any(axis=1)
    if not there.any():
        raise InputError(
            f"The panel holds no positive {measure} in its last {_SILENT} {panel.period}s: there "
            "is nothing to forecast from. Look at the dates of the purchases."
        )
    found = []
    if not there.all():
        found.append(
            said(
                "{n:,} of {stores:,} stores had no whole {period} with {measure} among the last "
                "{silent}: they are taken to be closed and left out.",
                n=int((~there).sum()),
                stores=len(there),
                period=period_said(panel.period),
                measure=measure_said(measure),
                silent=_SILENT,
            )
        )
    strange = int((panel.whole & ~np.isnan(level) & ~(usable & np.isfinite(level)))[there].sum())
    if strange:
        found.append(
            said(
                "{n:,} whole {period}s of stores with {measure} of nought, less or infinite have "
                "no logarithm: they count as not known.",
                n=strange,
                period=period_said(panel.period),
                measure=measure_said(measure),
            )
        )
    return np.where(usable, np.log(np.where(usable, level, 1.0)), nan), there, found
