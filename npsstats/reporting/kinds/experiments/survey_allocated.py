"""The next batch of invitations, and the arms at every batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.adaptive.sequences import EXACT
from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    between,
    forest,
    quoted,
    read,
    row_of,
    scale_of,
    sides,
    table,
    warned,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.adaptive.allocation import Allocation
    from npsstats.experiments.adaptive.sequences import ArmSequences
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["allocation_brief", "allocation_drawing", "sequences_brief", "sequences_drawing"]


# the next batch -----------------------------------------------------------------------------------


def allocation_brief(result: Allocation, look: Look) -> Brief:
    """Return the memo of the next batch of invitations."""
    words, frame = look.language, result.frame
    best = frame.iloc[int(frame["p_best"].to_numpy().argmax())]
    most = frame.iloc[int(frame["share"].to_numpy().argmax())]
    moved = warned(result, "The response moved between batches")
    sure = bool(best["p_best"] >= _SURE) and not moved
    kept = frame
    if len(frame) > MOST_ROWS:
        kept = frame.sort_values("p_best", ascending=False, kind="stable").iloc[:MOST_ROWS]
    return brief_of(
        result,
        look,
        heading=words.say("The next batch of invitations, by arm"),
        subtitle=words.say("{n} invitations so far", n=words.whole(frame["n"].sum())),
        question=words.say("How should the next invitations be dealt out among the arms?"),
        answer=words.say("{arm} is the best: stop dealing out", arm=quoted(words, best["arm"]))
        if sure
        else words.say("Cannot tell yet: the response itself moved between batches")
        if moved
        else words.say("Go on: {arm} leads", arm=quoted(words, best["arm"]))
        if best["p_best"] >= _LIKELY
        else words.say("Cannot tell yet: go on with the experiment"),
        reason=words.say(
            "{arm} is the best with probability {p}.",
            arm=quoted(words, best["arm"]),
            p=words.probability(float(best["p_best"])),
        )
        if sure
        else words.say(
            "Had nothing moved, {arm} would be the best with probability {p}.",
            arm=quoted(words, best["arm"]),
            p=words.probability(float(best["p_best"])),
        )
        if moved
        else words.say(
            "{arm} is the best with probability {p}; {most} gets {share} of the next batch.",
            arm=quoted(words, best["arm"]),
            p=words.probability(float(best["p_best"])),
            most=quoted(words, most["arm"]),
            share=words.percent(float(most["share"]), 1),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("invited"),
                words.say("answered"),
                _sought(words, result),
                interval_head(words, float(best["level"])),
                words.say("It is the best with probability"),
                words.say("Share of the next batch"),
            ],
            [
                [
                    str(row.arm),
                    words.whole(row.n),
                    words.whole(row.answered),
                    words.number(scale_of(row.unit) * row.estimate),
                    between(words, _stands(row), signed=False),
                    words.probability(row.p_best),
                    words.percent(row.share, 1),
                ]
                for row in records(kept)
            ],
        ),
        steps=[
            words.say("Take that arm, and read what it brings within batches.")
            if sure
            else words.say("Read the arms within batches before one is given up.")
            if moved
            else words.say("Deal out the next batch by lot, with these shares for the arms."),
        ],
        grade=Evidence.RANDOMIZED,
        name="allocation",
        picture=allocation_drawing(result, look),
        alt=words.say("How each arm stands, with its interval."),
    )


_LIKELY = 0.5  # P(best) from which an arm is said to lead
_SURE = 0.95  # P(best) from which another batch buys little, as the result says itself


def allocation_drawing(result: Allocation, look: Look) -> Picture:
    """Draw how each arm stands."""
    rows = [_stands(row) for row in records(result.frame)]
    return forest(rows, look, axis=_sought(look.language, result), level=None, signed=False)


def _stands(row: Any) -> Row:
    return row_of(str(row.arm), row, row.unit)


def _sought(words: Language, result: Allocation) -> str:
    return {
        "response": words.say("Share who answer, in percent"),
        "nps": words.say("NPS of those who answer, in points"),
        "precision": words.say("Margin of the NPS of {n} asked", n=words.whole(1000)),
    }[result.provenance.options["of"]]


# arms at every batch ------------------------------------------------------------------------------


def sequences_brief(result: ArmSequences, look: Look) -> Brief:
    """Return the memo of an adaptive experiment's arms after its last batch."""
    words = look.language
    arms = result.last("response")
    rows, against = _against(words, result)
    found = sides(rows)
    ahead = [row for row in rows if row.side is Standing.ABOVE]
    behind = [row for row in rows if row.side is Standing.BELOW]
    if ahead:
        one = max(ahead, key=lambda row: row.estimate)
        answer = words.say(
            "{arm} is ahead of {against}",
            arm=quoted(words, one.label),
            against=quoted(words, against),
        )
    elif behind:
        one = min(behind, key=lambda row: row.estimate)
        answer = (
            words.say("{against} is ahead of all others", against=quoted(words, against))
            if found == {Standing.BELOW}
            else words.say(
                "{against} is ahead of some; the rest is open", against=quoted(words, against)
            )
        )
    else:
        one = max(rows, key=lambda row: abs(np.nan_to_num(row.estimate)))
        answer = cannot_tell(words)
    broken = warned(result, *_UNPLANNED)
    kept = tuple(one for one in result.diagnostics if not one.startswith(_ASYMPTOTIC))
    if broken:
        answer = words.say("Cannot tell: invitations were not dealt out as planned")
    return brief_of(
        replace(result, diagnostics=kept),
        look,
        heading=words.say("Arms of an adaptive experiment"),
        subtitle=words.say(
            "After batch {batch}; {n} invitations",
            batch=arms["batch"].iloc[0],
            n=words.whole(arms["n"].sum()),
        ),
        question=words.say("Which arm brings the most answers, however it was dealt out?"),
        answer=answer,
        reason=words.say(
            "The numbers sent are not those of the plan: no difference can be trusted."
        )
        if broken
        else words.say(
            "Within batches {arm} has {estimate} percentage points of answers against {against}; "
            "the interval holds at every look.",
            arm=quoted(words, one.label),
            estimate=read(words, one),
            against=quoted(words, against),
        )
        if one.known
        else words.say("Within batches nothing can be said yet."),
        numbers=table(
            words,
            [_alone(words, result, row.label) for row in rows] + [_alone(words, result, against)]
            if broken
            else [*rows, _alone(words, result, against)],
            [
                words.say("Arm"),
                words.say("invited"),
                words.say("answer, if the rate is constant (%)"),
                words.say("Within batches, against {against}", against=quoted(words, against)),
            ],
            float(arms["level"].iloc[0]),
            after=[words.say("may be the best")],
            told=one.label,
        ),
        steps=[
            words.say("Find out how invitations got into the arms, mend it, and start anew.")
            if broken
            else words.say("Stop sending to the arms that are behind.")
            if ahead or behind
            else words.say("Send another batch, with a minimum share for every arm."),
        ],
        grade=Evidence.DESCRIPTION if broken else Evidence.RANDOMIZED,
        name="arm-sequences",
        picture=None if broken else sequences_drawing(result, look),
        alt=words.say("Each arm's response within batches against one arm, with intervals."),
    )


