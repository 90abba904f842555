"""From counts with keys and a formula to what the multilevel model needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.estimation.limits import ADDED
from npsstats.estimation.ordinal.cells import Cells
from npsstats.estimation.ordinal.posterior import Prior
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from formulaic import ModelSpec
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["Layout", "formula_keys", "lay_out"]

_CATEGORY_ENDS = (7, 9, 11)  # first score that is no longer detractor, passive, promoter
_MOST_COLUMNS = 100
_BETA_SD, _LEVEL_SD, _SPREAD_SD = 2.5, 1.0, 0.5


@dataclass(frozen=True)
class Layout:
    """Counts laid out for the model, with the way back to names.

    Attributes
    ----------
    cells
        What the likelihood reads.
    prior
        The prior on its parameters.
    keys
        A row a covariate pattern: the formula's variables.
    share
        (patterns,) of all answers.
    names
        The effects' names.
    bins
        Scores that the model tells apart.
    stores, regions
        Labels of the lowest and of the upper level; `regions` is empty without one.
    doubts
        What the user should know of the design.
    """

    cells: Cells
    prior: Prior
    keys: pd.DataFrame
    share: Floats
    names: tuple[str, ...]
    bins: tuple[int, ...]
    stores: pd.Index
    regions: pd.Index
    doubts: tuple[Said, ...]
    _spec: ModelSpec | None
    _centre: Floats
    _columns: NDArray[np.intp]

    @property
    def cuts(self) -> tuple[int, int]:
        """Places of the thresholds below the passives and below the promoters."""
        bins = np.array(self.bins)
        return int((bins < 7).sum()) - 1, int((bins < 9).sum()) - 1

    def design(self, keys: pd.DataFrame) -> Floats:
        """Return (rows, covariates) of the design for other values of the formula's variables."""
        if self._spec is None:
            return np.zeros((len(keys), 0))
        matrix = self._spec.get_model_matrix(_plain(keys, self.keys)).to_numpy(dtype=float)
        return np.asarray(matrix[:, self._columns] - self._centre)


def formula_keys(formula: str | None) -> list[str]:
    """Return the variables that a formula names.

    Raises
    ------
    InputError
        If the formula cannot be read.
    """
    if formula is None or not formula.strip().removeprefix("~").strip():
        return []
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
        if not hasattr(parsed, "required_variables") or hasattr(parsed, "lhs"):
            raise InputError(
                f"`formula` must have no left side, got {formula!r}: the score is what is "
                "explained. Write '~ channel + kind'."
            )
        names = [str(name) for name in parsed.required_variables]
    except (FormulaicError, SyntaxError) as error:
        raise InputError(
            f"`formula` cannot be read: {formula!r}. Write '~ channel + kind'."
        ) from error
    return sorted(names, key=formula.find)


def lay_out(
    counts: ScoreCounts, formula: str | None, levels: Sequence[str], *, spread: bool
) -> Layout:
    """Lay counts out for the model.

    Parameters
    ----------
    counts
        With a key for every level and every variable of the formula.
    formula
        '~ channel + kind', or None.
    levels
        The store's key, or the region's and the store's.
    spread
        Whether stores differ in spread too.
    """
    frame = counts.cells
    store, stores = pd.factorize(frame[levels[-1]].astype(str))
    region, regions = _regions(frame, levels, store, stores)
    variables = formula_keys(formula)
    pattern, keys = _patterns(frame, variables)
    size = np.bincount(pattern, counts.n, minlength=len(keys))
    share = size / size.sum() if size.sum() else np.full(len(keys), 1 / len(keys))
    answers = int(counts.n.sum())
    spec, design, names, centre, columns, doubts = _design(formula, keys, share, answers)
    bins, table, alpha = _bins(counts.counts)
    used = counts.n > 0
    code = store[used] * len(keys) + pattern[used]
    found, place = np.unique(code, return_inverse=True)
    merged = np.zeros((len(found), len(bins)))
    np.add.at(merged, place, table[used])
    cells = Cells(
        merged,
        found // len(keys),
        found % len(keys),
        design,
        region,
        regions=len(levels) == 2,
        spread=spread,
    )
    scales = [_LEVEL_SD] * len(levels) + [_SPREAD_SD] * spread
    sd = np.sqrt(np.maximum(share @ design**2, 1e-12))
    # a category, or a number that is 0 or 1: one step is the whole effect
    coded = np.array([len(np.unique(c)) == 2 and np.isclose(np.ptp(c), 1) for c in design.T], bool)
    prior = Prior(alpha, np.where(coded, _BETA_SD, _BETA_SD / sd), np.array(scales))
    return Layout(
        cells, prior, keys, share, names, bins, stores, regions, doubts, spec, centre, columns
    )


