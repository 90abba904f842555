"""The priority picture: how much each driver matters, how well it is done, and what mending gives.

Importance is the driver's share in what the drivers foretell of held-out scores; performance where
answers stand between the ends of the scale. A driver is a priority when it matters more than the
middle one and is done worse than the middle one; how surely is told by drawing both from their
joint uncertainty. What mending gives is asked of the model: a part of those who are dissatisfied
with a driver answer as the satisfied do, all else equal.

References
----------
Martilla, J. A. & James, J. C. (1977). Importance-performance analysis. J. Marketing 41(1), 77–79.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.driving.effects import fitted
from npsstats.linkage.driving.importance import driver_importance
from npsstats.linkage.driving.layout import as_patterns, lay_out
from npsstats.linkage.driving.mending import mended, scale_of
from npsstats.linkage.driving.scales import said_of_ends
from npsstats.linkage.driving.summaries import summaries
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.driving.importance import DriverImportance
    from npsstats.linkage.driving.layout import Layout
    from npsstats.linkage.driving.mending import Scale

    Floats = NDArray[np.float64]

__all__ = ["Priorities", "priorities"]

_DRAWS = 4000
_LIKELY, _SURE = 0.5, 0.8


@dataclass(frozen=True, repr=False)
class Priorities(Result):
    """Points of NPS that go with mending each driver, with its importance and performance.

    Attributes
    ----------
    importance
        The held-out importance of all drivers.
    part
        Share of the dissatisfied who become satisfied.
    """

    title: ClassVar[str] = "Priorities"
    importance: DriverImportance
    part: float

    @override
    def headline(self) -> str:
        row = self.frame.iloc[int(np.argmax(self.frame["probability_priority"]))]  # 0: not shown
        gain = self.frame.iloc[int(np.argmax(self.frame["estimate"]))]
        sure = row.probability_priority
        chance = "over 0.99" if sure > 0.99 else f"{sure:.2f}"
        first = (
            f"{row.driver} is the likeliest priority (probability {chance}: it matters more and is "
            "done worse than the middle driver)"
        )
        if sure < _LIKELY:
            first = (
                "No driver is shown to be a priority: to matter, more than the middle one, and be "
                "done worse"
            )
        return (
            f"{first}. Most would go with mending {gain.driver}: {gain.estimate:+.1f} points of "
            f"NPS ({gain.lower:+.1f} to {gain.upper:+.1f}) if {100 * self.part:g} % of those "
            "dissatisfied with it were satisfied, as an association."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["importance", "importance_lower", "importance_upper", "top_box", "dissatisfied"]
        names += [
            "gap",
            "gap_lower",
            "gap_upper",
            "mean",
            "estimate",
            "std_error",
            "lower",
            "upper",
        ]
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})


def priorities(
    data: Any,
    drivers: Sequence[str],
    *,
    part: float = 0.2,
    scales: Mapping[str, tuple[float, float]] | None = None,
    lower_is_better: Sequence[str] = (),
    measure: str = "log_score",
    outcome: str = "nps",
    cluster: str | None = "store_id",
    missing: str = "complete",
    folds: int = 10,
    level: float = 0.95,
    seed: int = 0,
    **counting: Any,
) -> Priorities:
    """Return what to mend first: importance, performance, and points of NPS that go with it.

    Parameters
    ----------
    data, drivers, measure, outcome, cluster, missing, folds, counting
        As for `driver_importance`. Drivers that are text (journey, channel) stay in the model, so
        that others are compared among equals, but have no better and worse and get no row.
    part
        Share of the dissatisfied who become satisfied.
    scales
        Driver → ends of its scale. Others are guessed: csat 1 to 5 and ces 1 to 7; of whole
        numbers, the first of 0 to 1, 1 to 5, 1 to 7, 1 to 10, 0 to 5, 0 to 10 that holds all
        answers; else the smallest and the largest answer. The first diagnostic says which.
        Answers in the lowest 35 % of the scale are dissatisfied (1 and 2 of 5; 1 to 3 of 7); the
        first answer from 75 % on is satisfied (4 of 5; 6 of 7).
    lower_is_better
        Drivers such as waiting time.
    level
        Of the intervals.
    seed
        Of folds and draws.

    Returns
    -------
    Priorities
        `frame`, a row a numeric driver: driver, estimate, std_error, lower, upper (points of NPS
        of mending, of those who answered the question), level, importance, importance_lower,
        importance_upper (share of the held-out gain), performance, performance_lower,
        performance_upper (0 worst, 100 best),
        mean, top_box (share of the best answer), dissatisfied (share), gap, gap_lower, gap_upper
        (steps from the mean to the best quarter of stores, true differences, chance left out),
        probability_priority (0 where the lower limit of importance is not above 0: what is not
        shown to matter is no priority), n (answered).

    Raises
    ------
    InputError
        As for `driver_importance`; also if fewer than two drivers are numbers.

    Examples
    --------
    >>> from npsstats.aggregates.questionnaire import AnswerPatterns
    >>> rng = np.random.default_rng(1)
    >>> welcome, checkout, luck = rng.integers(1, 6, (3, 600))
    >>> rows = pd.DataFrame({"store_id": np.arange(600) % 20, "checkout": checkout})
    >>> rows = rows.assign(welcome=welcome, score=welcome + (checkout + luck) // 2)
    >>> asked = ["welcome", "checkout"]
    >>> patterns = AnswerPatterns.of(rows, ["score", *asked], cluster="store_id")
    >>> result = priorities(patterns, asked)
    >>> result.frame[["driver", "estimate", "importance", "performance"]].round(2)
         driver  estimate  importance  performance
    0   welcome      4.98        0.78        50.46
    1  checkout      2.94        0.22        49.67
    """
    level = checks.fraction("level", level)
    part = checks.number("part", part, low=0.01, high=1.0)
    patterns = as_patterns(data, drivers, cluster, **counting)
    numbers = [name for name in drivers if name in patterns.numeric]
    for name in (*(scales or {}), *lower_is_better):
        checks.one_of("scales", name, numbers)
    if len(numbers) < 2:
        raise InputError(
            f"Only {len(numbers)} of the drivers {', '.join(map(repr, drivers))} are numbers. A "
            "picture of priorities needs two that have a better and a worse answer."
        )
    shared = driver_importance(
        patterns, drivers, measure=measure, outcome=outcome, missing=missing, folds=folds,
        level=level, seed=seed,
    )  # fmt: skip
    layout = lay_out(patterns, drivers, outcome=outcome, missing=missing)
    known = fitted(layout)
    steps = {
        name: scale_of(layout, name, (scales or {}).get(name), down=name in lower_is_better)
        for name in numbers
    }
    rows = [mended(known, name, step, part, level) for name, step in steps.items()]
    frame = pd.DataFrame(rows)
    told = shared.frame.set_index("driver").loc[numbers].reset_index()
    frame.insert(6, "importance", told["share"])
    frame.insert(7, "importance_lower", told["share_lower"])
    frame.insert(8, "importance_upper", told["share_upper"])
    rng = np.random.default_rng([seed, 1])
    chance = _probability(layout, shared, steps, rng)
    shown = (frame["importance_lower"] > 0).to_numpy()
    frame.insert(len(frame.columns) - 1, "probability_priority", np.where(shown, chance, 0.0))
    noise = [
        name for name, p, one in zip(numbers, chance, shown, strict=True) if p >= _LIKELY > one
    ]
    summed = summaries(layout)
    options = {**shared.provenance.options, "part": part, "lower_is_better": list(lower_is_better)}
    return Priorities(
        frame,
        (
            said_of_ends({name: step.ends for name, step in steps.items()}),
            *summed,
            *_doubts(frame, drivers, numbers, noise),
            *(text for text in shared.diagnostics if text not in summed),
        ),
        Provenance(
            "importance-performance analysis, held out", options, patterns.fingerprint, seed
        ),
        shared,
        part,
    )


def _probability(
    layout: Layout, shared: DriverImportance, scales: Mapping[str, Scale], rng: np.random.Generator
) -> Floats:
    """Return the chance that each driver matters more, and is done worse, than the middle one."""
    names = list(scales)
    place = [shared.frame["driver"].to_list().index(name) for name in names]
    parts, times = shared.contributions, shared.times
    total = float(times @ parts.sum(axis=1))
    share = times @ parts / total
    pull = ((parts - share * parts.sum(axis=1)[:, None]) / total)[:, place]
    done = np.stack([scale.performance for scale in scales.values()], axis=1)
    there = np.stack([scale.there for scale in scales.values()], axis=1).astype(float)
    part = there / (layout.weight @ there)
    mean = layout.weight @ (part * done)
    apart = np.repeat(((done - mean) * part)[:, None, :], layout.counts.shape[1], axis=1)
    m = len(names)
    covariance = np.zeros((2 * m, 2 * m))
    if layout.cells is None:  # answers were dealt anew for the one and not for the other
        units = times.sum()
        covariance[:m, :m] = pull.T @ (times[:, None] * pull) * (units / (units - 1))
        covariance[m:, m:] = layout.covariance(apart)
    else:
        both = np.hstack([pull, layout.sums(apart)])
        covariance = both.T @ both * (len(both) / (len(both) - 1))
    drawn = rng.multivariate_normal(
        np.append(share[place], mean), covariance, _DRAWS, method="eigh"
    )
    matters, well = drawn[:, :m], drawn[:, m:]
    more = matters > np.median(matters, axis=1, keepdims=True)
    worse = well < np.median(well, axis=1, keepdims=True)
    return np.asarray((more & worse).mean(axis=0))


def _doubts(
    frame: pd.DataFrame, drivers: Sequence[str], numbers: Sequence[str], noise: Sequence[str]
) -> list[Said]:
    notes = []
    if noise:
        notes.append(
            said(
                "{noise}: more likely than not the priority by the middle driver, but not "
                "shown to matter at all; not counted.",
                noise=list(noise),
            )
        )
    best = float(frame["probability_priority"].max())
    if best < _LIKELY:
        notes.append(
            said(
                "What matters more is not what is done worse: there is no priority in this "
                "sense; read importance and performance one by one."
            )
        )
    elif best < _SURE:
        notes.append(
            said(
                "No driver is surely the priority: the likeliest has probability {best:.2f}. "
                "Importance or performance of the drivers are too near each other.",
                best=best,
            )
        )
    others = [name for name in drivers if name not in numbers]
    if others:
        notes.append(
            said(
                "{others}: in the model, but without a row, since a category has no better answer.",
                others=list(others),
            )
        )
    flat = frame["driver"][frame[["gap_lower", "gap_upper"]].abs().min(axis=1) == 0]
    if len(flat):
        notes.append(
            said(
                "{flat}: stores are not shown to differ by more than chance, so there may be "
                "no best quarter to learn from.",
                flat=list(flat),
            )
        )
    return notes
