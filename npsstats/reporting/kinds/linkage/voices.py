"""Themes of what customers write: shares and counts, never a text."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.linkage.rows import Row, Scale, drawn, number, span
from npsstats.reporting.kinds.linkage.sayable import renamed
from npsstats.reporting.kinds.making import FEWEST, MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.linkage.themes.verbatim_result import VerbatimResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_GAP = Scale(null=0.0, decimals=1)
_SHARE = Scale(null=None, decimals=1, signed=False)
_ALL, _NONE = "all", "(none)"


def brief(result: VerbatimResult, look: Look) -> Brief:
    """Return the memo on the themes."""
    words = look.language
    rows, kept_back = _told(result)
    gaps = _gaps(result)
    first = _most_apart(gaps, rows)
    themes = dict(zip(result.frame["theme"], result.frame["label"], strict=True))
    return brief_of(
        renamed(result, lambda name: themes.get(name, name)),
        look,
        heading=words.say("What customers write about"),
        subtitle=words.say_many("{n} verbatim", "{n} verbatims", _texts(result)),
        question=words.say("Which themes do detractors name more than promoters?"),
        answer=_answer(words, first),
        reason=_reason(words, rows, first),
        numbers=Numbers(
            [
                words.say("Theme"),
                words.say("Verbatims"),
                words.say("Share, %"),
                interval_head(words, float(result.frame["level"].iloc[0])),
                words.say("Detractors less promoters, points"),
            ],
            [_cells(words, row, gaps) for row in rows[:MOST_ROWS]]
            or [[words.say("No theme in five verbatims or more"), *["–"] * 4]],
        ),
        steps=[_step(words, first)],
        grade=Evidence.CROSS_SECTION,
        name="verbatims",
        picture=drawing(result, look),
        alt=words.say("The share of verbatims that name each theme, with its interval."),
        doubts=[
            words.say_many(
                "{n} theme in fewer than {least} verbatims is not shown.",
                "{n} themes in fewer than {least} verbatims are not shown.",
                kept_back,
                least=FEWEST,
            )
        ]
        if kept_back
        else [],
    )


def drawing(result: VerbatimResult, look: Look) -> Picture:
    """Draw the share that names each theme."""
    words = look.language
    rows, _ = _told(result)
    return drawn(
        [_share(row) for row in rows],
        _SHARE,
        look,
        words.say("Share of the verbatims that name it, %"),
    )


def _told(result: VerbatimResult) -> tuple[list[Any], int]:
    """Return the themes that enough verbatims name, most named first, and how many are not."""
    frame = result.frame
    whole = frame[(frame["category"] == _ALL) & (frame["theme"] != _NONE)]
    named = whole[whole["yes"] > 0]
    kept = named[(named["yes"] >= FEWEST) & (named["n"] - named["yes"] != 0)]
    few = int((named["yes"] < FEWEST).sum())
    return records(kept.sort_values("estimate", ascending=False, kind="stable")), few


def _texts(result: VerbatimResult) -> int:
    return int(result.frame.loc[result.frame["category"] == _ALL, "n"].max())


def _share(row: Any) -> Row:
    return Row(str(row.label), 100 * row.estimate, 100 * row.lower, 100 * row.upper, row.yes)


def _gaps(result: VerbatimResult) -> dict[str, Any]:
    """Return the gap of each theme between detractors and promoters, in points."""
    return {str(row.theme): row for row in records(result.gaps)}


def _most_apart(gaps: dict[str, Any], rows: list[Any]) -> tuple[Any, Any] | None:
    """Return the theme that detractors most surely name more, with its gap, or None."""
    sure = [
        (row, gaps[row.theme])
        for row in rows
        if row.theme in gaps
        and standing(100 * gaps[row.theme].lower, 100 * gaps[row.theme].upper) is Standing.ABOVE
    ]
    return max(sure, key=lambda pair: pair[1].estimate) if sure else None


def _cells(words: Language, row: Any, gaps: dict[str, Any]) -> list[str]:
    share = _share(row)
    gap = gaps.get(row.theme)
    return [
        shorten_middle(share.label, 60),
        words.whole(share.n),
        number(words, share.estimate, _SHARE),
        span(words, share, _SHARE),
        _gap(words, gap) if gap is not None else words.number(nan),
    ]


def _gap(words: Language, gap: Any) -> str:
    row = Row("", 100 * gap.estimate, 100 * gap.lower, 100 * gap.upper)
    return words.say(
        "{estimate} ({interval})",
        estimate=number(words, row.estimate, _GAP),
        interval=span(words, row, _GAP),
    )


def _answer(words: Language, first: tuple[Any, Any] | None) -> str:
    if first is None:
        return cannot_tell(words)
    return words.say(
        "Detractors name it more: {theme}", theme=shorten_middle(str(first[0].label), 50)
    )


def _reason(words: Language, rows: list[Any], first: tuple[Any, Any] | None) -> str:
    if first is None:
        said = words.say("No theme is surely named more by detractors than by promoters.")
        if rows:
            said += " " + words.say(
                "The one named most is {theme}, by {share}% of the verbatims.",
                theme=str(rows[0].label),
                share=words.number(100 * rows[0].estimate),
            )
        return said
    row, gap = first
    return words.say(
        "{theme}: detractors name it {gap} points more often than promoters do, with an interval "
        "that holds for all themes at once.",
        theme=str(row.label),
        gap=_gap(words, gap),
    )


def _step(words: Language, first: tuple[Any, Any] | None) -> str:
    if first is None:
        return words.say("Wait for more verbatims before choosing a theme to work on.")
    return words.say(
        "Read what detractors write on that theme, store by store, before spending on it."
    )
