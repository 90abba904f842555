"""The posterior of (κ, m) of the beta-binomial, evaluated on a lattice.

Coordinates: τ = log κ and η = log m/(1 − m), on which the density is smooth and unbounded. Counts
may be fractions: a mean on a bounded scale is a share of yes among pseudo-answers. With
R(a, y) = log Γ(a + y)/Γ(a) − y log a, the log-likelihood of cells with y of n is

    Σ R(κm, y) + R(κ(1 − m), n − y) − R(κ, n) + y log m + (n − y) log(1 − m),

so that log κ has cancelled before rounding can hurt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ShareLine", "explore_shares"]

_DROP = 14.0  # how far below the mode (log density) the lattice goes
_REACH = 18.0  # of τ around the prior's centre: beyond, the prior has nothing left
_LEAST = -7.0  # of τ: there every cell is all yes or all no
_FAR = 40.0  # of η: there m is 0 or 1 to the last bit
_LARGE = 1e6
_PAIRS_AT_ONCE = 2_000_000
_MOST = 600  # different counts; more are put on as many nodes, evenly spaced in their logarithm


@dataclass(frozen=True)
class ShareLine:
    """The posterior of τ = log κ on evenly spaced nodes, and of m given τ.

    Attributes
    ----------
    tau, weights
        (nodes,) log κ and its probability; weights sum to one.
    mean, variance
        (nodes,) of m given τ.
    m, mass
        (nodes, points) values of m for every τ, rising, and their joint probability.
    spacing
        Distance between neighbouring τ.
    log_evidence
        Log marginal likelihood of the counts, without their binomial coefficients.
    """

    tau: Floats
    weights: Floats
    mean: Floats
    variance: Floats
    m: Floats
    mass: Floats
    spacing: float
    log_evidence: float


class _Rising:
    """Σ R(a, y) over cells, and the derivatives in log a of Σ log Γ(a + y)/Γ(a)."""

    def __init__(self, counts: Floats) -> None:
        at, times = np.unique(counts[counts > 0], return_counts=True)
        self.at, self.times = _fewer(at, times.astype(float))
        self.log_gamma = special.gammaln(self.at)

    def value(self, a: Floats) -> Floats:
        flat = a.ravel()
        out = np.empty(len(flat))
        rows = max(1, _PAIRS_AT_ONCE // max(1, len(self.at)))
        for start in range(0, len(flat), rows):
            part = flat[start : start + rows, None]
            rising = special.gammaln(part + self.at) - special.gammaln(part)
            far = part[:, 0] > _LARGE
            if far.any():  # there the difference of two log-gammas loses its digits
                rising[far] = self.log_gamma - special.betaln(part[far], self.at)
            out[start : start + rows] = (rising - self.at * np.log(part)) @ self.times
        return out.reshape(a.shape)

    def slopes(self, a: Floats) -> tuple[Floats, Floats]:
        part = a[:, None]
        first = a * ((special.digamma(part + self.at) - special.digamma(part)) @ self.times)
        bend = special.polygamma(1, part + self.at) - special.polygamma(1, part)
        return first, first + a**2 * (bend @ self.times)


def _fewer(at: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights that stand for counts: cubic interpolation in log y.

    R(a, y) is so smooth in log y that the sum over 10,000 cells keeps eight digits.
    """
    if len(at) <= _MOST:
        return at, times
    nodes = np.linspace(np.log(at[0]), np.log(at[-1]), _MOST)
    place = (np.log(at) - nodes[0]) / (nodes[1] - nodes[0])
    first = np.clip(np.floor(place).astype(np.intp), 1, _MOST - 3)
    u = place - first
    cubic = (
        -u * (u - 1) * (u - 2) / 6,
        (u + 1) * (u - 1) * (u - 2) / 2,
        -(u + 1) * u * (u - 2) / 2,
        (u + 1) * u * (u - 1) / 6,
    )
    weights = np.zeros(_MOST)
    for shift, part in enumerate(cubic, start=-1):
        weights += np.bincount(first + shift, part * times, minlength=_MOST)
    return np.exp(nodes), weights


