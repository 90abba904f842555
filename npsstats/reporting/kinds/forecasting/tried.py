"""Forecasts tried at past dates."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats.forecasting.backtest_tables import NAIVE
from npsstats.reporting.charts.backtest_picture import backtest_curves
from npsstats.reporting.forecast import wording
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.forecasting.backtest import Backtest
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look

__all__ = ["brief"]

_ANSWERS = {
    "beats": mark("Yes: it beats simply repeating past figures"),
    "behind": mark("No: it does not beat simply repeating past figures"),
    "worse": mark("No: simply repeating past figures was better"),
}
_STEPS = {
    "beats": mark("Use it, and try it again in a year: foresight may be lost."),
    "ahead": mark("Use it with its intervals; try it at more past dates before you rely on it."),
    "behind": mark('Take the simpler forecast: nps.forecast(data, model="last value").'),
    "worse": mark('Take the simpler forecast: nps.forecast(data, model="last value").'),
    "": mark("Hand over models to try, or a longer past."),
}


def brief(result: Backtest, look: Look) -> Brief:
    """Return the memo of a back-test: of its first model beside repeating past figures."""
    words, row = look.language, records(result.frame)[0]
    found = _verdict(row)
    origins = len(result.provenance.options["origins"])
    return brief_of(
        result,
        look,
        heading=words.say("Back-test of forecasts"),
        subtitle=words.say_many(
            "“{model}”, tried at {n} past date", "“{model}”, tried at {n} past dates", origins,
            model=wording.model(words, row.model),
        ),
        question=words.say("Is this forecast better than simply repeating past figures?"),
        answer=words.say(_ANSWERS[found]) if found in _ANSWERS else cannot_tell(words),
        reason=_reason(words, row, found),
        numbers=Numbers(_head(words, result), [_cells(words, each, result.unit)
                                              for each in records(result.frame)][:MOST_ROWS]),
        steps=[words.say(_STEPS[found])],
        grade=Evidence.CHECK,
        name="backtest",
        picture=backtest_curves(result, look),
        alt=words.say(
            "The error of every model by periods ahead, and how often its intervals held what came."
        ),
    )  # fmt: skip


def _verdict(row: Any) -> str:
    """Judge the model against both naive forecasts by what is printed; "" where it cannot be."""
    if row.model in NAIVE.values() or not isfinite(row.estimate):
        return ""
    against = {
        name: (
            float(getattr(row, f"skill_{short}")),
            float(getattr(row, f"skill_{short}_lower")),
            float(getattr(row, f"skill_{short}_upper")),
        )
        for short, name in NAIVE.items()
    }
    known = {name: each for name, each in against.items() if isfinite(each[0])}
    return wording.judged(known)


def _reason(words: Language, row: Any, found: str) -> str:
    if row.model in NAIVE.values():
        return words.say("Nothing but past figures repeated was tried.")
    if not found:
        return words.say("Past figures could not be repeated at the dates tried.")
    saved = words.say(
        "Of the error (CRPS) of “{naive}” it saved {saved}",
        naive=wording.model(words, row.reference),
        saved=words.percent(row.estimate),
    )
    if isfinite(row.lower):
        held = words.say(
            "({level} interval: {interval})",
            level=words.percent(row.level),
            interval=wording.percents(words, row.lower, row.upper),
        )
        saved = f"{saved} {held}"
    if found != "ahead":
        return f"{saved}."
    return f"{saved}. " + words.say("It is ahead of simply repeating past figures, but not surely.")


def _head(words: Language, result: Backtest) -> list[str]:
    level = float(result.frame["level"].iloc[0])
    return [
        words.say("Model"),
        words.say("Forecasts"),
        words.say("Error (CRPS), %") if result.unit == "log" else
        words.say("Error (CRPS), points"),
        words.say("Error saved"),
        interval_head(words, level),
        words.say("Came within {level}", level=words.percent(0.8)),
        words.say("Came within {level}", level=words.percent(0.95)),
    ]  # fmt: skip


def _cells(words: Language, row: Any, unit: str) -> list[str]:
    naive = row.model in NAIVE.values()
    known = isfinite(row.lower) and not naive
    return [
        wording.model(words, row.model),
        words.whole(row.n),
        words.number(100 * row.crps if unit == "log" else row.crps),
        "–" if naive else words.percent(row.estimate),
        wording.percents(words, row.lower, row.upper) if known else "–",
        words.percent(row.coverage_80),
        words.percent(row.coverage_95),
    ]
