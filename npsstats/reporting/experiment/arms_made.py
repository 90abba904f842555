"""The sizes of an experiment's arms: all that a memo shows where they are not as planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from npsstats.reporting.charts.arm_sizes import arm_sizes, planned_size, size_label, size_rows
from npsstats.reporting.memos.brief import Numbers
from npsstats.reporting.render import Chart
from npsstats.reporting.survey.names import asking

if TYPE_CHECKING:
    from npsstats.experiments.balance.sample_ratio import SampleRatio
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look

__all__ = ["size_cells", "size_chart", "size_head", "size_table"]

_MOST_ROWS = 12


def size_chart(result: ExperimentResult, look: Look) -> Chart:
    """Return the arms' sizes against the plan."""
    words = look.language
    return Chart(
        arm_sizes(_ratio(result), look, _names(words, result)),
        caption="",
        alt=words.say("The share of each arm less its planned share, and what chance gives."),
    )


def size_table(words: Language, result: ExperimentResult) -> Numbers:
    """Return the arms' sizes and the planned ones."""
    names = _names(words, result)
    rows = size_rows(_ratio(result))[:_MOST_ROWS]
    head = size_head(words)
    if result.plan.survey is not None:
        head[1] = words.say("asked")
    return Numbers(head, [size_cells(words, row, names) for row in rows])


def size_head(words: Language) -> list[str]:
    """Return the head of a table of sizes."""
    return [
        words.say("Arm"),
        words.say("Customers"),
        words.say("Planned"),
        words.say("Share"),
        words.say("Planned share"),
    ]


def size_cells(words: Language, row: Any, names: dict[str, str] | None = None) -> list[str]:
    """Return the cells of an arm's size."""
    return [
        size_label(row, names),
        words.whole(row.n),
        planned_size(words, row.expected),
        words.percent(row.share, 1),
        words.percent(row.planned_share, 1),
    ]


def _ratio(result: ExperimentResult) -> SampleRatio:
    return cast("SampleRatio", result.parts["sample ratio"])


def _names(words: Language, result: ExperimentResult) -> dict[str, str]:
    return {arm: asking(words, result, arm) for arm in result.plan.arms.shares}
