"""The design of a hazard: a row for each different set of covariates, whatever the customers.

A category has a column for each level but its reference; a smooth has a natural cubic spline over
the numbers that its labels begin with; `a:b` is the product of both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    Floats = NDArray[np.float64]

__all__ = ["REFERENCES", "Column", "Design", "Scheme", "independent", "scheme_of"]

REFERENCES = {"category": "promoter", "move": "same"}
"""What effects are told against, where the label occurs; else the first label that does."""

_MANY = 200  # labels beyond which a key is no category


@dataclass(frozen=True)
class Column:
    """A column of the design: the term, and the label or the place in its spline."""

    term: str
    label: str

    @property
    def name(self) -> str:
        """The column's readable name."""
        return f"{self.term}={self.label}" if self.term else self.label


@dataclass(frozen=True)
class Scheme:
    """How cells become columns, fixed on the cells that were fitted.

    Attributes
    ----------
    terms
        The terms, baseline first.
    references
        Key → its reference label.
    used
        Key → the labels that occur, in order.
    knots
        Key → the knots of its spline.
    """

    terms: tuple[str, ...]
    references: dict[str, str]
    used: dict[str, tuple[str, ...]]
    knots: dict[str, tuple[float, ...]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the terms are made of."""
        return tuple(dict.fromkeys(key for term in self.terms for key in term.split(":")))

    def design(self, cells: HazardCells, changed: Mapping[str, str] | None = None) -> Design:
        """Return the design of the cells, as though some keys had one label everywhere.

        Raises
        ------
        InputError
            If a key is not there.
        """
        parts: dict[str, tuple[list[str], Floats]] = {}
        for key in self.keys:
            labels: tuple[str, ...]
            if changed and key in changed:
                labels, code = (changed[key],), np.zeros(len(cells), dtype=np.int32)
            else:
                one_of("terms", key, cells.keys)
                labels, code = cells.levels[key], cells.code(key)
            if key in self.knots:
                basis = natural_spline(_numbers(key, labels), self.knots[key])[code]
                parts[key] = ([f"s{i + 1}" for i in range(basis.shape[1])], basis)
                continue
            names = [label for label in self.used[key] if label != self.references[key]]
            place = {label: i for i, label in enumerate(names)}
            table = np.zeros((len(labels), len(names)))
            for row, label in enumerate(labels):
                if label in place:
                    table[row, place[label]] = 1.0
            parts[key] = (names, table[code])
        columns, blocks = [Column("", "(intercept)")], [np.ones((len(cells), 1))]
        for term in self.terms:
            first, *others = term.split(":")
            names, block = parts[first]
            for other in others:
                more, second = parts[other]
                names = [f"{one}:{two}" for one in names for two in more]
                block = (block[:, :, None] * second[:, None, :]).reshape(len(cells), -1)
            columns += [Column(term, name) for name in names]
            blocks.append(block)
        return Design(np.concatenate(blocks, axis=1), tuple(columns))

    def unknown(self, cells: HazardCells, but: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
        """Return the labels with customers at risk that the fit has not seen, by key."""
        found = {}
        for key in self.keys:
            if key in self.knots or key in but:
                continue
            there = [cells.levels[key][code] for code in np.unique(cells.code(key))]
            strange = tuple(label for label in there if label not in self.used[key])
            if strange:
                found[key] = strange
        return found


@dataclass(frozen=True)
class Design:
    """The matrix, shape (cells, p), and its columns."""

    x: Floats
    columns: tuple[Column, ...]


def scheme_of(
    cells: HazardCells,
    terms: Sequence[str],
    references: Mapping[str, str],
    smooth: Mapping[str, int],
) -> Scheme:
    """Return how these cells become columns.

    Parameters
    ----------
    cells
        What is to be fitted.
    terms
        Keys, or products of keys "a:b".
    references
        Key → label that effects are told against.
    smooth
        Key → degrees of freedom of a natural spline instead of a column a label.

    Raises
    ------
    InputError
        If a key or a label is not there, or a smooth key's labels begin with no number.
    """
    keys = dict.fromkeys(key for term in terms for key in term.split(":"))
    used: dict[str, tuple[str, ...]] = {}
    refs: dict[str, str] = {}
    knots: dict[str, tuple[float, ...]] = {}
    for key in keys:
        one_of("terms", key, cells.keys)
        labels = cells.levels[key]
        there = tuple(labels[code] for code in np.unique(cells.code(key)))
        used[key] = there
        if key in smooth:
            at = np.unique(_numbers(key, there))
            df = smooth[key]
            if df < 1 or len(at) <= df:
                raise InputError(
                    f"`smooth`: {key!r} has {len(at)} different values; a spline of {df} degrees "
                    "of freedom needs more. Take fewer, or leave it as bands."
                )
            knots[key] = tuple(map(float, np.quantile(at, np.linspace(0, 1, df + 1))))
        elif len(there) > _MANY and key != "period":
            raise InputError(
                f"`terms`: {key!r} has {len(there):,} different labels, too many for a category. "
                "Cut its numbers into bins first (pandas.cut), or leave out what names customers."
            )
        given = references.get(key)
        if given is not None:
            refs[key] = one_of(f"reference of {key}", given, there)
        else:
            usual = REFERENCES.get(key, "")
            refs[key] = usual if usual in there else there[0]
    for key in references:
        one_of("reference", key, list(keys))
    return Scheme(tuple(terms), refs, used, knots)


def _numbers(key: str, labels: Sequence[str]) -> Floats:
    """Return the number that each label begins with."""
    found = [re.match(r"-?\d+(?:\.\d+)?", label) for label in labels]
    if None in found:
        odd = labels[found.index(None)]
        raise InputError(
            f"`smooth`: {key!r} cannot be a spline, its label {odd!r} begins with no number."
        )
    return np.array([float(match[0]) for match in found if match])


def natural_spline(at: Floats, knots: Sequence[float]) -> Floats:
    """Return a natural cubic spline basis without intercept, shape (points, knots − 1).

    Linear beyond the outer knots. Hastie, Tibshirani & Friedman (2009), eq. 5.4–5.5.

    Examples
    --------
    >>> natural_spline(np.array([0.0, 1.0, 2.0]), [0.0, 1.0, 2.0]).shape
    (3, 2)
    """
    k = np.asarray(knots, dtype=float)
    scale = k[-1] - k[0]
    x, k = (at - k[0]) / scale, (k - k[0]) / scale

    def d(j: int) -> Floats:
        up = np.maximum(x - k[j], 0) ** 3 - np.maximum(x - k[-1], 0) ** 3
        return np.asarray(up / (k[-1] - k[j]))

    columns = [x, *(d(j) - d(len(k) - 2) for j in range(len(k) - 2))]
    return np.stack(columns, axis=1)


def independent(x: Floats, weight: Floats) -> NDArray[np.bool_]:
    """Return which columns are no combination of those before them, shape (p,).

    By elimination on the weighted cross products, in the order of the columns, so that it is the
    later of two terms that is said to be the same as the earlier.
    """
    scaled = x * np.sqrt(weight)[:, None]
    norm = np.sqrt((scaled**2).sum(axis=0))
    gram = (scaled / np.where(norm > 0, norm, 1)).T @ (scaled / np.where(norm > 0, norm, 1))
    keep = norm > 0
    for j in range(len(gram)):
        if not keep[j] or gram[j, j] < 1e-9:
            keep[j] = False
            continue
        pivot = gram[j] / gram[j, j]
        gram -= np.outer(gram[:, j], pivot) * (np.arange(len(gram)) > j)[:, None]
    return np.asarray(keep)
