"""`estimate(…, model="ordinal")`: the whole 0–10 scale, with covariates and levels.

The likelihood is in `ordinal_likelihood`, its posterior in `ordinal_posterior`, draws of stores in
`ordinal_draws`, the PyMC model that referees and replaces it in `ordinal_twin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.categories import Categories
from npsstats.estimation.cell_frame import cell_frame, overall_row
from npsstats.estimation.comparison.kinds import KIND, refuse_mixed_kinds
from npsstats.estimation.comparison.ranking import ranks
from npsstats.estimation.estimated import Estimate
from npsstats.estimation.ordinal.design import formula_keys, lay_out
from npsstats.estimation.ordinal.drawn_net import DrawnNet
from npsstats.estimation.ordinal.draws import draw_nps
from npsstats.estimation.ordinal.likelihood import Marginal
from npsstats.estimation.ordinal.mixture import mix, stated_mix
from npsstats.estimation.ordinal.posterior import RELIABLE, importance, maximize
from npsstats.estimation.ordinal.terms import coefficients, network, stores
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.estimation.comparison.ranking import Ranks
    from npsstats.estimation.ordinal.design import Layout
    from npsstats.estimation.ordinal.draws import Drawn
    from npsstats.estimation.ordinal.posterior import Weighted

    Floats = NDArray[np.float64]

__all__ = ["OrdinalEstimate", "ordinal"]

_METHODS = ("auto", "laplace", "nuts")
_LEAST_HYPER, _MOST_HYPER = 32, 250  # draws of the parameters behind the draws of stores
_NUTS_DRAWS = 1000
_MOST_DRAWN, _FEWEST = 10_000_000, 500  # draws of all stores together, and of each
_CONVERGED = 1.02
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

    def ranks(self, level: float) -> Ranks:
        return ranks(self.drawn.nps, level)


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
    checks.one_of("method", method, _METHODS)
    level = checks.fraction("level", level)
    size = checks.count("draws", draws, least=100)
    rng = np.random.default_rng(checks.count("seed", seed))
    variables = formula_keys(formula)
    places, cell_keys = _keys(data, by, levels, variables)
    needed = list(dict.fromkeys([*places, *variables, *cell_keys]))
    _known(data, variables, places)
    counts = as_counts(data, needed, beside=(KIND,))
    if KIND in counts.keys and KIND not in needed:
        refuse_mixed_kinds(counts, cell_keys, across_kinds=across_kinds)
        counts = counts.by(*needed)
    if not len(counts):
        raise checks.InputError("There is no cell to estimate: the counts are empty.")
    layout = lay_out(counts, formula, places, spread=spread)
    to = None if standardize is None else stated_mix(layout, standardize, cell_keys)
    cells = counts.by(*cell_keys)
    mixture, owner = mix(layout, counts, cells, places[-1], to)
    weighted, doubts = _posterior(layout, method, seed, rng)
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
    options = {
        "model": "ordinal",
        "formula": formula,
        "levels": tuple(places),
        "spread": spread,
        "standardize": None if to is None else to.description,
        "target": target,
        "level": level,
        "draws": len(drawn.nps),
    }
    engine = "PyMC (NUTS)" if np.isnan(weighted.k_hat) else "Laplace and importance sampling"
    return OrdinalEstimate(
        frame,
        (*doubts, *layout.doubts, *_empty(cells), *_few(weighted)),
        Provenance(f"multilevel cumulative logit, {engine}", options, counts.fingerprint, seed),
        overall_row(counts, target, level),
        network(layout, weighted, level),
        net,
        tuple(cell_keys),
        _OrdinalDraws(drawn),
        coefficients(layout, weighted, places, level),
        stores(layout, drawn, places, level),
        pd.DataFrame() if to is None else to.frame,
        weighted.k_hat,
    )


def _known(data: Any, variables: list[str], places: list[str]) -> None:
    """Check the names in the formula and the levels against the keys of counts."""
    for argument, names in (("formula", variables), ("levels", places)):
        for name in names:
            if isinstance(data, ScoreCounts) and name not in data.keys:
                raise checks.InputError(
                    f"`{argument}` names {name!r}, which is not among the counts' keys "
                    f"({', '.join(data.keys)}). Count by it: npsstats.count(data, by=[...])."
                )
    if places[-1] in variables:
        raise checks.InputError(
            f"`formula` names {places[-1]!r}, whose values are the lowest level already: what "
            "they have of their own is in their effects. Leave it out."
        )


def _keys(
    data: Any, by: str | Sequence[str] | None, levels: Sequence[str] | None, variables: list[str]
) -> tuple[list[str], list[str]]:
    """Return the keys of the levels, upper first, and of the cells."""
    cell_keys = [by] if isinstance(by, str) else list(by or ())
    if cell_keys == ["store_id"] and isinstance(data, ScoreCounts) and by not in data.keys:
        cell_keys = [key for key in data.keys if key not in (*variables, *(levels or ())[:-1])]
    if levels is None:
        places = cell_keys if len(cell_keys) == 1 else [k for k in cell_keys if k == "store_id"]
    else:
        places = [levels] if isinstance(levels, str) else list(levels)
        if by == "store_id" and "store_id" not in places:
            cell_keys = places[-1:]
    if len(places) not in (1, 2) or len(set(places)) < len(places):
        raise checks.InputError(
            f"`levels` must name the key of the stores, or of the regions and the stores, got "
            f"{places or 'none'}. Write levels=['region', 'store_id']."
        )
    if places[-1] not in cell_keys:
        raise checks.InputError(
            f"`by` must hold the lowest level, {places[-1]!r}, got {', '.join(cell_keys) or None}."
        )
    return places, cell_keys


def _posterior(
    layout: Layout, method: str, seed: int, rng: np.random.Generator
) -> tuple[Weighted, list[str]]:
    """Return draws of the parameters by the method asked, and what to doubt of them."""
    doubts: list[str] = []
    if method != "nuts":
        marginal = Marginal(layout.cells)
        mode = maximize(marginal, layout.prior)
        weighted = importance(marginal, layout.prior, mode, rng)
        if weighted.k_hat < RELIABLE or method == "laplace":
            if weighted.k_hat >= RELIABLE:
                doubts.append(
                    f"The importance weights are not reliable (Pareto k̂ = {weighted.k_hat:.2f}, "
                    f"to be below {RELIABLE}): use method='nuts'."
                )
            return weighted, doubts
        doubts.append(
            f"Laplace did not fit this posterior (Pareto k̂ = {weighted.k_hat:.2f}): it was "
            "sampled with PyMC instead."
        )
    from npsstats.estimation.ordinal.twin import nuts

    weighted, worst = nuts(layout, _NUTS_DRAWS, seed)
    if worst > _CONVERGED:
        doubts.append(f"The chains have not mixed (R-hat {worst:.2f}): do not rely on this.")
    return weighted, doubts


def _few(weighted: Weighted) -> tuple[str, ...]:
    """Say when the parameters rest on few draws."""
    if np.isnan(weighted.k_hat) or weighted.effective >= _ENOUGH:
        return ()
    text = (
        f"The parameters rest on importance weights worth {weighted.effective:.0f} draws: limits "
        "of `coefficients` may move by a few tenths of a standard error with the seed."
    )
    return (text,)


def _shrinkage(layout: Layout, drawn: Drawn, each: int) -> Floats:
    """Return the weight of the network in every store: what its answers left of its variance."""
    groups = drawn.location.reshape(-1, each, len(layout.stores))
    pars = [layout.cells.unpack(p) for p in drawn.parameters[::each]]
    free = np.array([par.store_sd**2 + par.region_sd**2 for par in pars])
    # draws of one group lie one in every part of the law: their own variance is its variance
    return np.asarray(np.clip((groups.var(axis=1) / free[:, None]).mean(axis=0), 0, 1))


def _empty(cells: ScoreCounts) -> tuple[str, ...]:
    if not cells.n.sum():
        return ("There are no answers at all: every number is the prior's.",)
    empty = int((cells.n == 0).sum())
    if not empty:
        return ()
    have = "cells have" if empty > 1 else "cell has"
    return (f"{empty} {have} no answers: the estimate there is the network's for an unseen cell.",)
