"""What moved the score: its course over time, and the last change taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from npsstats.aggregates.scores import NONE
from npsstats.reporting.charts import network_figures as figures
from npsstats.reporting.language import mark
from npsstats.reporting.leadership import data_wording, wording
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts, Segment
    from npsstats.reporting.style import Look

__all__ = ["page"]

_GROUPS_SHOWN = 8
SEGMENTS = {
    "channel": mark("channel"),
    "country": mark("country"),
    "kind": mark("kind"),
    "journey": mark("journey"),
    "region": mark("region"),
    "store_id": mark("store"),
}
_PERIODS_SHOWN = 36


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when there are no two periods to compare."""
    words, movement = look.language, facts.last_change
    if facts.periods is None or movement is None:
        return None
    frame = facts.periods.tail(_PERIODS_SHOWN)
    shown = [(segment, largest(words, segment)) for segment in facts.segments]
    # a sum of all groups alone takes nothing apart
    unknown = [segment for segment, part in shown if len(part) < min(2, len(segment.frame))]
    told = [(segment, part) for segment, part in shown if segment not in unknown]
    parts = [part for _, part in told]
    drawn = parts if len(parts) == 1 or facts.detail else []  # of several, tables tell more
    return Page(
        template="movement",
        title=words.say("What moved the score"),
        content={
            "sentences": [
                sentence
                for sentence in (
                    wording.moved(words, movement, facts.method.level),
                    data_wording.not_compared(words, movement, facts.last_day),
                    data_wording.unfinished(words, movement.after, facts.last_day),
                    wording.unestablished(words, movement)
                    if facts.segments
                    else words.say("No segment is given to take it apart."),
                    *(
                        words.say(
                            "By {segment}, the groups have too few responses to be told apart.",
                            segment=_named(words, segment.name),
                        )
                        for segment in unknown
                    ),
                )
                if sentence
            ],
            "segments": [
                {
                    "title": words.say("By {segment}", segment=_named(words, segment.name)),
                    "sentences": [
                        sentence
                        for sentence in (
                            wording.parts(words, movement, segment),
                            wording.reversal(words, movement, segment),
                            wording.standout(words, segment),
                        )
                        if sentence
                    ],
                    "head": _head(words, facts),
                    "rows": _rows(words, part, segment),
                }
                for segment, part in told
            ],
            "rounding": _note(words, [segment for segment, _ in told]),
        },
        charts={
            "periods": Chart(
                figures.periods(frame, facts.target, look),
                caption=words.say("NPS of each period, its interval, and the responses behind it")
                if facts.target is None
                else words.say(
                    "NPS of each period, its interval, the target (dashed), and the responses"
                ),
                alt=_alt(words, frame),
            ),
            "segments": [
                Chart(
                    figures.changes(part, look),
                    caption=words.say("Contribution of each group to the change, in points"),
                    alt=_segment_alt(words, part),
                )
                for part in drawn
            ],
        },
    )


def _note(words: Language, segments: Sequence[Segment]) -> str:
    said = words.say("Rounded figures may not add up to the last digit.")
    frames = [each.frame for each in segments]
    if any((_few(frame["n_before"]) | _few(frame["n_after"])).any() for frame in frames):
        said += " " + words.say(
            "Groups of fewer than {small} responses are added up with others.", small=SMALL
        )
    return said


def _named(words: Language, segment: str) -> str:
    """Name a segment: the columns that every retailer has are translated."""
    return words.say(SEGMENTS[segment]) if segment in SEGMENTS else segment


def largest(words: Language, segment: Segment) -> pd.DataFrame:
    """Keep the groups that moved the score most; add up the others, and those of few people."""
    frame = segment.frame.replace({"label": {NONE: words.say("not given")}})
    order = (frame["within"].abs() + frame["mix"].abs()).sort_values(ascending=False, kind="stable")
    frame = frame.loc[order.index]
    few = _few(frame["n_before"]) | _few(frame["n_after"])
    room = _GROUPS_SHOWN - 1 if few.any() or len(frame) > _GROUPS_SHOWN else len(frame)
    kept = frame[~few].head(room)
    others = frame.drop(kept.index)
    while len(kept) and len(others) and _betrays(others):
        others = pd.concat([kept.tail(1), others])
        kept = kept.iloc[:-1]
    if not len(others):
        return kept.reset_index(drop=True)
    rest = others[["n_before", "n_after", "within", "mix"]].sum()
    label = words.say_many("{n} other group", "{n} other groups", len(others))
    row = pd.DataFrame([{"label": label, **rest, "lower": float("nan"), "upper": float("nan")}])
    return pd.concat([kept, row], ignore_index=True)


def _few(n: pd.Series) -> pd.Series:
    return (n > 0) & (n < SMALL)


def _betrays(others: pd.DataFrame) -> bool:
    """Tell whether groups that are added up still tell of few."""
    sums = others[["n_before", "n_after"]].sum()
    hides = bool((_few(others["n_before"]) | _few(others["n_after"])).any())
    return hides and (len(others) < 2 or bool(_few(sums).any()))


def _head(words: Language, facts: Facts) -> list[str]:
    before, after = (facts.movement.before, facts.movement.after) if facts.movement else ("", "")
    return [
        words.say("Group"),
        words.say("Responses, {period}", period=words.period(before, short=True)),
        words.say("Responses, {period}", period=words.period(after, short=True)),
        words.say("Score"),
        words.say("Weight"),
        words.say("Together"),
        words.say("Interval"),
    ]


def _rows(words: Language, frame: pd.DataFrame, segment: Segment) -> list[list[str]]:
    def points(value: float) -> str:
        return words.number(value, signed=True)

    rows = [
        [
            str(row.label),
            words.whole(row.n_before),
            words.whole(row.n_after),
            points(row.within),
            points(row.mix),
            points(row.within + row.mix),
            "–" if pd.isna(row.lower) else words.interval(row.lower, row.upper, signed=True),
        ]
        for row in records(frame)
    ]
    whole = [segment.within, segment.mix, segment.within + segment.mix]
    sizes = [words.whole(frame[name].sum()) for name in ("n_before", "n_after")]
    return [*rows, [words.say("All"), *sizes, *map(points, whole), ""]]


def _alt(words: Language, frame: pd.DataFrame) -> str:
    said = [
        f"{words.period(row.period)}: {words.number(row.estimate)} "
        f"({words.interval(row.lower, row.upper)}), n {words.whole(row.n)}"
        for row in records(frame)
        if row.n > 0
    ]
    return words.say("NPS of each period with its interval. {periods}.", periods=words.series(said))


def _segment_alt(words: Language, frame: pd.DataFrame) -> str:
    said = [
        words.say(
            "{label}: score {within}, weight {mix}",
            label=row.label,
            within=words.number(row.within, signed=True),
            mix=words.number(row.mix, signed=True),
        )
        for row in records(frame)
    ]
    return words.say("Contribution of each group. {groups}.", groups=words.series(said))
