"""P(NPS > t) under one Dirichlet a row, by a contour integral that checks itself.

With shares (detractor, passive, promoter) ~ Dirichlet(a_d, a_s, a_p), written as independent
Gamma(a) variables over their sum, the event NPS > t is the event that a linear combination is
positive::

    L = (1 − t)·G_p − (1 + t)·G_d − t·G_s > 0
    K(ζ) = log E exp(ζL) = −a_p log(1 − (1−t)ζ) − a_d log(1 + (1+t)ζ) − a_s log(1 + tζ)
    P(NPS > t) = 1/π ∫₀^∞ Re[ exp K(c + iω) / (c + iω) ] dω        for 0 < c < 1/(1 − t)

The integrand is analytic, so the trapezoid rule on a contour near the saddle point converges
exponentially: some seventeen nodes give eight digits for most counts. Every row is summed again
over every other node; where the two sums differ, or the integrand has not died out, the row goes
to a finer contour and, failing that too, to the real line: 1 − passive share is Beta, the promoter
share among the rest an independent Beta, so that P(NPS > t) is an integral of positive terms over
the log-odds of the first. That is slow but sure, and needed only next to counts near zero.

References
----------
Rice, S. O. (1980). Distribution of quadratic forms in normal random variables: evaluation by
numerical integration. SIAM J. Sci. Stat. Comput. 1(4), 438–448 (saddle-point contour).
Trefethen & Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["upper_tail"]

_SHY = 0.9  # how near the branch point at 1/(1 − t) the contour may cross, as a share of the way
_BEND = 1.5  # steeper bends gain nothing
_AWAY = 4.0  # the contour crosses the axis at the saddle of exp(K)/ζ⁴: far enough from the pole
_NEGLIGIBLE = 1e-9  # of the integrand, where the contour ends
_SMALL = 1e-6  # of the integrand, where it turns faster than the nodes can follow …
_LONGEST_TURN = 1.5  # … in radians from node to node


class _Rule(NamedTuple):
    """A trapezoid rule in v, where ω = σ·sinh v, and how far half its nodes may be off."""

    reach: float
    spacing: float
    tolerance: float


# halving the spacing squares the error: each rule errs by less than 1e-6 where it is relied on
_RULES = (_Rule(3.2, 0.2, 5e-4), _Rule(4.5, 0.15, 1e-4), _Rule(7.0, 0.1, 1e-5))

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_RATIO = 3.0  # of neighbouring panels on the real line
_LAST = 700.0  # log-odds, where exp still has its digits
_LEAST_ODDS = 1e-12
_REAL_ROWS_AT_ONCE = 64


def upper_tail(a: Floats, t: Floats, *, density: bool = False) -> tuple[Floats, Floats]:
    """Return P(NPS > t) and, if asked, the density at t.

    Parameters
    ----------
    a
        (rows, 3) positive concentrations of detractors, passives, promoters.
    t
        (rows,) thresholds in (−1, 1), not below the row's mean.

    Returns
    -------
    tail, height
        (rows,) each; height is zero where no density is asked for.
    """
    tail = np.empty(len(t))
    height = np.zeros(len(t))
    rows = np.arange(len(t))
    slopes = np.stack([-(1 + t), -t, 1 - t], axis=1)  # of L in G_d, G_s, G_p
    path = _Path.through(a, slopes)
    for rule in _RULES:
        tail[rows], height[rows], sure = _along(
            path.take(rows), a[rows], slopes[rows], rule, density=density
        )
        rows = rows[~sure]
        if not len(rows):
            return tail, height
    for start in range(0, len(rows), _REAL_ROWS_AT_ONCE):
        few = rows[start : start + _REAL_ROWS_AT_ONCE]
        tail[few], height[few] = _on_the_real_line(a[few], t[few], density=density)
    return tail, height


@dataclass(frozen=True)
class _Path:
    """A hyperbola through the saddle point: ζ(v) = c + σ·(i·sinh v − β·(cosh v − 1)).

    β follows the path of steepest descent to second order. Without the bend, a cell with one
    large count and two near zero would leave an oscillation that no fixed step resolves.
    """

    crossing: Floats
    width: Floats
    bend: Floats

    @classmethod
    def through(cls, a: Floats, slopes: Floats) -> _Path:
        c = np.minimum(_crossing(a, slopes), _SHY / slopes[:, 2])
        ratio = slopes / (1 - slopes * c[:, None])
        second = (a * ratio**2).sum(axis=1) + 1 / c**2
        third = 2 * (a * ratio**3).sum(axis=1) - 2 / c**3
        return cls(c, 1 / np.sqrt(second), np.clip(-third / (3 * second**1.5), -_BEND, _BEND))

    def take(self, rows: NDArray[np.intp]) -> _Path:
        return _Path(self.crossing[rows], self.width[rows], self.bend[rows])

    def at(self, v: Floats) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return ζ and dζ/dv at every v, (rows, nodes)."""
        width, bend = self.width[:, None], self.bend[:, None]
        zeta = self.crossing[:, None] + width * (1j * np.sinh(v) - bend * (np.cosh(v) - 1))
        return zeta, width * (1j * np.cosh(v) - bend * np.sinh(v))


