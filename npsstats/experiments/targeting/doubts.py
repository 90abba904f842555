"""What to doubt of a rule, most serious first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.experiments.heterogeneity.doubts import unlike_shares
from npsstats.experiments.targeting.valued import AUTOC, RULE, RULE_BY_CHANCE
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.targeting.folds import FoldCells
    from npsstats.experiments.targeting.valued import Money
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["Seen", "doubts"]

_UNLIKE = 1e-3
_AGREE = 0.8


class Seen(NamedTuple):
    """What the doubts are read from; `rules` is (folds, cells)."""

    frame: pd.DataFrame
    cells: pd.DataFrame
    folds: FoldCells
    whole: EffectCells
    rules: Floats
    keys: Sequence[str]
    declared: Collection[str] | None
    money: Money
    level: float
    share: float | str | None


def doubts(seen: Seen) -> tuple[Said, ...]:
    """Return the sentences."""
    kinds = (_assigned, _no_rule, _loses, _unstable, _undeclared, _data)
    return tuple(sentence for kind in kinds for sentence in kind(seen))


def _row(seen: Seen, estimand: str) -> pd.Series:
    return seen.frame[seen.frame["estimand"] == estimand].iloc[0]


def _assigned(seen: Seen) -> Iterator[Said]:
    if seen.share is None and unlike_shares(seen.whole) < _UNLIKE:
        yield (
            said(
                "The arms are shared out unlike between the cells: if the plan gives a key its "
                "own shares, name it as the key of the shares; if not, a key was formed after "
                "assignment or the assignment failed, and no value here is causal."
            )
        )


def _no_rule(seen: Seen) -> Iterator[Said]:
    gain, ranking = _row(seen, RULE_BY_CHANCE), _row(seen, AUTOC)
    if not gain["std_error"] > 0:
        yield (
            said(
                "Nobody is chosen: all are called, or none, or all alike. There is "
                "no ranking to value."
            )
        )
    elif gain["lower"] <= 0:
        more = (
            said(" Yet the ranking over all capacities (AUTOC) does beat chance.")
            if ranking["lower"] > 0
            else ""
        )
        yield (
            said(
                "No rule beats calling at random on this evidence: the gain over as "
                "many calls at random is {estimate:+.3g} a customer, {level:g}% "
                "interval {lower:+.3g} to {upper:+.3g}. Call in any order that is "
                "fair or handy.{more}",
                estimate=gain["estimate"],
                level=100 * seen.level,
                lower=gain["lower"],
                upper=gain["upper"],
                more=more,
            )
        )


def _loses(seen: Seen) -> Iterator[Said]:
    rule = _row(seen, RULE)
    if rule["calls"] == 0:
        yield said("No cell is expected to pay for its calls: the rule calls nobody.")
    elif rule["calls"] < seen.money.capacity - 0.02:
        yield (
            said(
                "Only {calls:.0f}% of the customers are called though "
                "{capacity:.0f}% could be: in the others a call is expected to cost "
                "more than it brings.",
                calls=100 * rule["calls"],
                capacity=100 * seen.money.capacity,
            )
        )
    if rule["upper"] < 0:
        yield said("The rule loses money against calling nobody.")


def _unstable(seen: Seen) -> Iterator[Said]:
    share = seen.whole.share
    mean = seen.rules.mean(axis=0)
    total = float(mean @ share)
    if 0 < total < 1:
        both = float((seen.rules @ (mean * share)).mean()) / total
        if both < _AGREE:
            yield (
                said(
                    "The folds do not agree whom to call first: of those that one fold's "
                    "rule calls, another's calls {both:.0f}% on average. The order is "
                    "fragile.",
                    both=100 * both,
                )
            )


def _undeclared(seen: Seen) -> Iterator[Said]:
    if seen.declared is None:
        yield said("The keys were not declared before the data were seen: the rule is exploratory.")


def _data(seen: Seen) -> Iterator[Said]:
    empty = (seen.whole.n == 0).any(axis=1)
    if empty.any():
        yield (
            said(
                "{empty} of {n} cells lack an arm; what a call brings there is told "
                "from cells that share a key.",
                empty=int(empty.sum()),
                n=len(empty),
            )
        )
    if seen.folds.missing:
        total = seen.folds.missing + int(seen.folds.n.sum())
        yield said(
            "{missing:,} of {total:,} units have no value and are left out.",
            missing=seen.folds.missing,
            total=total,
        )
