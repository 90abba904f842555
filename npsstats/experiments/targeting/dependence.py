"""What the folds owe each other: why cross-fitted values scatter more than each fold alone says.

Fold j judges a rule that fold k helped to learn, and fold k one that j helped to learn. Where
the choice is close, a chance gain of a cell in j puts it first for k, and one in k puts it first
for j: both errors then move together, and the usual standard error, that of independent folds, is
too small. (Five cells of one effect, 4,000 customers, five folds: its 95 % interval of the gain
over chance covers 81 %.) How much is told by playing the experiment again, many times, in the
normal model of cells: the shrunken effects as the truth, the noise of each fold, rules learnt as
they are in fact, with the spreads of effects held at their estimate. The ratio of the variance
seen to that of independent folds enlarges the variance of every value, and never makes it smaller.

References
----------
Luedtke, A. R. & van der Laan, M. J. (2016). Statistical inference for the mean outcome under a
possibly non-unique optimal treatment strategy. Annals of Statistics 44(2), 713–742 (why the value
of a learnt rule is not regular where choices are close).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.heterogeneity.reading import level_codes
from npsstats.experiments.targeting.rules import called, mean_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.targeting.folds import FoldCells
    from npsstats.experiments.targeting.rules import Learnt
    from npsstats.experiments.targeting.valued import Money

    Floats = NDArray[np.float64]

__all__ = ["variance_ratios"]

_PLAYED = 1000
_NUMBERS = 4_000_000  # drawn at once
_FLAT = 100.0  # sd of the mean effect, in sds of what was seen


def variance_ratios(
    folds: FoldCells,
    whole: EffectCells,
    final: Learnt,
    money: Money,
    capacities: Floats,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return the ratios of variances, each at least 1.

    Returns
    -------
    tuple of arrays
        Against calling nobody and against chance, each (1 + 2 + capacities,): of the rule with
        its stop, of Qini and AUTOC, and of each capacity filled.
    """
    rng = np.random.default_rng(seed)
    units = folds.n.sum(axis=2).astype(float)
    weight = units / units.sum(axis=1, keepdims=True)
    spread = np.where(np.isfinite(whole.variance), whole.variance * np.maximum(whole.n, 1), 0.0)
    with np.errstate(divide="ignore"):
        known = 1 / (spread / folds.n).sum(axis=2)  # folds, cells; 0 without an arm
    prior = _prior(whole, final)
    total = known.sum(axis=0)
    seen = np.where(np.isfinite(whole.difference_variance), np.nan_to_num(whole.difference), 0.0)
    truth = _shrink(prior, total) @ seen
    size = int(np.clip(_NUMBERS / (folds.n.shape[0] * len(total) * len(capacities)), 100, _PLAYED))
    noise = rng.normal(size=(size, *known.shape)) / np.sqrt(np.where(known > 0, known, np.inf))
    played = truth + noise
    found = np.zeros((2, size, 3 + len(capacities)))
    independent = np.zeros_like(found)
    for fold in range(len(known)):
        info = total - known[fold]
        others = np.delete(np.arange(len(known)), fold)
        taught = (played[:, others] * known[others]).sum(axis=1) / np.maximum(info, 1e-300)
        learnt = taught @ _shrink(prior, info).T
        share = np.delete(units, fold, axis=0).sum(axis=0)
        rules = _rules(money.net(learnt), share / share.sum(), money, capacities)
        variance = np.where(known[fold] > 0, 1 / np.maximum(known[fold], 1e-300), 0.0)
        of_fold = units[fold].sum() / units.sum()
        centred = rules - (rules @ weight[fold])[..., None]
        for kind, pi in enumerate((rules, centred)):
            found[kind] += of_fold * np.einsum("rqc,rc->rq", pi, weight[fold] * noise[:, fold])
            independent[kind] += of_fold**2 * (pi**2 @ (weight[fold] ** 2 * variance))
    expected = independent.mean(axis=1)
    ratio = np.divide(
        (found**2).mean(axis=1), expected, out=np.ones_like(expected), where=expected > 0
    )
    return tuple(np.maximum(ratio, 1.0))


def _rules(gain: Floats, share: Floats, money: Money, capacities: Floats) -> Floats:
    """Return what each rule calls, (plays, 3 + capacities, cells)."""
    stopped = called(gain, share, np.array([money.capacity]), least=0.0)
    return np.concatenate(
        [stopped, mean_ranks(gain, share), called(gain, share, capacities)], axis=1
    )


def _prior(whole: EffectCells, final: Learnt) -> Floats:
    """Return the covariance of the effects of cells, its spreads at their estimate."""
    square = final.fit.spreads.weights @ final.fit.spreads.tau**2
    covariance = np.diag(np.full(len(whole.share), square[0]))
    if len(square) > 1:
        for key, own in zip(whole.labels, square[1:], strict=True):
            code = level_codes(whole.labels[key])[0]
            covariance += own * (code[:, None] == code)
    seen = np.isfinite(whole.difference_variance)
    wide = _FLAT**2 * (square.sum() + float(np.nanmean(whole.difference[seen] ** 2)) + 1e-12)
    return np.asarray(covariance + wide)


def _shrink(prior: Floats, info: Floats) -> Floats:
    """Return the matrix that takes (cells,) effects seen to their posterior means."""
    # K (K + V)⁻¹ = K (I + V⁻¹K)⁻¹ V⁻¹, which bears cells of which nothing is known
    return np.asarray(
        prior @ np.linalg.solve(np.eye(len(info)) + info[:, None] * prior, np.diag(info))
    )
