"""The best delay, for one purpose or by purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.experiments.survey.purposes import CANNOT_TELL
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.experiments.survey_delays import evidence_of
from npsstats.reporting.kinds.experiments.survey_parts import quoted
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.survey.curves import Curve, curves
from npsstats.reporting.survey.names import (
    PURPOSE_LINES,
    PURPOSES,
    cost,
    delay_tick,
    hours_name,
)

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.survey.delay.best_delay import BestDelays
    from npsstats.experiments.survey.delay.delay_best import BestDelay
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["best_brief", "best_drawing", "bests_brief", "bests_drawing"]


def best_brief(result: BestDelay, look: Look) -> Brief:
    """Return the memo of the best delay for one purpose."""
    words, frame = look.language, result.frame
    row = frame[frame["delay_hours"] == result.delay].iloc[0]
    purpose = str(row["purpose"])
    grid = frame["delay_hours"]
    wide = result.lower <= grid.min() and result.upper >= grid.max()
    delay, drawn = (
        hours_name(words, result.delay),
        result.provenance.options.get("randomized", True),
    )
    lower, upper = hours_name(words, result.lower), hours_name(words, result.upper)
    whom = "" if result.group == "all" else f"{result.group} · "
    kept = frame.sort_values("expected_loss").head(MOST_ROWS).sort_values("delay_hours")
    return brief_of(
        result,
        look,
        heading=words.say("The best delay"),
        subtitle=whom
        + words.say(
            mark("For {purpose}; the best is {lower} ({level})")
            if result.lower == result.upper
            else mark("For {purpose}; the best lies between {lower} and {upper} ({level})"),
            purpose=words.say(PURPOSES[purpose]),
            lower=lower,
            upper=upper,
            level=words.percent(float(row["level"])),
        ),
        question=words.say("How long after the visit should the questionnaire be sent?"),
        answer=cannot_tell(words)
        if wide
        else words.say("Send after {delay}", delay=delay)
        if result.lower == result.upper == result.delay
        else words.say(
            "Send after {delay}; the best lies between {lower} and {upper}",
            delay=delay,
            lower=lower,
            upper=upper,
        ),
        reason=words.say(
            "{delay} has the least to lose, {cost} on average, but any delay that was looked at "
            "may be the best.",
            delay=delay,
            cost=cost(words, row["expected_loss"], row["unit"]),
        )
        if wide
        else words.say(
            "{delay} is expected to fall {cost} short of the best.",
            delay=delay,
            cost=cost(words, row["expected_loss"], row["unit"]),
        ),
        numbers=Numbers(
            [
                words.say("Sent after"),
                words.say("What it is judged on"),
                words.say("{level} interval", level=words.percent(float(row["level"]))),
                words.say("It is the best with probability"),
                words.say("Taking it costs, on average"),
            ],
            [
                [
                    hours_name(words, one.delay_hours),
                    *_valued(words, one.estimate, one.lower, one.upper, one.unit),
                    words.probability(one.p_best),
                    cost(words, one.expected_loss, one.unit),
                ]
                for one in records(kept)
            ],
        ),
        steps=[
            words.say("Keep the delay in use, and draw delays by lot for longer.")
            if wide
            else words.say("Draw delays by lot before the delay is changed: this is a lead.")
            if not drawn
            else words.say(
                "Send then in every store at once, and bridge the series over the change."
            ),
        ],
        grade=evidence_of(drawn),
        name="best-delay",
        picture=best_drawing(result, look),
        alt=words.say("What the delay is judged on, along the delay, with its band."),
    )


def best_drawing(result: BestDelay, look: Look) -> Picture:
    """Draw what the delay is judged on, along the delay."""
    words, frame = look.language, result.frame
    share = bool((frame["unit"] == "share").all())
    title = {
        "response": words.say("Share of those asked who answer"),
        "precision": words.say("Margin of the NPS of {n} asked", n=words.whole(1000)),
        "communication": words.say("NPS of those who answer"),
    }[str(frame["purpose"].iloc[0])]
    numbers = (frame[name].to_numpy() for name in ("delay_hours", "estimate", "lower", "upper"))
    return curves(
        [Curve(words.say("all together") if result.group == "all" else result.group, *numbers)],
        look,
        title=title,
        axis=words.say("From the visit to the questionnaire"),
        share=share,
        log=True,
        tick=lambda hours: delay_tick(words, hours),
    )


def _valued(
    words: Language, estimate: float, lower: float, upper: float, unit: str
) -> tuple[str, str]:
    if unit == "share":
        ends = f"{words.percent(lower, 1)} – {words.percent(upper, 1)}"
        return words.percent(estimate, 1), ends
    return words.number(estimate), words.interval(lower, upper)


def bests_brief(result: BestDelays, look: Look) -> Brief:
    """Return the memo of the best delay, by purpose and journey."""
    words, frame = look.language, result.frame
    whole = frame[frame["group"] == "all"]
    told = whole[whole["verdict"] != CANNOT_TELL]
    delays = told["delay_hours"].drop_duplicates()
    if not len(told):
        answer = cannot_tell(words)
    elif len(delays) > 1:
        answer = words.say("No one delay is shown to serve every purpose")
    elif len(told) == len(whole) and len(_others(frame)):
        answer = words.say(
            "Send after {delay}, but not in every journey",
            delay=hours_name(words, float(delays.iloc[0])),
        )
    elif len(told) == len(whole):
        answer = words.say("Send after {delay}", delay=hours_name(words, float(delays.iloc[0])))
    else:
        answer = words.say(
            "Send after {delay}, as far as can be told",
            delay=hours_name(words, float(delays.iloc[0])),
        )
    return brief_of(
        result,
        look,
        heading=words.say("The best delay, by purpose"),
        subtitle=words.say(
            "{n} purposes, for all customers and by journey",
            n=words.whole(len(whole)),
        ),
        question=words.say("How long after the visit should the questionnaire be sent?"),
        answer=answer,
        reason=" ".join(_bests(words, frame)),
        numbers=Numbers(
            [
                words.say("For"),
                words.say("Take"),
                words.say("The best lies between"),
                words.say("Taking it costs, on average"),
            ],
            [
                [
                    _whom(words, row),
                    words.say("cannot tell yet")
                    if row.verdict == CANNOT_TELL
                    else hours_name(words, row.delay_hours),
                    _between(words, row),
                    cost(words, row.expected_loss, row.unit),
                ]
                for row in records(_first(frame))
            ],
        ),
        steps=[
            words.say("Say first what the score is for, then send at the delay of that purpose."),
        ]
        if len(told)
        else [words.say("Keep the delay in use, and draw delays by lot for longer.")],
        grade=Evidence.RANDOMIZED,
        name="best-delays",
        picture=bests_drawing(result, look),
        alt=words.say("For each purpose and journey the delay, and between which the best lies."),
    )


def _first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a page has room for: those of all customers before the journeys'."""
    return frame.sort_values("group", key=lambda group: group != "all", kind="stable")[:MOST_ROWS]


