"""An exact local-level smoother and series of known truth, for the tests of signal and noise."""

from dataclasses import dataclass

import numpy as np

from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series


def counts_of(true, n, rng, passives=0.3):
    """Answers (S, T, 3) to true scores in points."""
    net = np.clip(np.asarray(true) / 100, -(1 - passives), 1 - passives)
    few = (1 - passives - net) / 2
    shares = np.stack([few, np.full(net.shape, passives), few + net], axis=-1)
    return rng.multinomial(n, shares)


def months(answers):
    """The series of months from January 2022 on."""
    last = divmod(answers.shape[1] - 1, 12)
    return Series.of_counts(answers, ["2022-01", f"{2022 + last[0]}-{last[1] + 1:02d}"])


@dataclass(frozen=True)
class LocalLevel:
    """Levels N(centre, spread²) that walk with sd `walk`: dense, exact, nothing estimated."""

    centre: float = 30.0
    spread: float = 10.0
    walk: float = 3.0
    name = "exact local level"

    def fit(self, series):
        return _Fitted(self, series)


@dataclass(frozen=True)
class _Fitted:
    model: LocalLevel
    series: Series

    def moments(self, horizon=0):
        """Posterior mean (S, T + H) and covariance (S, T + H, T + H) of the levels."""
        stores, length = self.series.shape
        time = np.arange(length + horizon)
        prior = self.model.spread**2 + self.model.walk**2 * np.minimum(time[:, None], time)
        means, covers = [], []
        for store in range(stores):
            seen = np.flatnonzero(self.series.seen[store])
            total = prior[np.ix_(seen, seen)] + np.diag(self.series.noise[store, seen])
            gain = np.linalg.solve(total, prior[seen]).T
            means.append(
                self.model.centre + gain @ (self.series.values[store, seen] - self.model.centre)
            )
            covers.append(prior - gain @ prior[seen])
        return np.array(means), np.array(covers)

    def _drawn(self, rows, draws, seed, horizon):
        means, covers = self.moments(horizon)
        rng = np.random.default_rng(seed)
        drawn = [
            rng.multivariate_normal(mean[rows], cover[rows, rows], size=draws, method="eigh")
            for mean, cover in zip(means, covers, strict=True)
        ]
        return np.array(drawn)

    def latent(self, draws=1000, seed=0, *, last=None):
        length = self.series.shape[1]
        return self._drawn(slice(length - (last or length), length), draws, seed, 0)

    def predict(self, horizon, *, draws=1000, seed=0):
        length = self.series.shape[1]
        rows = slice(length, length + horizon)
        return Predictive.of(self._drawn(rows, draws, seed, horizon), self.series)
