"""Two independent Beta posteriors: their difference and ratio by quadrature, without draws.

P(p₁ − p₀ > s) and P(p₁/p₀ > r) are expectations over the better known of the two of a tail of
the other, on the nodes that `Apart` lays. Shares in [0, 1]; every array is (pairs,).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, override

import numpy as np
from scipy import special
from scipy.optimize.elementwise import bracket_root, find_root

from npsstats.checks import InputError
from npsstats.estimation.comparison.apart import Apart
from npsstats.estimation.neighbours.shares import JEFFREYS
from npsstats.experiments.binary.differences import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.binary.pairs import Pairs

    Floats = NDArray[np.float64]

__all__ = ["PRIOR", "BetaLaw", "BetaPair"]

PRIOR = (JEFFREYS, JEFFREYS)
"""Jeffreys' prior, for both arms: an event and a non-event's half each."""

_LEAST_PRIOR = 0.1  # below, the density's pole at 0 is too sharp for the nodes
_SPANS = 40.0  # standard deviations from the mean within which a limit is looked for
_NEAR = 0.1  # standard deviations, about a normal quantile, where the search begins
_CLOSE = 1e-8  # standard deviations
_LOG_END = 700.0  # where exp still has its digits


@dataclass(frozen=True)
class BetaLaw:
    """Beta laws, two positive numbers a cell; what `Apart` asks of a law."""

    a: Floats
    b: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Return means and standard deviations."""
        total = self.a + self.b
        return self.a / total, np.sqrt(self.a * self.b / (total + 1)) / total

    def sf(self, t: Floats) -> Floats:
        """Return the probability of more than t."""
        return np.asarray(special.betaincc(self.a, self.b, np.clip(t, 0.0, 1.0)))

    def pdf(self, t: Floats) -> Floats:
        """Return the density at 0 < t < 1."""
        log = special.xlogy(self.a - 1, t) + special.xlog1py(self.b - 1, -t)
        return np.asarray(np.exp(log - special.betaln(self.a, self.b)))

    def ppf(self, q: float) -> Floats:
        """Return the q-quantiles."""
        return np.asarray(special.betaincinv(self.a, self.b, q))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the laws of some cells."""
        return replace(self, a=self.a[rows], b=self.b[rows])

    def excess(self, t: Floats) -> Floats:
        """Return E[max(0, p − t)]."""
        mean = self.a / (self.a + self.b)
        more = special.betaincc(self.a + 1, self.b, np.clip(t, 0.0, 1.0))
        return np.asarray(mean * more - t * self.sf(t))


@dataclass(frozen=True)
class _LogBeta(BetaLaw):
    """A Beta law whose spread is that of its logarithm: which of two is known better in a ratio."""

    @override
    def moments(self) -> tuple[Floats, Floats]:
        total = self.a + self.b
        variance = special.polygamma(1, self.a) - special.polygamma(1, total)
        mean = special.digamma(self.a) - special.digamma(total)
        return np.asarray(mean), np.sqrt(np.maximum(variance, 0.0))


@dataclass(frozen=True)
class BetaPair:
    """Posterior shares of treatment and control, independent of each other.

    Examples
    --------
    >>> import numpy as np
    >>> pair = BetaPair.of_counts(np.array([354.0]), np.array([1000.0]),
    ...                           np.array([300.0]), np.array([1000.0]))
    >>> pair.greater().round(5)
    array([0.99499])
    """

    treatment: BetaLaw
    control: BetaLaw

    @classmethod
    def of_counts(
        cls,
        events_treatment: Floats,
        n_treatment: Floats,
        events_control: Floats,
        n_control: Floats,
        prior: Sequence[float] = PRIOR,
    ) -> BetaPair:
        """Return the posteriors of events among units under one Beta prior for both arms.

        Raises
        ------
        InputError
            If the prior is not two numbers of at least 0.1.
        """
        added = np.asarray(prior, dtype=float)
        if added.shape != (2,) or not (np.isfinite(added) & (added >= _LEAST_PRIOR)).all():
            raise InputError(
                f"`prior` must be two numbers of at least {_LEAST_PRIOR:g} (events, others), got "
                f"{prior!r}. Jeffreys' is prior=(0.5, 0.5), the uniform one prior=(1, 1)."
            )
        yes, no = added
        return cls(
            BetaLaw(events_treatment + yes, n_treatment - events_treatment + no),
            BetaLaw(events_control + yes, n_control - events_control + no),
        )

    @classmethod
    def of(cls, pairs: Pairs, prior: Sequence[float] = PRIOR) -> BetaPair:
        """Return the posteriors of pairs."""
        return cls.of_counts(*pairs, prior=prior)

    @cached_property
    def apart(self) -> Apart:
        """The law of treatment − control, with the nodes of the better known."""
        return Apart.of(self.treatment, self.control)

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the difference, in closed form."""
        (p, sd_p), (q, sd_q) = self.treatment.moments(), self.control.moments()
        return p - q, np.hypot(sd_p, sd_q)

    def log_ratio_moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the logarithm of the ratio, in closed form."""
        (p, sd_p), (q, sd_q) = self._parted.a.moments(), self._parted.b.moments()
        return p - q, np.hypot(sd_p, sd_q)

    def greater(self, shift: float | Floats = 0.0) -> Floats:
        """Return P(treatment − control > shift)."""
        return self.apart.greater(shift)

    def ratio_above(self, ratio: float | Floats, rows: NDArray[np.intp] | None = None) -> Floats:
        """Return P(treatment/control > ratio) for the pairs at `rows`, by default for all."""
        parted = self._parted
        rows = np.arange(len(parted.swap)) if rows is None else rows
        size = np.broadcast_to(np.asarray(ratio, dtype=float), rows.shape)[:, None]
        nodes = parted.nodes[rows]
        on_treatment = 1 - _wide(self.control.take(rows)).sf(nodes / size)
        on_control = _wide(self.treatment.take(rows)).sf(nodes * size)
        return _mean(parted, rows, on_treatment, on_control).clip(0.0, 1.0)

    def excess(self, shift: float | Floats = 0.0, rows: NDArray[np.intp] | None = None) -> Floats:
        """Return E[max(0, treatment − control − shift)] for the pairs at `rows`, in shares."""
        apart = self.apart
        rows = np.arange(len(apart.swap)) if rows is None else rows
        move = np.broadcast_to(np.asarray(shift, dtype=float), rows.shape)[:, None]
        nodes = apart.nodes[rows]
        below = nodes - move  # E[max(0, below − control)]
        law = _wide(self.control.take(rows))
        on_treatment = below - law.a / (law.a + law.b) + law.excess(below)
        on_control = _wide(self.treatment.take(rows)).excess(nodes + move)
        return np.maximum(_mean(apart, rows, on_treatment, on_control), 0.0)

    def difference_quantile(self, q: float) -> Floats:
        """Return the q-quantile of treatment − control."""
        mean, sd = self.moments()
        low, high = np.maximum(-_SPANS, (-1 - mean) / sd), np.minimum(_SPANS, (1 - mean) / sd)

        def above(u: Floats, row: NDArray[np.intp]) -> Floats:
            return self.apart.greater(mean[row] + sd[row] * u, row)

        return mean + sd * _quantile(above, low, high, q)

    def ratio_quantile(self, q: float) -> Floats:
        """Return the q-quantile of treatment/control."""
        mean, sd = self.log_ratio_moments()
        low = np.maximum(-_SPANS, (-_LOG_END - mean) / sd)
        high = np.minimum(_SPANS, (_LOG_END - mean) / sd)

        def above(u: Floats, row: NDArray[np.intp]) -> Floats:
            return self.ratio_above(np.exp(mean[row] + sd[row] * u), row)

        return np.exp(mean + sd * _quantile(above, low, high, q))

    def difference_limits(self, level: float) -> Limits:
        """Return the equal-tailed credible limits of treatment − control."""
        ends = (1 - level) / 2, (1 + level) / 2
        return Limits(*(self.difference_quantile(q) for q in ends))

    def ratio_limits(self, level: float) -> Limits:
        """Return the equal-tailed credible limits of treatment/control."""
        ends = (1 - level) / 2, (1 + level) / 2
        return Limits(*(self.ratio_quantile(q) for q in ends))

    def swapped(self) -> BetaPair:
        """Return the pair with the arms exchanged."""
        return BetaPair(self.control, self.treatment)

    @cached_property
    def _parted(self) -> Apart:
        """The two laws with the nodes of the one whose logarithm is known better."""
        one, two = self.treatment, self.control
        return Apart.of(_LogBeta(one.a, one.b), _LogBeta(two.a, two.b))


def _wide(law: BetaLaw) -> BetaLaw:
    return BetaLaw(law.a[:, None], law.b[:, None])


def _mean(apart: Apart, rows: NDArray[np.intp], on_treatment: Floats, on_control: Floats) -> Floats:
    """Return the expectation over the nodes, which are of the better known of the two."""
    values = np.where(apart.swap[rows, None], on_treatment, on_control)
    return np.asarray((values * apart.weights[rows]).sum(axis=1))


def _quantile(
    above: Callable[[Floats, NDArray[np.intp]], Floats], low: Floats, high: Floats, q: float
) -> Floats:
    """Return where 1 − above is q, in standard deviations from the mean.

    `above` is asked for some rows at a time. Where all mass lies beyond an end, that end.
    """

    def excess(u: Floats, row: NDArray[np.intp]) -> Floats:
        return 1 - q - above(u, row)

    rows = np.arange(len(low))
    start = np.clip(special.ndtri(q), low + _NEAR, high - _NEAR)
    near = bracket_root(
        excess, start - _NEAR, start + _NEAR, xmin=low, xmax=high, factor=4, args=(rows,)
    )
    close: Any = {"xatol": _CLOSE, "fatol": _CLOSE / 100}
    found = find_root(excess, near.bracket, args=(rows,), tolerances=close)
    return np.where(found.success, found.x, low if q < 0.5 else high)
