"""The multilevel cumulative logit fitted: from counts to the posterior of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.comparison.kinds import one_kind_counts
from npsstats.estimation.ordinal.design import formula_keys, lay_out
from npsstats.estimation.ordinal.likelihood import Marginal
from npsstats.estimation.ordinal.posterior import RELIABLE, importance, maximize
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.estimation.ordinal.design import Layout
    from npsstats.estimation.ordinal.posterior import Weighted

__all__ = ["OrdinalFit", "fitted"]

_METHODS = ("auto", "laplace", "nuts")
_NUTS_DRAWS = 1000
_CONVERGED = 1.02


@dataclass(frozen=True)
class OrdinalFit:
    """The posterior of the parameters, before any cell is drawn.

    Attributes
    ----------
    counts, cells
        By every key that the model reads, and by the keys of the cells.
    layout
        The model's design.
    formula, places, spread, seed
        As asked; `places` are the keys of the levels.
    weighted, doubts
        Draws of the parameters, and what to doubt of them.
    rng
        As it stood after those draws.
    """

    counts: ScoreCounts
    cells: ScoreCounts
    layout: Layout
    formula: str | None
    places: list[str]
    spread: bool
    seed: int
    weighted: Weighted
    doubts: list[Said]
    rng: np.random.Generator


def fitted(
    data: Any,
    by: str | Sequence[str] | None,
    *,
    formula: str | None = None,
    levels: Sequence[str] | None = None,
    spread: bool = False,
    method: str = "auto",
    across_kinds: bool = False,
    seed: int = 0,
) -> OrdinalFit:
    """Return the posterior of the parameters; arguments and errors as for `npsstats.estimate`."""
    checks.one_of("method", method, _METHODS)
    rng = np.random.default_rng(checks.count("seed", seed))
    variables = formula_keys(formula)
    places, cell_keys = _keys(data, by, levels, variables)
    needed = list(dict.fromkeys([*places, *variables, *cell_keys]))
    _known(data, variables, places)
    counts = one_kind_counts(data, needed, across_kinds=across_kinds, cells=cell_keys)
    if not len(counts):
        raise checks.InputError("There is no cell to estimate: the counts are empty.")
    layout = lay_out(counts, formula, places, spread=spread)
    cells = counts.by(*cell_keys)
    weighted, doubts = _posterior(layout, method, seed, rng)
    return OrdinalFit(counts, cells, layout, formula, places, spread, seed, weighted, doubts, rng)


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
) -> tuple[Weighted, list[Said]]:
    """Return draws of the parameters by the method asked, and what to doubt of them."""
    doubts: list[Said] = []
    if method != "nuts":
        marginal = Marginal(layout.cells)
        mode = maximize(marginal, layout.prior)
        weighted = importance(marginal, layout.prior, mode, rng)
        if weighted.k_hat < RELIABLE or method == "laplace":
            if weighted.k_hat >= RELIABLE:
                doubts.append(
                    said(
                        "The importance weights are not reliable (Pareto k̂ = {k_hat:.2f}, to be "
                        "below {least}): have PyMC draw the parameters (NUTS).",
                        k_hat=weighted.k_hat,
                        least=RELIABLE,
                    )
                )
            return weighted, doubts
        doubts.append(
            said(
                "Laplace did not fit this posterior (Pareto k̂ = {k_hat:.2f}): it was sampled "
                "with PyMC instead.",
                k_hat=weighted.k_hat,
            )
        )
    from npsstats.estimation.ordinal.twin import nuts

    weighted, worst = nuts(layout, _NUTS_DRAWS, seed)
    if worst > _CONVERGED:
        doubts.append(
            said("The chains have not mixed (R-hat {r_hat:.2f}): do not rely on this.", r_hat=worst)
        )
    return weighted, doubts
