"""Facts that come from tables beside the scores: texts, customers, signs of gaming.

Counts and money only: no customer and no text is here, and no group of fewer than `SMALL` is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["SMALL", "AtRisk", "Voice", "Watch"]

SMALL = 5
"""People below which a group is not told in numbers."""


@dataclass(frozen=True)
class Voice:
    """What those who wrote speak of.

    Attributes
    ----------
    texts
        Answers with a text.
    answers
        All answers that were asked for one.
    named
        Share of the texts that name a theme, in [0, 1].
    themes
        A row a theme, the most named first: `theme`, `yes` (texts that name it), `share` (of all
        texts), `detractor`, `promoter` (shares within each, NaN where it is few who name it, or
        where the others who do would be few), `gap`, `gap_lower`, `gap_upper` (detractors' share
        less promoters', NaN where unknown; the bounds hold for all themes at once). Shares in
        [0, 1].
    labels
        Theme → language → what it is called.
    rates
        "detractor", "passive", "promoter" → share of the answers that hold a text, for those who
        answered; empty where fewer than `SMALL` of one of them wrote.
    hidden
        Themes that fewer than `SMALL` name: they are not in `themes`.
    """

    texts: int
    answers: int
    named: float
    themes: pd.DataFrame
    labels: Mapping[str, Mapping[str, str]]
    rates: Mapping[str, float]
    hidden: int


@dataclass(frozen=True)
class AtRisk:
    """Customers whom the next period may lose, as counts and money of a year.

    Attributes
    ----------
    customers
        Customers who have not left for sure.
    money, loss
        What they bought in a year, and what of it is expected to be gone by the end of the next
        period; `gone` of it with those who have left already, by their silence.
    alerts, alerts_money, alerts_loss
        Regulars whose last score, of the last 90 days, is 6 or less: how many (None where fewer
        than `SMALL`), their year's money, and what of it is expected to go.
    cells
        A row a number of purchases and last score: `purchases`, `last`, `n` (missing where it
        would tell of few), `money`, `loss`.
    """

    customers: int
    money: float
    loss: float
    gone: float
    alerts: int | None
    alerts_money: float
    alerts_loss: float
    cells: pd.DataFrame


@dataclass(frozen=True)
class Watch:
    """Stores worth looking into, and what was looked at.

    Attributes
    ----------
    stores
        Stores that were examined.
    listed
        A row a store to look into, the oddest first: `store`, `n`, `sign`, `observed`, `expected`,
        `of` (what the sign is counted of), `p_value`; `also` lists its other signs.
    false_alarms
        Rate that was asked for, in [0, 1].
    examined, not_examined
        Signs that were read, and those that could not be.
    """

    stores: int
    listed: pd.DataFrame
    false_alarms: float
    examined: tuple[str, ...]
    not_examined: tuple[str, ...]
