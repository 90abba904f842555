"""Cells surely on one side of a target, with the false flags to expect among them.

A flag whose posterior probability is p is false with probability 1 − p, so a list of flags holds
Σ(1 − p) false ones on average, and the list may be cut where that number, or its share of the
list, reaches what can be borne.

References
----------
Müller, Parmigiani & Rice (2007). FDR and Bayesian multiple comparisons rules. Bayesian Statistics
8, 349–370 (posterior expected false discoveries; the optimal rule is a threshold on p).
Newton, Noueiry, Sarkar & Ahlquist (2004). Detecting differential gene expression with a
semiparametric hierarchical mixture method. Biostatistics 5(2), 155–176 (section 4: the threshold).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.comparison.benchmark import AgainstBenchmark
    from npsstats.estimation.estimated import Estimate

    Floats = NDArray[np.float64]

__all__ = ["Flags", "flag", "surest"]


@dataclass(frozen=True, repr=False)
class Flags(Result):
    """Cells that are surely above or surely below the target, most certain first.

    Attributes
    ----------
    target
        NPS in points; for a benchmark with an uncertainty of its own, its mean.
    sure
        The probability that every flag reaches.
    expected_false_above, expected_false_below
        Posterior expected number of false flags on either side.
    """

    title: ClassVar[str] = "Cells surely above or below the target"
    target: float
    expected_false_above: float
    expected_false_below: float
    sure: float

    @property
    def expected_false(self) -> float:
        """Posterior expected number of false flags on both sides together."""
        return self.expected_false_above + self.expected_false_below

    @override
    def headline(self) -> str:
        above = int((self.frame["side"] == "above").sum())
        below = len(self.frame) - above
        return (
            f"Target {self.target:+.1f}: {above} above ({self.expected_false_above:.1f} expected "
            f"to be false flags), {below} below ({self.expected_false_below:.1f} expected)"
        )


def flag(
    result: Estimate | AgainstBenchmark,
    *,
    target: float | None = None,
    sure: float | None = None,
    max_false_share: float | None = None,
    max_false: float | None = None,
) -> Flags:
    """Return the cells that are above, or below, the target as surely as asked.

    Parameters
    ----------
    result
        What `npsstats.estimate` returned; or `npsstats.against`, whose benchmark then is the
        target, with its own uncertainty.
    target
        NPS in points; by default the result's own target, and without one the NPS of all
        answers together.
    sure
        Probability asked of every flag. By default what puts the whole credible interval on one
        side: 0.975 for 95 % intervals.
    max_false_share
        Instead of `sure`: as many flags as leave the expected share of false ones, over both
        sides, at or under this, between 0 and 1.
    max_false
        Instead of `sure`: as many flags as leave the expected number of false ones at or under
        this.

    Returns
    -------
    Flags
        `frame` with the cells' labels, n, nps, estimate, lower, upper, side, probability; and the
        expected number of false flags on each side, the sum of 1 − probability.

    Raises
    ------
    InputError
        If two rules are given, a number is out of range, or `result` is something else.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts([[9, 0, 0, 0, 0, 0, 0, 3, 3, 2, 3], [1] * 11, [0] * 9 + [9, 9]])
    >>> flags = nps.flag(nps.estimate(counts, pooling="none"), target=0, max_false_share=0.05)
    >>> flags.frame[["cell", "side", "probability"]].round(3)
       cell   side  probability
    0     3  above        1.000
    1     2  below        0.955
    """
    above, target = _p_above(result, target)
    probability = np.maximum(above, 1 - above)
    flagged, rule = _flagged(result, probability, sure, max_false_share, max_false)
    labels = [*result.keys, "n", "nps", "estimate", "lower", "upper"]
    frame = result.frame[[name for name in labels if name in result.frame]]
    frame = frame.assign(side=np.where(above >= 0.5, "above", "below"), probability=probability)
    frame = frame[flagged].sort_values("probability", ascending=False, kind="stable")
    doubt = (1 - frame["probability"]).groupby(frame["side"]).sum()
    return Flags(
        frame.reset_index(drop=True),
        _doubts(result, len(probability)),
        Provenance(
            "posterior flags",
            {"target": target, **rule},
            result.provenance.fingerprint,
            result.provenance.seed,
        ),
        target,
        float(doubt.get("above", 0.0)),
        float(doubt.get("below", 0.0)),
        float(rule.get("sure") or frame["probability"].min()),
    )


def surest(probability: Floats, *, share: float = 1.0, number: float = np.inf) -> NDArray[np.bool_]:
    """Return which flags to keep: as many as the expected false ones allow.

    Parameters
    ----------
    probability
        (flags,) posterior probability that each is right.
    share, number
        The largest expected share and number of false flags among those kept.

    Examples
    --------
    >>> import numpy as np
    >>> surest(np.array([0.99, 0.6, 0.95, 0.9]), share=0.06)
    array([ True, False,  True,  True])
    """
    doubt = 1 - probability
    order = np.argsort(doubt, kind="stable")
    reached = np.cumsum(doubt[order])
    # flags that are equally sure stand or fall together
    last = np.searchsorted(doubt[order], doubt[order], side="right") - 1
    reached = reached[last]
    fine = (reached <= number) & (reached <= share * (last + 1))
    kept = np.zeros(len(doubt), dtype=bool)
    kept[order] = fine
    return kept


def _p_above(result: Any, target: float | None) -> tuple[Floats, float]:
    if "p_above" in getattr(result, "frame", ()):
        if target is not None:
            raise checks.InputError(
                f"`target` is given ({target!r}), but `result` is held against a benchmark "
                "already. Flag it without a target."
            )
        return result.frame["p_above"].to_numpy(), float(result.frame["benchmark"].iloc[0])
    if not hasattr(result, "net"):
        raise checks.InputError(
            f"`result` must be what npsstats.estimate or npsstats.against returns, got "
            f"{type(result).__name__}. Call npsstats.estimate first."
        )
    if target is None:
        target = result.frame["target"].iloc[0]
        if np.isnan(target):
            target = _usual(result)
    target = checks.number("target", float(target), low=-100, high=100)
    return result.net.sf(target / 100), target


def _flagged(
    result: Estimate | AgainstBenchmark,
    probability: Floats,
    sure: float | None,
    max_false_share: float | None,
    max_false: float | None,
) -> tuple[NDArray[np.bool_], dict[str, float]]:
    """Return which cells are flagged, and the rule that chose them."""
    rules = {"sure": sure, "max_false_share": max_false_share, "max_false": max_false}
    given = [name for name, value in rules.items() if value is not None]
    if len(given) > 1:
        raise checks.InputError(
            f"`{'` and `'.join(given)}` are rules for the same choice. Give one of them."
        )
    if max_false_share is not None:
        share = checks.fraction("max_false_share", max_false_share)
        return surest(probability, share=share), {"max_false_share": share}
    if max_false is not None:
        number = checks.number("max_false", max_false, low=0)
        return surest(probability, number=number), {"max_false": number}
    if sure is None:
        sure = (1 + float(result.frame["level"].iloc[0])) / 2
    sure = checks.fraction("sure", sure)
    return probability >= sure, {"sure": sure}


def _doubts(result: Estimate | AgainstBenchmark, cells: int) -> tuple[Said, ...]:
    if cells < 2 or result.provenance.options.get("pooling") != "none":
        return ()
    doubt = said(
        "Every cell stands alone: the expected number of false flags is right only if every score "
        "were as likely as any other beforehand. Partial pooling learns how much cells differ."
    )
    return (doubt,)


def _usual(result: Estimate) -> float:
    """Return the NPS of all answers; at a stated mix, the cells' own there by their answers."""
    if not len(getattr(result, "mix", ())):
        return float(result.overall["estimate"].iloc[0])
    n = result.frame["n"].to_numpy(dtype=float)
    return float(np.average(result.frame["estimate"], weights=n if n.sum() else None))
