"""Numbers reduced to n, means and centred second moments a cell.

They are all that a comparison of means needs, with covariates or without. Moments merge: `a + b`
is what would have been computed from the rows of both.

References
----------
Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). Algorithms for computing the sample variance.
The American Statistician 37(3), 242–247 (equation 2.1: merging centred sums).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.labels import cells_with
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ArmMoments"]

_NOISE = 1e-12  # of its mean: so far a constant may stray by the rounding of sums
_BINARY = 1e-9  # how far, a unit, the scatter of a 0/1 variable may stray from n m (1 - m)


@dataclass(frozen=True, eq=False, repr=False)
class ArmMoments:
    """How many units every cell has, their means, and how they scatter together.

    Attributes
    ----------
    cells
        pandas frame, a row a cell and a column a key; the key `arm` is there wherever arms are
        compared.
    names
        The variables, in order: outcomes, covariates, whatever was measured.
    n
        int64, shape (cells,): units with a value in every variable.
    mean
        Shape (cells, variables); 0 where a cell has no units.
    scatter
        Shape (cells, variables, variables): Σ (x − x̄)(y − ȳ), not divided.
    missing
        int64, shape (cells,): units left out because a variable had no value.
    """

    cells: pd.DataFrame
    names: tuple[str, ...]
    n: NDArray[np.int64]
    mean: Floats
    scatter: Floats
    missing: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what cannot be moments."""
        rows, k = len(self.cells), len(self.names)
        wanted = {"n": (rows,), "mean": (rows, k), "scatter": (rows, k, k), "missing": (rows,)}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                got = getattr(self, name).shape
                raise InputError(f"`{name}` must have shape {shape}, got {got}.")
        if len(set(self.names)) != k:
            raise InputError(f"`names` must differ, got {self.names!r}.")

    @classmethod
    def from_values(
        cls,
        values: Mapping[str, ArrayLike] | pd.DataFrame,
        by: Mapping[str, ArrayLike] | pd.DataFrame,
    ) -> ArmMoments:
        """Return the moments of arrays in memory.

        Parameters
        ----------
        values
            Variable → numbers, shape (units,), or a frame of them; NaN for a missing one.
        by
            Key → labels, shape (units,): `arm`, and cluster, stratum … where wanted.

        Examples
        --------
        >>> moments = ArmMoments.from_values(
        ...     {"spend": [3.0, 5.0, 4.0, 8.0]}, {"arm": ["a", "a", "b", "b"]}
        ... )
        >>> moments.column("spend"), moments.variance("spend")
        (array([4., 6.]), array([2., 8.]))
        """
        keys = pd.DataFrame(by).astype(object)
        held = pd.DataFrame(dict(values.items()))
        table = held.to_numpy(dtype=float)
        full = ~np.isnan(table).any(axis=1)
        groups = keys.groupby(list(keys.columns), sort=True, dropna=False)
        codes = groups.ngroup().to_numpy()
        cells = keys.drop_duplicates().sort_values(list(keys.columns)).reset_index(drop=True)
        count = len(cells)
        n = np.bincount(codes[full], minlength=count)
        total = np.zeros((count, table.shape[1]))
        scatter = np.zeros((count, table.shape[1], table.shape[1]))
        order = np.argsort(codes[full], kind="stable")
        ends = np.cumsum(n)
        # beyond 1e154 a square is infinite; who uses it says so
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(total, codes[full], table[full])
            mean = total / np.maximum(n, 1)[:, None]
            apart = table[full] - mean[codes[full]]
            for cell in range(count):
                rows = apart[order[ends[cell] - n[cell] : ends[cell]]]
                scatter[cell] = rows.T @ rows
        missing = np.bincount(codes[~full], minlength=count)
        return cls(cells, tuple(map(str, held.columns)), n, mean, scatter, missing)

    @property
    def keys(self) -> list[str]:
        """The names of the grouping keys."""
        return list(self.cells.columns)

    @property
    def arms(self) -> list[str]:
        """The arms, in the order in which they first occur."""
        return [str(arm) for arm in self.cells["arm"].drop_duplicates()]

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and moments, these to nine digits.

        A database adds in an order that differs from run to run, and with it the last digits.
        """
        text = self.cells.astype(str).to_csv(index=False) + "|".join(self.names)
        parts = (self.n, self.missing, *_nine_digits(self.n, self.mean, self.scatter))
        numbers = b"".join(np.ascontiguousarray(part).astype("<f8").tobytes() for part in parts)
        return sha256(text.encode() + numbers).hexdigest()[:16]

    def column(self, name: str) -> Floats:
        """Return the means of one variable, (cells,)."""
        return self.mean[:, self._place(name)]

    def variance(self, name: str) -> Floats:
        """Return the unbiased variances of one variable, NaN below two units; (cells,)."""
        return self.covariance(name, name)

    def covariance(self, first: str, second: str) -> Floats:
        """Return the unbiased covariances of two variables, NaN below two units; (cells,)."""
        sums = self.scatter[:, self._place(first), self._place(second)]
        return np.where(self.n > 1, sums / np.maximum(self.n - 1, 1), np.nan)

    def events(self, name: str) -> NDArray[np.int64]:
        """Return how many units have a 1 in a variable of zeros and ones, (cells,).

        Raises
        ------
        InputError
            If the moments are not those of zeros and ones.
        """
        mean = self.column(name)
        place = self._place(name)
        expected = self.n * mean * (1 - mean)
        off = np.abs(self.scatter[:, place, place] - expected) > _BINARY * np.maximum(self.n, 1)
        if off.any():
            cell = " · ".join(map(str, self.cells.iloc[int(np.flatnonzero(off)[0])]))
            raise InputError(
                f"`{name}` is not 0 or 1 in cell {cell!r} (mean {mean[off][0]:g}). "
                'Declare it kind = "amount", or make it 0 and 1.'
            )
        return np.rint(self.n * mean).astype(np.int64)

    def variables(self, *names: str) -> ArmMoments:
        """Return the moments of some of the variables, in that order."""
        places = [self._place(name) for name in names]
        return ArmMoments(
            self.cells,
            names,
            self.n,
            self.mean[:, places],
            self.scatter[:, places][:, :, places],
            self.missing,
        )

    def only(self, **labels: object) -> ArmMoments:
        """Return the cells with these labels: `only(arm="called")`.

        Raises
        ------
        InputError
            If no cell has them.
        """
        return self.take(cells_with(self.cells, labels))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> ArmMoments:
        """Return the cells at these places, or where a mask of the cells is true."""
        cells = self.cells.iloc[rows].reset_index(drop=True)
        parts = (self.n[rows], self.mean[rows], self.scatter[rows], self.missing[rows])
        return ArmMoments(cells, self.names, *parts)

    def by(self, *keys: str) -> ArmMoments:
        """Return the moments by fewer keys, cells sorted by label; without a key, of all units."""
        for key in keys:
            one_of("by", key, self.keys)
        if not keys:
            return _merged(pd.DataFrame({"cell": ["all"] * len(self)}), self)
        return _merged(self.cells[list(keys)], self)

    def __add__(self, other: object) -> ArmMoments:
        if not isinstance(other, ArmMoments):
            return NotImplemented
        if self.keys != other.keys or self.names != other.names:
            raise InputError(
                f"Moments of {', '.join(self.names)} by {', '.join(self.keys)} and of "
                f"{', '.join(other.names)} by {', '.join(other.keys)} cannot be added. Bring both "
                "to the same keys with .by(...) and the same variables with .variables(...)."
            )
        cells = pd.concat([self.cells.astype(object), other.cells.astype(object)])
        parts = [
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("n", "mean", "scatter", "missing")
        ]
        cells = cells.reset_index(drop=True)
        return _merged(cells, ArmMoments(cells, self.names, *parts))

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def frame(self) -> pd.DataFrame:
        """The cells with n, missing, and mean and standard deviation of each variable."""
        columns: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {
            "n": self.n,
            "missing": self.missing,
        }
        for name in self.names:
            columns[name] = self.column(name)
            columns[f"{name}_sd"] = np.sqrt(self.variance(name))
        return self.cells.assign(**columns)

    def __repr__(self) -> str:
        shown = self.frame.to_string(index=False, max_rows=10, na_rep="–")
        return f"ArmMoments: {int(self.n.sum()):,} units, {len(self)} cells\n{shown}"

    def _place(self, name: str) -> int:
        return self.names.index(one_of("variable", name, self.names))


def _nine_digits(n: NDArray[np.int64], mean: Floats, scatter: Floats) -> list[Floats]:
    """Return the moments free of units, and the units, so that noise of summation rounds off.

    A mean is taken over the root of the mean square, a covariance over both standard deviations:
    what cancels to almost nothing is then 0, not nine digits of noise.
    """
    size = np.maximum(n, 1)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.diagonal(scatter, axis1=1, axis2=2)
        squares = np.where(squares > size * (_NOISE * mean) ** 2, squares, 0.0)
        whole = np.sqrt(mean**2 + squares / size)
        spread = np.sqrt(squares)
        both = spread[:, :, None] * spread[:, None, :]
        places = np.divide(mean, whole, out=np.zeros_like(mean), where=whole > 0)
        shares = np.divide(scatter, both, out=np.zeros_like(scatter), where=both > 0)
    # written and read back: 9.9999999996 is 10, where whole powers of ten would split them
    digits = [np.char.mod("%.8e", part).astype(float) for part in (whole, squares)]
    return [*digits, places.round(9) + 0.0, shares.round(9) + 0.0]  # no -0.0


def _merged(cells: pd.DataFrame, moments: ArmMoments) -> ArmMoments:
    """Merge the cells of equal labels, sorted by label."""
    keys = list(cells.columns)
    codes = cells.groupby(keys, sort=True, dropna=False).ngroup().to_numpy()
    kept = cells.drop_duplicates().sort_values(keys).reset_index(drop=True)
    count, k = len(kept), len(moments.names)
    n = np.zeros(count, dtype=np.int64)
    missing = np.zeros(count, dtype=np.int64)
    np.add.at(n, codes, moments.n)
    np.add.at(missing, codes, moments.missing)
    total = np.zeros((count, k))
    np.add.at(total, codes, moments.n[:, None] * moments.mean)
    mean = total / np.maximum(n, 1)[:, None]
    apart = moments.mean - mean[codes]
    scatter = np.zeros((count, k, k))
    between = moments.n[:, None, None] * apart[:, :, None] * apart[:, None, :]
    np.add.at(scatter, codes, moments.scatter + between)
    return ArmMoments(kept, moments.names, n, mean, scatter, missing)
