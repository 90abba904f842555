"""What the memo of a survey experiment says: verdicts by purpose, the arms, their trade-off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats.reporting.experiment.arms_made import size_chart, size_table
from npsstats.reporting.experiment.names import ratio_failed
from npsstats.reporting.language import shown
from npsstats.reporting.memos.brief import Brief, Numbers
from npsstats.reporting.render import Chart
from npsstats.reporting.survey.delays import delay_lines
from npsstats.reporting.survey.doubts import survey_doubts
from npsstats.reporting.survey.names import arms_as_planned, asking, delay_name, quoted
from npsstats.reporting.survey.next import survey_next
from npsstats.reporting.survey.table import arm_table, head_widths
from npsstats.reporting.survey.tradeoff import tradeoff
from npsstats.reporting.survey.verdict import verdict_rows, verdict_title, why

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look

__all__ = ["chart", "survey_brief"]


def survey_brief(planned: Brief, result: ExperimentResult, look: Look) -> Brief:
    """Return the memo of a survey experiment from what its plan says of it."""
    words = look.language
    if ratio_failed(result):
        return replace(
            planned,
            subtitle=_subtitle(words, result),
            answer=verdict_title(words, result),
            reason=why(words, result),
            numbers=size_table(words, result),
            doubts=survey_doubts(words, result),
            steps=survey_next(words, result),
            charts=[size_chart(result, look)],
        )
    head, rows = arm_table(words, result)
    verdict_head, verdicts = verdict_rows(words, result)
    return replace(
        planned,
        subtitle=_subtitle(words, result),
        answer=verdict_title(words, result),
        reason=why(words, result),
        numbers=Numbers(head, rows),
        doubts=survey_doubts(words, result),
        steps=survey_next(words, result),
        charts=[chart(result, look)],
        template="survey",
        more={
            "verdict_head": verdict_head,
            "verdicts": verdicts,
            "widths": head_widths(result),
        },
    )


def _subtitle(words: Language, result: ExperimentResult) -> str:
    survey: Any = result.parts["survey"]
    arms = words.listing([asking(words, result, arm) for arm in arms_as_planned(result)])
    n = words.whole(float(survey.of("response")["n"].sum()))
    if ratio_failed(result):
        return words.say("{arms}: {n} invitations, in arms that are not as planned", arms=arms, n=n)
    return words.say("{arms}, assigned by lot to {n} invitations", arms=arms, n=n)


def chart(result: ExperimentResult, look: Look) -> Chart:
    """Return the picture of the trade-off."""
    words = look.language
    if "delay curve" in result.parts:
        said = _along(words, result)
        alt = words.say("Answers, NPS and margin along the delay, for all and by journey.")
        return Chart(delay_lines(result, look), caption=said, alt=f"{alt} {said}")
    said = _apart(words, result)
    alt = words.say("For each arm the share that answers against the NPS, and both intervals.")
    return Chart(tradeoff(result, look), caption=said, alt=f"{alt} {said}")


def _apart(words: Language, result: ExperimentResult) -> str:
    """Say which arms fewest and most answer, and with which NPS."""
    survey: Any = result.parts["survey"]
    arms = arms_as_planned(result)
    response = survey.of("response").loc[arms, "estimate"].astype(float)
    scores = survey.of("NPS of those who answer").loc[arms, "estimate"].astype(float)
    low, high = str(response.idxmin()), str(response.idxmax())
    if shown(response[low], 3) == shown(response[high], 3):
        return words.say(
            "As many answer in every arm ({share}); the NPS goes from {lower} to {upper}.",
            share=words.percent(response[low], 1),
            lower=words.number(float(scores.min())),
            upper=words.number(float(scores.max())),
        )
    return words.say(
        "{high} answer in {one} and give an NPS of {first}; {low} in {other}, and {second}.",
        high=words.percent(response[high], 1),
        one=quoted(words, result, high),
        first=words.number(scores[high]),
        low=words.percent(response[low], 1),
        other=quoted(words, result, low),
        second=words.number(scores[low]),
    )


def _along(words: Language, result: ExperimentResult) -> str:
    """Say how response goes along the delay, and how the score drifts with each doubling."""
    curve: Any = result.parts["delay curve"]
    frame = curve.frame
    rows = frame[(frame["group"] == "all") & (frame["quantity"] == "response")]
    first, last = rows.iloc[0], rows.iloc[-1]
    slope: Any = curve.drift[curve.drift["group"] == "all"].iloc[0]
    return words.say(
        "On the fitted curve {first} answer after {soon}, {last} after {late}; with each doubling "
        "of the delay the NPS moves by {slope} ({interval}).",
        first=words.percent(float(first["estimate"]), 1),
        soon=delay_name(words, result, float(first["delay_hours"])),
        last=words.percent(float(last["estimate"]), 1),
        late=delay_name(words, result, float(last["delay_hours"])),
        slope=words.number(float(slope["estimate"]), signed=True),
        interval=words.interval(slope["lower"], slope["upper"], signed=True),
    )
