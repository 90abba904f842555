"""Sample-ratio mismatch: whether the arms have the sizes that the plan gave them.

Randomization makes a large deviation all but impossible, so one that is there was made by
something else: units lost, filtered or logged differently by arm. What did that has chosen the
units too, and no estimate can be trusted before it is found.

References
----------
Fabijan, A. et al. (2019). Diagnosing sample ratio mismatch in online controlled experiments.
Proceedings of KDD '19, 2156–2164.
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of
Statistics 6(2), 65–70.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.experiments.balance.arm_counts import (
    arm_table,
    fingerprint_of,
    planned_shares,
    strata_of,
)
from npsstats.experiments.balance.ratio_test import holm, p_text, ratio_test
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.balance.ratio_test import RatioTest
    from npsstats.said import Said

__all__ = ["ALL", "SampleRatio", "sample_ratio"]

ALL = "all"
"""The row of all strata together."""

_MEANING = said(
    "Something other than chance decided who is in the data: units lost, filtered, double or "
    "logged differently by arm, or another allocation than the plan's. Whatever it was chose "
    "units too, so no effect can be trusted and no decision is taken before it is found"
)


@dataclass(frozen=True, repr=False)
class SampleRatio(Result):
    """Units by arm against the plan, a row a stratum and arm.

    Attributes
    ----------
    frame
        stratum ("all" first), arm, n, expected (units), share and planned_share (0–1), method,
        statistic (chi-square), df, p_value (of the row's stratum) and p_adjusted (Holm, over the
        strata).
    p_value
        Of all units together.
    failed
        True where the mismatch is beyond the threshold: no decision then.
    threshold
        What a p-value is held against.
    """

    p_value: float
    failed: bool
    threshold: float

    title: ClassVar[str] = "Sample ratio"

    @override
    def headline(self) -> str:
        rows = self.frame[self.frame["stratum"] == ALL]
        sizes = ", ".join(
            f"{arm} {n:,} (planned {expected:,.1f})"
            for arm, n, expected in rows[["arm", "n", "expected"]].itertuples(False)
        )
        verdict = "MISMATCH" if self.failed else "as planned, within chance"
        return f"{sizes}: {p_text(self.p_value)}, {verdict}."


def sample_ratio(
    counts: Mapping[str, int] | pd.DataFrame | ArmMoments,
    shares: Mapping[str, float] | None = None,
    *,
    by: str | Sequence[str] = (),
    cluster: str | None = None,
    threshold: float = 0.001,
) -> SampleRatio:
    """Test whether the arms have the sizes that were planned.

    Parameters
    ----------
    counts
        Arm → units assigned; a frame with `arm`, `n` and keys; or `ArmMoments`, whose units are
        counted whether their outcome is missing or not. Count what was randomized.
    shares
        Arm → planned share; None for equal ones. A holdout that is counted has a share too.
    by
        Keys of strata, each tested beside the whole; p-values are adjusted for their number.
    cluster
        Key of the clusters, where these were randomized: clusters are counted, not units.
    threshold
        The largest p-value that is a mismatch. It is small because the test is made on every
        experiment, and large experiments find a true mismatch anyhow.

    Raises
    ------
    InputError
        If there are no units, an arm is not in the plan, or a key is not there.

    Notes
    -----
    Without a cause, all units fail with probability `threshold`, and some stratum does with at
    most as much again: together at most twice `threshold`.

    Examples
    --------
    >>> result = sample_ratio({"mens": 21307, "womens": 21387, "none": 21306})
    >>> round(result.p_value, 6), result.failed
    (0.903693, False)
    """
    threshold = checks.fraction("threshold", threshold)
    by = (by,) if isinstance(by, str) else tuple(by)
    table = arm_table(counts, by, cluster)
    planned = planned_shares(shares, table["arm"])
    parts: list[tuple[str, pd.Series]] = [(ALL, table.groupby("arm")["n"].sum())]
    parts += [(label, part.groupby("arm")["n"].sum()) for label, part in strata_of(table, by)]
    sizes = [part.reindex(list(planned), fill_value=0).to_numpy(np.int64) for _, part in parts]
    share = np.array(list(planned.values()))
    tests = [ratio_test(size, share) for size in sizes if size.sum()]
    filled = [(label, size) for (label, _), size in zip(parts, sizes, strict=True) if size.sum()]
    adjusted = holm(np.array([test.p_value for test in tests[1:]]))
    rows = [
        {
            "stratum": label,
            "arm": arm,
            "n": int(size[place]),
            "expected": float(size.sum() * share[place]),
            "share": float(size[place] / size.sum()),
            "planned_share": float(share[place]),
            "method": test.method,
            "statistic": test.statistic,
            "df": test.df,
            "p_value": test.p_value,
            "p_adjusted": p_adjusted,
        }
        for (label, size), test, p_adjusted in zip(filled, tests, [np.nan, *adjusted], strict=True)
        for place, arm in enumerate(planned)
    ]
    labels = [label for label, _ in filled]
    bad = [label for label, p in zip(labels[1:], adjusted, strict=True) if p < threshold]
    overall = tests[0]
    doubts = _doubts(overall, bad, len(adjusted), threshold, sizes[0], list(planned))
    if any(test.rough for test in tests):
        doubts.append(
            said(
                "An arm should have fewer than five units in some stratum and "
                "outcomes are too many to enumerate: that chi-square p-value is "
                "rough."
            )
        )
    options = {"shares": planned, "by": list(by), "cluster": cluster, "threshold": threshold}
    provenance = Provenance(
        f"{overall.method} test of planned shares", options, fingerprint_of(table)
    )
    failed = overall.p_value < threshold or bool(bad)
    return SampleRatio(
        pd.DataFrame(rows), tuple(doubts), provenance, overall.p_value, failed, threshold
    )


def _doubts(
    overall: RatioTest,
    bad: Sequence[str],
    strata: int,
    threshold: float,
    sizes: np.ndarray,
    arms: Sequence[str],
) -> list[Said]:
    doubts = []
    if overall.p_value < threshold:
        seen = [said("{arm} {n:,}", arm=arm, n=n) for arm, n in zip(arms, sizes, strict=True)]
        doubts.append(
            said(
                "Sample-ratio mismatch: sizes like {seen} would come about by chance "
                "with {p_text}, below {threshold:g}. {meaning}.",
                seen=seen,
                p_text=p_text(overall.p_value),
                threshold=threshold,
                meaning=_MEANING,
            )
        )
    if bad:
        named = ", ".join(bad[:5]) + (", …" if len(bad) > 5 else "")
        apart = said(
            "Sample-ratio mismatch in {n} of {strata} strata ({named}), after allowing for their "
            "number (Holm).",
            n=len(bad),
            strata=strata,
            named=named,
        )
        doubts.append(
            apart if doubts else said("{apart} {meaning}.", apart=apart, meaning=_MEANING)
        )
    if empty := [arm for arm, n in zip(arms, sizes, strict=True) if n == 0]:
        doubts.append(said("No unit is in {arms}.", arms=empty))
    if strata and not bad:
        doubts.append(
            said(
                "None of {strata} strata is out of ratio after allowing for their "
                "number (Holm); without a cause, the whole or a stratum fails with "
                "at most {threshold:g}.",
                strata=strata,
                threshold=2 * threshold,
            )
        )
    return doubts
