"""Arms that were planned against arms that were seen, unit by unit, inside the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.keyed_hash import label_expression
from npsstats.aggregates.unit_rows import own_rows, stored
from npsstats.data.engine import outdated_calls

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.aggregates.assignments import Drawn

__all__ = ["STATUSES", "SeenArms", "compare_arms"]

STATUSES = {
    "other arm": "were seen in another arm than the plan gives them",
    "several arms": "were seen in several arms",
    "unknown arm": "were seen in an arm that the plan does not have",
    "not in the list": "were seen and never assigned: they are not in the list",
    "without arm": "were seen without an arm",
    "never seen": "were assigned and never seen",
    "agrees": "were seen in the arm that the plan gives them",
}
"""What can be the matter with a unit, most serious first, in words that follow a number."""

_EXAMPLES = 20


@dataclass(frozen=True)
class SeenArms:
    """How planned and seen arms go together.

    Attributes
    ----------
    cross
        pandas frame: `planned` and `seen` arm (None where there is none), `status`, `n` units.
    examples
        Some units of every status but "agrees" and "never seen": unit, planned, seen, status.
    randomized
        pandas frame: `seen` arm and `n`, how many units (clusters, where these were assigned) of
        the list were seen in it, in no other.
    unreadable
        Rows seen whose unit is missing.
    """

    cross: pd.DataFrame
    examples: pd.DataFrame
    randomized: pd.DataFrame
    unreadable: int


def compare_arms(seen: Any, drawn: Drawn, arm: str) -> SeenArms:
    """Hold the arms in which units were seen against those that they were drawn into.

    Parameters
    ----------
    seen
        A path, a URL, a frame, an Arrow or Ibis table: a row a unit, or several.
    drawn
        The units with their planned arms.
    arm
        The column of the arm in `seen`; units are in the column of the rule's name.

    Raises
    ------
    InputError
        If a column is not there.
    """
    import ibis

    rule = drawn.rule
    with outdated_calls():
        table = own_rows(seen, [rule.unit, arm], drawn.table.get_backend()).table
        text, _ = label_expression(table["0"])
        name, _ = label_expression(table["1"])
        rows = stored(table.select(text=text, seen=name))
        usable = rows.drop_null("text")
        unreadable = rows.count().to_pyarrow().as_py() - usable.count().to_pyarrow().as_py()
        units = usable.group_by("text").aggregate(
            seen=usable["seen"].min(), arms=usable["seen"].nunique()
        )
        group = [drawn.table["cluster"]] if rule.cluster else []
        planned = drawn.table.select("text", *group, planned=drawn.table["arm"])
        both = planned.outer_join(units, "text")
        both = both.mutate(text=ibis.coalesce(both["text"], both["text_right"]))
        columns: Any = both
        cases = (
            (columns["planned"].isnull(), "not in the list"),  # noqa: PD003 - Ibis, not pandas
            (columns["arms"].isnull(), "never seen"),  # noqa: PD003
            (columns["arms"] > 1, "several arms"),
            (columns["seen"].isnull(), "without arm"),  # noqa: PD003
            (~columns["seen"].isin(rule.arms), "unknown arm"),
            (columns["seen"] != columns["planned"], "other arm"),
        )
        both = stored(both.mutate(status=ibis.cases(*cases, else_="agrees")))
        counted = both.group_by("planned", "seen", "status").aggregate(n=both.count())
        cross = counted.order_by("status", "planned", "seen").to_pyarrow().to_pandas()
        odd = both.filter(~both["status"].isin(["agrees", "never seen"]))
        window = ibis.window(group_by="status", order_by="text")
        odd = odd.mutate(place=ibis.row_number().over(window))
        odd = odd.filter(odd["place"] < _EXAMPLES).order_by("status", "text")
        examples = odd.select("text", "planned", "seen", "status").to_pyarrow().to_pandas()
        kept = both.filter(both["status"].isin(["agrees", "other arm"]))
        what = kept["cluster"].nunique() if rule.cluster else kept.count()
        sizes = kept.group_by("seen").aggregate(n=what).order_by("seen").to_pyarrow().to_pandas()
    examples = examples.rename(columns={"text": rule.unit})
    return SeenArms(cross, examples, sizes, int(unreadable))
