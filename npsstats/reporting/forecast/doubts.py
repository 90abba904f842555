"""What to doubt of a forecast, and what was not made, in the reader's language.

As of the linkage (`linkage_doubts`): the results say it in English with numbers in it; a page says
the most serious kinds, so that both languages say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.doubt_kinds import kinds_of, reason_of
from npsstats.reporting.language import mark

if TYPE_CHECKING:
    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language

__all__ = ["doubts", "unmade", "why"]

# what a diagnostic is told by → what the page says; in order of gravity; numbers are put in
_KINDS = (
    (
        r"integrated over with the worth of only",
        mark("The spread rests on few points: read the ends of the intervals with care."),
    ),
    (
        r"periods? are forecast from|s are forecast from \d+:",
        mark(
            "More is forecast than is known: the intervals rest on what such series do elsewhere."
        ),
    ),
    (
        r"less than a year: no season",
        mark("Less than a year is known: no season can be seen in it, and the forecast has none."),
    ),
    (
        r"mix of kinds .*by up to (?P<n>[\d.]+) points",
        mark(
            "The mix of kinds of survey changes over time, which alone shifts the score by up to "
            "{n} points."
        ),
    ),
    (
        r"mix of channels .*by up to (?P<n>[\d.]+) points",
        mark(
            "The mix of channels changes over time, which alone shifts the score by up to {n} "
            "points."
        ),
    ),
    (
        r"when the questionnaire changed",
        mark("What was asked before the change of questionnaire is left out."),
    ),
    (
        r"led over the change of questionnaire",
        mark(
            "Scores from before the change of questionnaire are carried over to the new one, with "
            "an error of their own."
        ),
    ),
    (
        r"The network as a whole is",
        mark(
            "The network as a whole is off what was expected: part of what stores show is common "
            "to all of them."
        ),
    ),
    (
        r"less than two years: the season is not taken out",
        mark(
            "Less than two years are known: what comes back every year may look like a change of "
            "level."
        ),
    ),
    (
        r"(?P<n>[\d,]+) series have fewer than 30 answers in all",
        mark("Stores with fewer than 30 answers in all, which are forecast from the others: {n}."),
    ),
    (
        r"(?P<n>[\d,]+) series ha(?:s|ve) nothing in",
        mark("Stores without answers in the last period, which cannot be judged: {n}."),
    ),
    (
        r"no season is known from them",
        mark(
            "Revenue is known for less than a year and a half: no season can be told from it, and "
            "a peak at its end is carried on."
        ),
    ),
    (
        r"(?P<n>[\d,]+) of [\d,]+ stores had no whole",
        mark("Stores taken to be closed and left out of the revenue to come: {n}."),
    ),
    (
        r"both readings are given",
        mark(
            "Whether a higher score, kept, goes with higher growth for as long, or with a higher "
            "level once, cannot be told from the slope."
        ),
    ),
    (
        r"taken to change by detractors to passives",
        mark(
            "The score is taken to change by detractors becoming passives, who then leave as "
            "passives do."
        ),
    ),
    (
        r"Only customers of today are followed",
        mark("Only today's customers are followed, each with the score of today."),
    ),
)

_WHY = (
    (r"mix kinds of survey",
     mark("the mix of kinds of survey changes over time and would pass for a change of opinion")),
    (r"needs (?:at least )?(?P<n>\d+)",
     mark("at least {n} periods with answers are needed")),
    (r"date", mark("the answers have no dates")),
    (r"no answer", mark("there are no answers")),
    (r"Nobody is at risk",
     mark("by the rhythm of their purchases nobody can be said to have left yet; the command "
          "npsstats scenario takes a number of days (--silence)")),
)  # fmt: skip
_TOO_LITTLE = mark("the data do not bear it")

_PARTS = {
    "move": mark("The last change is not judged: {why}."),
    "changes": mark("Changes of level are not looked for: {why}."),
    "stores": mark("Stores are not forecast: {why}."),
    "moves": mark("The stores' last changes are not judged: {why}."),
    "alerts": mark("Stores are not watched for news: {why}."),
    "skill": mark("How good such forecasts were in the past is not measured: {why}."),
    "reach": mark("What the target would take is not computed: {why}."),
    "scenario": mark("No scenario is computed: {why}."),
    "revenue to come": mark("Revenue to come is not forecast: {why}."),
    "customers to come": mark("Departures to come are not projected: {why}."),
}


def doubts(words: Language, facts: ForecastFacts, *subjects: str) -> list[str]:
    """Return the most serious doubts of some subjects, three at most."""
    given = (text for subject in subjects for text in facts.doubts.get(subject, ()))
    return kinds_of(words, _KINDS, given)


def unmade(words: Language, facts: ForecastFacts, *subjects: str) -> list[str]:
    """Return a sentence a part that could not be made, with the reason."""
    return [
        words.say(_PARTS[subject], why=why(words, facts.missing[subject]))
        for subject in subjects
        if subject in facts.missing
    ]


def why(words: Language, reason: str) -> str:
    """Say a reason by its kind, as what follows "because"."""
    return reason_of(words, _WHY, reason, _TOO_LITTLE)
