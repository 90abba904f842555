"""Sentences on the score to come: what is expected, what will be shown, how good this was.

Rules
-----
rise or fall
    Said only where the printed probability is nine in ten or more; otherwise it is said that it
    cannot be foretold.
naive
    A model that does not beat repeating past figures is said not to.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.language import mark, mark_many, shown
from npsstats.reporting.leadership.wording import level_text
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language

__all__ = [
    "MODELS",
    "UNDER",
    "expected",
    "foretold",
    "judged",
    "model",
    "percents",
    "recent",
    "shown_then",
    "skill",
    "stores",
    "surely",
    "target",
]

LIKELY = 0.9
_WIDEST = 1.0
"""Width of an interval of what is saved, as a share of the error, from which it tells nothing."""
_NAMED, _LONGEST = 3, 40
UNDER = 0.8
"""Probability from which a store is said to be likely under the target."""

MODELS = {
    "combined": mark("several models weighed by their past foresight"),
    "last value": mark("the last figure repeated"),
    "seasonal naive": mark("the figures of a year before repeated"),
    "local level": mark("a level that wanders, with a season"),
    "local trend": mark("a trend that wanders, with a season"),
    "discounted Dirichlet": mark("shares of answers, of which older ones count less"),
    "hierarchical": mark("one model of all series together"),
}
_LAST = {
    "week": mark_many(
        "Mean of the last {n} week: {score}.", "Mean of the last {n} weeks: {score}."
    ),
    "month": mark_many(
        "Mean of the last {n} month: {score}.", "Mean of the last {n} months: {score}."
    ),
    "quarter": mark_many(
        "Mean of the last {n} quarter: {score}.", "Mean of the last {n} quarters: {score}."
    ),
    "year": mark_many(
        "Mean of the last {n} year: {score}.", "Mean of the last {n} years: {score}."
    ),
}
_AHEAD = {
    "week": mark_many("Over the {n} coming week", "Over the {n} coming weeks"),
    "month": mark_many("Over the {n} coming month", "Over the {n} coming months"),
    "quarter": mark_many("Over the {n} coming quarter", "Over the {n} coming quarters"),
    "year": mark_many("Over the {n} coming year", "Over the {n} coming years"),
}
_VERDICTS = {
    "worse": mark("Simply repeating past figures was better: read this forecast with care."),
    "behind": mark("It does not beat simply repeating past figures."),
    "ahead": mark("It is ahead of simply repeating past figures, but not surely."),
    "beats": mark("It beats simply repeating past figures."),
}


def model(words: Language, name: str) -> str:
    """Say what a model is."""
    return words.say(MODELS[name]) if name in MODELS else name


def expected(words: Language, facts: ForecastFacts) -> str:
    """Say the score of the last period to come with its interval."""
    row = _last(facts)
    return words.say(
        "NPS expected in {period}: {estimate} ({level} interval: {interval}).",
        period=words.period(row.period),
        estimate=words.number(row.estimate),
        level=words.percent(facts.level),
        interval=words.interval(row.lower, row.upper),
    )


def recent(words: Language, facts: ForecastFacts) -> str | None:
    """Say the last year's score, and whether another can be foretold."""
    known = facts.recent
    if known is None or not isfinite(known["estimate"]):
        return None
    said = words.say_many(
        *_LAST[facts.period], int(known["periods"]), score=words.number(known["estimate"])
    )
    below = known["p_below"]
    if shown(below, 2) >= LIKELY:
        message = mark("It is likely to be lower by then (probability {p}).")
    elif shown(below, 2) <= round(1 - LIKELY, 2):
        message, below = mark("It is likely to be higher by then (probability {p})."), 1 - below
    else:
        message = mark(
            "Whether it will then be higher or lower cannot be foretold (probability of being "
            "lower: {p})."
        )
    return f"{said} {words.say(message, p=words.probability(below))}"


def shown_then(words: Language, facts: ForecastFacts) -> str | None:
    """Say what the answers of the last period to come will show."""
    row = _last(facts)
    if not row.n >= 1 or not isfinite(row.shown_lower):
        return None
    return words.say_many(
        "With the {n} answer expected then, the score shown will lie between {lower} and {upper} "
        "with a probability of {level}: who happens to answer adds its part.",
        "With the {n} answers expected then, the score shown will lie between {lower} and {upper} "
        "with a probability of {level}: who happens to answer adds its part.",
        round(row.n),
        lower=words.number(row.shown_lower),
        upper=words.number(row.shown_upper),
        level=words.percent(facts.level),
    )


def target(words: Language, facts: ForecastFacts) -> str | None:
    """Say how likely the target is to be reached by the last period."""
    row = _last(facts)
    if facts.target is None or not isfinite(row.p_target):
        return None
    return words.say(
        "Probability of being at the target of {target} or above then: {p}.",
        target=level_text(words, facts.target),
        p=words.probability(row.p_target),
    )


