"""The trade's claims, each beside the data's own number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.linkage_marks import verdicts as verdict_marks
from npsstats.reporting.kinds.linkage.sayable import sayable
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.claimed import claimed, found, found_span, read_as
from npsstats.reporting.linkage.names import GRADES, VERDICTS
from npsstats.reporting.linkage.wording import verdicts
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.linkage.claims import ClaimsResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: ClaimsResult, look: Look) -> Brief:
    """Return the memo on the claims."""
    words, frame = look.language, result.frame
    holds = frame.groupby("claim", sort=False)["verdict"].agg(set)
    held = int(sum(each == {"holds here"} for each in holds))
    failed = int(sum(each == {"does not hold here"} for each in holds))
    grades = [name for name in frame["grade"] if name in GRADES]
    order = list(GRADES)
    weakest = max(grades, key=order.index) if grades else "description"
    return brief_of(
        sayable(result),
        look,
        heading=words.say("The trade's claims, here"),
        subtitle=words.say_many("{n} claim", "{n} claims", len(result.claims)),
        question=words.say("Which of the claims that circulate hold with these data?"),
        answer=_counted(words, held, failed) if held or failed else cannot_tell(words),
        reason=verdicts(words, frame),
        numbers=Numbers(
            [
                words.say("Claim"),
                words.say("Claimed"),
                words.say("Here, with its interval"),
                words.say("Verdict"),
            ],
            [_cells(words, row, _texts(result, words)) for row in _first(frame)],
        ),
        steps=[
            words.say("Quote a claim only with the number found here, and with its interval.")
            if held or failed
            else words.say("Quote none of these claims as a finding of your own network.")
        ],
        grade=Evidence(weakest),
        name="claims",
        picture=drawing(result, look),
        alt=words.say("Each claim, and whether it holds here."),
        doubts=[words.say("What a claim says of others is not shown here by agreeing with it.")],
    )


def drawing(result: ClaimsResult, look: Look) -> Picture:
    """Draw a row a claim and reading, with a mark under its verdict."""
    words = look.language
    texts = _texts(result, words)
    columns = [words.say(VERDICTS[name]) for name in VERDICTS]
    places = {name: place for place, name in enumerate(VERDICTS)}
    rows = [(_label(words, row, texts), places[row.verdict]) for row in _first(result.frame)]
    return verdict_marks(rows, columns, look)


def _counted(words: Language, held: int, failed: int) -> str:
    holds = words.say_many("{n} claim holds here", "{n} claims hold here", held)
    if not failed:
        return holds
    if not held:
        return words.say_many("{n} claim does not hold here", "{n} claims do not hold here", failed)
    return words.say(
        "{held}, {failed}",
        held=holds,
        failed=words.say_many("{n} does not", "{n} do not", failed),
    )


def _first(frame: Any) -> list[Any]:
    """Return the rows that a page has room for: what was measured first, in order."""
    order = frame["verdict"].eq("not measured").sort_values(kind="stable").index[:MOST_ROWS]
    return records(frame.loc[sorted(order)])


def _texts(result: ClaimsResult, words: Language) -> dict[str, str]:
    return {
        claim.key: claim.text.get(words.code, claim.text["en"]).rstrip(".")
        for claim in result.claims
    }


def _label(words: Language, row: Any, texts: dict[str, str]) -> str:
    text = texts[row.claim]
    return f"{text} – {read_as(words, row)}" if row.reading else text


def _cells(words: Language, row: Any, texts: dict[str, str]) -> list[str]:
    known = row.estimate == row.estimate
    return [
        _label(words, row, texts),
        claimed(words, row),
        words.say(
            "{estimate} ({interval})",
            estimate=found(words, row.estimate, row.unit),
            interval=found_span(words, row.lower, row.upper, row.unit),
        )
        if known
        else words.number(float("nan")),
        words.say(VERDICTS[row.verdict]),
    ]
