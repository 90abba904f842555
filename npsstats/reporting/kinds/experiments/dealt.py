"""How the arms were dealt: the assignment, and its audit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.experiments.readings import p_said
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.experiments.assignment.assign import Assignment
    from npsstats.experiments.assignment.audit import Audit
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture
    from npsstats.said import Said

__all__ = ["assigned_brief", "assigned_drawing", "audit_brief", "audit_drawing"]


def assigned_brief(result: Assignment, look: Look) -> Brief:
    """Return the memo of an assignment."""
    words, rows = look.language, records(result.totals)
    n = len(result.frame)
    lost = len(result.rejected)
    reason = words.say(
        "{arms}.",
        arms=words.listing(
            f"{shorten_middle(str(row.arm), 24)} {words.whole(row.n)}" for row in rows[:4]
        ),
    )
    return brief_of(
        result,
        look,
        heading=words.say("Who is in which arm"),
        subtitle=words.say_many("{n} customer", "{n} customers", n),
        question=words.say("Who gets what, in a way that anybody can compute again?"),
        answer=words.say_many("{n} customer has an arm", "{n} customers have an arm", n)
        if not lost
        else words.say_many(
            "{n} customer has an arm; some rows have none",
            "{n} customers have an arm; some rows have none",
            n,
        ),
        reason=reason,
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Customers"),
                words.say("Share"),
                words.say("Planned share"),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.n),
                    words.percent(row.share, 1),
                    words.percent(row.planned_share, 1),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Register the plan (npsstats register), keep this table, and start."),
            words.say("Audit what was really done (nps.audit) before reading any effect."),
        ],
        grade=Evidence.PLAN,
        name="assignment",
        picture=assigned_drawing(result, look),
        alt=words.say("Each arm's share and its planned share."),
    )


def assigned_drawing(result: Assignment, look: Look) -> Picture:
    """Draw each arm's share, joined to its planned one."""
    return _shares(records(result.totals), look)


def audit_brief(result: Audit, look: Look) -> Brief:
    """Return the memo of an audit."""
    words, rows = look.language, records(result.frame)
    # a page has counts and never names: whom they are is in `result.examples`
    nameless = replace(result, diagnostics=tuple(_nameless(one) for one in result.diagnostics))
    total, agree = sum(result.counts.values()), result.counts["agrees"]
    return brief_of(
        nameless,
        look,
        heading=words.say("Audit of the assignment"),
        subtitle=words.say(
            "{agree} of {n} customers are in their arm; sizes: {p}",
            agree=words.whole(agree),
            n=words.whole(total),
            p=p_said(words, result.p_value),
        ),
        question=words.say("Was every customer treated as the plan assigned it?"),
        answer=words.say("No decision: the arms are not those of the plan")
        if result.failed
        else words.say("The arms are those of the plan"),
        reason=words.say(
            "{agree} of {n} customers are in the arm that the plan gives them.",
            agree=words.whole(agree),
            n=words.whole(total),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Planned"),
                words.say("Customers seen"),
                words.say("Both"),
                words.say("Share"),
                words.say("Planned share"),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.planned),
                    words.whole(row.seen),
                    words.whole(row.agree),
                    words.percent(row.share, 1),
                    words.percent(row.planned_share, 1),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Find out how customers got into the arms, mend it, and start anew."),
            words.say("Compare customers by the arm of the plan, whatever they were seen in."),
        ]
        if result.failed
        else [words.say("Read the effects of assignment.")],
        grade=Evidence.CHECK,
        name="audit",
        picture=audit_drawing(result, look),
        alt=words.say("Each arm's share and its planned share."),
    )


def _nameless(doubt: Said) -> Said:
    if not str(doubt.values.get("named", "")).startswith(" ("):
        return doubt
    return said(doubt.patterns[0], **{**doubt.values, "named": ""})


def audit_drawing(result: Audit, look: Look) -> Picture:
    """Draw each arm's share as seen, joined to its planned one."""
    return _shares(records(result.frame), look)


def _shares(rows: list[Any], look: Look) -> Picture:
    words = look.language
    lines = []
    for row in rows[:MOST]:
        share, planned = 100 * row.share, 100 * row.planned_share
        lower, upper = min(share, planned), max(share, planned)
        lines.append(
            Line(
                str(row.arm),
                share,
                lower,
                upper,
                words.say(
                    "{share} ({planned} planned)",
                    share=words.percent(share / 100, 1),
                    planned=words.percent(planned / 100, 1),
                ),
            )
        )
    return intervals(lines, look, axis=words.say("Share of customers, in %; line: to the plan"))
