"""Answers, clusters and counts of a questionnaire, each written in one way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError

__all__ = ["MOST", "each_its_own", "labelled", "typed", "whole_counts", "written"]

MOST = 5_000_000
"""Patterns that are taken into memory: some gigabyte."""


def typed(values: pd.Series) -> pd.Series:
    """Return numbers as float64 where every answer is one, else text."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    there = values.notna()
    if values.dtype.kind == "b" or values[there].map(lambda item: isinstance(item, bool)).any():
        return written(values)
    text = values.astype(object).where(there, None)
    numbers = pd.to_numeric(
        text.map(lambda item: item.strip().replace(",", ".") if isinstance(item, str) else item),
        errors="coerce",
    ).astype(np.float64)
    if there.any() and numbers[there].notna().all():
        return numbers
    return written(values)


def labelled(values: pd.Series) -> pd.Series:
    """Return labels of clusters as text, `NONE` for those that are not known."""
    label = written(values)
    return label.where(label.notna(), NONE)


def each_its_own(counted: pd.DataFrame, cluster: str | None) -> pd.DataFrame:
    """Return the patterns, each answer without a cluster being one, "(none) 1" and on."""
    if cluster is None or not (lost := counted[cluster] == NONE).any():
        return counted
    answers = int(counted["n"][lost].sum())
    if answers > MOST:
        raise InputError(
            f"{answers:,} answers have no {cluster!r}, and each is a cluster of its own: too many. "
            "Take cluster=None, or the answers that have one."
        )
    single = counted[lost].loc[counted.index[lost].repeat(counted["n"][lost])].assign(n=1)
    width = len(str(answers))
    single[cluster] = [f"{NONE} {place:0{width}}" for place in range(1, answers + 1)]
    return pd.concat([single, counted[~lost]], ignore_index=True)


def whole_counts(rows: pd.DataFrame) -> pd.Series:
    """Return how many answers each row stands for, whole numbers."""
    if "n" not in rows.columns:
        return pd.Series(1, index=rows.index)
    counts = pd.to_numeric(rows["n"], errors="coerce").astype(np.float64)
    wrong = ~np.isfinite(counts) | (counts < 0) | (counts % 1 != 0)
    if wrong.any():
        raise InputError(
            f"`n` says how many answers a row stands for, a whole number from 0, got "
            f"{rows['n'][wrong].iloc[0]!r} in {int(wrong.sum()):,} rows. Rename the column if it "
            "means something else, or leave these rows out."
        )
    return counts.astype(np.int64)


def written(values: pd.Series) -> pd.Series:
    """Return answers as text, whole numbers without a point, None where blank."""
    return values.map(_written, na_action="ignore").astype(object).where(values.notna(), None)


def _written(item: Any) -> str:
    if isinstance(item, bool | np.bool_):
        return "yes" if item else "no"
    if isinstance(item, float) and item.is_integer():
        return str(int(item))
    return str(item)
