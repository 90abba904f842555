"""Shares by cell with their uncertainty: what every neighbour of the NPS returns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.neighbours.shares import SharePosterior, share_posterior
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.results import Result
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.scales import ScaleCounts

    Floats = NDArray[np.float64]

__all__ = [
    "COUNTED",
    "METHODS",
    "Asked",
    "ShareEstimate",
    "overall_row",
    "share_columns",
    "share_doubts",
]

COUNTED = {"answers": said("answers"), "invitations": said("invitations")}
"""What shares are of."""

METHODS = {
    "partial": "hierarchical beta-binomial, by quadrature",
    "none": "Jeffreys' prior, every cell alone",
    "complete": "Jeffreys' prior, all cells as one",
}


@dataclass(frozen=True)
class Asked:
    """How an estimate was asked for: checked once, for every function that takes these."""

    pooling: str
    level: float
    prior_concentration: float
    size: int
    seed: int

    @classmethod
    def of(
        cls, pooling: str, level: float, prior_concentration: float, draws: int, seed: int
    ) -> Asked:
        """Check the arguments; draws are rounded up to a multiple of four."""
        return cls(
            checks.one_of("pooling", pooling, METHODS),
            checks.fraction("level", level),
            checks.number("prior_concentration", prior_concentration, low=0.1, high=1e6),
            4 * -(-checks.count("draws", draws, least=100) // 4),
            checks.count("seed", seed),
        )

    def options(self) -> dict[str, Any]:
        """Return what goes into the provenance."""
        kappa = self.prior_concentration if self.pooling == "partial" else None
        return {
            "pooling": self.pooling,
            "level": self.level,
            "prior_concentration": kappa,
            "draws": self.size,
        }


@dataclass(frozen=True, repr=False)
class ShareEstimate(Result):
    """Posterior share of every cell, between 0 and 1, rows in the order given.

    Attributes
    ----------
    overall
        One row: all rows together, with Jeffreys' prior.
    network
        Posterior of the network, rows `concentration` (κ, in answers) and `between_sd` (how much
        cells truly differ, one sd of the share); empty unless pooling is partial.
    measured, counted
        What the share is ("answered") and of what ("invitations").
    """

    title: ClassVar[str] = "Share by cell"
    overall: pd.DataFrame
    network: pd.DataFrame
    measured: str
    counted: str
    keys: tuple[str, ...]
    posterior: SharePosterior
    asked: Asked

    @override
    def headline(self) -> str:
        row = self.overall.iloc[0]
        share = row.estimate if np.isnan(row.raw) else row.raw
        text = (
            f"{100 * share:.1f}% {self.measured}, {100 * row.level:g}% credible interval "
            f"{100 * row.lower:.1f} to {100 * row.upper:.1f}%, from {int(row.n):,} {self.counted} "
            f"in {len(self.frame):,} cell{'s' if len(self.frame) != 1 else ''}"
        )
        if len(self.network) and len(self.frame) > 1:
            spread = self.network.loc["between_sd"]
            text += (
                f".\nCells truly differ by about ±{100 * spread.estimate:.1f} percentage points "
                f"(one sd, {100 * spread.lower:.1f} to {100 * spread.upper:.1f})"
            )
        return text + "."

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame[[*self.keys, "n"]].copy()
        for name in ("raw", "estimate", "lower", "upper"):
            frame[f"{name} %"] = 100 * self.frame[name]
        return frame.assign(shrinkage=self.frame["shrinkage"])

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Joint posterior draws of `share`, with partial pooling also κ and the network's mean."""
        from npsstats.estimation.draws import tree

        rng = np.random.default_rng(self.asked.seed)
        drawn = self.posterior.draws(self.asked.size, rng)
        return tree(drawn, self.frame, list(self.keys))


def share_columns(
    yes: Floats, n: Floats, asked: Asked
) -> tuple[dict[str, Any], SharePosterior, pd.DataFrame]:
    """Return the columns of a frame of shares, the posterior behind them, and the network."""
    posterior = share_posterior(yes, n - yes, asked.pooling, asked.prior_concentration)
    estimate, sd = posterior.law.moments()
    tail = (1 - asked.level) / 2
    raw = np.full(len(n), np.nan)
    np.divide(yes, n, out=raw, where=n > 0)
    columns = {
        "raw": raw,
        "estimate": estimate,
        "std_error": sd,
        "lower": posterior.law.ppf(tail),
        "upper": posterior.law.ppf(1 - tail),
        "level": asked.level,
        "shrinkage": posterior.shrinkage,
    }
    return columns, posterior, _network(posterior, tail, asked.level)


def overall_row(name: str, yes: Floats, n: Floats, level: float) -> pd.DataFrame:
    """Return the one row of all cells together."""
    asked = Asked("complete", level, PRIOR_CONCENTRATION, 100, 0)
    total = np.array([yes.sum()]), np.array([n.sum()])
    columns, _, _ = share_columns(*total, asked)
    whole = {"n": total[1].astype(np.int64), name: total[0].astype(np.int64)}
    return pd.DataFrame(whole | columns)


def share_doubts(
    counts: ScaleCounts, asked: Asked, noun: str, column: str | None = None
) -> list[Said]:
    """Return what to doubt of shares from these counts."""
    n, things = counts.n, COUNTED[noun]
    doubts: list[Said] = []
    if counts.blank:
        doubts.append(
            said(
                "{blank:,} of {all:,} rows hold no value{of} and are left out; those who gave none "
                "may differ.",
                blank=counts.blank,
                all=counts.blank + int(n.sum()),
                of=said(" of `{column}`", column=column) if column else "",
            )
        )
    if not n.sum():
        doubts.append(
            said("There are no {things} at all: every number is the prior's.", things=things)
        )
    elif (empty := int((n == 0).sum())) and asked.pooling == "partial":
        doubts.append(
            said_many(
                "{n} cell has no {things}: the estimate there is what the network says of a cell "
                "it has not seen.",
                "{n} cells have no {things}: the estimate there is what the network says of a "
                "cell it has not seen.",
                empty,
                things=things,
            )
        )
    if asked.pooling == "partial" and 1 <= (n > 0).sum() < 5:
        doubts.append(
            said(
                "Fewer than five cells have {things}: how much they differ rests on the prior of "
                "how alike cells are.",
                things=things,
            )
        )
    return doubts


def _network(posterior: SharePosterior, tail: float, level: float) -> pd.DataFrame:
    """Return median and equal-tailed limits of κ and of the sd between cells."""
    columns = ["estimate", "lower", "upper", "level"]
    if posterior.network is None:
        return pd.DataFrame(columns=columns)
    line = posterior.network.line
    kappa = np.exp(line.tau)
    spread = line.mean * (1 - line.mean) - line.variance  # E[m(1 − m) | κ]
    rows = {}
    for name, values in (
        ("concentration", kappa),
        ("between_sd", np.sqrt(np.maximum(spread, 0) / (kappa + 1))),
    ):
        order = np.argsort(values)
        reached = np.cumsum(line.weights[order]) - line.weights[order] / 2
        low, middle, high = np.interp([tail, 0.5, 1 - tail], reached, values[order])
        rows[name] = (middle, low, high, level)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
