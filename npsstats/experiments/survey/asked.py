"""The counts that the parts of a survey study read, from the units of its plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.invitations import InvitationCounts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.experiments.survey.designs import design_effects
from npsstats.said import Said, said

if TYPE_CHECKING:
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_survey import SurveyPlan

__all__ = ["Asked", "as_arms"]

POOR, FINE = "poor", "not poor"
_UNEVEN = 3.3  # standard errors of a difference that no chance makes, p < .001


def as_arms(counts: InvitationCounts, key: str) -> InvitationCounts:
    """Return the counts with another key in the arm's place, and the arm as the key `of arm`.

    So a reminder, a factor or a day of the week is read by what reads arms.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> cells = pd.DataFrame({"arm": ["a", "b"], "reminder": ["yes", "no"]})
    >>> as_arms(InvitationCounts(cells, np.array([5, 5]), np.array([1, 2])), "reminder").keys
    ['of arm', 'arm']
    """
    cells = counts.cells.rename(columns={"arm": "of arm", key: "arm"})
    scores = None if counts.scores is None else ScoreCounts(counts.scores.counts, cells)
    return InvitationCounts(cells, counts.invited, counts.answered, scores)


@dataclass(frozen=True)
class Asked:
    """The units of a survey experiment and what its plan asks of them.

    Attributes
    ----------
    plan, gathered
        As of the analysis.
    """

    plan: Plan
    gathered: Gathered

    @property
    def survey(self) -> SurveyPlan:
        """The plan's [survey]."""
        assert self.plan.survey is not None  # noqa: S101 - asked for by `analyze`
        return self.plan.survey

    @property
    def known(self) -> tuple[str, ...]:
        """Keys known of all who were asked."""
        known = self.survey.known
        return tuple(self.plan.subgroups) if known is None else known

    @property
    def control(self) -> str:
        """The arm that the others are held against."""
        return self.plan.arms.control

    @property
    def clusters(self) -> bool:
        """Whether whole clusters were assigned."""
        return self.plan.clustered

    def counts(self, *keys: str) -> InvitationCounts:
        """Return invitations by arm and keys with their scores."""
        return self.gathered.units.answers(self.survey.score, *dict.fromkeys(keys))

    def by_arm(self) -> InvitationCounts:
        """Return the counts that arms are read from: by all that is known, and by month."""
        wanted = [*self.known, *self.survey.quality, *self.plan.factors]
        if self.survey.reminder is not None:
            wanted.append(self.survey.reminder)
        return self.counts(*wanted, *self.there("month"))

    def there(self, *keys: str) -> tuple[str, ...]:
        """Return those of the keys that the units have."""
        return tuple(key for key in keys if key in self.gathered.units.table.columns)

    def designs(self) -> dict[str, tuple[float, float]] | None:
        """Return the design effects, where whole clusters were assigned."""
        if not self.clusters:
            return None
        return design_effects(self.gathered.units.cluster_totals(self.survey.score))

    def uneven(self) -> Said | None:
        """Return what is wrong where clusters are sent more in one arm than in another, or None.

        Then an invitation is no unit to compare: who is sent more weighs more, and the arm decided
        who that is.
        """
        if not self.clusters:
            return None
        totals = self.gathered.units.cluster_totals(self.survey.score)
        mean, n = totals.column("asked"), totals.n
        error = totals.variance("asked") / np.maximum(n, 1)
        base = totals.arms.index(self.control)
        for at, arm in enumerate(totals.arms):
            gap = mean[at] - mean[base]
            if at == base or not abs(gap) > _UNEVEN * np.sqrt(error[at] + error[base]):
                continue
            return said(
                "a {cluster} is sent {sent:.2f} invitations in arm {arm!r} and {control:.2f} in "
                "the control. Response and scores by invitation then weigh customers otherwise in "
                "each arm. Make the customer the unit, and its answers an outcome.",
                cluster=self.plan.cluster,
                sent=mean[at],
                arm=arm,
                control=mean[base],
            )
        return None

    def disagreement(self, scores: int) -> Said | None:
        """Return what is wrong where not as many answered as have a score, else None."""
        name = self.survey.answered
        answered = int(self.gathered.units.moments(name).by().events(name).sum())
        if answered == scores:
            return None
        return said(
            "{answered:,} units answered by {name!r} and {scores:,} have a score: response is read "
            "off {name!r} in the effects, and off scores in the arms. Leave the score blank where "
            "there was no answer.",
            answered=answered,
            name=name,
            scores=scores,
        )

    def completed(self) -> dict[str, int] | None:
        """Return arm → questionnaires filled in, of the invitations that scores are counted of."""
        name = self.survey.completed
        if name is None:
            return None
        moments = self.gathered.units.moments(name)
        return dict(zip(moments.arms, map(int, moments.events(name)), strict=True))

    def closed(self, name: str) -> InvitationCounts:
        """Return the answers by arm and by whether a closed question tells of a poor experience."""
        cut = self.survey.closed[name].poor
        counts = self.counts(f"closed {name}")
        labels = [_poor(value, cut) for value in counts.cells[f"closed {name}"]]
        told = counts.relabelled(**{name: labels}).by("arm", name)
        return InvitationCounts(told.cells, told.answered, told.answered, told.scores)

    def validity_counts(self, name: str) -> ScoreCounts:
        """Return scores by arm and by whether what came after the answer did."""
        return self.gathered.units.scores(self.survey.score, name)


def _poor(value: object, cut: float) -> str:
    try:
        rating = float(str(value))
    except ValueError:
        return "(none)"
    return POOR if rating <= cut else FINE
