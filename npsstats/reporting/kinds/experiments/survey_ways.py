"""What each way of asking brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.experiments.survey.arms.rows import WEIGHTED
from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    quoted,
    read,
    row_of,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.survey.tradeoff import arms_alone

if TYPE_CHECKING:
    from npsstats.experiments.survey.arms import SurveyArms
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["arms_brief", "arms_drawing"]


def arms_brief(result: SurveyArms, look: Look) -> Brief:
    """Return the memo of what each way of asking brings."""
    words = look.language
    level = float(result.frame["level"].iloc[0])
    gaps = _weighted_gaps(result)
    told = {arm: gap for arm, gap in gaps.items() if gap.side is not Standing.UNKNOWN}
    control = quoted(words, result.arms[0])
    if told:
        arm, one = max(told.items(), key=lambda item: abs(item[1].estimate))
        answer = (
            words.say("Asked {arm}, customers score higher", arm=quoted(words, arm))
            if one.side is Standing.ABOVE
            else words.say("Asked {arm}, customers score lower", arm=quoted(words, arm))
        )
    else:
        arm, one = max(gaps.items(), key=lambda item: abs(item[1].estimate))
        answer = cannot_tell(words)
    reason = words.say(
        "Weighted to all who were asked, {arm} has {estimate} points against {control}.",
        arm=quoted(words, arm),
        estimate=read(words, one),
        control=control,
    )
    shown = list(result.arms)
    if len(shown) > MOST_ROWS:  # the control, and those that are furthest from it
        far = sorted(gaps, key=lambda name: -abs(gaps[name].estimate))
        shown = [result.arms[0], *far[: MOST_ROWS - 1]]
    response, score, weighted = (
        result.of(name)
        for name in ("response", "NPS of those who answer", "NPS weighted to all asked")
    )
    return brief_of(
        result,
        look,
        heading=words.say("What each way of asking brings"),
        subtitle=words.say(
            "{n} invitations, {arms} ways of asking",
            n=words.whole(float(response["n"].sum())),
            arms=words.whole(len(result.arms)),
        ),
        question=words.say("How many answer each way, and does the way move the score?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Way of asking"),
                words.say("asked"),
                words.say("answer"),
                words.say("NPS of those who answer ({level} interval)", level=words.percent(level)),
                words.say("NPS weighted to all asked"),
                words.say("weighted, less {control}", control=control),
            ],
            [
                [
                    arm,
                    words.whole(float(response["n"][arm])),
                    words.percent(float(response["estimate"][arm]), 1),
                    read(
                        words,
                        row_of("", score.loc[arm]),
                        signed=False,
                    ),
                    words.number(float(weighted["estimate"][arm])),
                    read(words, gaps[arm]) if arm in gaps else "–",
                ]
                for arm in shown
            ],
        ),
        steps=[
            words.say("Never compare scores asked in different ways; npsstats bridge joins them."),
            words.say("Choose by what the score is for: npsstats analyze judges by purpose.")
            if told
            else words.say("Ask more before the way of asking is changed for its score."),
        ],
        grade=Evidence.RANDOMIZED,
        name="ways-of-asking",
        picture=arms_drawing(result, look),
        alt=words.say("For each arm the share that answers against the NPS, and both intervals."),
    )


def arms_drawing(result: SurveyArms, look: Look) -> Picture:
    """Draw response against NPS, an arm a mark."""
    return arms_alone(result, look)


def _weighted_gaps(result: SurveyArms) -> dict[str, Row]:
    frame = result.effects.frame
    rows = frame[frame["estimand"] == WEIGHTED]
    return {str(row.arm): row_of(str(row.arm), row) for row in records(rows.drop_duplicates("arm"))}
