"""The distribution of promoters minus detractors under a mixture of Dirichlets, exactly.

With shares (detractor, passive, promoter) ~ Dirichlet(a_d, a_s, a_p), written as independent
Gamma(a) variables over their sum, the event NPS > t is the event that a linear combination is
positive::

    L = (1 − t)·G_p − (1 + t)·G_d − t·G_s > 0
    K(ζ) = log E exp(ζL) = −a_p log(1 − (1−t)ζ) − a_d log(1 + (1+t)ζ) − a_s log(1 + tζ)
    P(NPS > t) = 1/π ∫₀^∞ Re[ exp K(c + iω) / (c + iω) ] dω        for 0 < c < 1/(1 − t)

The integrand is analytic, so the trapezoid rule on a contour near the saddle point converges
exponentially: some fifteen nodes give eight digits, for counts of zero or of a million alike,
with no Monte Carlo.

Everything in this module is in shares (−1…1). Cells are rows; columns are detractor, passive,
promoter.

References
----------
Rice, S. O. (1980). Distribution of quadratic forms in normal random variables: evaluation by
numerical integration. SIAM J. Sci. Stat. Comput. 1(4), 438–448 (saddle-point contour).
Trefethen & Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56(3).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NetShare"]

# Half-lengths of the contour in v, where ω = σ·sinh v, and the step in v. With step 0.25 the
# trapezoid rule errs by less than 1e-9; longer contours serve total concentrations below 1.
_REACH = np.array([3.3, 3.8, 4.6, 6.0, 8.0, 12.0, 25.0, 60.0, 150.0, 300.0])
_STEP = 0.25
_FINE_STEP = 0.05  # for the few cells with a count near zero
_NEGLIGIBLE = -23.0  # log of what the integrand may have left where the contour ends
_SHY = 0.9  # how near the branch point at 1/(1 − t) the contour may cross, as a share of the way
_RISE = 0.7  # log of how much larger than at its start the integrand may become on its way
_BEND = 1.5  # steeper bends gain nothing
_AWAY = 4.0  # the contour crosses the axis at the saddle of exp(K)/ζ⁴: far enough from the pole
_ROWS_AT_ONCE = 512  # rows worked on together: small enough for the processor's cache
_FAR = 36.0  # log-odds at which a share is 1 to the last bit
_PROBIT_CLOSE = 1e-3  # from here, one more secant step finds the quantile to about 1e-6 in probit


@dataclass(frozen=True)
class NetShare:
    """NPS, as a share, of many cells, each a mixture of Dirichlets.

    Attributes
    ----------
    alpha
        (cells, components, 3) positive concentrations: detractors, passives, promoters.
    weights
        (components,) non-negative, summing to one.
    """

    alpha: Floats
    weights: Floats

    @classmethod
    def single(cls, alpha: Floats) -> NetShare:
        """Return the NPS of cells that are Dirichlet with (cells, 3) concentrations."""
        return cls(alpha[:, None, :], np.ones(1))

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of every cell, in closed form.

        Returns
        -------
        mean, sd
            (cells,) arrays, shares.
        """
        total = self.alpha.sum(axis=2)
        net = (self.alpha[..., 2] - self.alpha[..., 0]) / total
        spread = (self.alpha[..., 2] + self.alpha[..., 0]) / total - net**2
        mean = net @ self.weights
        square = (net**2 + spread / (total + 1)) @ self.weights
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))

    def sf(self, t: float | Floats) -> Floats:
        """Return P(NPS > t) for every cell.

        Parameters
        ----------
        t
            Scalar or (cells,) threshold, a share.

        Returns
        -------
        (cells,) probabilities, exact to about ten digits.

        Examples
        --------
        >>> import numpy as np
        >>> one = NetShare.single(np.array([[9.0, 14, 16]]))
        >>> one.sf(0.0).round(6)
        array([0.924205])
        """
        threshold = np.broadcast_to(np.asarray(t, dtype=float), (len(self.alpha),))
        above, _ = self._tail(threshold)
        return above

    def pdf(self, t: float | Floats) -> Floats:
        """Return the density at t (−1 < t < 1) for every cell, per unit of share."""
        threshold = np.broadcast_to(np.asarray(t, dtype=float), (len(self.alpha),))
        _, density = self._tail(threshold, density=True)
        return density

    def ppf(self, q: float) -> Floats:
        """Return the q-quantile of every cell, a share.

        The start is the quantile of the Beta law with the same two moments; secant steps on the
        probit scale, where the distribution function is nearly a line, do the rest. Cells on
        which they do not settle (near-atoms at −1, 0 or 1) are solved by bracketing.
        """
        goal = special.ndtri(q)
        x, slope = _beta_quantile(*self.moments(), q)
        y = self._probit(x)
        for last in (False, False, False, True):
            with np.errstate(all="ignore"):
                step = np.clip(np.nan_to_num((goal - y) / slope), -2.0, 2.0)
            astray = ~(np.abs(y - goal) < _PROBIT_CLOSE)
            if last or not astray.any():
                break
            before = y
            x = x + step
            y = self._probit(x)
            with np.errstate(all="ignore"):
                slope = np.where(np.abs(step) > 1e-12, (y - before) / step, slope)
        x = x + step  # from so close, the error of a secant step is its square
        if astray.any():
            x[astray] = _bracketed(self.take(astray), q)
        return np.tanh(x / 2)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> NetShare:
        """Return the cells of a mask or at positions."""
        return replace(self, alpha=self.alpha[rows])

    def _probit(self, x: Floats) -> Floats:
        return -special.ndtri(self.sf(np.tanh(x / 2)))

    def _tail(self, t: Floats, *, density: bool = False) -> tuple[Floats, Floats]:
        """Return P(NPS > t) and, if asked, the density at t."""
        above = np.where(t > -1, 0.0, 1.0)
        height = np.zeros(len(t))
        inside = np.flatnonzero((t > -1) & (t < 1))

        components = len(self.weights)

        def fill(start: int) -> None:
            rows = inside[start : start + at_once]
            a = self.alpha[rows].reshape(-1, 3)
            threshold = np.repeat(t[rows], components)
            # always the tail away from the mean, so that small probabilities keep their digits;
            # the lower tail is the upper tail of the mirrored scale
            mirrored = threshold * a.sum(axis=1) < a[:, 2] - a[:, 0]
            sign = np.where(mirrored, -1.0, 1.0)
            turned = np.where(mirrored[:, None], a[:, ::-1], a)
            tail, here = _upper_tail(turned, sign * threshold, density=density)
            tail = np.where(mirrored, 1 - tail, tail)
            above[rows] = tail.reshape(-1, components) @ self.weights
            height[rows] = here.reshape(-1, components) @ self.weights

        at_once = max(1, _ROWS_AT_ONCE // components)
        starts = range(0, len(inside), at_once)
        if len(starts) > 4:
            # NumPy lets go of the interpreter lock, so threads share the work
            with ThreadPoolExecutor() as pool:
                list(pool.map(fill, starts))
        else:
            for start in starts:
                fill(start)
        return np.clip(above, 0.0, 1.0), height


def _bracketed(net: NetShare, q: float) -> Floats:
    """Return the q-quantile on the log-odds line where secant steps fail: near-atoms."""
    rows = np.arange(len(net.alpha))

    def excess(x: Floats, row: NDArray[np.intp]) -> Floats:
        return 1 - q - net.take(row).sf(np.tanh(x / 2))

    ends = (np.full(len(rows), -_FAR), np.full(len(rows), _FAR))
    found = find_root(excess, ends, args=(rows,))
    # the whole mass may sit beyond the bracket's end: an atom at ±1 within rounding
    below = excess(ends[0], rows) > 0
    return np.where(found.success, found.x, np.where(below, -_FAR, _FAR))


def _upper_tail(a: Floats, t: Floats, *, density: bool) -> tuple[Floats, Floats]:
    """Integrate along the contour for (rows, 3) concentrations; t not below the mean."""
    slopes = np.stack([-(1 + t), -t, 1 - t], axis=1)  # of L in G_d, G_s, G_p
    path = _Path.through(a, slopes)
    tail = np.empty(len(t))
    height = np.zeros(len(t))
    for reach, rows in path.lengths(a, slopes):
        spacing = _STEP if reach == _REACH[0] else _FINE_STEP
        v = np.arange(0.0, reach + spacing, spacing)
        step = np.full(len(v), spacing / np.pi)
        step[0] /= 2
        zeta, speed = path.at(v, rows)
        modulus, angle = _polar(slopes[rows], zeta)
        size = np.exp(-np.einsum("rc,rvc->rv", a[rows], modulus))
        phase = -np.einsum("rc,rvc->rv", a[rows], angle)
        factor = speed / zeta
        tail[rows] = (size * np.abs(factor) * np.sin(phase + np.angle(factor))) @ step
        if density:
            # ∂K/∂t divided by ζ: Σ_c a_c / (1 − slope_c·ζ)
            first = np.einsum("rc,rvc->rv", a[rows], np.exp(-modulus - 1j * angle))
            height[rows] = (first * size * np.exp(1j * phase) * speed).imag @ step
    return tail, np.maximum(height, 0.0)


def _polar(slopes: Floats, zeta: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    """Return log-modulus and angle of 1 − slope·ζ, both (rows, nodes, 3)."""
    real = 1 - slopes[:, None, :] * zeta.real[:, :, None]
    imag = -slopes[:, None, :] * zeta.imag[:, :, None]
    return 0.5 * np.log(real**2 + imag**2), np.arctan2(imag, real)


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

    def at(self, v: Floats, rows: NDArray[np.intp]) -> tuple[NDArray[np.complex128], ...]:
        """Return ζ and dζ/dv at every v, (rows, nodes)."""
        width = self.width[rows, None]
        bend = self.bend[rows, None]
        zeta = self.crossing[rows, None] + width * (1j * np.sinh(v) - bend * (np.cosh(v) - 1))
        return zeta, width * (1j * np.cosh(v) - bend * np.sinh(v))

    def lengths(self, a: Floats, slopes: Floats) -> Iterator[tuple[float, NDArray[np.intp]]]:
        """Yield how far in v the integrand matters, with the rows of that length."""
        rows = np.arange(len(a))
        done = self.log_size(_REACH[:1], a, slopes, rows)[:, 0] < _NEGLIGIBLE
        if done.any():
            yield _REACH[0], rows[done]
        rows = rows[~done]
        if not len(rows):
            return
        # The few rows with a count near zero. The bend that suits the saddle may lead uphill
        # farther out; of several bends, take the one that comes down first and never rises.
        best = np.full(len(rows), np.inf)
        bend = self.bend[rows].copy()
        for candidate in (bend, 0.0, 0.5, -0.5):
            trial = replace(self, bend=self.bend.copy())
            trial.bend[rows] = candidate
            size = trial.log_size(_REACH, a, slopes, rows)
            low = size < _NEGLIGIBLE
            reach = np.where(low.any(axis=1), _REACH[low.argmax(axis=1)], _REACH[-1])
            before = (size - size[:, :1])[:, 1:].max(axis=1)
            reach = np.where(before < _RISE, reach, np.inf)
            better = reach < 0.6 * best
            best = np.where(better, reach, best)
            self.bend[rows] = np.where(better, candidate, self.bend[rows])
        best = np.minimum(best, _REACH[-1])
        for level in np.unique(best):
            yield level, rows[best == level]

    def log_size(self, v: Floats, a: Floats, slopes: Floats, rows: NDArray[np.intp]) -> Floats:
        """Return log |integrand| at every v, relative to the crossing where that is small."""
        zeta, speed = self.at(v, rows)
        modulus, _ = _polar(slopes[rows], zeta)
        size = -np.einsum("ic,ivc->iv", a[rows], modulus) + np.log(np.abs(speed / zeta))
        start = -(a[rows] * np.log(1 - slopes[rows] * self.crossing[rows, None])).sum(axis=1)
        return np.asarray(size - np.minimum(start, 0.0)[:, None])


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


def _beta_quantile(mean: Floats, sd: Floats, q: float) -> tuple[Floats, Floats]:
    """Return, on the log-odds line, the q-quantile of the Beta law with this mean and sd.

    The second array is the slope there of the probit of its distribution function.
    """
    m = np.clip((1 + mean) / 2, 1e-12, 1 - 1e-12)
    size = np.clip(m * (1 - m) / np.maximum((sd / 2) ** 2, 1e-300) - 1, 1e-3, 1e12)
    u = special.betaincinv(m * size, (1 - m) * size, q)
    u = np.clip(np.where(np.isfinite(u), u, m), 1e-15, 1 - 1e-15)
    log_density = (
        m * size * np.log(u)
        + (1 - m) * size * np.log1p(-u)
        - special.betaln(m * size, (1 - m) * size)
    )  # per unit of log-odds
    slope = np.exp(log_density) * np.sqrt(2 * np.pi) * np.exp(special.ndtri(q) ** 2 / 2)
    return special.logit(u), slope
