"""Sentences about the data: what was accepted, what is missing, what to wonder about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.aggregates.periods import period_end

if TYPE_CHECKING:
    from datetime import date

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts, Movement, Quality

__all__ = ["accepted", "left_out", "not_compared", "scale_doubt", "share", "unfinished"]

MANY_REJECTED = 0.05
ENOUGH_TO_WONDER = 100  # answers without a 0


def accepted(words: Language, quality: Quality) -> str:
    """Say how many rows count, and how seriously to take those that do not."""
    total = quality.accepted + quality.rejected
    said = {"accepted": words.whole(quality.accepted), "rejected": words.whole(quality.rejected)}
    if not quality.rejected:
        return words.say_many(
            "All {n} row was accepted.", "All {n} rows were accepted.", quality.accepted
        )
    text = words.say(
        "Rows accepted: {accepted}; rejected: {rejected} ({share}).",
        share=share(words, quality.rejected / total),
        **said,
    )
    if quality.rejected / total >= MANY_REJECTED:
        text += " " + words.say("Look at the reasons before you trust the score.")
    return text


def scale_doubt(words: Language, facts: Facts) -> list[str]:
    """Wonder about the scale when its lowest step was never chosen."""
    if facts.scale != (0, 10) or facts.scores[0] or facts.overall.n < ENOUGH_TO_WONDER:
        return []
    return [
        words.say(
            "No answer is 0. If the questionnaire started at 1, declare the scale: the score may "
            "not be comparable."
        )
    ]


def share(words: Language, part: float) -> str:
    """Write a share of the rows, so that some is never written as none."""
    if 0 < part < 0.0005:
        return words.say("less than {limit}", limit=words.percent(0.001, 1))
    return words.percent(part, 1)


def left_out(words: Language, facts: Facts) -> str | None:
    """Say which sections could not be made, and why."""
    missing = [*_of_scores(words, facts), *_beside_scores(words, facts)]
    if not missing:
        return None
    return words.say("Not in this report: {sections}.", sections=words.series(missing))


def _of_scores(words: Language, facts: Facts) -> list[str]:
    missing = []
    if facts.periods is None:
        missing.append(words.say("what moved the score (no date is given)"))
    elif facts.movement is None:
        missing.append(words.say("what moved the score (there is one period only)"))
    if facts.only_store is not None:
        missing.append(
            words.say("the ranking of stores (there is one only: {store})", store=facts.only_store)
        )
    elif facts.stores is None:
        missing.append(words.say("the ranking of stores (no store is given)"))
    return missing


def _beside_scores(words: Language, facts: Facts) -> list[str]:
    missing = []
    if facts.voice is None:
        missing.append(words.say("what customers write (no text is given)"))
    if facts.linkage is None:
        missing.append(
            words.say("what NPS is worth and which customers are at risk (no purchase is given)")
        )
    elif facts.risk is None:
        missing.append(
            words.say("which customers are at risk (nobody's leaving could be followed)")
        )
    if facts.watch is None and facts.stores is not None and facts.quality is not None:
        missing.append(
            words.say("the integrity of the answers (too few stores or answers to compare)")
        )
    if not facts.experiments:
        missing.append(words.say("experiments (none is given)"))
    if facts.quality is None:
        missing.append(words.say("the quality of the rows (counts were given)"))
    return missing


def not_compared(words: Language, movement: Movement, last_day: date | None) -> str | None:
    """Say which last period is not compared, as it may not be over."""
    if movement.left_out is None or last_day is None:
        return None
    return words.say(
        "{period} is not compared: its answers stop on {day}, and it may not be complete.",
        period=words.period(movement.left_out).capitalize(),
        day=words.date(last_day),
    )


def unfinished(words: Language, period: str, last_day: date | None) -> str | None:
    """Warn when the last period had not ended when the data stop."""
    end = period_end(period)
    if end is None or last_day is None or last_day >= end:
        return None
    return words.say(
        "{period} is counted up to {day}: it may not be complete.",
        period=words.period(period).capitalize(),
        day=words.date(last_day),
    )
