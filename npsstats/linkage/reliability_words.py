"""What is said of a score's reliability, and what to doubt."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.aggregates.periods import period_said
from npsstats.linkage.corrected import STRENGTH
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["doubts", "headline"]

_FEW_STORES = 20


def headline(within: pd.DataFrame, best: str | None) -> str:
    """Say how much of the movement is noise, and at which period it can be used."""
    row = within.iloc[0]
    period = row["period"]
    if row["true_sd"] == 0 and row["noise_sd"] == 0:
        return f"From {period} to {period} no store's score moves: there is nothing to explain."
    if not isfinite(row["estimate"]):
        return f"From {period} to {period} nothing can be said: too few answers."
    text = (
        f"Of what a store's score does from {period} to {period}, {_percent(row['estimate'])} is "
        f"real ({100 * row['level']:g}% interval {_percent(row['lower'])} to "
        f"{_percent(row['upper'])}), the rest is who happened to answer: {row['answers']:g} "
        "answers a store in the median."
    )
    if best is None:
        return f"{text} No period here is long enough to tell a slope within stores."
    if best != period:
        return f"{text} The shortest period that can bear a slope is the {best}."
    return text


def doubts(frame: pd.DataFrame) -> tuple[Said, ...]:
    """Return what to doubt, most serious first."""
    notes: list[Said] = []
    within = frame[frame["part"] == "within"]
    if (within["noise_by"] == "halves").any():
        notes.append(
            said(
                "Answers are not independent of each other: customers answer several times, "
                "within a period or in several. Noise is told from the halves, which keep a "
                "customer's answers together; reliabilities between stores take answers as "
                "independent and are too high."
            )
        )
    for row in within.to_dict("records"):
        if row["identified"] or not isfinite(row["strength"]):
            continue
        needed = (
            said(
                "some {answers_needed:,.0f} answers a store and {period} would do",
                answers_needed=row["answers_needed"],
                period=period_said(row["period"]),
            )
            if isfinite(row["answers_needed"])
            else said("no movement within stores was seen at all")
        )
        notes.append(
            said(
                "By {period} a slope within stores is not identified: true movements are not "
                "sure to exist (t = {strength:.1f}, {asked:g} asked); {needed}.",
                period=period_said(row["period"]),
                strength=row["strength"],
                asked=STRENGTH,
                needed=needed,
            )
        )
    if (frame["n_stores"] < _FEW_STORES).any():
        notes.append(
            said(
                "Intervals rest on {stores} stores being alike; below some {few_stores} they "
                "are rough.",
                stores=int(frame["n_stores"].min()),
                few_stores=_FEW_STORES,
            )
        )
    return tuple(notes)


def _percent(share: float) -> str:
    percent = 100 * min(max(share, 0.0), 1.0)
    return f"{percent:.1f} %" if percent < 9.95 else f"{percent:.0f} %"
