"""What to doubt of an adaptive experiment's readings, most serious first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from npsstats.experiments.adaptive.drift import pearson
from npsstats.experiments.adaptive.sequence_rows import CONSTANT, EXACT, WITHIN
from npsstats.experiments.adaptive.within import LEAST
from npsstats.experiments.sequential.batches import MOST
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.experiments.adaptive.batched import Batched

    Floats = NDArray[np.float64]

__all__ = ["doubts"]

_MOVED = 0.01
_MISMATCH = 0.001
_APART = 2.0  # standard errors between the plain and the within-batch difference
_LEAST_EXPECTED = 5.0
_STEADY = 0.02  # shares of an arm that vary less over batches were not adaptive


def doubts(frame: pd.DataFrame, data: Batched, shares: Floats | None) -> list[Said]:
    """Return the sentences.

    Parameters
    ----------
    frame
        The rows of `ArmSequences`.
    data
        The batches.
    shares
        What each batch was to be dealt out by, shape (batches, arms), or None.
    """
    lines = _mismatch(data, shares) + _moved(frame, data) + _plain(frame)
    last = frame[frame["look"] == frame["look"].max()]
    closed = last[(last["method"] == WITHIN) & ~np.isfinite(_width(last))]
    closed = closed[closed["estimand"] == "response difference"]
    if len(closed):
        lines.append(
            said(
                "Within batches nothing is said yet of {arms}: it takes {least} answers and "
                "{least} silences in either arm, sent in the same batches.",
                arms=[said("{arm!r}", arm=arm) for arm in closed["arm"]],
                least=LEAST,
            )
        )
    if data.answered.sum(axis=1).max() > MOST and not (frame["estimand"] == "odds ratio").any():
        lines.append(
            said(
                "A batch has more than {most:,} answers: the exact odds ratio is left out, as the "
                "asymptotic reading says the same there.",
                most=MOST,
            )
        )
    size = data.invited.sum(axis=1, keepdims=True)
    dealt = np.divide(data.invited, size, out=np.zeros(data.invited.shape), where=size > 0)
    if np.ptp(dealt, axis=0).max() > _STEADY:
        lines.append(
            said(
                "Where allocation followed earlier answers, plain means lean low, most for arms "
                "given up after a bad start; the intervals here hold regardless. A simulation of "
                "the allocation says by how much at stated rates."
            )
        )
    if (frame["estimand"] == "NPS").any():
        lines.append(
            said("NPS is that of those who answered: an arm that moves who answers moves it too.")
        )
    return lines


def _width(rows: pd.DataFrame) -> Floats:
    """Return the width of each interval, infinite where it is the whole scale."""
    whole = np.where(rows["unit"] == "share", 2.0, 400.0)
    width = rows["upper"].to_numpy() - rows["lower"].to_numpy()
    return np.where(width >= whole, np.inf, width)


def _mismatch(data: Batched, shares: Floats | None) -> list[Said]:
    if shares is None:
        return []
    expected = shares * data.invited.sum(axis=1, keepdims=True)
    if (data.invited[expected == 0] > 0).any():
        batch, arm = np.argwhere((expected == 0) & (data.invited > 0))[0]
        return [
            said(
                "Arm {arm!r} was sent in batch {batch!r}, where its share was 0: the allocation "
                "was not what was planned, and no reading can be trusted before that is explained.",
                arm=data.arms[arm],
                batch=data.batches[batch],
            )
        ]
    used = expected >= _LEAST_EXPECTED
    degrees = np.maximum(used.sum(axis=1) - 1, 0).sum()
    off = (data.invited - expected) ** 2 / np.where(used, expected, 1.0)
    p_value = float(special.chdtrc(degrees, off[used].sum())) if degrees else 1.0
    if p_value >= _MISMATCH:
        return []
    return [
        said(
            "The numbers sent are not those of the stated shares (p {p:.2g}): somebody was lost or "
            "added after allocation, and the arms may not be comparable.",
            p=max(p_value, 1e-300),
        )
    ]


def _moved(frame: pd.DataFrame, data: Batched) -> list[Said]:
    lines = []
    p_value = pearson(data.answered, data.invited)
    lost = frame[(frame["decision"] == "contradicted") & (frame["method"] == CONSTANT)]
    if p_value < _MOVED or len(lost):
        lines.append(
            said(
                "The response of the same arm moved between batches (p {p:.2g}): what is exact for "
                "constant rates does not hold here. Read within batches.",
                p=max(p_value, 1e-300),
            )
        )
    if len(lost):
        lines.append(
            said(
                "No constant rate fits all batches of {arms}: its limits are left empty.",
                arms=[said("{arm!r}", arm=arm) for arm in dict.fromkeys(lost["arm"])],
            )
        )
    apart = frame[(frame["decision"] == "contradicted") & (frame["method"] == EXACT)]
    if len(apart):
        lines.append(
            said(
                "No constant difference fits all batches of {arms}: the difference itself moved, "
                "and only the asymptotic reading, of its average, holds.",
                arms=[said("{arm!r}", arm=arm) for arm in dict.fromkeys(apart["arm"])],
            )
        )
    return lines


def _plain(frame: pd.DataFrame) -> list[Said]:
    last = frame[frame["look"] == frame["look"].max()]
    last = last[last["estimand"] == "response difference"].set_index("arm")
    plain = last[last["method"] == CONSTANT]["estimate"]
    within = last[last["method"] == WITHIN]
    off = (plain - within["estimate"]).abs() / within["std_error"].where(within["std_error"] > 0)
    if not (off > _APART).any():
        return []
    arm = off.idxmax()
    return [
        said(
            "Arm {arm!r} against {against!r}: {plain:+.1f} points from all batches together, "
            "{within:+.1f} within batches. The arms were sent at different times; believe the "
            "second.",
            arm=arm,
            against=last["against"].iloc[0],
            plain=100 * plain[arm],
            within=100 * float(within.loc[arm, "estimate"]),
        )
    ]
