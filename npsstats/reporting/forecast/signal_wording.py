"""Sentences on the last period: what chance gives, what is believed, which stores are news."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.forecasting.signal.move_words import MORE
from npsstats.reporting.language import mark, mark_many, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language

__all__ = ["alarms", "believed", "changes", "moves", "seen"]

_SEEN = {
    ("rise", True): mark_many(
        "From {before} to {after}, the NPS shown rose by {size} points, within the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
        "From {before} to {after}, the NPS shown rose by {size} points, within the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
    ),
    ("rise", False): mark_many(
        "From {before} to {after}, the NPS shown rose by {size} points, beyond the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
        "From {before} to {after}, the NPS shown rose by {size} points, beyond the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
    ),
    ("fall", True): mark_many(
        "From {before} to {after}, the NPS shown fell by {size} points, within the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
        "From {before} to {after}, the NPS shown fell by {size} points, within the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
    ),
    ("fall", False): mark_many(
        "From {before} to {after}, the NPS shown fell by {size} points, beyond the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
        "From {before} to {after}, the NPS shown fell by {size} points, beyond the ±{margin} that "
        "{n_before} and {answers} answers give by chance.",
    ),
}
_BELIEVED = {
    "rise": mark(
        "Given all that is known, the true score rose with a probability of {p} ({level} interval "
        "of the change: {interval})."
    ),
    "fall": mark(
        "Given all that is known, the true score fell with a probability of {p} ({level} interval "
        "of the change: {interval})."
    ),
    "untold": mark(
        "Given all that is known, whether the true score rose or fell cannot be told: the "
        "probability that it fell is {p} ({level} interval of the change: {interval})."
    ),
}
_CHANGED = {
    True: mark(
        "The level changed between {first} and {last}, by {size} ({level} interval: {interval}; "
        "probability {p})."
    ),
    False: mark(
        "The level changed in {first}, by {size} ({level} interval: {interval}; probability {p})."
    ),
}


def seen(words: Language, facts: ForecastFacts) -> str | None:
    """Say the network's last move beside what chance gives."""
    row = facts.move
    if row is None:
        return None
    before, after = words.period(str(row["before"])), words.period(str(row["period"]))
    if not isfinite(row["move"]):
        empty = after if not isfinite(row["observed"]) else before
        return words.say("{period}: no answers, so that no change can be seen.", period=empty)
    size = abs(shown(row["move"]))
    if size == 0:
        return words.say(
            "From {before} to {after}, the NPS shown did not change.", before=before, after=after
        )
    inside = abs(row["move"]) <= row["margin"]
    return words.say_many(
        *_SEEN["rise" if row["move"] > 0 else "fall", inside],
        int(size),
        before=before,
        after=after,
        size=words.number(size),
        margin=words.number(row["margin"]),
        n_before=words.whole(row["n_before"]),
        answers=words.whole(row["n"]),
    )


def believed(words: Language, facts: ForecastFacts) -> str | None:
    """Say what is believed of the true score's last move."""
    row = facts.move
    if row is None:
        return None
    fell = row["p_fall"] >= row["p_rise"]
    name, p = ("fall", row["p_fall"]) if fell else ("rise", row["p_rise"])
    if standing(row["lower"], row["upper"]) is Standing.UNKNOWN:
        name, p = "untold", row["p_fall"]
    return words.say(
        _BELIEVED[name],
        p=words.probability(p),
        level=words.percent(row["level"]),
        interval=words.interval(row["lower"], row["upper"], signed=True),
    )


def changes(words: Language, facts: ForecastFacts) -> str | None:
    """Say when the network's level changed, or that no change is sure enough."""
    frame = facts.changes
    if frame is None:
        return None
    if not len(frame):
        return words.say(
            "No change of level is sure enough to be dated: drift, season and chance explain what "
            "is seen."
        )
    said = [
        words.say(
            _CHANGED[row.first != row.last],
            first=words.period(row.first),
            last=words.period(row.last),
            size=words.number(row.estimate, signed=True),
            level=words.percent(row.level),
            interval=words.interval(row.lower, row.upper, signed=True),
            p=words.probability(row.probability),
        )
        for row in records(frame.tail(3))
    ]
    return " ".join(said)


def moves(words: Language, facts: ForecastFacts) -> str | None:
    """Say how many stores moved by more than their margin, and how many chance alone gives."""
    frame = facts.moves
    if frame is None:
        return None
    both = frame[frame["move"].notna() & frame["p_value"].notna()]
    if not len(both):
        return words.say("No store has answers in both periods.")
    beyond = int((both["move"].abs() > both["margin"]).sum())
    sure = int((frame["verdict"] == MORE).sum())
    expected = (1 - facts.level) * len(both)
    chance = (
        words.say("less than one")
        if expected < 1
        else words.say("about {n}", n=words.whole(expected))
    )
    if beyond == 0:
        said = words.say(
            "Of {stores} stores with answers in both periods, none changed by more than the "
            "margin of its answers; chance alone gives {chance}.",
            stores=words.whole(len(both)),
            chance=chance,
        )
        return f"{said} {_sure(words, facts, sure)}"
    said = words.say_many(
        "Of {stores} stores with answers in both periods, {n} changed by more than the margin of "
        "its answers; chance alone gives {chance}.",
        "Of {stores} stores with answers in both periods, {n} changed by more than the margin of "
        "their answers; chance alone gives {chance}.",
        beyond,
        stores=words.whole(len(both)),
        chance=chance,
    )
    return f"{said} {_sure(words, facts, sure)}"


def _sure(words: Language, facts: ForecastFacts, count: int) -> str:
    if count == 0:
        return words.say("For none of them is a change of the true score sure.")
    return words.say_many(
        "For {n} of them a change of the true score is sure at {level}.",
        "For {n} of them a change of the true score is sure at {level}.",
        count,
        level=words.percent(facts.level),
    )


def alarms(words: Language, facts: ForecastFacts) -> str | None:
    """Say which stores are news, at which rate of false alarms, and what a rule of thumb cries."""
    frame = facts.alerts
    if frame is None or not len(frame):
        return None
    news = frame[frame["alert"]]
    below = int((news["side"] == "below").sum())
    share = words.percent(facts.false_share)
    if len(news):
        said = words.say_many(
            "{n} store of {tested} is news: {below} below and {above} above what was expected. Of "
            "all stores named in this way, {share} at most are so by chance, on average.",
            "{n} stores of {tested} are news: {below} below and {above} above what was expected. "
            "Of all stores named in this way, {share} at most are so by chance, on average.",
            len(news),
            tested=words.whole(len(frame)),
            below=words.whole(below),
            above=words.whole(len(news) - below),
            share=share,
        )
    else:
        said = words.say_many(
            "Of {n} store judged none is news: none is so far from what was expected that of all "
            "stores named in this way {share} at most would be so by chance.",
            "Of {n} stores judged none is news: none is so far from what was expected that of all "
            "stores named in this way {share} at most would be so by chance.",
            len(frame),
            share=share,
        )
    naive = int(frame["naive_fall"].sum())
    if naive <= len(news):
        return said
    return f"{said} " + words.say_many(
        "The rule “fell by more than ten points” would have named {n}.",
        "The rule “fell by more than ten points” would have named {n}.",
        naive,
    )
