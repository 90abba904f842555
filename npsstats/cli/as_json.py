"""Results as JSON: one shape for all of them.

`headline`; `frame`, a list of rows; `tables`, further lists of rows by their names; `diagnostics`;
`provenance`. A number that is not known is null. Same input, same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.results import Result

__all__ = ["as_json", "document"]


def as_json(result: Result, more: Mapping[str, pd.DataFrame | None]) -> str:
    """Return a result as one document.

    Parameters
    ----------
    result
        What an analysis returned; its own further tables are found.
    more
        Tables that it does not have, by their names; None is left out.
    """
    tables = {**_tables(result), **{name: rows(each) for name, each in more.items() if _some(each)}}
    return document(
        {
            "headline": result.headline(),
            "frame": rows(result.frame),
            "tables": tables,
            "diagnostics": list(result.diagnostics),
            "provenance": asdict(result.provenance),
        }
    )


def document(content: Any) -> str:
    """Return anything as JSON text, readable and the same each time."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=_plain)


def rows(frame: Any) -> Any:
    """Return a table as a list of rows; labels of the rows that are names become a column."""
    import pandas as pd

    if not isinstance(frame.index, pd.RangeIndex) and frame.index.dtype.kind not in "iu":
        frame = frame.rename_axis(frame.index.name or "row").reset_index()
    # a database adds in any order: the last digits of a double are noise
    numbers = frame.select_dtypes("float")
    frame = frame.assign(**{name: numbers[name].map(_ten_digits) for name in numbers.columns})
    text = frame.to_json(orient="records", double_precision=15, date_format="iso")
    return json.loads(text)


def _ten_digits(value: float) -> float:
    return float(f"{value:.10g}")


def _tables(result: Result) -> dict[str, Any]:
    """Return the further tables that a result holds, those of its parts among them."""
    import pandas as pd

    from npsstats.results import Result as Any_

    found: dict[str, Any] = {}
    for each in fields(result):
        value = getattr(result, each.name)
        if each.name == "frame":
            continue
        parts = value if isinstance(value, Mapping) else {each.name: value}
        for name, part in parts.items():
            if isinstance(part, Any_):
                found[str(name)] = rows(part.frame)
            elif isinstance(part, pd.DataFrame):
                found[str(name)] = rows(part)
    return found


def _some(frame: Any) -> bool:
    return frame is not None


def _plain(value: Any) -> Any:
    """Return a number of an array as a plain one, anything else as text."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else str(value)
