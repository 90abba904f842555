"""References for the tests, slow and plain: nothing here shares code with what it referees."""

from dataclasses import dataclass

import numpy as np
from scipy import special

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_END = 700.0  # log-odds, where exp still has its digits


def net_share_above(a, t):
    """Return P(promoters − detractors > t) under one Dirichlet(a), by the product of two Betas.

    q = 1 − passive share ~ Beta(a_d + a_p, a_s) and the promoters among the rest
    r ~ Beta(a_p, a_d) are independent, and the net share is q(2r − 1). With q = t + (1 − t)w, the
    integral over the log-odds of w is smooth; panels grow geometrically away from the three places
    where it may be steep.
    """
    d, s, p = (float(value) for value in a)
    if t < 0:
        return 1 - net_share_above((p, s, d), -t)
    middle = (d + p) / (d + s + p)
    tip = d / (d + p)  # where P(r > …) turns from 0 to 1, as 1 − r
    places = [
        _log_odds((middle - t) / (1 - t)),
        _log_odds(2 * tip * t / max((1 - t) * (1 - 2 * tip), 1e-12)) if t else 0.0,
        np.log(t) if t else 0.0,
    ]
    steps = np.concatenate([[0.0], 0.003 * 1.25 ** np.arange(70)])
    edges = np.unique(np.concatenate([x + sign * steps for x in places for sign in (-1, 1)]))
    edges = np.concatenate([[-_END], edges[np.abs(edges) < _END], [_END]])
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + _NODES)).ravel()
    w = special.expit(x)
    q = t + (1 - t) * w
    with np.errstate(divide="ignore"):
        log_density = (
            (d + p - 1) * np.log(q)
            + (s - 1) * (np.log1p(-t) + special.log_expit(-x))
            - special.betaln(d + p, s)
            + np.log1p(-t)
            + special.log_expit(x)
            + special.log_expit(-x)
        )
    more = special.betainc(d, p, np.clip((1 - t) * w / (2 * q), 0, 0.5))
    # beyond the last log-odds there is no passive, or nothing else, to the last bit
    beyond = special.betainc(s, d + p, (1 - t) * np.exp(-_END)) * special.betainc(d, p, (1 - t) / 2)
    if t == 0:
        beyond += special.betainc(d + p, s, np.exp(-_END)) * special.betainc(d, p, 0.5)
    return float(np.exp(log_density) * more @ (half * _WEIGHTS).ravel() + beyond)


def _log_odds(share):
    return float(special.logit(np.clip(share, 1e-15, 1 - 1e-15)))


@dataclass(frozen=True)
class Grid:
    """The posterior of (κ, μ) on a dense grid in (log κ, two log-odds), one box of μ for every κ.

    Prior: log κ ~ Logistic(log 50, 1), μ ~ Dirichlet(1, 1, 1).
    """

    kappa: np.ndarray
    shares: np.ndarray
    weights: np.ndarray
    log_evidence: float

    @classmethod
    def of(cls, counts, *, prior_concentration=50.0, tau=(-7.0, 22.0, 0.25), nodes=65):
        counts = np.asarray(counts, dtype=float)
        cells, times = np.unique(counts[counts.sum(axis=1) > 0], axis=0, return_counts=True)
        taus = np.arange(*tau)
        logs, points = [], []
        for value in taus:
            centre, half = np.zeros(2), np.full(2, 26.0)
            for size in (nodes, nodes, nodes):
                axes = [c + h * np.linspace(-1, 1, size) for c, h in zip(centre, half, strict=True)]
                eta = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
                density = _log_density(value, eta, cells, times, prior_concentration)
                near = eta[density > density.max() - 24]
                margin = 2 * half / (size - 1)
                low, high = near.min(axis=0) - margin, near.max(axis=0) + margin
                centre, half = (low + high) / 2, (high - low) / 2
            area = np.prod([axis[1] - axis[0] for axis in axes])
            logs.append(density + np.log(area * tau[2]))
            points.append(eta)
        log_mass = np.concatenate(logs)
        evidence = special.logsumexp(log_mass)
        weights = np.exp(log_mass - evidence)
        kept = weights > 1e-10
        kappa = np.repeat(np.exp(taus), [len(eta) for eta in points])[kept]
        shares = _shares(np.concatenate(points)[kept])
        return cls(kappa, shares, weights[kept] / weights[kept].sum(), float(evidence))

    def moments(self, cell):
        """Return mean and sd of the net share of a cell with these counts."""
        a = np.asarray(cell) + self.kappa[:, None] * self.shares
        total = a.sum(axis=1)
        net = (a[:, 2] - a[:, 0]) / total
        spread = ((a[:, 2] + a[:, 0]) / total - net**2) / (total + 1)
        mean = net @ self.weights
        return mean, np.sqrt((spread + (net - mean) ** 2) @ self.weights)

    def alpha(self, cell, size):
        """Return `size` equally probable Dirichlets of a cell, drawn systematically."""
        order = np.argsort(self.kappa, kind="stable")
        reached = np.cumsum(self.weights[order])
        nodes = order[np.searchsorted(reached, (np.arange(size) + 0.5) / size * reached[-1])]
        return np.asarray(cell) + self.kappa[nodes, None] * self.shares[nodes]


def _shares(eta):
    return special.softmax(np.stack([eta[:, 0], np.zeros(len(eta)), eta[:, 1]], axis=1), axis=1)


def _log_density(tau, eta, cells, times, prior_concentration):
    log_shares = special.log_softmax(np.stack([eta[:, 0], 0 * eta[:, 0], eta[:, 1]], axis=1), 1)
    offset = tau - np.log(prior_concentration)
    value = special.log_expit(offset) + special.log_expit(-offset) + log_shares.sum(axis=1)
    value += special.gammaln(3)  # density of the uniform law on the simplex
    kappa = np.exp(tau)
    a = kappa * np.exp(log_shares)
    for cell, count in zip(cells, times, strict=True):
        # a product of rising factorials, divided through by κ^n so that large κ keeps its digits
        term = np.zeros(len(eta))
        for c in range(3):
            k = np.arange(cell[c])
            if len(k):
                term += cell[c] * log_shares[:, c]
                term += np.log1p(k / np.maximum(a[:, [c]], 1e-300)).sum(axis=1)
        term -= np.log1p(np.arange(cell.sum()) / kappa).sum()
        value += count * term
    return value
