"""`estimate(…, model="ordinal")`: the whole 0–10 scale, with covariates and levels.

The fit is in `fit`, its likelihood in `likelihood`, draws of stores in `draws`, the PyMC model
that referees and replaces it in `twin`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.categories import Categories
from npsstats.estimation.cell_frame import cell_frame, no_answers, overall_row
from npsstats.estimation.comparison.ranking import ranks
from npsstats.estimation.estimated import Estimate
from npsstats.estimation.ordinal.drawn_net import DrawnNet
from npsstats.estimation.ordinal.draws import draw_nps
from npsstats.estimation.ordinal.fit import fitted
from npsstats.estimation.ordinal.mixture import mix, stated_mix
from npsstats.estimation.ordinal.terms import coefficients, network, stores
from npsstats.results import Provenance
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.ordinal.design import Layout
    from npsstats.estimation.ordinal.draws import Drawn
    from npsstats.estimation.ordinal.fit import OrdinalFit
    from npsstats.estimation.ordinal.posterior import Weighted

    Floats = NDArray[np.float64]

__all__ = ["OrdinalEstimate", "estimated", "ordinal"]

_LEAST_HYPER, _MOST_HYPER = 32, 250  # draws of the parameters behind the draws of stores
_MOST_DRAWN, _FEWEST = 10_000_000, 500  # draws of all stores together, and of each
_ENOUGH = 60  # effective draws of the parameters


@dataclass(frozen=True, repr=False)
class OrdinalEstimate(Estimate):
    """Posterior NPS of every cell from the multilevel cumulative logit, in points.

    Attributes
    ----------
    coefficients
        A row a parameter: effects of the formula's terms and the sd of the levels on the logit
        scale (a positive effect goes with higher scores), and the thresholds.
    stores
        A row a store: its `location` on the latent scale (logits) and, with `spread=True`, how
        widely its answers spread (1 as the network's; more means more tens and more zeros at the
        same location) with `p_wider`, each with its limits.
    mix
        The mix of covariates that every cell's NPS is standardized to, with its shares; empty
        where each cell keeps its own.
    k_hat
        Pareto k̂ of the importance weights; NaN where NUTS ran.
    """

    title: ClassVar[str] = "Net Promoter Score by cell, multilevel cumulative logit"

    @override
    def headline(self) -> str:
        text = super().headline()
        if not len(self.mix):
            return text
        names = [str(name) for name in self.mix.columns if name != "share"]
        return f"{text}\nCells stand at one mix of {', '.join(names)}; the whole as it was asked."

    coefficients: pd.DataFrame
    stores: pd.DataFrame
    mix: pd.DataFrame
    k_hat: float


@dataclass(frozen=True)
class _OrdinalDraws:
    """Joint draws of the cells and of the levels behind them."""

    drawn: Drawn

    def variables(self) -> dict[str, Floats]:
        return {"nps": 100 * self.drawn.nps}


def ordinal(
    data: Any,
    by: str | Sequence[str] | None,
    *,
    formula: str | None = None,
    levels: Sequence[str] | None = None,
    spread: bool = False,
    standardize: Any = None,
    method: str = "auto",
    across_kinds: bool = False,
    target: float | None = None,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> OrdinalEstimate:
    """Return the NPS of every cell by the multilevel cumulative logit.

    Parameters, returns and errors are those of `npsstats.estimate` with `model="ordinal"`.
    """
    checks.fraction("level", level)  # before the work
    fit = fitted(
        data,
        by,
        formula=formula,
        levels=levels,
        spread=spread,
        method=method,
        across_kinds=across_kinds,
        seed=seed,
    )
    return estimated(fit, standardize, target=target, level=level, draws=draws)


def estimated(
    fit: OrdinalFit, standardize: Any = None, *, target: float | None, level: float, draws: int
) -> OrdinalEstimate:
    """Return the NPS of every cell, at a stated mix or each at its own.

    Asked twice of one fit, it draws with the same random numbers.
    """
    level = checks.fraction("level", level)
    size = checks.count("draws", draws, least=100)
    rng = deepcopy(fit.rng)
    layout, counts, cells, places, weighted = (
        fit.layout,
        fit.counts,
        fit.cells,
        fit.places,
        fit.weighted,
    )
    to = None if standardize is None else stated_mix(layout, standardize, cells.keys)
    mixture, owner = mix(layout, counts, cells, places[-1], to)
    hyper = int(np.clip(250_000 // len(layout.stores), _LEAST_HYPER, _MOST_HYPER))
    size = min(size, max(_FEWEST, _MOST_DRAWN // len(layout.stores)))
    each = 4 * -(-size // (4 * hyper))
    drawn = draw_nps(layout.cells, mixture, weighted.resample(hyper, rng), each, rng)
    categories = Categories(cells)
    net = DrawnNet(drawn.nps)
    frame = cell_frame(
        categories,
        net,
        _shrinkage(layout, drawn, each)[owner],
        ranks(drawn.nps, level),
        target,
        level,
    )
    overall = overall_row(counts, target, level)
    if len(cells) == 1 and to is None:
        overall = frame[list(overall.columns)]  # one cell is all answers: one number of it
    options = {
        "model": "ordinal",
        "formula": fit.formula,
        "levels": tuple(places),
        "spread": fit.spread,
        "standardize": None if to is None else to.description,
        "target": target,
        "level": level,
        "draws": len(drawn.nps),
    }
    engine = "PyMC (NUTS)" if np.isnan(weighted.k_hat) else "Laplace and importance sampling"
    return OrdinalEstimate(
        frame,
        (*fit.doubts, *layout.doubts, *_empty(cells), *_few(weighted)),
        Provenance(f"multilevel cumulative logit, {engine}", options, counts.fingerprint, fit.seed),
        overall,
        network(layout, weighted, level),
        net,
        tuple(cells.keys),
        _OrdinalDraws(drawn),
        coefficients(layout, weighted, places, level),
        stores(layout, drawn, places, level),
        pd.DataFrame() if to is None else to.frame,
        weighted.k_hat,
    )


def _few(weighted: Weighted) -> tuple[Said, ...]:
    """Say when the parameters rest on few draws."""
    if np.isnan(weighted.k_hat) or weighted.effective >= _ENOUGH:
        return ()
    text = said(
        "The parameters rest on importance weights worth {draws:.0f} draws: limits of "
        "the coefficients may move by a few tenths of a standard error with the seed.",
        draws=weighted.effective,
    )
    return (text,)


def _shrinkage(layout: Layout, drawn: Drawn, each: int) -> Floats:
    """Return the weight of the network in every store: what its answers left of its variance."""
    groups = drawn.location.reshape(-1, each, len(layout.stores))
    pars = [layout.cells.unpack(p) for p in drawn.parameters[::each]]
    free = np.array([par.store_sd**2 + par.region_sd**2 for par in pars])
    # draws of one group lie one in every part of the law: their own variance is its variance
    return np.asarray(np.clip((groups.var(axis=1) / free[:, None]).mean(axis=0), 0, 1))


def _empty(cells: ScoreCounts) -> tuple[Said, ...]:
    if not cells.n.sum():
        return (no_answers(),)
    empty = int((cells.n == 0).sum())
    if not empty:
        return ()
    text = said_many(
        "{n} cell has no answers: the estimate there is the network's for an unseen cell.",
        "{n} cells have no answers: the estimate there is the network's for an unseen cell.",
        empty,
    )
    return (text,)
