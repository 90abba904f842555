"""Which series are news, at a rate of false alarms over all of them."""

from __future__ import annotations

from math import exp, isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.charts.signal_figures import Came, beside_expected
from npsstats.reporting.kinds.forecasting.labels import Scale, series_names
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.forecasting.signal.alerts import Alerts
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: Alerts, look: Look) -> Brief:
    """Return the memo of a list of alerts, or that no series is news."""
    words, scale = look.language, Scale(look.language, result.provenance.options["unit"])
    news = result.frame[result.frame["alert"]]
    below = int((news["side"] == "below").sum())
    listed = _listed(result)
    level = words.percent(float(result.frame["level"].iloc[0]))
    answer = (
        words.say_many(
            "{n} series is out of the ordinary", "{n} series are out of the ordinary", len(news)
        )
        if len(news)
        else words.say("No series is out of the ordinary")
    )
    return brief_of(
        result,
        look,
        heading=words.say("Alerts"),
        subtitle=words.say(
            "{period}: {tested} series judged; out of the ordinary: {below} below and {above} "
            "above what was expected",
            period=words.period(result.period),
            tested=words.whole(result.tested),
            below=words.whole(below),
            above=words.whole(len(news) - below),
        ),
        question=words.say(
            "Which series are out of the ordinary in {period}, with {promise}?",
            period=words.period(result.period),
            promise=_promise(words, result),
        ),
        answer=answer,
        reason=_reason(words, result, len(news), below),
        numbers=Numbers(
            [
                words.say("Series"),
                words.say("Answers"),
                words.say("Shown"),
                words.say("Expected"),
                words.say("Would be shown, {level}", level=level),
                words.say("Difference, {unit}", unit=scale.of_moves),
                words.say("News"),
            ],
            [
                [
                    name,
                    words.whole(row.n) if row.n else "–",
                    scale.value(row.observed),
                    scale.value(row.expected),
                    scale.values(row.lower, row.upper) if isfinite(row.lower) else "–",
                    scale.move(row.estimate),
                    words.say("yes") if row.alert else words.say("no"),
                ]
                for name, row in zip(
                    series_names(words, listed, result.keys), records(listed), strict=True
                )
            ],
        ),
        steps=_steps(words, len(news), below),
        grade=Evidence.CHECK,
        name="alerts",
        picture=drawing(result, look),
        alt=words.say("What each series showed beside the range that was expected of it."),
    )


def drawing(result: Alerts, look: Look) -> Picture:
    """Draw what the least expected series showed beside what was expected."""
    words, scale = look.language, Scale(look.language, result.provenance.options["unit"])
    listed = _listed(result)
    points = scale.unit == "points"

    def placed(value: float) -> float:
        return value if points else exp(value)

    rows = [
        Came(
            name, placed(row.observed), placed(row.expected), placed(row.lower), placed(row.upper),
            scale.value(row.observed), news=bool(row.alert),
        )
        for name, row in zip(series_names(words, listed, result.keys), records(listed), strict=True)
    ]  # fmt: skip
    axis = words.say("NPS, {period}", period=words.period(result.period))
    return beside_expected(rows, look, axis=axis if points else words.period(result.period))


def _listed(result: Alerts) -> pd.DataFrame:
    """Return the least expected rows: all that are news as far as there is room."""
    judged = result.frame[result.frame["p_value"].notna()]
    return judged.sort_values("p_value", kind="stable").head(MOST_ROWS)


def _promise(words: Language, result: Alerts) -> str:
    kind, allowed = result.rule
    if kind == "max_false_share":
        return words.say("at most {share} of them by chance", share=words.percent(allowed))
    decimals = 0 if float(allowed).is_integer() else 1
    return words.say_many(
        "at most {number} false alarm expected in all",
        "at most {number} false alarms expected in all",
        int(allowed),
        number=words.number(allowed, decimals),
    )


def _reason(words: Language, result: Alerts, news: int, below: int) -> str:
    if not news:
        return words.say(
            "No one of the {tested} series judged is so far from what was expected that it could "
            "be named with {promise}.",
            tested=words.whole(result.tested),
            promise=_promise(words, result),
        )
    said = words.say(
        "Series judged: {tested}; below what was expected: {below}; above: {above}; with "
        "{promise}.",
        tested=words.whole(result.tested),
        below=words.whole(below),
        above=words.whole(news - below),
        promise=_promise(words, result),
    )
    if news <= MOST_ROWS:
        return said
    return f"{said} " + words.say("The least expected are listed.")


def _steps(words: Language, news: int, below: int) -> list[str]:
    if not news:
        return [words.say("Call no one to account for this period's change alone.")]
    said = []
    if below:
        said.append(
            words.say(
                "Read the verbatims of those below, and ask them what happened in the period."
            )
        )
    if news > below:
        said.append(words.say("Ask those above what they did: it may be worth repeating."))
    said.append(words.say("Look at them again next period: the list is made anew each time."))
    return said
