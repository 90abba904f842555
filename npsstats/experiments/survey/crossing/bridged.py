"""A series across a change of questionnaire, all of it on the new footing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.checks import InputError, one_of
from npsstats.estimation.dirichlet import JEFFREYS, posterior_columns
from npsstats.estimation.net_share import NetShare
from npsstats.experiments.survey.crossing.asked_how import asked_old
from npsstats.experiments.survey.crossing.bridged_change import BridgedChange, change_of
from npsstats.experiments.survey.crossing.mapped_cells import MappedCells
from npsstats.results import Provenance, Result, interval_text
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.experiments.survey.crossing.bridge_result import Bridge

    Floats = NDArray[np.float64]

__all__ = ["BridgedSeries", "bridged"]

_METHOD = "series over a bridge, common draws of the map"
_FAR = 25.0  # points from the experiment's own NPS beyond which the map was hardly tried
_SHOWN = 5
_NUMBERS = ("estimate", "std_error", "lower", "upper")


@dataclass(frozen=True, repr=False)
class BridgedSeries(Result):
    """NPS of every cell as if asked the new way, in points (−100…100).

    Attributes
    ----------
    effect
        One row: what the change of questionnaire alone makes over the bridged cells, by their
        answers (points).
    keys
        The keys of the cells.
    """

    title: ClassVar[str] = "Net Promoter Score across a change of questionnaire"
    effect: pd.DataFrame
    keys: tuple[str, ...]
    ways: tuple[str, str]
    _cells: MappedCells

    @override
    def headline(self) -> str:
        rows = self.frame[self.frame["bridged"]]
        if not len(rows):
            return f"No cell was asked {self.ways[0]!r}: the series is as it was."
        row, wider = self.effect.iloc[0], (rows["wider"] * rows["n"]).sum() / rows["n"].sum()
        cells = f"the {len(rows):,} cells" if len(rows) > 1 else "the one cell"
        costs = f"{abs(wider):.1f} points {'wider' if wider > 0 else 'narrower'}"
        costs = costs if abs(wider) >= 0.05 else "neither wider nor narrower"
        return (
            f"Asking {self.ways[1]!r} instead of {self.ways[0]!r} alone makes "
            f"{row.estimate:+.1f} points ({interval_text(row, 'credible interval')}) in {cells} "
            f"asked the old way, an error they share. Bridged, their intervals are {costs} than "
            "those of the raw scores."
        )

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["n", "asked", "nps", "estimate", "lower", "upper", "shift"]
        return self.frame[[*self.keys, *columns]]

    @cached_property
    def joint(self) -> Floats:
        """Joint posterior draws of every cell's NPS in points, (draws, cells)."""
        return np.column_stack([self._cells.draw(cell)[0] for cell in range(len(self.frame))])

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Joint posterior draws of `nps` (points): bridged cells share the map's error."""
        from npsstats.estimation.draws import tree

        return tree({"nps": self.joint}, self.frame, list(self.keys))

    def change(self, first: Any = None, second: Any = None) -> BridgedChange:
        """Return second minus first, on the new footing.

        The map's error is common to all bridged cells: between two of them most of it cancels,
        between before and after all of it stays.

        Parameters
        ----------
        first, second
            A label of the cells (as printed, "S01 · 2025-02" of several keys), a list of them, or
            a mapping key → label. By default all cells asked the old way, and all asked the new.
            Cells are added up by their answers.

        Raises
        ------
        InputError
            If no cell has the label, a cell is on both sides, or a side has no answers.
        """
        sides = [self._side(first, "old", "first"), self._side(second, "new", "second")]
        names = [
            self._name(given, plain)
            for given, plain in ((first, "asked the old way"), (second, "asked the new way"))
        ]
        return change_of(
            self._cells, (sides[0], sides[1]), (names[0], names[1]), self.frame, self.provenance
        )

    def _name(self, given: Any, plain: str) -> str:
        if given is None:
            return plain
        if isinstance(given, list | tuple):
            return str(given[0]) if len(given) == 1 else f"{given[0]} … {given[-1]}"
        if isinstance(given, dict):
            return " · ".join(map(str, given.values()))
        return str(given)

    def _side(self, given: Any, asked: str, name: str) -> NDArray[np.int64]:
        """Return the places of the cells of one side."""
        names = np.array(self._cells.names, dtype=object)
        if given is None:
            mask = (self.frame["asked"] == asked).to_numpy()
            if not mask.any():
                raise InputError(
                    f"No cell was asked the {asked} way alone, so `{name}` must be named: a label "
                    f"such as {names[0]!r}."
                )
        elif isinstance(given, dict):
            mask = np.ones(len(names), dtype=bool)
            for key, label in given.items():
                one_of(f"key of `{name}`", str(key), self.keys)
                mask &= (self.frame[str(key)].astype(str) == str(label)).to_numpy()
        else:
            wanted = [str(x) for x in given] if isinstance(given, list | tuple) else [str(given)]
            for label in wanted:
                if label not in self._cells.names:
                    raise InputError(
                        f"`{name}`: there is no cell {label!r}. Labels are such as "
                        f"{', '.join(map(repr, names[:3]))}."
                    )
            mask = np.isin(names, wanted)
        if not mask.any():
            raise InputError(f"`{name}`: there is no cell with {given!r}.")
        return np.flatnonzero(mask)


