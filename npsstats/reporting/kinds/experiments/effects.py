"""Effects of assignment: on shares, amounts, scores, times; of those reached; with clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.experiments.effect_rows import reading_of, scale_in, table_rows
from npsstats.reporting.kinds.experiments.estimands import measure
from npsstats.reporting.kinds.experiments.readings import (
    Reading,
    forest,
    quoted,
    scale_of,
    table,
    weigh,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.clusters.hierarchical_nuts import ClusteredPosterior
    from npsstats.experiments.effects import Effects
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "clustered_brief",
    "clustered_drawing",
    "compliance_brief",
    "compliance_drawing",
    "effects_brief",
    "effects_drawing",
]

_COMPLIERS = "complier average causal effect"
_NOT_RANDOM = ("as treated: not randomized, biased", "mean given any")


def effects_brief(result: Effects, look: Look) -> Brief:
    """Return the memo of effects: the first row of every outcome and arm is what is decided on."""
    rows = records(result.frame)
    return _brief(result, look, rows, _firsts(rows))


def effects_drawing(result: Effects, look: Look) -> Picture:
    """Draw the effects that have the first one's unit."""
    rows = records(result.frame)
    return _drawing(look, rows, _firsts(rows))


def compliance_brief(result: Effects, look: Look) -> Brief:
    """Return the memo of the effect on those whom the treatment reached."""
    rows = records(result.frame)
    return _brief(result, look, rows, _compliers(rows))


def compliance_drawing(result: Effects, look: Look) -> Picture:
    """Draw the effect on all who were assigned, and on those who were reached."""
    rows = records(result.frame)
    return _drawing(look, rows, _compliers(rows))


def clustered_brief(result: ClusteredPosterior, look: Look) -> Brief:
    """Return the memo of an effect whose clusters differ."""
    words = look.language
    return _brief(
        result,
        look,
        [result.effect],
        [result.effect],
        more=[
            Reading.of(
                row,
                words.say("how much clusters differ (sd)"),
                scale_of("score"),
                after=("–",),
            )
            for row in records(result.frame)
            if row.quantity == "between_sd"
        ],
    )


def clustered_drawing(result: ClusteredPosterior, look: Look) -> Picture:
    """Draw the effect and its interval."""
    return _drawing(look, [result.effect], [result.effect])


def _firsts(rows: list[Any]) -> list[Any]:
    """Return the first row of every outcome and arm."""
    found: dict[tuple[str, str], Any] = {}
    for row in rows:
        found.setdefault((row.outcome, row.arm), row)
    return list(found.values())


def _compliers(rows: list[Any]) -> list[Any]:
    return _firsts([row for row in rows if row.estimand == _COMPLIERS]) or _firsts(rows)


def _brief(
    result: Any, look: Look, rows: list[Any], firsts: list[Any], more: list[Reading] | None = None
) -> Brief:
    words = look.language
    if not rows:
        return _nothing(result, look)
    one = firsts[0]
    answer, reason = _said(words, firsts)
    told = table_rows(words, rows, firsts) + (more or [])
    biased = one.estimand in _NOT_RANDOM
    return brief_of(
        result,
        look,
        heading=_heading(words, firsts, biased=biased),
        subtitle=words.say(
            "{treated} customers treated, {control} not",
            treated=words.whole(one.n_treatment),
            control=words.whole(one.n_control),
        ),
        question=words.say("Did those who received it do otherwise? It does not say why.")
        if biased
        else _question(words, firsts),
        answer=words.say("Not an effect: who received it was not left to chance")
        if biased
        else answer,
        reason=reason,
        numbers=table(
            words,
            told,
            [words.say("Treatment minus control"), words.say("Estimate")],
            float(one.level),
            [words.say("p, or P(above)")],
        ),
        steps=_steps(words, firsts, biased=biased),
        grade=Evidence.CROSS_SECTION if biased else Evidence.RANDOMIZED,
        name="effect",
        picture=_drawing(look, rows, firsts),
        alt=words.say("Each effect with its interval, and the line of no difference."),
        doubts=_many(words, firsts),
    )


def _many(words: Language, firsts: list[Any]) -> list[str]:
    """Say how many of several effects would seem sure by chance alone."""
    if len(firsts) < 2:
        return []
    return [
        words.say(
            "Of {n} effects, {chance} would seem sure by chance alone, on average: "
            "nps.discoveries allows for their number.",
            n=words.whole(len(firsts)),
            chance=words.number((1 - float(firsts[0].level)) * len(firsts), 1),
        )
    ]


