"""Satisfaction (CSAT) and effort (CES): the share in the good boxes, and the mean on the scale.

Both readings of a rated question have their own interval. The share is the hierarchical
beta-binomial of `shares`; the mean is its quasi-likelihood on the scale's own variance, of
`scale_means`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.aggregates.rates import count_rating
from npsstats.aggregates.scales import ScaleCounts, checked_scale
from npsstats.estimation.neighbours.scale_means import MeanPosterior, mean_posterior
from npsstats.estimation.neighbours.share_result import (
    METHODS,
    Asked,
    ShareEstimate,
    overall_row,
    share_columns,
    share_doubts,
)
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from xarray import DataTree

    Floats = NDArray[np.float64]

__all__ = ["CustomerEffort", "CustomerSatisfaction", "Ratings", "ces", "csat"]


@dataclass(frozen=True, repr=False)
class Ratings(ShareEstimate):
    """Share in the good boxes (0 to 1) and mean (on the scale) of every cell.

    Attributes
    ----------
    scale
        Lowest and highest value.
    means
        The posterior of the cells' means.
    """

    scale: tuple[int, int]
    means: MeanPosterior

    @override
    def headline(self) -> str:
        row, (low, high) = self.overall.iloc[0], self.scale
        mean = row["mean"] if np.isnan(row.mean_raw) else row.mean_raw
        return (
            f"{super().headline()}\nMean {mean:.2f} on the scale {low} to {high}, interval "
            f"{row.mean_lower:.2f} to {row.mean_upper:.2f}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        means = {
            name: [f"{value:.2f}" for value in self.frame[name]]
            for name in ("mean", "mean_lower", "mean_upper")
        }
        return super().shown().assign(**means)

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Posterior draws of `share` and of `mean`, each joint over the cells.

        The two are drawn apart: a draw of one says nothing about the draw of the other beside it.
        """
        from npsstats.estimation.draws import tree

        rng = np.random.default_rng(self.asked.seed)
        drawn = self.posterior.draws(self.asked.size, rng)
        low, high = self.scale
        drawn["mean"] = low + (high - low) * self.means.draws(self.asked.size, rng)
        return tree(drawn, self.frame, list(self.keys))


@dataclass(frozen=True, repr=False)
class CustomerSatisfaction(Ratings):
    """CSAT: share of satisfied answers and mean satisfaction, a row a cell."""

    title: ClassVar[str] = "Customer satisfaction (CSAT) by cell"


@dataclass(frozen=True, repr=False)
class CustomerEffort(Ratings):
    """CES: share of easy answers and mean effort score, a row a cell."""

    title: ClassVar[str] = "Customer effort (CES) by cell"


