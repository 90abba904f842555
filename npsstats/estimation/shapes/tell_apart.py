"""`tell_apart`: two cells with one NPS, and whether their customers answered alike."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.shapes import polarization as indices
from npsstats.results import Provenance, Result
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TellApart", "tell_apart"]

_UNITS = {
    "nps": "points",
    "polarization": "index",
    "opposition": "index",
    "super_detractors": "share",
    "cliffs_delta": "probability difference",
}


@dataclass(frozen=True, repr=False)
class TellApart(Result):
    """What differs between two cells; a row a measure, first minus second.

    Measures: `nps` (points), `polarization`, `opposition`, `super_detractors` as in `nps.shape`,
    and `cliffs_delta`: the probability that a customer of the first scores higher than one of the
    second, minus the reverse (−1 to 1).

    Attributes
    ----------
    tests
        Of the hypothesis that both answered from one distribution, rows `eleven_scores` (the
        likelihood-ratio G) and `order` (|Cliff's delta|): statistic, expected (its mean if there
        is one distribution), p_value (permutation: exact but for the number of permutations).
    total_variation
        Share of one cell's answers that would have to change score to make the two alike.
    bayes_factor
        How much more probable the counts are from two distributions than from one.
    log_bayes_factor
        Its natural logarithm, which does not overflow.
    """

    title: ClassVar[str] = "Two distributions told apart"
    tests: pd.DataFrame
    total_variation: float
    log_bayes_factor: float

    @property
    def bayes_factor(self) -> float:
        """Two distributions over one; infinite where a float cannot hold it."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.log_bayes_factor))

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["measure", "first", "second", "estimate", "lower", "upper"]
        frame = self.frame[[*columns, "p_positive"]].copy()
        for name in columns[1:]:
            frame[name] = [
                "–" if value != value else f"{value:.{1 if unit == 'points' else 3}f}"  # noqa: PLR0124 NaN
                for value, unit in zip(frame[name], self.frame["unit"], strict=True)
            ]
        return frame

    @override
    def headline(self) -> str:
        nps, divided = self.frame.iloc[0], self.frame.iloc[1]
        p = float(self.tests["p_value"].iloc[0])
        evidence = self.log_bayes_factor / np.log(10)
        factor = f"{10**evidence:.2g}" if abs(evidence) < 4 else f"10^{evidence:.0f}"
        said = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        alike = nps.lower <= 0 <= nps.upper
        level = f"{100 * divided.level:g} %"
        text = (
            f"NPS {nps['first']:+.1f} and {nps['second']:+.1f}: "
            + ("not told apart by their NPS" if alike else "apart already by their NPS")
            + f" (difference {nps.estimate:+.1f}, {level} {nps.lower:+.1f} to {nps.upper:+.1f}). "
        )
        if divided.lower <= 0 <= divided.upper:
            text += (
                f"Neither is clearly more divided (polarization {divided['first']:.2f} and "
                f"{divided['second']:.2f}, difference {divided.estimate:+.2f}, "
                f"{divided.lower:+.2f} to {divided.upper:+.2f})"
            )
        else:
            which = "first" if divided.estimate > 0 else "second"
            text += (
                f"The {which} is more divided: polarization {divided['first']:.2f} and "
                f"{divided['second']:.2f}, difference {divided.estimate:+.2f} "
                f"({divided.lower:+.2f} to {divided.upper:+.2f})"
            )
        verdict = "more than" if p < 1 - divided.level else "no more than"
        return (
            f"{text}.\nOver all eleven scores they differ {verdict} chance explains ({said}; the "
            f"counts are {factor} times as probable from two distributions as from one)."
        )


