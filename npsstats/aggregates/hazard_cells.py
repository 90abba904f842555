"""Person-periods reduced to counts: who was at risk and who left, in every cell.

A cell is a period, a tenure band, a value of each covariate known before the period began, and a
cluster. That is all a discrete-time hazard needs, however many customers there are. Counts add:
`a + b` is what the customers of both would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.frame_counts import counts_of, in_order
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

    Ints = NDArray[np.int64]

__all__ = ["HazardCells"]

_SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class HazardCells:
    """Customers at risk and departures, in every cell.

    Attributes
    ----------
    levels
        Key → its labels, in order: `period`, `tenure`, the covariates, and the cluster.
    codes
        int32, shape (cells, keys): the place of each cell's label in its key's levels.
    at_risk
        int64, shape (cells,): customers who were still there when the period began.
    events
        int64, shape (cells,): those of them who left in it.
    churn
        What counts as having left, in words.
    customers
        How many were ever at risk, or 0 where that is not known.
    checked
        int64, shape (cells, 2), or None: of the departures told by a silence, those that can be
        checked (as much time again has passed, or any by a rhythm), and those of them whom a
        later purchase shows to be none.
    notes
        What the reader of the tables had to do, in sentences.
    """

    levels: dict[str, tuple[str, ...]]
    codes: NDArray[np.int32]
    at_risk: Ints
    events: Ints
    churn: str = ""
    customers: int = 0
    checked: Ints | None = None
    notes: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be counts of person-periods."""
        if self.codes.ndim != 2 or self.codes.shape[1] != len(self.levels):
            raise InputError(
                f"`codes` must have a column for each of {', '.join(self.levels)}, got shape "
                f"{self.codes.shape}."
            )
        for name in ("at_risk", "events"):
            array = getattr(self, name)
            if array.shape != (len(self.codes),) or array.dtype.kind not in "iu":
                raise InputError(
                    f"`{name}` must be whole numbers of shape ({len(self.codes)},), got "
                    f"{array.dtype} of shape {array.shape}."
                )
        odd = np.flatnonzero((self.events < 0) | (self.events > self.at_risk))
        if len(odd):
            raise InputError(
                f"A cell has {self.events[odd[0]]} departures among {self.at_risk[odd[0]]} "
                "customers at risk. Departures must lie between 0 and the customers at risk."
            )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        keys: Sequence[str],
        *,
        at_risk: str = "at_risk",
        events: str = "events",
        levels: Mapping[str, Sequence[Any]] | None = None,
        churn: str = "",
    ) -> HazardCells:
        """Return the cells of a data frame with a row a person-period, or a row a group of them.

        Parameters
        ----------
        frame
            The keys, and the counts. Rows with equal keys are added.
        keys
            Columns that make a cell; a missing label reads "(none)".
        at_risk, events
            Columns of the counts; without a column `at_risk`, every row is one person-period.
        levels
            Key → labels in the order wanted; sorted where not given.

        Raises
        ------
        InputError
            If a column is not there, a count is no whole number, or a label is not among the
            levels given.

        Examples
        --------
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"category": ["promoter", "detractor"] * 2, "events": [0, 1, 0, 0]})
        >>> HazardCells.from_frame(rows, ["category"]).frame
            category  at_risk  events
        0  detractor        2       1
        1   promoter        2       0
        """
        for name in (*keys, events):
            one_of("column", name, list(frame.columns))
        codes, named = [], {}
        for key in keys:
            column = frame[key].astype(object).where(frame[key].notna(), NONE)
            order = [*dict.fromkeys((levels or {}).get(key, in_order(column)))]
            place = pd.Index(order).get_indexer(pd.Index(column))
            if (place < 0).any():
                raise InputError(
                    f"`levels`: {column[place < 0].iloc[0]!r} is not among those of {key!r}. "
                    "Name every label that occurs."
                )
            codes.append(place.astype(np.int32))
            named[key] = tuple(str(label) for label in order)
        n, gone = counts_of(frame, at_risk, events)
        return cls.of_codes(named, np.stack(codes, axis=1), n, gone, churn)

    @classmethod
    def of_codes(
        cls,
        levels: Mapping[str, Sequence[str]],
        codes: NDArray[Any],
        at_risk: NDArray[Any],
        events: NDArray[Any],
        churn: str = "",
        customers: int = 0,
        checked: NDArray[Any] | None = None,
        notes: tuple[Said, ...] = (),
    ) -> HazardCells:
        """Return the cells of coded rows, equal codes added and cells sorted."""
        sizes = tuple(max(len(labels), 1) for labels in levels.values())
        flat = np.ravel_multi_index(tuple(codes.T.astype(np.int64)), sizes)
        found, place = np.unique(flat, return_inverse=True)
        added = [np.bincount(place, part, len(found)) for part in (at_risk, events)]
        n, gone = (np.rint(part).astype(np.int64) for part in added)
        keep = n > 0
        kept = np.stack(np.unravel_index(found[keep], sizes), axis=1).astype(np.int32)
        named = {key: tuple(labels) for key, labels in levels.items()}
        if checked is not None:
            both = [np.bincount(place, part, len(found)) for part in checked.T]
            checked = np.rint(np.stack(both, axis=1)[keep]).astype(np.int64)
        return cls(named, kept, n[keep], gone[keep], churn, customers, checked, notes)

    @property
    def keys(self) -> list[str]:
        """The names of what makes a cell."""
        return list(self.levels)

    @property
    def cells(self) -> pd.DataFrame:
        """The cells' labels, a categorical column a key."""
        return pd.DataFrame(
            {
                key: pd.Categorical.from_codes(
                    self.codes[:, place], categories=pd.Index(labels), ordered=True
                )
                for place, (key, labels) in enumerate(self.levels.items())
            }
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The cells with `at_risk` and `events`."""
        return self.cells.assign(at_risk=self.at_risk, events=self.events)

    def code(self, key: str) -> NDArray[np.int32]:
        """Return the codes of one key, shape (cells,)."""
        one_of("key", key, self.keys)
        return self.codes[:, self.keys.index(key)]

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and counts."""
        parts = (self.codes.astype("<i4"), self.at_risk.astype("<i8"), self.events.astype("<i8"))
        numbers = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        return sha256(repr((self.levels, self.churn)).encode() + numbers).hexdigest()[:16]

    def by(self, *keys: str) -> HazardCells:
        """Return the counts by fewer keys, in the order given."""
        for key in keys:
            one_of("by", key, self.keys)
        places = [self.keys.index(key) for key in keys]
        return self._with({key: self.levels[key] for key in keys}, self.codes[:, places])

    def _with(self, levels: Mapping[str, Sequence[str]], codes: NDArray[Any]) -> HazardCells:
        """Return the same counts under other codes."""
        parts = (self.at_risk, self.events, self.churn, self.customers, self.checked, self.notes)
        return self.of_codes(levels, codes, *parts)

    @property
    def came_back(self) -> tuple[int, int]:
        """Departures that can be checked, and those of them that a later purchase disproves."""
        return (0, 0) if self.checked is None else (*map(int, self.checked.sum(axis=0)),)  # type: ignore[return-value]

    def where(self, mask: NDArray[np.bool_] | NDArray[np.intp]) -> HazardCells:
        """Return the cells of a mask or of places; their number of customers is not known then."""
        checked = None if self.checked is None else self.checked[mask]
        counts = (self.at_risk[mask], self.events[mask])
        return HazardCells(
            self.levels, self.codes[mask], *counts, self.churn, 0, checked, self.notes
        )

    def only(self, **labels: str | Sequence[str]) -> HazardCells:
        """Return the cells with these labels: `only(category=["detractor", "promoter"])`.

        Raises
        ------
        InputError
            If a label does not occur.
        """
        mask = np.ones(len(self), dtype=bool)
        for key, wanted in labels.items():
            one_of("key", key, self.keys)
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            places = [self.levels[key].index(one_of(key, name, self.levels[key])) for name in names]
            mask &= np.isin(self.code(key), places)
        return self.where(mask)

    def split(self, period: str) -> tuple[HazardCells, HazardCells]:
        """Return the cells before a period, and those from it on.

        Raises
        ------
        InputError
            If there is no such period, or nobody was at risk on one of its sides.
        """
        one_of("key", "period", self.keys)
        cut = self.levels["period"].index(one_of("period", period, self.levels["period"]))
        early = self.code("period") < cut
        if not early.any() or early.all():
            raise InputError(
                f"Nobody was at risk {'before' if not early.any() else 'from'} {period}"
                f"{'' if not early.any() else ' on'}. Cut between {self.levels['period'][1]} and "
                f"{self.levels['period'][-1]}."
            )
        return self.where(early), self.where(~early)

    def recoded(self, key: str, names: Mapping[str, str]) -> HazardCells:
        """Return the cells with labels of a key renamed; labels of one name become one.

        Examples
        --------
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"answers": ["1", "2", "3+"], "events": [0, 1, 1]})
        >>> cells = HazardCells.from_frame(rows, ["answers"])
        >>> cells.recoded("answers", {"2": "2+", "3+": "2+"}).frame["at_risk"].tolist()
        [1, 2]
        """
        old = self.levels[one_of("key", key, self.keys)]
        for name in names:
            one_of(key, name, old)
        new = [names.get(label, label) for label in old]
        order = list(dict.fromkeys(new))
        moved = np.array([order.index(label) for label in new], dtype=np.int32)
        codes = self.codes.copy()
        codes[:, self.keys.index(key)] = moved[self.code(key)]
        return self._with({**self.levels, key: tuple(order)}, codes)

    def __add__(self, other: object) -> HazardCells:
        if not isinstance(other, HazardCells):
            return NotImplemented
        if self.keys != other.keys or self.churn != other.churn:
            raise InputError(
                f"Cells by {', '.join(self.keys)} ({self.churn or 'no definition'}) and by "
                f"{', '.join(other.keys)} ({other.churn or 'no definition'}) cannot be added. "
                "Bring both to the same keys with .by(...), and count both with one definition."
            )
        levels, moved = {}, []
        for place, key in enumerate(self.keys):
            # a label that only the other has keeps its place among its neighbours if sorted
            order = _merged(self.levels[key], other.levels[key], sort=key == "period")
            levels[key] = order
            moved.append(
                [
                    np.array([order.index(label) for label in part.levels[key]], dtype=np.int32)[
                        part.codes[:, place]
                    ]
                    for part in (self, other)
                ]
            )
        codes = np.concatenate([np.stack(side, axis=1) for side in zip(*moved, strict=True)])
        n = np.concatenate([self.at_risk, other.at_risk])
        gone = np.concatenate([self.events, other.events])
        people, checked = self.customers + other.customers, None
        if self.checked is not None or other.checked is not None:
            none = [np.zeros((len(part), 2), dtype=np.int64) for part in (self, other)]
            sides = (self.checked, other.checked)
            checked = np.concatenate(
                [zero if side is None else side for zero, side in zip(none, sides, strict=True)]
            )
        notes = tuple(dict.fromkeys((*self.notes, *other.notes)))
        return self.of_codes(levels, codes, n, gone, self.churn, people, checked, notes)

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        n, gone = int(self.at_risk.sum()), int(self.events.sum())
        shown = self.frame.to_string(index=False, max_rows=_SHOWN)
        return (
            f"HazardCells: {n:,} person-periods, {gone:,} departures, {len(self):,} cells\n{shown}"
        )


def _merged(first: Sequence[str], second: Sequence[str], *, sort: bool) -> tuple[str, ...]:
    both = dict.fromkeys([*first, *second])
    return tuple(sorted(both)) if sort else tuple(both)
