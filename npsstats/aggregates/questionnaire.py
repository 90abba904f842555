"""Questionnaires reduced to their different patterns of answers, counted inside the database.

A hundred million answers to four questions of five steps are some thousand patterns a store: all
that a model of one answer on the others needs. Blank answers are a value of their own, so that
whoever skips a question is counted, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.bins import binned
from npsstats.aggregates.counting import PERIODS, _fetch
from npsstats.aggregates.questionnaire_values import (
    MOST,
    each_its_own,
    labelled,
    typed,
    whole_counts,
    written,
)
from npsstats.aggregates.weighted_scores import _number, _rows
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["AnswerPatterns", "answer_patterns"]


@dataclass(frozen=True, repr=False, eq=False)
class AnswerPatterns:
    """How many answers show each pattern.

    Attributes
    ----------
    frame
        A row a pattern: `cluster` where there is one, the questions, and `n` (whole, at least 1).
        Numbers are float64, NaN where blank; anything else is text, None where blank.
    questions
        The questions, in order.
    cluster
        The column of the clusters, or None.
    left_out
        Answers that whoever made the patterns had to leave out.

    Examples
    --------
    >>> rows = pd.DataFrame({"score": [9, 9, 2], "welcome": [5, 5, None], "store_id": list("AAB")})
    >>> patterns = AnswerPatterns.of(rows, ["score", "welcome"], cluster="store_id")
    >>> patterns.frame
      store_id  score  welcome  n
    0        A    9.0      5.0  2
    1        B    2.0      NaN  1
    >>> patterns.missing
    {'score': 0, 'welcome': 1}
    """

    frame: pd.DataFrame
    questions: tuple[str, ...]
    cluster: str | None
    left_out: int = 0

    @classmethod
    def of(
        cls, rows: pd.DataFrame, questions: Sequence[str], *, cluster: str | None = None
    ) -> AnswerPatterns:
        """Count the patterns of a data frame in memory, with a row an answer (or a store).

        A column `n`, where there is one, says how many answers a row stands for; rows of none
        are dropped. Answers without a cluster are each a cluster of their own.

        Raises
        ------
        InputError
            If a column is not there, or an `n` is no whole number from 0.
        """
        names = _named(questions, cluster)
        for name in names:
            if name not in rows.columns:
                there = ", ".join(map(str, rows.columns))
                raise InputError(f"There is no column {name!r} among {there}.")
        columns = {name: typed(rows[name]) for name in names}
        if cluster:
            columns[cluster] = labelled(rows[cluster])
        columns["n"] = whole_counts(rows)
        grouped = pd.DataFrame(columns).groupby(names, dropna=False, sort=True, observed=True)
        counted = grouped["n"].sum().reset_index()
        counted = counted[counted["n"] > 0].reset_index(drop=True)
        for name in names:
            if counted[name].dtype.kind != "f":  # pandas has made them text of its own kind
                counted[name] = written(counted[name])
        counted = counted.astype({"n": np.int64})
        return cls(each_its_own(counted, cluster), tuple(questions), cluster)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Answers of each pattern, shape (patterns,)."""
        return self.frame["n"].to_numpy(np.int64)

    @property
    def total(self) -> int:
        """All answers."""
        return int(self.n.sum())

    @property
    def numeric(self) -> tuple[str, ...]:
        """The questions whose answers are numbers."""
        kinds = self.frame.dtypes
        return tuple(name for name in self.questions if kinds[name].kind == "f")

    @property
    def missing(self) -> dict[str, int]:
        """Question → answers that leave it blank."""
        blank = self.frame[list(self.questions)].isna().to_numpy()
        counts = self.n @ blank
        return {name: int(k) for name, k in zip(self.questions, counts, strict=True)}

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of patterns, counts and names."""
        rows = pd.util.hash_pandas_object(self.frame, index=False).to_numpy()
        names = "\x1f".join([*self.frame.columns, self.cluster or ""])
        return sha256(names.encode() + rows.astype("<u8").tobytes()).hexdigest()[:16]

    def take(self, mask: NDArray[np.bool_]) -> AnswerPatterns:
        """Return the patterns of a boolean mask."""
        return replace(self, frame=self.frame[mask].reset_index(drop=True))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        clusters = f", {self.frame[self.cluster].nunique():,} clusters" if self.cluster else ""
        return (
            f"AnswerPatterns: {self.total:,} answers in {len(self):,} patterns of "
            f"{', '.join(self.questions)}{clusters}"
        )


def answer_patterns(
    data: Any,
    questions: Sequence[str],
    *,
    cluster: str | None = "store_id",
    bins: Mapping[str, Sequence[float]] | None = None,
    categories: Sequence[str] = (),
) -> AnswerPatterns:
    """Count the different patterns of answers to some questions, by cluster.

    One group-by, run where the rows are. What comes up is a row a pattern and cluster; numbers
    that hardly repeat (hours, amounts) are best cut into tiers with `bins`.

    Parameters
    ----------
    data
        An `Intake` of responses that kept the columns (`segments=[...]` when reading), an Ibis
        table, or anything that `npsstats.read` takes.
    questions
        Columns: "score", closed questions, csat, ces, journey, channel, waiting time …
    cluster
        The column of the clusters, usually the store; None for none. Answers without it are each
        a cluster of their own: nothing says that they have anything in common.
    bins
        Question → ascending cuts, for numbers with many values.
    categories
        Questions whose numbers are names, not quantities.

    Returns
    -------
    AnswerPatterns
        Patterns in ascending order.

    Raises
    ------
    InputError
        If a column is not there, a name comes twice, or there are too many patterns.

    Examples
    --------
    >>> import npsstats as nps
    >>> rows = pd.DataFrame(
    ...     {"score": [9, 9, 2, 7], "wait": [3, 4, 30, None], "store_id": [1, 1, 1, 2]}
    ... )
    >>> intake = nps.read(rows, segments=["wait"], quiet=True)
    >>> answer_patterns(intake, ["score", "wait"], bins={"wait": [5, 15]}).frame
      store_id  score         wait  n
    0        1    2.0  15 and more  1
    1        1    9.0      under 5  2
    2        2    7.0         None  1
    """
    names = _named(questions, cluster)
    table, _ = _rows(data, names)
    cuts = dict(bins or {})
    for name in (*cuts, *categories):
        if name not in questions:
            raise InputError(f"{name!r} is to be cut or named, but is none of `questions`.")
    groups = {}
    for place, name in enumerate(names):
        if name in PERIODS or name not in table.columns:
            raise InputError(
                f"There is no column {name!r} among {', '.join(table.columns)}. When reading, "
                f"keep it: segments=[{name!r}]."
            )
        column = table[name]
        tiers = name in cuts
        groups[f"key {place}"] = binned(_number(column), name, cuts[name]) if tiers else column
    counted = table.group_by(**groups).aggregate(n=table.count())
    found = int(counted.count().to_pyarrow().as_py())
    if found > MOST:
        raise InputError(
            f"{found:,} patterns of {', '.join(questions)} are too many. Cut numbers with "
            "bins={...}, or ask fewer questions."
        )
    fetched = _fetch(counted)
    fetched.columns = pd.Index([*names, "n"])
    for name in names:
        as_name = name in categories or name in cuts
        fetched[name] = written(fetched[name]) if as_name else typed(fetched[name])
    if cluster:
        fetched[cluster] = labelled(fetched[cluster])
    ordered = fetched.sort_values(names, ignore_index=True).astype({"n": np.int64})
    return AnswerPatterns(each_its_own(ordered, cluster), tuple(questions), cluster)


def _named(questions: Sequence[str], cluster: str | None) -> list[str]:
    names = [*([cluster] if cluster else []), *questions]
    if isinstance(questions, str) or not len(questions) or len(set(names)) != len(names):
        raise InputError(
            f"`questions` must name columns, each once and none of them the cluster, got "
            f"{questions!r} with cluster {cluster!r}."
        )
    if "n" in names:
        raise InputError("A question cannot be called 'n', the name of the counts; rename it.")
    return names