def _regions(
    frame: pd.DataFrame, levels: Sequence[str], store: NDArray[np.intp], stores: pd.Index
) -> tuple[NDArray[np.intp], pd.Index]:
    """Return each store's region, which must be one."""
    if len(levels) == 1:
        return np.zeros(len(stores), dtype=np.intp), pd.Index([])
    label = frame[levels[0]].astype(str)
    pairs = pd.DataFrame({"store": store, "region": label}).drop_duplicates()
    twice = pairs["store"].duplicated(keep=False)
    if twice.any():
        name = stores[pairs["store"][twice].iloc[0]]
        places = ", ".join(pairs["region"][pairs["store"] == pairs["store"][twice].iloc[0]])
        raise InputError(
            f"`levels`: {levels[1]} {name!r} lies in several values of {levels[0]}: {places}. "
            f"Each {levels[1]} must lie in one; mend the data, or leave {levels[0]} to the formula."
        )
    codes, regions = pd.factorize(label, sort=True)
    region = np.zeros(len(stores), dtype=np.intp)
    region[store] = codes
    return region, regions


def _patterns(frame: pd.DataFrame, variables: list[str]) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Return each row's covariate pattern, and the patterns."""
    if not variables:
        return np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=range(1))
    keys = _plain(frame[variables])
    group = keys.groupby(variables, sort=True, observed=True, dropna=False)
    pattern = np.asarray(group.ngroup(), dtype=np.intp)
    firsts = np.unique(pattern, return_index=True)[1]
    return pattern, keys.iloc[firsts].reset_index(drop=True)


def _plain(frame: pd.DataFrame, like: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return numbers as floats and everything else as text."""
    plain = {}
    for name in frame.columns if like is None else like.columns:
        column = frame[name]
        kind = column if like is None else like[name]
        number = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
        plain[str(name)] = column.astype(float) if number else column.astype(str).astype(object)
    return pd.DataFrame(plain)


def _design(
    formula: str | None, keys: pd.DataFrame, share: Floats, answers: int
) -> tuple[ModelSpec | None, Floats, tuple[str, ...], Floats, NDArray[np.intp], tuple[Said, ...]]:
    """Return the design, its columns centred on the mean answer, so that a store is average."""
    none = np.zeros(0, dtype=np.intp)
    if not len(keys.columns):
        return None, np.zeros((1, 0)), (), np.zeros(0), none, ()
    from formulaic import model_matrix
    from formulaic.errors import FormulaicError

    for name in keys.columns:
        values = len(keys[name].unique())
        if values > _MOST_COLUMNS and not pd.api.types.is_numeric_dtype(keys[name]):
            raise InputError(
                f"`formula` names {name!r}, which has {values:,} values, more than "
                f"{_MOST_COLUMNS}. Group them, or make it a level."
            )
    try:
        matrix = model_matrix(str(formula), keys)
    except (FormulaicError, ValueError, TypeError) as error:
        raise InputError(
            f"`formula` {formula!r} cannot be evaluated on {', '.join(keys.columns)}: {error}."
        ) from error
    if matrix.shape[1] > _MOST_COLUMNS:
        raise InputError(
            f"`formula` {formula!r} has {matrix.shape[1]:,} effects, more than {_MOST_COLUMNS}: "
            "its variables have too many values. Group them, or make one a level."
        )
    values = matrix.to_numpy(dtype=float)
    varies = np.ptp(values, axis=0) > 0
    columns = np.flatnonzero(varies)
    centre = share @ values[:, columns]
    design = values[:, columns] - centre
    names = tuple(str(name) for name in matrix.columns[columns])
    doubts = [
        said(
            "{name} has one value only: it explains nothing here and was left out of the formula.",
            name=str(name),
        )
        for name in keys.columns
        if len(keys[name].unique()) == 1 and answers
    ]
    if design.shape[1] and np.linalg.matrix_rank(design) < design.shape[1]:
        doubts.append(
            said(
                "The formula's effects cannot all be told apart in these data (its columns depend "
                "on each other): single effects rest on the prior, their sums do not."
            )
        )
    return matrix.model_spec, design, names, centre, columns, tuple(doubts)


def _bins(counts: NDArray[np.int64]) -> tuple[tuple[int, ...], Floats, Floats]:
    """Return the scores in use, their counts, and their prior answers.

    A score that nobody gave tells nothing of the others and is left out; a category that nobody
    gave keeps one bin, so that its share is small and not none.
    """
    used = counts.sum(axis=0) > 0
    first = 0
    alpha = np.zeros(len(used))
    for end, added in zip(_CATEGORY_ENDS, ADDED, strict=True):
        if not used[first:end].any():
            used[first] = True
        alpha[first:end] = added / used[first:end].sum()
        first = end
    return tuple(np.flatnonzero(used).tolist()), counts[:, used].astype(float), alpha[used]
