"""Past solicitations read from counts of invitations, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.survey.delay.delay_reading import keys_of, numbers_of
from npsstats.experiments.survey.delay.three_logits import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = ["PastCells", "money_of", "past_cells", "rule_days"]


class PastCells(NamedTuple):
    """Cells by past solicitations; `since` is NaN where nobody was asked before."""

    past: Floats
    since: Floats
    adjust: pd.DataFrame
    asked: Asked
    left_out: int


def past_cells(counts: InvitationCounts, past: str, since: str, adjust: Sequence[str]) -> PastCells:
    """Return the cells of which it is known how often and when they were asked before.

    Raises
    ------
    InputError
        If a key or the scores are missing, a number is none, or nobody was asked before.
    """
    counts = counts.by(*keys_of(counts, [past, since], adjust))
    scores = counts.scores
    if scores is None:  # pragma: no cover - `keys_of` has refused it
        raise InputError("There are no scores.")
    number, days = numbers_of(counts.cells[past], past), numbers_of(counts.cells[since], since)
    whole = np.isnan(number) | ((number >= 0) & (number == np.floor(number)))
    if not whole.all():
        raise InputError(
            f"`{past}` must hold whole numbers from 0, got {number[~whole][0]:g}. Count the "
            "invitations by how many were sent before."
        )
    if (days < 0).any():
        raise InputError(
            f"`{since}` must be 0 days or more, got {np.nanmin(days):g}. It is missing where "
            "nothing was sent before."
        )
    if (odd := (number == 0) & ~np.isnan(days)).any():
        raise InputError(
            f"{int(counts.invited[odd].sum()):,} invitations have 0 `{past}` and yet a `{since}`. "
            "It must be missing where nothing was sent before."
        )
    known = ~np.isnan(number) & ((number == 0) | ~np.isnan(days)) & (counts.invited > 0)
    if len(np.unique(number[known])) < 2:
        raise InputError(
            "All invitations have the same number of past solicitations: there is no fatigue to "
            "read. Count a longer stretch of time."
        )
    asked = Asked(
        counts.invited[known].astype(float),
        counts.answered[known].astype(float),
        scores.categories[known].astype(float),
    )
    adjusted = counts.cells.loc[known, list(adjust)].reset_index(drop=True)
    left = int(counts.invited[~known].sum())
    return PastCells(number[known], days[known], adjusted, asked, left)


def rule_days(quarantine: Sequence[int]) -> list[int]:
    """Return the rules' days, ascending."""
    days = [checks.count("quarantine", one) for one in quarantine]
    if not days or sorted(set(days)) != days:
        raise InputError(
            f"`quarantine` must be ascending whole numbers of days, got {list(quarantine)!r}."
        )
    return days


def money_of(send_cost: float | None, answer_value: float | None) -> tuple[float, float] | None:
    """Return what an invitation costs and what an answer is worth, or None."""
    if send_cost is None and answer_value is None:
        return None
    if send_cost is None or answer_value is None:
        raise InputError(
            "`send_cost` and `answer_value` go together: an answer's worth is weighed against "
            "what an invitation costs. Give both, 0 among them if it must be."
        )
    return (
        checks.number("send_cost", send_cost, low=0),
        checks.number("answer_value", answer_value, low=0),
    )
