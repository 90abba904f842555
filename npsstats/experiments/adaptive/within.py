"""Two arms compared within batches, so that what moves everybody between batches drops out.

Each batch has its own difference of means. How many units each arm gets is settled before the
batch's outcomes, by shares that rest on earlier batches: the difference is unbiased whatever they
were (weights of one over the share actually dealt out are these means), and so is the average of
batches with weights that rest on the sizes alone. Over batches its error is a martingale whose
variance is estimated batch by batch; the normal mixture bounds it at every batch at once. No arm's
rate need be constant. Where the difference itself moves, its average with these weights is meant.

References
----------
Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. & Ramdas, A. (2024). Time-uniform central
limit theory and asymptotic confidence sequences. Annals of Statistics 52(6), 2613–2640 (martingale
differences with a variance of their own: theorem 2.5).
Bibaut, A., Dimakopoulou, M., Kallus, N., Chambaz, A. & van der Laan, M. (2021). Post-contextual-
bandit inference. NeurIPS 34 (weights that steady adaptively collected means).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.sequential.mixture import radius, tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEAST", "Moments", "Path", "within_batches"]

LEAST = 10
"""Fewest events, and fewest others, in either arm before the normal law is trusted."""


class Moments(NamedTuple):
    """One arm's outcomes in each batch: how many, their mean, their variance (÷ n − 1); (…, T)."""

    n: Floats
    mean: Floats
    variance: Floats


class Path(NamedTuple):
    """The difference after each batch, in the unit of the means; all (…, T)."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def within_batches(
    treated: Moments, control: Moments, *, planned: float, alpha: float, begun: NDArray[np.bool_]
) -> Path:
    """Return treated − control after each batch, with limits that hold at all of them together.

    Parameters
    ----------
    treated, control
        Batches run along the last axis; other axes are other experiments. Batches with fewer than
        two units in either arm are passed over: that is known before their outcomes.
    planned
        n₀ n₁ / (n₀ + n₁), added up to the planned end, where the limits are to be narrowest.
    alpha
        Of all batches together.
    begun
        Where the normal law is to be trusted, (…, T); before, the limits are infinite.

    Notes
    -----
    With weights h = n₀ n₁ / (n₀ + n₁), the estimate is Σ h d / Σ h and its variance
    Σ h² v / (Σ h)². The mixture's g grows with Σ h² v, in units of what the first batch used leads
    one to expect of it at the planned end.

    Examples
    --------
    >>> one = Moments(np.full(3, 100.0), np.array([0.3, 0.4, 0.5]), np.full(3, 0.24))
    >>> two = Moments(np.full(3, 100.0), np.array([0.2, 0.3, 0.4]), np.full(3, 0.24))
    >>> path = within_batches(one, two, planned=150, alpha=0.05, begun=np.ones(3, bool))
    >>> path.estimate.round(3), path.std_error.round(3)
    (array([0.1, 0.1, 0.1]), array([0.069, 0.049, 0.04 ]))
    """
    used = np.minimum(treated.n, control.n) >= 2
    n1, n0 = np.where(used, treated.n, 2.0), np.where(used, control.n, 2.0)
    h = np.where(used, n1 * n0 / (n1 + n0), 0.0)
    gap = np.where(used, treated.mean - control.mean, 0.0)
    noise = np.where(used, treated.variance / n1 + control.variance / n0, 0.0)
    weight, spent = h.cumsum(axis=-1), (h**2 * noise).cumsum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (h * gap).cumsum(axis=-1) / weight
        error = np.sqrt(spent) / weight
        g = tuning(alpha) * spent / (planned * _first(treated, control, used))
        wide = radius(g, alpha) * error
    ready = begun & (spent > 0)
    wide = np.where(ready, wide, np.inf)
    return Path(
        estimate, error, *(np.where(ready, estimate + s * wide, s * np.inf) for s in _SIDES)
    )


_SIDES = (-1.0, 1.0)


def _first(one: Moments, two: Moments, used: NDArray[np.bool_]) -> Floats:
    """Return the variance of a unit in the first batch used, both arms together, (…, 1)."""
    place = used.argmax(axis=-1)[..., None]
    n1, n0, m1, m0, v1, v0 = (
        np.take_along_axis(part, place, -1)
        for part in (one.n, two.n, one.mean, two.mean, one.variance, two.variance)
    )
    n = n1 + n0
    inner = ((n1 - 1) * v1 + (n0 - 1) * v0) / n
    apart = n1 * n0 / n**2 * (m1 - m0) ** 2
    # half a unit at either side of the mean, so that a batch in which all agree has a spread
    return np.asarray((n * (inner + apart) + 0.25) / (n + 1))
