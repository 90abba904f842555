"""What `estimate` returns, and how its cells are drawn jointly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Protocol, override

import numpy as np

from npsstats.estimation.comparison.ranking import Ranks, p_top, ranks
from npsstats.estimation.dirichlet import JEFFREYS
from npsstats.results import Result, interval_text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.estimation.net_share import NetLaw
    from npsstats.estimation.pooled import Hyperposterior

    Floats = NDArray[np.float64]

__all__ = ["Drawing", "Estimate", "PooledDraws"]


@dataclass(frozen=True, repr=False)
class Estimate(Result):
    """Posterior NPS of every cell, in points (−100…100), rows in the order given.

    Attributes
    ----------
    overall
        One row: all answers together, with Jeffreys' Dirichlet(½, ½, ½) prior.
    network
        Posterior of the network, rows `concentration` (κ, in answers) and `between_sd` (how much
        the cells truly differ, one sd in points); empty unless pooling is partial.
    net
        The exact posterior of every cell's NPS, as a share.
    """

    title: ClassVar[str] = "Net Promoter Score by cell"
    overall: pd.DataFrame
    network: pd.DataFrame
    net: NetLaw
    keys: tuple[str, ...]
    _draw: Drawing

    @override
    def headline(self) -> str:
        row = self.overall.iloc[0]
        raw = row.get("nps_weighted", row.nps)
        # next to no answers, or all alike: the raw score lies beyond what is believed
        raw = raw if row.lower <= raw <= row.upper else np.nan
        score = row.estimate if np.isnan(raw) else raw
        text = (
            f"NPS {score:+.1f}, {interval_text(row, 'credible interval')}, "
            f"from {int(row.n):,} answers in {len(self.frame):,} "
            f"cell{'s' if len(self.frame) != 1 else ''}"
        )
        if len(self.network) and len(self.frame) > 1:
            raw = self.frame["nps_weighted" if "nps_weighted" in row else "nps"].std()
            spread = self.network.loc["between_sd"]
            text += (
                f".\nCells truly differ by about ±{spread.estimate:.1f} points (one sd, "
                f"{spread.lower:.1f} to {spread.upper:.1f}); their raw scores by ±{raw:.1f}"
            )
        return text + "."

    @override
    def shown(self) -> pd.DataFrame:
        columns = [*self.keys, "n", "nps", "estimate", "lower", "upper", "shrinkage"]
        if "nps_weighted" in self.frame:
            columns[len(self.keys) : -4] = ["n", "n_effective", "nps", "nps_weighted"]
        if self.frame["target"].notna().any():
            columns.append("p_above_target")
        if len(self.frame) > 1:  # one has no rank
            columns += ["expected_rank", "rank_lower", "rank_upper"]
        return self.frame[columns]

    @cached_property
    def joint(self) -> Floats:
        """Joint posterior draws of every cell's NPS in points, (draws, cells)."""
        return self._draw.variables()["nps"]

    def p_top(self, k: int) -> pd.DataFrame:
        """Return every cell's probability of being among the k highest.

        Parameters
        ----------
        k
            From 1 to the number of cells; the column `p_top` adds up to k.

        Examples
        --------
        >>> import npsstats as nps
        >>> counts = nps.ScoreCounts([[1] * 11, [0] * 8 + [5] * 3, [3] * 11])
        >>> nps.estimate(counts, pooling="none").p_top(1).round(1)["p_top"].tolist()
        [0.0, 1.0, 0.0]
        """
        columns = [*self.keys, "n", "nps", "estimate"]
        return self.frame[columns].assign(p_top=p_top(self.joint, k))

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Joint posterior draws: `nps` (points), with partial pooling also κ and mean shares."""
        from npsstats.estimation.draws import tree

        return tree(self._draw.variables(), self.frame, list(self.keys))


class Drawing(Protocol):
    """What draws a result's cells jointly."""

    def variables(self) -> dict[str, Floats]:
        """Return draws by name, `nps` (draws, cells) in points among them."""


@dataclass(frozen=True)
class PooledDraws:
    """What it takes to draw again, the same numbers every time."""

    counts: Floats
    pooling: str
    hyper: Hyperposterior | None
    size: int
    seed: int

    def variables(self) -> dict[str, Floats]:
        """Return draws by name."""
        rng = np.random.default_rng(self.seed)
        if self.hyper is not None:
            drawn = self.hyper.draws(self.counts, self.size, rng)
            return {
                "nps": 100 * drawn.nps,
                "concentration": drawn.concentration,
                "mean_detractors": drawn.mean_shares[:, 0],
                "mean_passives": drawn.mean_shares[:, 1],
                "mean_promoters": drawn.mean_shares[:, 2],
            }
        alpha = self.counts + JEFFREYS
        if self.pooling == "complete":
            alpha = (self.counts.sum(axis=0) + JEFFREYS)[None]
        nps = np.empty((self.size, len(self.counts)))
        for row in nps:
            gamma = rng.standard_gamma(alpha)
            row[:] = 100 * (gamma[:, 2] - gamma[:, 0]) / gamma.sum(axis=1)
        return {"nps": nps}

    def ranks(self, level: float) -> Ranks:
        """Return the posterior of every cell's rank."""
        if self.pooling == "complete":
            # all cells are one: every rank is as probable as any other
            cells = len(self.counts)
            tail = (1 - level) / 2
            ones = np.ones(cells)
            return Ranks(
                ones * (cells + 1) / 2,
                ones * (1 + np.floor(tail * cells)),
                ones * (cells - np.floor(tail * cells)),
                ones / cells,
            )
        return ranks(self.variables()["nps"], level)
