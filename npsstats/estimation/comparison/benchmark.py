"""Cells against a benchmark that is itself uncertain: a published score, a survey of the sector.

With C the NPS of a cell and B the benchmark, independent, P(C > B) = E[P(C > B | B)] and the law
of C − B follow from the two posteriors by quadrature (`apart`). The benchmark is one number for
all cells: if it is wrong, it is wrong for all of them in the same direction.

References
----------
Gelman et al. (2013). Bayesian Data Analysis, 3rd ed., chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.categories import Categories
from npsstats.estimation.comparison.apart import Apart, NormalLaw
from npsstats.estimation.dirichlet import PRIOR
from npsstats.estimation.estimate import estimate
from npsstats.estimation.estimated import Estimate
from npsstats.estimation.net_share import NetShare
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.comparison.apart import Law

    Floats = NDArray[np.float64]

__all__ = ["AgainstBenchmark", "against"]

_LEAST_SD = 1e-7  # of a benchmark said to be exact, in shares


@dataclass(frozen=True, repr=False)
class AgainstBenchmark(Result):
    """Every cell's NPS minus the benchmark, in points (−200…200).

    Attributes
    ----------
    n_above
        One row: how many cells are above the benchmark, its mean and equal-tailed limits.
    """

    title: ClassVar[str] = "Net Promoter Score against a benchmark"
    keys: tuple[str, ...]
    n_above: pd.DataFrame

    @override
    def headline(self) -> str:
        first, above = self.frame.iloc[0], self.n_above.iloc[0]
        known = f" ± {first.benchmark_se:.1f} (se)" if first.benchmark_se > 0 else ""
        return (
            f"Benchmark {first.benchmark:+.1f}{known}: {above.estimate:.1f} of "
            f"{len(self.frame):,} cells are expected to be above it "
            f"({100 * first.level:g}% interval {above.lower:.0f} to {above.upper:.0f})"
        )

    @override
    def shown(self) -> pd.DataFrame:
        return self.frame[[*self.keys, "n", "nps", "estimate", "lower", "upper", "p_above"]]


def against(
    data: Any,
    benchmark: float | ScoreCounts | ArrayLike,
    *,
    std_error: float = 0.0,
    by: str | Sequence[str] | None = "store_id",
    pooling: str = "partial",
    level: float = 0.95,
    seed: int = 0,
) -> AgainstBenchmark:
    """Return how every cell stands against a benchmark, whose uncertainty counts too.

    Parameters
    ----------
    data
        What `npsstats.estimate` returned, or anything it takes.
    benchmark
        NPS in points; or the answers behind it: `ScoreCounts`, added up, or (3,) detractors,
        passives, promoters, whose posterior (uniform prior) is then used.
    std_error
        Standard error of a benchmark given in points; its law is taken to be normal. A published
        margin of error at 95 % is 1.96 of them.
    by, pooling, level, seed
        As for `npsstats.estimate`; `by` and `pooling` are read only where `data` is not an
        estimate yet.

    Returns
    -------
    AgainstBenchmark
        `frame` with a row a cell: its labels, n, nps, estimate (posterior mean of cell minus
        benchmark), std_error, lower, upper (points), level, p_above, benchmark, benchmark_se; and
        `n_above`.

    Raises
    ------
    InputError
        If the benchmark is out of range, has no answers, or has both answers and a `std_error`.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts([[1, 0, 0, 0, 0, 2, 3, 9, 12, 20, 25], [1] * 11])
    >>> exact = nps.against(counts, 20, pooling="none")
    >>> nps.against(counts, 20, std_error=8, pooling="none").frame["p_above"].round(3).tolist()
    [0.998, 0.009]
    >>> exact.frame["p_above"].round(3).tolist()
    [1.0, 0.007]
    """
    if not isinstance(data, Estimate):
        data = estimate(data, by, pooling=pooling, level=level, seed=seed)
    level = checks.fraction("level", level)
    law, fingerprint = _law(benchmark, std_error, len(data.frame))
    drawn = _drawn(law, len(data.joint), np.random.default_rng(checks.count("seed", seed)))
    apart = data.joint - 100 * drawn[:, None]
    mean, sd = (100 * float(moment[0]) for moment in law.moments())
    frame = data.frame[[*data.keys, "n", "nps"]].assign(
        **_differences(data, law, apart, level),
        benchmark=mean,
        benchmark_se=sd if sd > 1e-4 else 0.0,
    )
    above = (apart > 0).sum(axis=1).astype(float)
    tails = np.quantile(above, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    options = {
        "benchmark": mean,
        "std_error": sd,
        "pooling": data.provenance.options.get("pooling"),
        "level": level,
    }
    return AgainstBenchmark(
        frame,
        _doubts(frame, data),
        Provenance(
            "posterior against an uncertain benchmark, by quadrature",
            options,
            f"{data.provenance.fingerprint}{fingerprint}",
            seed,
        ),
        data.keys,
        pd.DataFrame(
            {
                "estimate": [frame["p_above"].sum()],
                "lower": [float(tails[0])],
                "upper": [float(tails[1])],
                "level": [level],
            }
        ),
    )


def _law(
    benchmark: float | ScoreCounts | ArrayLike, std_error: float, cells: int
) -> tuple[Law, str]:
    """Return the benchmark's law, once for every cell, and its fingerprint."""
    if isinstance(benchmark, int | float) and not isinstance(benchmark, bool):
        mean = checks.number("benchmark", float(benchmark), low=-100, high=100)
        sd = checks.number("std_error", std_error, low=0, high=100)
        return NormalLaw(np.full(cells, mean / 100), np.full(cells, max(sd / 100, _LEAST_SD))), ""
    if std_error:
        raise checks.InputError(
            f"`std_error` is {std_error:g}, but `benchmark` gives answers, whose number says how "
            "far it is known. Leave `std_error` out."
        )
    categories = Categories(benchmark)
    categories.require_answers()
    together = categories.array.sum(axis=0) + PRIOR
    return NetShare.single(np.repeat(together[None], cells, axis=0)), f"-{categories.fingerprint}"


