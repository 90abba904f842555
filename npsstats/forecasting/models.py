"""The models by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import one_of
from npsstats.forecasting.combined import Combined
from npsstats.forecasting.discounted import DiscountedDirichlet
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.local import LocalLevel, LocalTrend
from npsstats.forecasting.naive import LastValue, SeasonalNaive

if TYPE_CHECKING:
    from npsstats.forecasting.protocols import Model

__all__ = ["DEFAULT", "MODELS", "model"]

MODELS: dict[str, Model] = {
    made.name: made
    for made in (
        LastValue(),
        SeasonalNaive(),
        LocalLevel(),
        LocalTrend(),
        DiscountedDirichlet(),
        Hierarchical(),
        Combined(),
    )
}
"""Every model with its default options, by name."""

DEFAULT = Combined.name
"""Name of the model that `npsstats.forecast` takes unless told."""


def model(name: str) -> Model:
    """Return the model of a name, with its default options.

    Parameters
    ----------
    name
        One of `MODELS`.

    Raises
    ------
    InputError
        If no model has the name.

    Examples
    --------
    >>> model("local level")
    LocalLevel(season='trigonometric', harmonics=1, reverting=True)
    """
    return MODELS[one_of("model", name, MODELS)]
