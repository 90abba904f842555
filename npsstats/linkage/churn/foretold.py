"""What was set apart as foretold: its own share, and references that are still there.

A label that nobody left at has no finite effect, but a prediction: nobody leaves. To predict its
customers as those of the reference would be to forget why they were set apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.design import Scheme

    Floats = NDArray[np.float64]

__all__ = ["foretold_share", "labels_apart", "moved_references", "words_of_moved"]


def labels_apart(rows: HazardCells, apart: NDArray[np.bool_], key: str) -> Floats:
    """Return the share that left at each label all of whose rows were set apart, else NaN."""
    code, size = rows.code(key), len(rows.levels[key])
    n, live = (np.bincount(code, rows.at_risk * part, size) for part in (1, ~apart))
    gone = np.bincount(code, rows.events, size)
    return np.where((n > 0) & (live == 0), gone / np.maximum(n, 1), np.nan)


def foretold_share(
    rows: HazardCells,
    apart: NDArray[np.bool_],
    cells: HazardCells,
    changed: Mapping[str, str] | None = None,
) -> Floats:
    """Return the share that leaves where that was set apart, NaN where it was fitted, (cells,).

    Parameters
    ----------
    rows, apart
        What was fitted, and which of its rows were set apart.
    cells
        What is to be predicted.
    changed
        Key → the label that it is given everywhere.
    """
    share = np.full(len(cells), np.nan)
    if not apart.any():
        return share
    codes = []
    for key, labels in rows.levels.items():
        place = {label: i for i, label in enumerate(labels)}
        if changed and key in changed:
            code = np.full(len(cells), place.get(changed[key], -1))
        else:
            code = np.array([place.get(name, -1) for name in cells.levels[key]])[cells.code(key)]
        codes.append(code)
        of_label = np.append(labels_apart(rows, apart, key), np.nan)[code]  # −1 is the NaN
        share = np.where(np.isnan(share), of_label, share)
    # combinations that were set apart though no label of theirs was
    seen = np.all([code >= 0 for code in codes], axis=0) & np.isnan(share)
    sizes = tuple(len(labels) for labels in rows.levels.values())
    known = np.ravel_multi_index(tuple(rows.codes.T.astype(np.int64)), sizes)
    asked = np.ravel_multi_index(tuple(np.where(seen, code, 0) for code in codes), sizes)
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found = seen & (known[at] == asked) & apart[at]
    return np.where(found, rows.events[at] / rows.at_risk[at], share)


def moved_references(
    rows: HazardCells, scheme: Scheme, apart: NDArray[np.bool_]
) -> dict[str, tuple[str, str]]:
    """Return key → (reference that was set apart, the label with most customers that was not)."""
    moved = {}
    for key, old in scheme.references.items():
        lost = ~np.isnan(labels_apart(rows, apart, key))
        if key in scheme.knots or not lost[rows.levels[key].index(old)]:
            continue
        live = np.bincount(rows.code(key), rows.at_risk * ~apart, len(lost))
        moved[key] = (old, rows.levels[key][int(live.argmax())])
    return moved


def words_of_moved(moved: Mapping[str, tuple[str, str]], base: Collection[str]) -> list[Said]:
    """Say which references were changed."""
    return [
        said(
            "Ratios of '{key}' are told against {new}: its reference {old} was set apart.",
            key=key,
            new=new,
            old=old,
        )
        for key, (old, new) in moved.items()
        if key not in base
    ]
