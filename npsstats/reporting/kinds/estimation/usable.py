"""What can be done with a retailer's data, and how much it would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.estimation.readiness.ready import Readiness
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture
    from npsstats.said import Said

__all__ = ["brief", "drawing"]

_NAMED = 3  # jobs of those that need what is lacking


def brief(result: Readiness, look: Look) -> Brief:
    """Return the memo of what can be done."""
    words, margins = look.language, records(result.margins)
    able, every = int(result.frame["possible"].sum()), len(result.frame)
    counts = {"able": words.whole(able), "all": words.whole(every)}
    labels, lacking = _labels(words, result), _lacking(result)
    reason = words.say(
        "{n} answers give the score to ±{margin} points.",
        n=words.whole(margins[0].n),
        margin=words.number(margins[0].margin),
    )
    if len(margins) > 1:
        widest = max(margins[1:], key=lambda row: row.margin)
        reason += " " + words.say(
            "{what}: {n} answers in the median, ±{margin} points.",
            what=labels[margins.index(widest)],
            n=words.whole(widest.n),
            margin=words.number(widest.margin),
        )
    return brief_of(
        result,
        look,
        heading=words.say("What these data allow"),
        subtitle=words.say_many("{n} answer", "{n} answers", int(margins[0].n)),
        question=words.say("What can be done with these data, and how much would it say?"),
        answer=words.say("{able} of {all} jobs can be done", **counts),
        reason=reason,
        numbers=Numbers(
            [
                words.say("What there is, and what is lacking"),
                words.say("Answers, in the median"),
                words.say("Margin, ± points"),
            ],
            [
                *(
                    [label, words.whole(row.n), words.number(row.margin)]
                    for label, row in zip(labels, margins, strict=True)
                ),
                [words.say("Jobs that can be done"), words.say("{able} of {all}", **counts), ""],
                *(
                    [
                        words.say("Lacking: {what}", what=words.retell(what)),
                        words.say_many("{n} job", "{n} jobs", len(jobs)),
                        "",
                    ]
                    for what, jobs in lacking[: MOST_ROWS - 1 - len(margins)]
                ),
            ],
        ),
        steps=[
            *(
                [
                    words.say(
                        "Get first: {what}. It is needed, among others, for: {jobs}.",
                        what=words.retell(lacking[0][0]),
                        jobs=words.listing(map(words.retell, lacking[0][1][:_NAMED])),
                    ),
                    words.say("Run npsstats check: it names each job, and what it lacks."),
                ]
                if lacking
                else [words.say("Begin with npsstats report: one document of all of it.")]
            )
        ],
        grade=Evidence.CHECK,
        name="data",
        picture=drawing(result, look),
        alt=words.say("The margin of the score of all answers, of a store and of a month."),
    )


def _lacking(result: Readiness) -> list[tuple[Said, list[Said]]]:
    """Return what is lacking and the jobs that need it, what most of them need first."""
    found: dict[Said, list[Said]] = {}
    for job in result.abilities:
        for what in job.lacks:
            found.setdefault(what, []).append(job.does)
    return sorted(found.items(), key=lambda pair: -len(pair[1]))


def drawing(result: Readiness, look: Look) -> Picture:
    """Draw how far each score is known."""
    words = look.language
    lines = [
        Line(label, 0.0, -row.margin, row.margin, f"±{words.number(row.margin)}")
        for label, row in zip(_labels(words, result), records(result.margins), strict=True)
    ]
    return intervals(lines, look, axis=words.say("Margin around the score, in points"))


def _labels(words: Language, result: Readiness) -> list[str]:
    known = {
        "all": words.say("All answers"),
        "a store": words.say("One store"),
        "a month": words.say("One month"),
    }
    return [known[name] for name in result.margins["of"]]
