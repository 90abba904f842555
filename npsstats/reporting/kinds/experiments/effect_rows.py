"""Rows of a table of effects as a memo prints them: the headlines first, each estimand once."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.experiments.estimands import called
from npsstats.reporting.kinds.experiments.readings import (
    CHANCE,
    Reading,
    Scale,
    p_said,
    scale_of,
)
from npsstats.reporting.kinds.making import MOST_ROWS
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["reading_of", "scale_in", "table_rows"]


def reading_of(words: Language, row: Any) -> Reading:
    """Return the reading of an effect, called by its estimand."""
    return Reading.of(row, called(words, row.estimand), scale_in(row))


def scale_in(row: Any) -> Scale:
    """Return how a row's numbers are written; a probability is compared with a half."""
    return CHANCE if row.estimand == "probability of superiority" else scale_of(row.unit)


def table_rows(words: Language, rows: list[Any], firsts: list[Any]) -> list[Reading]:
    """Return the first row of every estimand, and the Bayesian reading of the headline."""
    several = len(firsts) > 1
    chosen: dict[tuple[Any, ...], Any] = {}
    for row in sorted(rows, key=lambda row: not any(row is first for first in firsts)):
        bayes = row.probability == row.probability
        headline = any(
            (row.outcome, row.arm, row.estimand) == (one.outcome, one.arm, one.estimand)
            for one in firsts
        )
        key = (row.outcome, row.arm, row.estimand, bayes and headline)
        if bayes and not headline and (*key[:3], False) in chosen:
            continue
        chosen.setdefault(key, row)
    found = []
    for (outcome, arm, estimand, bayes), row in chosen.items():
        if estimand == "number needed" and isnan(row.lower):
            continue  # without a sign it is no number of customers: its doubt says its two ends
        label = called(words, estimand)
        if bayes and (outcome, arm, estimand, False) in chosen:
            label = words.say("{what}, Bayesian reading", what=label)
        if several:
            of = f"{shorten_middle(str(outcome), 22)} · {shorten_middle(str(arm), 16)}"
            label = words.say("{arm}: {said}", arm=of, said=label)
        chance = row.probability if bayes else row.p_value
        after = (_chance(words, row, chance),)
        found.append(Reading.of(row, label, scale_in(row), after=after))
    return found[:MOST_ROWS]


def _chance(words: Language, row: Any, value: float) -> str:
    """Write a p-value, or the probability of being above no difference."""
    if value != value:  # noqa: PLR0124 NaN
        return "–"
    if row.probability == row.probability:
        return words.probability(value)
    return p_said(words, value)