def tell_apart(
    first: Any,
    second: Any,
    *,
    cut: int = 2,
    prior: float = 0.5,
    level: float = 0.95,
    draws: int = 10_000,
    permutations: int = 9_999,
    seed: int = 0,
) -> TellApart:
    """Tell whether two cells, with one NPS or not, have one distribution of scores.

    Parameters
    ----------
    first, second
        Answers by score: `ScoreCounts` of one cell, or eleven counts. Each needs an answer.
    cut
        Super-detractors score this or less, 0 to 5.
    prior
        Answers a score that the Dirichlet prior stands for. In the posteriors they are spread
        over the scores as both cells' answers together are; in the Bayes factor, which depends
        on it, evenly (½ is Jeffreys'). The p-values do not depend on it.
    level
        Level of the equal-tailed credible intervals.
    draws, permutations, seed
        Posterior draws; permutations of the answers between the cells; their seed.

    Returns
    -------
    TellApart
        `frame` with a row a measure: measure, unit, first, second (raw values of either cell),
        estimate, std_error, lower, upper (posterior of first minus second), level and p_positive
        (that the first is larger); and `tests`, `total_variation`, `bayes_factor`. Raw Cliff's
        delta stands under `first`.

    Raises
    ------
    InputError
        If a cell has no answer or is several, or an argument is out of range.

    References
    ----------
    Cliff (1993). Dominance statistics. Psychological Bulletin 114(3).
    Good (1976). On the application of symmetric Dirichlet distributions and their mixtures to
    contingency tables. Annals of Statistics 4(6) (the Bayes factor).

    Examples
    --------
    >>> import npsstats as nps
    >>> divided = [40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60]
    >>> lukewarm = [0, 0, 0, 0, 0, 5, 10, 30, 20, 20, 15]
    >>> result = nps.tell_apart(divided, lukewarm)
    >>> result.frame[["measure", "first", "second", "p_positive"]].round(2).head(2)
            measure  first  second  p_positive
    0           nps  20.00   20.00         0.5
    1  polarization   0.96    0.31         1.0
    """
    checks.count("cut", cut)
    if cut > 5:
        raise checks.InputError(f"`cut` must be a whole number from 0 to 5, got {cut}.")
    prior = checks.number("prior", prior, low=1e-3, high=1e3)
    level = checks.fraction("level", level)
    checks.count("draws", draws, least=100)
    checks.count("permutations", permutations, least=99)
    rng = np.random.default_rng(checks.count("seed", seed))
    pair = np.stack([_one("first", first), _one("second", second)])
    raw = pair / pair.sum(axis=1, keepdims=True)
    # the prior's answers are spread as both cells' are, so that it pulls neither anywhere
    whole = pair.sum(axis=0) + prior
    added = len(whole) * prior * whole / whole.sum()
    posterior = [_dirichlet(row + added, draws, rng) for row in pair]
    apart = _difference(posterior[0], posterior[1], cut)
    own = _values(raw, cut) | {"cliffs_delta": np.array([_delta(raw[0], raw[1]), np.nan])}
    tails = [(1 - level) / 2, (1 + level) / 2]
    rows = [
        (
            *(name, unit, *own[name]),
            *(values.mean(), values.std(), *np.quantile(values, tails), level),
            (values > 0).mean(),
        )
        for (name, unit), values in zip(_UNITS.items(), apart.values(), strict=True)
    ]
    names = ["measure", "unit", "first", "second"]
    names += ["estimate", "std_error", "lower", "upper", "level", "p_positive"]
    options = {"cut": cut, "prior": prior, "level": level, "draws": draws}
    fingerprint = sha256(pair.astype("<i8").tobytes()).hexdigest()[:16]
    doubts = [
        said_many(
            "The {place} cell has {n} answer: the prior ({prior:g} answers) weighs as much or "
            "more.",
            "The {place} cell has {n} answers: the prior ({prior:g} answers) weighs as much or "
            "more.",
            int(n),
            place=place,
            prior=11 * prior,
        )
        for place, n in zip((said("first"), said("second")), pair.sum(axis=1), strict=True)
        if n <= 11 * prior
    ]
    return TellApart(
        pd.DataFrame(rows, columns=names),
        tuple(doubts),
        Provenance(
            "Dirichlet posteriors and permutation tests",
            options | {"permutations": permutations},
            fingerprint,
            seed,
        ),
        _tests(pair, permutations, rng),
        float(np.abs(raw[0] - raw[1]).sum() / 2),
        _log_bayes_factor(pair, prior),
    )


