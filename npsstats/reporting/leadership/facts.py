"""What a report is about: the numbers, gathered once, before a word is written.

These records hold plain numbers and flat tables, whichever source and whichever estimator they
come from. `gather` (in `gathering`, beside this file) fills them; the pages and the sentences only
read them, so a sentence and a table cannot come from two different sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats.reporting.language import shown
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.leadership.beside_facts import AtRisk, Voice, Watch
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.results import Result

__all__ = [
    "Facts",
    "Method",
    "Movement",
    "Quality",
    "Score",
    "Segment",
    "Spread",
    "records",
]


def records(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a table as named tuples."""
    return list(frame.itertuples(index=False))


@dataclass(frozen=True)
class Score:
    """One NPS with its uncertainty, in points; counts of responses.

    `nps` is what was observed, `estimate` with `lower` and `upper` what is believed;
    `p_above` is the probability of being above the target, NaN without one.
    """

    n: int
    detractors: int
    passives: int
    promoters: int
    nps: float
    estimate: float
    lower: float
    upper: float
    p_above: float


@dataclass(frozen=True)
class Spread:
    """How much stores truly differ: one standard deviation in points, with its interval."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Movement:
    """The change between the last two whole periods, in points.

    Attributes
    ----------
    before, after, n_before, n_after
        Labels and responses.
    estimate, lower, upper
        By the responses of these two periods taken alone.
    left_out
        The last period with responses, where it is not compared, as it may not be over; or None.
    judged
        Bounds of the true score's change by all that is known, where it was judged so: then they
        tell the direction. Or None.
    """

    before: str
    after: str
    n_before: int
    n_after: int
    estimate: float
    lower: float
    upper: float
    left_out: str | None = None
    judged: tuple[float, float] | None = None

    @property
    def side(self) -> Standing:
        """Where the change surely lies: by all that is known, else by the two periods alone."""
        return standing(*(self.judged or (self.lower, self.upper)))

    @property
    def established(self) -> bool:
        """Whether the NPS surely moved, and the way that the two periods alone show."""
        seen = shown(self.estimate)
        return {Standing.ABOVE: seen > 0, Standing.BELOW: seen < 0}.get(self.side, False)


@dataclass(frozen=True)
class Segment:
    """A change taken apart by one segment.

    Attributes
    ----------
    name
        The segment, e.g. ``channel``.
    within, mix
        The two parts of the whole change, in points: scores moved within the segment's groups,
        and the groups' weights moved.
    frame
        One row per group: `label`, `n_before`, `n_after`, `within`, `mix`, `lower`, `upper`
        (points; the bounds are those of the sum of both parts); and of the group's own score,
        all groups pooled: `own_change` in points, `p_rise`, and `standout` where it surely moved.
    p_reversal
        Probability that the whole and the change within its groups have opposite signs.
    """

    name: str
    within: float
    mix: float
    frame: pd.DataFrame
    p_reversal: float


@dataclass(frozen=True)
class Quality:
    """What happened to the rows of the source."""

    source: str
    accepted: int
    rejected: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Method:
    """Enough to compute the report again.

    `concentration` is the weight of the network in a store's estimate, in responses, NaN where the
    model has none; `by_moments` how much stores differ by their raw scores alone, one standard
    deviation in points, where the model takes them for far more alike, else NaN; `model` is
    "pooled" or "ordinal".
    """

    level: float
    seed: int
    fingerprint: str
    version: str
    concentration: float
    by_moments: float
    model: str = "pooled"


@dataclass(frozen=True)
class Facts:
    """All that a leadership report says.

    Attributes
    ----------
    scores
        Number of responses at each of the eleven steps 0–10.
    scale
        The lowest and highest answer, as asked.
    overall
        All responses together.
    target
        In points, or None.
    stores
        One row per store, best first: `store`, `n`, `nps`, `estimate`, `lower`, `upper`,
        `shrinkage`, `p_above` (the reference), `expected_rank`, `rank_lower`, `rank_upper`,
        `standing`; or None with fewer than two stores: nothing to compare.
    only_store
        The name of the store, when there is just one.
    spread
        How much stores truly differ, where stores are compared.
    reference
        What stores are held against, in points: the target, else the network's observed NPS.
    periods
        One row per period in time order: `period`, `n`, `nps`, `estimate`, `lower`, `upper`;
        or None when no date is known.
    movement
        The last change by its two periods alone, or None with fewer than two periods; `last_change`
        is the one to tell.
    segments
        The last change taken apart, once per segment asked for.
    quality
        None when counts were given, not rows.
    first_day, last_day
        Dates of the first and last response, where known.
    linkage
        What NPS is worth, where purchases were given.
    forecast
        What comes next, where six periods or more have answers.
    voice
        What those who wrote speak of, where answers hold texts.
    risk
        Customers whom the next period may lose, where purchases were given.
    watch
        Stores worth looking into, where signs could be read.
    experiments
        Results to report, in the order in which they were given.
    detail
        Whether everything is shown, however many pages it takes.
    """

    scores: tuple[int, ...]
    scale: tuple[int, int]
    overall: Score
    target: float | None
    stores: pd.DataFrame | None
    only_store: str | None
    spread: Spread | None
    reference: float
    periods: pd.DataFrame | None
    movement: Movement | None
    segments: tuple[Segment, ...]
    quality: Quality | None
    first_day: date | None
    last_day: date | None
    method: Method
    linkage: LinkageFacts | None = None
    forecast: ForecastFacts | None = None
    voice: Voice | None = None
    risk: AtRisk | None = None
    watch: Watch | None = None
    experiments: tuple[Result, ...] = ()
    detail: bool = False

    @property
    def answers(self) -> dict[int, int]:
        """Responses at each answer that the scale allows, as it was written there."""
        shift = self.scale[1] - 10
        steps = range(self.scale[0] - shift, 11)
        return {step + shift: self.scores[step] for step in steps}

    @property
    def last_change(self) -> Movement | None:
        """The last change, with the verdict of the signal where that judges the same periods.

        A report has one verdict on it: whatever tells its direction takes it from here.
        """
        moved, coming = self.movement, self.forecast
        row = None if coming is None else coming.move
        if moved is None or row is None or not isfinite(row["lower"]):
            return moved
        if (str(row["before"]), str(row["period"])) != (moved.before, moved.after):
            return moved
        return replace(moved, judged=(float(row["lower"]), float(row["upper"])))

    def listed(self, side: Standing) -> pd.DataFrame:
        """Return the stores that are surely on one side of the reference, best first."""
        if self.stores is None:
            raise ValueError("no stores are known")
        return self.stores[self.stores["standing"] == side]

    def false_flags(self, side: Standing) -> float:
        """Return how many of the stores listed on a side are there by mistake, on average."""
        above = self.listed(side)["p_above"]
        return float((1 - above).sum() if side is Standing.ABOVE else above.sum())
