"""Comparable NPS: every cell's score at one stated mix of channel, kind and country.

A French 8 is not an American 8, an answer by text message not one by telephone, and a score asked
for hot after a purchase is not one asked for cold. Where cells differ in how their answers were
collected, their raw scores differ for that reason too. Standardization says what each cell would
score if all had been collected in the same mix.

References
----------
Keiding & Clayton (2014). Standardization and control for confounding in observational studies: a
historical perspective. Statistical Science 29(4), 529–558.
Gelman & Little (1997). Poststratification into many categories using hierarchical logistic
regression. Survey Methodology 23(2), 127–135.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, override

import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.estimation.ordinal.fit import fitted
from npsstats.estimation.ordinal.model import OrdinalEstimate, estimated
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["OVER", "Comparable", "comparable", "direct"]

_OVERLAP = 0.05
OVER = ("channel", "kind", "country")
"""What collection usually differs in; those that the data have are standardized."""


@dataclass(frozen=True, repr=False)
class Comparable(OrdinalEstimate):
    """NPS of every cell at one stated mix, in points.

    `frame` has two columns more than an `OrdinalEstimate`: `nps_direct`, the cell's own raw scores
    by stratum weighted to the mix (NaN where it lacks answers in a stratum of the mix), and
    `mix_effect`, the points by which the cell's raw score owes to its own mix, according to the
    model.
    """

    title: ClassVar[str] = "Comparable Net Promoter Score by cell"

    @override
    def shown(self) -> pd.DataFrame:
        columns = [*self.keys, "n", "nps", "mix_effect", "estimate", "lower", "upper"]
        if self.frame["target"].notna().any():
            columns.append("p_above_target")
        return self.frame[[*columns, "expected_rank", "rank_lower", "rank_upper"]]

    @override
    def headline(self) -> str:
        names = [str(name) for name in self.mix.columns if name != "share"]
        moved = self.frame["mix_effect"].abs()
        return (
            f"{len(self.frame):,} cells at one mix of {', '.join(names)}. Their own mixes moved "
            f"raw scores by {moved.mean():.1f} points on average, {moved.max():.1f} at most."
        )


def comparable(
    data: Any,
    by: str | Sequence[str] = "store_id",
    *,
    over: str | Sequence[str] | None = None,
    mix: Any = "network",
    levels: Sequence[str] | None = None,
    spread: bool = False,
    method: str = "auto",
    target: float | None = None,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Comparable:
    """Return the NPS of every cell standardized to one mix of how answers were collected.

    Parameters
    ----------
    data
        `ScoreCounts` with the keys, or anything that `npsstats.count` takes.
    by
        Key or keys that make a cell: stores, periods …
    over
        What to standardize: columns or keys. None takes channel, kind and country, those of them
        that the data have.
    mix
        The mix to standardize to: "network", the one of all answers; a mapping such as {"kind":
        {"transactional": 0.8, "relational": 0.2}}; or a frame with a column `share`.
    levels, spread, method, target, level, draws, seed
        As for `npsstats.estimate` with `model="ordinal"`.

    Returns
    -------
    Comparable
        `frame` as `npsstats.estimate` gives it, `estimate`, `lower` and `upper` being those at the
        stated mix, with `nps_direct` and `mix_effect` (points); `mix` says which.

    Raises
    ------
    InputError
        If there is nothing to standardize, or the mix names what the data do not have.

    Notes
    -----
    The effects of `over` are taken to be the same in every cell on the logit scale. Where cells
    are large, `nps_direct` needs no such assumption: the two should agree within the interval.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> keys = pd.DataFrame(
    ...     {"store_id": ["A", "A", "B", "B"], "kind": ["hot", "cold", "hot", "cold"]}
    ... )
    >>> scores = [
    ...     [2, 0, 1, 0, 1, 4, 4, 10, 18, 24, 36],
    ...     [2, 1, 0, 1, 1, 3, 3, 4, 4, 3, 3],
    ...     [1, 0, 0, 0, 0, 1, 2, 2, 4, 6, 9],
    ...     [6, 3, 2, 3, 3, 12, 12, 18, 18, 12, 11],
    ... ]
    >>> result = nps.comparable(nps.ScoreCounts(scores, keys), over="kind")
    >>> result.frame[["store_id", "nps", "nps_direct"]].round(1)
      store_id   nps  nps_direct
    0        A  34.4        14.0
    1        B  -5.6        13.0
    """
    wanted = [over] if isinstance(over, str) else list(OVER if over is None else over)
    keys = [by] if isinstance(by, str) else list(by)
    places = [] if levels is None else [levels] if isinstance(levels, str) else list(levels)
    base = list(dict.fromkeys([*keys, *places]))
    if over is None:
        counts = as_counts(data, base, beside=wanted)
        wanted = [name for name in wanted if name in counts.keys and name not in base]
    else:
        counts = as_counts(data, list(dict.fromkeys([*base, *wanted])))
    clash = [name for name in wanted if name in base]
    if clash:
        raise checks.InputError(
            f"`over` names {clash[0]!r}, which is a key of the cells or a level already. Name what "
            "their answers differ in, such as over='kind'."
        )
    if not wanted:
        raise checks.InputError(
            f"There is nothing to standardize: the data have none of {', '.join(OVER)} besides "
            "`by`. Map such a column when reading, or name another with over='journey'."
        )
    quoted = [name if name.isidentifier() else f"`{name}`" for name in wanted]
    asked: dict[str, Any] = {
        "formula": "~ " + " + ".join(quoted),
        "levels": levels,
        "spread": spread,
        "method": method,
        "seed": seed,
    }
    fit = fitted(counts, by, **asked)
    fair = estimated(fit, mix, target=target, level=level, draws=draws)
    own = estimated(fit, target=None, level=level, draws=draws)
    frame = fair.frame.assign(
        nps_direct=direct(counts, list(fair.keys), fair.mix),
        mix_effect=own.frame["estimate"] - fair.frame["estimate"],
    )
    parts = {part.name: getattr(fair, part.name) for part in fields(fair)}
    doubts = (*_confounded(counts, list(fair.keys), wanted), *fair.diagnostics)
    return Comparable(**{**parts, "frame": frame, "diagnostics": doubts})


def _confounded(counts: ScoreCounts, keys: list[str], over: list[str]) -> tuple[Said, ...]:
    """Say which variables next to no cell has two values of."""
    doubts: list[Said] = []
    for name in over:
        table = counts.by(*keys, name)
        several = pd.Series((table.n > 0).astype(int)).groupby(
            [table.cells[key].astype(str) for key in keys]
        )
        overlap = (several.transform("sum") > 1).to_numpy()
        share = float(table.n[overlap].sum()) / max(float(table.n.sum()), 1.0)
        if share < _OVERLAP and len(counts.by(name)) > 1:
            doubts.append(
                said(
                    "Only {share:.0f}% of the answers come from cells with more than one {name}: "
                    "its effect can hardly be told from what the cells have of their own, and the "
                    "standardized scores rest on the prior that they are alike.",
                    share=100 * share,
                    name=name,
                )
            )
    return tuple(doubts)


def direct(counts: ScoreCounts, keys: list[str], mix: pd.DataFrame) -> Floats:
    """Return each cell's raw NPS by stratum, weighted to a mix, in points.

    NaN where a cell has no answer in a stratum that the mix gives a share.
    """
    strata = [str(name) for name in mix.columns if name != "share"]
    scores = counts.by(*dict.fromkeys([*keys, *strata]))
    table = scores.cells.astype(str).assign(nps=scores.nps)
    cells = counts.by(*keys).cells.astype(str).reset_index(names="place")
    needed = mix[mix["share"] > 0]
    needed = needed.assign(**{name: needed[name].astype(str) for name in strata})
    crossed = cells.merge(needed, how="cross").merge(
        table, how="left", on=list(dict.fromkeys([*keys, *strata]))
    )
    weighted = (
        (crossed["share"] * crossed["nps"]).groupby(crossed["place"]).sum(min_count=len(needed))
    )
    return weighted.reindex(range(len(cells))).to_numpy(dtype=float)