def csat(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    scale: tuple[int, int] = (1, 5),
    top: int = 2,
    pooling: str = "partial",
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> CustomerSatisfaction:
    """Return satisfaction by cell: the share of the top boxes and the mean.

    Parameters
    ----------
    data
        An `Intake` of responses with the column `csat`; an Ibis table with canonical columns, or
        a data frame with them and without `score`, taken as they are; anything else that
        `npsstats.read` takes; or `ScaleCounts`.
    by
        Key or keys that make a cell, as for `npsstats.count`; None for all as one.
    scale
        Lowest and highest value that the question offered.
    top
        How many of the highest values mean "satisfied": 2, the top-2-box share, unless told.
    pooling
        "partial": cells borrow strength from each other, as much as the data warrant. "none":
        every cell alone (Jeffreys' prior). "complete": as if all cells were one.
    level
        Level of the equal-tailed credible intervals.
    prior_concentration
        Prior median of κ, in answers; read only with partial pooling.
    draws, seed
        Posterior draws of `result.draws`, and their seed.

    Returns
    -------
    CustomerSatisfaction
        `frame` with a row a cell: its labels, n, satisfied (answers), raw, estimate, std_error,
        lower, upper (shares, 0 to 1), level, shrinkage (weight of the network), and for the mean,
        on the scale: mean_raw, mean, mean_std_error, mean_lower, mean_upper, mean_shrinkage.

    Raises
    ------
    InputError
        If an argument is out of range, an answer is not on the scale, or the data cannot be read.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScaleCounts([[1, 0, 2, 5, 12], [3, 1, 1, 0, 0]], ["Lyon", "Lille"], (1, 5))
    >>> result = nps.csat(counts)
    >>> result.frame[["cell", "raw", "estimate", "lower", "upper", "mean"]].round(2)
        cell   raw  estimate  lower  upper  mean
    0   Lyon  0.85      0.79   0.58   0.94  4.19
    1  Lille  0.00      0.22   0.00   0.70  2.20
    """
    asked = Asked.of(pooling, level, prior_concentration, draws, seed)
    counts = count_rating(data, by, "csat", checked_scale(scale))
    boxes = _boxes("top", top, counts)
    return _ratings(CustomerSatisfaction, counts, boxes, asked, "satisfied", "csat")


def ces(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    scale: tuple[int, int] = (1, 7),
    easy: int | None = None,
    easy_is: str = "high",
    pooling: str = "partial",
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> CustomerEffort:
    """Return effort by cell: the share who found it easy and the mean, on the scale as asked.

    Parameters
    ----------
    data
        As for `npsstats.csat`, with the column `ces`.
    scale
        Lowest and highest value that the question offered.
    easy
        How many values at the easy end count as easy; 3 on seven points ("agree somewhat" to
        "agree strongly") and 2 on fewer, unless told.
    easy_is
        "high" where the highest value is the easiest ("made it easy for me", CES 2.0), "low"
        where it is the hardest ("how much effort did you have to make", CES 1.0).
    by, pooling, level, prior_concentration, draws, seed
        As for `npsstats.csat`.

    Returns
    -------
    CustomerEffort
        `frame` as of `npsstats.csat`, with `easy` in place of `satisfied`. The mean keeps the
        direction of the scale.

    Raises
    ------
    InputError
        If an argument is out of range, an answer is not on the scale, or the data cannot be read.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScaleCounts([1, 0, 2, 2, 5, 9, 11], scale=(1, 7))
    >>> nps.ces(counts, pooling="none").frame[["n", "easy", "raw", "mean_raw"]].round(3)
        n  easy    raw  mean_raw
    0  30    25  0.833       5.7
    """
    asked = Asked.of(pooling, level, prior_concentration, draws, seed)
    checks.one_of("easy_is", easy_is, ("high", "low"))
    counts = count_rating(data, by, "ces", checked_scale(scale))
    if easy is None:
        easy = 3 if counts.counts.shape[1] >= 7 else min(2, counts.counts.shape[1] - 1)
    boxes = _boxes("easy", easy, counts) * (1 if easy_is == "high" else -1)
    return _ratings(CustomerEffort, counts, boxes, asked, "easy", "ces")


def _boxes(name: str, boxes: int, counts: ScaleCounts) -> int:
    points = counts.counts.shape[1]
    if checks.count(name, boxes, least=1) >= points:
        raise checks.InputError(
            f"`{name}` must be fewer than the {points} values of the scale, got {boxes}."
        )
    return boxes


def _ratings[R: Ratings](
    kind: type[R], counts: ScaleCounts, boxes: int, asked: Asked, measured: str, column: str
) -> R:
    good, n = counts.top(boxes).astype(float), counts.n.astype(float)
    columns, posterior, network = share_columns(good, n, asked)
    means, mean_columns = _means(counts, asked)
    overall = overall_row(measured, good, n, asked.level)
    together = Asked("complete", asked.level, asked.prior_concentration, asked.size, asked.seed)
    overall = overall.assign(**_means(counts.sum(), together)[1])
    whole = {"n": counts.n, measured: counts.top(boxes)}
    options = {**asked.options(), "scale": counts.scale, "boxes": boxes}
    return kind(
        counts.cells.reset_index(drop=True).assign(**whole, **columns, **mean_columns),
        tuple(share_doubts(counts, asked, "answers", column)),
        Provenance(METHODS[asked.pooling], options, counts.fingerprint, asked.seed),
        overall,
        network,
        measured,
        "answers",
        tuple(counts.keys),
        posterior,
        asked,
        counts.scale,
        means,
    )


def _means(counts: ScaleCounts, asked: Asked) -> tuple[MeanPosterior, dict[str, Floats]]:
    """Return the posterior of the means and its columns, on the scale."""
    low, high = counts.scale
    means = mean_posterior(counts.counts.astype(float), asked.pooling, asked.prior_concentration)
    centre, sd = means.law.moments()
    tail = (1 - asked.level) / 2
    wide = high - low
    return means, {
        "mean_raw": counts.mean,
        "mean": low + wide * centre,
        "mean_std_error": wide * sd,
        "mean_lower": low + wide * means.law.ppf(tail),
        "mean_upper": low + wide * means.law.ppf(1 - tail),
        "mean_shrinkage": means.shrinkage,
    }
