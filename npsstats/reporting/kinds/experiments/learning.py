"""Several experiments, or several outcomes of one, read together."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.experiments.estimands import called
from npsstats.reporting.kinds.experiments.readings import Reading, forest, scale_of, table
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.experiments.portfolio.discovery import Discoveries
    from npsstats.experiments.portfolio.learnt import Learnt
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture
    from npsstats.said import Said

__all__ = ["discoveries_brief", "discoveries_drawing", "learnt_brief", "learnt_drawing"]


def learnt_brief(result: Learnt, look: Look) -> Brief:
    """Return the memo of what experiments have taught."""
    words = look.language
    rows = _group(result)
    if not len(result.groups):
        alone = tuple(_named(words, doubt) for doubt in result.diagnostics)
        return brief_of(
            replace(result, diagnostics=alone),
            look,
            heading=words.say("What experiments have taught"),
            subtitle=words.say_many(
                "{n} experiment", "{n} experiments", result.frame["experiment"].nunique()
            ),
            question=words.say("What is to be expected of the next experiment?"),
            answer=cannot_tell(words),
            reason=words.say("No two experiments share an outcome and a way of measuring it yet."),
            numbers=_recorded(words, rows),
            steps=[words.say("Record every experiment (nps.record), found something or not.")],
            grade=Evidence.ASSIGNED,
            name="learnt",
            picture=learnt_drawing(result, look),
            alt=words.say("The effects that were recorded, each with its interval."),
        )
    group = records(result.groups)[0]
    scale = scale_of(group.unit)
    coming = Reading(
        words.say("the next experiment"),
        group.next_mean,
        group.next_lower,
        group.next_upper,
        scale,
        more=("–",),
        after=(words.probability(group.probability_next),),
    )
    answer = {
        Standing.ABOVE: words.say("The next one can be expected to be above no difference"),
        Standing.BELOW: words.say("The next one can be expected to be below no difference"),
        Standing.UNKNOWN: words.say("Cannot tell the sign of the next one"),
    }[coming.side]
    told = [
        Reading(
            str(row.experiment),
            row.shrunk,
            row.shrunk_lower,
            row.shrunk_upper,
            scale,
            more=(scale.number(words, row.estimate),),
            after=(words.probability(row.probability),),
        )
        for row in rows[: MOST_ROWS - 1]
    ]
    return brief_of(
        result,
        look,
        heading=words.say("What experiments have taught"),
        subtitle=words.say(
            "{outcome}, {what}: {n} effects; a significant one claims {times} times what is true",
            outcome=shorten_middle(str(group.outcome), 30),
            what=called(words, group.estimand),
            n=words.whole(group.experiments),
            times=words.number(group.magnitude, 1),
        ),
        question=words.say("What is to be expected of the next experiment?"),
        answer=answer,
        reason=words.say(
            "The next effect is expected at {estimate} ({level} interval {interval}).",
            estimate=coming.number(words),
            level=words.percent(float(rows[0].level)),
            interval=coming.interval(words),
        ),
        numbers=table(
            words,
            [coming, *told],
            [words.say("Experiment"), words.say("As measured"), words.say("Shrunken")],
            float(rows[0].level),
            [words.say("P(above)")],
        ),
        steps=[
            words.say(
                "Plan the next experiment for that effect (nps.design, prior_mean, prior_sd)."
            ),
            words.say("Record every experiment (nps.record), found something or not."),
        ],
        grade=Evidence.RANDOMIZED,
        name="learnt",
        picture=learnt_drawing(result, look),
        alt=words.say("Each experiment's effect drawn to the others, and the next one's."),
    )


def learnt_drawing(result: Learnt, look: Look) -> Picture:
    """Draw each experiment's effect drawn to the others, and the next one's."""
    words, rows = look.language, _group(result)
    if not len(result.groups):
        one = scale_of(rows[0].unit) if rows else scale_of("share")
        same = [row for row in rows if row.unit == rows[0].unit]
        readings = [Reading.of(row, str(row.experiment), one) for row in same]
        return forest(readings or [Reading.unknown("–")], look)
    group = records(result.groups)[0]
    scale = scale_of(group.unit)
    readings = [
        Reading(str(row.experiment), row.shrunk, row.shrunk_lower, row.shrunk_upper, scale)
        for row in rows[:22]
    ]
    readings.append(
        Reading(
            words.say("the next experiment"),
            group.next_mean,
            group.next_lower,
            group.next_upper,
            scale,
        )
    )
    return forest(readings, look, strong=len(readings) - 1)


def _named(words: Language, doubt: Said) -> Said:
    """Return a doubt that calls what was estimated by its name in the reader's language."""
    if "labels_2" not in doubt.values:
        return doubt
    what = called(words, str(doubt.values["labels_2"]))
    return said(doubt.patterns[0], **{**doubt.values, "labels_2": what})


