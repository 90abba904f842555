"""What to doubt of the linkage, and what was not measured, in the reader's language.

Results carry their doubts as English sentences with numbers in them. A page says the most serious
ones by their kind, so that both languages say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.doubt_kinds import kinds_of, reason_of
from npsstats.reporting.language import mark

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["doubts", "unmeasured", "why"]

# what a diagnostic is told by → what the page says; named groups are put in; in order of gravity
_KINDS = (
    (r"did not settle", mark("The fit did not settle: its numbers are not to be used.")),
    (
        r"silence is too short.*?(?P<n>\d+) % came back",
        mark(
            "Of the departures that can be checked, {n}% came back: the silence is too short to "
            "tell who leaves."
        ),
    ),
    (
        r"^Only (?P<n>\d+) stores",
        mark("Only {n} stores: too few for an interval that can be trusted."),
    ),
    (
        r"^Only (?P<n>\d+) clusters",
        mark("Only {n} stores: intervals are too short; read them as the least of the doubt."),
    ),
    (
        r"^Fewer than (?P<n>\d+) clusters",
        mark("Some scores occur in fewer than {n} stores: their intervals are far too short."),
    ),
    (
        r"clusters are of such unequal size",
        mark("Stores are of very unequal size: intervals are too short."),
    ),
    (
        r"summary judgements",
        mark("Satisfaction and ease judge the visit as a whole: they do not say what to mend."),
    ),
    (
        r"^The placebo fails",
        mark(
            "The check of what comes first fails: growth goes with the score of the period after "
            "as well, so that something else moves both, or growth comes first."
        ),
    ),
    (
        r"^The placebo could not",
        mark("Whether the score comes before growth could not be checked."),
    ),
    (
        r"^Stores share shocks",
        mark("Stores move together: intervals that take them to be independent are too short."),
    ),
    (
        r"depend on each other|answers agree",
        mark(
            "Answers of one store and period are not independent of each other: how much of a "
            "score is noise is told less surely."
        ),
    ),
    (
        r"share no tier|no overlap",
        mark(
            "Promoters and detractors of equal recorded prior spend do not occur in the same "
            "stores: they cannot be compared at equal prior spend."
        ),
    ),
    (
        r"Nobody of the followed answered",
        mark("Nobody who is followed answered in one of the categories: it has no value here."),
    ),
    (
        r"The regression cannot tell",
        mark(
            "The regression cannot tell whether a point of NPS moves the growth of trade or only "
            "its level; a year of growth adds up to several times as much."
        ),
    ),
    (
        r"prior spend is a noisy measure",
        mark(
            "Recorded prior spend is a noisy measure of how good a customer is: part of the "
            "difference between customers is left in the one at equal prior spend."
        ),
    ),
    (
        r"^Only (?P<n>[\d,]+) (?:detractors|passives|promoters)",
        mark("A category of customers has only {n} that are followed to the end."),
    ),
    (
        r"^Fewer than (?P<n>\d+) departures",
        mark("Fewer than {n} departures under some of the scores: their intervals are rough."),
    ),
    (
        r"foretold|foretells? .*perfectly|set apart",
        mark(
            "Under some of the scores everybody stays, or leaves: their hazard is not identified."
        ),
    ),
    (
        r"stores are few",
        mark("There are few stores: one unlike the others can carry the result."),
    ),
    (
        r"not what is done worse",
        mark("What matters more is not what is done worse: read importance and performance apart."),
    ),
    (
        r"not shown to differ by more than chance",
        mark(
            "For some drivers stores do not differ by more than chance: there may be no best one "
            "to learn from."
        ),
    ),
    (
        r"other drivers say too",
        mark(
            "Most of what some drivers say, others say too: their shares depend on what else is "
            "asked."
        ),
    ),
    (
        r"guessed from name",
        mark("The ends of the scales were guessed from the names and the answers."),
    ),
    (
        r"leave a driver blank",
        mark("Answers that leave a driver blank are not in it."),
    ),
    (
        r"within its window",
        mark("The experiment tells of its own window of time, not of later."),
    ),
)

_WHY = (
    (r"nobody can be followed|shorter `after`",
     mark("nobody who answered is followed for long enough before and after")),
    (r"bought anything", mark("customers who answered are not found among those who bought")),
    (r"are the least that can be compared|longer panel",
     mark("too few stores, or periods of them, have both scores and purchases: hand over purchases "
          "of a longer time, or take shorter periods")),
    (r"needs sales of", mark("it takes purchases of a whole year")),
    (r"calendar year|one whole year",
     mark("leaders are chosen on one year and judged by the next, which takes purchases of two "
          "whole calendar years")),
    (r"at risk in any|Silences longer",
     mark("the silence that counts as a departure is longer than the purchases reach: hand over "
          "purchases of a longer time, or take a shorter silence")),
    (r"stores|leaders of a year|Only one region", mark("there are too few stores")),
    (r"left in|no hazard to fit|departure", mark("too few customers left")),
    (r"neither satisfaction|nothing to compare",
     mark("the survey asked neither satisfaction nor effort")),
    (r"not read for the scores",
     mark("the experiment with call-backs was not read for the scores that come next")),
    (r"experiment|call", mark("there is no experiment with call-backs by lot")),
    (r"There is no '|is not among|no column", mark("a column that it needs is not there")),
)  # fmt: skip
_TOO_LITTLE = mark("the data do not bear it")

_PARTS = {
    "growth": mark("Growth by NPS is not measured: {why}."),
    "revenue": mark("A year's revenue is not known: {why}."),
    "customers": mark("What customers spend is not measured: {why}."),
    "churn": mark("Who leaves is not measured: {why}."),
    "curves": mark("Who is still there is not measured: {why}."),
    "retention": mark("Retention is not measured: {why}."),
    "worth": mark("No value is measured: {why}."),
    "drivers": mark("Drivers are not measured: {why}."),
}


def doubts(words: Language, facts: LinkageFacts, *subjects: str) -> list[str]:
    """Return the most serious doubts of some subjects, three at most."""
    given = (text for subject in subjects for text in facts.doubts.get(subject, ()))
    return kinds_of(words, _KINDS, given)


def unmeasured(words: Language, facts: LinkageFacts, *subjects: str) -> list[str]:
    """Return a sentence a part that could not be computed, with the reason."""
    return [
        words.say(_PARTS[subject], why=why(words, facts.missing[subject]))
        for subject in subjects
        if subject in facts.missing
    ]


def why(words: Language, reason: str) -> str:
    """Say a reason by its kind, as what follows "because"."""
    return reason_of(words, _WHY, reason, _TOO_LITTLE)
