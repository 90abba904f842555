"""The distribution of promoters minus detractors under a mixture of Dirichlets, exactly.

Tail probabilities come from `net_tail`; here they are mixed over components, differentiated and
inverted, with no Monte Carlo. Everything in this module is in shares (−1…1). Cells are rows;
columns are detractor, passive, promoter.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats.estimation.net_tail import upper_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NetLaw", "NetShare"]

_ROWS_AT_ONCE = 512  # rows worked on together: small enough for the processor's cache
_FAR = 36.0  # log-odds at which a share is 1 to the last bit
_PROBIT_CLOSE = 1e-3  # from here, one more secant step finds the quantile to about 1e-6 in probit
_ENOUGH = 1e-9  # in log-odds, where a near-atom is bracketed; hundred times that in probability


class NetLaw(Protocol):
    """The law of every cell's NPS, as a share."""

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of every cell."""

    def sf(self, t: float | Floats) -> Floats:
        """Return P(NPS > t) of every cell."""

    def ppf(self, q: float) -> Floats:
        """Return the quantile of every cell."""


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
            tail, here = upper_tail(turned, sign * threshold, density=density)
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
    found = find_root(
        excess, ends, args=(rows,), tolerances={"xatol": _ENOUGH, "fatol": 100 * _ENOUGH}
    )
    # the whole mass may sit beyond the bracket's end: an atom at ±1 within rounding
    below = excess(ends[0], rows) > 0
    return np.where(found.success, found.x, np.where(below, -_FAR, _FAR))


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