def _group(result: Learnt) -> list[Any]:
    """Return the effects of the first group that is read together, or all."""
    if not len(result.groups):
        return records(result.frame)
    first = result.groups.iloc[0]
    mine = (result.frame["outcome"] == first["outcome"]) & (
        result.frame["estimand"] == first["estimand"]
    )
    return records(result.frame[mine])


def _recorded(words: Language, rows: list[Any]) -> Numbers:
    if not rows:
        return Numbers([words.say("Experiment"), words.say("Estimate")], [["–", "–"]])
    told = [
        Reading.of(
            row,
            words.say(
                "{arm}: {said}",
                arm=shorten_middle(str(row.experiment), 30),
                said=called(words, row.estimand),
            ),
            scale_of(row.unit),
        )
        for row in rows[:MOST_ROWS]
    ]
    head = [words.say("Experiment"), words.say("As measured")]
    return table(words, told, head, float(rows[0].level))


def discoveries_brief(result: Discoveries, look: Look) -> Brief:
    """Return the memo of findings among many hypotheses."""
    words, rows = look.language, _ranked(result)
    ordered = "confirmed" in result.frame
    found = int(result.frame["discovery"].sum())
    sure = int(result.frame["confirmed"].sum()) if ordered else 0
    n = len(rows)
    if ordered:
        answer = (
            words.say_many("{n} claim is confirmed", "{n} claims are confirmed", sure)
            if sure
            else words.say("Cannot tell: no claim is confirmed")
        )
    else:
        answer = (
            words.say_many("{n} lead, no confirmed claim", "{n} leads, no confirmed claim", found)
            if found
            else words.say("Cannot tell: no lead stands out")
        )
    return brief_of(
        result,
        look,
        heading=words.say("Findings among many"),
        subtitle=words.say(
            "Hypotheses: {n}; leads: {found}; confirmed: {sure}",
            n=words.whole(n),
            found=words.whole(found),
            sure=words.whole(sure) if ordered else "–",
        ),
        question=words.say("Which of so many effects may be called found?"),
        answer=answer,
        reason=words.say(
            "A lead stands out after allowing for the number of hypotheses; a claim is confirmed "
            "in an order agreed beforehand."
        ),
        numbers=table(
            words,
            [_hypothesis(words, row, ordered=ordered) for row in rows[:MOST_ROWS]],
            [words.say("Outcome and arm"), words.say("Estimate")],
            float(rows[0].level),
            [words.say("q"), words.say("Standing")],
        ),
        steps=[words.say("Act on confirmed claims; test leads again before acting on them.")],
        grade=Evidence.RANDOMIZED,
        name="discoveries",
        picture=discoveries_drawing(result, look),
        alt=words.say("The q-value of every hypothesis, and each effect with its interval."),
    )


def discoveries_drawing(result: Discoveries, look: Look) -> Picture:
    """Draw the effects of the most frequent unit, the surest first."""
    words, rows = look.language, _ranked(result)
    units = [row.unit for row in rows]
    unit = max(dict.fromkeys(units), key=units.count)
    return forest(
        [
            _hypothesis(words, row, ordered="confirmed" in result.frame)
            for row in rows
            if row.unit == unit
        ],
        look,
    )


def _ranked(result: Discoveries) -> list[Any]:
    return records(result.frame.sort_values("q_value", kind="stable"))


def _hypothesis(words: Language, row: Any, *, ordered: bool) -> Reading:
    state = words.say("cannot tell")
    if row.discovery:
        state = words.say("lead")
    if ordered and row.confirmed:
        state = words.say("confirmed")
    q = "–" if isnan(row.q_value) else words.number(row.q_value, 3)
    if row.q_value < 0.001:
        q = f"<\N{NO-BREAK SPACE}{words.number(0.001, 3)}"
    label = f"{shorten_middle(str(row.outcome), 28)} · {shorten_middle(str(row.arm), 20)}"
    if "experiment" in row._fields:
        label = f"{shorten_middle(str(row.experiment), 20)} · {label}"
    return Reading.of(row, label, scale_of(row.unit), after=(q, state))
