"""What there is: answers, stores, months, and the columns that hold something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.aggregates.counting import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.data.intake import Intake

__all__ = ["Inventory", "take_stock"]


@dataclass(frozen=True)
class Inventory:
    """What the data hold.

    Attributes
    ----------
    counts
        Answers by score.
    tables
        Table → its columns that hold something → how many rows do.
    stores, months
        Numbers of different ones among the answers; 0 where they are not known.
    first, last
        Days of the answers, or None.
    """

    counts: ScoreCounts
    tables: Mapping[str, Mapping[str, int]]
    stores: int
    months: int
    first: Any
    last: Any


def take_stock(tables: Mapping[str, Intake]) -> Inventory:
    """Return what the tables hold, each in one query.

    Parameters
    ----------
    tables
        Table → its intake, "responses" among them.
    """
    found: dict[str, dict[str, int]] = {}
    facts: dict[str, Any] = {}
    for name, intake in tables.items():
        rows = intake.accepted
        asked = {f"n {column}": rows[column].count() for column in rows.columns}
        if name == "responses":
            asked["all"] = rows.count()
            if "store_id" in rows.columns:
                asked["stores"] = rows.store_id.nunique()
            if "date" in rows.columns:
                asked["first"], asked["last"] = rows.date.min(), rows.date.max()
                asked["months"] = rows.date.strftime("%Y-%m").nunique()
        told = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
        found[name] = {
            column: told[f"n {column}"] for column in rows.columns if told[f"n {column}"]
        }
        facts |= {key: value for key, value in told.items() if not key.startswith("n ")}
    return Inventory(
        count(tables["responses"]),
        found,
        int(facts.get("stores") or 0),
        int(facts.get("months") or 0),
        facts.get("first"),
        facts.get("last"),
    )


def sizes(inventory: Inventory) -> pd.DataFrame:
    """Return the tables and their columns as a frame: table, column, rows."""
    rows = [
        (table, column, n)
        for table, columns in inventory.tables.items()
        for column, n in columns.items()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "rows"])
