"""One cell, exactly: the Dirichlet posterior of an NPS, by quadrature, without Monte Carlo.

With a Dirichlet(1, 1, 1) prior on the shares of detractors, passives and promoters, the
posterior is Dirichlet(1 + counts). Mean and variance are in closed form, quantiles and tail
probabilities by the contour integral of `net_share`; the same answer on every run.

References
----------
Gelman et al. (2013). Bayesian Data Analysis, 3rd ed., section 3.4 (multinomial, conjugate).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.estimation.categories import Categories, with_counts
from npsstats.estimation.net_share import NetShare
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray
    from xarray import DataTree

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.net_share import NetLaw

    Floats = NDArray[np.float64]

__all__ = ["DirichletPosterior", "dirichlet"]

PRIOR = np.ones(3)
"""Uniform prior on detractor, passive and promoter shares: three answers' worth."""

JEFFREYS = np.full(3, 0.5)
"""Jeffreys' prior, an answer and a half's worth: what stands alone in `npsstats.estimate`.

Its intervals hold their level far better at few answers: at n = 5 and shares .02, .08, .90 the
exact coverage is .919, against .590 for the uniform prior (docs/tables/coverage.md).
"""

_DRAWS = 4000


@dataclass(frozen=True, repr=False)
class DirichletPosterior(Result):
    """Posterior NPS of every cell on its own, in points (−100…100)."""

    title: ClassVar[str] = "Net Promoter Score, Dirichlet posterior"
    alpha: Floats

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, each on its own, NPS in points"
        row = self.frame.iloc[0]
        return (
            f"NPS {row.estimate:+.1f}, {interval_text(row, 'credible interval')} points, "
            f"from {int(row.n):,} answers"
        )

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Posterior draws of `nps` (points), dimensions chain, draw, cell."""
        from npsstats.estimation.draws import tree

        rng = np.random.default_rng(self.provenance.seed)
        gamma = rng.standard_gamma(self.alpha, size=(_DRAWS, *self.alpha.shape))
        net = (gamma[..., 2] - gamma[..., 0]) / gamma.sum(axis=2)
        return tree({"nps": 100 * net}, self.frame)


def dirichlet(
    counts: ScoreCounts | ArrayLike,
    *,
    prior: Sequence[float] = (1.0, 1.0, 1.0),
    target: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> DirichletPosterior:
    """Return the exact posterior of every cell's NPS, each cell on its own.

    Parameters
    ----------
    counts
        `ScoreCounts`, or (3,) or (cells, 3) detractors, passives, promoters.
    prior
        Concentrations added to detractors, passives, promoters; all positive. The default is
        uniform; Jeffreys' (0.5, 0.5, 0.5) holds its level better at fewer than 50 answers.
    target
        NPS in points that `p_above_target` refers to, or None.
    level
        Credible level of the equal-tailed interval.
    seed
        Seed of `draws`; the estimates need none.

    Returns
    -------
    DirichletPosterior
        `frame` with n, promoters, passives, detractors, nps (raw), estimate, std_error, lower,
        upper (points), level, target, p_above_target.

    Raises
    ------
    InputError
        If counts, prior, target or level are out of range.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.dirichlet([8, 13, 15]).frame[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    0     17.95  -6.78  41.48
    """
    level = checks.fraction("level", level)
    added = np.asarray(prior, dtype=float)
    if added.shape != (3,) or not (np.isfinite(added) & (added > 0)).all():
        raise checks.InputError(
            f"`prior` must be three positive numbers (detractors, passives, promoters), got "
            f"{prior!r}. For the uniform prior, write prior=(1, 1, 1)."
        )
    categories = Categories(counts)
    alpha = categories.array + added
    frame = with_counts(categories, **posterior_columns(NetShare.single(alpha), target, level))
    options = {"prior": tuple(added), "target": target, "level": level}
    provenance = Provenance("exact Dirichlet posterior", options, categories.fingerprint, seed)
    return DirichletPosterior(frame, (), provenance, alpha)


def posterior_columns(net: NetLaw, target: float | None, level: float) -> dict[str, Floats]:
    """Return the columns that every posterior of NPS shows, in points."""
    mean, sd = net.moments()
    above = np.full(len(mean), np.nan)
    if target is not None:
        above = net.sf(checks.number("target", target, low=-100, high=100) / 100)
    return {
        "estimate": 100 * mean,
        "std_error": 100 * sd,
        "lower": 100 * net.ppf((1 - level) / 2),
        "upper": 100 * net.ppf((1 + level) / 2),
        "level": np.full(len(mean), level),
        "target": np.full(len(mean), np.nan if target is None else float(target)),
        "p_above_target": above,
    }
