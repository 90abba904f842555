"""Rows held against a level: flags, a benchmark, the groups of a comparison, the year before."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import against_whole, side_words, tally
from npsstats.reporting.kinds.estimation.named import (
    counted,
    decided,
    label_keys,
    names,
    row_head,
    spoken_of_sides,
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
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.estimation.comparison.benchmark import AgainstBenchmark
    from npsstats.estimation.comparison.flags import Flags
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "benchmark_brief",
    "benchmark_drawing",
    "difference_lines",
    "flags_brief",
    "flags_drawing",
    "sides_of",
]


def sides_of(frame: pd.DataFrame, lower: str = "lower", upper: str = "upper") -> list[Standing]:
    """Return on which side of 0 every row is."""
    return [standing(low, high) for low, high in zip(frame[lower], frame[upper], strict=True)]


def flags_brief(result: Flags, look: Look) -> Brief:
    """Return the memo of flagged cells."""
    words = look.language
    keys = label_keys(result.frame)
    frame, kept_back = without_few(words, result.frame, keys)
    shown = frame.head(MOST_ROWS - 1)
    above = int((result.frame["side"] == "above").sum())
    below = len(result.frame) - above
    target = words.number(result.target, signed=True)
    counts = {"above": words.whole(above), "below": words.whole(below)}
    false = words.number(result.expected_false)
    if len(result.frame):
        answer = words.say("{above} flagged above, {below} flagged below", **counts)
        reason = words.say(
            "Held against {target}: {above} above and {below} below, each with a probability of "
            "{sure} or more. Expected mistakes among them: {false}.",
            target=target,
            sure=_sure(words, result),
            false=false,
            **counts,
        )
    else:
        answer = cannot_tell(words)
        reason = words.say("Nobody is as surely on one side of {target} as asked.", target=target)
    rows = [
        [
            label,
            words.whole(row.n),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            words.say("above") if row.side == "above" else words.say("below"),
            words.probability(row.probability),
        ]
        for label, row in zip(names(words, shown, keys), records(shown), strict=True)
    ]
    whole = [
        words.say("All flags, against {target}", target=target),
        words.whole(result.frame["n"].sum()),
        "",
        "",
        words.say("{above} above, {below} below", **counts),
        words.say("{false} expected wrong", false=false),
    ]
    steps = []
    if below:
        steps.append(words.say("Begin with those flagged below: ask there what goes wrong."))
    if above:
        steps.append(words.say("See what those flagged above do that others do not."))
    return brief_of(
        result,
        look,
        heading=words.say("Flags"),
        subtitle=words.say_many("{n} flag", "{n} flags", len(result.frame)),
        question=words.say(
            "Which are above {target}, and which below, with a probability of {sure} or more?",
            target=target,
            sure=_sure(words, result),
        )
        if isfinite(result.sure)
        else words.say("Which are above {target}, and which below?", target=target),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                row_head(words, keys),
                words.say("Answers"),
                words.say("NPS"),
                words.say("Interval"),
                words.say("Side"),
                words.say("Probability"),
            ],
            [whole, *rows],
        ),
        steps=steps or [words.say("Act on none of them; wait for more answers, then ask again.")],
        grade=Evidence.DESCRIPTION,
        name="flags",
        picture=_flags_drawn(result, shown, look) if len(shown) else None,
        alt=words.say("Each flagged score with its interval, and the level it is held against."),
        doubts=[
            *kept_back,
            *(
                [
                    words.say(
                        "The table shows the surest {shown} only.", shown=words.whole(len(shown))
                    )
                ]
                if len(shown) < len(frame)
                else []
            ),
        ],
    )


def _sure(words: Language, result: Flags) -> str:
    """Write the probability that every flag reaches, to tenths: 97.5% is asked by default."""
    likely = 0.001 <= result.sure <= 0.999
    return words.percent(result.sure, 1) if likely else words.probability(result.sure)


def flags_drawing(result: Flags, look: Look) -> Picture:
    """Draw the flagged cells, surest first."""
    frame, _ = without_few(look.language, result.frame, label_keys(result.frame))
    return _flags_drawn(result, frame.head(MOST), look)


def _flags_drawn(result: Flags, frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    lines = [
        Line(label, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
        for label, row in zip(names(words, frame, label_keys(frame)), records(frame), strict=True)
    ]
    if not lines:
        lines = [Line(words.say("No flag"), float("nan"), float("nan"), float("nan"), "–")]
    return intervals(lines, look, axis=words.say("NPS, in points"), level=result.target)


def benchmark_brief(result: AgainstBenchmark, look: Look) -> Brief:
    """Return the memo of cells against a benchmark."""
    words = look.language
    frame, kept_back = without_few(words, result.frame, result.keys)
    sides, first, above = sides_of(frame), result.frame.iloc[0], result.n_above.iloc[0]
    shown = decided(frame, sides, MOST_ROWS)
    one = len(frame) == 1
    if one:
        reason = words.say(
            "The score less the benchmark is {estimate} points ({level} interval {interval}).",
            estimate=words.number(first.estimate, signed=True),
            level=words.percent(first.level),
            interval=words.interval(first.lower, first.upper, signed=True),
        )
        answer = _of_one(words, sides[0])
    else:
        reason = words.say(
            "{above} surely above and {below} surely below; {expected} are expected to be above "
            "({lower} to {upper}).",
            above=words.whole(sides.count(Standing.ABOVE)),
            below=words.whole(sides.count(Standing.BELOW)),
            expected=words.number(above.estimate),
            lower=words.whole(above.lower),
            upper=words.whole(above.upper),
        )
        answer = against_whole(words, sides)
    whole = [
        [
            words.say("All"),
            words.whole(frame["n"].sum()),
            "",
            words.say(
                "{expected} expected above",
                expected=words.number(above.estimate),
            ),
            words.say(
                "{lower} to {upper}",
                lower=words.whole(above.lower),
                upper=words.whole(above.upper),
            ),
            tally(words, sides),
        ]
    ]
    rows = [
        [
            label,
            words.whole(row.n),
            words.number(row.nps, signed=True),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            side_words(words, side),
        ]
        for label, row, side in zip(
            names(words, shown, result.keys), records(shown), sides_of(shown), strict=True
        )
    ]
    return brief_of(
        result,
        look,
        heading=words.say("Against a benchmark"),
        subtitle=words.say(
            "{groups} against {benchmark}",
            groups=counted(words, result.keys, len(result.frame)),
            benchmark=_benchmark(words, first),
        ),
        question=words.say("Who is surely better than the benchmark, and who surely worse?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                row_head(words, result.keys),
                words.say("Answers"),
                words.say("Raw score"),
                words.say("Less the benchmark"),
                interval_head(words, float(first.level)),
                words.say("Standing"),
            ],
            rows if one else [*whole, *rows],
        ),
        steps=_benchmark_steps(words, sides),
        grade=Evidence.DESCRIPTION,
        name="benchmark",
        picture=_benchmark_drawn(result.keys, shown, look),
        alt=words.say("Each score less the benchmark with its interval, and the line of none."),
        doubts=[*kept_back, *spoken_of_sides(words, sides_of(shown), sides)],
    )


def benchmark_drawing(result: AgainstBenchmark, look: Look) -> Picture:
    """Draw every cell less the benchmark, those at both ends where they are many."""
    frame, _ = without_few(look.language, result.frame, result.keys)
    return _benchmark_drawn(result.keys, telling(frame, MOST), look)


def _benchmark_drawn(keys: Sequence[str], frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    return intervals(
        difference_lines(words, names(words, frame, keys), frame),
        look,
        axis=words.say("NPS less the benchmark, in points"),
        level=0.0,
    )


def difference_lines(words: Language, labels: Sequence[str], frame: pd.DataFrame) -> list[Line]:
    """Return a line a row of differences in points."""
    rows: list[Any] = records(frame)
    return [
        Line(label, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
        for label, row in zip(labels, rows, strict=True)
    ]


def _benchmark(words: Language, row: Any) -> str:
    """Write the benchmark, with its standard error unless it is known exactly."""
    value = words.number(row.benchmark, signed=True)
    if not row.benchmark_se > 0:
        return value
    return words.say(
        "{value} ± {se} (standard error)", value=value, se=words.number(row.benchmark_se)
    )


def _of_one(words: Language, side: Standing) -> str:
    return {
        Standing.ABOVE: words.say("Better than the benchmark"),
        Standing.BELOW: words.say("Worse than the benchmark"),
        Standing.UNKNOWN: cannot_tell(words),
    }[side]


def _benchmark_steps(words: Language, sides: list[Standing]) -> list[str]:
    steps = [
        words.say(
            "Check that the benchmark was asked as you ask: same customers, same moment, same "
            "channel."
        )
    ]
    if Standing.UNKNOWN in sides:
        steps.append(words.say("Do not claim to beat it where it cannot be told."))
    return steps
