"""What to doubt of a table of subgroups, most serious first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import special

from npsstats.experiments.heterogeneity.reading import ALONE, Read, read_key
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.said import Said

__all__ = ["Seen", "doubts", "unlike_shares"]

_UNLIKE = 1e-3  # p below which arms are said to be shared out unlike between subgroups
_FEW = 5  # expected events in an arm below which the normal law is rough
_SURE = 0.975
_WORTH = 100.0  # points of the quadrature


class Seen(NamedTuple):
    """What the doubts are read from."""

    by: Sequence[str]
    ones: Sequence[EffectCells]
    frame: pd.DataFrame
    keys: pd.DataFrame
    declared: Collection[str] | None
    prior_sd: float
    level: float
    reads: tuple[Read, ...]


def doubts(seen: Seen) -> tuple[Said, ...]:
    """Return the sentences."""
    kinds = (_undeclared, _assigned, _disagreeing, _two, _many, _sparse, _technical)
    return tuple(sentence for kind in kinds for sentence in kind(seen))


def unlike_shares(cells: EffectCells) -> float:
    """Return the p-value of one share of treatment in all cells (chi-square), 1 with one cell."""
    n = cells.n[cells.n.sum(axis=1) > 0].astype(float)
    if len(n) < 2:
        return 1.0
    expected = n.sum(axis=1, keepdims=True) * n.sum(axis=0) / n.sum()
    return float(special.chdtrc(len(n) - 1, ((n - expected) ** 2 / expected).sum()))


def _undeclared(seen: Seen) -> Iterator[Said]:
    if seen.declared is None:
        yield (
            said(
                "No subgroup was declared before the data were seen: this is "
                "exploratory, a source of ideas for the next experiment and not "
                "evidence."
            )
        )


def _assigned(seen: Seen) -> Iterator[Said]:
    for key, cells in zip(seen.by, seen.ones, strict=True):
        p_value = unlike_shares(cells)
        if p_value < _UNLIKE:
            yield (
                said(
                    "The arms are shared out unlike between the subgroups of {key} (p "
                    "{p}). Unless the plan gives them unlike shares, {key} was formed "
                    "after assignment or the assignment failed, and its effects are not "
                    "causal.",
                    key=key,
                    p=_p(p_value),
                )
            )


def _disagreeing(seen: Seen) -> Iterator[Said]:
    rows: Any = seen.keys.itertuples()
    for row in rows:
        mine = (seen.frame["key"] == row.key) & (seen.frame["reading"] == row.reading)
        odds = seen.frame.loc[mine, "p_more"]
        if not len(odds) or not row.df > 0:
            continue
        surest = float(np.maximum(odds, 1 - odds).max())
        if surest >= _SURE and row.p_value > 0.1:
            yield (
                said(
                    "The two readings of {key} ({reading}) disagree: a subgroup stands "
                    "apart with probability {probability}, yet the test that all effects "
                    "are one has p = {p_value:.2f}. Take it for a hint.",
                    key=row.key,
                    reading=row.reading,
                    probability=_probability(surest),
                    p_value=row.p_value,
                )
            )
        if surest < 0.9 and row.p_value < 0.01:
            yield (
                said(
                    "The two readings of {key} ({reading}) disagree: the test says that "
                    "effects differ (p {p}), yet no one subgroup surely stands apart.",
                    key=row.key,
                    reading=row.reading,
                    p=_p(row.p_value),
                )
            )


def _two(seen: Seen) -> Iterator[Said]:
    for key, cells in zip(seen.by, seen.ones, strict=True):
        if len(cells.labels) == 1:
            yield said("{key} has one subgroup only: there is nothing to compare.", key=key)
        elif np.isfinite(cells.difference_variance).sum() == 2:
            gaps = [_gap(cells, seen.prior_sd * by, seen.level) for by in (0.5, 1.0, 2.0)]
            raw = _gap_of(cells, cells.difference)
            yield (
                said(
                    "{key} has two subgroups with both arms: how far they are drawn "
                    "together is mostly the prior's choice. They differ by {raw:+.3g} as "
                    "seen and {gaps:+.3g} shrunken; with half the prior's scale "
                    "{gaps_2:+.3g}, with twice {gaps_3:+.3g}.",
                    key=key,
                    raw=raw,
                    gaps=gaps[1],
                    gaps_2=gaps[0],
                    gaps_3=gaps[2],
                )
            )


def _gap(cells: EffectCells, scale: float, level: float) -> float:
    return _gap_of(cells, read_key(cells, scale, level).subgroups["estimate"].to_numpy(float))


def _gap_of(cells: EffectCells, values: NDArray[np.float64]) -> float:
    first, second = values[np.isfinite(cells.difference_variance)]
    return float(second - first)


def _many(seen: Seen) -> Iterator[Said]:
    alone = seen.frame[seen.frame["reading"] == ALONE]
    p_values = alone["raw_p_value"].dropna()
    tests = seen.keys[(seen.keys["reading"] == ALONE) & (seen.keys["df"] > 0)]
    if len(tests) and (tests["p_holm"] > 0.05).all():
        yield (
            said_many(
                "No key changes the effect beyond chance (interaction tests, corrected for 1 key): "
                "the overall effect is the best guess for everyone.",
                "No key changes the effect beyond chance (interaction tests, corrected for {n} "
                "keys): the overall effect is the best guess for everyone.",
                len(tests),
            )
        )
    if len(p_values) > 3:
        alpha = 1 - seen.level
        below = int((p_values < alpha).sum())
        yield (
            said(
                "{n} subgroups were read: without any effect, {alpha:.1f} of them "
                "would have a raw p below {alpha_2:.2g} by chance; {below} have. "
                "Read the shrunken effects.",
                n=len(p_values),
                alpha=alpha * len(p_values),
                alpha_2=alpha,
                below=below,
            )
        )


def _sparse(seen: Seen) -> Iterator[Said]:
    for key, cells in zip(seen.by, seen.ones, strict=True):
        names = cells.labels[key].astype(str).to_numpy()
        empty = (cells.n == 0).any(axis=1)
        if empty.any():
            yield (
                said(
                    "{key}: {listed} lacks an arm, and has the average effect with the "
                    "spread between subgroups for its uncertainty.",
                    key=key,
                    listed=_listed(names[empty]),
                )
            )
        if cells.events is not None:
            share = (cells.events.sum(axis=0) + 0.5) / (cells.n.sum(axis=0) + 1)
            expected = cells.n * np.minimum(share, 1 - share)
            few = (expected < _FEW).any(axis=1) & ~empty
            if few.any():
                yield (
                    said(
                        "{key}: {listed} has fewer than {few} events to expect in an arm; "
                        "the normal law is rough there, and its raw interval too.",
                        key=key,
                        listed=_listed(names[few]),
                        few=_FEW,
                    )
                )


def _technical(seen: Seen) -> Iterator[Said]:
    missing = seen.ones[0].missing
    if missing:
        total = missing + int(seen.ones[0].n.sum())
        yield said(
            "{missing:,} of {total:,} units have no value and are left out.",
            missing=missing,
            total=total,
        )
    if len(seen.by) > 1 and len(seen.reads) == len(seen.by):
        yield said("The keys have too many subgroups to be read together; each is read alone.")
    if min(read.effective for read in seen.reads) < _WORTH:
        yield said(
            "The quadrature over the spreads is coarse here: probabilities are good to ±.01."
        )


def _listed(names: NDArray[Any]) -> Said:
    first = [str(name) for name in names[:5]]
    if len(names) <= 5:
        return said("{first}", first=first)
    return said("{first} and {more} more", first=first, more=len(names) - 5)


def _p(value: float) -> Said:
    return said("< {p:.3f}", p=0.001) if value < 0.001 else said("= {p:.3f}", p=value)


def _probability(value: float) -> Said:
    if value > 0.999:
        return said("above {p:.3f}", p=0.999)
    return said("{p:.3f}", p=value)
