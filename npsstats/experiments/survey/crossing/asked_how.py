"""Which cells of a series were asked the old way, and which the new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.periods import PERIODS, period_end, period_start
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["asked_old"]


def asked_old(
    counts: ScoreCounts,
    ways: tuple[str, str],
    *,
    asked: str | Mapping[Any, str] | None,
    changed: str | None,
    key: str,
) -> tuple[NDArray[np.bool_], str | None]:
    """Return which cells were asked the old way, and the key that says so, if one does.

    Parameters
    ----------
    counts
        The series.
    ways
        Old and new.
    asked
        A key that holds the way, or label → way of one of the keys.
    changed
        Label of the first period asked the new way.
    key
        Where to look if neither is told.

    Raises
    ------
    InputError
        If it cannot be known, or is a third way.
    """
    if asked is not None and changed is not None:
        raise InputError("Say how cells were asked by `asked` or by `changed`, not by both.")
    if changed is not None:
        return _before(counts, changed), None
    if asked is None:
        if key not in counts.keys:
            raise InputError(
                f"It is not known which cells were asked {ways[0]!r}: the counts have no key "
                f'{key!r}. Write changed="2025-03" (the first period asked {ways[1]!r}), or '
                "asked= a key, or a mapping label → way."
            )
        asked = key
    if isinstance(asked, str):
        one_of("asked", asked, counts.keys)
        return _old(counts.cells[asked].astype(str).to_list(), ways, asked), asked
    given = {str(label): str(way) for label, way in asked.items()}
    known = {name: counts.cells[name].astype(str) for name in counts.keys}
    for labels in known.values():
        if labels.isin(list(given)).all():
            return _old([given[label] for label in labels], ways, "asked"), None
    first = next((name for name in known if known[name].isin(list(given)).any()), counts.keys[0])
    missing = known[first][~known[first].isin(list(given))].iloc[0]
    raise InputError(
        f"`asked` must give a way for every label of one key; {missing!r} of {first!r} has none. "
        "Add it, or leave its cells out with .take(...)."
    )


def _old(labels: list[str], ways: tuple[str, str], name: str) -> NDArray[np.bool_]:
    other = next((label for label in labels if label not in ways), None)
    if other is not None:
        raise InputError(
            f"{name!r} holds {other!r}, which the bridge from {ways[0]!r} to {ways[1]!r} does not "
            f"know. Leave those cells out with .where({name!r}, {list(ways)!r}), or build a "
            "bridge for them."
        )
    return np.array([label == ways[0] for label in labels])


def _before(counts: ScoreCounts, changed: str) -> NDArray[np.bool_]:
    start = period_start(str(changed))
    if start is None:
        raise InputError(
            f"`changed` must be a period's label such as '2025-03', '2025-Q2', '2025-W07' or "
            f"'2025', got {changed!r}."
        )
    period = next((name for name in PERIODS if name in counts.keys), None)
    if period is None:
        raise InputError(
            f"`changed` needs a key {', '.join(map(repr, PERIODS[:-1]))} or {PERIODS[-1]!r}; the "
            f"counts have {', '.join(map(repr, counts.keys))}. Count by month, or write asked=."
        )
    old = []
    for label in counts.cells[period].astype(str):
        first, last = period_start(label), period_end(label)
        if first is None or last is None:
            raise InputError(
                f"{label!r} is no {period}: answers without a date were asked nobody knows how. "
                "Leave them out with .take(...)."
            )
        if first < start <= last:
            raise InputError(
                f"The change at {changed} falls within {label}, which is then neither old nor new. "
                "Count by shorter periods."
            )
        old.append(first < start)
    return np.array(old, dtype=bool)
