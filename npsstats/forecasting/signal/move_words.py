"""One sentence a move: what was observed, what chance gives, what is believed of the true score."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

__all__ = ["CHANCE", "MORE", "UNTOLD", "sentence"]

CHANCE = "within what chance gives"
MORE = "more than chance"
UNTOLD = "cannot tell"


def sentence(row: Mapping[Hashable, Any], unit: str) -> str:
    """Say the last move of one series.

    Parameters
    ----------
    row
        Of the frame of `last_move`.
    unit
        "points" or "log".
    """
    return f"{_seen(row, unit)} {_believed(row, unit)}"


def _size(value: float, unit: str) -> str:
    return f"{abs(value):.1f} points" if unit == "points" else f"{abs(value):.3f} in logs"


def _seen(row: Mapping[Hashable, Any], unit: str) -> str:
    if not isfinite(row["move"]):
        missing = row["period"] if not isfinite(row["observed"]) else row["before"]
        return f"Nothing was observed in {missing}, so no move can be seen."
    name = "rise" if row["move"] > 0 else "fall"
    text = f"A {name} of {_size(row['move'], unit)}"
    if row["move"] == 0:
        text = "No move"
    if not row["margin"] > 0:
        return f"{text}, counted in full."
    chance = f"the ±{_size(row['margin'], unit)} that "
    if row["n"] > 0:
        chance += f"n = {row['n_before']:,} and n = {row['n']:,} give by chance"
    else:
        chance += "the sampling error gives by chance"
    place = "within" if abs(row["move"]) <= row["margin"] else "beyond"
    return f"{text} is {place} {chance}."


def _believed(row: Mapping[Hashable, Any], unit: str) -> str:
    fell = row["p_fall"] >= row["p_rise"]
    verb, sure = ("fell", row["p_fall"]) if fell else ("rose", row["p_rise"])
    span = f"{100 * row['level']:g}% interval {row['lower']:+.1f} to {row['upper']:+.1f}"
    if unit != "points":
        span = f"{100 * row['level']:g}% interval {row['lower']:+.3f} to {row['upper']:+.3f}"
    if row["verdict"] == MORE:
        against = isfinite(row["move"]) and (row["move"] < 0) != fell and row["move"] != 0
        alone = isfinite(row["move"]) and abs(row["move"]) <= row["margin"]
        how = ", which its neighbours and its past tell" if alone or against else ""
        return f"The true score {verb} with probability {_chance(sure)} ({span}){how}."
    said = (
        f"That the true score {verb} has probability {_chance(sure)} ({span}): not enough to tell "
        "a change from none"
    )
    if isfinite(row["move"]) and (row["move"] < 0) != fell and row["move"] != 0:
        name = "fall" if row["move"] < 0 else "rise"
        said += f"; it is against the {name} that was seen because it leans on all periods before"
    return f"{said}."


def _chance(probability: float) -> str:
    if probability > 0.995:
        return "over 0.99"
    return f"{probability:.2f}"