class _Target:
    """Log posterior density of (τ, η) for (cells,) yes and no."""

    def __init__(self, yes: Floats, no: Floats, prior_concentration: float) -> None:
        self.yes, self.no, self.both = _Rising(yes), _Rising(no), _Rising(yes + no)
        self.sums = float(yes.sum()), float(no.sum())
        self.centre = float(np.log(prior_concentration))

    def value(self, tau: Floats, eta: Floats) -> Floats:
        """Return the log density at points of one shape."""
        kappa, offset = np.exp(tau), tau - self.centre
        value = special.log_expit(offset) + special.log_expit(-offset)
        # with the uniform prior of m, in log-odds
        value = value + (self.sums[0] + 1) * special.log_expit(eta)
        value = value + (self.sums[1] + 1) * special.log_expit(-eta)
        value += self.yes.value(kappa * special.expit(eta))
        value += self.no.value(kappa * special.expit(-eta))
        return np.asarray(value - self.both.value(kappa))

    def ridge(self, tau: Floats) -> tuple[Floats, Floats, Floats]:
        """Return, for every τ, the mode of η, its sd, and the log mass around it (Laplace)."""
        kappa = np.exp(tau)
        eta = np.full(len(tau), np.log((self.sums[0] + 1) / (self.sums[1] + 1)))
        for _ in range(60):
            m, rest = special.expit(eta), special.expit(-eta)
            first_yes, second_yes = self.yes.slopes(kappa * m)
            first_no, second_no = self.no.slopes(kappa * rest)
            slope = rest * (first_yes + 1) - m * (first_no + 1)
            bend = rest**2 * second_yes + m**2 * second_no - m * rest * (first_yes + first_no + 2)
            curvature = np.maximum(-bend, 0.02)
            step = np.clip(slope / curvature, -1.0, 1.0)
            eta = eta + step
            if np.abs(step).max() < 1e-8:
                break
        sd = 1 / np.sqrt(curvature)
        return eta, sd, self.value(tau, eta) + np.log(sd)


def explore_shares(
    yes: Floats, no: Floats, prior_concentration: float, *, nodes: int = 40, step: float = 0.6
) -> ShareLine:
    """Evaluate the posterior on a lattice.

    Parameters
    ----------
    yes, no
        (cells,) counts, which may be fractions.
    prior_concentration
        Prior median of κ.
    nodes
        Values of τ.
    step
        Spacing in η, in posterior sd.
    """
    target = _Target(yes, no, prior_concentration)
    tau = _nodes(target, nodes)
    mode, sd, _ = target.ridge(tau)
    low = high = int(np.ceil(5 / step))
    while True:
        z = np.arange(-low, high + 1) * step
        eta = np.clip(mode[:, None] + sd[:, None] * z, -_FAR, _FAR)
        log_mass = target.value(np.broadcast_to(tau[:, None], eta.shape), eta)
        log_mass += np.log(sd)[:, None]
        floor = log_mass.max() - _DROP
        short = log_mass[:, 0].max() > floor and low * step < 60
        long = log_mass[:, -1].max() > floor and high * step < 60
        low, high = low + 6 * int(short), high + 6 * int(long)
        if not (short or long):
            break
    log_total = special.logsumexp(log_mass)
    mass = np.exp(log_mass - log_total)
    weights = mass.sum(axis=1)
    m = special.expit(eta)
    mean = (mass * m).sum(axis=1) / weights
    variance = (mass * (m - mean[:, None]) ** 2).sum(axis=1) / weights
    spacing = float(tau[1] - tau[0])
    evidence = float(log_total + np.log(spacing) + np.log(step))
    return ShareLine(tau, weights, mean, variance, m, mass, spacing, evidence)


def _nodes(target: _Target, nodes: int) -> Floats:
    """Return evenly spaced τ over all that matters."""
    low, high = _LEAST, max(target.centre + _REACH, _LEAST + 1)
    for _ in range(6):
        tau = np.linspace(low, high, 24)
        mass = target.ridge(tau)[2]
        inside = np.flatnonzero(mass > mass.max() - _DROP)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(tau) - 1)
        if last - first > 16:
            break
        low, high = float(tau[first]), float(tau[last])
    return np.linspace(low, high, nodes)
