"""`estimate`: the NPS of every cell with its uncertainty, pooled as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.answering.weighted_cells import weighted_cells
from npsstats.estimation.categories import Categories
from npsstats.estimation.cell_frame import (
    added_up,
    cell_frame,
    few_cells,
    no_answers,
    overall_row,
    unseen,
)
from npsstats.estimation.comparison.kinds import one_kind_counts
from npsstats.estimation.dirichlet import JEFFREYS
from npsstats.estimation.estimated import Estimate, PooledDraws
from npsstats.estimation.misfit import too_alike
from npsstats.estimation.net_share import NetShare
from npsstats.estimation.pooled import PRIOR_CONCENTRATION, Hyperposterior, hyperposterior
from npsstats.results import Provenance
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Estimate", "estimate"]

_MODELS = ("pooled", "ordinal")
_METHODS = {
    "partial": "hierarchical Dirichlet-multinomial, by quadrature",
    "none": "Dirichlet(½, ½, ½) posterior, every cell alone",
    "complete": "Dirichlet(½, ½, ½) posterior, all cells as one",
}


def estimate(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    model: str = "pooled",
    pooling: str = "partial",
    formula: str | None = None,
    levels: Sequence[str] | None = None,
    spread: bool = False,
    standardize: Any = None,
    method: str = "auto",
    weights: Any = None,
    target: float | None = None,
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    across_kinds: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Return the NPS of every cell with its uncertainty.

    Parameters
    ----------
    data
        `ScoreCounts`, or anything that `npsstats.count` takes (a path, a frame, an `Intake` …).
    by
        Key or keys that make a cell. `ScoreCounts` without `store_id` are taken as they are;
        None puts all answers into one cell.
    model
        "pooled": detractors, passives and promoters of exchangeable cells. "ordinal": the whole
        scale, by the multilevel cumulative logit of `npsstats.estimation.ordinal.model`, which
        `formula`, `levels`, `spread`, `standardize` and `method` belong to.
    pooling
        "partial": cells borrow strength from each other, as much as the data warrant (the
        hierarchical Dirichlet-multinomial of `npsstats.estimation.pooled`). "none": every cell
        alone, as is one cell that has no others. "complete": as if all cells were one.
    formula
        Covariates, such as "~ channel + kind", each a column or a key of the counts. A number is
        a slope, anything else a category.
    levels
        The key of the stores, or of the regions and of the stores: ["region", "store_id"].
    spread
        Whether stores differ in spread too, so that of two stores with one mean the one with more
        tens and more zeros is known as such.
    standardize
        Mix of the formula's variables that every cell's NPS is standardized to: "network", a
        mapping such as {"channel": {"email": 0.6, "sms": 0.4}}, or a frame with a column
        `share`. None leaves each cell its own mix.
    method
        How the ordinal model's posterior is found: "laplace" (with importance sampling), "nuts"
        (PyMC), or "auto", which is the first unless its Pareto k̂ says that it fails.
    weights
        From `post_stratify`, `rake` or `response_propensity`; a data frame of keys and a column
        `weight`; or the name of a column of the answers that holds a weight each. A cell counts
        as its weighted shares and its effective answers (Kish) say. Their scale does not matter.
    target
        NPS in points that `p_above_target` refers to, or None.
    level
        Level of the equal-tailed credible intervals.
    prior_concentration
        Prior median of κ, in answers; read only with partial pooling.
    across_kinds
        Compare cells raw even where their answers come from different mixes of transactional and
        relational surveys; otherwise that is refused (see `npsstats.comparable`), unless the
        formula or `by` holds "kind".
    draws
        Joint posterior draws behind the ranks and `result.draws`; rounded up to a multiple of 4.
        The ordinal model draws ten million stores at most: 1,000 times 10,000 of them.
    seed
        Seed of the draws. Estimates, intervals and P(above target) of the pooled model need
        none; those of the ordinal model are made of draws.

    Returns
    -------
    Estimate
        `frame` with a row a cell, in the order given: its labels, n, promoters, passives,
        detractors, nps (raw points, NaN without answers), estimate, std_error, lower, upper
        (points), level, shrinkage (weight of the network in the estimate, 0 to 1), target,
        p_above_target, expected_rank, rank_lower, rank_upper (1 is best), p_best. With weights,
        n_effective and nps_weighted too, while n and nps remain those of the answers. With
        `model="ordinal"` an `OrdinalEstimate`, which has `coefficients` and `mix` too.

    Raises
    ------
    InputError
        If an argument is out of range, the data cannot be read, or cells mix kinds of survey in
        different proportions.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9], [2, 0, 0, 1, 0, 3, 1, 2, 2, 1, 0]],
    ...     cells=["Lyon", "Lille"],
    ... )
    >>> result = nps.estimate(counts, target=0)
    >>> result.frame[["cell", "nps", "estimate", "lower", "upper", "p_above_target"]].round(2)
        cell   nps  estimate  lower  upper  p_above_target
    0   Lyon  55.0     36.08  -0.29  68.20            0.97
    1  Lille -50.0    -20.98 -64.34  25.46            0.20
    """
    if checks.one_of("model", model, _MODELS) == "ordinal":
        from npsstats.estimation.ordinal.model import ordinal

        _only("pooled", pooling=pooling != "partial", weights=weights is not None)
        return ordinal(
            data,
            by,
            formula=formula,
            levels=levels,
            spread=spread,
            standardize=standardize,
            method=method,
            across_kinds=across_kinds,
            target=target,
            level=level,
            draws=draws,
            seed=seed,
        )
    _only(
        "ordinal",
        formula=formula is not None,
        levels=levels is not None,
        spread=spread,
        standardize=standardize is not None,
        method=method != "auto",
    )
    checks.one_of("pooling", pooling, _METHODS)
    level = checks.fraction("level", level)
    prior_concentration = checks.number(
        "prior_concentration", prior_concentration, low=0.1, high=1e6
    )
    size = 4 * -(-checks.count("draws", draws, least=100) // 4)
    if weights is None:
        worth, counts = None, one_kind_counts(data, by, across_kinds=across_kinds)
    else:
        worth = weighted_cells(data, by, weights, across_kinds=across_kinds)
        counts = worth.counts
    if not len(counts):
        raise checks.InputError("There is no cell to estimate: the counts are empty.")
    categories = Categories(counts)
    array = categories.array if worth is None else worth.array
    n = array.sum(axis=1)
    if len(array) == 1 and pooling == "partial":
        pooling = "none"  # one cell has none to borrow from: it is all answers together
    hyper = hyperposterior(array, prior_concentration) if pooling == "partial" else None
    if hyper is not None:
        net, shrinkage = hyper.cells(array), hyper.shrinkage(n)
    elif pooling == "none":
        net = NetShare.single(array + JEFFREYS)
        shrinkage = JEFFREYS.sum() / (JEFFREYS.sum() + n)
    else:
        together = np.repeat((array.sum(axis=0) + JEFFREYS)[None], len(array), axis=0)
        net, shrinkage = NetShare.single(together), np.ones(len(array))
    drawing = PooledDraws(array, pooling, hyper, size, checks.count("seed", seed))
    frame = cell_frame(categories, net, shrinkage, drawing.ranks(level), target, level)
    options = {
        "pooling": pooling,
        "target": target,
        "level": level,
        "prior_concentration": prior_concentration if hyper is not None else None,
        "draws": size,
    }
    if worth is None:
        name, first = _METHODS[pooling], added_up(data, counts.keys)
        overall = overall_row(counts, target, level)
    else:
        name, first = f"{_METHODS[pooling]}, of weighted answers", worth.said
        frame, overall = worth.onto(frame), worth.overall(target, level)
        options["weights"] = worth.source
    network = _network(hyper, level)
    return Estimate(
        frame,
        (*_doubts(n, hyper, first), *_too_alike(array, network)),
        Provenance(name, options, categories.fingerprint, seed),
        overall,
        network,
        net,
        tuple(counts.keys),
        drawing,
    )


def _only(model: str, **given: bool) -> None:
    """Refuse arguments that the other model would leave unread."""
    for name, stated in given.items():
        if stated:
            raise checks.InputError(
                f"`{name}` belongs to the {model} model. Write model={model!r}, or leave it out."
            )


def _network(hyper: Hyperposterior | None, level: float) -> pd.DataFrame:
    """Return median and equal-tailed limits of κ and of the sd between cells."""
    columns = ["estimate", "lower", "upper", "level"]
    if hyper is None:
        return pd.DataFrame(columns=columns, dtype=float)
    line = hyper.line
    kappa = np.exp(line.tau)
    mean = line.mean_shares
    net = mean[:, 2] - mean[:, 0]
    between = 100 * np.sqrt(
        np.maximum(mean[:, 2] + mean[:, 0] - net**2 - line.net_variance, 0) / (kappa + 1)
    )
    rows = {}
    for name, values in (("concentration", kappa), ("between_sd", between)):
        order = np.argsort(values)
        reached = np.cumsum(line.weights[order]) - line.weights[order] / 2
        low, middle, high = np.interp(
            [(1 - level) / 2, 0.5, (1 + level) / 2], reached, values[order]
        )
        rows[name] = (middle, low, high, level)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _too_alike(array: Floats, network: pd.DataFrame) -> tuple[Said, ...]:
    """Say when the model takes cells for more alike than their raw scores allow."""
    if not len(network):
        return ()
    modelled = float(network["estimate"]["between_sd"])
    by_moments = too_alike(array, modelled)
    if by_moments is None:
        return ()
    text = said(
        "Raw scores say that cells truly differ by ±{raw:.1f} points, this model ±{modelled:.1f}: "
        "promoters and detractors move against each other, which it does not expect, and its "
        "intervals are too narrow. Use the model of the whole scale (ordinal).",
        raw=by_moments,
        modelled=modelled,
    )
    return (text,)


def _doubts(n: Floats, hyper: Hyperposterior | None, first: tuple[Said, ...]) -> tuple[Said, ...]:
    doubts = [*first]
    if not n.sum():
        doubts.append(no_answers())
    elif (empty := int((n == 0).sum())) and hyper is not None:
        doubts.append(unseen(empty))
    if hyper is not None and len(n) > 1 and 1 <= (n > 0).sum() < 5:
        doubts.append(few_cells())
    if hyper is not None and hyper.error > 0.01:
        doubts.append(
            said(
                "The quadrature over the network's parameters still moved a cell by {error:.3f} sd "
                "when it was refined.",
                error=hyper.error,
            )
        )
    return tuple(doubts)