def bridged(
    over: Bridge,
    counts: ScoreCounts,
    *,
    asked: str | Mapping[Any, str] | None,
    changed: str | None,
    by: str | Sequence[str] | None,
) -> BridgedSeries:
    """Return a series as if all of it had been asked the new way; see `Bridge.apply`."""
    if counts.scale != over.home.scale:
        raise InputError(
            f"The series is on the scale {counts.scale}, the experiment on {over.home.scale}: the "
            "same place does not stand for the same answer."
        )
    ways = (over.old, over.new)
    old, way_key = asked_old(counts, ways, asked=asked, changed=changed, key=over.key)
    if by is None:
        keys = [key for key in counts.keys if key != way_key]
    else:
        keys = [by] if isinstance(by, str) else list(by)
        for key in keys:
            one_of("by", key, counts.keys)
    cells = MappedCells.of(over, counts, old, keys)
    level = over.provenance.options["level"]
    frame, effect = _frames(cells, level)
    text = sha256((counts.fingerprint + over.provenance.fingerprint).encode()).hexdigest()[:16]
    options = {
        "old": over.old,
        "new": over.new,
        "asked": dict(asked) if asked is not None and not isinstance(asked, str) else asked,
        "changed": changed,
        "by": keys,
        "method": over.provenance.options["method"],
        "level": level,
    }
    return BridgedSeries(
        frame,
        tuple(_doubts(over, cells, frame)),
        Provenance(_METHOD, options, text, over.provenance.seed),
        effect,
        tuple(cells.labels.columns),
        ways,
        cells,
    )


def _frames(cells: MappedCells, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of the cells, and the row of what the change of questionnaire makes."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    both = cells.old + cells.new
    raw = posterior_columns(NetShare.single(_categories(both) + JEFFREYS), None, level)
    numbers = np.column_stack([raw[name] for name in _NUMBERS])
    wide = numbers[:, 3] - numbers[:, 2]
    n_old, n = cells.old.sum(axis=1), both.sum(axis=1)
    shift, moved = np.zeros(len(n)), np.zeros(cells.size)
    for cell in np.flatnonzero(n_old):
        value, added = cells.draw(int(cell))
        numbers[cell] = [value.mean(), value.std(), *np.quantile(value, tails)]
        shift[cell] = added.mean()
        moved += added * n_old[cell] / n_old.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        points = 100.0 * (_categories(both) @ [-1.0, 0.0, 1.0]) / n
    numbers[n == 0] = np.nan
    how = np.select([n == 0, n_old == n, n_old == 0], ["nobody", "old", "new"], "both")
    frame = cells.labels.assign(
        n=n.astype(np.int64),
        asked=how,
        nps=points,
        **dict(zip(_NUMBERS, numbers.T, strict=True)),
        level=level,
        shift=shift,
        wider=numbers[:, 3] - numbers[:, 2] - wide,
        bridged=n_old > 0,
    )
    lower, upper = np.quantile(moved, tails)
    effect = pd.DataFrame(
        {
            "n": [int(n_old.sum())],
            "estimate": [moved.mean()],
            "std_error": [moved.std()],
            "lower": [lower],
            "upper": [upper],
            "level": [level],
        }
    )
    return frame, effect


def _categories(counts: Floats) -> Floats:
    return np.asarray(np.add.reduceat(counts, [0, 7, 9], axis=1))


def _doubts(over: Bridge, cells: MappedCells, frame: pd.DataFrame) -> list[Said]:
    lines: list[Said] = []
    home = float(over.home.nps[0])
    old = cells.old.sum(axis=1)
    net = 100.0 * np.divide(
        _categories(cells.old) @ [-1.0, 0.0, 1.0], old, out=np.zeros(len(old)), where=old > 0
    )
    error = 100.0 / np.sqrt(np.maximum(old, 1))
    far = np.flatnonzero((old > 0) & (np.abs(net - home) - 2 * error > _FAR))
    if len(far):
        labels = [cells.names[place] for place in far[:_SHOWN]]
        more = len(far) - _SHOWN
        cells_said = (
            said("{cells} and {more:,} more", cells=labels, more=more) if more > 0 else labels
        )
        lines.append(
            said(
                "{cells}: scores lie more than {far:g} points from the experiment's own "
                "({home:+.1f}), where the map was hardly tried.",
                cells=cells_said,
                far=_FAR,
                home=home,
            )
        )
    if (frame["asked"] == "both").any():
        lines.append(
            said(
                "{n:,} cells were asked both ways: each is the mean of both by their answers.",
                n=int((frame["asked"] == "both").sum()),
            )
        )
    if over.transfer is not None and over.strata not in cells.unit_keys:
        lines.append(
            said(
                "The series does not say {strata}: each cell bears the map's whole difference "
                "between strata, which is too much where a cell holds several. Count the series "
                "by {strata} too, and add up here.",
                strata=over.strata,
            )
        )
    return [*lines, *over.diagnostics]
