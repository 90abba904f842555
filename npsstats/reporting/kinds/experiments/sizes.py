"""Whether the arms have the sizes that were planned: at once, and day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.arm_sizes import arm_sizes, size_rows
from npsstats.reporting.charts.course import course
from npsstats.reporting.experiment.arms_made import size_cells, size_head
from npsstats.reporting.kinds.experiments.readings import p_said
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.balance.sample_ratio import SampleRatio
    from npsstats.experiments.balance.sequential_ratio import SequentialRatio
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "daily_brief",
    "daily_drawing",
    "no_decision",
    "sizes_brief",
    "sizes_drawing",
    "sizes_steps",
]


def no_decision(words: Language) -> str:
    """Return the answer where the arms are not those that chance was to make."""
    return words.say("No decision: the arms are not as planned")


def sizes_steps(words: Language, *, failed: bool) -> list[str]:
    """Return what to do about the sizes of the arms."""
    if failed:
        return [
            words.say("Find out how customers got into the arms, mend it, and start anew."),
            words.say("Take no decision from these data, in either direction."),
        ]
    return [words.say("Read the effects; check the sizes again when more data are in.")]


def sizes_brief(result: SampleRatio, look: Look) -> Brief:
    """Return the memo of the arms' sizes."""
    words, rows = look.language, size_rows(result)
    whole = [row for row in rows if row.stratum == "all"]
    reason = words.say(
        "Sizes like these come about by chance with {p}; below {threshold} the check fails.",
        p=p_said(words, result.p_value),
        threshold=words.number(result.threshold, 3),
    )
    if result.failed and result.p_value >= result.threshold:
        reason = words.say(
            "All customers together are in proportion ({p}), but a stratum is not, to {threshold}.",
            p=p_said(words, result.p_value),
            threshold=words.number(result.threshold, 3),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Sizes of the arms"),
        subtitle=words.say_many(
            "{n} customer assigned", "{n} customers assigned", int(sum(row.n for row in whole))
        ),
        question=words.say("Are the arms of the sizes that were planned?"),
        answer=no_decision(words)
        if result.failed
        else words.say("The arms are as planned, within chance"),
        reason=reason,
        numbers=Numbers(
            [
                *size_head(words),
                words.say("p (fails below {p})", p=words.number(result.threshold, 3)),
            ],
            [
                [*size_cells(words, row), p_said(words, float(row.p_value))]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=sizes_steps(words, failed=result.failed),
        grade=Evidence.CHECK,
        name="sample-ratio",
        picture=sizes_drawing(result, look),
        alt=words.say("The share of each arm less its planned share, and what chance gives."),
        caption=words.say("Grey bars reach as far as chance does, 999 times in 1,000."),
    )


def sizes_drawing(result: SampleRatio, look: Look) -> Picture:
    """Draw how far every arm's share is from its planned one, beside what chance gives."""
    return arm_sizes(result, look)


def daily_brief(result: SequentialRatio, look: Look) -> Brief:
    """Return the memo of the arms' sizes, looked at every day."""
    words = look.language
    frame = result.frame[result.frame["stratum"] == "all"]
    arms = [name for name in frame.columns if name.startswith("n_")]
    days = records(frame)
    step = -(-len(days) // (MOST_ROWS - 1))
    kept = [place for place in range(len(days)) if place % step == 0]
    since = [place for place, day in enumerate(days) if str(day.day) == result.since]
    kept = sorted({*kept, *since[:1], len(days) - 1})[-MOST_ROWS:]
    p = p_said(words, result.p_value)
    reason = words.say("The p-value that holds at every look is at {p} after the last day.", p=p)
    if result.failed:
        reason = words.say(
            "A mismatch is found since {day}; the p-value that holds at every look is at {p} after "
            "the last day.",
            day=str(result.since),
            p=p,
        )
    counts = frame[arms].to_numpy()
    return brief_of(
        result,
        look,
        heading=words.say("Sizes of the arms, day by day"),
        subtitle=words.say_many("{n} day", "{n} days", len(days)),
        question=words.say("Have the arms kept their planned sizes at every look?"),
        answer=no_decision(words)
        if result.failed
        else words.say("The arms are as planned, within chance"),
        reason=reason,
        numbers=Numbers(
            [
                words.say("Day"),
                *(shorten_middle(name[2:], 24) for name in arms),
                words.say("p so far"),
            ],
            [
                [
                    str(days[place].day),
                    *(words.whole(float(n)) for n in counts[place]),
                    p_said(words, float(days[place].p_value)),
                ]
                for place in kept
            ],
        ),
        steps=sizes_steps(words, failed=result.failed),
        grade=Evidence.CHECK,
        name="sample-ratio-by-day",
        picture=daily_drawing(result, look),
        alt=words.say("Evidence for a mismatch by day, and the line at which the check fails."),
    )


def daily_drawing(result: SequentialRatio, look: Look) -> Picture:
    """Draw the evidence for a mismatch by day, with the line that it must not cross."""
    from math import log10

    words = look.language
    frame = result.frame[result.frame["stratum"] == "all"]
    return course(
        [str(day) for day in frame["day"]],
        {words.say("all customers"): frame["log10_bayes_factor"].to_numpy(float)},
        look,
        title=words.say("Evidence for a mismatch (logarithm to base 10 of the Bayes factor)"),
        limit=-log10(result.threshold),
        limit_said=words.say("the check fails"),
    )
