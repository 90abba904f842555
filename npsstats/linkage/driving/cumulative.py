"""Cumulative logit on grouped patterns of covariates, by Newton's method.

    P(category ≤ k | x) = expit(θ_k − x'β)

The log-likelihood is concave (Pratt 1981), so Newton's steps, halved where the cutpoints would
cross, find its one maximum. Cost grows with the different patterns, not with the answers. Columns
are brought to one scale first, so that minutes and hours take the same steps.

References
----------
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42(2), 109–142.
Pratt, J. W. (1981). Concavity of the log likelihood. JASA 76(373), 103–106.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CumulativeFit", "far_values", "fit_cumulative", "log_chances", "scores_of"]

_STEPS = 100
_FAR = 8.0  # times the distance of the first and the last tenth
_LOST = 1e-7  # share of its information that a direction keeps where its effect runs off


class CumulativeFit(NamedTuple):
    """A fit: `cuts` (K−1,), `slopes` (p,), `information` (q, q) observed, `log_likelihood`.

    The q = K − 1 + p parameters are the cutpoints, then the slopes.
    """

    cuts: Floats
    slopes: Floats
    information: Floats
    log_likelihood: float

    @property
    def parameters(self) -> Floats:
        """Cutpoints and slopes, (q,)."""
        return np.concatenate([self.cuts, self.slopes])


def fit_cumulative(
    x: Floats,
    counts: Floats,
    start: Floats | None = None,
    names: Sequence[str] | None = None,
    *,
    finite: bool = True,
) -> CumulativeFit:
    """Fit by maximum likelihood.

    Parameters
    ----------
    x
        (U, p) covariates of each pattern; no constant, p may be 0.
    counts
        (U, K) answers of each pattern by category, K ≥ 2; each category has some.
    start
        Parameters to start from; None starts without effects.
    names
        Of the columns, for errors.
    finite
        Whether a maximum at infinity is refused; of a fit that only foretells others' answers, it
        need not be: what it foretells too surely costs it dearly.

    Raises
    ------
    InputError
        If the maximum lies at infinity: some covariate separates the categories, so that no
        information is left, or the steps do not end.
    """
    total = counts.sum(axis=0)
    size = counts.sum()
    least = len(total) - 1
    weight = counts.sum(axis=1)
    middle = weight @ x / size
    spread = np.sqrt(weight @ (x - middle) ** 2 / size)
    moves = spread > 1e-12 * np.sqrt(weight @ x**2 / size)  # the others say nothing here
    z = (x[:, moves] - middle[moves]) / spread[moves]
    p = np.concatenate([special.logit(np.cumsum(total)[:-1] / size), np.zeros(moves.sum())])
    _, without = _derivatives(p, z, counts)
    if start is not None:
        slopes = start[least:][moves]
        p = np.concatenate([start[:least] - slopes @ middle[moves], slopes * spread[moves]])
    p, value, settled = _climbed(p, z, counts)
    _, information = _derivatives(p, z, counts)
    kept = _kept(information, without, least)
    if finite and (not settled or kept < _LOST):
        raise InputError(
            "Some drivers separate the categories of the score completely: their effects run to "
            f"infinity{_farthest(x, weight, names)}. Leave out the driver that repeats the score, "
            "or merge its rare answers."
        )
    slopes = np.zeros(x.shape[1])
    slopes[moves] = p[least:] / spread[moves]
    p = np.concatenate([p[:least] + slopes @ middle, slopes])
    return CumulativeFit(p[:least], slopes, _derivatives(p, x, counts)[1], value)


def _climbed(p: Floats, x: Floats, counts: Floats) -> tuple[Floats, float, bool]:
    """Return the parameters at the top, the log-likelihood, and whether it is the top."""
    least, size = counts.shape[1] - 1, counts.sum()
    value = _value(p, x, counts)
    for _ in range(_STEPS):
        slope, information = _derivatives(p, x, counts)
        step = np.linalg.lstsq(information, slope, rcond=1e-12)[0]
        gain = float(slope @ step)
        length = 1.0
        while length > 1e-8:
            tried = p + length * step
            new = _value(tried, x, counts) if (np.diff(tried[:least]) > 0).all() else -np.inf
            if new >= value - 1e-12 * abs(value):
                break
            length /= 2
        else:
            return p, value, bool(gain < 1e-9 * size)
        p, value = tried, new
        if gain < 1e-13 * size:
            return p, value, True
    return p, value, False


def _kept(information: Floats, without: Floats, least: int) -> float:
    """Return the least share, over directions of slopes, of the information without effects."""
    if len(information) == least:
        return 1.0
    now, before = (
        h[least:, least:]
        - h[least:, :least] @ np.linalg.solve(h[:least, :least], h[:least, least:])
        for h in (information, without)
    )
    size, ways = np.linalg.eigh((before + before.T) / 2)
    ways = ways[:, size > 1e-12 * size.max()] / np.sqrt(size[size > 1e-12 * size.max()])
    return float(np.linalg.eigvalsh(ways.T @ now @ ways)[0])


def _farthest(x: Floats, weight: Floats, names: Sequence[str] | None) -> str:
    """Name the column with a value far from all others, where there is one."""
    for name, far in far_values(x, weight, names or ()):
        return f" ({name} has {far:g}, far from its other values: is it a mistake?)"
    return ""


def far_values(x: Floats, weight: Floats, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return columns with a value farther from the middle than eight times most of them spread.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0], [99.0]])
    >>> far_values(x, np.array([10.0, 10.0, 10.0, 1.0]), ["welcome"])
    [('welcome', 99.0)]
    """
    found = []
    for name, column in zip(names, x.T, strict=False):
        order = np.argsort(column, kind="stable")
        share = np.cumsum(weight[order]) / weight.sum()
        low, middle, high = column[order][np.searchsorted(share, (0.1, 0.5, 0.9))]
        far = column[int(np.argmax(np.abs(column - middle)))]
        if high > low and abs(far - middle) > _FAR * (high - low):
            found.append((name, float(far)))
    return found