def _one(name: str, given: Any) -> Floats:
    counts = given if isinstance(given, ScoreCounts) else ScoreCounts(given)
    if len(counts) != 1:
        raise checks.InputError(
            f"`{name}` must be one cell, got {len(counts)}. Choose one: counts.where(key, value)."
        )
    if not counts.n[0]:
        raise checks.InputError(
            f"`{name}` has no answers, so there is nothing to tell apart. nps.shape gives such a "
            "cell the network's distribution."
        )
    return np.asarray(counts.counts[0], dtype=float)


def _dirichlet(alpha: Floats, size: int, rng: np.random.Generator) -> Floats:
    gamma = rng.standard_gamma(alpha, (size, len(alpha)))
    gamma /= gamma.sum(axis=1, keepdims=True)
    return gamma


def _values(shares: Floats, cut: int) -> dict[str, Floats]:
    return {
        "nps": np.asarray(100 * (shares[..., 9:].sum(axis=-1) - shares[..., :7].sum(axis=-1))),
        "polarization": indices.polarization(shares),
        "opposition": indices.opposition(shares),
        "super_detractors": shares[..., : cut + 1].sum(axis=-1),
    }


def _difference(a: Floats, b: Floats, cut: int) -> dict[str, Floats]:
    first, second = _values(a, cut), _values(b, cut)
    return {name: first[name] - second[name] for name in first} | {"cliffs_delta": _delta(a, b)}


def _delta(a: Floats, b: Floats) -> Floats:
    """Return P(A > B) − P(A < B) of shares (…, 11)."""
    below_a, below_b = np.cumsum(a, axis=-1), np.cumsum(b, axis=-1)
    return np.asarray(
        (a[..., 1:] * below_b[..., :-1]).sum(axis=-1)
        - (b[..., 1:] * below_a[..., :-1]).sum(axis=-1)
    )


def _g(pair: Floats) -> Floats:
    """Return the likelihood-ratio statistic of homogeneity of (…, 2, 11) counts."""
    from scipy import special

    def term(counts: Floats) -> Floats:
        return np.asarray(special.xlogy(counts, counts))

    rows, columns = pair.sum(axis=-1), pair.sum(axis=-2)
    inside = term(pair).sum(axis=(-1, -2)) + term(rows.sum(axis=-1))
    return np.asarray(2 * (inside - term(rows).sum(axis=-1) - term(columns).sum(axis=-1)))


def _tests(pair: Floats, permutations: int, rng: np.random.Generator) -> pd.DataFrame:
    """Deal the answers to the two cells again and again: the margins stay as they are."""
    whole, n = pair.sum(axis=0), pair.sum(axis=1)
    dealt = rng.multivariate_hypergeometric(
        whole.astype(np.int64), int(n[0]), permutations, method="marginals"
    )
    pairs = np.stack([dealt, whole - dealt], axis=1)
    rows = {}
    for name, statistic in (("eleven_scores", _g), ("order", _order)):
        seen, chance = float(statistic(pair)), statistic(pairs)
        # ties must count although sums are rounded
        as_far = (chance >= seen - 1e-9 * max(1.0, abs(seen))).sum()
        rows[name] = (seen, chance.mean(), (1 + as_far) / (1 + permutations))
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["statistic", "expected", "p_value"]
    )


def _order(pair: Floats) -> Floats:
    shares = pair / pair.sum(axis=-1, keepdims=True)
    return np.abs(_delta(shares[..., 0, :], shares[..., 1, :]))


def _log_bayes_factor(pair: Floats, prior: float) -> float:
    """Return log P(counts | two distributions) − log P(counts | one), Dirichlet(prior) each."""
    from scipy import special

    def log_evidence(counts: Floats) -> float:
        alpha = np.full(len(counts), prior)
        return float(
            special.gammaln(alpha.sum())
            - special.gammaln(alpha.sum() + counts.sum())
            + (special.gammaln(alpha + counts) - special.gammaln(alpha)).sum()
        )

    return log_evidence(pair[0]) + log_evidence(pair[1]) - log_evidence(pair.sum(axis=0))
