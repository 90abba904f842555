"""Patterns of answers laid out as a design: the score's categories against columns of drivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
from npsstats.checks import InputError, one_of
from npsstats.linkage.driving.cumulative import far_values
from npsstats.linkage.driving.levels import LEAST, pooled, rarely_blank, refuse_one_sided
from npsstats.linkage.driving.refusals import refuse_collinear, refuse_drivers
from npsstats.linkage.phrases import followed, listed
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Layout", "columns_of", "lay_out"]

_MISSING = ("complete", "indicator")
_OUTCOMES = ("nps", "score")
_CATEGORIES = {
    "nps": (np.repeat([0, 1, 2], [7, 2, 2]), np.array([-100.0, 0.0, 100.0])),
    "score": (np.arange(11), np.arange(11.0)),
}
_NEAR = 0.4  # share of the score's variance at which a driver may be the score in other words
_POINTS = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])


@dataclass(frozen=True, eq=False)
class Layout:
    """U different patterns of the drivers, K categories of the score, G clusters.

    Attributes
    ----------
    drivers
        The drivers, in order.
    names
        Names of the p columns of the design.
    owner
        (p,) the driver (its place) that each column belongs to.
    patterns
        (U, drivers) frame of the answers themselves.
    x
        (U, p) the design, without a constant.
    counts
        (U, K) answers.
    values
        (K,) what a category is worth: −100, 0, 100 points, or the score.
    cells
        (G, U·K) answers of each cluster, or None where there are no clusters.
    clusters
        Their labels.
    skipped
        A row a driver: `driver`, `n` (answered), `blank`, `nps` and `nps_blank` (points).
    dropped
        Answers left out because a driver was blank.
    notes
        What was pooled.
    """

    drivers: tuple[str, ...]
    names: tuple[str, ...]
    owner: NDArray[np.intp]
    patterns: pd.DataFrame
    x: Floats
    counts: Floats
    values: Floats
    cells: Any
    clusters: tuple[str, ...]
    skipped: pd.DataFrame
    dropped: int
    notes: tuple[Said, ...] = ()

    @property
    def n(self) -> int:
        """Answers in the model."""
        return int(self.counts.sum())

    @property
    def weight(self) -> Floats:
        """Answers of each pattern, (U,)."""
        return np.asarray(self.counts.sum(axis=1))

    def sums(self, table: Floats) -> Floats:
        """Return the sums of a table (U, K, m) over each cluster's answers, (G, m)."""
        return np.asarray(self.cells @ table.reshape(-1, table.shape[-1]))

    def covariance(self, influence: Floats) -> Floats:
        """Return the covariance of sums over answers, (m, m), robust to dependence in a cluster.

        Parameters
        ----------
        influence
            (U, K, m) what one answer adds to m estimates.
        """
        if self.cells is None:
            flat = influence.reshape(-1, influence.shape[-1])
            weighted = flat * self.counts.reshape(-1, 1)
            return np.asarray(flat.T @ weighted * (self.n / (self.n - 1)))
        sums = self.sums(influence)
        groups = len(sums)
        return np.asarray(sums.T @ sums * (groups / (groups - 1)))

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the covariance: clusters (or answers) less one."""
        return (self.n if self.cells is None else len(self.clusters)) - 1

    def doubts(self) -> list[Said]:
        """Return what to doubt of the answers themselves."""
        doubts = []
        if self.cells is not None and len(self.clusters) < 20:
            doubts.append(
                said(
                    "Only {clusters} clusters: standard errors that allow for them are themselves "
                    "uncertain, and rather too small.",
                    clusters=len(self.clusters),
                )
            )
        doubts += self.notes
        doubts += [
            said(
                "{name} has {far:g}, far from its other values: its slope leans on it. A mistake?",
                name=name,
                far=far,
            )
            for name, far in far_values(self.x, self.weight, self.names)
        ]
        doubts += self._same()
        if self.dropped:
            whole = self.n + self.dropped
            worst = self.skipped.iloc[int(np.argmax(self.skipped["blank"]))]
            blank = said(
                "{dropped:,} of {whole:,} answers ({share:.1f}%) leave a driver blank and are "
                "not in the model, most often {driver} ({blank:,}; NPS {nps_blank:+.1f} of those "
                "who skip it, {nps:+.1f} of those who answer).",
                dropped=self.dropped,
                whole=whole,
                share=100 * self.dropped / whole,
                driver=worst.driver,
                blank=int(worst.blank),
                nps_blank=worst.nps_blank,
                nps=worst.nps,
            )
            kept = said("A mark for what is blank keeps them.")
            doubts.append(followed(blank, kept) if worst.blank >= LEAST else blank)
        return doubts

    def _same(self) -> list[Said]:
        """Say which drivers may be the score in other words."""
        y = self.counts @ self.values / self.weight
        inside = float((self.counts * (self.values - y[:, None]) ** 2).sum())
        mean = float(self.weight @ y) / self.n
        whole = inside + float(self.weight @ (y - mean) ** 2)
        x = self.x - self.weight @ self.x / self.n
        share = (self.weight * (y - mean) @ x) ** 2 / (self.weight @ x**2 * whole)
        near = [
            said(
                "{name} alone tells {part:.0f}% of the score's variance",
                name=name,
                part=100 * part,
            )
            for name, part in zip(self.names, share, strict=True)
            if part > _NEAR
        ]
        if not near:
            return []
        return [
            said(
                "{near}: rather another measure of the same thing than what moves it.",
                near=listed(near),
            )
        ]


def as_patterns(
    data: Any, drivers: Sequence[str], cluster: str | None, **options: Any
) -> AnswerPatterns:
    """Return the patterns of the score and the drivers, counting them if that is to be done."""
    if isinstance(drivers, str):
        raise InputError(f"`drivers` must be a list of names, got the text {drivers!r}.")
    if isinstance(data, AnswerPatterns):
        if "score" not in data.questions:
            raise InputError(
                f"The patterns are of {', '.join(data.questions)} and lack `score`, which the "
                "drivers are to move. Count them with it."
            )
        for name in drivers:
            one_of("drivers", name, data.questions)
    if "score" in drivers:
        raise InputError("`score` is what the drivers are to move; it cannot be one of them.")
    if isinstance(data, AnswerPatterns):
        return data
    return answer_patterns(data, ["score", *drivers], cluster=cluster, **options)


def lay_out(
    patterns: AnswerPatterns,
    drivers: Sequence[str],
    *,
    outcome: str = "nps",
    missing: str = "complete",
    least: int = 2,
) -> Layout:
    """Lay patterns out, or refuse in words.

    Parameters
    ----------
    patterns
        With the question `score`, whole from 0 to 10.
    drivers
        Questions; numbers enter as they are, text as a column a level against the most frequent,
        levels of fewer than 30 answers pooled.
    outcome
        "nps": detractor, passive, promoter; "score": all scores that occur.
    missing
        "complete" leaves out answers with a blank driver; "indicator" sets them to the mean (text:
        to a level of its own) and marks them by a column, where there are 30.
    least
        Drivers needed.

    Raises
    ------
    InputError
        If fewer drivers are given, one is constant, has fewer than 30 answers, is the score over
        again, follows from others, or has a level whose answers are all at one end of the score.
    """
    one_of("outcome", outcome, _OUTCOMES)
    one_of("missing", missing, _MISSING)
    frame = patterns.frame
    score = frame["score"]
    if not score.isin(range(11)).all():
        raise InputError("`score` must be a whole number from 0 to 10 in every answer.")
    refuse_drivers(patterns, drivers, least)
    points = _POINTS[score.astype(int)]
    skipped = _skipped(patterns, drivers, points)
    blank = frame[list(drivers)].isna().any(axis=1).to_numpy()
    if missing == "indicator":
        blank = rarely_blank(frame, patterns.n.astype(float), drivers)
    kept = ~blank
    dropped = int(patterns.n[~kept].sum())
    if dropped:
        refuse_drivers(patterns.take(kept), drivers, least, said="that leave no driver blank ")
    rows = frame[kept]
    n = patterns.n[kept].astype(float)
    rows, notes = pooled(rows, n, drivers)
    group = rows.groupby(list(drivers), sort=True, dropna=False).ngroup().to_numpy()
    answers = rows[list(drivers)].iloc[np.unique(group, return_index=True)[1]]
    answers = answers.reset_index(drop=True)
    weight = np.bincount(group, n)
    x, names, owner = columns_of(answers, weight)
    refuse_collinear(x, names, weight)
    lookup, values = _CATEGORIES[outcome]
    code = lookup[rows["score"].astype(int)]
    there = np.bincount(code, n, len(values)) > 0
    if there.sum() < 2:
        raise InputError("All answers fall in one category of the score: nothing moves it.")
    code, values = (np.cumsum(there) - 1)[code], values[there]
    place = group * len(values) + code
    counts = np.bincount(place, n, len(weight) * len(values)).reshape(-1, len(values))
    refuse_one_sided(x, names, counts)
    cells, clusters = None, tuple[str, ...]()
    if patterns.cluster is not None:
        which, labels = pd.factorize(rows[patterns.cluster], sort=True)
        clusters = tuple(map(str, labels))
        if len(clusters) < 2:
            raise InputError(
                f"All answers are in one cluster of {patterns.cluster!r}: errors cannot allow for "
                "it. Count the patterns with cluster=None."
            )
        cells = sparse.csr_array((n, (which, place)), shape=(len(clusters), counts.size))
    return Layout(
        tuple(drivers), tuple(names), owner, answers, x, counts, values, cells, clusters,
        skipped, dropped, notes,
    )  # fmt: skip


def columns_of(answers: pd.DataFrame, weight: Floats) -> tuple[Floats, list[str], NDArray[np.intp]]:
    """Return the columns of a design, their names, and the driver that each belongs to.

    Parameters
    ----------
    answers
        (U, drivers) numbers, or text with None where blank.
    weight
        (U,) answers of each row.
    """
    columns, names, owner = [], [], []
    for place, driver in enumerate(answers.columns):
        value = answers[driver]
        blank = value.isna().to_numpy()
        parts: list[tuple[str, Any]] = []
        if value.dtype.kind == "f":
            mean = np.average(value[~blank], weights=weight[~blank])
            parts.append((driver, value.fillna(mean).to_numpy(float)))
        else:
            total = pd.Series(weight).groupby(value.to_numpy()).sum()
            usual = total.idxmax()
            parts += [
                (f"{driver}={level}", (value == level).to_numpy(float))
                for level in total.index
                if level != usual
            ]
        if blank.any():
            parts.append((f"{driver} blank", blank.astype(float)))
        for name, column in parts:
            names.append(name)
            columns.append(column)
            owner.append(place)
    return np.stack(columns, axis=1), names, np.array(owner, dtype=np.intp)


def _skipped(patterns: AnswerPatterns, drivers: Sequence[str], points: Floats) -> pd.DataFrame:
    """Return how many skip each driver, and the NPS of those who do and of those who do not."""
    n = patterns.n.astype(float)
    rows = []
    for driver in drivers:
        blank = patterns.frame[driver].isna().to_numpy()
        known, none = n[~blank].sum(), n[blank].sum()
        rows.append(
            {
                "driver": driver,
                "n": int(known),
                "blank": int(none),
                "nps": float(n[~blank] @ points[~blank] / known) if known else np.nan,
                "nps_blank": float(n[blank] @ points[blank] / none) if none else np.nan,
            }
        )
    return pd.DataFrame(rows)
