"""The discounted Dirichlet: shares that are known exactly, and forgotten at a learnt pace.

What a period's answers say of the shares of detractors, passives and promoters fades by a factor
δ a period, towards a prior that does not fade. With the prior κm (m the network's shares) and the
answers c, the shares of the next period have the law

    Dirichlet(κm + e),   e ← δ (e + c),   e = 0 before the first period,

so that the answers to come are Dirichlet-multinomial and the evidence for (δ, κ) is a product of
gamma functions. No sampling is needed to fit; one (δ, κ) serves all series, and every forecast
averages over what remains uncertain of it. What a bridge may have got wrong stands beside this
law, as far as what is remembered was led over by the bridge.

References
----------
Grunwald, Raftery & Guttorp (1993). Time series of continuous proportions. JRSS B 55, 103–116,
section 3 (a Dirichlet whose precision decays between observations).
West & Harrison (1997). Bayesian Forecasting and Dynamic Models, 2nd ed., section 6.3 (discount
factors) and 14.3 (conjugate updating of a discounted prior).
Lewis, McKenzie & Hugus (1989). Gamma processes. Stochastic Models 5, 1–30 (thinning a gamma
variable by an independent beta, which the paths of the forecast are made with).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from npsstats.checks import InputError, count
from npsstats.forecasting.predictive import Predictive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]
    type Draws = NDArray[np.float32]

__all__ = ["DiscountedDirichlet", "FittedDirichlet"]

_MEMORIES = (1.05, 1.2, 1.5, 2, 3, 4, 6, 9, 14, 20, 36, 72)
_DISCOUNTS = (*(1 - 1 / memory for memory in _MEMORIES), 1.0)
_CONCENTRATIONS = (4.0, 10.0, 25.0, 60.0, 150.0, 400.0)
_CELLS_AT_ONCE = 400_000  # draws of three shares that are held in memory together


@dataclass(frozen=True)
class DiscountedDirichlet:
    """Shares that fade by a discount a period, exact and closed in form.

    Attributes
    ----------
    discounts
        The δ that are weighed, in [0, 1]. The default remembers from one period to all of them.
    concentrations
        The κ that are weighed: answers that the network's shares are worth, positive.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> answers = [[[10, 20, 70], [12, 20, 68], [9, 25, 66]]]
    >>> series = Series.of_counts(answers, ["2025-01", "2025-03"])
    >>> DiscountedDirichlet().fit(series).predict(2).mean.round()
    array([[57., 57.]])
    """

    discounts: Sequence[float] = _DISCOUNTS
    concentrations: Sequence[float] = _CONCENTRATIONS
    name: ClassVar[str] = "discounted Dirichlet"

    def __post_init__(self) -> None:
        """Refuse what is no discount and no concentration."""
        for label, given, high in (
            ("discounts", self.discounts, 1.0),
            ("concentrations", self.concentrations, np.inf),
        ):
            grid = np.asarray(given, dtype=float)
            low = 0.0 if label == "discounts" else np.nextafter(0, 1)
            if grid.ndim != 1 or not grid.size or not ((grid >= low) & (grid <= high)).all():
                rule = "in [0, 1]" if label == "discounts" else "greater than 0"
                raise InputError(f"`{label}` must be some numbers {rule}, got {given!r}.")

    def fit(self, series: Series) -> FittedDirichlet:
        """Weigh every pair of discount and concentration by its evidence.

        Raises
        ------
        InputError
            If the series are of a measure, which has no shares.
        """
        table = _answers(series)
        total = table.sum(axis=(0, 1))
        usual = (total + 1) / (total.sum() + 3)
        deltas, kappas = np.asarray(self.discounts), np.asarray(self.concentrations)
        log_evidence = evidence(table, usual, deltas, kappas)
        weights = special.softmax(log_evidence)
        return FittedDirichlet(series, usual, deltas, kappas, weights, log_evidence)


@dataclass(frozen=True, eq=False)
class FittedDirichlet:
    """Shares with their discount known as far as it can be.

    Attributes
    ----------
    series
        What it stands at the end of.
    usual
        (3,) the network's shares, the mean of every series' prior.
    discounts, concentrations
        (G,) and (K,) what was weighed.
    weights
        (G, K) their posterior probabilities, summing to 1.
    log_evidence
        (G, K) log probability of all answers in their order, but for the multinomial coefficients.
    """

    series: Series
    usual: Grid
    discounts: Grid
    concentrations: Grid
    weights: Grid
    log_evidence: Grid

    def update(self, series: Series) -> FittedDirichlet:
        """Return the same weights and prior at the end of a longer series."""
        _answers(series)
        return replace(self, series=series)

    def concentration(self, ahead: int = 1) -> Grid:
        """Return the Dirichlet parameters so many periods ahead, (G, K, S, 3)."""
        prior = self.concentrations[:, None] * self.usual
        fading = self.discounts ** (count("ahead", ahead, least=1) - 1)
        known = fading[:, None, None] * _remembered(_answers(self.series), self.discounts)
        return np.asarray(prior[None, :, None, :] + known[:, None])

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return the distribution over the next `horizon` periods."""
        count("horizon", horizon, least=1)
        count("draws", draws, least=1)
        rng = np.random.default_rng(seed)
        which = rng.choice(self.weights.size, size=draws, p=self.weights.ravel())
        g, k = np.unravel_index(which, self.weights.shape)
        known = _remembered(_answers(self.series), self.discounts)
        prior = (self.concentrations[k][:, None] * self.usual).astype(np.float32)
        delta = self.discounts[g].astype(np.float32)[:, None]
        scores = np.empty((known.shape[1], draws, horizon), dtype=np.float32)
        step = max(1, _CELLS_AT_ONCE // draws)
        for first in range(0, len(scores), step):
            here = known[g, first : first + step].astype(np.float32).swapaxes(0, 1)
            scores[first : first + step] = _paths(rng, here, prior, delta, horizon)
        if self.series.bridged.any():
            scores += self._bridge(g, k, horizon, rng)
        return Predictive.of(scores, self.series)

    def _bridge(
        self, g: NDArray[np.int64], k: NDArray[np.int64], horizon: int, rng: np.random.Generator
    ) -> Draws:
        """Return what a bridge may have got wrong, points, (S, D, H).

        One error for all series, as far as what is remembered was led over by the bridge.
        """
        table, series = _answers(self.series), self.series
        fading = (self.discounts[g][:, None] ** np.arange(horizon)).astype(np.float32)
        kappa = self.concentrations[k][:, None]
        led, known = (
            _remembered(part, self.discounts).sum(axis=-1).T[:, g, None]
            for part in (table * series.bridged[:, None], table)
        )
        answers = table.sum(axis=(0, 2))
        usual = answers[series.bridged].sum() / max(answers.sum(), 1.0)
        share = (led * fading + kappa * usual) / (known * fading + kappa)
        error = series.shift_sd[:, None] * rng.standard_normal(len(g))
        return np.asarray(error[:, :, None] * share, dtype=np.float32)


def evidence(table: Grid, usual: Grid, deltas: Grid, kappas: Grid) -> Grid:
    """Return log P(answers | δ, κ) but for the multinomial coefficients, (G, K).

    Parameters
    ----------
    table
        (S, T, 3) answers, not necessarily whole.
    usual
        (3,) mean of the prior.
    deltas, kappas
        (G,) and (K,).
    """
    flat = table.reshape(-1, 3)
    asked = flat.sum(axis=1) > 0  # a period without answers has probability 1
    answers = flat[asked]
    result = np.zeros((len(deltas), len(kappas)))
    for g, delta in enumerate(deltas):
        known = np.zeros(table.shape)
        for t in range(1, table.shape[1]):
            known[:, t] = delta * (known[:, t - 1] + table[:, t - 1])
        before = known.reshape(-1, 3)[asked]
        for k, kappa in enumerate(kappas):
            alpha = before + kappa * usual
            own = special.gammaln(alpha + answers) - special.gammaln(alpha)
            total, new = alpha.sum(axis=1), answers.sum(axis=1)
            all_three = special.gammaln(total) - special.gammaln(total + new)
            result[g, k] = own.sum() + all_three.sum()
    return result


def _remembered(table: Grid, deltas: Grid) -> Grid:
    """Return what is left of all answers one period after the last, (G, S, 3)."""
    ages = np.arange(table.shape[1], 0, -1)
    return np.asarray(np.einsum("gt,stk->gsk", deltas[:, None] ** ages, table))


def _paths(
    rng: np.random.Generator, known: Draws, prior: Draws, delta: Draws, horizon: int
) -> Draws:
    """Return scores in points, (s, D, H), whose shares are Dirichlet(prior + δ^(h−1) known).

    A gamma variable of shape α keeps a beta(δα, (1 − δ)α) share of itself, gamma of shape δα, and
    gets an independent gamma of shape (1 − δ)κm: successive periods hang together as they should,
    and each has its exact law.
    """
    alpha = known + prior
    mass = rng.standard_gamma(alpha, dtype=np.float32)
    scores = np.empty((*alpha.shape[:2], horizon), dtype=np.float32)
    for ahead in range(horizon):
        if ahead:
            stays = rng.standard_gamma(delta * alpha, dtype=np.float32)
            goes = rng.standard_gamma((1 - delta) * alpha, dtype=np.float32)
            both = stays + goes
            kept = np.divide(stays, both, out=np.zeros_like(both), where=both > 0)
            fresh = np.broadcast_to((1 - delta) * prior, alpha.shape)
            mass = mass * kept + rng.standard_gamma(fresh, dtype=np.float32)
            alpha = delta * alpha + (1 - delta) * prior
        scores[..., ahead] = 100 * (mass[..., 2] - mass[..., 0]) / mass.sum(axis=-1)
    return scores


def _answers(series: Series) -> Grid:
    if series.categories is None:
        raise InputError(
            f"`series` must be of counted answers for the model {DiscountedDirichlet.name!r}, got "
            f"a measure in {series.unit}: it has no shares. Choose the model 'local level'."
        )
    return series.categories