def skill(words: Language, facts: ForecastFacts) -> str | None:
    """Say how such forecasts did at past dates, beside simply repeating past figures."""
    row = facts.skill
    if row is None or not row["against"]:
        return None
    alone = row["verdict"] == "a reference"  # it is one of those that others are tried against
    told = {name: saved for name, saved in row["against"].items() if alone or not _untold(saved)}
    short = [name for name in row["against"] if name not in told]
    if not told:
        return words.say_many(
            "Tried at {n} past date, such a forecast was off by {crps} (CRPS, in points): too "
            "short a record to tell whether it beats simply repeating past figures.",
            "Tried at {n} past dates, such forecasts were off by {crps} (CRPS, in points): too "
            "short a record to tell whether they beat simply repeating past figures.",
            int(row["origins"]),
            crps=words.number(row["crps"]),
        )
    said = words.say_many(
        "Tried at {n} past date, such a forecast was off by {crps} (CRPS, in points): {beside}",
        "Tried at {n} past dates, such forecasts were off by {crps} (CRPS, in points): {beside}",
        int(row["origins"]),
        crps=words.number(row["crps"]),
        beside=words.listing(
            _beside(words, name, saved, row["level"]) for name, saved in told.items()
        ),
    )
    said = f"{said}."
    if not alone:
        said = f"{said} {words.say(_VERDICTS[_verdict(told, row['against'])])}"
    if not short:
        return said
    return f"{said} " + words.say(
        "Beside “{naive}”, the record is too short to tell.",
        naive=words.listing(model(words, name) for name in short),
    )


def _verdict(
    told: Mapping[str, tuple[float, float, float]],
    against: Mapping[str, tuple[float, float, float]],
) -> str:
    """Judge by what is printed; it is not sure to beat what it cannot be told from."""
    verdict = judged(told)
    return "ahead" if verdict == "beats" and len(told) < len(against) else verdict


def _untold(saved: tuple[float, float, float]) -> bool:
    """Tell whether limits hold zero and lie so far apart that the figures say nothing."""
    _, low, high = saved
    return low <= 0 <= high and high - low > _WIDEST


def judged(against: Mapping[str, tuple[float, float, float]]) -> str:
    """Judge by what is printed, so that the two agree."""
    if any(upper < 0 for _, _, upper in against.values()):
        return "worse"
    if any(np.rint(100 * saved) <= 0 for saved, _, _ in against.values()):
        return "behind"
    sure = all(np.rint(100 * lower) > 0 for _, lower, _ in against.values())
    return "beats" if sure else "ahead"


def _beside(
    words: Language, reference: str, saved: tuple[float, float, float], level: float
) -> str:
    """Say how much larger the error is than that of a naive forecast; less has a minus sign."""
    larger, low, high = -saved[0], -saved[2], -saved[1]
    said = words.say(
        "{size} against “{naive}”", size=_share(words, larger), naive=model(words, reference)
    )
    if not (isfinite(low) and isfinite(high)):
        return said
    held = words.say(
        "({level} interval: {interval})",
        level=words.percent(level),
        interval=percents(words, low, high),
    )
    return f"{said} {held}"


def _share(words: Language, share: float) -> str:
    return ("+" if np.rint(100 * share) > 0 else "") + words.percent(share)


def percents(words: Language, lower: float, upper: float) -> str:
    """Write two shares with their signs."""
    ends = {"lower": _share(words, lower), "upper": _share(words, upper)}
    text = words.say("{lower} to {upper}", **ends)
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def foretold(words: Language, facts: ForecastFacts) -> str:
    """Say that there is no forecast, and why."""
    from npsstats.reporting.forecast.doubts import why

    return words.say("No forecast is made: {why}.", why=why(words, facts.missing["forecast"]))


def surely(facts: ForecastFacts) -> tuple[Any, Any, Any]:
    """Return the stores surely above and surely below a year before, and likely under target."""
    frame = facts.stores
    if frame is None:
        raise ValueError("no stores are forecast")
    # on the numbers as they are printed
    up = frame[frame["change_lower"].round(1) > 0]
    down = frame[frame["change_upper"].round(1) < 0]
    under = frame[frame["p_under"] >= UNDER]
    return up, down, under


def stores(words: Language, facts: ForecastFacts) -> str | None:
    """Say how many stores are foretold to rise, to fall, to be under the target."""
    frame = facts.stores
    if frame is None or facts.ahead is None:
        return None
    up, down, under = surely(facts)
    then = words.say_many(*_AHEAD[facts.period], len(facts.ahead))
    if facts.against_year:
        message = mark(
            "{then}, against the same of a year before, stores surely higher: {up} of {stores}; "
            "surely lower: {down}."
        )
    else:
        message = mark(
            "{then}, against as many last ones, stores surely higher: {up} of {stores}; surely "
            "lower: {down}."
        )
    said = words.say(
        message, then=then, stores=words.whole(len(frame)), up=words.whole(len(up)),
        down=words.whole(len(down)),
    )  # fmt: skip
    if facts.ended:
        said = f"{said} {_ended(words, facts.ended)}"
    if facts.target is None:
        return said
    return f"{said} " + words.say(
        "Likely to be under the target (probability of {least} or more): {under}.",
        least=words.percent(UNDER),
        under=words.whole(len(under)),
    )


def _ended(words: Language, names: tuple[str, ...]) -> str:
    if len(names) <= _NAMED:
        return words.say(
            "Not forecast, as closed or silent while others went on: {stores}.",
            stores=words.listing(shorten_middle(name, _LONGEST) for name in names),
        )
    return words.say(
        "Stores not forecast, as closed or silent while others went on: {n}.",
        n=words.whole(len(names)),
    )


def _last(facts: ForecastFacts) -> Any:
    if facts.ahead is None:
        raise ValueError("nothing is forecast")
    return facts.ahead.iloc[-1]
