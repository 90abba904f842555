"""What could be wrong with a survey experiment, most serious first: sentences of its memo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.experiment.doubts import sizes
from npsstats.reporting.experiment.names import outcome_name, ratio_failed
from npsstats.reporting.survey.names import key_name, percentage_points, quoted
from npsstats.reporting.survey.verdict import judged

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["survey_doubts"]

_MOST = 7
_NAMED = 2


def survey_doubts(words: Language, result: ExperimentResult) -> list[str]:
    """Return what could be wrong, most serious first, seven points at most."""
    failed = sizes(words, result)
    if ratio_failed(result):
        return [*failed, *_recent(words, result)]
    found = [
        *failed,
        *_unregistered(words, result),
        *_who_answers(words, result),
        *_bounds(words, result),
        *_prediction(words, result),
        *_factors(words, result),
        *_associations(words, result),
        *_recent(words, result),
        *_looks(words, result),
    ]
    return found[:_MOST]


def _unregistered(words: Language, result: ExperimentResult) -> list[str]:
    if result.registration.status == "registered":
        return []
    return [
        words.say(
            "The plan was not pinned before the data were seen: what is told may be what was "
            "looked for."
        )
    ]


def _who_answers(words: Language, result: ExperimentResult) -> list[str]:
    """Say what weights know, and whether the arms are answered by other people."""
    survey: Any = result.parts["survey"]
    known = [key_name(words, result, key) for key in survey.known]
    response = survey.of("response")
    low, high = response["estimate"].idxmin(), response["estimate"].idxmax()
    apart = bool(response.loc[high, "lower"] > response.loc[low, "upper"])
    said = []
    if apart:
        said.append(
            words.say(
                "{low} answer in {one}, {high} in {other}: their scores are partly those of other "
                "people.",
                low=words.percent(float(response.loc[low, "estimate"]), 1),
                one=quoted(words, result, str(low)),
                high=words.percent(float(response.loc[high, "estimate"]), 1),
                other=quoted(words, result, str(high)),
            )
        )
    if known:
        said.append(
            words.say(
                "Weights know what is recorded of all who were asked ({known}), and nothing of "
                "why people alike in it answer or stay silent.",
                known=words.listing(known),
            )
        )
    else:
        said.append(
            words.say(
                "Nothing is recorded here of those who stay silent: no weight can speak for them."
            )
        )
    return [" ".join(said)]


def _bounds(words: Language, result: ExperimentResult) -> list[str]:
    survey: Any = result.parts["survey"]
    worst = survey.of("NPS of all asked, worst case")
    arm = str((worst["upper"] - worst["lower"]).idxmin())
    return [
        words.say(
            "Even in {arm}, of which most is heard, {silent} stay silent: had they all scored "
            "low, or all high, the NPS of all asked would be {lower}, or {upper}.",
            arm=quoted(words, result, arm),
            silent=words.percent(1 - float(survey.of("response").loc[arm, "estimate"])),
            lower=words.number(float(worst.loc[arm, "lower"]), 0),
            upper=words.number(float(worst.loc[arm, "upper"]), 0),
        )
    ]


def _prediction(words: Language, result: ExperimentResult) -> list[str]:
    """Say of whom prediction speaks, and how many answers were not followed long enough."""
    plan = result.plan.survey
    if plan is None or not plan.validity:
        return []
    name = plan.validity[0]
    label = outcome_name(words, name, result.plan.outcomes[name])
    part = result.parts.get(f"validity of {name}")
    if part is None:
        return [
            words.say(
                "“{outcome}” is not known in every arm yet: nothing is said of prediction.",
                outcome=label,
            )
        ]
    survey: Any = result.parts["survey"]
    whole = part.frame[part.frame["quantity"] == "rate, all"]
    answers = int(survey.of("NPS of those who answer")["n"].sum())
    rest = answers - int(whole["n"].sum())
    if rest <= 0:
        return [
            words.say(
                "Prediction is that of those who answer: an arm that makes others answer changes "
                "what the score predicts, even where it measures no better."
            )
        ]
    return [
        words.say(
            "Prediction is that of those who answer, and {rest} of {n} answers were not followed "
            "long enough to know “{outcome}”.",
            rest=words.whole(rest),
            n=words.whole(answers),
            outcome=label,
        )
    ]


def _factors(words: Language, result: ExperimentResult) -> list[str]:
    """Say where things varied at once do not add up."""
    part = result.parts.get("factors")
    if part is None:
        return []
    rows = part.frame[part.frame["effect"] == "interaction"]
    sure = rows[(rows["lower"] > 0) | (rows["upper"] < 0)]
    if not len(sure):
        return []
    levels = [f"“{level}”" for level in sure["level_of"].astype(str).drop_duplicates()]
    return [
        words.say(
            "What was varied at once does not seem to add up ({levels}): read the arms one by one.",
            levels=", ".join([*levels[:_NAMED], *(["…"] if len(levels) > _NAMED else [])]),
        )
    ]


def _looks(words: Language, result: ExperimentResult) -> list[str]:
    """Say what a better-looking score is not, where one is recommended."""
    taken = [one for one in judged(result) if one.purpose == "communication" and one.told]
    if not taken or taken[0].anyway:
        return []
    return [
        words.say(
            "A higher score for the way of asking is no better experience: nobody is happier in "
            "{arm}.",
            arm=quoted(words, result, taken[0].arm),
        )
    ]


def _associations(words: Language, result: ExperimentResult) -> list[str]:
    """Say what was not drawn by lot, and what it goes with."""
    tired: Any = result.parts.get("fatigue")
    if tired is not None and not tired.randomized:
        rows: pd.DataFrame = tired.frame
        row: Any = rows[
            (rows["change"] == "one more solicitation") & (rows["quantity"] == "response")
        ].iloc[0]
        return [
            words.say(
                "Hours of sending and past solicitations were not drawn by lot. One more "
                "solicitation goes with {change} of answers ({interval}): an association.",
                change=percentage_points(words, float(row["estimate"])),
                interval=words.interval(row["lower"], row["upper"], signed=True),
            )
        ]
    if "send times" in result.parts:
        return [
            words.say(
                "Days and hours of sending were not drawn by lot: they follow from the visit and "
                "the delay, and what goes with them need not come from them."
            )
        ]
    return []


def _recent(words: Language, result: ExperimentResult) -> list[str]:
    ripe = result.parts.get("maturity")
    if ripe is None:
        return []
    n, complete = int(ripe.frame["n"].sum()), int(ripe.frame["complete"].sum())
    if complete >= n:
        return []
    return [
        words.say(
            "{rest} of {n} invitations are too recent for their answers to be in: they are left "
            "out of all arms alike.",
            rest=words.whole(n - complete),
            n=words.whole(n),
        )
    ]
