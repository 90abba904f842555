"""Many series together: a common path, each series' own deviation, sampling errors that are known.

    score = common level (slowly reverting) + season + swing + shocks of single periods
            + own level + own deviation (comes and goes) + own season + flicker
    observed = score + sampling error of known variance

A store with few answers is forecast from the network and from what stores are like; one with many
from its own past. The likelihood is exact (`likelihood`), so that thousands of stores cost
seconds; the normality of the sampling error is what is approximated, and scores drawn are cut at
±100.

References
----------
Harvey (1989). Forecasting, structural time series models and the Kalman filter. Cambridge
University Press (chapter 8: common components).
Jackman (2005). Pooling the polls over an election campaign. Australian Journal of Political
Science 40, 499–517 (a latent level under polls whose sampling variance is known).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from npsstats.checks import InputError, count
from npsstats.forecasting.hierarchical.hyper import hypers
from npsstats.forecasting.hierarchical.likelihood import Observed
from npsstats.forecasting.hierarchical.paths import true_paths
from npsstats.forecasting.hierarchical.posterior import Posterior, learn
from npsstats.forecasting.predictive import Predictive
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series
    from npsstats.said import Said

__all__ = ["FittedHierarchical", "Hierarchical"]

_FEW_POINTS = 20.0
_SCORES = 50.0  # points by which scores at large lie from 0


@dataclass(frozen=True)
class Hierarchical:
    """A common path and own deviations, with known sampling errors.

    Attributes
    ----------
    cycle
        Whether the common path may swing over several years beside its season; only series of four
        years or more can show that.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.forecasting.series import Series
    >>> answers = np.random.default_rng(1).multinomial(30, [0.2, 0.3, 0.5], size=(8, 24))
    >>> fitted = Hierarchical().fit(Series.of_counts(answers, ["2023-01", "2024-12"]))
    >>> coming = fitted.predict(3)
    >>> coming.draws.shape, bool(abs(coming.mean - 30).max() < 8)
    ((8, 1000, 3), True)
    """

    cycle: bool = True
    name: ClassVar[str] = "hierarchical"

    def fit(self, series: Series) -> FittedHierarchical:
        """Learn the scales and memories of these series.

        Raises
        ------
        InputError
            If no value was observed.
        """
        seen = _observed(series)
        with _one_thread():
            posterior = learn(seen, hypers(series, cycle=self.cycle))
        return FittedHierarchical(series, posterior)


@dataclass(frozen=True, eq=False, repr=False)
class FittedHierarchical:
    """Series with the posterior of the hyperparameters.

    Attributes
    ----------
    series
        What is conditioned on.
    posterior
        Of the hyperparameters, weighted points.
    """

    series: Series
    posterior: Posterior

    def update(self, series: Series) -> FittedHierarchical:
        """Return the same hyperparameters, conditioned on another stretch of the same series."""
        return replace(self, series=series)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution of the true values over the next `horizon` periods.

        Parameters
        ----------
        horizon
            Periods.
        draws, seed
            How many joint draws, and from where: the same seed gives the same draws.
        """
        count("horizon", horizon, least=1)
        count("draws", draws, least=1)
        seen = _observed(self.series)
        rows = slice(seen.length, seen.length + horizon)
        with _one_thread():
            drawn = true_paths(seen, self.posterior, rows, horizon, draws, seed)
        return Predictive.of(drawn, self.series)

    def latent(
        self, draws: int = 1000, seed: int = 0, *, last: int | None = None
    ) -> NDArray[np.float32]:
        """Return draws of the true values in the past, given all that was observed.

        Parameters
        ----------
        draws, seed
            How many joint draws, and from where.
        last
            Only so many of the last periods; all by default.

        Returns
        -------
        NDArray
            (S, draws, periods), in the series' unit; in periods led over a change of questionnaire
            as the bridge has them.
        """
        count("draws", draws, least=1)
        if last is not None:
            count("last", last, least=1)
        seen = _observed(self.series)
        rows = slice(0 if last is None else max(0, seen.length - last), seen.length)
        with _one_thread():
            drawn = true_paths(seen, self.posterior, rows, 0, draws, seed)
        return Predictive.of(drawn, self.series).draws

    @property
    def hyperparameters(self) -> pd.DataFrame:
        """Name, mean, standard deviation and mode of every hyperparameter.

        Standard deviations are in the series' unit; memories, damping and swing in periods, drift
        in years. Those held at their mode have a standard deviation of 0.
        """
        points, weights = self.posterior.points, self.posterior.weights
        mean = weights @ points
        return pd.DataFrame(
            {
                "name": self.posterior.names,
                "estimate": mean,
                "std_error": np.sqrt(np.maximum(weights @ (points - mean) ** 2, 0.0)),
                "mode": self.posterior.mode,
            }
        )

    @property
    def diagnostics(self) -> tuple[Said, ...]:
        """What to doubt."""
        if self.posterior.effective >= _FEW_POINTS:
            return ()
        return (
            said(
                "The scales of the common path are integrated over with the worth of only "
                "{points:.0f} points: read the ends of the intervals with care.",
                points=self.posterior.effective,
            ),
        )


def _one_thread() -> Any:
    """Thousands of small factorizations: threads that wait for each other make them slower."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")


def _observed(series: Series) -> Observed:
    seen, values = series.seen, series.values  # noqa: PD011 - no frame
    if not seen.any():
        raise InputError(
            "`series` holds no observed value: there is nothing to forecast from. Hand over "
            "periods with answers."
        )
    centre = _centre(series)
    return Observed(
        np.where(seen, values - centre, 0.0),
        np.where(seen, series.noise, np.inf),
        centre,
        series.season,
        series.scale,
        # one sd for all: the map is the same, and what series add to it is little
        np.where(series.bridged, float(series.shift_sd.mean()), 0.0),
    )


def _centre(series: Series) -> float:
    """Return about where the series lie.

    The mean of the series' means, for a store with more months must not pull it. A score drawn
    from few answers says little of where a score lies: its mean is shrunk to that of scores at
    large.
    """
    seen = series.seen
    some = seen.any(axis=1)
    many = seen.sum(axis=1)[some]
    means = np.where(seen, series.values, 0.0).sum(axis=1)[some] / many
    mean = float(means.mean())
    if series.unit != "points":
        return mean
    sampling = np.where(seen, series.noise, 0.0).sum(axis=1)[some] / many**2
    error = float(sampling.sum()) / len(means) ** 2
    return mean * _SCORES**2 / (_SCORES**2 + error)
