"""Units by arm, in whatever form they come, as one table; and the shares they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["arm_table", "compared_arms", "fingerprint_of", "planned_shares", "strata_of"]

_CLOSE = 1e-6


def arm_table(counts: Any, by: Sequence[str] = (), cluster: str | None = None) -> pd.DataFrame:
    """Return `arm`, the keys of `by`, and `n`: a row a cell.

    Parameters
    ----------
    counts
        Arm → units; a frame with `arm`, `n` and keys; or `ArmMoments`, missing units counted.
    by
        Keys wanted.
    cluster
        Key of clusters to count in place of units, or None.

    Raises
    ------
    InputError
        If a column is not there, a count is negative or not whole, or there are no units.
    """
    if isinstance(counts, ArmMoments):
        table = counts.cells.assign(n=counts.n + counts.missing)
    elif isinstance(counts, Mapping):
        table = pd.DataFrame({"arm": list(counts), "n": list(counts.values())})
    elif isinstance(counts, pd.DataFrame):
        table = counts
    else:
        raise InputError(
            "`counts` must give the units of each arm, such as {'control': 510, 'called': 498}, "
            f"got {type(counts).__name__}."
        )
    wanted = ["arm", "n", *by, *([cluster] if cluster else [])]
    if absent := [name for name in wanted if name not in table.columns]:
        raise InputError(
            f"`counts` has no {absent[0]!r}; there are {', '.join(map(str, table.columns))}."
        )
    table = table[wanted].copy()
    try:
        numbers = table["n"].to_numpy(dtype=float)
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all() or (numbers < 0).any() or (numbers % 1).any():
        raise InputError(
            "`counts` must be whole numbers of units, none of them negative or missing."
        )
    table["n"] = numbers.astype(np.int64)
    table["arm"] = table["arm"].astype(str)
    if cluster:
        table = table[table["n"] > 0].drop_duplicates(["arm", *by, cluster])
        table = table.drop(columns=cluster).assign(n=1)
    if not table["n"].sum():
        raise InputError("`counts` holds no units: there is nothing to test.")
    return table.reset_index(drop=True)


def planned_shares(shares: Mapping[str, float] | None, arms: Iterable[str]) -> dict[str, float]:
    """Return the planned share of every arm; equal ones where none are given.

    Raises
    ------
    InputError
        If they do not add up to 1, or an arm that has units is not among them.
    """
    seen = list(dict.fromkeys(arms))
    if shares is None:
        if len(seen) < 2:
            raise InputError(
                f"All units are in {seen[0]!r}. Give the planned `shares` of all arms, such as "
                "{'control': 0.5, 'called': 0.5}."
            )
        return {arm: 1 / len(seen) for arm in seen}
    planned = {str(arm): checks.fraction(f"shares[{arm!r}]", s) for arm, s in shares.items()}
    if unknown := [arm for arm in seen if arm not in planned]:
        raise InputError(
            f"Arm {unknown[0]!r} has units but no planned share. `shares` is of "
            f"{', '.join(map(repr, planned))}; leave the arm out of the counts, or give its share."
        )
    if abs(sum(planned.values()) - 1) > _CLOSE:
        raise InputError(
            f"`shares` must add up to 1, got {sum(planned.values()):g}. Divide each by that."
        )
    total = sum(planned.values())
    return {arm: share / total for arm, share in planned.items()}


def compared_arms(moments: ArmMoments, control: str, treatment: str | None) -> list[str]:
    """Return the control and then the arms that are compared with it.

    Raises
    ------
    InputError
        If one is not there, or there is none but the control.
    """
    checks.one_of("control", control, moments.arms)
    others = [arm for arm in moments.arms if arm != control]
    if treatment is not None:
        checks.one_of("treatment", treatment, others)
        others = [treatment]
    if not others:
        raise InputError(f"There is no arm but {control!r} to compare it with.")
    return [control, *others]


def strata_of(table: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """Return the label and the rows of each stratum, sorted; a missing label reads "(none)"."""
    if not by:
        return []
    groups: Any = table.groupby(list(by), sort=True, dropna=False)
    return [
        (" · ".join(NONE if pd.isna(label) else str(label) for label in key), part)
        for key, part in groups
    ]


def fingerprint_of(table: pd.DataFrame) -> str:
    """Return the first 16 hex digits of the SHA-256 of a table of counts."""
    return sha256(table.to_csv(index=False).encode()).hexdigest()[:16]
