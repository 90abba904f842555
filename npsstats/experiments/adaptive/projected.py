"""A difference of two shares within batches, exactly, while both shares drift together.

For a batch with n₁ and n₀ units, and shares q₁, q₀ settled before it, let θ be the pair nearest to
q (by n₁ KL(q₁, θ₁) + n₀ KL(q₀, θ₀)) among all pairs whose difference is δ. The ratio of the
batch's probability under q to that under θ has a mean of at most 1 whenever the true pair differs
by δ, wherever it lies: along that line the logarithm of the mean is concave, 0 at θ, and flat there
because θ is nearest. Products over batches are then e-values against δ, whatever the shares do from
batch to batch and whatever rule dealt out the units, and so are mixtures over q: here, over normal
departures of the difference from δ, around a level of response that earlier batches and other arms
suggest. The differences with e-values under 1/α are the confidence sequence.

References
----------
Turner, R. J. & Grünwald, P. D. (2023). Exact anytime-valid confidence intervals for contingency
tables and beyond. Statistics & Probability Letters 198, 109835 (e-values against a difference).
Turner, R. J., Ly, A. & Grünwald, P. D. (2024). Generic E-variables for exact sequential k-sample
tests that allow for optional stopping. Journal of Statistical Planning and Inference 230, 106116.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.experiments.adaptive.exact import Band
from npsstats.experiments.binary.differences import _likeliest_control
from npsstats.experiments.binary.pairs import Pairs
from npsstats.experiments.sequential.mixture import tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["expected_level", "log_e_values", "projected_band"]

_NODES = np.linspace(-4.5, 4.5, 61)
_LOG_WEIGHTS = -(_NODES**2) / 2 - special.logsumexp(-(_NODES**2) / 2)
_GRID = 401  # differences that are tried
_EDGE = 1e-6  # shares: how near to 0 and 1 a departure may lead
_BEFORE = (0.2, 1.0)  # answers and invitations that stand in while nothing is known


def expected_level(answered: Floats, invited: Floats, pair: tuple[int, int]) -> Floats:
    """Return the share expected of two arms in each batch, not from their own answers in it.

    Parameters
    ----------
    answered, invited
        Shape (…, batches, arms).
    pair
        Places of the two arms.

    Returns
    -------
    Shape (…, batches): all earlier answers of the pair, and those of other arms up to this batch.
    """
    own = np.isin(np.arange(answered.shape[-1]), pair)
    sums = []
    for counts, start in zip((answered, invited), _BEFORE, strict=True):
        pairs = counts[..., own].sum(axis=-1)
        earlier = pairs.cumsum(axis=-1) - pairs
        sums.append(start + earlier + counts[..., ~own].sum(axis=-1).cumsum(axis=-1))
    return np.asarray(sums[0] / sums[1])


def log_e_values(
    delta: Floats | float,
    events: tuple[Floats, Floats],
    units: tuple[Floats, Floats],
    level: Floats,
    *,
    planned: float,
    alpha: float,
) -> Floats:
    """Return the log e-value against a difference after each batch, shape (…, batches).

    Parameters
    ----------
    delta
        The difference, treated − control, of a shape that broadcasts against (…).
    events, units
        Treated, control; each of shape (…, batches), the new ones alone.
    level
        What `expected_level` says.
    planned
        n₀ n₁ / (n₀ + n₁), added up to the planned end, where limits are to be narrowest.
    alpha
        At which they are to be so.
    """
    (x1, x0), (n1, n0) = ([part[..., None] for part in both] for both in (events, units))
    against = np.asarray(delta, dtype=float)[..., None, None]
    middle = level[..., None]
    spread = level[..., :1] * (1 - level[..., :1])
    scale = np.sqrt(tuning(alpha) * spread / planned)[..., None]
    apart = np.clip(against + scale * _NODES, -1 + 4 * _EDGE, 1 - 4 * _EDGE)
    both = np.maximum(n1 + n0, 1.0)
    low = np.maximum(0.0, -apart) + _EDGE
    high = np.minimum(1.0, 1 - apart) - _EDGE
    q0 = np.clip(middle - apart * n1 / both, low, high)
    q1 = q0 + apart
    met = (n1 > 0) & (n0 > 0)
    m1, m0 = np.where(met, n1, 1.0), np.where(met, n0, 1.0)
    near0 = _likeliest_control(against, Pairs(m1 * q1, m1, m0 * q0, m0))
    near1 = np.clip(near0 + against, 0.0, 1.0)
    ratio = _log_ratio(x1, n1, q1, near1) + _log_ratio(x0, n0, q0, near0)
    path = np.where(met, ratio, 0.0).cumsum(axis=-2)
    return np.asarray(special.logsumexp(path + _LOG_WEIGHTS, axis=-1))


def projected_band(
    events: tuple[Floats, Floats],
    units: tuple[Floats, Floats],
    level: Floats,
    *,
    planned: float,
    alpha: float,
) -> Band:
    """Return limits of the difference after each batch, (batches,); parameters as above.

    Examples
    --------
    >>> units = np.array([400.0, 500.0]), np.array([400.0, 300.0])
    >>> events = np.array([60.0, 80.0]), np.array([30.0, 20.0])
    >>> band = projected_band(events, units, np.array([0.1, 0.1]), planned=400, alpha=0.05)
    >>> band.lower.round(3), band.upper.round(3)
    (array([0.007, 0.036]), array([0.145, 0.132]))
    """
    met = np.minimum(*units) > 0
    h = np.where(met, units[0] * units[1] / np.maximum(units[0] + units[1], 1), 0.0)
    if not met.any():
        return Band(np.full(len(h), -1.0), np.full(len(h), 1.0))
    shares = [x / np.maximum(n, 1) for x, n in zip(events, units, strict=True)]
    at = float(h @ (shares[0] - shares[1]) / h.sum())
    fine = np.sqrt(0.25 / h.sum())
    span = np.arcsinh((2 + abs(at)) / fine)
    grid = at + fine * np.sinh(np.linspace(-span, span, _GRID))
    grid = grid[(grid > -1 + _EDGE) & (grid < 1 - _EDGE)]
    log_e = log_e_values(
        grid,
        (events[0][None], events[1][None]),
        (units[0][None], units[1][None]),
        level[None],
        planned=planned,
        alpha=alpha,
    )
    ends = [_outer(grid, path + np.log(alpha)) for path in log_e.T]
    return Band(*np.array(ends).T)


def _outer(grid: Floats, excess: Floats) -> tuple[float, float]:
    """Return the least and greatest difference with an excess below 0; NaN if there is none."""
    inside = np.flatnonzero(excess < 0)
    if not len(inside):
        return np.nan, np.nan
    first, last = int(inside[0]), int(inside[-1])
    lower, upper = -1.0, 1.0
    if first > 0:
        lower = _between(grid, excess, first - 1)
    if last < len(grid) - 1:
        upper = _between(grid, excess, last)
    return lower, upper


def _between(grid: Floats, excess: Floats, place: int) -> float:
    """Return where the excess is 0 between a place and the next."""
    one, two = excess[place], excess[place + 1]
    if not np.isfinite(one) or not np.isfinite(two):  # a difference that the answers rule out flat
        return float(grid[place] if one > two else grid[place + 1])
    return float(grid[place] + (grid[place + 1] - grid[place]) * one / (one - two))


def _log_ratio(x: Floats, n: Floats, q: Floats, near: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        above = special.xlogy(x, q) - special.xlogy(x, near)
        below = special.xlog1py(n - x, -q) - special.xlog1py(n - x, -near)
    return np.asarray(above + below)
