"""Which way of asking serves which purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.experiments.survey_parts import (
    quoted,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.survey.names import PURPOSE_LINES, PURPOSES, cost
from npsstats.reporting.survey.verdict import Judged, judged_rows

if TYPE_CHECKING:
    from npsstats.experiments.survey.purposes import Verdicts
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["verdicts_brief", "verdicts_drawing"]


def verdicts_brief(result: Verdicts, look: Look) -> Brief:
    """Return the memo of which way of asking serves which purpose."""
    words = look.language
    sure = float(result.provenance.options["sure"])
    found = judged_rows(result.frame, sure)
    told = [one for one in found if one.told]
    common = frozenset.intersection(*(one.enough for one in told)) if told else frozenset()
    fit = [arm for arm in dict.fromkeys(result.frame["option"].astype(str)) if arm in common]
    taken = max(fit, key=lambda arm: sum(one.arm == arm for one in told)) if fit else ""
    if not told:
        answer = words.say("Cannot tell yet: go on with the experiment")
    elif not fit:
        answer = words.say("No one way of asking is shown to serve every purpose")
    elif len(told) == len(found):
        answer = words.say("{arm} will do for every purpose", arm=quoted(words, taken))
    else:
        answer = words.say("{arm}, as far as can be told", arm=quoted(words, taken))
    return brief_of(
        result,
        look,
        heading=words.say("Which way of asking for which purpose"),
        subtitle=words.say(
            "{purposes} purposes, {told} of which can be told; {arms} ways of asking; sure from "
            "{sure}",
            told=words.whole(len(told)),
            purposes=words.whole(len(found)),
            arms=words.whole(result.frame["option"].nunique()),
            sure=words.percent(sure),
        ),
        question=words.say("Which way of asking serves what the score is for?"),
        answer=answer,
        reason=words.say(
            "{told} of {n} purposes can be told; another way than the one in use is taken where it "
            "is the best, or better, with a probability of {sure} or more.",
            told=words.whole(len(told)),
            n=words.whole(len(found)),
            sure=words.percent(sure),
        ),
        numbers=Numbers(
            [
                words.say("For"),
                words.say("Take"),
                words.say("It is the best with probability"),
                words.say("Taking it costs, on average"),
                words.say("can it be told?"),
            ],
            [_verdict(words, one) for one in found[:MOST_ROWS]],
        ),
        steps=[
            words.say("Say first what the score is for, then ask in the way that serves it.")
            if told
            else words.say("Go on with the experiment until a purpose can be told."),
        ],
        grade=Evidence.RANDOMIZED,
        name="verdicts",
        picture=verdicts_drawing(result, look),
        alt=words.say("For each purpose and way of asking, how probably it is the best."),
    )


def verdicts_drawing(result: Verdicts, look: Look) -> Picture:
    """Draw how probably each way of asking is the best, by purpose."""
    words, sure = look.language, float(result.provenance.options["sure"])
    lines = [
        Line(
            f"{_purpose(words, row.purpose)} · {row.option}",
            100 * row.p_best,
            100 * row.p_best,
            100 * row.p_best,
            words.probability(row.p_best),
            strong=bool(row.chosen),
        )
        for row in records(result.frame.iloc[:MOST])
    ]
    axis = words.say("Probability of being the best, in percent (dashed: what counts as sure)")
    return intervals(lines, look, axis=axis, target=100 * sure)


def _purpose(words: Language, name: str, *, line: bool = False) -> str:
    outcome = name.removeprefix("prediction of ")
    if outcome != name:
        return words.say("Prediction: {outcome}", outcome=outcome)
    return words.say(PURPOSE_LINES[name] if line else PURPOSES[name])


def _verdict(words: Language, one: Judged) -> list[str]:
    if not one.told and not one.pending:
        return [
            _purpose(words, one.purpose, line=True),
            words.say("none is shown to be nearer"),
            "–",
            "–",
            words.say("no"),
        ]
    return [
        _purpose(words, one.purpose, line=True),
        one.arm if one.told else words.say("cannot tell yet ({arm} leads)", arm=one.arm),
        words.probability(one.p_best),
        cost(words, one.loss, one.unit),
        words.say("yes") if one.told else words.say("no"),
    ]