def bests_drawing(result: BestDelays, look: Look) -> Picture:
    """Draw the best delay of each purpose and group, and between which delays the best lies."""
    words = look.language
    lines = [
        Line(
            _whom(words, row), row.delay_hours, row.lower, row.upper, _between(words, row),
            strong=row.group == "all",
        )
        for row in records(result.frame.iloc[:MOST])
    ]  # fmt: skip
    axis = words.say("Hours from the visit to the questionnaire")
    return intervals(lines, look, axis=axis, log=True)


def _whom(words: Language, row: Any) -> str:
    purpose = words.say(PURPOSE_LINES[row.purpose])
    return purpose if row.group == "all" else f"{purpose} · {row.group}"


def _between(words: Language, row: Any) -> str:
    if row.lower == row.upper:
        return hours_name(words, float(row.lower))
    return words.say(
        "{lower} and {upper}",
        lower=hours_name(words, float(row.lower)),
        upper=hours_name(words, float(row.upper)),
    )


def _bests(words: Language, frame: pd.DataFrame) -> list[str]:
    """Return the delay of each purpose in a sentence, and for whom another one is the best."""
    whole = frame[frame["group"] == "all"]
    said = [
        words.say(
            "For {purpose}: cannot tell yet, the best lies between {range}.",
            purpose=words.say(PURPOSES[row.purpose]),
            range=_between(words, row),
        )
        if row.verdict == CANNOT_TELL
        else words.say(
            "For {purpose}: {delay}.",
            purpose=words.say(PURPOSES[row.purpose]),
            delay=hours_name(words, row.delay_hours),
        )
        for row in records(whole)
    ]
    other = _others(frame)
    if len(other):
        groups = [quoted(words, group) for group in other["group"].drop_duplicates()]
        said.append(
            words.say(
                "Another delay is the best for some purpose of {groups}.",
                groups=words.listing(groups),
            )
        )
    return said


def _others(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the journeys for which another delay is told than for all customers."""
    told = frame[frame["verdict"] != CANNOT_TELL]
    common = told[told["group"] == "all"].set_index("purpose")["delay_hours"]
    own = told[(told["group"] != "all") & told["purpose"].isin(common.index)]
    return own[own["delay_hours"] != own["purpose"].map(common)]
