"""Cells against each other and against a target: ranks, P(best), flags with their false alarms.

Ranks come from joint posterior draws, so that they carry what all cells share. Rank 1 is the
highest NPS.

References
----------
Laird & Louis (1989). Empirical Bayes ranking methods. J. Educational Statistics 14(1), 29–46
(expected ranks). Müller, Parmigiani & Rice (2007). FDR and Bayesian multiple comparisons rules.
Bayesian Statistics 8 (posterior expected number of false flags).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np

from npsstats import checks
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.estimate import Estimate

    Floats = NDArray[np.float64]

__all__ = ["Flags", "Ranks", "flag", "p_top", "ranks"]


class Ranks(NamedTuple):
    """Per cell: expected rank, its equal-tailed interval, and the probability of rank 1."""

    expected: Floats
    lower: Floats
    upper: Floats
    p_best: Floats


def ranks(draws: Floats, level: float = 0.95) -> Ranks:
    """Return the posterior of every cell's rank.

    Parameters
    ----------
    draws
        (draws, cells) joint draws of NPS, in any unit.
    level
        Level of the rank intervals; their limits are whole ranks that hold at least as much.

    Examples
    --------
    >>> import numpy as np
    >>> ranks(np.array([[30.0, 10, 20], [20, 30, 10]])).expected
    array([1.5, 2. , 2.5])
    """
    level = checks.fraction("level", level)
    size, cells = draws.shape
    order = _order(draws)
    place = np.empty(draws.shape, dtype=np.int32)
    np.put_along_axis(place, order, np.arange(1, cells + 1, dtype=np.int32)[None], axis=1)
    tail = int(np.floor((1 - level) / 2 * size))
    split = np.partition(place, [tail, size - 1 - tail], axis=0)
    best = np.bincount(order[:, 0], minlength=cells) / size
    return Ranks(
        place.mean(axis=0, dtype=float),
        split[tail].astype(float),
        split[size - 1 - tail].astype(float),
        best,
    )


def _order(draws: Floats) -> NDArray[np.intp]:
    """Return the cells of every draw from best to worst, ties in random order."""
    order = np.argsort(-draws, axis=1, kind="stable")
    in_order = np.take_along_axis(draws, order, axis=1)
    tied = np.flatnonzero((np.diff(in_order, axis=1) == 0).any(axis=1))
    if len(tied):  # unanimous cells: draws that are 100 to the last bit
        mixed = np.random.default_rng(len(draws)).permuted(
            np.tile(np.arange(draws.shape[1]), (len(tied), 1)), axis=1
        )
        again = np.argsort(-np.take_along_axis(draws[tied], mixed, axis=1), axis=1, kind="stable")
        order[tied] = np.take_along_axis(mixed, again, axis=1)
    return order


def p_top(draws: Floats, k: int) -> Floats:
    """Return for every cell the probability of being among the k highest.

    Parameters
    ----------
    draws
        (draws, cells) joint draws of NPS.
    k
        From 1 to the number of cells.

    Examples
    --------
    >>> import numpy as np
    >>> p_top(np.array([[30.0, 10, 20], [20, 30, 10]]), 2)
    array([1. , 0.5, 0.5])
    """
    cells = draws.shape[1]
    if checks.count("k", k, least=1) > cells:
        raise checks.InputError(f"`k` must be at most the number of cells, {cells}, got {k}.")
    top = _order(draws)[:, :k]
    return np.bincount(top.ravel(), minlength=cells) / len(draws)


@dataclass(frozen=True, repr=False)
class Flags(Result):
    """Cells that are surely above or surely below the target, most certain first."""

    title: ClassVar[str] = "Cells surely above or below the target"
    target: float
    expected_false_above: float
    expected_false_below: float

    @override
    def headline(self) -> str:
        above = int((self.frame["side"] == "above").sum())
        below = len(self.frame) - above
        return (
            f"Target {self.target:+.1f}: {above} above ({self.expected_false_above:.1f} expected "
            f"to be false flags), {below} below ({self.expected_false_below:.1f} expected)"
        )


def flag(result: Estimate, *, target: float | None = None, sure: float | None = None) -> Flags:
    """Return the cells whose NPS is above, or below, the target with probability ≥ `sure`.

    Parameters
    ----------
    result
        What `npsstats.estimate` returned.
    target
        NPS in points; by default the result's own target, and without one the NPS of all
        answers together.
    sure
        Probability asked of every flag. By default what puts the whole credible interval on one
        side: 0.975 for 95 % intervals.

    Returns
    -------
    Flags
        `frame` with the cells' labels, n, estimate, lower, upper, side, probability; and the
        expected number of false flags on each side, the sum of 1 − probability.
    """
    if not hasattr(result, "net"):
        raise checks.InputError(
            f"`result` must be what npsstats.estimate returns, got {type(result).__name__}. Call "
            "npsstats.estimate first."
        )
    if sure is None:
        sure = (1 + float(result.frame["level"].iloc[0])) / 2
    sure = checks.fraction("sure", sure)
    if target is None:
        target = result.frame["target"].iloc[0]
        target = float(result.overall["estimate"].iloc[0]) if np.isnan(target) else target
    target = checks.number("target", float(target), low=-100, high=100)
    above = result.net.sf(target / 100)
    side = np.where(above >= 0.5, "above", "below")
    probability = np.where(above >= 0.5, above, 1 - above)
    columns = [*result.keys, "n", "nps", "estimate", "lower", "upper"]
    frame = result.frame[columns].assign(side=side, probability=probability)
    frame = frame[probability >= sure].sort_values("probability", ascending=False, kind="stable")
    doubt = (1 - frame["probability"]).groupby(frame["side"]).sum()
    return Flags(
        frame.reset_index(drop=True),
        (),
        Provenance(
            "posterior flags",
            {"target": target, "sure": sure},
            result.provenance.fingerprint,
            result.provenance.seed,
        ),
        target,
        float(doubt.get("above", 0.0)),
        float(doubt.get("below", 0.0)),
    )
