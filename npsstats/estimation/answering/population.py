"""The population that answers are weighted to, and its strata met with those of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "answers_by",
    "margin_tables",
    "merging",
    "population_table",
    "require_both",
    "require_reached",
    "strata",
]


def population_table(name: str, given: Any, by: str | Sequence[str] | None) -> pd.DataFrame:
    """Return a frame of the keys and `population`, whatever it was given as."""
    keys = [by] if isinstance(by, str) else list(by) if by is not None else None
    if isinstance(given, ScoreCounts | InvitationCounts):
        given = given.by(*keys) if keys else given
        size = given.n if isinstance(given, ScoreCounts) else given.invited
        return _checked(name, given.cells.assign(population=size))
    if isinstance(given, Mapping):
        given = pd.Series(dict(given), dtype=object)
    if isinstance(given, pd.Series):
        names = keys or [str(key) for key in given.index.names if key is not None]
        if len(names) != given.index.nlevels:
            raise InputError(
                f"`{name}` is labelled by {given.index.nlevels} keys that `by` must name, got "
                f"by={by!r}."
            )
        given = given.rename_axis(names).rename("population").reset_index()
    if not isinstance(given, pd.DataFrame) or "population" not in given.columns:
        raise InputError(
            f"`{name}` must be a data frame with a column `population`, a mapping of labels to "
            f"numbers, a Series or counts, got {type(given).__name__}."
        )
    keys = keys or [str(key) for key in given.columns if key != "population"]
    absent = [key for key in keys if key not in given.columns]
    if absent or not keys:
        raise InputError(
            f"`{name}` needs a column for each key; there is no {', '.join(absent) or 'key'} "
            f"among {', '.join(map(str, given.columns))}."
        )
    return _checked(name, given[[*keys, "population"]].reset_index(drop=True))


def _checked(name: str, table: pd.DataFrame) -> pd.DataFrame:
    size = pd.to_numeric(table["population"], errors="coerce").astype(float)
    if not np.isfinite(size).all() or (size < 0).any() or not size.sum() > 0:
        raise InputError(
            f"`{name}` must hold numbers of people or shares, none missing or negative and not all "
            "0."
        )
    labels = table.drop(columns="population").astype(str)
    if labels.duplicated().any():
        twice = " · ".join(labels[labels.duplicated()].iloc[0])
        raise InputError(f"`{name}` gives {twice!r} twice. Add its numbers up first.")
    return table.assign(population=size)


def answers_by(counts: Any, keys: list[str]) -> ScoreCounts:
    """Return the counts by those keys, and refuse counts without them or without answers."""
    if isinstance(counts, InvitationCounts) and counts.scores is not None:
        counts = counts.scores
    answers = as_counts(counts, keys)
    if answers.keys != keys:
        raise InputError(f"The answers are not counted by {', '.join(keys)}: count them so first.")
    if not answers.n.sum():
        raise InputError("There are no answers to weight.")
    return answers


def margin_tables(margins: Any) -> list[pd.DataFrame]:
    """Return a frame of keys and `population` for each margin."""
    if isinstance(margins, Mapping):
        tables = [
            population_table(f"margins[{key!r}]", value, key) for key, value in margins.items()
        ]
    elif isinstance(margins, Sequence) and not isinstance(margins, str):
        tables = [population_table("margins", value, None) for value in margins]
    else:
        tables = []
    if not tables:
        raise InputError(
            "`margins` must be {key: {label: number}} or a sequence of data frames with a column "
            f"`population`, got {margins!r}."
        )
    return tables


def merging(
    merge: Mapping[str, Mapping[str, str]] | None, keys: list[str]
) -> dict[str, dict[str, str]]:
    """Return what to merge, labels as text."""
    for key in merge or {}:
        checks.one_of("merge", key, keys)
    return {
        key: {str(a): str(b) for a, b in labels.items()} for key, labels in (merge or {}).items()
    }


def strata(
    answers: ScoreCounts, table: pd.DataFrame, keys: list[str], merge: dict[str, dict[str, str]]
) -> tuple[pd.DataFrame, NDArray[np.intp], NDArray[np.bool_]]:
    """Return every label, its merged stratum, and whether the population knows it."""
    both = pd.concat(
        [
            answers.cells.astype(object).assign(n=answers.n, population=0.0),
            table.astype(dict.fromkeys(keys, object)).assign(n=0)[[*keys, "n", "population"]],
        ],
        ignore_index=True,
    )
    text = both[keys].astype(str)
    code = text.groupby(keys, sort=False).ngroup().to_numpy()
    firsts = np.unique(code, return_index=True)[1]
    frame = both.iloc[firsts][keys].infer_objects().reset_index(drop=True)
    frame["n"] = np.bincount(code, both["n"]).astype(np.int64)
    frame["population"] = np.bincount(code, both["population"])
    joined = frame[keys].astype(str).replace(merge) if merge else frame[keys].astype(str)
    known = np.bincount(code, np.arange(len(both)) >= len(answers)) > 0
    return frame, np.asarray(joined.groupby(keys, sort=False).ngroup(), dtype=np.intp), known


def require_both(
    frame: pd.DataFrame,
    group: NDArray[np.intp],
    keys: list[str],
    known: NDArray[np.bool_],
    n: Floats,
    there: Floats,
) -> None:
    """Refuse strata that only the answers, or only the population, know of."""
    text = [" · ".join(row) for row in frame[keys].astype(str).to_numpy()]
    listed = np.bincount(group, known) > 0
    unseen = [text[row] for row in np.flatnonzero(((n > 0) & ~listed)[group])]
    if unseen:
        few = ", ".join(map(repr, unseen[:5])) + (", …" if len(unseen) > 5 else "")
        raise InputError(
            f"The population by {', '.join(keys)} says nothing of {few}, which have answers. Give "
            "their numbers (0 leaves the answers out), or merge= them into another stratum."
        )
    empty = (n == 0) & (there > 0)
    if empty.any():
        lost = [text[row] for row in np.flatnonzero(empty[group])]
        few = ", ".join(map(repr, lost[:5])) + (", …" if len(lost) > 5 else "")
        share = 100 * there[empty].sum() / there.sum()
        raise InputError(
            f"{len(lost)} strata of the population ({share:.1f} % of it) have no answers: {few}. "
            f"Nobody can stand for them. Merge each with a like one, for example merge="
            f"{{{keys[-1]!r}: {{{lost[0].split(' · ')[-1]!r}: '…'}}}}, or drop a key."
        )


def require_reached(table: pd.DataFrame, own: list[str], n: Floats) -> None:
    """Refuse a margin with a label that has people and no answers."""
    empty = table[(n == 0) & (table["population"].to_numpy() > 0)]
    if len(empty):
        label = " · ".join(map(str, empty.iloc[0][own]))
        raise InputError(
            f"The margin of {', '.join(own)} counts {label!r}, which has no answers: nobody can "
            "stand for it. Give it and a like label one name in answers and margin, or leave it "
            "out of the margin."
        )
