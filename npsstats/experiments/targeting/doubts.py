"""What to doubt of a rule, most serious first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from npsstats.experiments.heterogeneity.doubts import unlike_shares
from npsstats.experiments.targeting.valued import AUTOC, RULE, RULE_BY_CHANCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.targeting.folds import FoldCells
    from npsstats.experiments.targeting.valued import Money

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


def doubts(seen: Seen) -> tuple[str, ...]:
    """Return the sentences."""
    kinds = (_assigned, _no_rule, _loses, _unstable, _undeclared, _data)
    return tuple(sentence for kind in kinds for sentence in kind(seen))


def _row(seen: Seen, estimand: str) -> pd.Series:
    return seen.frame[seen.frame["estimand"] == estimand].iloc[0]


def _assigned(seen: Seen) -> Iterator[str]:
    if seen.share is None and unlike_shares(seen.whole) < _UNLIKE:
        yield (
            "The arms are shared out unlike between the cells: if the plan gives a key its own "
            "shares, name it with `share`; if not, a key was formed after assignment or the "
            "assignment failed, and no value here is causal."
        )


def _no_rule(seen: Seen) -> Iterator[str]:
    gain, ranking = _row(seen, RULE_BY_CHANCE), _row(seen, AUTOC)
    if not gain["std_error"] > 0:
        yield (
            "Nobody is chosen: all are called, or none, or all alike. There is no ranking to value."
        )
    elif gain["lower"] <= 0:
        more = (
            " Yet the ranking over all capacities (AUTOC) does beat chance."
            if ranking["lower"] > 0
            else ""
        )
        yield (
            "No rule beats calling at random on this evidence: the gain over as many calls at "
            f"random is {gain['estimate']:+.3g} a customer, {100 * seen.level:g}% interval "
            f"{gain['lower']:+.3g} to {gain['upper']:+.3g}. Call in any order that is fair or "
            f"handy.{more}"
        )


def _loses(seen: Seen) -> Iterator[str]:
    rule = _row(seen, RULE)
    if rule["calls"] == 0:
        yield "No cell is expected to pay for its calls: the rule calls nobody."
    elif rule["calls"] < seen.money.capacity - 0.02:
        yield (
            f"Only {100 * rule['calls']:.0f}% of the customers are called though "
            f"{100 * seen.money.capacity:.0f}% could be: in the others a call is expected to cost "
            "more than it brings."
        )
    if rule["upper"] < 0:
        yield "The rule loses money against calling nobody."


def _unstable(seen: Seen) -> Iterator[str]:
    share = seen.whole.share
    mean = seen.rules.mean(axis=0)
    total = float(mean @ share)
    if 0 < total < 1:
        both = float((seen.rules @ (mean * share)).mean()) / total
        if both < _AGREE:
            yield (
                "The folds do not agree whom to call first: of those that one fold's rule calls, "
                f"another's calls {100 * both:.0f}% on average. The order is fragile."
            )


def _undeclared(seen: Seen) -> Iterator[str]:
    if seen.declared is None:
        yield "The keys were not declared before the data were seen: the rule is exploratory."


def _data(seen: Seen) -> Iterator[str]:
    empty = (seen.whole.n == 0).any(axis=1)
    if empty.any():
        yield (
            f"{int(empty.sum())} of {len(empty)} cells lack an arm; what a call brings there is "
            "told from cells that share a key."
        )
    if seen.folds.missing:
        total = seen.folds.missing + int(seen.folds.n.sum())
        yield f"{seen.folds.missing:,} of {total:,} units have no value and are left out."
