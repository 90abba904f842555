"""Scores once answers count as the population, the accounts or the customer base do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.estimation.answering.accounts import AccountNps
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.named import (
    label_keys,
    names,
    row_head,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import (
    MOST_ROWS,
    brief_of,
    cannot_tell,
    estimated,
    interval_head,
)
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.answering.buyers import BuyerComparison
    from npsstats.estimation.answering.weighted import WeightedNps
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

    type Reweighted = WeightedNps | AccountNps

__all__ = [
    "brief",
    "buyers_brief",
    "buyers_drawing",
    "drawing",
]


class _Words(NamedTuple):
    """What is said of one way of counting."""

    heading: str
    question: str
    worth: str
    step: str


def brief(result: Reweighted, look: Look) -> Brief:
    """Return the memo of scores whose answers do not count alike."""
    words, told = look.language, _words(look.language, result)
    keys = label_keys(result.frame)
    frame, kept_back = without_few(words, result.frame, keys)
    shown = telling(frame, MOST_ROWS)
    first = result.frame.iloc[0]
    if len(result.frame) == 1:
        answer = words.say("NPS {estimate}", estimate=words.number(first.estimate, signed=True))
        reason = words.say(
            "Counted so, the score is {estimate} ({level} interval {interval}); with every answer "
            "counted once it is {raw}.",
            estimate=words.number(first.estimate, signed=True),
            level=words.percent(first.level),
            interval=words.interval(first.lower, first.upper, signed=True),
            raw=words.number(first.nps, signed=True),
        )
    else:
        answer = words.say_many("{n} score", "{n} scores", len(result.frame))
        reason = words.say(
            "Counted so, scores go from {low} to {high} points.",
            low=words.number(frame["estimate"].min(), signed=True),
            high=words.number(frame["estimate"].max(), signed=True),
        )
    unit = "accounts" if isinstance(result, AccountNps) else "n_effective"
    return brief_of(
        result,
        look,
        heading=told.heading,
        subtitle=" · ".join(
            [
                *([] if len(result.frame) == 1 else [answer]),
                words.say_many("{n} answer", "{n} answers", int(result.frame["n"].sum())),
            ]
        ),
        question=told.question,
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                row_head(words, keys),
                words.say("Answers"),
                told.worth,
                words.say("Raw score"),
                words.say("NPS"),
                interval_head(words, float(first.level)),
            ],
            [
                [
                    label,
                    words.whole(row.n),
                    words.whole(getattr(row, unit)),
                    words.number(row.nps, signed=True),
                    words.number(row.estimate, signed=True),
                    words.interval(row.lower, row.upper, signed=True),
                ]
                for label, row in zip(names(words, shown, keys), records(shown), strict=True)
            ],
        ),
        steps=[told.step, words.say("Report the interval with the score.")],
        grade=Evidence.DESCRIPTION,
        name="weighted-score",
        picture=_drawn(keys, shown, look),
        alt=words.say("Each score with its interval."),
        doubts=[
            *kept_back,
            *spoken(words, len(shown), len(frame)),
        ],
    )


def drawing(result: Reweighted, look: Look) -> Picture:
    """Draw every score with its interval, those at both ends where they are many."""
    keys = label_keys(result.frame)
    frame, _ = without_few(look.language, result.frame, keys)
    return _drawn(keys, telling(frame, MOST), look)


def _drawn(keys: list[str], frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    lines = [
        _line(words, *pair) for pair in zip(names(words, frame, keys), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say("NPS, in points"))


def _line(words: Language, label: str, row: Any, *, strong: bool = False) -> Line:
    said = estimated(words, row, signed=True)
    return Line(label, row.estimate, row.lower, row.upper, said, strong=strong)


def _words(words: Language, result: Reweighted) -> _Words:
    if isinstance(result, AccountNps):
        return _Words(
            words.say("Score of accounts"),
            words.say("What is the score when accounts, not answers, are counted?"),
            words.say("Accounts"),
            words.say("Ask several people in each large account; one voice says little of it."),
        )
    return _Words(
        words.say("Weighted score"),
        words.say("What is the score once answers count as the population does?"),
        words.say("Worth"),
        words.say(
            "Use this score where the question is all customers; say what the weights know, and "
            "that they know no more."
        ),
    )


def buyers_brief(result: BuyerComparison, look: Look) -> Brief:
    """Return the memo of buyers and non-buyers."""
    words = look.language
    first, second, gap, base = records(result.frame)
    side = standing(gap.lower, gap.upper)
    answer = {
        Standing.ABOVE: words.say("{group} score higher", group=_short(first.group)),
        Standing.BELOW: words.say("{group} score lower", group=_short(first.group)),
        Standing.UNKNOWN: cannot_tell(words),
    }[side]
    labels = _buyer_labels(words, result)
    return brief_of(
        result,
        look,
        heading=words.say("Who buys and who answers"),
        subtitle=words.say_many("{n} invitation", "{n} invitations", int(base.invited)),
        question=words.say("Do both groups answer alike and score alike, and what of all?"),
        answer=answer,
        reason=words.say(
            "{first} less {second}: {gap} points ({level} interval {interval}). {rate} against "
            "{other} answer. Weighted to all customers the score is {base}, not {raw}.",
            first=first.group,
            second=second.group,
            gap=words.number(gap.estimate, signed=True),
            level=words.percent(gap.level),
            interval=words.interval(gap.lower, gap.upper, signed=True),
            rate=words.percent(first.rate, 1),
            other=words.percent(second.rate, 1),
            base=words.number(base.estimate, signed=True),
            raw=words.number(base.nps, signed=True),
        ),
        numbers=Numbers(
            [
                words.say("Group"),
                words.say("Invitations"),
                words.say("Answers"),
                words.say("Response"),
                words.say("Raw score"),
                words.say("NPS"),
                interval_head(words, float(gap.level)),
            ],
            [
                [
                    label,
                    words.whole(row.invited),
                    words.whole(row.n),
                    words.say("{gap} points", gap=words.number(100 * row.rate, signed=True))
                    if row is gap
                    else words.percent(row.rate, 1),
                    words.number(row.nps, signed=True),
                    words.number(row.estimate, signed=True),
                    words.interval(row.lower, row.upper, signed=True),
                ]
                for label, row in zip(labels, (first, second, gap, base), strict=True)
            ],
        ),
        steps=[
            words.say("Report the score weighted to all customers beside the raw one."),
            words.say("Do not conclude that a better score would make them buy."),
        ],
        grade=Evidence.CROSS_SECTION,
        name="buyers",
        picture=buyers_drawing(result, look),
        alt=words.say("The score of each group, their difference and the score of all customers."),
    )


def buyers_drawing(result: BuyerComparison, look: Look) -> Picture:
    """Draw the scores of both groups, their difference and the base."""
    words = look.language
    lines = [
        _line(words, label, row, strong=place == 2)
        for place, (label, row) in enumerate(
            zip(_buyer_labels(words, result), records(result.frame), strict=True)
        )
    ]
    return intervals(lines, look, axis=words.say("NPS, and its difference, in points"), level=0.0)


def _buyer_labels(words: Language, result: BuyerComparison) -> list[str]:
    first, second = result.frame["group"].head(2).astype(str)
    return [first, second, words.say("Difference"), words.say("All customers")]


def _short(name: str) -> str:
    """Cut a group's name so that the answer stays a line."""
    from npsstats.reporting.style import shorten_middle

    return shorten_middle(name, 60)
