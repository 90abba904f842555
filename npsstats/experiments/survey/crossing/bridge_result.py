"""What `bridge` returns: the map, and the way to lead a series over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

from npsstats.experiments.survey.crossing.bridged import BridgedSeries, bridged
from npsstats.results import Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.experiments.survey.crossing.answering import Answering
    from npsstats.experiments.survey.crossing.map_transfer import Transfer
    from npsstats.experiments.survey.crossing.score_maps import ScoreMap

    Floats = NDArray[np.float64]

__all__ = ["Bridge"]


@dataclass(frozen=True, repr=False)
class Bridge(Result):
    """A map from one way of asking to another, with its uncertainty; call it on a series.

    Attributes
    ----------
    frame
        A row each, with `estimate, std_error, lower, upper, level`: "NPS shift" (points), new
        minus old where scores are those of the experiment; with the equipercentile map "worth of a
        score" 0–10 (points that an answer the old way counts for, −100…100), with the cumulative
        one "shift at a cut" 0–9 (log-odds of that score or less); with strata "sd between
        strata" of what the map misses (points). `part`, `at` and `unit` say which.
    transition
        Shares of each old score (row) that become each new score (column) by the equipercentile
        map, at the posterior mean shares.
    old, new, key
        The two ways, and the key of the experiment that holds them.
    strata
        The key of the strata, or None.
    """

    title: ClassVar[str] = "Bridge over a change of questionnaire"
    transition: pd.DataFrame
    old: str
    new: str
    key: str
    strata: str | None
    home: ScoreCounts
    score_map: ScoreMap
    transfer: Transfer | None
    answering: Answering | None
    _drawn: Floats

    @override
    def headline(self) -> str:
        row = self.frame.iloc[0]
        return (
            f"Asked {self.new!r} instead of {self.old!r}, the published NPS moves by "
            f"{row.estimate:+.1f} points ({interval_text(row, 'credible interval')})."
        )

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Posterior draws of the rows of the frame, `value`."""
        from npsstats.estimation.draws import tree

        return tree({"value": self._drawn}, self.frame, ["part", "at"])

    def apply(
        self,
        counts: ScoreCounts,
        *,
        asked: str | Mapping[Any, str] | None = None,
        changed: str | None = None,
        by: str | Sequence[str] | None = None,
    ) -> BridgedSeries:
        """Return a series as if all of it had been asked the new way.

        Parameters
        ----------
        counts
            Answers of the series by score: by period, or by store and period …
        asked
            Which cells were asked which way: a key of the counts that holds the arm, or a mapping
            label → arm of one of its keys. By default the key that held the arms in the
            experiment, where the counts have it.
        changed
            Instead: the first period (such as "2025-03") asked the new way.
        by
            Key or keys of the cells of the result; all but the key that says how they were asked
            unless told. Where the bridge has strata, hand over counts by stratum and add them up
            here: each is mapped with its own deviation, and what is added up also moves with who
            answers in which.

        Returns
        -------
        BridgedSeries
            `frame` with the keys, n, asked ("old", "new", "both"), nps (raw), estimate,
            std_error, lower, upper (points), level, shift (what the map adds, points), wider (by
            how many points the interval is wider than without a bridge; negative: narrower),
            bridged. Cells asked the new way are as `npsstats.estimate(pooling="none")` has them; a
            cell asked both ways is the mean of both by their answers.

        Raises
        ------
        InputError
            If it is not known how a cell was asked, or it was asked a third way.

        Notes
        -----
        A bridged interval holds the cell's own error and the map's, and is the wider the more
        answers the cell has against the experiment. With few answers over a map that is all but
        known it may be a little narrower: an old answer counts for a mean of −100, 0 and 100, which
        varies less than these do.
        """
        return bridged(self, counts, asked=asked, changed=changed, by=by)

    __call__ = apply
