"""Sentences that numbers choose.

A rule turns numbers into one of a few sentences: its direction, its size and its certainty.
Rules judge the numbers as they are printed (`shown`), so that no sentence can contradict the
table beside it, and they say “cannot be told” whenever an interval holds the level in question.

Thresholds
----------
certainty of a probability
    at least 0.99 “almost certainly”, 0.95 “very probably”, 0.80 “probably”; below, not told.
size of a change
    under 2 points “slightly”, from 5 points “strongly”.
few responses
    fewer than 30.
reversal inside the groups
    from a probability of 0.80.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.language import mark, mark_many, shown
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Movement, Score, Segment

__all__ = [
    "against_target",
    "credible",
    "distribution",
    "few",
    "level_text",
    "moved",
    "observed",
    "parts",
    "reversal",
    "standout",
    "unestablished",
]

FEW = 30
SLIGHT, STRONG = 2.0, 5.0
_REVERSED = 0.8

_TARGET = {
    (Standing.ABOVE, 0.99): mark(
        "The NPS is almost certainly above the target of {target} (probability: {probability})."
    ),
    (Standing.ABOVE, 0.95): mark(
        "The NPS is very probably above the target of {target} (probability: {probability})."
    ),
    (Standing.ABOVE, 0.80): mark(
        "The NPS is probably above the target of {target} (probability: {probability})."
    ),
    (Standing.BELOW, 0.99): mark(
        "The NPS is almost certainly below the target of {target} (probability: {probability})."
    ),
    (Standing.BELOW, 0.95): mark(
        "The NPS is very probably below the target of {target} (probability: {probability})."
    ),
    (Standing.BELOW, 0.80): mark(
        "The NPS is probably below the target of {target} (probability: {probability})."
    ),
}

_MOVED = {
    (Standing.ABOVE, "slight"): mark_many(
        "Between {before} and {after}, the NPS rose slightly, by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS rose slightly, by {points} points "
        "({level} credible interval: {interval}).",
    ),
    (Standing.ABOVE, "plain"): mark_many(
        "Between {before} and {after}, the NPS rose by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS rose by {points} points "
        "({level} credible interval: {interval}).",
    ),
    (Standing.ABOVE, "strong"): mark_many(
        "Between {before} and {after}, the NPS rose strongly, by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS rose strongly, by {points} points "
        "({level} credible interval: {interval}).",
    ),
    (Standing.BELOW, "slight"): mark_many(
        "Between {before} and {after}, the NPS fell slightly, by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS fell slightly, by {points} points "
        "({level} credible interval: {interval}).",
    ),
    (Standing.BELOW, "plain"): mark_many(
        "Between {before} and {after}, the NPS fell by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS fell by {points} points "
        "({level} credible interval: {interval}).",
    ),
    (Standing.BELOW, "strong"): mark_many(
        "Between {before} and {after}, the NPS fell strongly, by {points} points "
        "({level} credible interval: {interval}).",
        "Between {before} and {after}, the NPS fell strongly, by {points} points "
        "({level} credible interval: {interval}).",
    ),
}
_JUDGED = {
    Standing.ABOVE: mark_many(
        "Between {before} and {after}, the NPS rose ({level} interval of the change, all periods "
        "used: {judged}). The answers of these two alone give {points} points ({interval}).",
        "Between {before} and {after}, the NPS rose ({level} interval of the change, all periods "
        "used: {judged}). The answers of these two alone give {points} points ({interval}).",
    ),
    Standing.BELOW: mark_many(
        "Between {before} and {after}, the NPS fell ({level} interval of the change, all periods "
        "used: {judged}). The answers of these two alone give {points} points ({interval}).",
        "Between {before} and {after}, the NPS fell ({level} interval of the change, all periods "
        "used: {judged}). The answers of these two alone give {points} points ({interval}).",
    ),
    Standing.UNKNOWN: mark_many(
        "Between {before} and {after}, whether the NPS rose or fell cannot be told ({level} "
        "interval of the change, all periods used: {judged}). The answers of these two alone give "
        "{points} points ({interval}).",
        "Between {before} and {after}, whether the NPS rose or fell cannot be told ({level} "
        "interval of the change, all periods used: {judged}). The answers of these two alone give "
        "{points} points ({interval}).",
    ),
}
"""English says “1.5 points”, French « 1,5 point »: the count that chooses is the whole part."""


def observed(words: Language, score: Score) -> str:
    """Say what was counted."""
    return words.say_many(
        "{n} response (promoters: {promoters}, passives: {passives}, detractors: {detractors}) "
        "gives an observed NPS of {nps}.",
        "{n} responses (promoters: {promoters}, passives: {passives}, detractors: {detractors}) "
        "give an observed NPS of {nps}.",
        score.n,
        promoters=words.whole(score.promoters),
        passives=words.whole(score.passives),
        detractors=words.whole(score.detractors),
        nps=words.number(score.nps),
    )


def credible(words: Language, score: Score, level: float) -> str:
    """Say between which values the NPS plausibly lies, and why not where it was observed."""
    text = words.say(
        "For customers like those who answered, the NPS plausibly lies between {lower} and "
        "{upper} ({level} credible interval).",
        lower=words.number(score.lower),
        upper=words.number(score.upper),
        level=words.percent(level),
    )
    if shown(score.lower) <= shown(score.nps) <= shown(score.upper):
        return text
    return f"{text} " + words.say(
        "The observed score lies outside: so few responses do not outweigh what was assumed "
        "before seeing them, that no category is empty."
    )


def few(words: Language, n: int) -> str | None:
    """Warn when a score rests on few responses."""
    if n >= FEW:
        return None
    return words.say_many(
        "This rests on {n} response only: read the interval, not the score.",
        "This rests on {n} responses only: read the interval, not the score.",
        n,
    )


def against_target(words: Language, p_above: float, target: float) -> str:
    """Say on which side of the target the NPS is, as surely as the probability allows."""
    side, probability = Standing.ABOVE, p_above
    if p_above < 0.5:
        side, probability = Standing.BELOW, 1 - p_above
    for least in (0.99, 0.95, 0.80):
        if shown(probability, 4) >= least:
            return words.say(
                _TARGET[side, least],
                target=level_text(words, target),
                probability=words.probability(probability),
            )
    return words.say(
        "Whether the NPS is above the target of {target} cannot be told from these responses "
        "(probability: {probability}).",
        target=level_text(words, target),
        probability=words.probability(p_above),
    )


def moved(words: Language, movement: Movement, level: float) -> str:
    """Say whether the NPS moved between two periods, by how much, how surely.

    Where all that is known was used to judge it, that gives the verdict, and the interval of the
    two periods taken alone is said to be theirs.
    """
    said = {
        "before": words.period(movement.before),
        "after": words.period(movement.after),
        "level": words.percent(level),
        "interval": words.interval(movement.lower, movement.upper, signed=True),
    }
    side = movement.side
    size = abs(shown(movement.estimate))
    if movement.judged is not None:
        return words.say_many(
            *_JUDGED[side],
            int(size),
            points=words.number(movement.estimate, signed=True),
            judged=words.interval(*movement.judged, signed=True),
            **said,
        )
    if side is not Standing.UNKNOWN:
        how = "slight" if size < SLIGHT else "strong" if size >= STRONG else "plain"
        return words.say_many(*_MOVED[side, how], int(size), points=words.number(size), **said)
    said["points"] = words.number(movement.estimate, signed=True)
    if max(abs(shown(movement.lower)), abs(shown(movement.upper))) <= SLIGHT:
        return words.say_many(
            "Between {before} and {after}, the NPS hardly moved: {points} points "
            "({level} credible interval: {interval}).",
            "Between {before} and {after}, the NPS hardly moved: {points} points "
            "({level} credible interval: {interval}).",
            int(size),
            **said,
        )
    return words.say_many(
        "Between {before} and {after}, whether the NPS rose or fell cannot be told: a move of "
        "{points} points is within what chance alone produces with {n_before} and {n_after} "
        "responses ({level} credible interval: {interval}).",
        "Between {before} and {after}, whether the NPS rose or fell cannot be told: a move of "
        "{points} points is within what chance alone produces with {n_before} and {n_after} "
        "responses ({level} credible interval: {interval}).",
        int(size),
        n_before=words.whole(movement.n_before),
        n_after=words.whole(movement.n_after),
        **said,
    )


def unestablished(words: Language, movement: Movement) -> str | None:
    """Warn, where a change cannot be told, of what its parts are worth."""
    if movement.established:
        return None
    return words.say(
        "As the change itself is not established, its parts show where to look, not what happened."
    )


def parts(words: Language, movement: Movement, segment: Segment) -> str | None:
    """Say how much of an established change is satisfaction and how much is who answered."""
    if not movement.established:
        return None
    text = words.say(
        "Due to the groups' scores: {within}; due to their weights: {mix} (points).",
        within=words.number(segment.within, signed=True),
        mix=words.number(segment.mix, signed=True),
    )
    if abs(shown(segment.mix)) > abs(shown(segment.within)):
        text += " " + words.say(
            "Most of this change is a change in who answered, not in what customers think."
        )
    return text


def reversal(words: Language, movement: Movement, segment: Segment) -> str | None:
    """Say when an established change hides a move the other way inside its groups."""
    opposite = shown(movement.estimate) * shown(segment.within) < 0
    if not movement.established or not opposite or segment.p_reversal < _REVERSED:
        return None
    return words.say(
        "Inside the groups the score moved the other way (probability: {probability}): what "
        "moved the whole is who answered.",
        probability=words.probability(segment.p_reversal),
    )


def standout(words: Language, segment: Segment) -> str:
    """Name the groups whose own score surely moved, and say that chance may still name one."""
    told = [row for row in records(segment.frame) if min(row.n_before, row.n_after) >= SMALL]
    found = [row for row in told if row.standout]
    if not found:
        text = words.say("No group stands out: none saw its own score surely move.")
        sides = [standing(row.lower, row.upper) for row in told]
        if all(side is Standing.UNKNOWN for side in sides):
            return text
        return f"{text} " + words.say(
            "An interval of the table that lies on one side of zero is that of one group taken "
            "alone: among several, chance gives such ones."
        )
    found.sort(key=lambda row: -abs(row.p_rise - 0.5))
    named = [f"{row.label} ({words.number(row.own_change, signed=True)})" for row in found[:3]]
    text = words.say_many(
        "One group stands out by the change of its own score: {names}.",
        "Groups that stand out by the change of their own score, surest first: {names}.",
        len(named),
        names=words.listing(named),
    )
    return f"{text} " + words.say(
        "All groups were looked at together, so that few are named by chance; it can still "
        "happen, above all where no score truly moved."
    )


def distribution(words: Language, answers: Mapping[int, int]) -> str:
    """Name the most frequent answer, or answers."""
    most = max(answers.values())
    found = [words.whole(answer) for answer, count in answers.items() if count == most]
    return words.say_many(
        "Distribution of the answers; the most frequent is {scores}",
        "Distribution of the answers; the most frequent are {scores}",
        len(found),
        scores=words.listing(found),
    )


def level_text(words: Language, points: float) -> str:
    """Write a target as it was given: without decimals when it has none."""
    return words.number(points, 0 if float(points).is_integer() else 1)