def _nothing(result: Any, look: Look) -> Brief:
    """Return the memo of a table in which no effect can be told."""
    words = look.language
    return brief_of(
        result,
        look,
        heading=words.say("Effects on several outcomes"),
        subtitle=words.say("No outcome could be read"),
        question=words.say("What did the treatment change?"),
        answer=cannot_tell(words),
        reason=words.say("There is no effect in these data."),
        numbers=Numbers(
            [words.say("Treatment minus control"), words.say("Estimate")],
            [[words.say("nothing"), "–"]],
        ),
        steps=[words.say("Read what is said below, mend it, and read anew.")],
        grade=Evidence.RANDOMIZED,
        name="effect",
    )


def _heading(words: Language, firsts: list[Any], *, biased: bool) -> str:
    if biased:
        return words.say("Received against not received")
    if len({row.outcome for row in firsts}) > 1:
        return words.say("Effects on several outcomes")
    return words.say("Effect on {outcome}", outcome=quoted(words, firsts[0].outcome))


def _question(words: Language, firsts: list[Any]) -> str:
    one = firsts[0]
    arms = list(dict.fromkeys(row.arm for row in firsts))
    if one.estimand == _COMPLIERS:
        return words.say(
            "What did the treatment do to those whom it reached, on {outcome}?",
            outcome=quoted(words, one.outcome),
        )
    return words.say(
        "Did {arms} change {outcomes}, against the control?",
        arms=words.listing(quoted(words, arm) for arm in arms[:3]),
        outcomes=words.listing(
            quoted(words, name) for name in list(dict.fromkeys(row.outcome for row in firsts))[:3]
        ),
    )


def _said(words: Language, firsts: list[Any]) -> tuple[str, str]:
    """Return the answer and the numbers that it rests on, from what is printed."""
    told = [(row, reading_of(words, row)) for row in firsts]
    if len(told) > 1:
        sure = [row for row, reading in told if reading.side is not Standing.UNKNOWN]
        above = sum(reading.side is Standing.ABOVE for _, reading in told)
        answer = (
            words.say_many(
                "{n} effect is sure, taken one by one",
                "{n} effects are sure, taken one by one",
                len(sure),
            )
            if sure
            else cannot_tell(words)
        )
        return answer, words.say(
            "Of {n} effects {above} are surely above no difference, {below} surely below; of "
            "{unknown} it cannot be told.",
            n=words.whole(len(told)),
            above=words.whole(above),
            below=words.whole(len(sure) - above),
            unknown=words.whole(len(told) - len(sure)),
        )
    row, reading = told[0]
    what = measure(words, row.estimand, shorten_middle(str(row.outcome), 26))
    arm = quoted(words, row.arm)
    answer = {
        Standing.ABOVE: words.say("Higher with {arm}: {what}", arm=arm, what=what),
        Standing.BELOW: words.say("Lower with {arm}: {what}", arm=arm, what=what),
        Standing.UNKNOWN: cannot_tell(words),
    }[reading.side]
    reason = words.say(
        "{what}: {estimate} ({level} interval {interval}).",
        what=_capital(reading.label),
        estimate=reading.number(words),
        level=words.percent(row.level),
        interval=reading.interval(words),
    )
    if reading.side is Standing.UNKNOWN:
        reason += " " + words.say("No difference is among what the data allow.")
    return answer, reason


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _steps(words: Language, firsts: list[Any], *, biased: bool) -> list[str]:
    if biased:
        return [
            words.say(
                "Read the effect of assignment instead; this comparison only shows how far off "
                "one would be."
            )
        ]
    sides = [reading_of(words, row).side for row in firsts]
    if all(side is Standing.UNKNOWN for side in sides):
        return [
            words.say(
                "Go on assigning by lot, or accept that an effect of this size cannot be seen: "
                "npsstats design says how many customers it takes."
            )
        ]
    return [
        weigh(words),
        words.say("If it is rolled out, keep a tenth aside, by lot, to go on checking."),
    ]


def _drawing(look: Look, rows: list[Any], firsts: list[Any]) -> Picture:
    """Draw the table's rows that have the headline's unit."""
    words = look.language
    if not rows:
        return forest([Reading.unknown("–")], look)
    unit = scale_in(firsts[0])
    units = [row for row in rows if scale_in(row) == unit]
    kept = table_rows(words, units, [row for row in firsts if scale_in(row) == unit])
    return forest(kept, look, strong=0)
