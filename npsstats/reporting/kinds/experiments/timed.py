"""Times to an event: curves, the effect by days, whether one ratio fits all days."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.experiment_curves import event_curves
from npsstats.reporting.kinds.experiments.readings import (
    RATIO,
    Reading,
    Scale,
    forest,
    p_said,
    percents,
    quoted,
    table,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.duration.by_day import EffectByDay
    from npsstats.experiments.duration.curves import SurvivalCurves
    from npsstats.experiments.duration.proportional import Proportionality
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "by_day_brief",
    "by_day_drawing",
    "curves_brief",
    "curves_drawing",
    "proportional_brief",
    "proportional_drawing",
]

_DRIFT = Scale(1.0, 2, "", mark("Drift of the logarithm of the ratio: up, it grows with time"))
_SURE = 0.05


def curves_brief(result: SurvivalCurves, look: Look) -> Brief:
    """Return the memo of the curves: who has had the event by the last day."""
    words = look.language
    # arms are compared on the same day: the last one that the curves of all of them reach
    common = result.frame.groupby("arm")["day"].max().min()
    reached = result.frame[result.frame["day"] <= common]
    ends: list[Any] = records(reached.groupby("arm", sort=False).tail(1))
    last = ends[0]
    low, high = (
        min(ends, key=lambda row: 1 - row.estimate),
        max(ends, key=lambda row: 1 - row.estimate),
    )
    apart = shown(high.upper, 3) < shown(low.lower, 3)  # of the shares without the event
    if len(ends) == 1:
        answer = words.say("{share} with the event", share=words.percent(1 - last.estimate, 1))
    elif apart:
        answer = words.say("More events in {arm}", arm=quoted(words, high.arm))
    else:
        answer = cannot_tell(words)
    return brief_of(
        result,
        look,
        heading=words.say("Time to the event"),
        subtitle=words.say_many(
            "{n} customer followed",
            "{n} customers followed",
            int(result.frame.groupby("arm")["at_risk"].max().sum()),
        ),
        question=words.say("How many have had the event, by days since assignment?"),
        answer=answer,
        reason=words.say(
            "By day {day}: {shares}.",
            day=words.whole(common),
            shares=words.listing(
                f"{quoted(words, row.arm)} {words.percent(1 - row.estimate, 1)}" for row in ends[:4]
            ),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Day"),
                words.say("Left at risk"),
                words.say("With the event"),
                interval_head(words, float(last.level)),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.day),
                    words.whole(row.at_risk),
                    words.percent(1 - row.estimate, 1),
                    percents(words, 1 - row.upper, 1 - row.lower),
                ]
                for row in ends[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say(
                "Read the difference at the end of the window, with its interval (nps.duration)."
            )
        ],
        grade=Evidence.ASSIGNED,
        name="curves",
        picture=curves_drawing(result, look),
        alt=words.say("The share with the event by days since assignment, an arm a curve."),
    )


def curves_drawing(result: SurvivalCurves, look: Look) -> Picture:
    """Draw the share with the event by days since assignment."""
    return event_curves(result, look)


def by_day_brief(result: EffectByDay, look: Look) -> Brief:
    """Return the memo of the effect by stretch of days."""
    words, rows = look.language, _stretches(look.language, result)
    sides = [row.side for row in rows]
    told = [row for row in rows if row.side is not Standing.UNKNOWN]
    if not told:
        answer = cannot_tell(words)
    elif len(told) == len(rows) and len(set(sides)) == 1:
        answer = words.say("The difference lasts over all stretches of days")
    elif {Standing.ABOVE, Standing.BELOW} <= set(sides):
        answer = words.say("The difference changes its direction with time")
    else:
        answer = words.say("The difference is sure in some stretches of days only")
    first = told[0] if told else rows[0]
    return brief_of(
        result,
        look,
        heading=words.say("The effect by days since assignment"),
        subtitle=words.say(
            "{events} events in the treatment, {control} in the control",
            events=words.whole(result.frame["events_treatment"].sum()),
            control=words.whole(result.frame["events_control"].sum()),
        ),
        question=words.say("When does the treatment work: at once, later, for how long?"),
        answer=answer,
        reason=words.say(
            "In {days} the daily risk with treatment is {ratio} times the control's ({level} "
            "interval {interval}).",
            days=first.label,
            ratio=first.number(words),
            level=words.percent(float(result.frame["level"].iloc[0])),
            interval=first.interval(words),
        ),
        numbers=table(
            words,
            rows,
            [
                words.say("Stretch"),
                words.say("Events, control"),
                words.say("Events, treatment"),
                words.say("Ratio of daily risks"),
            ],
            float(result.frame["level"].iloc[0]),
        ),
        steps=[_when(words, told, rows)],
        grade=Evidence.RANDOMIZED,
        name="effect-by-day",
        picture=by_day_drawing(result, look),
        alt=words.say("The ratio of daily risks in each stretch of days, with its interval."),
        caption=words.say("Ratios drawn together: each stretch borrows from the others."),
    )


def _when(words: Language, told: list[Reading], rows: list[Reading]) -> str:
    """Return what to do next, by how many stretches tell a difference."""
    if not told:
        return words.say("Go on assigning by lot: there are too few events to time the effect.")
    if len({row.side for row in told}) > 1:
        return words.say("Decide on the whole window (nps.duration): no stretch speaks for it.")
    if told[0] is rows[0] and len(told) < len(rows):
        return words.say("Time the next contact where the effect fades; do not wait beyond it.")
    if len(told) < len(rows):
        return words.say("Wait for the whole window: the effect is not sure from the first days.")
    return words.say("Follow longer: the difference has not faded by the end of the window.")


def by_day_drawing(result: EffectByDay, look: Look) -> Picture:
    """Draw the ratio of daily risks by stretch of days, drawn together."""
    words = look.language
    return forest(_stretches(words, result), look, axis=words.say("Ratio of daily risks"))


def _stretches(words: Language, result: EffectByDay) -> list[Reading]:
    several = result.frame["arm"].nunique() > 1
    rows = []
    for row in records(result.frame):
        label = words.say(
            "days {first}–{last}", first=words.whole(row.first_day), last=words.whole(row.last_day)
        )
        if several:
            label = f"{shorten_middle(str(row.arm), 24)} · {label}"
        more = (words.whole(row.events_control), words.whole(row.events_treatment))
        rows.append(
            Reading(label, row.shrunk, row.shrunk_lower, row.shrunk_upper, RATIO, more=more)
        )
    return rows


def proportional_brief(result: Proportionality, look: Look) -> Brief:
    """Return the memo of whether one ratio fits all days."""
    words, rows = look.language, _drifts(result)
    worst = min(
        records(result.frame), key=lambda row: row.p_value if row.p_value == row.p_value else 2.0
    )
    if isnan(worst.p_value):
        answer = words.say("Cannot tell: too few events")
        reason = words.say("There are {n} events.", n=words.whole(worst.n_events))
    else:
        drifts = shown(worst.p_value, 3) < _SURE
        answer = (
            words.say("No: the ratio drifts with time since assignment")
            if drifts
            else words.say("Nothing speaks against one ratio for all days")
        )
        reason = words.say(
            "The drift in {arm}: {p}, from {n} events.",
            arm=quoted(words, worst.arm),
            p=p_said(words, worst.p_value),
            n=words.whole(worst.n_events),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Does one ratio fit all days?"),
        subtitle=words.say_many("{n} event", "{n} events", int(result.frame["n_events"].max())),
        question=words.say("Is the ratio of daily risks the same on every day since assignment?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [words.say("Arm"), words.say("Events"), words.say("Drift"), words.say("p")],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.n_events),
                    _DRIFT.number(words, row.estimate),
                    p_said(words, row.p_value),
                ]
                for row in records(result.frame)[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say(
                "Read the difference at the end of the window and the effect by days, not one "
                "ratio."
            )
        ],
        grade=Evidence.CHECK,
        name="proportionality",
        picture=forest(rows, look),
        alt=words.say("The drift of the ratio in each arm, with its interval."),
    )


def proportional_drawing(result: Proportionality, look: Look) -> Picture:
    """Draw the drift of the ratio in each arm."""
    return forest(_drifts(result), look)


def _drifts(result: Proportionality) -> list[Reading]:
    """Return the drift of every arm, with the reach of two standard errors."""
    return [
        Reading(
            str(row.arm),
            row.estimate,
            row.estimate - 1.96 * row.std_error,
            row.estimate + 1.96 * row.std_error,
            _DRIFT,
        )
        for row in records(result.frame)
    ]
