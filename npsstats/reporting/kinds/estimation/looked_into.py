"""Stores whose answers look odd: a reason to ask, never a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.estimation.integrity.signs import MEANINGS
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.leadership.store_wording import named
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.estimation.integrity.ranking import Integrity
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_SIGNS = {
    "tens_given_closed": mark("tens beyond closed questions"),
    "tens_given_nines": mark("tens among nines and tens"),
    "bursts": mark("answers that crowd"),
    "repeated_customers": mark("customers twice a day"),
    "repeated_texts": mark("same words"),
    "repeated_rows": mark("answers sent twice"),
    "response_rate": mark("answers beyond invitations"),
}


def brief(result: Integrity, look: Look) -> Brief:
    """Return the memo of what to look into."""
    words, signs = look.language, _shown(result).head(MOST_ROWS - 1)
    listed, stores = result.listed, len(result.frame)
    rate = words.percent(result.false_alarms)
    if listed:
        answer = words.say_many("{n} store to look into", "{n} stores to look into", listed)
        reason = words.say(
            "Of {stores} stores, {listed} show more than honest stores show by chance; where "
            "honest stores differ about normally, at most {rate} of such a list are honest.",
            stores=words.whole(stores),
            listed=words.whole(listed),
            rate=rate,
        )
    else:
        answer = words.say("No store stands out")
        reason = words.say(
            "Of {stores} stores not one shows more than honest stores show by chance, at a "
            "false-alarm rate of {rate}. This does not prove that not one is gamed.",
            stores=words.whole(stores),
            rate=rate,
        )
    whole = [
        words.say_many("{n} store", "{n} stores", stores),
        words.say("{listed} listed, false alarms {rate}", listed=words.whole(listed), rate=rate),
        "",
        "",
        "",
    ]
    rows = [
        [
            named(words, str(row.store_id)),
            words.say(_SIGNS[row.sign]),
            words.whole(row.observed),
            words.number(row.expected),
            words.probability(row.p_value),
        ]
        for row in records(signs)
    ]
    return brief_of(
        result,
        look,
        heading=words.say("Stores to look into"),
        subtitle=words.say_many("{n} answer", "{n} answers", int(result.frame["n"].sum())),
        question=words.say(
            "Is there any store whose answers are not those of its customers alone?"
        ),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Store"),
                words.say("Sign"),
                words.say("Seen"),
                words.say("Expected"),
                words.say("By chance"),
            ],
            [whole, *rows],
        ),
        steps=_steps(words, result, signs),
        grade=Evidence.CHECK,
        name="integrity",
        picture=_drawn(words, signs, look) if len(signs) else None,
        alt=words.say("How many times as many as expected, for each store and sign."),
    )


def drawing(result: Integrity, look: Look) -> Picture:
    """Draw how many times as many as expected each sign is, oddest first."""
    return _drawn(look.language, _shown(result).head(MOST), look)


def _drawn(words: Language, signs: pd.DataFrame, look: Look) -> Picture:
    lines = []
    for row in records(signs):
        times = row.observed / row.expected if row.expected > 0 else float("nan")
        label = f"{named(words, str(row.store_id))}: {words.say(_SIGNS[row.sign])}"
        said = words.say(
            "{observed} seen, {expected} expected",
            observed=words.whole(row.observed),
            expected=words.number(row.expected),
        )
        lines.append(
            Line(label, times, min(1.0, times), max(1.0, times), said, strong=row.look_into)
        )
    if not lines:
        lines = [Line(words.say("No sign was read"), float("nan"), float("nan"), float("nan"), "–")]
    return intervals(lines, look, axis=words.say("Times as many as expected"), target=1.0)


def _shown(result: Integrity) -> pd.DataFrame:
    """Return the signs of the stores that are listed, or the oddest of all."""
    if not len(result.signs):
        return result.signs
    listed = result.signs[result.signs["look_into"].astype(bool)]
    return listed if len(listed) else result.signs.head(5)


def _steps(words: Language, result: Integrity, signs: pd.DataFrame) -> list[str]:
    if not result.listed:
        return [words.say("Nothing to do; look again with the next survey.")]
    first = str(signs["sign"].iloc[0])
    return [
        words.say("Ask before judging: it is a reason to ask, not a proof of anything."),
        words.say(
            "Rule out first what is innocent. {reasons}",
            reasons=words.retell(MEANINGS[first].innocent),
        ),
    ]
