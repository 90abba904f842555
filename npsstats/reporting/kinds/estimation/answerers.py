"""Who answers: what weights cost, who is likely to answer, how alike they are to all."""

from __future__ import annotations

from math import exp, isnan, nan
from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.cell_words import others
from npsstats.reporting.kinds.estimation.named import names, telling, without_few
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.answering.propensity import ResponsePropensity
    from npsstats.estimation.answering.representativeness import Representativeness
    from npsstats.estimation.answering.weights import Weights
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "propensity_brief",
    "propensity_drawing",
    "representative_brief",
    "representative_drawing",
    "weights_brief",
    "weights_drawing",
]

_COSTLY = 1.5  # answers, for each that they are worth


def weights_brief(result: Weights, look: Look) -> Brief:
    """Return the memo of weights."""
    words, whole = look.language, result.summary.iloc[0]
    frame, kept_back = without_few(words, result.frame, result.keys, people=True)
    shown = telling(frame, MOST_ROWS - 1, "weight")
    worth = words.whole(whole.n_effective)
    rows = [
        [
            words.say("All answers, and what they are worth"),
            words.whole(whole.n),
            worth,
            words.number(whole.largest_weight, 2),
        ],
        *(
            [label, words.whole(row.n), "", words.number(row.weight, 2)]
            for label, row in zip(names(words, shown, result.keys), records(shown), strict=True)
        ),
    ]
    return brief_of(
        result,
        look,
        heading=words.say("Weights of the answers"),
        subtitle=words.say_many("{n} answer", "{n} answers", int(whole.n)),
        question=words.say("What does it cost to make the answers look like all customers?"),
        answer=words.say("{n} answers are worth {worth}", n=words.whole(whole.n), worth=worth),
        reason=words.say(
            "Weighted, {n} answers say as much as {worth} that count alike; the heaviest counts "
            "{largest} times the mean.",
            n=words.whole(whole.n),
            worth=worth,
            largest=words.number(whole.largest_weight, 2),
        ),
        numbers=Numbers(
            [
                words.say("Group"),
                words.say("Answers"),
                words.say("Worth"),
                words.say("Weight (largest first)"),
            ],
            rows,
        ),
        steps=[
            words.say("Ask more people in the groups whose answers weigh most.")
            if whole.design_effect > _COSTLY
            else words.say("Use the weights: they cost little."),
            words.say("Report the weighted score beside the raw one."),
        ],
        grade=Evidence.DESCRIPTION,
        name="weights",
        picture=_weights_drawn(result, shown, look),
        alt=words.say("The weight of an answer of each group, and the line of equal weights."),
        doubts=kept_back,
    )


def weights_drawing(result: Weights, look: Look) -> Picture:
    """Draw the weight of every group, those at both ends where they are many."""
    frame, _ = without_few(look.language, result.frame, result.keys, people=True)
    return _weights_drawn(result, telling(frame, MOST, "weight"), look)


