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
from npsstats.reporting.kinds.experiments.readings import (
    Reading,
    forest,
    quoted,
    scale_of,
    table,
    weigh,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing
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
    """Return the memo of planned looks: of several arms, of the one that the answer rests on."""
    words, frame = look.language, result.frame
    rows = records(frame)
    ends = records(frame[frame["p_value"].notna()])
    crossed = [row for row in ends if row.arm in set(frame["arm"][frame["decision"] == STOP])]
    running = [row for row in rows if row.arm not in {end.arm for end in ends}]
    lead = (crossed or running or ends)[-1 if running and not crossed else 0]
    reported = {row.arm: _reported(words, row) for row in ends}
    answer, steps = _stopped(words, result, crossed, running)
    several = frame["arm"].nunique() > 1
    level = words.percent(lead.level)
    if lead.arm in reported:
        reason = words.say(
            "The estimate that allows for the looks is {estimate} ({level} interval {interval}).",
            estimate=reported[lead.arm].number(words),
            level=level,
            interval=reported[lead.arm].interval(words),
        )
        reason = _of_arm(words, lead, reason) if several else reason
    else:
        reason = words.say(
            "After look {look} of {arm}, at {share} of the planned information, the boundary is "
            "not crossed: {estimate} ({level} interval for every look {interval}).",
            look=words.whole(lead.look),
            arm=quoted(words, lead.arm),
            share=words.percent(lead.fraction),
            level=level,
            estimate=_of(words, lead).number(words),
            interval=_of(words, lead).interval(words),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Looks at an experiment under way"),
        subtitle=_seen(words, lead),
        question=words.say(
            "May the experiment on {outcome} stop now, without fooling ourselves?",
            outcome=quoted(words, lead.outcome),
        ),
        answer=answer,
        reason=reason,
        numbers=table(
            words,
            [*reported.values(), *_latest(words, rows, MOST_ROWS - len(reported))],
            [words.say("Look"), words.say("Information"), words.say("Estimate")],
            float(lead.level),
            [words.say("What it says")],
        ),
        steps=steps,
        grade=Evidence.RANDOMIZED,
        name="looks",
        picture=looks_drawing(result, look),
        alt=words.say("The estimate at every look with the interval that holds at all of them."),
    )


def _stopped(
    words: Language, result: Looks, crossed: list[Any], running: list[Any]
) -> tuple[str, list[str]]:
    """Return the answer and what to do next; of several arms, those that crossed are named."""
    frame = result.frame
    go_on = words.say("Go on assigning by lot to the planned end, or to a look that crosses.")
    report = words.say(
        "Report the estimate that allows for the looks, and decide on what it is worth."
    )
    names = _names(words, crossed)
    if crossed and running:
        return words.say("Boundary crossed by {arms}; the others go on", arms=names), [
            report,
            go_on,
        ]
    if crossed and frame["arm"].nunique() > 1:
        return words.say("Stop: the boundary was crossed by {arms}", arms=names), [report]
    if crossed:
        return words.say("Stop: the boundary was crossed"), [report]
    if running:
        quiet = words.say("Do not report this table as a result: it is a look.")
        return words.say("Cannot tell yet: go on as planned"), [go_on, quiet]
    answer = (
        words.say("Give up: it would hardly be found by going on")
        if (frame["decision"] == FUTILE).any()
        else words.say("Cannot tell: the end has come, the boundary was not crossed")
    )
    return answer, [
        words.say("Leave it, or plan a larger experiment: this one does not settle it.")
    ]


def _names(words: Language, rows: list[Any]) -> str:
    """Name arms in an answer, two at most."""
    arms = list(dict.fromkeys(str(row.arm) for row in rows))[:2]
    return words.listing(words.say("“{arm}”", arm=shorten_middle(arm, 18)) for arm in arms)


def _reported(words: Language, row: Any) -> Reading:
    """Return the estimate of an arm that has ended, which allows for the looks."""
    return Reading(
        words.say("{arm}, to report", arm=shorten_middle(str(row.arm), 24)),
        row.unbiased,
        row.unbiased_lower,
        row.unbiased_upper,
        scale_of(row.unit),
        more=(words.percent(row.fraction),),
        after=("",),
    )


def _of_arm(words: Language, row: Any, sentence: str) -> str:
    """Say of which of several arms a sentence is."""
    return f"{sentence} {words.say('It is that of {arm}.', arm=quoted(words, row.arm))}"


def _seen(words: Language, row: Any) -> str:
    return words.say(
        "{treated} customers treated, {control} not, at look {look}",
        treated=words.whole(row.n_treatment),
        control=words.whole(row.n_control),
        look=words.whole(row.look),
    )


def _latest(words: Language, rows: list[Any], most: int) -> list[Reading]:
    """Return as many looks as there is room for, the latest of every arm."""
    first = sorted((row.look for row in rows), reverse=True)[min(most, len(rows)) - 1]
    recent = [row for row in rows if row.look > first]
    at_first = [row for row in rows if row.look == first][: most - len(recent)]
    kept = {(row.arm, row.look) for row in (*recent, *at_first)}
    return [_of(words, row) for row in rows if (row.arm, row.look) in kept]


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
    rows = records(result.frame[result.frame["method"] == ASYMPTOTIC])
    stops = [
        row for row in rows if row.decision == STOP and _of(words, row).side is not Standing.UNKNOWN
    ]
    several = len({row.arm for row in rows}) > 1
    lead = stops[-1] if stops else rows[-1]
    reading = _of(words, lead)
    reason = words.say(
        "At look {look}: {estimate} ({level} interval for every look {interval}).",
        look=words.whole(lead.look),
        estimate=reading.number(words),
        level=words.percent(lead.level),
        interval=reading.interval(words),
    )
    if not stops:
        answer = words.say("Cannot tell yet: go on")
    elif several:
        answer = words.say("It may stop for {arms}", arms=_names(words, stops))
    else:
        answer = words.say("It may stop: no difference is outside the interval")
    steps = (
        [
            words.say("Stop if that is enough to decide on; the interval allows for every look."),
            weigh(words),
        ]
        if stops
        else [words.say("Go on, and look as often as you like: the interval allows for it.")]
    )
    return brief_of(
        result,
        look,
        heading=words.say("Intervals that hold at every look"),
        subtitle=_seen(words, lead),
        question=words.say(
            "May the experiment on {outcome} stop now, however often one looked?",
            outcome=quoted(words, lead.outcome),
        ),
        answer=answer,
        reason=_of_arm(words, lead, reason) if several else reason,
        numbers=table(
            words,
            _latest(words, rows, MOST_ROWS),
            [words.say("Look"), words.say("Customers"), words.say("Estimate")],
            float(lead.level),
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
