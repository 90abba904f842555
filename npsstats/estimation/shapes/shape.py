"""`shape`: what the NPS leaves out: the whole distribution, how divided, how low, how much told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.estimation.cell_frame import few_cells, no_answers, unseen
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.estimation.shapes.measures import MEASURES, ShapePosterior, shape_frames
from npsstats.estimation.shapes.score_tree import score_tree
from npsstats.results import Provenance, Result
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["Shape", "shape"]

_METHODS = {
    "partial": "Dirichlet tree, every fork pooled over the cells (Minka 1999)",
    "none": "Dirichlet posterior, every cell alone",
}


@dataclass(frozen=True, repr=False)
class Shape(Result):
    """The shape of every cell's distribution; a row a cell and measure.

    Measures: `polarization` (0: all give one score, 1: half give 0 and half 10; larger is more
    divided), `opposition` (the same of promoters against detractors, given the NPS: 0 as many
    passives as the NPS allows, 1 no passives), `super_detractors` (share of scores up to the cut,
    0 to 1) and `word_of_mouth` (good tellings minus bad ones per 100 customers, under `told`).

    Attributes
    ----------
    distribution
        A row a cell and score: n, raw share, estimate, std_error, lower, upper (shares), level.
    cells
        A row a cell: n, raw NPS in points, and raw (unpooled) `consensus` (Leik; 1 all alike) and
        `agreement` (van der Eijk's A; 1 all alike, −1 half 0 and half 10).
    break_even
        A row a cell: `nps` at which good and bad tellings cancel, in points, with the passives
        that the cell has: estimate, lower, upper, level; NaN where nobody tells anything.
    told
        Tellings assumed of a promoter, a passive and a detractor.
    """

    title: ClassVar[str] = "Shape of the answers"
    distribution: pd.DataFrame
    cells: pd.DataFrame
    break_even: pd.DataFrame
    told: dict[str, float]
    keys: tuple[str, ...]
    _posterior: ShapePosterior

    @override
    def headline(self) -> str:
        told, cut = self.told, self.provenance.options["cut"]
        if len(self.cells) == 1:
            index, _, low, tell = (self.frame.iloc[place] for place in range(len(MEASURES)))
            text = (
                f"Polarization {_span(index, 1, 2)} (0 all alike, 1 half 0 and half 10); "
                f"{_span(low, 100, 1)} % score 0–{cut}; word of mouth {_span(tell, 1, 0)} "
                "tellings per 100 customers"
            )
        else:
            divided, _, lowest, _ = self.frame["estimate"].to_numpy().reshape(-1, 4).T
            names = [" · ".join(map(str, row)) for row in self.cells[list(self.keys)].to_numpy()]
            text = (
                f"Polarization goes from {divided.min():.2f} ({names[divided.argmin()]}) to "
                f"{divided.max():.2f} ({names[divided.argmax()]}) over {len(names):,} cells; "
                f"{100 * np.median(lowest):.1f} % score 0–{cut} in the middle cell"
            )
        return (
            f"{text}.\nWord of mouth is an assumption, not a finding: a promoter tells "
            f"{told['promoter']:g}, a passive {told['passive']:g}, a detractor "
            f"{told['detractor']:g}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame
        digits = {"super_detractors": (100, 1), "word_of_mouth": (1, 0)}
        text = []
        for name, *numbers in zip(
            *(frame[name] for name in ("measure", "estimate", "lower", "upper")), strict=True
        ):
            scale, places = digits.get(name, (1, 2))
            middle, low, high = (f"{scale * number:.{places}f}" for number in numbers)
            text.append(f"{middle} ({low} to {high})")
        wide = frame[[*self.keys, "n"]].iloc[:: len(MEASURES)].reset_index(drop=True)
        for place, name in enumerate(MEASURES):
            title = f"{name} %" if name == "super_detractors" else name
            wide[title] = text[place :: len(MEASURES)]
        return wide

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Joint posterior draws of the four measures."""
        from npsstats.estimation.draws import tree

        return tree(self._posterior.variables(), self.cells, list(self.keys))


def shape(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    cut: int = 2,
    told_by_promoter: float = 3.0,
    told_by_passive: float = 0.0,
    told_by_detractor: float = 10.0,
    pooling: str = "partial",
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> Shape:
    """Return the whole distribution of every cell, how divided it is, how low, and what is told.

    Parameters
    ----------
    data, by
        As for `nps.estimate`.
    cut
        Super-detractors score this or less: 0 to 5. The trade writes 2, and 3.
    told_by_promoter, told_by_passive, told_by_detractor
        How many people a customer tells, good things by a promoter and a passive, bad things by a
        detractor. "A happy customer tells three, an unhappy one ten" is a saying of the trade,
        not a finding: put your own numbers here.
    pooling
        "partial": small cells borrow from the network, fork by fork of
        `npsstats.estimation.shapes.score_tree`. "none": every cell alone.
    level
        Level of the equal-tailed credible intervals.
    prior_concentration
        Prior median of every κ, in answers; read only with partial pooling.
    draws, seed
        Joint posterior draws behind the intervals, rounded up to a multiple of 4, and their seed.
        A thousand cells take some 7 seconds with 2,000 draws. A limit moves by about 0.06
        posterior sd from seed to seed; the estimates and standard errors of everything but
        polarization and opposition need no draws.

    Returns
    -------
    Shape
        `frame` with a row a cell and measure: labels, measure, unit, n, raw (of the answers
        themselves, NaN without any), estimate, std_error, lower, upper, level; and
        `distribution`, `cells`, `break_even`.

    Raises
    ------
    InputError
        If an argument is out of range, or the data cannot be read.

    Notes
    -----
    Forks are independent of each other, as the categories' shares of `nps.estimate` are but for
    their sum. Where stores differ by a shift of all scores at once, they are not: intervals of
    small cells are then too narrow: some 88 % of those with ten answers or fewer hold the truth,
    in place of 95 % (docs/tables/shape.md).

    References
    ----------
    Berry & Mielke (1992), Leik (1966), van der Eijk (2001): see
    `npsstats.estimation.shapes.polarization`.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60], [0, 0, 0, 0, 0, 5, 10, 30, 20, 20, 15]],
    ...     cells=["divided", "lukewarm"],
    ... )
    >>> counts.nps
    array([20., 20.])
    >>> frame = nps.shape(counts).frame
    >>> frame[frame["measure"] == "polarization"][["cell", "raw", "estimate"]].round(2)
           cell   raw  estimate
    0   divided  0.96      0.95
    4  lukewarm  0.31      0.32
    """
    checks.one_of("pooling", pooling, _METHODS)
    checks.count("cut", cut)
    if cut > 5:
        raise checks.InputError(
            f"`cut` must be a whole number from 0 to 5, got {cut}. Detractors score 0 to 6: with a "
            "cut of 6 every detractor would be a super-detractor."
        )
    told = {
        name: checks.number(f"told_by_{name}", value, low=0, high=1e6)
        for name, value in (
            ("promoter", told_by_promoter),
            ("passive", told_by_passive),
            ("detractor", told_by_detractor),
        )
    }
    level = checks.fraction("level", level)
    prior = checks.number("prior_concentration", prior_concentration, low=0.1, high=1e6)
    size = 4 * -(-checks.count("draws", draws, least=100) // 4)
    checks.count("seed", seed)
    counts = as_counts(data, by)
    if not len(counts):
        raise checks.InputError("There is no cell to describe: the counts are empty.")
    array = counts.counts.astype(float)
    tree = score_tree(array, cut, prior if pooling == "partial" else None, prior)
    weights = np.array([-told["detractor"], told["passive"], told["promoter"]])
    posterior = ShapePosterior(array, tree, weights, size, seed)
    options = {
        "cut": cut,
        **{f"told_by_{name}": value for name, value in told.items()},
        "pooling": pooling,
        "level": level,
        "prior_concentration": prior if pooling == "partial" else None,
        "draws": size,
    }
    frame, distribution, cells, break_even = shape_frames(counts, posterior, level)
    return Shape(
        frame,
        _doubts(counts, pooling),
        Provenance(_METHODS[pooling], options, counts.fingerprint, seed),
        distribution,
        cells,
        break_even,
        told,
        tuple(counts.keys),
        posterior,
    )


def _doubts(counts: ScoreCounts, pooling: str) -> tuple[Said, ...]:
    n = counts.n
    doubts: list[Said] = []
    if not n.sum():
        doubts.append(no_answers())
    elif (empty := int((n == 0).sum())) and pooling == "partial":
        doubts.append(unseen(empty))
    elif empty:
        doubts.append(
            said_many(
                "{n} cell has no answers: the estimate there is what the prior says.",
                "{n} cells have no answers: the estimate there is what the prior says.",
                empty,
            )
        )
    if pooling == "partial" and 1 <= (n > 0).sum() < 5:
        doubts.append(few_cells())
    if counts.scale == (1, 10):
        doubts.append(said("The scale starts at 1: no answer can be a 0."))
    return tuple(doubts)


def _span(row: pd.Series, scale: float, digits: int) -> str:
    low, middle, high = (
        f"{scale * row[name]:.{digits}f}" for name in ("lower", "estimate", "upper")
    )
    return f"{middle} ({low} to {high})"
