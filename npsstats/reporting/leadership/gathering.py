"""From data to the facts of a report: the one place where reports meet the estimators."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.aggregates.periods import PERIODS, period_range, period_start
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.reporting.leadership.facts import (
    Facts,
    Method,
    Movement,
    Score,
    Segment,
    Spread,
    records,
)
from npsstats.reporting.leadership.source import source_of
from npsstats.reporting.standing import standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.reporting.leadership.source import Source

__all__ = ["Request", "gather"]

_ENDS = ("lower", "upper")
MODELS = ("pooled", "ordinal")


@dataclass(frozen=True)
class Request:
    """What a report is asked to show, checked.

    Attributes
    ----------
    target
        In points, or None.
    segments
        Names of the keys by which the last change is taken apart.
    period
        One of month, quarter, year, week.
    level, seed
        Level of the intervals, in (0, 1); seed of what is drawn.
    model
        "pooled" or "ordinal": what stores are estimated and ranked by, as of `npsstats.estimate`.
    """

    target: float | None = None
    segments: tuple[str, ...] = ()
    period: str = "month"
    level: float = 0.95
    seed: int = 0
    model: str = "pooled"

    def __post_init__(self) -> None:
        if self.target is not None:
            checks.number("target", self.target, low=-100, high=100)
        checks.one_of("period", self.period, PERIODS)
        checks.fraction("level", self.level)
        checks.count("seed", self.seed)
        checks.one_of("model", self.model, MODELS)


def gather(data: Any, request: Request) -> Facts:
    """Count, estimate and compare all that a leadership report shows.

    Parameters
    ----------
    data
        An `Intake` of responses, a `ScoreCounts`, a `NetworkConfig`, or anything that `read`
        takes.
    request
        What to show.

    Raises
    ------
    InputError
        If a segment is not there, or nothing was answered.
    """
    source = source_of(data, request.segments)
    for name in request.segments:
        if name not in source.keys:
            there = ", ".join(source.keys) or "no key"
            raise InputError(
                f"`segments` names {name!r}, which is not in the data ({there}). Map it when "
                "reading, or leave it out."
            )
    whole = source.count()
    if not whole.n.sum():
        raise InputError("There is no answer to report on: every count is zero.")
    overall = _overall(whole, request)
    reference = overall.nps if request.target is None else float(request.target)
    ranking = _ranking(source, reference, request)
    course = _course(source, request)
    first, last = source.days()
    return Facts(
        scores=tuple(int(count) for count in whole.counts[0]),
        scale=whole.scale,
        overall=overall,
        target=request.target,
        stores=ranking.table,
        only_store=ranking.only,
        spread=ranking.spread,
        reference=reference,
        periods=course.periods,
        movement=course.movement,
        segments=course.segments,
        quality=source.quality,
        first_day=first,
        last_day=last,
        method=Method(
            level=request.level,
            seed=request.seed,
            fingerprint=(source.count(source.store) if source.store else whole).fingerprint,
            version=version("npsstats"),
            concentration=ranking.concentration,
            by_moments=ranking.by_moments,
            model=request.model,
        ),
    )


def _overall(whole: ScoreCounts, request: Request) -> Score:
    from npsstats.estimation.dirichlet import JEFFREYS, dirichlet

    prior = tuple(JEFFREYS)
    posterior = dirichlet(whole, prior=prior, target=request.target, level=request.level)
    row = posterior.frame.iloc[0]
    return Score(
        n=int(row["n"]),
        detractors=int(row["detractors"]),
        passives=int(row["passives"]),
        promoters=int(row["promoters"]),
        nps=float(row["nps"]),
        estimate=float(row["estimate"]),
        lower=float(row["lower"]),
        upper=float(row["upper"]),
        p_above=float(row["p_above_target"]),
    )


@dataclass(frozen=True)
class _Ranking:
    """The table of stores, or the name of a lone one; what is known of the network."""

    table: pd.DataFrame | None = None
    only: str | None = None
    concentration: float = float("nan")
    by_moments: float = float("nan")
    spread: Spread | None = None


def _ranking(source: Source, reference: float, request: Request) -> _Ranking:
    if source.store is None:
        return _Ranking()
    counts = source.by_store()
    names = [source.names.get(label, label) for label in counts.labels]
    if len(counts) == 1:
        return _Ranking(only=names[0])
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.misfit import too_alike

    result = estimate(
        counts,
        source.store,
        model=request.model,
        target=reference,
        level=request.level,
        seed=request.seed,
    )
    frame = result.frame.rename(columns={"p_above_target": "p_above"})
    sides = [standing(row.lower, row.upper, reference) for row in records(frame)]
    frame = frame.assign(store=names, standing=[str(side) for side in sides])
    columns = ["store", "n", "nps", "estimate", "lower", "upper", "shrinkage", "p_above"]
    columns += ["expected_rank", "rank_lower", "rank_upper", "standing"]
    frame = frame[columns].sort_values("estimate", ascending=False, kind="stable")
    network = result.network
    told = too_alike(counts.categories.astype(float), float(network["estimate"]["between_sd"]))
    return _Ranking(
        frame.reset_index(drop=True),
        concentration=float(network["estimate"].get("concentration", float("nan"))),
        by_moments=float("nan") if told is None else told,
        spread=Spread(*(float(network[end]["between_sd"]) for end in ("estimate", *_ENDS))),
    )


@dataclass(frozen=True)
class _Course:
    """The course over the periods, the last change, and that change taken apart."""

    periods: pd.DataFrame | None = None
    movement: Movement | None = None
    segments: tuple[Segment, ...] = ()


def _course(source: Source, request: Request) -> _Course:
    if request.period not in source.keys:
        return _Course()
    from npsstats.estimation.comparison.change import change
    from npsstats.estimation.dirichlet import JEFFREYS, dirichlet

    counts = source.count(request.period)
    counts = counts.take((counts.n > 0) & ~np.isin(counts.labels, [NONE]))
    if not len(counts):
        return _Course()
    posterior = dirichlet(counts, prior=tuple(JEFFREYS), level=request.level)
    frame = posterior.frame.assign(period=counts.labels)
    frame = frame[["period", "n", "nps", "estimate", "lower", "upper"]]
    frame = _with_gaps(frame.sort_values("period", ignore_index=True), request.period)
    if len(counts) < 2:
        return _Course(frame)
    labels = sorted(map(str, counts.labels))
    before, after = _whole(source, request.period, labels)[-2:]
    found = change(
        counts,
        period=request.period,
        between=(before, after),
        level=request.level,
        seed=request.seed,
    )
    whole = found.frame.iloc[-1]
    movement = Movement(
        before=found.before,
        after=found.after,
        n_before=int(whole["n_before"]),
        n_after=int(whole["n_after"]),
        estimate=float(whole["estimate"]),
        lower=float(whole["lower"]),
        upper=float(whole["upper"]),
        left_out=labels[-1] if labels[-1] > found.after else None,
    )
    return _Course(
        frame,
        movement,
        tuple(_segment(source, name, movement, request) for name in request.segments),
    )


def _whole(source: Source, period: str, labels: list[str]) -> list[str]:
    """Return the periods that the days of the answers cover throughout, as forecasts take them.

    All periods, where no days are known or fewer than two are covered.
    """
    from npsstats.aggregates.period_counts import period_counts

    if "date" not in source.keys:
        return labels
    try:
        covered = period_counts(source.count("date"), period, ()).periods
    except InputError:
        return labels  # no period is over
    kept = [label for label in labels if label in covered]
    return kept if len(kept) > 1 else labels


def _segment(source: Source, name: str, movement: Movement, request: Request) -> Segment:
    from npsstats.estimation.comparison.change import change

    found = change(
        source.count(request.period, name),
        period=request.period,
        by=name,
        between=(movement.before, movement.after),
        level=request.level,
        seed=request.seed,
    )
    frame = found.frame.rename(columns={"segment": "label"})
    groups, whole = frame.iloc[:-1], frame.iloc[-1]
    groups = groups[(groups["n_before"] > 0) | (groups["n_after"] > 0)]
    columns = ["label", "n_before", "n_after", "within", "mix", "lower", "upper"]
    columns += ["own_change", "p_rise", "standout"]
    return Segment(
        name,
        float(whole["within"]),
        float(whole["mix"]),
        groups[columns].reset_index(drop=True),
        found.p_reversal,
    )


def _with_gaps(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """Add an empty row for each period without responses between the first and the last."""
    import pandas as pd

    labels = list(frame["period"])
    if any(period_start(label) is None for label in labels):
        return frame
    every = period_range(labels[0], labels[-1], period)
    whole = pd.DataFrame({"period": every}).merge(frame, on="period", how="left")
    return whole.assign(n=whole["n"].fillna(0).astype(int))
