"""What is asked of a forecast's pages, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.aggregates.periods import PERIODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.reporting.linkage.counted import Counted
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["ForecastRequest"]


@dataclass(frozen=True)
class ForecastRequest:
    """What to forecast besides the answers, and what to show.

    Attributes
    ----------
    horizon, period
        Periods ahead, and their kind.
    by
        Key of the stores, or None: then nothing is said of single ones.
    target
        In points, or None.
    gain
        Points by which the scenario's score is other; 0 for no scenario.
    purchases, stores
        Tables read beside the answers, or None.
    linkage
        What was gathered of the linkage: its slope carries the scenario to revenue.
    names
        Store → what people call it.
    model, answers, through, changed, bridge, across_kinds
        As of `npsstats.forecast`.
    level, seed
        Of the intervals, and of what is drawn.
    counted
        What other parts of a report rest on as well, or None to count it anew.
    """

    horizon: int = 6
    period: str = "month"
    by: str | None = None
    target: float | None = None
    gain: float = 5.0
    purchases: Any = None
    stores: Any = None
    linkage: LinkageFacts | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    model: Any = "combined"
    answers: float | None = None
    through: str | None = None
    changed: str | None = None
    bridge: Any = None
    across_kinds: bool = False
    level: float = 0.95
    seed: int = 0
    counted: Counted | None = None

    def __post_init__(self) -> None:
        """Refuse what no forecast can be asked."""
        checks.count("horizon", self.horizon, least=1)
        checks.one_of("period", self.period, PERIODS)
        if self.target is not None:
            checks.number("target", self.target, low=-100, high=100)
        checks.number("gain", self.gain, low=-200, high=200)
        checks.fraction("level", self.level)
        checks.count("seed", self.seed)
