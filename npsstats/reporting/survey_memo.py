"""The page of a survey experiment's memo: verdicts by purpose, the arms, their trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting import memo_names, memo_wording
from npsstats.reporting.language import shown
from npsstats.reporting.memo_names import ratio_failed
from npsstats.reporting.render import Chart, Page
from npsstats.reporting.survey_delays import delay_lines
from npsstats.reporting.survey_doubts import survey_doubts
from npsstats.reporting.survey_names import arms_as_planned, asking, delay_name, quoted
from npsstats.reporting.survey_next import survey_next
from npsstats.reporting.survey_table import arm_table, head_widths
from npsstats.reporting.survey_tradeoff import tradeoff
from npsstats.reporting.survey_verdict import verdict_rows, verdict_title, why

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look

__all__ = ["chart", "survey_page", "survey_subtitle"]


def survey_subtitle(words: Language, result: ExperimentResult) -> str:
    """Return what was compared, and of how many invitations."""
    survey: Any = result.parts["survey"]
    return words.say(
        "{arms}, assigned by lot to {n} invitations",
        arms=words.listing([asking(words, result, arm) for arm in arms_as_planned(result)]),
        n=words.whole(float(survey.of("response")["n"].sum())),
    )


def survey_page(result: ExperimentResult, look: Look) -> Page:
    """Return the page."""
    words = look.language
    said, changes = memo_wording.status(words, result)
    head, rows = arm_table(words, result)
    verdict_head, verdicts = verdict_rows(words, result)
    drawn = chart(result, look)
    return Page(
        template="survey",
        title=verdict_title(words, result),
        content={
            "status": said,
            "registered": result.registration.status == "registered"
            and result.registration.late is None,
            "changes": changes,
            "question": words.say("Question"),
            "hypothesis": memo_names.hypothesis(words, result),
            "decision": words.say("Decision"),
            "verdict_head": verdict_head,
            "verdicts": verdicts,
            "reason": why(words, result),
            "head": head,
            "rows": rows,
            "widths": head_widths(result),
            "doubts_title": words.say("What could be wrong"),
            "doubts": survey_doubts(words, result),
            "next_title": words.say("What to do next"),
            "next": survey_next(words, result),
        },
        charts={} if drawn is None else {"tradeoff": drawn},
    )


def chart(result: ExperimentResult, look: Look) -> Chart | None:
    """Return the picture of the trade-off; none of what cannot be trusted."""
    if ratio_failed(result):
        return None
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
        "{first} answer after {soon}, {last} after {late}; with each doubling of the delay the NPS "
        "moves by {slope} ({interval}).",
        first=words.percent(float(first["estimate"]), 1),
        soon=delay_name(words, result, float(first["delay_hours"])),
        last=words.percent(float(last["estimate"]), 1),
        late=delay_name(words, result, float(last["delay_hours"])),
        slope=words.number(float(slope["estimate"]), signed=True),
        interval=words.interval(slope["lower"], slope["upper"], signed=True),
    )
