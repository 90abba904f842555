"""The posterior of (κ, μ) of the Dirichlet-multinomial, evaluated on a lattice.

Coordinates: τ = log κ and the two log-odds η = (log μ_d/μ_s, log μ_p/μ_s), on which the density
is smooth and unbounded. For every τ on a line, η is explored around its mode along its principal
axes. With N_k the number of cells that have more than k answers of a kind, the log-likelihood is

    Σ_c Σ_k N_ck log(κμ_c + k) − Σ_k N_k log(κ + k),

so that it reads the distinct counts only, and cancels its log κ before rounding can hurt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Line", "Target", "explore"]

_DROP = 12.0  # how far below the mode (log density) the lattice goes
_WIDEST = 0.7  # of a step in τ, in lattice steps: the density is analytic only within ±π
_LONGEST_STEP = 1.0  # of Newton's method in η
_WIDEST_AXIS = 0.5  # sd of η that a lattice step may assume: the analytic strip is narrow too
_MOST_SD = 60  # in η, on any side of the mode
_PAIRS_AT_ONCE = 4_000_000
_LARGE = 1e5
_DISTINCT = 300  # fractional counts above which a grid stands for them
_REACH = 18.0  # of τ around the prior's centre: beyond, the prior has nothing left
_LEAST = 1e-3  # least κ considered: there every cell is all promoters, or passives, or detractors


@dataclass(frozen=True)
class Line:
    """The posterior of τ = log κ on evenly spaced nodes, with the moments of μ given τ.

    Attributes
    ----------
    tau, weights
        (nodes,) log κ and its probability; weights sum to one.
    mean_shares
        (nodes, 3) E[μ | τ].
    net_variance
        (nodes,) Var[μ_p − μ_d | τ].
    spacing
        Distance between neighbouring τ.
    log_evidence
        Log marginal likelihood of the counts, without their multinomial coefficients.
    """

    tau: Floats
    weights: Floats
    mean_shares: Floats
    net_variance: Floats
    spacing: float
    log_evidence: float


def _from_coordinates(points: Floats) -> tuple[Floats, Floats]:
    """Return κ (…) and μ (…, 3) of coordinates (…, 3)."""
    odds = np.stack([points[..., 1], np.zeros(points.shape[:-1]), points[..., 2]], axis=-1)
    return np.exp(points[..., 0]), np.asarray(special.softmax(odds, axis=-1))


class _Rising:
    """Σ_i log[a(a + 1)…(a + n_i − 1)] − n_i log a over cells, and its derivatives in a."""

    def __init__(self, counts: Floats) -> None:
        values, repeats = np.unique(counts[counts > 0], return_counts=True)
        multiplicity = repeats.astype(float)
        self.total = float(values @ multiplicity)
        whole = bool((values % 1 == 0).all())
        if not whole and len(values) > _DISTINCT:  # weighted answers: hardly two cells are alike
            values, multiplicity = _on_grid(values, multiplicity)
        # one logarithm a step is cheaper than a log-gamma a distinct value, but there are as
        # many steps as the largest count
        self.by_steps = whole and (not len(values) or values[-1] <= 5 * len(values))
        if self.by_steps:
            size = int(values[-1]) if len(values) else 0
            self.at = np.arange(size, dtype=float)
            self.times = (
                multiplicity.sum()
                - np.bincount(values.astype(np.int64), multiplicity, minlength=size + 1).cumsum()[
                    :size
                ]
            )
        else:
            self.at, self.times = values, multiplicity

    def value(self, a: Floats) -> Floats:
        flat = a.ravel()
        out = np.empty(len(flat))
        rows = max(1, _PAIRS_AT_ONCE // max(1, len(self.at)))
        for start in range(0, len(flat), rows):
            part = flat[start : start + rows, None]
            if self.by_steps:
                out[start : start + rows] = np.log1p(self.at / part) @ self.times
            else:
                rising = special.gammaln(part + self.at) - special.gammaln(part)
                far = part[:, 0] > _LARGE
                if far.any():  # there the difference of two log-gammas loses its digits
                    rising[far] = special.gammaln(self.at) - special.betaln(part[far], self.at)
                out[start : start + rows] = rising @ self.times - self.total * np.log(part[:, 0])
        return out.reshape(a.shape)

    def slopes(self, a: Floats) -> tuple[Floats, Floats]:
        """Return the first and second derivative of the sum, log a included, in log a."""
        part = a[..., None]
        if self.by_steps:
            first = a * ((1 / (part + self.at)) @ self.times)
            second = -(a**2) * ((1 / (part + self.at) ** 2) @ self.times)
        else:
            first = a * ((special.digamma(part + self.at) - special.digamma(part)) @ self.times)
            trigamma = special.polygamma(1, part + self.at) - special.polygamma(1, part)
            second = a**2 * (trigamma @ self.times)
        return first, first + second


def _on_grid(values: Floats, multiplicity: Floats) -> tuple[Floats, Floats]:
    """Return a geometric grid and how many of the values fall to each node.

    Three nodes share a value so that its square is kept too (quadratic interpolation of its
    log-likelihood): that of thousands of cells is then off by less than a tenth.
    """
    nodes = np.geomspace(values[0], values[-1], _DISTINCT)
    nodes[-1] = values[-1]
    middle = np.clip(np.searchsorted(nodes, values), 1, _DISTINCT - 2)
    trio = middle[:, None] + np.array([-1, 0, 1])
    at = nodes[trio]
    mass = np.zeros(_DISTINCT)
    for j in range(3):
        others = [k for k in range(3) if k != j]
        share = np.prod((values[:, None] - at[:, others]) / (at[:, [j]] - at[:, others]), axis=1)
        np.add.at(mass, trio[:, j], multiplicity * share)
    return nodes, mass


class Target:
    """Log posterior density of (τ, η) for (cells, 3) counts."""

    def __init__(self, counts: Floats, prior_concentration: float) -> None:
        self.categories = [_Rising(column) for column in counts.T]
        self.total = _Rising(counts.sum(axis=1))
        self.sums = counts.sum(axis=0)
        self.centre = float(np.log(prior_concentration))
        pooled = (self.sums + 1) / (self.sums.sum() + 3)
        self.start = np.log(pooled[[0, 2]] / pooled[1])

    def value(self, points: Floats) -> Floats:
        """Return the log density at points (…, 3)."""
        kappa, shares = _from_coordinates(points)
        offset = points[..., 0] - self.centre
        value = special.log_expit(offset) + special.log_expit(-offset)
        value = value + np.log(shares) @ (self.sums + 1)  # with Dirichlet(1, 1, 1) in log-odds
        for c, part in enumerate(self.categories):
            value += part.value(kappa * shares[..., c])
        return np.asarray(value - self.total.value(kappa))

    def ridge(self, tau: Floats) -> tuple[Floats, Floats, Floats]:
        """Return, for every τ, the mode of η, its axes, and the log mass around it (Laplace).

        Returns
        -------
        mode, axes, log_mass
            (n, 2); (n, 2, 2) with one posterior sd a column; (n,).
        """
        kappa = np.exp(tau)
        eta = np.broadcast_to(self.start, (len(tau), 2)).copy()
        for _ in range(60):
            gradient, hessian = self._slopes(kappa, eta)
            values, vectors = np.linalg.eigh(-hessian)
            values = np.maximum(values, 0.05)
            along = np.einsum("nji,nj->ni", vectors, gradient) / values
            step = np.clip(np.einsum("nij,nj->ni", vectors, along), -_LONGEST_STEP, _LONGEST_STEP)
            eta += step
            if np.abs(step).max(initial=0.0) < 1e-8:
                break
        axes = vectors * np.minimum(1 / np.sqrt(values), _WIDEST_AXIS)[:, None, :]
        log_mass = self.value(np.concatenate([tau[:, None], eta], axis=1))
        return eta, axes, log_mass - 0.5 * np.log(values).sum(axis=1)

    def _slopes(self, kappa: Floats, eta: Floats) -> tuple[Floats, Floats]:
        _, shares = _from_coordinates(np.concatenate([np.log(kappa)[:, None], eta], axis=1))
        pairs = [p.slopes(kappa * shares[:, c]) for c, p in enumerate(self.categories)]
        first = np.stack([a for a, _ in pairs], axis=1) + 1  # + 1: the prior on μ
        second = np.stack([b for _, b in pairs], axis=1)
        mu = shares[:, [0, 2]]
        own, own_second = first[:, [0, 2]], second[:, [0, 2]]
        gradient = own - mu * first.sum(axis=1)[:, None]
        away = np.eye(2) - mu[:, None, :]  # δ_jk − μ_k
        hessian = (
            own_second[:, :, None] * away
            - (mu * first.sum(axis=1)[:, None])[:, :, None] * away
            - mu[:, :, None] * (own_second - mu * second.sum(axis=1)[:, None])[:, None, :]
        )
        return gradient, (hessian + hessian.transpose(0, 2, 1)) / 2


def explore(target: Target, step: float) -> Line:
    """Evaluate the posterior on a lattice whose spacing is `step` posterior sd."""
    tau, spacing = _line(target, step)
    mode, axes, _ = target.ridge(tau)
    reach = np.full((2, 2), int(np.ceil(4 / step)))  # axis, end
    while True:
        sides = [np.arange(-low, high + 1) * step for low, high in reach]
        z = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1)
        eta = mode[:, None, None] + np.einsum("nij,abj->nabi", axes, z)
        where = np.broadcast_to(tau[:, None, None, None], (*eta.shape[:-1], 1))
        points = np.concatenate([where, eta], axis=-1)
        log_mass = target.value(points)
        log_mass += np.log(np.abs(np.linalg.det(axes)))[:, None, None]
        floor = log_mass.max() - _DROP
        grown = False
        for axis in range(2):
            for end in range(2):
                face = log_mass.take(-end, axis=axis + 1).max()
                if face > floor and reach[axis, end] * step < _MOST_SD:
                    reach[axis, end] += int(np.ceil(2 / step))
                    grown = True
        if not grown:
            break
    total = special.logsumexp(log_mass)
    mass = np.exp(log_mass - total)
    _, shares = _from_coordinates(points)
    weights = mass.sum(axis=(1, 2))
    net = shares[..., 2] - shares[..., 0]
    mean = np.einsum("nab,nabc->nc", mass, shares) / weights[:, None]
    apart = net - (mean[:, 2] - mean[:, 0])[:, None, None]
    variance = (mass * apart**2).sum(axis=(1, 2)) / weights
    # Dirichlet(1, 1, 1) has density 2
    evidence = float(total + np.log(spacing) + 2 * np.log(step) + np.log(2))
    return Line(tau, weights, mean, variance, spacing, evidence)


def _line(target: Target, step: float) -> tuple[Floats, float]:
    """Return the values of τ that matter, evenly spaced, and their spacing."""
    least = float(np.log(_LEAST))
    wide = np.arange(least, target.centre + _REACH, 0.5)
    best = wide[np.argmax(target.ridge(wide)[2])]
    found = optimize.minimize_scalar(
        lambda t: -float(target.ridge(np.array([t]))[2][0]),
        bounds=(max(best - 0.5, least), best + 0.5),
        method="bounded",
        options={"xatol": 1e-4},
    )
    mode = float(found.x)
    width = 0.05
    for _ in range(3):
        left, middle, right = target.ridge(mode + np.array([-width, 0.0, width]))[2]
        width = float(1 / np.sqrt(max((2 * middle - left - right) / width**2, 1e-2)))
    spacing = min(step * width, _WIDEST * step)
    reach = np.arange(1, 2 + int(np.ceil((wide[-1] - wide[0]) / spacing)))
    floor = target.ridge(np.array([mode]))[2][0] - _DROP
    sides = []
    for sign in (-1, 1):
        kept = []
        for start in range(0, len(reach), 8):
            tau = np.asarray(mode + sign * spacing * reach[start : start + 8], dtype=float)
            inside = (target.ridge(tau)[2] > floor) & (tau >= least) & (tau <= wide[-1])
            kept += list(tau[inside])
            if not inside.all():
                break
        sides.append(kept)
    return np.array([*sides[0][::-1], mode, *sides[1]]), spacing
