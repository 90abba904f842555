"""What the score foretells, by way of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
    quoted,
    read,
    row_of,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.experiments.survey.foretelling.validity import Validity
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["validity_brief", "validity_drawing"]


def validity_brief(result: Validity, look: Look) -> Brief:
    """Return the memo of how well the score foretells what customers do, by arm."""
    words, frame = look.language, result.frame
    level = float(frame["level"].iloc[0])
    rows, gaps = _concordances(words, result), _concordance_gaps(result)
    told = {arm: gap for arm, gap in gaps.items() if gap.side is not Standing.UNKNOWN}
    if told:
        arm, one = max(told.items(), key=lambda item: item[1].estimate)
        answer = (
            words.say("Asked {arm}, the score foretells better", arm=quoted(words, arm))
            if one.side is Standing.ABOVE
            else words.say("Asked {arm}, the score foretells worse", arm=quoted(words, arm))
        )
    else:
        answer = cannot_tell(words)
        arm, one = max(gaps.items(), key=lambda item: abs(np.nan_to_num(item[1].estimate)))
    control = quoted(words, frame.loc[frame["against"] != "", "against"].iloc[0])
    return brief_of(
        result,
        look,
        heading=words.say("What the score foretells, by way of asking"),
        subtitle=words.say(
            "{n} answers whose customers were followed",
            n=words.whole(frame.loc[frame["quantity"] == "rate, all", "n"].sum()),
        ),
        question=words.say(
            "Asked in which way does the score best tell apart what customers do next?"
        ),
        answer=answer,
        reason=words.say(
            "Pairs put in the right order: {arm} against {control} {estimate} percentage points.",
            arm=quoted(words, arm),
            control=control,
            estimate=read(words, one),
        )
        if one.known
        else words.say("No interval can be given for any difference."),
        numbers=table(
            words,
            rows,
            [
                words.say("Way of asking"),
                words.say("Answers"),
                words.say("Did it"),
                words.say("Pairs in the right order, of a hundred"),
            ],
            level,
            after=[words.say("Less {control}", control=control)],
            signed=False,
            told=arm,
        ),
        steps=[
            words.say("Where the score is to foretell, ask in the way that foretells best.")
            if one.side is Standing.ABOVE
            else words.say("Where the score is to foretell, do not ask in that way.")
            if told
            else words.say(
                "Do not choose the way of asking by what it foretells: none is shown to "
                "foretell better."
            )
        ],
        grade=Evidence.DESCRIPTION,
        name="validity",
        picture=validity_drawing(result, look),
        alt=words.say(
            "For each way of asking, how many pairs of customers the score orders right."
        ),
    )


def validity_drawing(result: Validity, look: Look) -> Picture:
    """Draw the concordance of every arm."""
    words = look.language
    return forest(
        _concordances(words, result),
        look,
        axis=words.say("Pairs of customers in the right order, of a hundred (chance: 50)"),
        level=50.0,
        signed=False,
    )


def _concordances(words: Language, result: Validity) -> list[Row]:
    frame, gaps = result.frame, _concordance_gaps(result)
    rows = frame[(frame["quantity"] == "concordance") & (frame["against"] == "")]
    return [
        row_of(
            str(row.arm),
            row,
            "share",
            more=(words.whole(row.n), words.whole(row.events)),
            after=(read(words, gaps[row.arm]) if row.arm in gaps and gaps[row.arm].known else "–",),
        )
        for row in records(rows.drop_duplicates("arm"))
    ]


def _concordance_gaps(result: Validity) -> dict[str, Row]:
    rows = result.frame[result.frame["quantity"] == "concordance difference"]
    return {
        str(row.arm): row_of(str(row.arm), row, "share")
        for row in records(rows.drop_duplicates("arm"))
    }
