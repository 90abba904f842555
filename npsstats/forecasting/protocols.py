"""What a model and a fitted thing offer, whoever wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from npsstats.forecasting.predictive import Predictive
    from npsstats.forecasting.series import Series

__all__ = ["Fitted", "Model"]


class Fitted(Protocol):
    """A model that knows its hyperparameters and where the series stand."""

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods."""
        ...

    def update(self, series: Series) -> Self:
        """Return the same hyperparameters conditioned on a longer series."""
        ...


class Model(Protocol):
    """Options that a series turns into a fitted thing."""

    @property
    def name(self) -> str:
        """As tables and `model` call it."""
        ...

    def fit(self, series: Series) -> Fitted:
        """Learn from a series, or raise an `InputError` that says why it cannot be."""
        ...