def log_chances(cuts: Floats, eta: Floats) -> Floats:
    """Return log-probabilities of the categories, (U, K), from x'β (U,)."""
    upper = np.concatenate([cuts, [np.inf]]) - eta[:, None]
    lower = np.concatenate([[-np.inf], cuts]) - eta[:, None]
    with np.errstate(divide="ignore"):
        gap = np.log1p(-np.exp(np.minimum(lower - upper, 0.0)))
    return np.asarray(special.log_expit(upper) + special.log_expit(-lower) + gap)


def scores_of(fit: CumulativeFit, x: Floats) -> Floats:
    """Return the derivatives of each cell's log-probability, (U, K, q)."""
    least = len(fit.cuts)
    up, low, density, log_p = _parts(fit.cuts, x @ fit.slopes)
    chance = np.exp(np.maximum(log_p, -300))
    out = np.zeros((*log_p.shape, least + x.shape[1]))
    for k in range(least):
        out[:, k, k] = density[:, k] / chance[:, k]
        out[:, k + 1, k] = -density[:, k] / chance[:, k + 1]
    out[:, :, least:] = (up + low - 1)[:, :, None] * x[:, None, :]
    return out


def _parts(cuts: Floats, eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return F at the upper and the lower cut (U, K), f at the cuts (U, K−1), log-chances."""
    inside = special.expit(cuts - eta[:, None])
    ends = np.ones((len(eta), 1))
    up = np.hstack([inside, ends])
    low = np.hstack([0 * ends, inside])
    density = inside * special.expit(eta[:, None] - cuts)  # 1 − F, not rounded to 0 far out
    return up, low, density, log_chances(cuts, eta)


def _value(p: Floats, x: Floats, counts: Floats) -> float:
    least = counts.shape[1] - 1
    log_p = log_chances(p[:least], x @ p[least:])
    return float(np.sum(counts * np.maximum(log_p, -1e6)))


def _derivatives(p: Floats, x: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the gradient and minus the Hessian of the log-likelihood."""
    least = counts.shape[1] - 1
    eta = x @ p[least:]
    up, low, density, log_p = _parts(p[:least], eta)
    inverse = np.exp(-np.maximum(log_p, -300))
    above = counts[:, :-1] * inverse[:, :-1] * density  # the category that ends at the cut
    beyond = counts[:, 1:] * inverse[:, 1:] * density  # the one that begins there
    pull = np.einsum("uk,uk->u", counts, up + low - 1)
    gradient = np.concatenate([(above - beyond).sum(axis=0), x.T @ pull])
    # with F and f at a cut: f' = f (1 − 2F)
    bend = 1 - 2 * up[:, :-1]
    diagonal = (
        (above * (density * inverse[:, :-1] - bend)) + (beyond * (density * inverse[:, 1:] + bend))
    ).sum(axis=0)
    h = np.zeros((len(p), len(p)))
    h[np.arange(least), np.arange(least)] = diagonal
    inner = counts[:, 1:-1] * inverse[:, 1:-1] ** 2 * density[:, :-1] * density[:, 1:]
    place = np.arange(least - 1)
    h[place, place + 1] = h[place + 1, place] = -inner.sum(axis=0)
    spread = np.hstack([density, 0 * eta[:, None]]) + np.hstack([0 * eta[:, None], density])
    weight = np.einsum("uk,uk->u", counts, spread)
    h[least:, least:] = x.T @ (weight[:, None] * x)
    cross = -(density * (counts[:, :-1] + counts[:, 1:])).T @ x
    h[:least, least:] = cross
    h[least:, :least] = cross.T
    return gradient, h
