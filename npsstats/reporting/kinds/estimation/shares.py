"""Shares with their intervals: who answers, who finishes, who is satisfied, who found it easy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.estimation.neighbours.rates import CompletionRate, ResponseRate
from npsstats.estimation.neighbours.ratings import CustomerEffort, CustomerSatisfaction
from npsstats.estimation.neighbours.share_result import COUNTED
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import (
    against_whole,
    alone,
    by_chance,
    side_words,
    tally,
    told_of,
)
from npsstats.reporting.kinds.estimation.named import (
    counted,
    names,
    row_head,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.neighbours.proportions import ShareInterval
    from npsstats.estimation.neighbours.share_result import ShareEstimate
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing", "interval_brief", "interval_drawing"]


class _Words(NamedTuple):
    """What is said of one kind of share."""

    heading: str
    question: str
    axis: str
    below: str
    above: str


_OF = {
    ResponseRate: _Words(
        mark("Response rate"),
        mark("How many of those who are asked answer, and where do fewer?"),
        mark("Share of the invitations that were answered, in %"),
        mark("Look first where surely fewer answer: addresses, channel, hour, length."),
        mark("See what is done where surely more answer."),
    ),
    CompletionRate: _Words(
        mark("Completion rate"),
        mark("How many who begin the questionnaire finish it, and where do fewer?"),
        mark("Share of the answers that were completed, in %"),
        mark("Read the questionnaire as it appears where surely fewer finish it."),
        mark("See what is done where surely more finish."),
    ),
    CustomerSatisfaction: _Words(
        mark("Customer satisfaction"),
        mark("How many customers are satisfied, and where are there fewer?"),
        mark("Share of satisfied answers, in %"),
        mark("Begin where surely fewer are satisfied: ask there what goes wrong."),
        mark("See what is done where surely more are satisfied."),
    ),
    CustomerEffort: _Words(
        mark("Customer effort"),
        mark("How many customers found it easy, and where did fewer?"),
        mark("Share of answers that found it easy, in %"),
        mark("Begin where surely fewer found it easy: follow a customer's steps there."),
        mark("See what is done where surely more found it easy."),
    ),
}
_ANY = _Words(
    mark("Share"),
    mark("How large is the share, and where is it smaller?"),
    mark("Share, in %"),
    mark("Begin where the share is surely smaller."),
    mark("See what is done where the share is surely larger."),
)


def brief(result: ShareEstimate, look: Look) -> Brief:
    """Return the memo of shares by cell."""
    words, told = look.language, _OF.get(type(result), _ANY)
    frame, kept_back = without_few(words, result.frame, result.keys)
    whole = records(result.overall)[0]
    sides = _sides(frame, float(whole.estimate))
    shown = telling(frame, MOST_ROWS - 1)
    many = len(frame) > 1
    share = words.percent(whole.estimate, 1)
    reason = words.say(
        "Of {n} {things} together the share is {share} ({level} interval {interval}).",
        n=words.whole(whole.n),
        things=words.retell(COUNTED[result.counted]),
        share=share,
        level=words.percent(whole.level),
        interval=_bounds(words, whole),
    )
    if many:
        reason += " " + (
            words.say("No group is surely on either side of it.")
            if all(side is Standing.UNKNOWN for side in sides)
            else words.say("Held against it:") + " " + told_of(words, sides)
        )
    mean = "mean" in frame
    rows = [
        _row(words, words.say("All answers"), whole, tally(words, sides) if many else "", mean=mean)
    ]
    if result.counted == "invitations":
        rows[0][0] = words.say("All invitations")
    if not many:
        rows[0].pop()
    if many:
        rows += [
            _row(words, label, row, side_words(words, side), mean=mean)
            for label, row, side in zip(
                names(words, shown, result.keys),
                records(shown),
                _sides(shown, float(whole.estimate)),
                strict=True,
            )
        ]
    head = [
        row_head(words, result.keys),
        words.say("Invitations") if result.counted == "invitations" else words.say("Answers"),
        words.say("Observed"),
        words.say("Share"),
        interval_head(words, float(whole.level)),
        *([words.say("Mean")] if mean else []),
        *([words.say("Against {level}", level=share)] if many else []),
    ]
    return brief_of(
        result,
        look,
        heading=words.say(told.heading),
        subtitle=counted(words, result.keys, len(result.frame)),
        question=words.say(told.question),
        answer=against_whole(words, sides) if many else share,
        reason=reason,
        numbers=Numbers(head, rows),
        steps=_steps(words, told, sides if many else []),
        grade=Evidence.DESCRIPTION,
        name="share",
        picture=_drawn(result, shown, look),
        alt=words.say("Each share with its interval."),
        doubts=[
            *kept_back,
            *spoken(words, len(shown), len(frame)),
            *(by_chance(words, len(frame), float(whole.level)) if alone(result) else []),
        ],
    )


def drawing(result: ShareEstimate, look: Look) -> Picture:
    """Draw every share with its interval, those at both ends where they are many."""
    frame, _ = without_few(look.language, result.frame, result.keys)
    return _drawn(result, telling(frame, MOST), look)


def interval_brief(result: ShareInterval, look: Look) -> Brief:
    """Return the memo of plain shares."""
    words, frame = look.language, result.frame
    first = frame.iloc[0]
    one = len(frame) == 1
    reason = (
        words.say(
            "{yes} of {n} are {share}; the {level} interval goes from {interval}.",
            yes=words.whole(first.yes),
            n=words.whole(first.n),
            share=words.percent(first.estimate, 1),
            level=words.percent(first.level),
            interval=_bounds(words, first),
        )
        if one
        else words.say(
            "They go from {low} to {high}.",
            low=words.percent(frame["estimate"].min(), 1),
            high=words.percent(frame["estimate"].max(), 1),
        )
    )
    labels = _numbered(words, frame)
    return brief_of(
        result,
        look,
        heading=words.say("Share"),
        subtitle=words.say_many("{n} sample", "{n} samples", len(frame)),
        question=words.say("How large is the share, and how sure is it?"),
        answer=words.percent(first.estimate, 1)
        if one
        else words.say_many("{n} share", "{n} shares", len(frame)),
        reason=reason,
        numbers=Numbers(
            [
                words.say("Sample"),
                words.say("Of these"),
                words.say("Of all"),
                words.say("Share"),
                interval_head(words, float(first.level)),
            ],
            [
                [
                    label,
                    words.whole(row.yes),
                    words.whole(row.n),
                    words.percent(row.estimate, 1),
                    _bounds(words, row),
                ]
                for label, row in zip(labels, records(frame), strict=True)
            ][:MOST_ROWS],
        ),
        steps=[words.say("Report the interval with the share.")],
        grade=Evidence.DESCRIPTION,
        name="share",
        picture=interval_drawing(result, look),
        alt=words.say("Each share with its interval."),
        doubts=spoken(words, min(len(frame), MOST_ROWS), len(frame)),
    )


def interval_drawing(result: ShareInterval, look: Look) -> Picture:
    """Draw every share with its interval."""
    words, frame = look.language, result.frame.iloc[:MOST]
    lines = [
        _line(words, label, row)
        for label, row in zip(_numbered(words, frame), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say(_ANY.axis))


def _drawn(result: ShareEstimate, frame: pd.DataFrame, look: Look) -> Picture:
    words, told = look.language, _OF.get(type(result), _ANY)
    labels = names(words, frame, result.keys)
    lines = [_line(words, label, row) for label, row in zip(labels, records(frame), strict=True)]
    level = 100 * float(result.overall["estimate"].iloc[0]) if len(result.frame) > 1 else None
    return intervals(lines, look, axis=words.say(told.axis), level=level)


def _line(words: Language, label: str, row: Any) -> Line:
    said = words.say(
        "{estimate} ({interval})",
        estimate=words.percent(row.estimate, 1),
        interval=_bounds(words, row),
    )
    return Line(label, 100 * row.estimate, 100 * row.lower, 100 * row.upper, said)


def _bounds(words: Language, row: Any) -> str:
    """Write both bounds of a share in per cent."""
    text = words.say(
        "{lower} to {upper}", lower=words.percent(row.lower, 1), upper=words.percent(row.upper, 1)
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _row(words: Language, label: str, row: Any, side: str, *, mean: bool) -> list[str]:
    return [
        label,
        words.whole(row.n),
        words.percent(row.raw, 1),
        words.percent(row.estimate, 1),
        _bounds(words, row),
        *([words.number(row.mean, 2)] if mean else []),
        side,
    ]


def _sides(frame: pd.DataFrame, level: float) -> list[Standing]:
    return [standing(100 * row.lower, 100 * row.upper, 100 * level) for row in records(frame)]


def _numbered(words: Language, frame: pd.DataFrame) -> list[str]:
    return [words.say("Sample {n}", n=words.whole(place)) for place in range(1, len(frame) + 1)]


def _steps(words: Language, told: _Words, sides: list[Standing]) -> list[str]:
    steps = []
    if Standing.BELOW in sides:
        steps.append(words.say(told.below))
    if Standing.ABOVE in sides:
        steps.append(words.say(told.above))
    return steps or [words.say("Report the interval with the share.")]