def _weights_drawn(result: Weights, frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    lines = [
        Line(
            label,
            row.weight,
            min(1.0, row.weight),
            max(1.0, row.weight),
            words.number(row.weight, 2),
        )
        for label, row in zip(names(words, frame, result.keys), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say("Weight of an answer; 1 is the mean"), target=1.0)


def propensity_brief(result: ResponsePropensity, look: Look) -> Brief:
    """Return the memo of who is likely to answer."""
    words = look.language
    frame = _effects(result)
    sides = [standing(*_odds(row)[1:], 1.0, decimals=2) for row in records(frame)]
    invited = int(result.invitations.invited.sum())
    answered = int(result.invitations.answered.sum())
    rate = words.percent(answered / invited, 1)
    told = len(sides) - sides.count(Standing.UNKNOWN)
    shown = frame.head(MOST_ROWS - 1)
    level = float(result.frame["level"].iloc[0])
    return brief_of(
        result,
        look,
        heading=words.say("Who is likely to answer"),
        subtitle=words.say(
            "{answered} of {invited} answered ({rate})",
            answered=words.whole(answered),
            invited=words.whole(invited),
            rate=rate,
        ),
        question=words.say("Which of those who are asked answer more, or less, than others?"),
        answer=words.say_many("{n} group surely differs", "{n} groups surely differ", told)
        if told
        else cannot_tell(words),
        reason=words.say(
            "Odds of answering against the first group of the same kind: {more} surely higher, "
            "{less} surely lower.",
            more=words.whole(sides.count(Standing.ABOVE)),
            less=words.whole(sides.count(Standing.BELOW)),
        )
        + others(words, sides),
        numbers=Numbers(
            [words.say("Group"), words.say("Odds ratio"), interval_head(words, level)],
            [
                [
                    words.say("All groups"),
                    words.say_many("{n} group surely differs", "{n} groups surely differ", told),
                    words.say(
                        "{more} higher, {less} lower",
                        more=words.whole(sides.count(Standing.ABOVE)),
                        less=words.whole(sides.count(Standing.BELOW)),
                    ),
                ],
                *(
                    [label, words.number(odds[0], 2), _bounds(words, odds)]
                    for label, odds in zip(
                        _effect_names(words, shown), map(_odds, records(shown)), strict=True
                    )
                ),
            ],
        ),
        steps=[
            words.say(
                "Give the answers of groups that answer less more weight (npsstats weigh) before "
                "comparing groups or periods."
            )
            if told
            else words.say("Nothing seen here asks for weights: read the raw score."),
        ],
        grade=Evidence.CROSS_SECTION,
        name="propensity",
        picture=_odds_drawn(words, shown, look),
        alt=words.say("The odds of answering of each group against the first, and their interval."),
    )


def propensity_drawing(result: ResponsePropensity, look: Look) -> Picture:
    """Draw the odds of answering of every group against the first of its kind."""
    return _odds_drawn(look.language, _effects(result).head(MOST), look)


def _odds_drawn(words: Language, frame: pd.DataFrame, look: Look) -> Picture:
    lines = []
    for label, odds in zip(_effect_names(words, frame), map(_odds, records(frame)), strict=True):
        said = words.say(
            "{estimate} ({interval})",
            estimate=words.number(odds[0], 2),
            interval=_bounds(words, odds),
        )
        lines.append(Line(label, *odds, said))
    return intervals(
        lines,
        look,
        axis=words.say("Odds of answering against the first group"),
        level=1.0,
        log=True,
        decimals=2,
    )


def _effects(result: ResponsePropensity) -> pd.DataFrame:
    """Return the effects but the intercept, those that matter most first."""
    frame = result.frame[~result.frame.iloc[:, 0].astype(str).str.contains("ntercept")]
    order = frame["estimate"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order]


def _effect_names(words: Language, frame: pd.DataFrame) -> list[str]:
    """Return “key: level” of every effect."""
    return [
        words.say("{key}: {value}", key=key, value=value) if value else key
        for key, _, value in (str(term).partition("=") for term in frame["term"])
    ]


def _bounds(words: Language, odds: tuple[float, float, float]) -> str:
    return words.say(
        "{lower} to {upper}", lower=words.number(odds[1], 2), upper=words.number(odds[2], 2)
    )


def _odds(row: Any) -> tuple[float, float, float]:
    """Return the odds ratio and its limits of an effect on the log-odds."""
    return exp(row.estimate), exp(row.lower), exp(row.upper)


def representative_brief(result: Representativeness, look: Look) -> Brief:
    """Return the memo of how alike those who answer are to those asked."""
    words = look.language
    row = result.frame.iloc[0]
    bias = words.whole(result.worst_bias)
    lines = _indicators(words, result)
    return brief_of(
        result,
        look,
        heading=words.say("Are the answers those of all?"),
        subtitle=words.say("response rate {rate}", rate=words.percent(result.rate, 1)),
        question=words.say("How alike are those who answer to those who were asked?"),
        answer=words.say("Known imbalances can bias the score by {bias} points at most", bias=bias),
        reason=words.say(
            "The R-indicator is {r} of 100 ({level} interval {interval}); at 100 everybody is "
            "equally likely to answer. The imbalances that are recorded can bias the score by "
            "{bias} points at most.",
            r=words.number(100 * row.estimate),
            level=words.percent(row.level),
            interval=words.interval(100 * row.lower, 100 * row.upper),
            bias=bias,
        ),
        numbers=Numbers(
            [
                words.say("Indicator, of 100"),
                words.say("Estimate"),
                interval_head(words, float(row.level)),
                words.say("Bias at most"),
            ],
            [
                [
                    line.label,
                    words.number(line.estimate),
                    words.interval(line.lower, line.upper),
                    words.say("{bias} points", bias=bias) if place == 0 else "",
                ]
                for place, line in enumerate(lines[:MOST_ROWS])
            ],
        ),
        steps=[
            words.say("Weight by what unbalances the answers most, and ask more people there."),
            words.say("Record more of those who are asked: what is not recorded is not seen here."),
        ],
        grade=Evidence.CHECK,
        name="representativeness",
        picture=representative_drawing(result, look),
        alt=words.say("The R-indicator and what each thing known adds to the imbalance."),
    )


def representative_drawing(result: Representativeness, look: Look) -> Picture:
    """Draw the R-indicator and its parts."""
    lines = _indicators(look.language, result)[:MOST]
    return intervals(lines, look, axis=look.language.say("Indicator, of 100"), target=100.0)


def _indicators(words: Language, result: Representativeness) -> list[Line]:
    lines = []
    for row in records(result.frame):
        label = {
            "R": words.say("R-indicator"),
            "unconditional": words.say("{name}: imbalance", name=row.covariate),
            "conditional": words.say("{name}: imbalance beyond the others", name=row.covariate),
        }[row.indicator]
        middle, low, high = (
            nan if isnan(value) else 100 * value for value in (row.estimate, row.lower, row.upper)
        )
        said = words.say(
            "{estimate} ({interval})",
            estimate=words.number(middle),
            interval=words.interval(low, high),
        )
        lines.append(Line(label, middle, low, high, said, strong=row.indicator == "R"))
    return lines
