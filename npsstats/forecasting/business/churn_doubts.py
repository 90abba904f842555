"""What to doubt of customers to come, and whether the score helps to foretell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError
from npsstats.forecasting.spoken import level_said
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.forecasting.business.churn_states import States
    from npsstats.said import Said

__all__ = ["TOO_SHORT", "doubts", "score_helps", "too_short"]

TOO_SHORT = "These losses are too many"
_CHECKED, _BACK = 20, 0.3  # departures that can be checked, and the share of them that may be none


def doubts(
    fit: Any, laid: States, ageing: Sequence[str], moves: Mapping[str, Any]
) -> tuple[Said, ...]:
    """Return sentences on what a projection assumes, most serious first."""
    found = [*laid.notes]
    constant = [key for key in fit.scheme.keys if key != "period" and key not in {*ageing, *moves}]
    if constant:
        found.append(
            said(
                "Customers keep today's {keys} to the end: nobody answers again, changes store "
                "or spends otherwise. Give counts of such moves to let them.",
                keys=[level_said(key) for key in constant],
            )
        )
    if moves:
        found.append(
            said(
                "Customers who stay change {keys} as those counted did, whatever they were before "
                "and however long ago.",
                keys=[level_said(key) for key in moves],
            )
        )
    if ageing:
        found.append(
            said(
                "Customers grow into the next band of {keys} as if spread evenly over their own.",
                keys=[level_said(key) for key in ageing],
            )
        )
    if "period" not in fit.scheme.keys:
        found.append(
            said(
                "The hazard has none for each period: what moves whole periods, such as a season, "
                "is not in the intervals."
            )
        )
    found.append(
        said(
            "Only customers of today are followed: those who join are not. One who has been silent "
            "for long counts as there."
        )
    )
    return tuple(found)


def too_short(fit: Any) -> tuple[Said, ...]:
    """Return that many who were held to have left came back, where they did."""
    checked, back = getattr(fit.cells, "came_back", (0, 0))
    if checked < _CHECKED or back <= _BACK * checked:
        return ()
    return (
        said(
            "These losses are too many: of the departures that can be checked, {share:.0f}% came "
            "back. Define leaving by the rhythm of purchases, or by a longer silence.",
            share=100 * back / checked,
        ),
    )


def score_helps(held_out: Any) -> tuple[str, list[Said]]:
    """Return whether the last score helps on periods not seen, and what to say of it.

    Raises
    ------
    InputError
        If it is no held-out comparison.
    """
    if held_out is None:
        return "", []
    frame = getattr(held_out, "frame", None)
    if frame is None or not {"measure", "model", "estimate", "lower", "upper"} <= set(frame):
        raise InputError(
            f"`helps` must be a held-out comparison, got {type(held_out).__name__}. Write "
            "helps=npsstats.held_out(cells, cut)."
        )
    rows = frame[(frame["measure"] == "score gain") & (frame["model"] == "with")]
    if not len(rows):
        raise InputError("`helps` has no row 'score gain': compare with the scores and without.")
    row = rows.iloc[0]
    if row["lower"] > 0:
        return "yes", []
    if row["upper"] <= 0:
        return "no", [
            said(
                "On periods it had not seen, the hazard without the scores foretold better: "
                "project that one."
            )
        ]
    known = bool(np.isfinite(row["lower"]) and np.isfinite(row["upper"]))
    return "cannot be told", [
        said(
            "Held out, the scores add {estimate:+.1f} to the log score ({lower:+.1f} to "
            "{upper:+.1f}): they may not help at all.",
            **{name: row[name] for name in ("estimate", "lower", "upper")},
        )
        if known
        else said("Held out, what the scores add cannot be told: labels were set apart.")
    ]
