"""An experiment that is looked at while it runs: stop, or go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.experiments.sequential.course import (
    AFTER,
    CONTINUE,
    ENDED,
    FUTILE,
    PASSED,
    SAME,
    STOP,
)
from npsstats.experiments.sequential.readings import ASYMPTOTIC
from npsstats.reporting.kinds.experiments.readings import Reading, forest, quoted, scale_of, table
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.sequential.anytime import ConfidenceSequence
    from npsstats.experiments.sequential.looks import Looks
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["looks_brief", "looks_drawing", "sequence_brief", "sequence_drawing"]

_DECISIONS = {
    STOP: mark("boundary crossed"),
    FUTILE: mark("give up"),
    CONTINUE: mark("go on"),
    ENDED: mark("end, not crossed"),
    AFTER: mark("after the stop"),
    PASSED: mark("too few to look"),
    SAME: mark("nothing new"),
}


def looks_brief(result: Looks, look: Look) -> Brief:
    """Return the memo of planned looks."""
    words, frame = look.language, result.frame
    rows = records(frame)
    ends = records(frame[frame["p_value"].notna()])
    stops = records(frame[frame["decision"] == STOP])
    last = rows[-1]
    arm = quoted(words, last.arm)
    level = words.percent(last.level)
    reported = [
        Reading(
            words.say("{arm}, to report", arm=shorten_middle(str(row.arm), 24)),
            row.unbiased,
            row.unbiased_lower,
            row.unbiased_upper,
            scale_of(row.unit),
            more=(words.percent(row.fraction),),
            after=("",),
        )
        for row in ends
    ]
    if len(ends) < frame["arm"].nunique():
        answer = words.say("Cannot tell yet: go on as planned")
        reason = words.say(
            "After look {look} of {arm}, at {share} of the planned information, the boundary is "
            "not crossed: {estimate} ({level} interval for every look {interval}).",
            look=words.whole(last.look),
            arm=arm,
            share=words.percent(last.fraction),
            level=level,
            estimate=_of(words, last).number(words),
            interval=_of(words, last).interval(words),
        )
        steps = [
            words.say("Go on assigning by lot to the planned end, or to a look that crosses."),
            words.say("Do not report this table as a result: it is a look."),
        ]
    else:
        futile = not stops and (frame["decision"] == FUTILE).any()
        answer = (
            words.say("Stop: the boundary was crossed")
            if stops
            else words.say("Give up: it would hardly be found by going on")
            if futile
            else words.say("Cannot tell: the end has come, the boundary was not crossed")
        )
        reason = words.say(
            "The estimate that allows for the looks is {estimate} ({level} interval {interval}).",
            estimate=reported[0].number(words),
            level=level,
            interval=reported[0].interval(words),
        )
        steps = (
            [
                words.say(
                    "Report the estimate that allows for the looks, and decide on what it is worth."
                )
            ]
            if stops
            else [words.say("Leave it, or plan a larger experiment: this one does not settle it.")]
        )
    told = [_of(words, row) for row in rows]
    return brief_of(
        result,
        look,
        heading=words.say("Looks at an experiment under way"),
        subtitle=words.say(
            "{treated} customers treated, {control} not, at look {look}",
            treated=words.whole(last.n_treatment),
            control=words.whole(last.n_control),
            look=words.whole(last.look),
        ),
        question=words.say(
            "May the experiment on {outcome} stop now, without fooling ourselves?",
            outcome=quoted(words, last.outcome),
        ),
        answer=answer,
        reason=reason,
        numbers=table(
            words,
            [*reported, *told[-(MOST_ROWS - len(reported)) :]],
            [words.say("Look"), words.say("Information"), words.say("Estimate")],
            float(last.level),
            [words.say("What it says")],
        ),
        steps=steps,
        grade=Evidence.RANDOMIZED,
        name="looks",
        picture=looks_drawing(result, look),
        alt=words.say("The estimate at every look with the interval that holds at all of them."),
    )


def looks_drawing(result: Looks, look: Look) -> Picture:
    """Draw the estimate at every look, with the interval that holds at all looks."""
    words = look.language
    return forest([_of(words, row) for row in records(result.frame)], look)


def _of(words: Language, row: Any) -> Reading:
    several = words.say(
        "{arm}, look {look}", arm=shorten_middle(str(row.arm), 24), look=words.whole(row.look)
    )
    share = getattr(row, "fraction", None)
    decision = words.say(_DECISIONS[row.decision]) if row.decision in _DECISIONS else row.decision
    n = row.n_control + row.n_treatment
    return Reading.of(
        row,
        several,
        scale_of(row.unit),
        more=(words.whole(n) if share is None else words.percent(share),),
        after=(decision,),
    )


def sequence_brief(result: ConfidenceSequence, look: Look) -> Brief:
    """Return the memo of intervals that hold at every look."""
    words = look.language
    frame = result.frame[result.frame["method"] == ASYMPTOTIC]
    rows = records(frame)
    last = rows[-1]
    stops = [row for row in rows if row.decision == STOP]
    reading = _of(words, last)
    steps = (
        [
            words.say("Stop if that is enough to decide on; the interval allows for every look."),
            words.say("Keep a tenth aside, by lot, to go on checking."),
        ]
        if stops
        else [words.say("Go on, and look as often as you like: the interval allows for it.")]
    )
    return brief_of(
        result,
        look,
        heading=words.say("Intervals that hold at every look"),
        subtitle=words.say(
            "{treated} customers treated, {control} not, at look {look}",
            treated=words.whole(last.n_treatment),
            control=words.whole(last.n_control),
            look=words.whole(last.look),
        ),
        question=words.say(
            "May the experiment on {outcome} stop now, however often one looked?",
            outcome=quoted(words, last.outcome),
        ),
        answer=words.say("It may stop: no difference is outside the interval")
        if stops
        else words.say("Cannot tell yet: go on"),
        reason=words.say(
            "At look {look}: {estimate} ({level} interval for every look {interval}).",
            look=words.whole(last.look),
            estimate=reading.number(words),
            level=words.percent(last.level),
            interval=reading.interval(words),
        ),
        numbers=table(
            words,
            [_of(words, row) for row in rows[-MOST_ROWS:]],
            [words.say("Look"), words.say("Customers"), words.say("Estimate")],
            float(last.level),
            [words.say("What it says")],
        ),
        steps=steps,
        grade=Evidence.RANDOMIZED,
        name="sequence",
        picture=sequence_drawing(result, look),
        alt=words.say("The estimate at every look with the interval that holds at all of them."),
    )


def sequence_drawing(result: ConfidenceSequence, look: Look) -> Picture:
    """Draw the estimate at every look, with the interval that holds at all looks."""
    words = look.language
    frame = result.frame[result.frame["method"] == ASYMPTOTIC]
    return forest([_of(words, row) for row in records(frame)[-24:]], look)
