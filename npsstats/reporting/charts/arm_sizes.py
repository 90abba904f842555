"""The sizes of an experiment's arms against the plan."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.experiments.balance.sample_ratio import SampleRatio
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["arm_sizes", "planned_size", "size_label", "size_rows"]

_CHANCE = 3.29  # standard errors that hold 99.9% of what chance gives


def arm_sizes(result: SampleRatio, look: Look, names: Mapping[str, str] | None = None) -> Picture:
    """Draw how far every arm's share is from its planned one, beside what chance gives.

    `names` says what reports call the arms.
    """
    words = look.language
    lines = []
    for row in size_rows(result)[:MOST]:
        n = row.n / row.share if row.share else max(row.expected / row.planned_share, 1.0)
        wide = 100 * _CHANCE * sqrt(row.planned_share * (1 - row.planned_share) / n)
        lines.append(
            Line(
                size_label(row, names),
                100 * (row.share - row.planned_share),
                -wide,
                wide,
                words.say(
                    "{n} ({expected} planned)",
                    n=words.whole(row.n),
                    expected=planned_size(words, row.expected),
                ),
            )
        )
    return intervals(
        lines,
        look,
        axis=words.say("Share minus planned share, in points; bars: what chance gives"),
        level=0.0,
    )


def size_rows(result: SampleRatio) -> list[Any]:
    """Return the rows of all customers, then those of the strata least like the plan."""
    rows = records(result.frame)
    whole = [row for row in rows if row.stratum == "all"]
    strata = sorted(
        (row for row in rows if row.stratum != "all"),
        key=lambda row: (row.p_adjusted, str(row.stratum)),
    )
    return whole + strata


def planned_size(words: Language, expected: float) -> str:
    """Write the size that was planned: half a customer is shown where one is left over."""
    return words.number(expected, 0 if round(expected, 1) % 1 == 0 else 1)


def size_label(row: Any, names: Mapping[str, str] | None = None) -> str:
    """Return what a row is called: its arm, and its stratum where it is of one."""
    arm = (names or {}).get(str(row.arm), str(row.arm))
    if row.stratum == "all":
        return arm
    return f"{shorten_middle(str(row.stratum), 30)} · {shorten_middle(arm, 20)}"
