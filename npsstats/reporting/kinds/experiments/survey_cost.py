"""What dealing out as answers come in costs and buys, simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.kinds.experiments.survey_parts import (
    between,
    read,
    row_of,
    scale_of,
)
from npsstats.reporting.kinds.making import brief_of, interval_head
from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.survey.curves import Curve, curves

if TYPE_CHECKING:
    from npsstats.experiments.adaptive.cost import AdaptiveCost
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["cost_brief", "cost_drawing"]


_MEASURES = {
    "right arm chosen": mark("the right arm is chosen (%)"),
    "shortfall of the arm chosen": mark("answers that the arm chosen falls short (%)"),
    "answers lost": mark("answers lost against the best arm"),
    "sure of an arm": mark("sure of an arm (%)"),
    "sure of a wrong arm": mark("sure of a wrong arm (%)"),
    "invitations until sure": mark("invitations until sure"),
}


def cost_brief(result: AdaptiveCost, look: Look) -> Brief:
    """Return the memo of adaptive allocation against equal shares, simulated."""
    words = look.language
    options = result.provenance.options
    gaps = {
        row.measure: row_of("", row, row.unit)
        for row in records(result.frame[result.frame["design"] == "difference"])
    }
    right, lost = gaps["right arm chosen"], gaps["answers lost"]
    answer = {
        Standing.ABOVE: words.say("Adaptive allocation finds the best arm more often"),
        Standing.BELOW: words.say("Equal shares find the best arm more often"),
        Standing.UNKNOWN: words.say("Cannot tell which finds the best arm more often"),
    }[right.side]
    alike = shown(right.lower) == shown(right.upper) == 0
    if alike:
        answer = words.say("In these simulations both found the best arm equally often")
    step = (
        words.say("Deal out as answers come in, with a minimum share for every arm.")
        if (alike or right.side is Standing.ABOVE) and lost.side is Standing.BELOW
        else words.say("Keep equal shares: they are simpler to read and lose no more here.")
        if lost.side is not Standing.BELOW
        else words.say("Simulate more experiments before a design is chosen.")
        if right.side is Standing.UNKNOWN
        else words.say("Keep equal shares, unless the answers lost matter more than the choice.")
    )
    return brief_of(
        result,
        look,
        heading=words.say("Adaptive allocation against equal shares"),
        subtitle=words.say(
            "{n} simulated experiments of {batches} batches of {size} invitations",
            n=words.whole(options["replications"]),
            batches=words.whole(options["batches"]),
            size=words.whole(options["per_batch"]),
        ),
        question=words.say("Is it worth dealing invitations out as answers come in?"),
        answer=answer,
        reason=words.say(
            "Adaptive less equal shares: {right} percentage points in how often the right arm is "
            "chosen, {lost} in the answers lost.",
            right=read(words, right),
            lost=read(words, lost),
        ),
        numbers=Numbers(
            [
                words.say("Measure"),
                words.say("Adaptive"),
                words.say("Equal shares"),
                words.say("Difference"),
                interval_head(words, float(result.frame["level"].iloc[0])),
            ],
            [
                [
                    words.say(_MEASURES[measure]),
                    *(
                        words.number(gaps_scale * result.value(measure, design))
                        for design in ("adaptive", "equal")
                    ),
                    words.number(gap.estimate, signed=True),
                    between(words, gap),
                ]
                for measure, gap in gaps.items()
                for gaps_scale in [scale_of(_unit(result, measure))]
            ],
        ),
        steps=[step],
        grade=Evidence.PLAN,
        name="adaptive-cost",
        picture=cost_drawing(result, look),
        alt=words.say("How often the right arm leads, by invitations sent, in both designs."),
    )


def _unit(result: AdaptiveCost, measure: str) -> str:
    return str(result.frame.loc[result.frame["measure"] == measure, "unit"].iloc[0])


def cost_drawing(result: AdaptiveCost, look: Look) -> Picture:
    """Draw how often the right arm leads, by invitations sent."""
    words = look.language
    names = {"adaptive": words.say("Adaptive"), "equal": words.say("Equal shares")}
    drawn = [
        Curve(
            label,
            *(
                result.course.loc[result.course["design"] == design, name].to_numpy(dtype=float)
                for name in ("invitations", "right")
            ),
        )
        for design, label in names.items()
    ]
    return curves(
        drawn,
        look,
        title=words.say("Experiments in which the right arm leads"),
        axis=words.say("Invitations so far"),
        share=True,
    )
