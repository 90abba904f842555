"""Whom the treatment reached, of what kind they are, and what else might explain the effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.experiments.readings import (
    POINTS,
    Reading,
    forest,
    percents,
    quoted,
    scale_of,
    table,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.compliance.exclusion import ExclusionSensitivity
    from npsstats.experiments.compliance.principal import PrincipalStrata
    from npsstats.experiments.compliance.reach import ReachRates
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "exclusion_brief",
    "exclusion_drawing",
    "reach_brief",
    "reach_drawing",
    "strata_brief",
    "strata_drawing",
]

_STRATA = {
    "share_complier": mark("Reached only if assigned: share of customers"),
    "share_never": mark("Never reached: share of customers"),
    "share_always": mark("Reached anyhow: share of customers"),
    "p_never": mark("Outcome of those never reached"),
    "p_always": mark("Outcome of those reached anyhow"),
    "p_complier_control": mark("Outcome of those reachable, left alone"),
    "p_complier_treated": mark("Outcome of those reachable, treated"),
    "cace": mark("Effect on those reachable"),
}


def reach_brief(result: ReachRates, look: Look) -> Brief:
    """Return the memo of whom the treatment reached."""
    words, rows = look.language, records(result.frame)
    best = max(rows, key=lambda row: row.estimate)
    return brief_of(
        result,
        look,
        heading=words.say("Whom the treatment reached"),
        subtitle=words.say_many(
            "{n} customer assigned", "{n} customers assigned", int(sum(row.n for row in rows))
        ),
        question=words.say("What share of each arm really received the treatment?"),
        answer=words.say(
            "{share} received it in {arm}",
            share=words.percent(best.estimate, 1),
            arm=quoted(words, best.arm),
        ),
        reason=words.say(
            "{n} of {all} were reached ({level} interval {interval}).",
            n=words.whole(best.received),
            all=words.whole(best.n),
            level=words.percent(best.level),
            interval=percents(words, best.lower, best.upper),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Assigned"),
                words.say("Received it"),
                words.say("Share"),
                interval_head(words, float(best.level)),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.n),
                    words.whole(row.received),
                    words.percent(row.estimate, 1),
                    percents(words, row.lower, row.upper),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say(
                "Go on reading the effect on all who were assigned; of those reached, "
                "nps.compliance tells it without comparing them with those who were not."
            )
        ],
        grade=Evidence.ASSIGNED,
        name="reach",
        picture=reach_drawing(result, look),
        alt=words.say("The share of each arm that received the treatment, with its interval."),
    )


def reach_drawing(result: ReachRates, look: Look) -> Picture:
    """Draw the share of each arm that was reached."""
    words = look.language
    lines = [
        Line(
            str(row.arm),
            100 * row.estimate,
            100 * row.lower,
            100 * row.upper,
            words.say(
                "{estimate} ({interval})",
                estimate=words.percent(row.estimate, 1),
                interval=percents(words, row.lower, row.upper),
            ),
        )
        for row in records(result.frame)[:MOST]
    ]
    return intervals(lines, look, axis=words.say("Received the treatment, in % of the arm"))


def strata_brief(result: PrincipalStrata, look: Look) -> Brief:
    """Return the memo of principal strata: who can be reached, and the effect on them."""
    words = look.language
    effect = Reading.of(result.effect, words.say("Effect on those reachable"), POINTS)
    share = next(row for row in records(result.frame) if row.quantity == "share_complier")
    broken = result.k_hat > 0.7  # NaN where PyMC drew
    answer = {
        Standing.ABOVE: words.say("Higher among those whom the treatment reaches"),
        Standing.BELOW: words.say("Lower among those whom the treatment reaches"),
        Standing.UNKNOWN: cannot_tell(words),
    }[effect.side]
    reason = words.say(
        "The effect on them is {estimate} ({level} interval {interval}); they are {share} of "
        "all customers.",
        estimate=effect.number(words),
        level=words.percent(result.effect.level),
        interval=effect.interval(words),
        share=words.percent(share.estimate, 1),
    )
    return brief_of(
        result,
        look,
        heading=words.say("Who can be reached, and what it does to them"),
        subtitle=words.say(
            "{treated} customers treated, {control} not",
            treated=words.whole(result.effect.n_treatment),
            control=words.whole(result.effect.n_control),
        ),
        question=words.say(
            "What does the treatment do to those whom it reaches only because they were assigned?"
        ),
        answer=cannot_tell(words) if broken else answer,
        reason=words.say("The draws are too rough to be trusted.") if broken else reason,
        numbers=Numbers(
            [
                words.say("Of whom"),
                words.say("Estimate"),
                interval_head(words, float(result.effect.level)),
            ],
            [_stratum(words, row) for row in records(result.frame)],
        ),
        steps=[
            words.say(
                "Reach more of them, if the effect is worth its cost: nobody gains unreached."
            )
        ]
        if effect.side is Standing.ABOVE and not broken
        else [words.say("Go on with the effect on all who were assigned; it needs no such types.")],
        grade=Evidence.RANDOMIZED,
        name="principal-strata",
        picture=strata_drawing(result, look),
        alt=words.say(
            "Shares of the types, their outcomes and the effect, each with its interval."
        ),
    )


def _stratum(words: Language, row: Any) -> list[str]:
    name = str(row.quantity)
    label = words.say(_STRATA[name])
    estimate, lower, upper = (float(getattr(row, end)) for end in ("estimate", "lower", "upper"))
    if name == "cace":
        reading = Reading(label, estimate, lower, upper, POINTS)
        return [label, reading.number(words), reading.interval(words)]
    return [label, words.percent(estimate, 1), percents(words, lower, upper)]


def strata_drawing(result: PrincipalStrata, look: Look) -> Picture:
    """Draw shares, outcomes and effect on one axis of percent."""
    words = look.language
    lines = [
        Line(
            _stratum(words, row)[0],
            100 * row.estimate,
            100 * row.lower,
            100 * row.upper,
            words.say(
                "{estimate} ({interval})",
                estimate=_stratum(words, row)[1],
                interval=_stratum(words, row)[2],
            ),
            strong=row.quantity == "cace",
        )
        for row in records(result.frame)
    ]
    return intervals(lines, look, axis=words.say("In %; of the effect, in points of percentage"))


def exclusion_brief(result: ExclusionSensitivity, look: Look) -> Brief:
    """Return the memo of what assignment itself, without reach, would have to do."""
    words, rows = look.language, records(result.frame)
    scale = scale_of(str(result.provenance.options.get("unit", "share")))
    first = Reading.of(rows[0], "", scale)
    held = first.side is not Standing.UNKNOWN and result.explains_limit != 0
    reading = [
        Reading.of(
            row,
            words.say("assignment itself does {n}", n=scale.number(words, row.direct_effect)),
            scale,
        )
        for row in rows
    ]
    least, most = (
        scale.number(words, value) for value in (result.explains_limit, result.explains_all)
    )
    if not held:
        reason = words.say("The interval holds no effect without any direct effect of assignment.")
    else:
        reason = words.say(
            "To bring the interval to no effect, being assigned would itself have to do {least} to "
            "everybody; to explain all of it, {most}.",
            least=least,
            most=most,
        )
        enough = words.say("{n} by itself: enough for no effect", n=least)
        reading.append(Reading.unknown(enough, scale))
    return brief_of(
        result,
        look,
        heading=words.say("Could assignment itself have done it?"),
        subtitle=words.say("Never reached: {share}", share=words.percent(result.never_takers, 1)),
        question=words.say(
            "Would the effect on those reached stand if being assigned did something by itself?"
        ),
        answer=words.say("It stands unless assignment itself does {n} or more", n=least)
        if held
        else cannot_tell(words),
        reason=reason,
        numbers=table(
            words,
            reading,
            [words.say("If …"), words.say("Effect on those reached")],
            float(rows[0].level),
        ),
        steps=[
            words.say(
                "Ask whether being assigned, unreached, could do that much (a letter, a hint)."
            )
        ]
        if held
        else [words.say("Do not build on the effect on those reached.")],
        grade=Evidence.RANDOMIZED,
        name="exclusion",
        picture=exclusion_drawing(result, look),
        alt=words.say("The effect on those reached for growing direct effects of assignment."),
    )


def exclusion_drawing(result: ExclusionSensitivity, look: Look) -> Picture:
    """Draw the effect on those reached under direct effects of assignment."""
    words = look.language
    scale = scale_of(str(result.provenance.options.get("unit", "share")))
    rows = [
        Reading.of(
            row,
            words.say("assignment itself does {n}", n=scale.number(words, row.direct_effect)),
            scale,
        )
        for row in records(result.frame)
    ]
    return forest(rows, look, strong=0)
