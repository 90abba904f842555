"""Means on a bounded scale, pooled: the beta-binomial on pseudo-answers.

An answer x on the scale lo…hi is a share u = (x − lo)/(hi − lo). Its variance is at most
m(1 − m), that of yes and no; on a scale of several points it is φ times that, with a dispersion φ
below 1. The mean of n answers is then worth n/φ answers of yes or no, and the network's model is
the beta-binomial of `shares` on these pseudo-answers: a quasi-likelihood with its conjugate prior
(Lee & Nelder 1996, section 5). Estimates and limits never leave the scale, variance shrinks
towards its ends, and on two points φ is 1 and nothing is approximate.

φ comes from the variance within cells, with an unbiased estimate of Σ m(1 − m); a cell's own φ is
drawn to it by a weight of 50 answers. What is not known of φ itself, when answers are few, is
integrated over an inverse χ² law, which lengthens the tails as Student's t does.

References
----------
Lee & Nelder (1996). Hierarchical generalized linear models. JRSS B 58(4), 619–678.
Smyth (2004). Linear models and empirical Bayes methods for assessing differential expression. SAGMB
3(1), art. 3 (variances drawn together).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.estimation.neighbours.share_mixture import ShareMixture
from npsstats.estimation.neighbours.shares import SharePosterior, share_posterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MeanPosterior", "mean_posterior"]

_PRIOR_DEGREES = 3.0  # what is held of φ before any answer: answers spread evenly over the scale
_OWN = 50.0  # answers at which a cell's own dispersion weighs as much as the network's
_NODES = 9  # of the law of φ, each as probable
_ENOUGH = 300.0  # degrees of freedom at which φ is as good as known
_LEAST = 1e-4


@dataclass(frozen=True)
class MeanPosterior:
    """Means of cells, as shares of the scale.

    Attributes
    ----------
    law
        The posterior of every cell.
    shrinkage
        (cells,) weight of the network, 0 to 1.
    dispersion
        φ of the network: variance within cells over m(1 − m).
    nodes
        The posterior given each of the equally probable φ.
    """

    law: ShareMixture
    shrinkage: Floats
    dispersion: float
    nodes: tuple[SharePosterior, ...]

    def draws(self, size: int, rng: np.random.Generator) -> Floats:
        """Draw (draws, cells) means, joint over the cells."""
        each = np.bincount(rng.integers(len(self.nodes), size=size), minlength=len(self.nodes))
        parts = [
            node.draws(int(n), rng)["share"] for node, n in zip(self.nodes, each, strict=True) if n
        ]
        return np.asarray(rng.permutation(np.concatenate(parts)))


def mean_posterior(counts: Floats, pooling: str, prior_concentration: float) -> MeanPosterior:
    """Return the means of cells with (cells, k) counts of the values of a scale.

    Parameters
    ----------
    counts
        Answers by value, lowest first.
    pooling
        "partial", "none" or "complete".
    prior_concentration
        Prior median of κ, in answers.
    """
    points = counts.shape[1]
    at = np.linspace(0, 1, points)
    n = counts.sum(axis=1)
    yes = counts @ at
    together = counts.sum(axis=0, keepdims=True)
    if points == 2:
        pairs = [(1.0, np.ones(len(n)))]
    elif pooling == "none":
        overall, own, _ = _dispersion(counts, at)
        free = np.maximum(n - 1, 0)
        own = (_PRIOR_DEGREES * _even(points) + free * own) / (_PRIOR_DEGREES + free)
        pairs = [(overall, own * factor) for factor in _factors(_PRIOR_DEGREES + free)]
    else:
        within = together if pooling == "complete" else counts
        overall, own, degrees = _dispersion(within, at)
        free = np.maximum(n - 1, 0)
        own = (_OWN * overall + free * own) / (_OWN + free)
        own = np.full(len(n), overall) if pooling == "complete" else own
        factors = _factors(np.array([degrees])) if degrees < _ENOUGH else np.ones((1, 1))
        pairs = [(overall * float(factor[0]), own * factor[0]) for factor in factors]
    found = []
    for middle, each in pairs:
        phi = np.clip(each, _LEAST, 1.0)
        prior = prior_concentration / float(np.clip(middle, _LEAST, 1.0))
        found.append(share_posterior(yes / phi, (n - yes) / phi, pooling, prior))
    weights = np.concatenate([node.law.weights for node in found]) / len(found)
    law = ShareMixture(
        np.concatenate([node.law.yes for node in found], axis=1),
        np.concatenate([node.law.no for node in found], axis=1),
        weights,
    )
    shrinkage = np.mean([node.shrinkage for node in found], axis=0)
    return MeanPosterior(law, shrinkage, float(np.median([o for o, _ in pairs])), tuple(found))


def _dispersion(counts: Floats, at: Floats) -> tuple[float, Floats, float]:
    """Return φ within cells, each cell's own (φ where it has none), and degrees of freedom."""
    n = counts.sum(axis=1)
    held = np.maximum(n, 1)
    mean = counts @ at / held
    square = np.einsum("ck,ck->c", counts, (at - mean[:, None]) ** 2)
    degrees = np.maximum(n - 1, 0)
    sample = np.divide(square, degrees, out=np.zeros(len(n)), where=degrees > 0)
    # ȳ(1 − ȳ) falls short of m(1 − m) by the variance of the mean
    most = mean * (1 - mean) + sample / held
    prior = _PRIOR_DEGREES * _even(len(at))
    weighed = float(degrees @ most)
    free = float(degrees.sum())
    typical = (weighed + 0.25) / (free + 1)  # of m(1 − m): what one degree of freedom weighs
    overall = (prior * typical + float(square.sum())) / (_PRIOR_DEGREES * typical + weighed)
    own = np.divide(sample, most, out=np.full(len(n), overall), where=(degrees > 0) & (most > 0))
    return overall, own, _PRIOR_DEGREES + free / (1 + _excess(counts, at) / 2)


def _even(points: int) -> float:
    """Return φ where the answers are spread evenly over the scale."""
    return (points + 1) / (3 * (points - 1))


def _excess(counts: Floats, at: Floats) -> float:
    """Return the excess kurtosis of all answers, at least 0: heavy tails blur a variance."""
    total = counts.sum(axis=0)
    if not total.sum():
        return 0.0
    shares = total / total.sum()
    apart = at - shares @ at
    variance = float(shares @ apart**2)
    return max(float(shares @ apart**4) / variance**2 - 3, 0.0) if variance > 0 else 0.0


def _factors(degrees: Floats) -> Floats:
    """Return (nodes, n) equally probable values of ν/χ²_ν."""
    middle = (np.arange(_NODES) + 0.5) / _NODES
    return np.asarray(degrees / (2 * special.gammaincinv(degrees / 2, middle[:, None])))
