"""What to doubt of customers to come, and whether the score helps to foretell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.forecasting.business.churn_states import States

__all__ = ["TOO_SHORT", "doubts", "score_helps", "too_short"]

TOO_SHORT = "These losses are too many"
_CHECKED, _BACK = 20, 0.3  # departures that can be checked, and the share of them that may be none


def doubts(
    fit: Any, laid: States, ageing: Sequence[str], moves: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return sentences on what a projection assumes, most serious first."""
    said = [*laid.notes]
    constant = [key for key in fit.scheme.keys if key != "period" and key not in {*ageing, *moves}]
    if constant:
        said.append(
            f"Customers keep today's {', '.join(constant)} to the end: nobody answers again, "
            "changes store or spends otherwise. Give counts as `moves` to let them."
        )
    if moves:
        said.append(
            f"Customers who stay change {', '.join(moves)} as those counted did, whatever they "
            "were before and however long ago."
        )
    if ageing:
        said.append(
            f"Customers grow into the next band of {', '.join(ageing)} as if spread evenly over "
            "their own."
        )
    if "period" not in fit.scheme.keys:
        said.append(
            "The hazard has none for each period: what moves whole periods, such as a season, is "
            "not in the intervals."
        )
    said.append(
        "Only customers of today are followed: those who join are not. One who has been silent for "
        "long counts as there."
    )
    return tuple(said)


def too_short(fit: Any) -> tuple[str, ...]:
    """Return that many who were held to have left came back, where they did."""
    checked, back = getattr(fit.cells, "came_back", (0, 0))
    if checked < _CHECKED or back <= _BACK * checked:
        return ()
    share = f"of the departures that can be checked, {100 * back / checked:.0f} % came back"
    return (f"{TOO_SHORT}: {share}. Define leaving by rhythm(), or by a longer silence.",)


def score_helps(held_out: Any) -> tuple[str, list[str]]:
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
        better = "On periods it had not seen, the hazard without the scores foretold better"
        return "no", [f"{better}: project that one."]
    known = bool(np.isfinite(row["lower"]) and np.isfinite(row["upper"]))
    return "cannot be told", [
        f"Held out, the scores add {row['estimate']:+.1f} to the log score ({row['lower']:+.1f} to "
        f"{row['upper']:+.1f}): they may not help at all."
        if known
        else "Held out, what the scores add cannot be told: labels were set apart."
    ]
