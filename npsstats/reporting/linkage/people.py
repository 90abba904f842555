"""Sentences on who stays and on what to mend first."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.language import mark, shown
from npsstats.reporting.linkage.names import CATEGORIES, question

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["SURE", "mending", "percents", "ratios", "staying"]

SURE = 0.8
"""Probability from which a driver is called the priority."""


def staying(words: Language, facts: LinkageFacts) -> list[str]:
    """Say who is still there after a year, by the last score, and how much sooner others leave."""
    frame = facts.survival
    if frame is None or not len(frame):
        return []
    last = frame[frame["time"] == frame["time"].max()].set_index("category")
    told = [name for name in CATEGORIES if name in last.index]
    shares = words.listing(
        words.say(
            "{category}: {share} ({interval})",
            category=words.say(CATEGORIES[name]),
            share=words.percent(last.loc[name, "estimate"]),
            interval=percents(words, last.loc[name, "lower"], last.loc[name, "upper"]),
        )
        for name in told
    )
    said = [
        words.say(
            "Still there after {months} months, had the score stayed the same: {shares}.",
            months=int(frame["time"].max()),
            shares=shares,
        )
    ]
    rows = facts.hazards
    worst = None if rows is None else rows[rows["label"] == "detractor"]
    if worst is not None and len(worst) and isfinite(worst["ratio"].iloc[0]):
        row = worst.iloc[0]
        if shown(row["ratio_lower"], 2) <= 1 <= shown(row["ratio_upper"], 2):
            message = mark(
                "That detractors leave as promoters do is not excluded: the ratio of their hazards "
                "is {ratio} ({level} interval: {interval})."
            )
        else:
            message = mark(
                "A last score of a detractor goes with {ratio} times the promoters' hazard of "
                "leaving ({level} interval: {interval})."
            )
        said.insert(
            0,
            words.say(
                message,
                ratio=words.number(row["ratio"], 2),
                level=words.percent(facts.level),
                interval=ratios(words, row["ratio_lower"], row["ratio_upper"]),
            ),
        )
    return said


def percents(words: Language, lower: float, upper: float) -> str:
    """Write two shares."""
    text = words.say("{lower} to {upper}", lower=words.percent(lower), upper=words.percent(upper))
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def ratios(words: Language, lower: float, upper: float) -> str:
    """Write two ratios."""
    text = words.say(
        "{lower} to {upper}", lower=words.number(lower, 2), upper=words.number(upper, 2)
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def mending(words: Language, facts: LinkageFacts) -> list[str]:
    """Say which driver is likeliest to be a priority, and what mending goes with."""
    frame = facts.drivers
    if frame is None:
        return []
    first = frame.iloc[int(np.argmax(frame["probability_priority"]))]
    most = frame.iloc[int(np.argmax(frame["estimate"]))]
    if first["probability_priority"] >= SURE:
        said = words.say(
            "To mend first: {driver}. It matters more than the middle driver and is done worse "
            "(probability: {probability}).",
            driver=question(words, str(first["driver"])),
            probability=words.probability(float(first["probability_priority"])),
        )
    else:
        said = words.say(
            "No driver is surely a priority: none surely matters more than the middle one and is "
            "done worse."
        )
    gain = words.say(
        "If {part} of those dissatisfied with {driver} were satisfied, {points} points of NPS "
        "would go with it ({level} interval: {interval}), as an association.",
        part=words.percent(facts.part),
        driver=question(words, str(most["driver"])),
        points=words.number(most["estimate"], signed=True),
        level=words.percent(facts.level),
        interval=words.interval(most["lower"], most["upper"], signed=True),
    )
    return [said, gain]
