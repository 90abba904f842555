"""Ways of asking by the quality of the experience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.experiments.survey.quality import CONTRAST
from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
    read,
    row_of,
    table,
    warned,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.survey.quality import QualityEffects
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["quality_brief", "quality_drawing"]

_QUALITIES = {
    "poor": mark("poor"),
    "not poor": mark("not poor"),
    "true": mark("yes"),
    "false": mark("no"),
    "True": mark("yes"),
    "False": mark("no"),
}


def quality_brief(result: QualityEffects, look: Look) -> Brief:
    """Return the memo of the arms by quality of the experience."""
    words, rows, gaps = look.language, _qualities(look.language, result), _contrasts(look, result)
    told = [gap for gap in gaps if gap.side is not Standing.UNKNOWN]
    if not gaps:
        answer = cannot_tell(words)
        reason = words.say(
            "Only one quality was heard in both arms, or more than two: nothing is compared."
        )
    elif told:
        one = max(told, key=lambda gap: abs(gap.estimate))
        answer = words.say("The way of asking does not move all experiences alike")
        reason = words.say(
            "{label}: the difference is {estimate} points, which both bounds have on one side of "
            "zero.",
            label=one.label,
            estimate=read(words, one),
        )
    else:
        largest = max(gaps, key=lambda gap: abs(gap.estimate))
        answer = cannot_tell(words)
        reason = words.say(
            "{label}: {estimate} points. Experiences may be moved alike, or not.",
            label=largest.label,
            estimate=read(words, largest),
        )
    described = warned(result, "was told in the same questionnaire, after assignment")
    return brief_of(
        result,
        look,
        heading=words.say("The way of asking, by quality of the experience"),
        subtitle=words.say("Told apart by “{key}”", key=result.frame["key"].iloc[0]),
        question=words.say(
            "Does the way of asking move the score of poor experiences as it does that of others?"
        ),
        answer=answer,
        reason=reason,
        numbers=table(
            words,
            [*gaps, *rows],
            [
                words.say("Way of asking and experience"),
                words.say("Answers, control"),
                words.say("Answers, this way"),
                words.say("NPS difference"),
            ],
            float(result.frame["level"].iloc[0]),
        ),
        steps=[
            words.say(
                "Compare stores or periods only where they were asked in the same way: how far "
                "they are moved depends on the experiences that they hold."
            )
            if told
            else words.say("Keep the way of asking as it is until more answers tell.")
        ],
        grade=Evidence.DESCRIPTION if described else Evidence.RANDOMIZED,
        name="quality",
        picture=quality_drawing(result, look),
        alt=words.say("The NPS difference that each way of asking makes, by experience."),
    )


def quality_drawing(result: QualityEffects, look: Look) -> Picture:
    """Draw the difference of every arm in every quality."""
    words = look.language
    rows = [*_contrasts(look, result), *_qualities(words, result)]
    return forest(rows, look, axis=words.say("NPS difference from the control, in points"))


def _qualities(words: Language, result: QualityEffects) -> list[Row]:
    frame = result.frame[result.frame["quantity"] == "NPS difference"]
    return [_quality(words, row, row.quality) for row in records(frame)]


def _contrasts(look: Look, result: QualityEffects) -> list[Row]:
    words = look.language
    frame = result.frame[result.frame["quantity"] == CONTRAST]
    return [
        _quality(
            words,
            row,
            words.say("{quality}, less the others", quality=_named(words, str(row.quality))),
        )
        for row in records(frame)
    ]


def _named(words: Language, quality: str) -> str:
    return words.say(_QUALITIES[quality]) if quality in _QUALITIES else quality


def _quality(words: Language, row: Any, quality: object) -> Row:
    label = f"{row.arm} · {row.key} · {_named(words, str(quality))}"
    heads = (words.whole(row.n_control), words.whole(row.n_treatment))
    return row_of(label, row, more=heads)
