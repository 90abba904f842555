"""The Cox partial likelihood of two arms from counts a day, ties as Efron has them.

With d events of which d₁ in treatment, and Y units at risk of which Y₁ in treatment, the l-th of
the d tied events (l = 0 … d − 1) meets the weight (Y₀ + θY₁) − (l/d)(d₀ + θd₁), θ the hazard
ratio. Sums over l of its powers are differences of digamma and trigamma functions, so a day costs
the same whether it has two events or two million.

References
----------
Efron, B. (1977). The efficiency of Cox's likelihood function for censored data. JASA 72(359),
557–565.
Therneau, T. M. & Grambsch, P. M. (2000). Modeling Survival Data, section 3.3 (ties) and chapters
4 and 7 (score residuals, robust variance).
Lin, D. Y. & Wei, L. J. (1989). The robust inference for the Cox proportional hazards model. JASA
84(408), 1074–1078.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.optimize import brentq

from npsstats.experiments.duration.harmonic import inverse_squares, inverses, logs
from npsstats.experiments.duration.spread import LEAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.duration.pairs import Pair

    Floats = NDArray[np.float64]

__all__ = ["CoxFit", "TiedEvents", "fit_cox"]

_FAR = 30.0  # log hazard ratios beyond this are infinite


@dataclass(frozen=True, eq=False)
class TiedEvents:
    """Days with an event and units at risk in both arms; each (strata · days,), those days alone.

    Attributes
    ----------
    stratum, day
        Where they are.
    d0, d1, y0, y1
        Events and at risk, control and treatment.
    """

    stratum: NDArray[np.intp]
    day: NDArray[np.intp]
    d0: Floats
    d1: Floats
    y0: Floats
    y1: Floats

    @classmethod
    def of(cls, both: Pair, first: int = 0, last: int | None = None) -> TiedEvents:
        """Return the days with events from `first` to `last`."""
        events, at_risk = both.strata
        stop = both.window if last is None else last
        asked = np.zeros(events.shape[2], dtype=bool)
        asked[first : stop + 1] = True
        # where one arm has nobody left, who of the rest has the event says nothing
        use = (events.sum(axis=1) > 0) & (at_risk.min(axis=1) > 0) & asked
        stratum, day = np.nonzero(use)
        parts = (part[stratum, arm, day] for part in (events, at_risk) for arm in (0, 1))
        return cls(stratum, day, *parts)

    @property
    def d(self) -> Floats:
        """Events of both arms."""
        return self.d0 + self.d1

    def sums(self, beta: float) -> Sums:
        """Return the sums over tied events at a log hazard ratio."""
        d, (a, b, p, q) = self.d, self._weights(beta)
        x = a * d / b
        one, two = inverses(x, d), inverse_squares(x, d)
        share, rest = q / b, (p - q * a / b) * d / b
        weight = d * share + rest * one
        square = d * share**2 + 2 * share * rest * one + rest**2 * two
        scale = d / b
        return Sums(
            weight=weight,
            spread=np.maximum(weight - square, 0.0),
            hazard=scale * one,
            weighted=scale * (share * one + rest * two),
            late=scale / d * (x * one - d),
            late_weighted=scale / d * (share * (x * one - d) + rest * (x * two - one)),
        )

    def score(self, beta: float) -> float:
        """Return the derivative of the log-likelihood."""
        d, (a, b, p, q) = self.d, self._weights(beta)
        x = a * d / b
        return float((self.d1 - d * q / b - (p - q * a / b) * d / b * inverses(x, d)).sum())

    def log_likelihood(self, beta: float) -> float:
        """Return the log partial likelihood."""
        d, (a, b, _, _) = self.d, self._weights(beta)
        x = a * d / b
        log = d * np.log(b / d) + logs(x, d)
        return float(((self.d1 - self.d0) * beta / 2 - log).sum())

    def _weights(self, beta: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the weights at risk and of events, of both arms and then of treatment."""
        # both arms' weights move, so that neither overflows
        w0, w1 = np.exp(-beta / 2), np.exp(beta / 2)
        p, q = w1 * self.y1, w1 * self.d1
        return w0 * self.y0 + p, w0 * self.d0 + q, p, q


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the tied events of each day; w is the treatment's share of the weight at risk.

    Attributes
    ----------
    weight, spread
        Σ w and Σ w (1 − w): expected treated events, and their variance.
    hazard, weighted
        Σ 1/weight and Σ w/weight.
    late, late_weighted
        The same with a factor l/d.
    """

    weight: Floats
    spread: Floats
    hazard: Floats
    weighted: Floats
    late: Floats
    late_weighted: Floats


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A hazard ratio of two arms.

    Attributes
    ----------
    tied
        The events.
    beta
        Log hazard ratio, treatment over control; infinite where one arm has no event, NaN where
        there is none to compare.
    information
        Minus the second derivative of the log-likelihood.
    """

    tied: TiedEvents
    beta: float
    information: float

    @property
    def std_error(self) -> float:
        """Of the log hazard ratio; NaN where that is not finite."""
        finite = np.isfinite(self.beta) and self.information > 0
        return float(self.information**-0.5) if finite else float("nan")

    @property
    def _near(self) -> float:
        return float(np.clip(self.beta, -_FAR, _FAR))

    def deviance(self, beta: float) -> float:
        """Return twice the log-likelihood lost by that log hazard ratio."""
        return 2 * (self.tied.log_likelihood(self._near) - self.tied.log_likelihood(beta))

    def p_value(self) -> float:
        """Return the likelihood-ratio p-value of a hazard ratio of 1."""
        if np.isnan(self.beta):
            return float("nan")
        return max(float(special.chdtrc(1, max(self.deviance(0.0), 0.0))), LEAST)

    def profile(self, z: float) -> tuple[float, float]:
        """Return the log hazard ratios that lose z² of deviance; infinite where none does."""
        if np.isnan(self.beta):
            return -np.inf, np.inf
        best = self.tied.log_likelihood(self._near)

        def excess(beta: float) -> float:
            return 2 * (best - self.tied.log_likelihood(beta)) - z * z

        def end(sign: float) -> float:
            """Step outwards, and search where the deviance has grown past z²."""
            step = min(1.1 * z * self.std_error, 5.0) if np.isfinite(self.beta) else 2.0
            inner, outer = self._near, self._near + sign * step
            while abs(outer) < _FAR and excess(outer) < 0:
                inner, outer = outer, outer + sign * step
            if sign * outer >= _FAR or sign * self.beta == np.inf:
                return float(sign * np.inf)
            return float(brentq(excess, inner, outer, xtol=1e-11))

        return end(-1.0), end(1.0)

    def contributions(self, both: Pair) -> Floats:
        """Return the score of each row of the pair by day with events, (rows, those days).

        Summed over days and clusters they give the robust variance; columns of other strata are 0.
        """
        beta, tied = self._near, self.tied
        sums = tied.sums(beta)
        row = both.arm[:, None]
        mine = both.stratum[:, None] == tied.stratum[None, :]
        events = np.where(mine, both.events[:, tied.day], 0.0)
        at_risk = np.where(mine, both.at_risk[:, tied.day], 0.0)
        theta = np.where(row == 1, np.exp(beta / 2), np.exp(-beta / 2))
        all_of = row * sums.hazard - sums.weighted
        late = row * sums.late - sums.late_weighted
        observed = events * (row - sums.weight / tied.d)
        return np.asarray(observed - theta * (at_risk * all_of - events * late))


def fit_cox(tied: TiedEvents) -> CoxFit:
    """Return the likeliest log hazard ratio."""
    if not len(tied.day):
        return CoxFit(tied, float("nan"), 0.0)
    low, high = tied.score(-_FAR), tied.score(_FAR)
    close = 1e-9 * float(tied.d.sum())
    if low <= close and high >= -close:
        return CoxFit(tied, float("nan"), 0.0)
    if low <= close:
        return CoxFit(tied, -np.inf, 0.0)
    if high >= -close:
        return CoxFit(tied, np.inf, 0.0)
    beta = float(brentq(tied.score, -_FAR, _FAR, xtol=1e-13, rtol=1e-13))
    return CoxFit(tied, beta, float(tied.sums(beta).spread.sum()))
