"""Stores × periods: what was answered and what was sold, on a grid without gaps.

`store_panel` makes it inside the database, one query a table; what is kept adds up, so that months
become quarters without another look at the rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.panel_coarsening import coarsened
from npsstats.aggregates.periods import period_end, period_label, period_start
from npsstats.aggregates.scale_moments import ScaleMoments
from npsstats.aggregates.steady import steady
from npsstats.checks import InputError, count, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["StorePanel"]

_WHOLE = 1 - 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class StorePanel:
    """Answers, trade and circumstances of S stores in T consecutive periods.

    Attributes
    ----------
    stores, periods
        Labels: of the stores, and of the periods ('2025-03', '2025-Q1', …), none left out between
        the first and the last.
    period
        "week", "month", "quarter" or "year".
    categories
        Whole numbers, shape (S, T, 2, 3): detractors, passives and promoters in each of two random
        halves of the answers, all answers of a customer in one half.
    totals
        What adds up over periods, each of shape (S, T), NaN where the store was closed or its data
        are missing: `sales` (currency; returns taken off), `visits` (purchases that are no
        returns), `items` and `item_sales` (of the purchases whose items are known), `customers`
        (different ones within the period: these do not add up, so coarser panels lack them).
    scales
        Name → `ScaleMoments` of a further question of the survey.
    controls
        Each of shape (S, T): `open` and `works` (shares of the period's days, 0 to 1) and `age`
        (years since opening at the period's start, NaN where unknown or not yet open).
    attributes
        Column of the stores' table → a value a store.
    notes
        What was found and decided while counting.

    Examples
    --------
    >>> import numpy as np
    >>> categories = np.zeros((1, 3, 2, 3), dtype=int)
    >>> categories[0, :, :, 2] = [[5, 5], [0, 0], [2, 3]]
    >>> categories[0, 2, 0, 0] = 5
    >>> panel = StorePanel(
    ...     ("Lyon",), ("2025-01", "2025-02", "2025-03"), "month", categories,
    ...     totals={"sales": np.array([[100.0, 110.0, 0.0]])},
    ... )
    >>> panel.nps, panel.n
    (array([[100.,  nan,   0.]]), array([[10,  0, 10]]))
    >>> panel.log_growth("sales").round(4)
    array([[   nan, 0.0953,    nan]])
    """

    stores: tuple[str, ...]
    periods: tuple[str, ...]
    period: str
    categories: NDArray[np.int64]
    totals: Mapping[str, Grid] = field(default_factory=dict)
    scales: Mapping[str, ScaleMoments] = field(default_factory=dict)
    controls: Mapping[str, Grid] = field(default_factory=dict)
    attributes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    notes: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not fit the grid."""
        shape = self.shape
        if self.categories.shape != (*shape, 2, 3):
            raise InputError(
                f"`categories` must have the shape {(*shape, 2, 3)}: stores, periods, halves, "
                f"categories; got {self.categories.shape}."
            )
        grids = {**self.totals, **self.controls}
        sized = {name: grid.shape for name, grid in grids.items()}
        sized |= {name: moments.sums.shape[:2] for name, moments in self.scales.items()}
        for name, found in sized.items():
            if found != shape:
                raise InputError(f"`{name}` must have the shape {shape}, got {found}.")
        labels = [self.periods[0]] if self.periods else []
        while labels and len(labels) < len(self.periods):
            after = period_end(labels[-1])
            if after is None:
                break
            labels.append(period_label(after + pd.Timedelta(days=1), self.period))
        if tuple(labels) != self.periods:
            raise InputError(
                f"`periods` must be consecutive labels of the kind {self.period!r}, got "
                f"{', '.join(self.periods[:4])}…"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Stores and periods, (S, T)."""
        return len(self.stores), len(self.periods)

    @cached_property
    def score(self) -> ScaleMoments:
        """The answers as −100, 0 or 100 points, with mean, variance and halves."""
        few, _, many = np.moveaxis(self.categories.astype(float), -1, 0)
        n = self.categories.sum(axis=-1).astype(float)
        return ScaleMoments(np.stack([n, 100 * (many - few), 1e4 * (many + few)], axis=-1))

    @property
    def n(self) -> NDArray[np.int64]:
        """Answers, shape (S, T)."""
        return self.categories.sum(axis=(2, 3))

    @property
    def nps(self) -> Grid:
        """Net Promoter Score in points, NaN where there is no answer; (S, T)."""
        return self.score.mean

    @property
    def variance(self) -> Grid:
        """Unbiased (n − 1) variance of one answer, points², NaN below two answers; (S, T)."""
        return self.score.variance

    @property
    def half_n(self) -> NDArray[np.int64]:
        """Answers of each random half, shape (2, S, T)."""
        return np.moveaxis(self.categories.sum(axis=3), 2, 0)

    @property
    def half_nps(self) -> Grid:
        """NPS of each random half in points, shape (2, S, T)."""
        return self.score.half_mean

    def scale(self, name: str) -> ScaleMoments:
        """Return the moments of "nps" or of another question of the survey."""
        one_of("scale", name, ("nps", *self.scales))
        return self.score if name == "nps" else self.scales[name]

    @cached_property
    def measures(self) -> dict[str, Grid]:
        """`sales`, `visits`, `customers` and `price` where known, each of shape (S, T).

        `price` is the mean price of an article where articles are known, else the mean amount of
        a visit, returns taken off.
        """
        found = {name: self.totals[name] for name in _ADDED if name in self.totals}
        above, below = ("item_sales", "items")
        if below not in self.totals:
            above, below = ("sales", "visits")
        if above in self.totals and below in self.totals:
            price = np.full(self.shape, np.nan)
            parts = self.totals[below]
            np.divide(self.totals[above], parts, out=price, where=parts > 0)
            found["price"] = price
        return found

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Where the store was open on all days of the period, (S, T)."""
        share = self.controls.get("open")
        return np.ones(self.shape, dtype=bool) if share is None else share >= _WHOLE

    def log_growth(self, measure: str, over: int = 1) -> Grid:
        """Return the log change of a measure against `over` periods before.

        Parameters
        ----------
        measure
            One of `measures`.
        over
            Periods between the two.

        Returns
        -------
        Grid
            Shape (S, T), NaN in the first `over` periods and wherever one of the two periods was
            not open throughout, is missing, or holds no positive value: never a growth over a
            hole.

        Raises
        ------
        InputError
            If the panel has no such measure.
        """
        one_of("measure", measure, self.measures)
        count("over", over, least=1)
        level = self.measures[measure]
        usable = self.whole & (np.nan_to_num(level) > 0)
        logs = np.where(usable, np.log(np.where(usable, level, 1.0)), np.nan)
        grown = np.full(self.shape, np.nan)
        grown[:, over:] = logs[:, over:] - logs[:, : max(0, self.shape[1] - over)]
        return grown

    def coarser(self, period: str) -> StorePanel:
        """Return the panel by longer periods, added up; incomplete ones are left out with a note.

        Parameters
        ----------
        period
            "quarter" or "year".

        Raises
        ------
        InputError
            If this panel's periods do not nest in it, or none is complete.
        """
        return coarsened(self, period)

    @property
    def days(self) -> Grid:
        """Days of each period, shape (T,)."""
        ends = [period_end(label) or _start(label) for label in self.periods]
        starts = [_start(label) for label in self.periods]
        return np.array([(e - s).days + 1.0 for s, e in zip(starts, ends, strict=True)])

    def take(self, stores: ArrayLike | Sequence[str]) -> StorePanel:
        """Return the panel of some stores: by label, by boolean mask, or by position from 0."""
        chosen = np.asarray(stores)
        if chosen.dtype.kind in "UO":
            place = {label: at for at, label in enumerate(self.stores)}
            for label in chosen.tolist():
                if str(label) not in place:
                    raise InputError(f"There is no store {label!r} in the panel.")
            chosen = np.array([place[str(label)] for label in chosen.tolist()], dtype=np.int64)
        if chosen.dtype == bool and chosen.shape != (len(self.stores),):
            raise InputError(f"`stores` must have {len(self.stores)} values, got {chosen.shape}.")
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        return replace(
            self,
            stores=tuple(self.stores[at] for at in places),
            categories=self.categories[places],
            totals={name: grid[places] for name, grid in self.totals.items()},
            scales={k: ScaleMoments(moments.sums[places]) for k, moments in self.scales.items()},
            controls={name: grid[places] for name, grid in self.controls.items()},
            attributes={k: tuple(v[at] for at in places) for k, v in self.attributes.items()},
        )

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and numbers."""
        digest = sha256(json.dumps([self.stores, self.periods, self.period]).encode())
        digest.update(self.categories.astype("<i8").tobytes())
        grids = {**self.totals, **self.controls}
        grids |= {f"scale {name}": moments.sums for name, moments in self.scales.items()}
        for name in sorted(grids):
            digest.update(name.encode() + steady(grids[name]))
        return digest.hexdigest()[:16]

    @property
    def frame(self) -> pd.DataFrame:
        """A row a store and period: `store_id`, `period`, `n`, `nps`, measures and controls."""
        columns: dict[str, Any] = {
            "store_id": np.repeat(np.array(self.stores, dtype=object), self.shape[1]),
            "period": np.tile(np.array(self.periods, dtype=object), self.shape[0]),
            "n": self.n.ravel(),
            "nps": self.nps.ravel(),
        }
        columns |= {name: grid.ravel() for name, grid in self.measures.items()}
        columns |= {name: moments.mean.ravel() for name, moments in self.scales.items()}
        columns |= {name: grid.ravel() for name, grid in self.controls.items()}
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        stores, periods = self.shape
        span = f"{self.periods[0]} to {self.periods[-1]}" if periods else "no period"
        known = ", ".join([*self.measures, "nps", *self.scales])
        text = f"StorePanel: {stores:,} stores × {periods} {self.period}s ({span}); {known}; "
        middle = f"{np.median(self.n):g}" if self.n.size else "no"
        text += f"{self.n.sum():,} answers, median {middle} a cell"
        return "\n".join([text, *(f"• {note}" for note in self.notes)])


_ADDED = ("sales", "visits", "customers")


def _start(label: str) -> Any:
    start = period_start(label)
    if start is None:
        raise InputError(f"`periods`: {label!r} is not a period's label, such as '2025-03'.")
    return start
