"""How well a score predicts what comes later: concordance and slope, from counts alone.

*Yes* are the answers of customers to whom the good thing happened (they came back, they stayed),
*no* those of the others. Counts are (strata, 11) each; without strata, one row.

References
----------
DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more
correlated receiver operating characteristic curves. Biometrics 44(3), 837–845 (section 2).
Somers, R. H. (1962). A new asymmetric measure of association for ordinal variables. American
Sociological Review 27(6), 799–811.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.experiments.scores.superiority import superiority_of, variance_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Concordance",
    "Slope",
    "compare",
    "concordance",
    "drawn_concordance",
    "slope",
    "weights",
]

_AT = np.arange(11.0)
_ROUNDS = 60
_CLOSE = 1e-10


class Concordance(NamedTuple):
    """An estimate with its variance, in the parts that each group of answers adds.

    Attributes
    ----------
    estimate
        P(a yes scores more than a no) + ½ P(the same), between 0 and 1.
    parts, degrees
        Variances that add up, and the degrees of freedom of each: (2 · strata,).
    """

    estimate: float
    parts: Floats
    degrees: Floats

    @property
    def std_error(self) -> float:
        """Standard error; NaN where a group has one answer."""
        return float(np.sqrt(self.parts.sum()))

    def interval(self, level: float) -> tuple[float, float]:
        """Return limits on the scale of log-odds, NaN at 0, at 1 and without spread."""
        if not (0 < self.estimate < 1 and self.std_error > 0):
            return np.nan, np.nan
        spread = self.std_error / (self.estimate * (1 - self.estimate))
        half = float(special.stdtrit(_satterthwaite(self.parts, self.degrees), (1 + level) / 2))
        ends = special.logit(self.estimate) + half * spread * np.array([-1.0, 1.0])
        return float(special.expit(ends[0])), float(special.expit(ends[1]))

    @property
    def p_value(self) -> float:
        """Two-sided, of no concordance (½)."""
        if not self.std_error > 0:
            return np.nan
        df = _satterthwaite(self.parts, self.degrees)
        return 2 * float(special.stdtr(df, -abs(self.estimate - 0.5) / self.std_error))


def weights(yes: list[Floats], no: list[Floats]) -> Floats:
    """Return weights of the strata, summing to 1, 0 where an arm has no pair to compare.

    They are the same in every arm, so that arms are judged on one mix of strata: the harmonic
    size n₁n₀/(n₁ + n₀) summed over arms, which is what a stratum knows of a concordance.
    """
    heads = [(a.sum(axis=1), b.sum(axis=1)) for a, b in zip(yes, no, strict=True)]
    there = np.all([(a > 0) & (b > 0) for a, b in heads], axis=0)
    known = sum(a * b / np.maximum(a + b, 1) for a, b in heads)
    total = float((known * there).sum())
    return np.asarray(known * there / (total or 1.0))


def concordance(yes: Floats, no: Floats, weight: Floats) -> Concordance:
    """Return the weighted mean of the strata's concordances."""
    use = weight > 0
    pairs = list(zip(yes[use], no[use], strict=True))
    w = weight[use]
    share = np.array([float(superiority_of(a, b)) for a, b in pairs])
    parts = np.array([variance_parts(a, b) for a, b in pairs]) * w[:, None] ** 2
    degrees = np.array([(a.sum() - 1, b.sum() - 1) for a, b in pairs])
    return Concordance(float(w @ share), parts.ravel(), degrees.ravel())


def compare(one: Concordance, two: Concordance, level: float) -> tuple[float, float, float, float]:
    """Return standard error, limits and p-value of `one` − `two`, of independent arms."""
    parts = np.concatenate([one.parts, two.parts])
    se = float(np.sqrt(parts.sum()))
    if not se > 0:
        return np.nan, np.nan, np.nan, np.nan
    gap = one.estimate - two.estimate
    df = _satterthwaite(parts, np.concatenate([one.degrees, two.degrees]))
    half = float(special.stdtrit(df, (1 + level) / 2)) * se
    p_value = 2 * float(special.stdtr(df, -abs(gap) / se))
    return se, max(gap - half, -1.0), min(gap + half, 1.0), p_value


def drawn_concordance(
    yes: Floats, no: Floats, weight: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """Return draws of the concordance, (draws,).

    The shares of either group are Dirichlet; the prior is one answer, spread as those of the
    stratum are, which pulls the concordance towards ½ by no more than one answer can.
    """
    total = np.zeros(draws)
    for a, b, w in zip(yes, no, weight, strict=True):
        if w > 0:
            # no share of the prior may be 0: a score that nobody gave is still possible
            prior = 0.99 * (a + b) / (a + b).sum() + 0.01 / len(a)
            total += w * superiority_of(
                rng.dirichlet(a + prior, draws), rng.dirichlet(b + prior, draws)
            )
    return total


class Slope(NamedTuple):
    """Log-odds of a yes for one more point of score, and how ill a line fits."""

    estimate: float
    std_error: float
    misfit: float  # p-value of the deviance against one share a score; NaN where it cannot be had


def slope(yes: Floats, no: Floats) -> Slope:
    """Return the logistic slope, one intercept a stratum, by Newton's method.

    NaN where scores separate the two groups, or do not differ.
    """
    heads = yes + no
    use = (yes.sum(axis=1) > 0) & (no.sum(axis=1) > 0)
    yes, heads = yes[use], heads[use]
    if _separated(yes, heads - yes):
        return Slope(np.nan, np.nan, np.nan)
    beta, means = 0.0, heads @ _AT / heads.sum(axis=1)
    centred = _AT - means[:, None]
    level = special.logit(yes.sum(axis=1) / heads.sum(axis=1))
    for _ in range(_ROUNDS):
        share = special.expit(level[:, None] + beta * centred)
        left, weight = yes - heads * share, heads * share * (1 - share)
        own = weight.sum(axis=1)
        crossed = (weight * centred).sum(axis=1)
        # Schur complement of the intercepts
        known = float((weight * centred**2).sum() - (crossed**2 / own).sum())
        residual = left.sum(axis=1)
        step = float((left * centred).sum() - (crossed * residual / own).sum()) / known
        step = float(np.clip(step, -1.0, 1.0))
        beta += step
        level = level + np.clip((residual - crossed * step) / own, -3.0, 3.0)
        if abs(step) < _CLOSE and np.abs(residual / own).max() < _CLOSE:
            break
    share = special.expit(level[:, None] + beta * centred)
    deviance = 2 * float(
        (special.xlogy(yes, yes) - special.xlogy(yes, heads * share)).sum()
        + (
            special.xlogy(heads - yes, heads - yes)
            - special.xlogy(heads - yes, heads * (1 - share))
        ).sum()
    )
    free = int((heads > 0).sum()) - len(heads) - 1
    misfit = float(special.chdtrc(free, deviance)) if free > 0 else np.nan
    return Slope(beta, float(known**-0.5), misfit)


def _separated(yes: Floats, no: Floats) -> bool:
    """Return whether a cut in every stratum parts yes from no, so that no slope is finite."""
    if not len(yes):
        return True
    ends = [(_ends(a), _ends(b)) for a, b in zip(yes, no, strict=True)]
    above = all(a[0] >= b[1] for a, b in ends)
    below = all(a[1] <= b[0] for a, b in ends)
    return above or below


def _ends(counts: Floats) -> tuple[int, int]:
    there = np.flatnonzero(counts)
    return int(there[0]), int(there[-1])


def _satterthwaite(parts: Floats, degrees: Floats) -> float:
    return float(parts.sum() ** 2 / (parts**2 / degrees)[parts > 0].sum())
