"""Forecasts as distributions: draws of the score to come, and of what so many answers will show.

References
----------
Gneiting & Raftery (2007). Strictly proper scoring rules, prediction, and estimation. JASA 102,
359–378 (the log score).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]
    type Draws = NDArray[np.float32]

__all__ = ["Predictive"]

_SILVERMAN = 1.06  # of the bandwidth that lends a density to draws without sampling error


@dataclass(frozen=True, eq=False, repr=False)
class Predictive:
    """D draws of S series over H periods to come.

    Attributes
    ----------
    draws
        (S, D, H), in the series' unit and within its bounds: the score itself, before sampling.
        Draws of one number belong together across series and periods.
    polar
        (S,) share of answers that are no passives; NaN for a measure.
    """

    draws: Draws
    polar: Grid

    @classmethod
    def of(cls, draws: NDArray[np.floating], series: Series) -> Predictive:
        """Return the predictive of some draws, kept within the bounds of the series."""
        kept = np.clip(draws, *series.bounds).astype(np.float32)
        return cls(kept, series.polar)

    @property
    def mean(self) -> Grid:
        """Shape (S, H)."""
        return self.draws.mean(axis=1, dtype=float)

    @property
    def sd(self) -> Grid:
        """Shape (S, H)."""
        return self.draws.std(axis=1, dtype=float)

    def quantile(self, probability: float | list[float]) -> Grid:
        """Return quantiles of the score itself, (S, H) or (probabilities, S, H)."""
        return np.asarray(np.quantile(self.draws, probability, axis=1), dtype=float)

    def observed(self, n: Grid, rng: np.random.Generator) -> Predictive:
        """Return draws of the score that n answers show: multinomial, so never beyond ±100.

        Parameters
        ----------
        n
            (S, H) answers to come; NaN draws where there are none. A measure comes back as it is.
        rng
            Source of the draws.
        """
        if np.isnan(self.polar).all():
            return self
        answers = np.rint(np.broadcast_to(n, self.mean.shape)).astype(np.int64)[:, None, :]
        net = self.draws.astype(float) / 100
        polar = np.maximum(self.polar[:, None, None], np.abs(net))
        many = (polar + net) / 2
        promoters = rng.binomial(answers, np.clip(many, 0, 1))
        rest = np.where(many < 1, (polar - net) / 2 / np.where(many < 1, 1 - many, 1.0), 0.0)
        detractors = rng.binomial(answers - promoters, np.clip(rest, 0, 1))
        with np.errstate(invalid="ignore"):
            shown = 100.0 * (promoters - detractors) / answers
        return Predictive(shown.astype(np.float32), self.polar)

    def log_density(self, values: Grid, noise: Grid) -> Grid:
        """Return the log density of observed values, (S, H); NaN where nothing was observed.

        Parameters
        ----------
        values
            (S, H) observed, NaN where not.
        noise
            (S, H) their sampling variance.

        Notes
        -----
        The mean over draws of the normal density of the value around each. Where there is no
        sampling error, a kernel of Silverman's bandwidth stands in.
        """
        width = _SILVERMAN * self.draws.shape[1] ** -0.2 * self.sd
        sd = np.sqrt(np.nan_to_num(noise) + np.maximum(width, 1e-6) ** 2)[:, None, :]
        z = (values[:, None, :] - self.draws) / sd
        logs = -0.5 * z**2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
        return np.asarray(special.logsumexp(logs, axis=1) - np.log(self.draws.shape[1]))
