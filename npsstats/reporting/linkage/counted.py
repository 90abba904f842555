"""What several parts of a report rest on, counted once: stores, who left, who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.aggregates.account_states import AccountStates
    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.aggregates.panels import StorePanel
    from npsstats.linkage.churn.fitted import ChurnHazard

__all__ = ["Counted"]

_TOLD = ("category", "move", "score")


class Counted:
    """Counts of answers beside purchases, each made when it is first asked for.

    Parameters
    ----------
    responses, purchases
        Intakes of one database.
    stores
        The table of stores, or None.
    """

    def __init__(self, responses: Any, purchases: Any, stores: Any = None) -> None:
        self.responses, self.purchases, self.stores = responses, purchases, stores
        self._made: dict[Any, Any] = {}

    def panel(self) -> StorePanel:
        """Return the panel of stores by month."""
        from npsstats.aggregates.panel_building import store_panel

        return self._once("panel", lambda: store_panel(self.purchases, self.responses, self.stores))

    def departures(self, period: str = "month") -> HazardCells:
        """Return who was there and who left, by the last category, its move and the last score."""
        from npsstats.aggregates.departures import rhythm
        from npsstats.aggregates.person_periods import person_periods

        return self._once(
            ("departures", period),
            lambda: person_periods(
                self.purchases,
                self.responses,
                churn=rhythm(),
                covariates=_TOLD,
                stores=self.stores,
                period=period,
            ),
        )

    def hazard(self, period: str = "month", level: float = 0.95) -> ChurnHazard:
        """Return the hazard of leaving by the last category."""
        from npsstats.linkage.churn.hazard import hazard

        def fitted() -> ChurnHazard:
            cells = self.departures(period)
            keys = [key for key in cells.keys if key not in ("move", "score")]
            return hazard(cells.by(*keys), level=level)

        return self._once(("hazard", period, level), fitted)

    def states(self, period: str = "month") -> AccountStates:
        """Return the customers who are still there, as they stand at the end of the data."""
        from npsstats.aggregates.account_states import account_states
        from npsstats.aggregates.departures import rhythm

        return self._once(
            ("states", period),
            lambda: account_states(
                self.purchases,
                self.responses,
                churn=rhythm(),
                stores=self.stores,
                period=period,
            ),
        )

    def _once[T](self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made