def sequences_drawing(result: ArmSequences, look: Look) -> Picture:
    """Draw every arm's response within batches against the one that they are held against."""
    words = look.language
    rows, against = _against(words, result)
    axis = words.say(
        "Share who answer within batches, against {against}, in percentage points",
        against=quoted(words, against),
    )
    return forest(rows, look, axis=axis)


_ASYMPTOTIC = "Within batches nothing is said yet"  # of a reading that this memo does not show
_UNPLANNED = ("no reading can be trusted", "The numbers sent are not those")
_DECISIONS = {
    "can be best": mark("yes"),
    "ruled out": mark("no"),
    "contradicted": mark("its rate is not constant"),
}


def _against(words: Language, result: ArmSequences) -> tuple[list[Row], str]:
    """Return the arms against one, read within batches, and that one."""
    pairs = result.last("response difference", EXACT)
    rows = []
    for row in records(pairs):
        alone = _alone(words, result, str(row.arm))
        rows.append(row_of(alone.label, row, "share", more=alone.more, after=alone.after))
    return rows, str(pairs["against"].iloc[0])


def _alone(words: Language, result: ArmSequences, arm: str) -> Row:
    """Return what is known of an arm by itself, held against none."""
    found = result.last("response")
    own: Any = found[found["arm"].astype(str) == arm].iloc[0]
    rate, decision = read(words, row_of("", own, "share"), signed=False), _DECISIONS[own.decision]
    if warned(result, "of the same arm moved between batches"):  # there is no one rate to be told
        rate, decision = "–", _DECISIONS["contradicted"]
    return Row(
        arm,
        np.nan,
        np.nan,
        np.nan,
        more=(words.whole(own.n), rate),
        after=("–" if warned(result, *_UNPLANNED) else words.say(decision),),
    )
