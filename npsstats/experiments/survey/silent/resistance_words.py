"""What a reminder can tell and what it cannot, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.experiments.survey.silent.resistance_profile import PRIOR_SD, read
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.experiments.survey.silent.resistance_rows import Tables

__all__ = ["doubts", "told"]

_TARGET = 3.0  # points either side
_SMALL = 0.01
_WIDE = 20.0  # points: an interval of more says little about an NPS
_PRIOR_SPEAKS = 0.7  # of the prior's spread is left


def told(gap: pd.Series) -> str:
    """Return the sentence on one arm's selection gap."""
    span = f"{100 * gap['level']:g}% interval {gap['lower']:+.1f} to {gap['upper']:+.1f} points"
    start = f"Arm {gap['arm']!r}: if answering follows the score, those who answered"
    if gap["lower"] > 0:
        return f"{start} flatter it by {gap['estimate']:.1f} ({span})."
    if gap["upper"] < 0:
        return f"{start} score {-gap['estimate']:.1f} below all who were asked ({span})."
    if gap["upper"] - gap["lower"] <= _WIDE:
        return f"{start} score about as all who were asked ({span})."
    return (
        f"Arm {gap['arm']!r}: cannot tell how those who answered differ from all who were asked, "
        f"even if answering follows the score ({span})."
    )


def doubts(
    made: Tables, names: Sequence[str], frame: pd.DataFrame, level: float
) -> tuple[Said, ...]:
    """Return the doubts, most serious first."""
    lines = []
    for place, name in enumerate(names):
        lines += _of_arm(made, place, name, frame, level)
    if made.p_model < _SMALL:
        lines.append(
            said(
                "The model does not fit (p {p:.2g}): the reminder may move the log-odds of "
                "answering unevenly over the scores, or answering be no such function of them. The "
                "correction then corrects by a wrong amount.",
                p=max(made.p_model, 1e-300),
            )
        )
    if made.shared and made.p_shared < _SMALL:
        lines.append(
            said(
                "The arms do not share one reminder's effect and one dependence on the score (p "
                "{p:.2g}). Read each arm on its own.",
                p=max(made.p_shared, 1e-300),
            )
        )
    lines.append(
        said(
            "All rests on the reminder moving the log-odds of answering by the same amount "
            "whatever the score, and on its having been drawn by lot among all who were asked. The "
            "data test the first only in part."
        )
    )
    lines.append(
        said(
            "Where answering depends on what was lived and not on the score given, people of one "
            "score still differ in readiness to answer, and the correction can overshoot. In "
            "simulated networks where the answers were 15.2 to 16.6 points too high, the corrected "
            "NPS was between 11.9 points too low and 5.6 too high on average over 4 networks of "
            "each kind, and up to 26.7 off in one; its limits held in 12 of 16 readings, and the "
            "fit showed none of it (docs/tables/nonresponse.md)."
        )
    )
    return tuple(dict.fromkeys(lines))


def _of_arm(made: Tables, place: int, name: str, frame: pd.DataFrame, level: float) -> list[Said]:
    own = frame[(frame["arm"] == name) & (frame["against"] == "")]
    everyone = own[(own["quantity"] == "NPS of all asked")].iloc[0]
    reminded = own[own["quantity"] == "reminder"].iloc[0]
    lines = []
    came = made.survey.answers[place].sum(axis=1) / made.survey.asked[place]
    if reminded["upper"] <= 0 or (came[1] < came[0] and reminded["upper"] < -reminded["lower"]):
        lines.append(
            said(
                "In arm {arm!r} fewer answer with a reminder ({reminded:.1f}%) than without "
                "({plain:.1f}%). If the key says who was sent one, not for whom one was drawn, "
                "those who answered at once are all counted as not reminded: nothing here holds.",
                arm=name,
                reminded=100 * came[1],
                plain=100 * came[0],
            )
        )
    width = everyone["upper"] - everyone["lower"]
    if made.unbounded[place]:
        lines.append(
            said(
                "The likelihood of arm {arm!r} is nearly flat: the data leave the NPS of all asked "
                "between {lower:+.0f} and {upper:+.0f}, as far as the model itself reaches. The "
                "reminder cannot tell; read the worst case.",
                arm=name,
                lower=everyone["lower"],
                upper=everyone["upper"],
            )
        )
    elif width > _WIDE:
        lines.append(
            said(
                "The NPS of all asked in arm {arm!r} is known to {width:.0f} points only: the "
                "reminder tells too little. Its standard error is not to be used, its limits are.",
                arm=name,
                width=width,
            )
        )
    if reminded["lower"] <= 0 <= reminded["upper"]:
        lines.append(
            said(
                "The reminder of arm {arm!r} may have moved nobody (log-odds {lower:+.2f} to "
                "{upper:+.2f}): without its effect nothing can be corrected.",
                arm=name,
                lower=reminded["lower"],
                upper=reminded["upper"],
            )
        )
    spread = made.drawn_beta[:, place].std(axis=0).max() / PRIOR_SD
    if spread > _PRIOR_SPEAKS:
        lines.append(
            said(
                "The posterior of arm {arm!r} is mostly its prior: {spread:.0f}% of the prior's "
                "spread is left.",
                arm=name,
                spread=100 * spread,
            )
        )
    lines.append(_needed(made, place, name, level))
    return lines


def _needed(made: Tables, place: int, name: str, level: float) -> Said:
    one = read(made.profiles[place], made.weights(place, 0), level)
    half = float(special.ndtri((1 + level) / 2)) * one.std_error
    asked = made.survey.asked.sum() if made.shared else made.survey.asked[place].sum()
    if made.unbounded[place] or not np.isfinite(half):
        return said(
            "How many invitations would tell the NPS of all asked in arm {arm!r} to ±{target:g} "
            "points cannot be foretold from these; a stronger reminder does more than more "
            "invitations.",
            arm=name,
            target=_TARGET,
        )
    times = (half / _TARGET) ** 2
    together = made.shared and len(made.survey.asked) > 1
    return said(
        "To tell the NPS of all asked in arm {arm!r} to ±{target:g} points some {more:,.0f} "
        "invitations {whom} are needed; there are {now:,.0f}.",
        arm=name,
        target=_TARGET,
        more=float(f"{times * asked:.2g}"),
        now=asked,
        whom=said("in all arms together") if together else said("of the arm"),
    )
