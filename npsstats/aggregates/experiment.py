"""What the analyses of an experiment need, reduced from its table of units in the database.

Each aggregate is one query, made when it is asked for and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.answer_hours import count_answer_hours
from npsstats.aggregates.arm_counting import arm_moments
from npsstats.aggregates.event_windows import days_of, event_of, followed_of
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.aggregates.spells import count_durations
from npsstats.aggregates.tails import tail_moments
from npsstats.checks import InputError

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from npsstats.aggregates.answer_hours import AnswerHours
    from npsstats.aggregates.arms import ArmMoments
    from npsstats.aggregates.durations import DurationCounts
    from npsstats.aggregates.tails import TailMoments

__all__ = ["HOLDOUT", "UnitAggregates"]

HOLDOUT = "holdout"
"""The arm of units kept out of every arm."""

_SCORES = 11


@dataclass(frozen=True, eq=False)
class UnitAggregates:
    """The aggregates of one table of units.

    Attributes
    ----------
    table
        As `npsstats.aggregates.units.unit_table` makes it.
    covariates
        Columns known before assignment; missing values are put at their mean.
    windowed
        Outcomes that events in a window make: null means that the window is not over.
    """

    table: ir.Table
    covariates: tuple[str, ...] = ()
    windowed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Keep each answer: the table does not change."""
        kept = ("arms", "assigned", "moments", "scores", "answers", "cluster_totals")
        for name in (*kept, "durations", "tails"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    @property
    def _compared(self) -> ir.Table:
        return self.table.filter(self.table["arm"] != HOLDOUT)

    def _followed(self, outcome: str) -> ir.Table:
        """Return the units whose window for an outcome is over; all, where it has none."""
        rows, name = self._compared, followed_of(outcome)
        return rows.filter(rows[name] == 1) if name in rows.columns else rows

    def arms(self) -> dict[str, int]:
        """Return arm → units, the holdout among them."""
        grouped = self.table.group_by("arm").aggregate(n=self.table.count())
        rows = grouped.order_by("arm").to_pyarrow().to_pylist()
        return {str(row["arm"]): int(row["n"]) for row in rows}

    def assigned(self, *keys: str) -> ArmMoments:
        """Return units by arm and keys, with the share whose follow-up is complete, `mature`."""
        sets = {"mature": ("mature", *self.covariates)}
        by = ["arm", *keys]
        return arm_moments(self._compared, by, sets, filled=self.covariates)["mature"]

    def moments(self, outcome: str, *keys: str, beside: tuple[str, ...] = ()) -> ArmMoments:
        """Return the moments of one outcome and of `beside`, by arm and keys.

        Units whose window is not over are not in it; `missing` counts those whose outcome was to
        be known and is not.
        """
        rows = self._compared
        if outcome in self.windowed:
            rows = rows.filter(rows[outcome].notnull())  # noqa: PD004 - Ibis, not pandas
        sets = {outcome: (outcome, *beside)}
        return arm_moments(rows, ["arm", *keys], sets, filled=self.covariates)[outcome]

    def scores(self, outcome: str, *keys: str) -> ScoreCounts:
        """Return how many units of each arm gave each score; those who gave none are not in it."""
        rows = self._compared.filter(self._compared[outcome].notnull())  # noqa: PD004 - Ibis
        names = ["arm", *keys]
        grouped = rows.group_by(*names, score=rows[outcome].cast("int64")).aggregate(n=rows.count())
        frame = grouped.to_pyarrow().to_pandas()
        if not len(frame):
            raise InputError(f"Nobody has a score in {outcome!r}.")
        cells = frame[names].astype(object)
        cells = cells.where(cells.notna(), NONE).astype(str)
        codes = cells.groupby(names, sort=True).ngroup().to_numpy()
        counts = np.zeros((int(codes.max()) + 1, _SCORES), dtype=np.int64)
        np.add.at(counts, (codes, frame["score"].to_numpy(np.int64)), frame["n"].to_numpy(np.int64))
        labels = cells.drop_duplicates().sort_values(names).reset_index(drop=True)
        return ScoreCounts(counts, pd.DataFrame(labels))

    def answers(self, outcome: str, *keys: str) -> InvitationCounts:
        """Return how many units were asked, how many have a score, and which, by arm and keys.

        Parameters
        ----------
        outcome
            The score.
        keys
            Baseline columns; a missing label reads "(none)".
        """
        rows = self._followed(outcome)
        names = ["arm", *(key for key in keys if key != "arm")]
        grouped = rows.group_by(*names, score=rows[outcome].cast("int64")).aggregate(n=rows.count())
        frame = grouped.to_pyarrow().to_pandas(integer_object_nulls=True)
        if not len(frame):
            raise InputError(f"Nobody has been followed long enough to know {outcome!r}.")
        cells = frame[names].astype(object)
        cells = cells.where(cells.notna(), NONE)
        groups = cells.groupby(names, sort=True)
        codes = groups.ngroup().to_numpy()
        counts = np.zeros((int(codes.max()) + 1, _SCORES + 1), dtype=np.int64)
        score = frame["score"].fillna(_SCORES).to_numpy(np.int64)  # the last column: no answer
        np.add.at(counts, (codes, score), frame["n"].to_numpy(np.int64))
        labels = cells.groupby(codes).first().reset_index(drop=True)
        told = counts[:, :_SCORES]
        return InvitationCounts(
            labels, counts.sum(axis=1), told.sum(axis=1), ScoreCounts(told, labels)
        )

    def followed(self, outcome: str) -> dict[str, int]:
        """Return arm → units whose window for that outcome is over; all, where it has none."""
        rows = self._followed(outcome)
        grouped = rows.group_by("arm").aggregate(n=rows.count()).to_pyarrow().to_pylist()
        return {str(row["arm"]): int(row["n"]) for row in grouped}

    def durations(self, outcome: str, *keys: str) -> DurationCounts:
        """Return events and censorings by day, by arm and keys."""
        return count_durations(
            self._compared, ["arm", *keys], days=days_of(outcome), event=event_of(outcome)
        )

    def answer_hours(self, hours: str, sent: str, until: date) -> AnswerHours:
        """Return the hours to the answer by arm."""
        return count_answer_hours(self._compared, hours, sent, until)

    def cluster_totals(self, outcome: str) -> ArmMoments:
        """Return moments over clusters of `asked`, `answered`, `net` and `spread`, by arm.

        Of a score: units asked, with a score, promoters less detractors, promoters and detractors.
        """
        rows = self._followed(outcome)
        score: Any = rows[outcome]
        promoter, detractor = (score >= 9).sum(), (score <= 6).sum()
        totals = rows.group_by("arm", "cluster").aggregate(
            asked=rows.count().cast("float64"),
            answered=score.count().cast("float64"),
            net=(promoter - detractor).fill_null(0).cast("float64"),
            spread=(promoter + detractor).fill_null(0).cast("float64"),
        )
        sets = {"totals": ("asked", "answered", "net", "spread")}
        return arm_moments(totals, ["arm"], sets)["totals"]

    def tails(self, outcome: str) -> TailMoments:
        """Return the tails of an amount by arm."""
        return tail_moments(self._compared, outcome)
