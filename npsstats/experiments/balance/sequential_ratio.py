"""Sample-ratio mismatch looked at every day, without false alarms adding up.

A Bayes factor of "the shares are others" against "the shares are the planned ones" exceeds 1/α at
any time in an experiment as planned with probability α at most, however often it is looked at, so
that its running inverse is a p-value that holds at every look.

References
----------
Lindon, M. & Malek, A. (2022). Anytime-valid inference for multinomial count data. Advances in
Neural Information Processing Systems 35 (NeurIPS 2022): the Bayes factor of a Dirichlet
alternative centred on the planned shares, and the p-value min(1, 1 / max BF).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.balance.arm_counts import (
    arm_table,
    fingerprint_of,
    planned_shares,
    strata_of,
)
from npsstats.experiments.balance.ratio_test import SMALLEST, p_text
from npsstats.experiments.balance.sample_ratio import ALL
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["SequentialRatio", "log_bayes_factors", "sequential_sample_ratio"]

_SPREADS = (10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)


@dataclass(frozen=True, repr=False)
class SequentialRatio(Result):
    """The path of the test over days, a row a stratum and day.

    Attributes
    ----------
    frame
        stratum ("all" first), day, n_<arm> (so far), log10_bayes_factor (for a mismatch), p_value
        (holds at every look), failed (at this look).
    p_value
        Of all units together at the last day: it never rises again.
    failed
        True where a mismatch was found on any day so far: no decision then.
    since
        The first day on which it was found, as written; None otherwise.
    threshold
        What a p-value is held against.
    """

    p_value: float
    failed: bool
    since: str | None
    threshold: float

    title: ClassVar[str] = "Sample ratio, day by day"

    @override
    def headline(self) -> str:
        rows = self.frame[self.frame["stratum"] == ALL]
        verdict = f"MISMATCH since {self.since}" if self.failed else "as planned, within chance"
        return f"After {len(rows):,} days {p_text(self.p_value)} (holds at every look): {verdict}."


def sequential_sample_ratio(
    daily: pd.DataFrame | ArmMoments,
    shares: Mapping[str, float] | None = None,
    *,
    day: str = "day",
    by: str | Sequence[str] = (),
    threshold: float = 0.001,
    concentration: float | Sequence[float] = _SPREADS,
) -> SequentialRatio:
    """Test every day whether the arms have the sizes that were planned.

    Parameters
    ----------
    daily
        Units newly assigned: a frame with `day`, `arm`, `n` and keys, or `ArmMoments` with the
        key `day`. Days are taken in sorted order; one without units may be left out.
    shares
        Arm → planned share; None for equal ones.
    day
        The column (key) of the day.
    by
        Keys of strata, each followed beside the whole; the p-values of the strata are multiplied
        by their number (Bonferroni), so that the threshold holds over all of them and all looks.
    threshold
        A mismatch is found with at most this probability where there is none, over all days
        together.
    concentration
        How near the planned shares the alternative's shares lie: a Dirichlet with so many units'
        worth of belief in the plan. Several are averaged, which keeps the guarantee and finds
        gross mismatches among a hundred units as well as fine ones among a million; Lindon &
        Malek's software takes 10,000 alone.

    Raises
    ------
    InputError
        If there are no units, an arm is not in the plan, a day is missing, or a key is not there.

    Notes
    -----
    The guarantee is for units assigned independently; blocked assignment deviates less.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame(
    ...     {"day": [1, 1, 2, 2], "arm": ["a", "b"] * 2, "n": [500, 510, 480, 730]}
    ... )
    >>> result = sequential_sample_ratio(days)
    >>> result.failed, result.since
    (True, '2')
    """
    threshold = checks.fraction("threshold", threshold)
    spreads = _spreads(concentration)
    by = (by,) if isinstance(by, str) else tuple(by)
    table = arm_table(daily, [day, *by])
    if table[day].isna().any():
        raise InputError(f"`daily` has units without a {day}. Leave them out, or find their day.")
    planned = planned_shares(shares, table["arm"])
    share = np.array(list(planned.values()))
    parts = [(ALL, table), *strata_of(table, by)]
    frames = [_path(label, part, day, list(planned), share, spreads) for label, part in parts]
    for frame in frames[1:]:  # Bonferroni: Holm's order of the strata could change between looks
        frame["p_value"] = np.minimum(frame["p_value"] * (len(frames) - 1), 1.0)
    for frame in frames:
        frame["failed"] = frame["p_value"] <= threshold
    whole = pd.concat(frames, ignore_index=True)
    failing = whole[whole["failed"]].sort_values("day", kind="stable")
    since = str(failing["day"].iloc[0]) if len(failing) else None
    options = {
        "shares": planned,
        "by": list(by),
        "threshold": threshold,
        "concentration": spreads.tolist(),
    }
    provenance = Provenance(
        "sequential multinomial test (Lindon & Malek 2022)", options, fingerprint_of(table)
    )
    doubts = _doubts(failing, len(frames) - 1, threshold)
    return SequentialRatio(
        whole,
        tuple(doubts),
        provenance,
        frames[0]["p_value"].iloc[-1],
        since is not None,
        since,
        threshold,
    )


def log_bayes_factors(counts: ArrayLike, shares: ArrayLike, concentration: ArrayLike) -> Floats:
    """Return log Bayes factors of a Dirichlet alternative against the planned shares.

    Parameters
    ----------
    counts
        Shape (…, arms): units so far. Their order does not matter, as the Bayes factor of all is
        the product of those of each.
    shares
        Shape (arms,), adding up to 1.
    concentration
        Shape (k,): sums of the Dirichlet's parameters; the factors are averaged.

    Returns
    -------
    NDArray
        Shape (…).
    """
    x = np.asarray(counts, dtype=float)[..., None, :]
    share = np.asarray(shares, dtype=float)
    total = np.atleast_1d(np.asarray(concentration, dtype=float))
    alpha = total[:, None] * share
    logs = gammaln(total) - gammaln(total + x.sum(axis=-1))
    logs = logs + (gammaln(alpha + x) - gammaln(alpha) - x * np.log(share)).sum(axis=-1)
    averaged: Floats = logsumexp(logs, axis=-1) - np.log(len(total))
    return averaged


def _path(
    label: str, part: pd.DataFrame, day: str, arms: list[str], share: Floats, spreads: Floats
) -> pd.DataFrame:
    wide = part.pivot_table(index=day, columns="arm", values="n", aggfunc="sum", fill_value=0)
    so_far = wide.reindex(columns=arms, fill_value=0).sort_index().cumsum()
    logs = log_bayes_factors(so_far.to_numpy(), share, spreads)
    highest = np.maximum(np.maximum.accumulate(logs), 0.0)
    frame = pd.DataFrame({"stratum": label, "day": so_far.index})
    for arm in arms:
        frame[f"n_{arm}"] = so_far[arm].to_numpy(np.int64)
    frame["log10_bayes_factor"] = logs / np.log(10)
    frame["p_value"] = np.maximum(np.exp(-highest), SMALLEST)
    return frame


def _spreads(concentration: float | Sequence[float]) -> Floats:
    spreads = np.atleast_1d(np.asarray(concentration, dtype=float))
    if (
        spreads.ndim != 1
        or not len(spreads)
        or not np.isfinite(spreads).all()
        or spreads.min() <= 0
    ):
        raise InputError(
            f"`concentration` must be numbers above 0, such as 10000, got {concentration!r}."
        )
    return spreads


def _doubts(failing: pd.DataFrame, strata: int, threshold: float) -> list[Said]:
    doubts = []
    for stratum, rows in failing.groupby("stratum", sort=False):
        where = "" if stratum == ALL else said(" in {stratum}", stratum=stratum)
        doubts.append(
            said(
                "Sample-ratio mismatch{where} since {day}: with the planned shares "
                "this happens in at most {threshold:g} of experiments, over all days "
                "together. Look at what changed about that day in who is assigned, "
                "kept or logged by arm; no effect can be trusted and no decision is "
                "taken before it is found.",
                where=where,
                day=str(rows["day"].iloc[0]),
                threshold=threshold,
            )
        )
    if strata:
        doubts.append(
            said(
                "The p-values of the {strata} strata allow for their number "
                "(Bonferroni): the whole and the strata together fail without a "
                "cause with at most {threshold:g}.",
                strata=strata,
                threshold=2 * threshold,
            )
        )
    return doubts