def _along(
    path: _Path, a: Floats, slopes: Floats, rule: _Rule, *, density: bool
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Integrate along the path; the last array says where the result can be relied on."""
    nodes = 2 * round(rule.reach / rule.spacing / 2) + 1
    v = np.linspace(0.0, (nodes - 1) * rule.spacing, nodes)
    step = np.full(len(v), rule.spacing / np.pi)
    step[0] /= 2
    height = np.zeros(len(a))
    with np.errstate(all="ignore"):  # what overflows is not relied on
        zeta, speed = path.at(v)
        modulus, angle = _polar(slopes, zeta)
        size = np.exp(-np.einsum("rc,rvc->rv", a, modulus))
        phase = -np.einsum("rc,rvc->rv", a, angle)
        factor = speed / zeta
        turn = phase + np.angle(factor)
        amplitude = size * np.abs(factor)
        wave = amplitude * np.sin(turn)
        tail = wave @ step
        off = np.abs(tail - 2 * wave[:, ::2] @ step[::2])
        # waves too short for the nodes: both sums may miss them alike
        short = np.abs(np.diff(turn, axis=1)) > _LONGEST_TURN
        missed = np.where(short, amplitude[:, 1:], 0.0).max(axis=1)
        sure = (off < rule.tolerance) & (missed < _SMALL) & (tail > -_SMALL) & (tail < 1)
        sure &= amplitude[:, -1] < _NEGLIGIBLE
        if density:
            # ∂K/∂t divided by ζ: Σ_c a_c / (1 − slope_c·ζ)
            first = np.einsum("rc,rvc->rv", a, np.exp(-modulus - 1j * angle))
            wave = (first * size * np.exp(1j * phase) * speed).imag
            height = wave @ step
            off = np.abs(height - 2 * wave[:, ::2] @ step[::2])
            sure &= off < rule.tolerance * np.maximum(height, 1.0)
    return tail, np.maximum(height, 0.0), sure


def _polar(slopes: Floats, zeta: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    """Return log-modulus and angle of 1 − slope·ζ, both (rows, nodes, 3)."""
    real = 1 - slopes[:, None, :] * zeta.real[:, :, None]
    imag = -slopes[:, None, :] * zeta.imag[:, :, None]
    return 0.5 * np.log(real**2 + imag**2), np.arctan2(imag, real)


def _crossing(a: Floats, slopes: Floats) -> Floats:
    """Return c > 0 with c·K'(c) = 4, where the contour crosses the real axis (safe Newton)."""
    first = (a * slopes).sum(axis=1)
    second = (a * slopes**2).sum(axis=1)
    end = 1 / slopes[:, 2]
    # the root of the quadratic expansion, in the form that does not cancel when first > 0
    root = np.sqrt(first**2 + 4 * _AWAY * second)
    c = np.where(first > 0, 2 * _AWAY / (first + root), (root - first) / (2 * second))
    c = np.minimum(c, 0.8 * end)
    low = np.zeros_like(c)
    high = end.copy()
    for _ in range(7):
        ratio = slopes / (1 - slopes * c[:, None])
        gradient = (a * ratio).sum(axis=1)
        curvature = (a * ratio**2).sum(axis=1)
        excess = c * gradient - _AWAY
        low = np.where(excess < 0, c, low)
        high = np.where(excess > 0, c, high)
        newton = c - excess / (gradient + c * curvature)
        c = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
    return c


def _on_the_real_line(a: Floats, t: Floats, *, density: bool) -> tuple[Floats, Floats]:
    """Integrate over q = 1 − passive share; NPS = q(2r − 1), r ~ Beta(a_p, a_d).

    With q = t + (1 − t)w for t ≥ 0, the integrand over x = log w/(1 − w) is smooth and positive.
    It can be steep in three places: at the mean of q, where r's threshold passes its mean, and at
    w = t. Panels grow geometrically away from them.
    """
    turned = t < 0
    d, s, p = np.where(turned[:, None], a[:, ::-1], a).T[:, :, None]
    t = np.abs(t)[:, None]
    rest = 1 - t
    share = d / (d + p)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.concatenate(
            [
                _log_odds(((d + p) / (d + s + p) - t) / rest),
                _log_odds(2 * share * t / np.maximum(rest - 2 * share * rest, _LEAST_ODDS)),
                np.log(np.maximum(t, _LEAST_ODDS)),
            ],
            axis=1,
        )
    finest = 0.4 / np.sqrt((d + s + p).max() + 1)
    steps = finest * _RATIO ** np.arange(np.ceil(np.log(_LAST / finest) / np.log(_RATIO)))
    steps = np.concatenate([-steps[::-1], [0.0], steps])
    edges = np.sort((places[:, :, None] + steps).reshape(len(a), -1), axis=1)
    edges = np.clip(edges, -_LAST, _LAST)
    edges[:, 0], edges[:, -1] = -_LAST, _LAST
    half = np.diff(edges, axis=1)[:, :, None] / 2
    x = (edges[:, :-1, None] + half * (1 + _NODES)).reshape(len(a), -1)
    weight = (half * _WEIGHTS).reshape(len(a), -1)
    w = special.expit(x)
    q = t + rest * w
    log_q = (d + p - 1) * np.log(q) - special.betaln(d + p, s)
    log_q += s * (np.log(rest) + special.log_expit(-x)) + special.log_expit(x)
    under = np.minimum(rest * w / (2 * q), 0.5)  # 1 − r at the threshold
    mass = np.exp(log_q) * weight
    tail = (mass * special.betainc(d, p, under)).sum(axis=1)
    # what lies beyond the last log-odds: q is 1 to the last bit, or 0
    beyond = special.betainc(s, d + p, rest * np.exp(-_LAST)) * special.betainc(d, p, rest / 2)
    low = special.betainc(d + p, s, np.exp(-_LAST)) * special.betainc(d, p, 0.5)
    beyond += np.where(t == 0, low, 0.0)
    tail = np.clip(tail + beyond[:, 0], 0.0, 1.0)
    height = np.zeros(len(a))
    if density:
        log_r = (d - 1) * np.log(under) + (p - 1) * np.log1p(-under) - special.betaln(d, p)
        height = (mass * np.exp(log_r) / (2 * q)).sum(axis=1)
    return np.where(turned, 1 - tail, tail), height


def _log_odds(share: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(share, _LEAST_ODDS, 1 - _LEAST_ODDS)))