def _drawn(law: Law, size: int, rng: np.random.Generator) -> Floats:
    """Draw the benchmark, as a share: one for all cells."""
    one = law.take(np.array([0]))
    if isinstance(one, NetShare):
        gamma = rng.standard_gamma(one.alpha[0, 0], size=(size, 3))
        return np.asarray((gamma[:, 2] - gamma[:, 0]) / gamma.sum(axis=1))
    mean, sd = one.moments()
    return np.asarray(rng.normal(mean[0], sd[0], size))


def _differences(data: Estimate, law: Law, apart: Floats, level: float) -> dict[str, Any]:
    """Return cell minus benchmark: by quadrature, or from draws where the cells are draws."""
    if isinstance(data.net, NetShare):
        pair = Apart.of(data.net, law)
        found = pair.spread(level)
        return {
            "estimate": 100 * found.mean,
            "std_error": 100 * found.sd,
            "lower": 100 * found.lower,
            "upper": 100 * found.upper,
            "level": level,
            "p_above": pair.greater(),
        }
    lower, upper = np.quantile(apart, [(1 - level) / 2, (1 + level) / 2], axis=0)
    size = len(apart)
    return {
        "estimate": apart.mean(axis=0),
        "std_error": apart.std(axis=0),
        "lower": lower,
        "upper": upper,
        "level": level,
        "p_above": np.clip((apart > 0).sum(axis=0), 0.5, size - 0.5) / size,
    }


def _doubts(frame: pd.DataFrame, data: Estimate) -> tuple[Said, ...]:
    doubts: list[Said] = []
    first = frame.iloc[0]
    if first.benchmark_se > 0 and len(frame) > 1:
        doubts.append(
            said(
                "The benchmark's own uncertainty (se {se:.1f} points) is common to all {n:,} "
                "cells: were it too high, all would look worse together. Each interval is right "
                "by itself; their errors do not average out.",
                se=first.benchmark_se,
                n=len(frame),
            )
        )
    if first.benchmark_se > data.frame["std_error"].median():
        doubts.append(
            said(
                "The benchmark is known less well than most cells: more answers there would say "
                "no more about where cells stand against it."
            )
        )
    return (*doubts, *data.diagnostics)
